//! Events published to RabbitMQ while it goes away and comes back. `TEST_AMQP_URL` names a broker; without it there is
//! nothing to publish to, and these tests say so and end.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::StreamExt as _;
use lapin::{
    Channel, Connection, ConnectionProperties, ExchangeKind,
    options::{
        BasicConsumeOptions, ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions, QueueDeclareOptions,
        QueueDeleteOptions,
    },
    types::FieldTable,
};
use ordergraph::{amqp, clock::random_bytes, event::feed};
use serde_json::json;
use tokio::{sync::watch, time::timeout};
use uuid::Uuid;

use crate::support::{Client, Goods, TestApp, cut::Way};

/// How long the broker may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A shop that publishes through a way that breaks, and a queue at the broker itself that gets everything.
struct Shop {
    app: TestApp,
    way: Way,
    name: String,
    channel: Channel,
    messages: lapin::Consumer,
    _connection: Connection,
    buyer: Client,
    pen: Goods,
}

async fn shop() -> Option<Shop> {
    let Some(url) = std::env::var("TEST_AMQP_URL").ok().filter(|url| !url.is_empty()) else {
        eprintln!("TEST_AMQP_URL names no broker: nothing is tried");
        return None;
    };
    let (front, server, path) = parts(&url);
    let way = Way::to(server).await;
    let through = format!("amqp://{front}{}{path}", way.address);
    let name = format!("ordergraph.test.{}", Uuid::from_bytes(random_bytes()));
    let (exchange, queue) = (name.clone(), format!("{name}.fulfillment"));
    let app = TestApp::with(move |config| {
        config.amqp.url = Some(through.parse().unwrap());
        config.amqp.exchange = exchange;
        config.amqp.queue = queue;
    })
    .await;
    let connection = Connection::connect(&url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
    channel.exchange_declare(name.as_str().into(), ExchangeKind::Topic, durable, FieldTable::default()).await.unwrap();
    let all = QueueDeclareOptions { exclusive: true, ..Default::default() };
    channel.queue_declare(name.as_str().into(), all, FieldTable::default()).await.unwrap();
    let bind = QueueBindOptions::default();
    channel.queue_bind(name.as_str().into(), name.as_str().into(), "#".into(), bind, FieldTable::default()).await.unwrap();
    let options = BasicConsumeOptions { no_ack: true, ..Default::default() };
    let messages = channel.basic_consume(name.as_str().into(), "test".into(), options, FieldTable::default()).await.unwrap();
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 2_000, 1_000).await;
    let (buyer, _) = app.buyer("ada").await;
    amqp::register(&app.app).await.unwrap();
    Some(Shop { app, way, name, channel, messages, _connection: connection, buyer, pen })
}

/// `user:password@`, `host:port` and `/vhost` of an address.
fn parts(url: &str) -> (String, String, String) {
    let rest = url.strip_prefix("amqp://").expect("amqp://user:password@host:port/vhost");
    let (front, rest) = rest.split_once('@').map_or((String::new(), rest), |(user, rest)| (format!("{user}@"), rest));
    let (server, path) = rest.split_once('/').map_or((rest, String::new()), |(server, path)| (server, format!("/{path}")));
    let server = if server.contains(':') { server.to_owned() } else { format!("{server}:5672") };
    (front, server, path)
}

impl Shop {
    /// Orders that are placed, confirmed and cancelled: three events each, all in the log.
    async fn sells(&self, count: usize) {
        let staff = self.app.user("clerk@shop.test", entity::stored::Role::Staff, &[]);
        let staff = staff.await.0;
        let mut orders = Vec::new();
        for _ in 0..count {
            orders.push(self.buyer.places(&self.pen, 1).await);
        }
        for mutation in ["orderConfirm", "orderCancel"] {
            for order in &orders {
                staff.change(mutation, json!({ "order": order })).await;
            }
        }
        while feed::place(self.app.db()).await.unwrap() > 0 {}
    }

    /// All events of the log, by their ids as messages have them: each order's in their order.
    async fn log(&self) -> BTreeMap<String, Vec<String>> {
        use sea_orm::ConnectionTrait as _;
        let conn = self.app.db().reader();
        let rows = conn
            .query_all_raw(ordergraph::db::statement(
                conn,
                "SELECT id, order_id FROM events WHERE order_id IS NOT NULL ORDER BY id",
                [],
            ))
            .await
            .unwrap();
        let mut log: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows {
            let (id, order): (i64, entity::id::OrderId) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
            log.entry(order.to_string()).or_default().push(format!("event_{id}"));
        }
        log
    }

