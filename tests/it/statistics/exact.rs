//! Figures from the sums are those of the rows, in the same snapshot, whatever happens meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono_tz::Tz;
use entity::{
    id::StoreId,
    stored::{OrderStatus, PaymentStatus, PaymentType},
    time::Timestamp,
};
use ordergraph::{
    doctor::examine,
    money::Currency,
    order::filter::{Choice, Filter, Range},
    payment::query::Filter as PaymentFilter,
    statistics::{
        Period, Whose, Window,
        calendar::{Interval, Points},
        orders, payments,
        rollup::{build, reading::Reading},
    },
};
use serde_json::json;

use super::orders::place;
use crate::support::{Client, Goods, NOW, TestApp};

/// Numbers that look random and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

fn at(text: &str) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().into()
}

fn placed(from: &str, to: &str) -> Filter {
    let range = Range { gte: Some(at(from)), gt: None, lte: None, lt: Some(at(to)) };
    Filter { placed_at: Some(range), ..Default::default() }
}

/// All that is asked, as text.
async fn answers(reading: &Reading, stores: &[StoreId]) -> Vec<String> {
    let euro = Currency::from_code("EUR").unwrap();
    let odd = placed("2025-11-03T04:05:06.789Z", "2026-01-15T11:59:59.000001Z");
    let open = Choice { any: Some(vec![OrderStatus::Pending, OrderStatus::Confirmed]), none: None };
    let filters = [
        Filter::default(),
        odd.clone(),
        placed("2025-12-31T18:15:00Z", "2026-01-01T18:15:00Z"),
        Filter { status: Some(open), and: vec![odd], ..Default::default() },
        Filter { placed_at: Some(Period::Week.window(NOW, Tz::Europe__Berlin).range()), ..Default::default() },
        Filter { store: Some(stores[1]), currency: Some("EUR".into()), ..Default::default() },
        Filter { stores: Some(stores.to_vec()), currency: Some("EUR".into()), ..Default::default() },
    ];
    let mut answers = Vec::new();
    for whose in [Whose::All, Whose::seller(&[stores[0]]), Whose::seller(&[stores[1]]), Whose::seller(stores)] {
        for filter in &filters {
            let figures = orders::figures(reading, &whose, filter, None).await.unwrap();
            answers.push(format!("{figures:?}"));
            for zone in [Tz::UTC, Tz::Asia__Kathmandu, Tz::Australia__Lord_Howe] {
                let months = orders::by_month(reading, &whose, filter, euro, (NOW, zone)).await.unwrap();
                answers.push(format!("{months:?}"));
                let window = Window { from: at("2025-12-20T00:00:00Z"), to: NOW };
                let points = Points::of(Interval::Day, window, zone).unwrap();
                let days = orders::series(reading, &whose, filter, euro, &points.bounds).await.unwrap();
                answers.push(format!("{days:?}"));
            }
        }
    }
    let begun = Range { gte: Some(at("2026-01-15T11:00:00.5Z")), gt: None, lte: Some(NOW), lt: None };
    for filter in [
        PaymentFilter::default(),
        PaymentFilter { status: Some(vec![PaymentStatus::Paid]), created_at: Some(begun), ..Default::default() },
        PaymentFilter { kind: Some(vec![PaymentType::Cash]), currency: Some("EUR".into()), ..Default::default() },
    ] {
        answers.push(format!("{:?}", payments::figures(reading, &Whose::All, &filter, None).await.unwrap()));
    }
    answers
}

/// Asserts that sums and rows say the same in one snapshot; what they say.
async fn assert_exact(app: &TestApp, stores: &[StoreId]) -> Vec<String> {
    let mut reading = Reading::begin(&app.app).await.unwrap();
    assert!(reading.behind().is_some());
    let from_sums = answers(&reading, stores).await;
    reading.only_rows().await.unwrap();
    let from_rows = answers(&reading, stores).await;
    for (sums, rows) in from_sums.iter().zip(&from_rows) {
        assert_eq!(sums, rows);
    }
    from_sums
}

/// One random step in the life of a shop.
async fn step(
    app: &TestApp,
    dice: &mut Dice,
    (staff, admin, customer): (&Client, &Client, &str),
    goods: &[Goods],
    all: &mut Vec<String>,
) {
    let count = all.len() as u64;
    match dice.below(10) {
        0..=4 => {
            let second = Timestamp(NOW.0 - i64::try_from(dice.below(100 * 86_400)).unwrap() * 1_000_000);
            let status = *dice.pick(&["PENDING", "CONFIRMED", "SHIPPED", "DELIVERED"]);
            let more = json!({ "customer": customer, "status": status, "placedAt": second.datetime().to_rfc3339() });
            let (one, two) = (dice.pick(goods), dice.pick(goods));
            let pieces = 1 + i64::try_from(dice.below(3)).unwrap();
            all.push(place(staff, &[(one, pieces), (two, 1)], more).await);
        }
        5 if count > 0 => {
            let order = dice.pick(all).clone();
            staff.mutate("orderCancel", json!({ "order": order, "reason": "chance" }), "userErrors { code }").await;
        }
        6 if count > 0 => {
            let order = dice.pick(all).clone();
            staff.mutate("orderConfirm", json!({ "order": order }), "userErrors { code }").await;
        }
        7 if count > 0 => {
            let order = dice.pick(all).clone();
            let refund = json!({ "order": order, "amount": "1.00", "reason": "chance" });
            let cash = json!({ "order": order, "type": "CASH", "gateway": "MANUAL" });
            let begun = staff.mutate("paymentCreate", cash, "payment { id } userErrors { code }").await;
            if let Some(payment) = begun["payment"]["id"].as_str() {
                staff.mutate("paymentProcess", json!({ "payment": payment }), "userErrors { code }").await;
            }
            staff.mutate("orderRefund", refund, "userErrors { code }").await;
        }
        8 if count > 3 => {
            let order = all.swap_remove(usize::try_from(dice.below(count)).unwrap());
            admin.mutate("orderDelete", json!({ "order": order }), "userErrors { code }").await;
        }
        _ => app.work().await,
    }
}

