//! Answers that are kept are those that would be given without keeping any.

mod redis;
mod same;

use std::time::Duration;

use ordergraph::config::ServeConfig;
use serde_json::{Value, json};

use crate::support::{Client, TestApp};

/// Longer than a test runs: a look at the log counts until the next one.
const LONG: Duration = Duration::from_secs(3_600);

const OWN: &str = "{ myOrders(first: 10) { totalCount pageInfo { hasNextPage endCursor } nodes { id number status note version
    totals { total paid } customer { name } items { nodes { name quantity } } payments { status amount } } } }";

const FIGURES: &str = "{ orderStatistics { currency totalOrders totalRevenue ordersByStatus { status count total } } }";

const PAID: &str = "{ paymentStatistics { totalPayments paidAmount byStatus { status count } } }";

/// Figures that must be of one moment.
const TOGETHER: &str = "{ orderStatistics { asOf totalOrders totalRevenue ordersByMonth { period count } }
    paymentStatistics { asOf totalPayments paidAmount } }";

fn keeps_nothing(config: &mut ServeConfig) {
    (config.cache.cache_timeout, config.cache.stats_cache_timeout) = (0, 0);
}

impl TestApp {
    /// The service keeps answers from now on, as if it had just looked at the log.
    async fn keeps(&self) {
        self.app.cache.begin(LONG);
        self.looks().await;
    }

    /// What the service does a few times a second.
    async fn looks(&self) {
        self.app.cache.look(self.db()).await.unwrap();
    }

    /// What is answered, and whether orders were read for it.
    async fn reads(&self, client: &Client, query: &str) -> (Value, bool) {
        let (data, statements) = self.statements_of(client.at(&self.router).ask(query, json!({}))).await;
        (data, statements.iter().any(|sql| sql.contains("orders") || sql.contains("rollups")))
    }
}

#[tokio::test]
async fn own_orders_are_read_once_until_one_changes() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let goods = app.goods(store, "P-1", 999, 10).await;
    let ((ada, _), (bob, _)) = (app.buyer("ada").await, app.buyer("bob").await);
    app.keeps().await;
    let order = ada.places(&goods, 1).await;
    let (first, was_read) = app.reads(&ada, OWN).await;
    assert!(was_read && first["myOrders"]["totalCount"] == 1);
    assert_eq!(app.reads(&ada, OWN).await, (first, false));
    // Somebody else's question is another, and what he does is none of hers.
    let (others, was_read) = app.reads(&bob, OWN).await;
    assert!(was_read && others["myOrders"]["totalCount"] == 0);
    bob.places(&goods, 1).await;
    assert!(!app.reads(&ada, OWN).await.1);
    ada.change("orderCancel", json!({ "order": order })).await;
    let (cancelled, was_read) = app.reads(&ada, OWN).await;
    assert!(was_read);
    assert_eq!(cancelled["myOrders"]["nodes"][0]["status"], "CANCELLED");
}

#[tokio::test]
async fn figures_are_counted_once_until_anything_changes() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let goods = app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = app.buyer("ada").await;
    let (staff, seller) = (app.staff().await, app.seller(store).await);
    app.keeps().await;
    for client in [&staff, &seller, &ada] {
        ada.places(&goods, 1).await;
        let (first, was_read) = app.reads(client, FIGURES).await;
        assert!(was_read && first["orderStatistics"]["totalOrders"].as_i64() > Some(0), "{first:#}");
        assert_eq!(app.reads(client, FIGURES).await, (first, false));
        let (first, _) = app.reads(client, PAID).await;
        assert_eq!(app.reads(client, PAID).await, (first, false));
    }
}