    /// Takes messages until each event of the log has come: none is lost, and the first of each comes in its order's order.
    async fn receives_all(&mut self) -> usize {
        let log = self.log().await;
        let wanted: BTreeSet<String> = log.values().flatten().cloned().collect();
        let (mut seen, mut firsts, mut count) = (BTreeSet::new(), Vec::new(), 0);
        while seen.len() < wanted.len() {
            let missing = || format!("{} of {} came", seen.len(), wanted.len());
            let delivery = timeout(PATIENCE, self.messages.next()).await.unwrap_or_else(|_| panic!("{}", missing()));
            let delivery = delivery.unwrap().unwrap();
            let id = delivery.properties.message_id().as_ref().unwrap().to_string();
            count += 1;
            if wanted.contains(&id) && seen.insert(id.clone()) {
                firsts.push(id);
            }
        }
        for (order, events) in log {
            let came: Vec<&String> = firsts.iter().filter(|id| events.contains(id)).collect();
            assert_eq!(came, events.iter().collect::<Vec<_>>(), "{order}");
        }
        count
    }

    /// Leaves nothing at the broker.
    async fn leaves(self) {
        let queue = format!("{}.fulfillment", self.name);
        self.channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
        self.channel.exchange_delete(self.name.into(), ExchangeDeleteOptions::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_breaks_anywhere_loses_nothing_and_keeps_the_order() {
    let Some(mut shop) = shop().await else { return };
    shop.sells(12).await;
    let mut breaks = 0;
    // In the handshake, while things are declared, between messages, in the middle of one.
    for bytes in [1, 300, 900, 1_200, 2_500, 4_001, 7_777, 12_345] {
        shop.way.breaks_after(bytes);
        breaks += usize::from(amqp::drain(&shop.app.app).await.is_err());
    }
    assert!(breaks >= 4, "{breaks}");
    shop.way.mends();
    amqp::drain(&shop.app.app).await.unwrap();
    assert!(shop.receives_all().await >= 36);
    assert_eq!(amqp::drain(&shop.app.app).await.unwrap(), 0);
    shop.leaves().await;
}

#[tokio::test]
async fn a_broker_that_goes_away_and_comes_back_gets_what_happened_meanwhile() {
    let Some(mut shop) = shop().await else { return };
    let (stop, stopped) = watch::channel(());
    let publisher = tokio::spawn(amqp::run(shop.app.app.clone(), Uuid::from_bytes(random_bytes()), stopped));
    shop.sells(2).await;
    shop.app.app.feed.advance(feed::head(shop.app.db().reader()).await.unwrap());
    shop.receives_all().await;
    assert_eq!(shop.way.opened(), 1);
    // Nothing passes any more, and nobody is let in.
    shop.way.breaks_after(0);
    let staff = shop.app.staff().await;
    let order = shop.buyer.places(&shop.pen, 1).await;
    staff.moves(&order, &["orderConfirm"]).await;
    while feed::place(shop.app.db()).await.unwrap() > 0 {}
    shop.app.app.feed.advance(feed::head(shop.app.db().reader()).await.unwrap());
    timeout(PATIENCE, shop.way.has_refused(2)).await.unwrap();
    staff.moves(&order, &["orderProcess", "orderShip"]).await;
    while feed::place(shop.app.db()).await.unwrap() > 0 {}
    shop.way.mends();
    // All that happened since the beginning was told before or comes now.
    let log = shop.log().await;
    let wanted = log[&order].clone();
    let mut came: Vec<String> = Vec::new();
    while came.len() < wanted.len() {
        let delivery = timeout(PATIENCE, shop.messages.next()).await.unwrap().unwrap().unwrap();
        let id = delivery.properties.message_id().as_ref().unwrap().to_string();
        if wanted.contains(&id) && !came.contains(&id) {
            came.push(id);
        }
    }
    assert_eq!(came, wanted);
    drop(stop);
    publisher.await.unwrap();
    shop.leaves().await;
}
