//! Counts of orders by what the sums know, and a store's orders by its own table: the same as a walk through all of them.

use std::collections::BTreeMap;

use entity::stored::{OrderStatus, Role};
use ordergraph::statistics::rollup::build;
use serde_json::{Value, json};

use crate::support::{Client, Goods, NOW, TestApp};

/// Sixty orders with goods of the left store and nineteen without, in three statuses, four placed at each moment.
async fn shop() -> (TestApp, Goods, Goods) {
    shop_of(TestApp::new().await).await
}

async fn shop_of(app: TestApp) -> (TestApp, Goods, Goods) {
    let left = app.goods(app.store("left").await, "PEN", 100, 500).await;
    let right = app.goods(app.store("right").await, "MUG", 200, 500).await;
    let customer = app.customer("Ada", None, None).await;
    let statuses = [OrderStatus::Pending, OrderStatus::Shipped, OrderStatus::Cancelled];
    for index in 0..79_usize {
        let lines = match index {
            0..40 => vec![(&left, 1, 100)],
            40..60 => vec![(&left, 1, 100), (&right, 2, 200), (&left, 3, 90)],
            _ => vec![(&right, 1, 200)],
        };
        app.order_row(&format!("ORD-{index:02}"), customer, &lines, |order| {
            order.placed_at = NOW.plus_seconds(-3_600 * i64::try_from(index / 4).unwrap());
            order.status = statuses[index % 3];
        })
        .await;
    }
    // They came without events.
    build::start_anew(app.db()).await.unwrap();
    while build::step(app.db(), NOW).await.unwrap().built_at.is_none() {}
    (app, left, right)
}