#[tokio::test]
async fn figures_of_one_operation_are_of_one_moment() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let goods = app.goods(store, "P-1", 999, 10).await;
    let (staff, (ada, _)) = (app.staff().await, app.buyer("ada").await);
    ada.places(&goods, 1).await;
    app.keeps().await;
    let alone = "{ orderStatistics { asOf totalOrders } }";
    let (kept, _) = app.reads(&staff, alone).await;
    app.clock.advance_seconds(10);
    // One alone may be of before; beside what is read now it may not.
    assert_eq!(app.reads(&staff, alone).await, (kept.clone(), false));
    let (both, was_read) = app.reads(&staff, TOGETHER).await;
    assert!(was_read && both["orderStatistics"]["asOf"] != kept["orderStatistics"]["asOf"]);
    assert_eq!(both["orderStatistics"]["asOf"], both["paymentStatistics"]["asOf"]);
    let months = "{ orderStatistics { asOf totalOrders ordersByMonth { count } } }";
    assert!(app.reads(&staff, months).await.1);
    assert!(
        app.reads(&staff, "{ a: orderStatistics { asOf } ...More } fragment More on Query { b: orderStatistics { asOf } }")
            .await
            .1
    );
}

#[tokio::test]
async fn nothing_is_kept_longer_than_its_time_nor_where_it_is_zero() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let goods = app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = app.buyer("ada").await;
    ada.places(&goods, 1).await;
    app.keeps().await;
    for (query, seconds) in [(OWN, 300), (FIGURES, 600), (PAID, 600)] {
        app.reads(&ada, query).await;
        app.clock.advance_seconds(seconds - 1);
        assert!(!app.reads(&ada, query).await.1);
        app.clock.advance_seconds(1);
        assert!(app.reads(&ada, query).await.1);
        app.clock.advance_seconds(-seconds);
    }
    let never = app.copy(keeps_nothing).await;
    never.keeps().await;
    for query in [OWN, FIGURES, PAID] {
        never.reads(&ada, query).await;
        assert!(never.reads(&ada, query).await.1);
    }
}

#[tokio::test]
async fn a_process_that_does_not_follow_the_log_keeps_nothing() {
    let app = TestApp::new().await;
    let (ada, _) = app.buyer("ada").await;
    app.reads(&ada, OWN).await;
    assert!(app.reads(&ada, OWN).await.1);
    // One that has stopped to: the last look is too long ago.
    app.app.cache.begin(Duration::ZERO);
    app.looks().await;
    app.reads(&ada, OWN).await;
    assert!(app.reads(&ada, OWN).await.1);
}

#[tokio::test]
async fn what_the_time_changes_is_not_kept_beyond_it() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let goods = app.goods(store, "P-1", 999, 10).await;
    // 22:55, five minutes before the next day begins in Berlin.
    app.clock.advance_seconds(39_300);
    let (staff, (ada, customer)) = (app.staff().await, app.buyer("ada").await);
    let ahead = app.clock.now().plus_seconds(60);
    app.order_row("ORD-20260115-0001", customer, &[(&goods, 1, 999)], |row| row.placed_at = ahead).await;
    app.order_row("ORD-20260115-0002", customer, &[(&goods, 1, 999)], |row| row.ship_by = Some(ahead)).await;
    // Rows without events are not among the sums.
    app.sql("UPDATE statistics_state SET built_at = NULL").await;
    app.keeps().await;
    let today = "{ orderStatistics(period: DAY, timezone: \"Europe/Berlin\") { totalOrders to } }";
    let (first, _) = app.reads(&staff, today).await;
    assert_eq!(first["orderStatistics"]["totalOrders"], 1);
    app.clock.advance_seconds(59);
    let (later, was_read) = app.reads(&staff, today).await;
    assert!(!was_read && later["orderStatistics"]["totalOrders"] == 1);
    assert_ne!(later["orderStatistics"]["to"], first["orderStatistics"]["to"]);
    let overdue = "{ myOrders(filter: { overdue: true }) { nodes { number } } }";
    let week = "{ orderStatistics(period: LAST_7_DAYS) { totalOrders } }";
    for (query, list) in [(overdue, &ada), (week, &staff)] {
        app.reads(list, query).await;
        assert!(app.reads(list, query).await.1, "{query}");
    }
    app.clock.advance_seconds(1);
    assert_eq!(app.reads(&staff, today).await.0["orderStatistics"]["totalOrders"], 2);
    app.clock.advance_seconds(300);
    assert_eq!(app.reads(&staff, today).await.0["orderStatistics"]["totalOrders"], 0);
}
