//! Rankings, customers, times and reviews: what the sums say, corrected for what waits, is what the rows say.

use entity::{
    id::{OrderId, ReviewId, StoreId},
    review,
    time::Timestamp,
};
use ordergraph::{
    app::App,
    clock::random_bytes,
    money::Currency,
    order::{self, filter::Range},
    payment,
    statistics::{
        Whose, customers, orders, payments,
        rollup::{build, rankings::Kind, reading::Reading, verify},
        satisfaction,
        top::{self, By},
        transition_times::{self, Which},
        used,
    },
};
use sea_orm::{ActiveValue::Set, EntityTrait as _};
use serde_json::json;

use super::orders::place;
use crate::support::{Client, Goods, NOW, TestApp};

/// What holders of figures bring these up to date by.
const JOURNALS: [&str; 5] =
    ["ranking_changes", "transition_changes", "buyer_changes", "order_sum_changes", "payment_sum_changes"];

/// Small numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// A shop with four stores, one in another currency, and some customers.
struct Shop {
    app: TestApp,
    staff: Client,
    admin: Client,
    goods: Vec<Goods>,
    customers: Vec<String>,
    dice: Dice,
}

impl Shop {
    async fn new(seed: u64) -> Self {
        let app = TestApp::new().await;
        let mut goods = Vec::new();
        for (slug, currency) in [("one", "EUR"), ("two", "EUR"), ("six", "EUR"), ("far", "BRL")] {
            let store = app.store_in(slug, currency).await;
            for place in 0..3 {
                let sku = format!("{slug}-{place}");
                goods.push(app.goods_in(store, &sku, 100 + 50 * place, 10_000, currency, false).await);
            }
        }
        let mut customers = Vec::new();
        for name in ["ada", "bob", "eve", "kim", "lee"] {
            customers.push(app.customer(name, None, None).await.to_string());
        }
        let (staff, admin) = (app.staff().await, app.admin().await);
        Self { app, staff, admin, goods, customers, dice: Dice(seed) }
    }

    /// Something happens to the shop; the order that is new.
    async fn live(&mut self, orders: &mut Vec<String>) {
        if orders.len() > 3 && self.dice.roll(2) == 0 {
            let place = self.dice.roll(orders.len() as u64) as usize;
            self.change(orders, place).await;
            return;
        }
        let far = self.dice.roll(4) == 0;
        let among = if far { &self.goods[9..] } else { &self.goods[..9] };
        let (one, other) = (self.dice.roll(3) as usize, self.dice.roll(among.len() as u64) as usize);
        let mut lines = vec![(&among[one], 1 + self.dice.roll(3) as i64)];
        if other != one {
            lines.push((&among[other], 1 + self.dice.roll(2) as i64));
        }
        let last = among.len() - 1;
        if self.dice.roll(3) == 0 && one != last && other != last {
            lines.push((&among[last], 1));
        }
        // Up to 400 days back, often on one of few days, at the turn of a day of some zone or on either side of a cut.
        let days = [self.dice.roll(400), 0, 1, 2, 300, 301][self.dice.roll(6) as usize];
        let back = days as i64 * 86_400 + [0, 1, 10_800, 43_200, 64_801, CUT - 99, CUT + 99][self.dice.roll(7) as usize];
        let placed_at = NOW.plus_seconds(-back).datetime().to_rfc3339();
        let customer = &self.customers[self.dice.roll(self.customers.len() as u64) as usize];
        let status = ["PENDING", "PENDING", "CONFIRMED", "SHIPPED", "DELIVERED"][self.dice.roll(5) as usize];
        orders.push(place(&self.staff, &lines, json!({ "customer": customer, "placedAt": placed_at, "status": status })).await);
    }

    /// Stores that one seller may have.
    fn some_stores(&self) -> [StoreId; 3] {
        [self.goods[0].store, self.goods[3].store, self.goods[6].store]
    }

    async fn change(&mut self, orders: &mut Vec<String>, place: usize) {
        let order = orders[place].clone();
        self.app.clock.advance_seconds(self.dice.roll(90_000) as i64);
        (self.staff, self.admin) = (self.app.renewed(&self.staff), self.app.renewed(&self.admin));
        match self.dice.roll(6) {
            0 => {
                self.admin.mutate("orderDelete", json!({ "order": order }), "deletedId userErrors { code }").await;
                orders.retain(|known| *known != order);
            }
            1 => drop(self.staff.change("orderCancel", json!({ "order": order })).await),
            _ => {
                for mutation in ["orderConfirm", "orderShip", "orderDeliver"] {
                    self.staff.change(mutation, json!({ "order": order })).await;
                }
            }
        }
        match self.dice.roll(3) {
            0 => self.review(&order).await,
            1 => {
                let store = 3 * self.dice.roll(3) as usize;
                self.resell(&order, store).await;
            }
            _ => {}
        }
    }

