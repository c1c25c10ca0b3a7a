//! Counts that are followed along the event log: whatever happens to orders, they are those of the rows.

use std::collections::BTreeMap;

use ordergraph::{
    clock::Clock,
    import::{
        Options,
        generate::{self, Wanted},
        progress::Silent,
    },
};
use serde_json::{Value, json};

use crate::support::{Client, NOW, TestApp};

/// What the statement says that asks what happened since.
const FOLLOWING: &str = "events_since";

/// How many orders of a filter are in each status, by a walk through all of them.
async fn walked(client: &Client, filter: &Value) -> BTreeMap<String, i64> {
    let query = "query($f: OrderFilter, $c: String) { orders(first: 100, after: $c, filter: $f) \
                 { nodes { status } pageInfo { hasNextPage endCursor } } }";
    let (mut counts, mut cursor) = (BTreeMap::new(), Value::Null);
    loop {
        let page = client.ask(query, json!({ "f": filter, "c": cursor })).await["orders"].clone();
        for node in page["nodes"].as_array().unwrap() {
            *counts.entry(node["status"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return counts;
        }
        cursor = page["pageInfo"]["endCursor"].clone();
    }
}

/// Compares counts and tabs of filters with walks; how many counts and tabs were followed.
async fn agree(app: &TestApp, client: &Client, filters: &[Value]) -> usize {
    let mut followed = 0;
    for filter in filters {
        let counts = walked(client, filter).await;
        let query = "query($f: OrderFilter) { orders(first: 0, filter: $f) { totalCount } }";
        let (total, statements) = app.statements_of(client.ask(query, json!({ "f": filter }))).await;
        assert_eq!(total["orders"]["totalCount"], counts.values().sum::<i64>(), "{filter}");
        followed += usize::from(statements.iter().any(|sql| sql.contains(FOLLOWING)));
        // Ids that were found by a statement before are of another moment.
        let searched = |sql: &String| !sql.contains(FOLLOWING) || sql.contains(" LIKE ");
        assert!(!filter.to_string().contains("search") || statements.iter().all(searched), "{filter}: {statements:#?}");
        let tabs = "query($f: OrderFilter) { orderStatusCounts(filter: $f) { tabs { status count } } }";
        let (found, statements) = app.statements_of(client.ask(tabs, json!({ "f": filter }))).await;
        let asked = filter["status"]["in"].as_array();
        for tab in found["orderStatusCounts"]["tabs"].as_array().unwrap() {
            let status = tab["status"].as_str().unwrap();
            if asked.is_none_or(|asked| asked.contains(&json!(status))) {
                assert_eq!(tab["count"], counts.get(status).copied().unwrap_or(0), "{status} of {filter}");
            }
        }
        followed += usize::from(statements.iter().any(|sql| sql.contains(FOLLOWING)));
    }
    followed
}

#[tokio::test]
async fn counts_that_are_followed_are_those_of_the_rows() {
    let app = TestApp::new().await;
    let store = app.store("left").await;
    let (pen, mug) = (app.goods(store, "PEN-1", 100, 500).await, app.goods(store, "MUG-2", 3_000, 500).await);
    let (staff, admin) = (app.staff().await, app.admin().await);
    let (ada, _) = app.buyer("ada").await;
    let (bob, _) = app.buyer("bob").await;
    let mut orders = Vec::new();
    for index in 0..7 {
        orders.push(if index < 3 { &ada } else { &bob }.places(&pen, index + 1).await);
    }
    let since = NOW.plus_seconds(30).datetime().to_rfc3339();
    let filters = [
        // What most have, and what few have.
        json!({ "search": "ord-2" }),
        json!({ "search": "ada" }),
        json!({ "search": "track" }),
        json!({ "search": "mug-2", "status": { "in": ["PENDING", "SHIPPED"] } }),
        json!({ "total": { "gte": "3" }, "currency": "EUR" }),
        json!({ "not": { "search": "bob" } }),
        json!({ "or": [{ "search": "mug" }, { "total": { "lt": "2.50" } }] }),
        json!({ "and": [{ "store": store.to_string() }, { "search": "o" }, { "not": { "status": { "in": ["CANCELLED"] } } }] }),
        json!({ "search": "ord", "updatedAt": { "gte": since } }),
        json!({ "search": "e", "shipBy": { "lt": since } }),
    ];
    // The first time they are counted, the second time it is kept which they are.
    assert_eq!(agree(&app, &staff, &filters).await, 0);
    agree(&app, &staff, &filters).await;
    assert_eq!(agree(&app, &staff, &filters).await, 2 * filters.len());
    app.clock.advance_seconds(60);
    let other = app.copy(|_| {}).await;
    for round in 0..12 {
        match round {
            // Not yet placed in the log; then placed; then both.
            0 => orders.push(ada.places(&mug, 1).await),
            1 | 5 | 9 => app.work().await,
            2 => {
                orders.push(bob.places(&mug, 2).await);
                orders.push(ada.places(&pen, 9).await);
                staff.moves(&orders[0], &["orderConfirm"]).await;
                staff.moves(&orders[7], &["orderCancel"]).await;
            }
            3 => {
                let tracked = json!({ "order": orders[1], "trackingNumber": "TRACK-1" });
                assert_eq!(staff.change("orderUpdate", tracked).await["userErrors"], json!([]));
            }
            4 => {
                // Born and gone between two questions, and gone that was counted.
                let short = bob.places(&pen, 1).await;
                for order in [&short, &orders[2]] {
                    staff.moves(order, &["orderCancel"]).await;
                    let gone = admin.mutate("orderDelete", json!({ "order": order }), "userErrors { code }").await;
                    assert_eq!(gone["userErrors"], json!([]));
                }
            }
            6 => {
                let tracked = json!({ "order": orders[1], "trackingNumber": "OTHER-1" });
                assert_eq!(staff.change("orderUpdate", tracked).await["userErrors"], json!([]));
            }
            // Another copy of the service, whose events this one gets to know from the database alone.
            7 => {
                let bob = bob.at(&other.router);
                orders.push(bob.places(&mug, 1).await);
                staff.at(&other.router).moves(&orders[4], &["orderCancel"]).await;
            }
            8 => generate(&app, 3).await,
            10 => {
                let input = json!({ "orders": [orders[5], orders[6]], "action": { "updateStatus": { "status": "CANCELLED" } } });
                let done = staff.mutate("ordersBulkAction", input, "processed userErrors { code message }").await;
                assert_eq!(done["processed"], 2, "{done}");
            }
            _ => {
                let edit = json!({ "order": orders[3], "add": [{ "sku": "MUG-2", "quantity": 1 }] });
                let edited = bob.mutate("orderEdit", edit, "userErrors { code message }").await;
                assert_eq!(edited["userErrors"], json!([]));
            }
        }
        assert_eq!(agree(&app, &staff, &filters).await, 2 * filters.len(), "round {round}");
        app.clock.advance_seconds(1);
    }
    // After more than is worth looking at one by one they are counted again, and then followed again.
    generate(&app, 900).await;
    agree(&app, &staff, &filters).await;
    agree(&app, &staff, &filters).await;
    assert_eq!(agree(&app, &staff, &filters).await, 2 * filters.len());
    staff.moves(&orders[3], &["orderConfirm"]).await;
    assert_eq!(agree(&app, &staff, &filters).await, 2 * filters.len());
}

/// Makes orders up, as an import does.
async fn generate(app: &TestApp, orders: u32) {
    let wanted = Wanted { orders, seed: 5, until: NOW, from: None };
    generate::run(app.db(), &Clock::held(NOW), &wanted, Options::default(), &Silent).await.unwrap();
}

#[tokio::test]
async fn what_others_see_and_what_no_event_tells_is_not_followed() {
    let app = TestApp::new().await;
    let pen = app.goods(app.store("left").await, "PEN-1", 100, 500).await;
    let staff = app.staff().await;
    let (ada, customer) = app.buyer("ada").await;
    ada.places(&pen, 1).await;
    for filter in [
        json!({ "search": "ada", "overdue": true }),
        json!({ "search": "ada", "paymentType": { "in": ["CASH"] } }),
        json!({ "or": [{ "customer": customer.to_string() }] }),
        json!({ "search": "ada", "product": pen.product.to_string() }),
    ] {
        for _ in 0..3 {
            assert_eq!(agree(&app, &staff, std::slice::from_ref(&filter)).await, 0, "{filter}");
        }
    }
    for _ in 0..3 {
        assert_eq!(agree(&app, &ada, &[json!({ "search": "ada" })]).await, 0);
    }
}