/// All orders of a filter by pages, both ways, which are the same; how many there are in each status.
async fn walked(client: &Client, filter: &Value) -> BTreeMap<String, i64> {
    let walk = async |size: &str, cursor: &str, more: &str, end: &str, sort: &str| {
        let query = format!(
            "query($f: OrderFilter, $c: String) {{ orders({size}: 7, {cursor}: $c, filter: $f, sort: {sort}) \
             {{ nodes {{ number status }} pageInfo {{ {more} {end} }} }} }}"
        );
        let (mut all, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = client.ask(&query, json!({ "f": filter, "c": cursor })).await["orders"].clone();
            let mut nodes = page["nodes"].as_array().unwrap().clone();
            if size == "last" {
                nodes.reverse();
            }
            all.extend(nodes);
            if page["pageInfo"][more] == false {
                return all;
            }
            cursor = page["pageInfo"][end].clone();
        }
    };
    let forward = walk("first", "after", "hasNextPage", "endCursor", "[]").await;
    let mut backward = walk("last", "before", "hasPreviousPage", "startCursor", "[]").await;
    backward.reverse();
    assert_eq!(forward, backward, "{filter}");
    let mut oldest_first = walk("first", "after", "hasNextPage", "endCursor", "[{ field: PLACED_AT, direction: ASC }]").await;
    oldest_first.reverse();
    assert_eq!(forward, oldest_first, "{filter}");
    // Another way of sorting finds them in another way.
    let by_number = walk("first", "after", "hasNextPage", "endCursor", "[{ field: PLACED_AT }, { field: NUMBER }]").await;
    assert_eq!(forward.len(), by_number.len(), "{filter}");
    let offset = "query($f: OrderFilter) { orders(first: 5, offset: 9, filter: $f) { nodes { number status } } }";
    let offset = client.ask(offset, json!({ "f": filter })).await["orders"]["nodes"].clone();
    let expected: Vec<Value> = forward.iter().skip(9).take(5).cloned().collect();
    assert_eq!(offset, Value::from(expected), "{filter}");
    let mut counts = BTreeMap::new();
    for order in forward {
        *counts.entry(order["status"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    counts
}

/// Compares the count of a list and its tabs with a walk; whether the sums were asked for either.
async fn agree(app: &TestApp, client: &Client, filter: Value) -> bool {
    let counts = walked(client, &filter).await;
    let query = "query($f: OrderFilter) { orders(first: 0, filter: $f) { totalCount } }";
    let (total, statements) = app.statements_of(client.ask(query, json!({ "f": filter }))).await;
    assert_eq!(total["orders"]["totalCount"], counts.values().sum::<i64>(), "{filter}");
    let sums = |statements: &[String]| statements.iter().any(|sql| sql.contains("FROM order_rollups"));
    let for_count = sums(&statements);
    let tabs = "query($f: OrderFilter) { orderStatusCounts(filter: $f) { all tabs { status count } } }";
    let (found, statements) = app.statements_of(client.ask(tabs, json!({ "f": filter }))).await;
    let tabs = found["orderStatusCounts"]["tabs"].as_array().unwrap();
    let status_asked = filter["status"]["in"].as_array().cloned();
    for tab in tabs {
        let status = tab["status"].as_str().unwrap();
        if status_asked.as_ref().is_none_or(|asked| asked.contains(&json!(status))) {
            assert_eq!(tab["count"], counts.get(status).copied().unwrap_or(0), "{status} of {filter}");
        }
    }
    for_count || sums(&statements)
}

#[tokio::test]
async fn counts_by_sums_are_those_of_the_rows() {
    // Sums that are held are not asked for again.
    let (app, left, right) = shop_of(TestApp::forgetful().await).await;
    let (staff, seller) = (app.staff().await, app.seller(left.store).await);
    let (store, other) = (left.store.to_string(), right.store.to_string());
    let another = app.user("another@shop.test", Role::Customer, &[right.store]).await.0;
    seller.places(&right, 1).await;
    seller.places(&left, 1).await;
    for round in 0..2 {
        // The second time some orders wait to be counted.
        if round == 0 {
            app.work().await;
        } else {
            seller.places(&right, 3).await;
            let placed = seller.places(&left, 1).await;
            staff.moves(&placed, &["orderCancel"]).await;
        }
        let since = json!({ "gte": (NOW.plus_seconds(-3_600 * 11 - 60)).datetime().to_rfc3339() });
        for filter in [
            json!({ "store": store }),
            json!({ "store": store, "status": { "in": ["PENDING", "SHIPPED"] } }),
            json!({ "store": store, "placedAt": since, "currency": "EUR" }),
            json!({ "placedAt": since }),
            json!({ "and": [{ "store": store }, { "placedAt": since }] }),
        ] {
            assert!(agree(&app, &staff, filter.clone()).await, "{filter} was not asked of the sums");
            agree(&app, &seller, filter).await;
        }
        assert!(agree(&app, &seller, json!({})).await);
        for filter in [json!({ "store": other }), json!({ "store": store, "onHold": false }), json!({ "currency": "BRL" })] {
            agree(&app, &staff, filter.clone()).await;
            agree(&app, &seller, filter).await;
        }
        agree(&app, &another, json!({})).await;
    }
    // Few rows are counted themselves.
    let few = json!({ "placedAt": { "lt": (NOW.plus_seconds(-3_600 * 17)).datetime().to_rfc3339() } });
    assert!(!agree(&app, &staff, few).await);
}

#[tokio::test]
async fn orders_with_a_product_are_counted_once_each() {
    let (app, left, _) = shop().await;
    let staff = app.staff().await;
    assert_eq!(walked(&staff, &json!({ "product": left.product.to_string() })).await.values().sum::<i64>(), 60);
    agree(&app, &staff, json!({ "product": left.product.to_string() })).await;
    agree(&app, &app.seller(left.store).await, json!({ "product": left.product.to_string() })).await;
}

#[tokio::test]
async fn what_has_the_rows_in_order_or_counted_is_what_is_read() {
    let (app, left, _) = shop().await;
    let staff = app.staff().await;
    let store = left.store.to_string();
    let page = "query($f: OrderFilter) { orders(first: 5, filter: $f) { nodes { number } } }";
    let (_, statements) = app.statements_of(staff.ask(page, json!({ "f": { "store": store } }))).await;
    let in_its_order = |sql: &String| sql.contains(r#"ORDER BY "order_stores"."placed_at""#);
    assert!(statements.iter().any(in_its_order), "{statements:#?}");
    let count = "query($f: OrderFilter) { orders(first: 0, filter: $f) { totalCount } }";
    let product = json!({ "f": { "product": left.product.to_string() } });
    let (_, statements) = app.statements_of(staff.ask(count, product)).await;
    let in_its_index = |sql: &String| sql.starts_with(r#"SELECT COUNT(*) FROM (SELECT DISTINCT "order_items"."order_id""#);
    assert!(statements.iter().any(in_its_index), "{statements:#?}");
    assert!(!statements.iter().any(|sql| sql.contains(r#"COUNT(*) AS num_items FROM (SELECT "orders""#)), "{statements:#?}");
}