    /// The further lines of an order become ones of the product of its first line, sold by the store of some goods, as they may
    /// be in imported orders.
    async fn resell(&self, order: &str, goods: usize) {
        if self.staff.order(order, "id").await.is_null() {
            return;
        }
        let store = self.goods[goods].store;
        let (id, store) = (self.app.literal(order.parse::<OrderId>().unwrap().0), self.app.literal(store.0));
        let first = format!("(SELECT MIN(position) FROM order_items WHERE order_id = {id})");
        let product = format!("(SELECT product_id FROM order_items WHERE order_id = {id} AND position = {first})");
        for sql in [
            format!(
                "UPDATE order_items SET product_id = {product}, store_id = {store} WHERE order_id = {id} AND position > {first}"
            ),
            // Lines change hands in no other way, and triggers do not look for it.
            format!("DELETE FROM order_stores WHERE order_id = {id}"),
            format!(
                "INSERT INTO order_stores (store_id, placed_at, order_id) SELECT DISTINCT i.store_id, o.placed_at, o.id \
                 FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.id = {id}"
            ),
        ] {
            self.app.sql(&sql).await;
        }
        self.staff.mutate("orderNoteAdd", json!({ "order": order, "text": "resold" }), "userErrors { code }").await;
    }

    /// A review, as an import writes it: then something happens to the order.
    async fn review(&mut self, order: &str) {
        if self.staff.order(order, "id").await.is_null() {
            return;
        }
        let row = review::ActiveModel {
            id: Set(ReviewId::at(NOW, random_bytes())),
            order_id: Set(order.parse().unwrap()),
            customer_id: Set(None),
            rating: Set(1 + self.dice.roll(5) as i32),
            title: Set(None),
            content: Set(None),
            external_id: Set(None),
            created_at: Set((self.dice.roll(4) > 0).then(|| self.app.clock.now())),
            answered_at: Set(None),
        };
        review::Entity::insert(row).exec_without_returning(self.app.db().writer()).await.unwrap();
        self.staff.mutate("orderNoteAdd", json!({ "order": order, "text": "thanks" }), "userErrors { code }").await;
    }
}

/// Where windows cut a quarter of an hour in two that has orders on both sides, in seconds before [`NOW`] on some days.
const CUT: i64 = 550;

/// Windows around what matters: calendar periods of several zones that end now, moments within days, all time.
fn windows(now: Timestamp) -> Vec<Option<(Timestamp, Timestamp)>> {
    let after = Timestamp(now.0 + 1);
    let mut windows = vec![None, Some((Timestamp(i64::MIN), after))];
    // The same each time: what is held in memory must follow what happens.
    windows.push(Some((NOW.plus_seconds(-300 * 86_400 - 5), NOW.plus_seconds(-2 * 86_400 - 777))));
    windows.push(Some((NOW.plus_seconds(-301 * 86_400 - 70_000), NOW.plus_seconds(-86_400 + 4_321))));
    windows.push(Some((NOW.plus_seconds(-2 * 86_400 - 40_000), NOW.plus_seconds(-86_400 - 1_000))));
    windows.push(Some((NOW.plus_seconds(-40_000), NOW.plus_seconds(40_000))));
    for (from, to) in [(300, 2), (301, 1), (2, 1), (1, 0)] {
        windows.push(Some((NOW.plus_seconds(-from * 86_400 - CUT), NOW.plus_seconds(-to * 86_400 - CUT))));
        windows.push(Some((NOW.plus_seconds(-from * 86_400 - CUT - 99), NOW.plus_seconds(-from * 86_400 - CUT))));
    }
    for days in [0, 1, 6, 14, 45, 380] {
        for zone in [0, 3, -5] {
            let begin = now.0.div_euclid(86_400_000_000) * 86_400_000_000 - days * 86_400_000_000 + zone * 3_600_000_000;
            windows.push(Some((Timestamp(begin), after)));
        }
        let to = now.plus_seconds(-days * 86_400 - 777);
        windows.push(Some((to.plus_seconds(-days * 86_400 - 5_000), to)));
    }
    windows
}