#[tokio::test]
async fn sums_and_rows_say_the_same_after_a_random_life() {
    let app = TestApp::new().await;
    let stores = [app.store("one").await, app.store("two").await];
    let goods = [
        app.goods(stores[0], "PEN", 1_000, 10_000).await,
        app.goods(stores[1], "INK", 333, 10_000).await,
        app.goods(stores[1], "NIB", 77, 10_000).await,
    ];
    let (staff, admin) = (app.staff().await, app.admin().await);
    let customer = app.customer("ada", None, None).await.to_string();
    let mut dice = Dice(7);
    let mut all = Vec::new();
    for round in 0..60 {
        step(&app, &mut dice, (&staff, &admin, &customer), &goods, &mut all).await;
        if round % 6 == 0 {
            assert_exact(&app, &stores).await;
        }
    }
    let before = assert_exact(&app, &stores).await;
    app.work().await;
    assert_eq!(assert_exact(&app, &stores).await, before);
    build::start_anew(app.db()).await.unwrap();
    while build::step(app.db(), NOW).await.unwrap().built_at.is_none() {}
    assert_eq!(assert_exact(&app, &stores).await, before);
    let figures: Vec<_> = examine(app.db()).await.unwrap().into_iter().filter(|finding| finding.invariant == "I16").collect();
    assert_eq!(figures, []);
}

/// Orders that a task leaves standing.
const MOST_OF_A_TASK: usize = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_answer_differs_while_sixteen_tasks_change_orders() {
    let app = Arc::new(TestApp::new().await);
    let stores = [app.store("one").await, app.store("two").await];
    let (pen, ink) = (app.goods(stores[0], "PEN", 1_000, 100_000).await, app.goods(stores[1], "INK", 333, 100_000).await);
    let goods = Arc::new([pen, ink]);
    let (staff, admin) = (app.staff().await, app.admin().await);
    let over = Arc::new(AtomicBool::new(false));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..16 {
        let (buyer, _) = app.buyer(&format!("buyer{task}")).await;
        let (goods, over, staff, admin) = (goods.clone(), over.clone(), staff.clone(), admin.clone());
        tasks.spawn(async move {
            let mut mine = std::collections::VecDeque::new();
            while !over.load(Ordering::SeqCst) {
                let order = place(&buyer, &[(&goods[0], 1), (&goods[1], 2)], json!({})).await;
                let (verb, by) = if task % 2 == 0 { ("orderConfirm", &staff) } else { ("orderCancel", &buyer) };
                by.mutate(verb, json!({ "order": order }), "userErrors { code }").await;
                mine.push_back(order);
                // All rows are added up again and again: were there ever more, each time would take longer than the one before.
                if mine.len() > MOST_OF_A_TASK {
                    let oldest = json!({ "order": mine.pop_front() });
                    staff.mutate("orderCancel", oldest.clone(), "userErrors { code }").await;
                    let deleted = admin.mutate("orderDelete", oldest, "userErrors { code }").await;
                    assert_eq!(deleted["userErrors"], json!([]));
                }
            }
        });
    }
    let (worker, stopped) = (app.clone(), over.clone());
    tasks.spawn(async move {
        while !stopped.load(Ordering::SeqCst) {
            worker.work().await;
        }
    });
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let mut reading = Reading::begin(&app.app).await.unwrap();
        let from_sums = orders::figures(&reading, &Whose::All, &Filter::default(), None).await.unwrap();
        let of_store = orders::figures(&reading, &Whose::seller(&[stores[1]]), &Filter::default(), None).await.unwrap();
        reading.only_rows().await.unwrap();
        assert_eq!(from_sums, orders::figures(&reading, &Whose::All, &Filter::default(), None).await.unwrap());
        let rows = orders::figures(&reading, &Whose::seller(&[stores[1]]), &Filter::default(), None).await.unwrap();
        assert_eq!(of_store, rows);
        seen.insert(from_sums.totals.all.count);
    }
    over.store(true, Ordering::SeqCst);
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    // Something did happen meanwhile.
    assert!(seen.len() > 2, "{seen:?}");
    app.work().await;
    assert_exact(&app, &stores).await;
}
