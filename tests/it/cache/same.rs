//! Whatever is written, copies that keep answers say what one says that keeps none.

use std::time::Duration;

use ordergraph::{cache::follow::follow, event::wire};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{sync::watch, time::timeout};

use super::{FIGURES, OWN, PAID, keeps_nothing};
use crate::support::{Client, Goods, TestApp};

const PAGE: &str = "{ orders(first: 3, sort: [{ field: TOTAL }]) { totalCount nodes { number version note total status
    customer { name } items { nodes { quantity } } payments { status amount method } } } recentOrders { nodes { number status } } }";

/// Two copies that keep answers and one that does not, with a shop.
struct Shop {
    here: TestApp,
    there: TestApp,
    plain: TestApp,
    staff: Client,
    seller: Client,
    buyers: Vec<(Client, String)>,
    goods: Vec<Goods>,
}

impl Shop {
    async fn new() -> Self {
        let here = TestApp::new().await;
        let (there, plain) = (here.copy(|_| {}).await, here.copy(keeps_nothing).await);
        let store = here.store("pouches").await;
        let goods = vec![here.goods(store, "P-1", 999, 500).await, here.goods(store, "P-2", 1_250, 500).await];
        let mut buyers = Vec::new();
        for name in ["ada", "bob"] {
            let (client, customer) = here.buyer(name).await;
            buyers.push((client, customer.to_string()));
        }
        let (staff, seller) = (here.admin().await, here.seller(store).await);
        here.keeps().await;
        there.keeps().await;
        Self { here, there, plain, staff, seller, buyers, goods }
    }

    /// Everybody asks for everything, here at once, there after a look at the log.
    async fn compare(&self, after: &str) {
        self.there.looks().await;
        let clients = self.buyers.iter().map(|(client, _)| client).chain([&self.staff, &self.seller]);
        for client in clients {
            for query in [OWN, FIGURES, PAID, PAGE] {
                let plain = client.at(&self.plain.router).ask(query, json!({})).await;
                for (name, copy) in [("here", &self.here), ("there", &self.there)] {
                    assert_eq!(client.at(&copy.router).ask(query, json!({})).await, plain, "{name} after {after}");
                }
            }
        }
    }

    /// One thing that changes orders, whatever comes of it.
    async fn something(&self, rng: &mut StdRng, orders: &mut Vec<String>) -> String {
        let (buyer, customer) = &self.buyers[rng.random_range(0..self.buyers.len())];
        let goods = &self.goods[rng.random_range(0..self.goods.len())];
        let order = match orders.is_empty() {
            true => String::new(),
            false => orders[rng.random_range(0..orders.len())].clone(),
        };
        let of_order = json!({ "order": order });
        let (client, mutation, input): (&Client, &str, Value) = match rng.random_range(0..14) {
            0..3 => {
                orders.push(buyer.places(goods, rng.random_range(1..4)).await);
                return "orderCreate".into();
            }
            3 => (&self.staff, "orderConfirm", of_order),
            4 => (&self.staff, "orderProcess", of_order),
            5 => (&self.staff, "orderShip", of_order),
            6 => (buyer, "orderCancel", of_order),
            7 => (buyer, "orderUpdate", json!({ "order": order, "note": format!("note {}", rng.random_range(0..1_000)) })),
            8 => (&self.staff, "orderHold", json!({ "order": order, "reason": "STOCK", "note": "wait" })),
            9 => (&self.staff, "orderItemAdd", json!({ "order": order, "variant": goods.variant.to_string(), "quantity": 1 })),
            10 => {
                (&self.staff, "paymentCreate", json!({ "order": order, "type": "CASH", "amount": "1.00", "gateway": "MANUAL" }))
            }
            11 => {
                let name = format!("name {}", rng.random_range(0..1_000));
                (&self.staff, "customerUpdate", json!({ "customer": customer, "name": name }))
            }
            12 => (&self.staff, "orderDelete", of_order),
            _ => (&self.staff, "orderUpdate", json!({ "order": order, "note": null, "dryRun": true })),
        };
        client.try_mutate(mutation, input, "__typename").await;
        mutation.to_owned()
    }
}

#[tokio::test]
async fn random_writes_are_seen_by_every_copy() {
    for seed in 0..2 {
        let shop = Shop::new().await;
        let (mut rng, mut orders) = (StdRng::seed_from_u64(seed), Vec::new());
        for step in 0..12 {
            let done = Box::pin(shop.something(&mut rng, &mut orders)).await;
            if rng.random_bool(0.3) {
                shop.here.work().await;
            }
            Box::pin(shop.compare(&format!("seed {seed}, step {step}: {done}"))).await;
        }
    }
}

#[tokio::test]
async fn more_than_is_looked_at_one_by_one_ends_everything() {
    let shop = Shop::new().await;
    let mut orders = Vec::new();
    for _ in 0..3 {
        orders.push(shop.buyers[0].0.places(&shop.goods[0], 1).await);
    }
    shop.compare("the first orders").await;
    shop.plain.sql("UPDATE orders SET note = 'imported'").await;
    let event = "INSERT INTO events (subject, subject_id, seq, version, kind, actor, occurred_at, recorded_at)
        SELECT 'ORDER', subject_id, 0, 0, 'IMPORTED', 'SYSTEM', 0, 0 FROM events";
    while shop.plain.rows("events").await <= 600 {
        shop.plain.sql(event).await;
    }
    shop.here.looks().await;
    shop.compare("an import").await;
}

#[tokio::test]
async fn another_copy_learns_of_it_by_itself() {
    let shop = Shop::new().await;
    let (stop, stopped) = watch::channel(());
    let mut tasks = tokio::task::JoinSet::new();
    for copy in [&shop.here, &shop.there] {
        tasks.spawn(wire::run(copy.app.clone(), stopped.clone()));
        tasks.spawn(follow(copy.app.clone(), stopped.clone()));
    }
    let (ada, _) = &shop.buyers[0];
    let there = ada.at(&shop.there.router);
    for count in 1..4 {
        there.ask(OWN, json!({})).await;
        ada.places(&shop.goods[0], 1).await;
        let seen = async { while there.ask(OWN, json!({})).await["myOrders"]["totalCount"] != count {} };
        timeout(Duration::from_secs(30), seen).await.expect("it is seen in the end");
    }
    drop(stop);
    while tasks.join_next().await.is_some() {}
}