/// Everything that these figures tell of a window.
async fn told(app: &App, reading: &Reading, window: Option<(Timestamp, Timestamp)>, stores: &[StoreId]) -> Vec<String> {
    let mut told = Vec::new();
    told.push(format!("{:?}", used::currencies(reading, window, None, None).await.unwrap()));
    let some = [&stores[..1], &stores[..2], stores];
    for stores in some {
        told.push(format!("{:?}", used::currencies(reading, window, Some(stores), None).await.unwrap()));
    }
    let currency = Currency::from_code("EUR").unwrap();
    for by in [By::Revenue, By::Units, By::Orders] {
        let of_stores = some.map(|stores| (Kind::Product, Some(stores.to_vec())));
        for (kind, stores) in [(Kind::Product, None), (Kind::Store, None), (Kind::Customer, None)].into_iter().chain(of_stores) {
            let asked = top::Asked { kind, by, currency, window, stores, first: 3 };
            told.push(format!("{kind:?} {by:?} {:?}", top::top(&app.rankings, reading, &asked).await.unwrap()));
        }
    }
    told.push(format!("created {}", customers::created(reading, window).await.unwrap()));
    told.push(format!("active {}", customers::active(&app.buyers, reading, window).await.unwrap()));
    told.push(format!("{:?}", transition_times::times(&app.lengths, reading, window, Which::default()).await.unwrap()));
    let within = window.map(|(from, to)| Range { gte: Some(from), gt: None, lte: None, lt: Some(to) });
    let filter = order::filter::Filter { placed_at: within.clone(), ..Default::default() };
    for whose in [Whose::All, Whose::Store(stores[0]), Whose::seller(&stores[..2]), Whose::seller(stores)] {
        told.push(format!("{:?}", orders::figures(reading, &whose, &filter, None).await.unwrap()));
    }
    let filter = order::filter::Filter { stores: Some(stores.to_vec()), ..filter };
    told.push(format!("{:?}", orders::figures(reading, &Whose::All, &filter, None).await.unwrap()));
    let filter = payment::query::Filter { created_at: within, ..Default::default() };
    told.push(format!("{:?}", payments::figures(reading, &Whose::All, &filter, None).await.unwrap()));
    told.push(format!("{:?}", satisfaction::satisfaction(reading, window).await.unwrap()));
    told
}

/// Asserts that sums and rows tell the same, in one snapshot; how many figures were compared.
async fn assert_same(shop: &Shop) -> usize {
    let mut reading = Reading::begin(&shop.app.app).await.unwrap();
    assert!(reading.behind().is_some());
    let stores = shop.some_stores();
    assert_eq!(verify::verify(reading.conn()).await.unwrap().0, Vec::<String>::new());
    let mut sums = Vec::new();
    for window in windows(reading.as_of()) {
        sums.push((window, told(&shop.app.app, &reading, window, &stores).await));
    }
    reading.only_rows().await.unwrap();
    let mut compared = 0;
    for (window, sums) in sums {
        assert_eq!(sums, told(&shop.app.app, &reading, window, &stores).await, "{window:?}");
        compared += sums.len();
    }
    compared
}

#[tokio::test]
async fn sums_and_rows_tell_the_same_of_every_window() {
    let mut shop = Shop::new(7).await;
    let mut orders = Vec::new();
    let mut compared = 0;
    for (round, zone) in ["UTC", "America/Sao_Paulo", "Asia/Kathmandu"].into_iter().enumerate() {
        for _ in 0..14 {
            shop.live(&mut orders).await;
        }
        // Nobody has counted any of it.
        compared += assert_same(&shop).await;
        shop.app.work().await;
        for _ in 0..4 {
            shop.live(&mut orders).await;
        }
        compared += assert_same(&shop).await;
        if round > 0 {
            shop.app.sql(&format!("UPDATE ranking_zone SET zone = '{zone}'")).await;
            build::start_anew(shop.app.db()).await.unwrap();
        }
        shop.app.work().await;
        compared += assert_same(&shop).await;
    }
    assert!(compared > 3_000, "{compared}");
}

#[tokio::test]
async fn what_does_not_agree_is_found() {
    let mut shop = Shop::new(11).await;
    let mut orders = Vec::new();
    for _ in 0..6 {
        shop.live(&mut orders).await;
    }
    shop.review(&orders[0].clone()).await;
    shop.app.work().await;
    for (wrong, right) in [
        ("UPDATE rankings SET units = units + 1 WHERE kind = 1", "UPDATE rankings SET units = units - 1 WHERE kind = 1"),
        (
            "UPDATE rankings SET orders = orders + 1 WHERE kind >= 16 AND unit = 4",
            "UPDATE rankings SET orders = orders - 1 WHERE kind >= 16 AND unit = 4",
        ),
        ("UPDATE store_groups SET size = size + 1", "UPDATE store_groups SET size = size - 1"),
        ("UPDATE store_group_members SET number = number + 1000", "UPDATE store_group_members SET number = number - 1000"),
        ("UPDATE customer_hours SET orders = orders + 1", "UPDATE customer_hours SET orders = orders - 1"),
        ("UPDATE customer_rollups SET customers = customers + 1", "UPDATE customer_rollups SET customers = customers - 1"),
        (
            "UPDATE transition_histograms SET bucket = bucket + 100000",
            "UPDATE transition_histograms SET bucket = bucket - 100000",
        ),
        ("UPDATE transition_pages SET page = page + 10000", "UPDATE transition_pages SET page = page - 10000"),
        ("UPDATE review_rollups SET reviews = reviews + 1", "UPDATE review_rollups SET reviews = reviews - 1"),
        ("UPDATE customer_sets SET level = level + 100", "UPDATE customer_sets SET level = level - 100"),
    ] {
        shop.app.sql(wrong).await;
        let reading = Reading::begin(&shop.app.app).await.unwrap();
        assert_ne!(verify::verify(reading.conn()).await.unwrap().0, Vec::<String>::new(), "{wrong}");
        drop(reading);
        shop.app.sql(right).await;
    }
    assert_same(&shop).await;
}

#[tokio::test]
async fn rankings_in_memory_follow_what_happens() {
    let mut shop = Shop::new(3).await;
    let mut orders = Vec::new();
    for _ in 0..4 {
        shop.live(&mut orders).await;
    }
    shop.app.work().await;
    assert_same(&shop).await;
    for _ in 0..3 {
        for _ in 0..6 {
            shop.live(&mut orders).await;
        }
        shop.app.work().await;
        let older = Reading::begin(&shop.app.app).await.unwrap();
        shop.live(&mut orders).await;
        shop.app.work().await;
        assert_same(&shop).await;
        // A snapshot from before must not be told of what came after it.
        let stores = shop.some_stores();
        let window = windows(NOW)[2];
        let sums = told(&shop.app.app, &older, window, &stores).await;
        let mut older = older;
        older.only_rows().await.unwrap();
        assert_eq!(sums, told(&shop.app.app, &older, window, &stores).await);
    }
    // Journals that do not reach back to what is known.
    for journal in JOURNALS {
        shop.app.sql(&format!("DELETE FROM {journal} WHERE id < (SELECT MAX(id) FROM {journal})")).await;
    }
    shop.live(&mut orders).await;
    shop.app.work().await;
    assert_same(&shop).await;
}

#[tokio::test]
async fn stores_that_meet_in_an_order_for_the_first_time_count_it_once() {
    let shop = Shop::new(9).await;
    // Nobody sold anything yet; then there is something that waits to be counted.
    for lines in [&[0][..], &[0, 3], &[3, 6], &[0, 3, 6], &[1, 4, 7, 8]] {
        assert_same(&shop).await;
        let lines: Vec<(&Goods, i64)> = lines.iter().map(|goods| (&shop.goods[*goods], 2)).collect();
        let order = place(&shop.staff, &lines, json!({ "customer": shop.customers[0] })).await;
        assert_same(&shop).await;
        shop.app.work().await;
        assert_same(&shop).await;
        shop.resell(&order, 3).await;
        assert_same(&shop).await;
        shop.app.work().await;
    }
    assert_same(&shop).await;
    let groups = "SELECT CAST(COUNT(*) AS bigint) FROM store_groups WHERE size > 1 AND sold";
    assert!(shop.app.sql_count(groups).await > 0, "some sold one product together");
}

#[tokio::test]
async fn what_another_version_counted_is_not_missed() {
    let mut shop = Shop::new(5).await;
    let mut orders = Vec::new();
    for _ in 0..4 {
        shop.live(&mut orders).await;
    }
    shop.app.work().await;
    assert_same(&shop).await;
    for _ in 0..2 {
        for _ in 0..3 {
            shop.live(&mut orders).await;
        }
        // A copy that knows of no journals counts: it writes nothing into them, nor up to where they tell everything.
        let told_to = shop.app.sql_count("SELECT told_to FROM statistics_state WHERE name = 'rollups'").await;
        let mut ends = Vec::new();
        for journal in JOURNALS {
            ends.push(shop.app.sql_count(&format!("SELECT CAST(MAX(id) AS bigint) FROM {journal}")).await);
        }
        shop.app.work().await;
        for (journal, end) in JOURNALS.into_iter().zip(ends) {
            shop.app.sql(&format!("DELETE FROM {journal} WHERE id > {end}")).await;
        }
        shop.app.sql(&format!("UPDATE statistics_state SET told_to = {told_to} WHERE name = 'rollups'")).await;
        assert_same(&shop).await;
        // Then one that does goes on.
        shop.live(&mut orders).await;
        shop.app.work().await;
        assert_same(&shop).await;
    }
}
