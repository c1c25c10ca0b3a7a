//! Lists of many orders: whichever way their rows are found, they are those that the filter says in the order the sort says.

use std::cmp::Ordering;

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

const FIELDS: &str = "id number status paymentStatus fulfillmentStatus type currency placedAt updatedAt shipBy onHold total
    customerName customer { id email } items { nodes { sku store { id } product { id } } } payments { type reference }";

/// So many orders that some filters let many through and others few.
const ORDERS: u32 = 400;

async fn shop() -> (TestApp, Client, Vec<Value>) {
    let app = TestApp::new().await;
    let wanted = Wanted { orders: ORDERS, seed: 3, until: NOW, from: None };
    generate::run(app.db(), &Clock::held(NOW), &wanted, Options::default(), &Silent).await.unwrap();
    app.sql("UPDATE orders SET held_at = placed_at WHERE total_minor % 7 = 0").await;
    app.sql("UPDATE orders SET ship_by = placed_at + 1000000 * (total_minor % 5) WHERE total_minor % 3 = 0").await;
    let staff = app.staff().await;
    let all = walk(&staff, FIELDS, "", "[]").await.0;
    assert_eq!(all.len(), ORDERS as usize);
    (app, staff, all)
}

/// All rows of a list page by page, and how many it says there are.
async fn walk(client: &Client, fields: &str, filter: &str, sort: &str) -> (Vec<Value>, i64) {
    let (mut all, mut after, mut total) = (Vec::new(), Value::Null, 0);
    loop {
        let query = format!(
            "query($after: String) {{ orders(first: 100, after: $after, filter: {{ {filter} }}, sort: {sort}) {{
                totalCount nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let data = client.ask(&query, json!({ "after": after })).await;
        let page = &data["orders"];
        all.extend(page["nodes"].as_array().unwrap().iter().cloned());
        total = i64::max(total, page["totalCount"].as_i64().unwrap());
        if page["pageInfo"]["hasNextPage"] == false {
            return (all, total);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn text<'a>(order: &'a Value, field: &str) -> &'a str {
    order[field].as_str().unwrap_or_default()
}

/// A total in minor units.
fn minor(order: &Value) -> i64 {
    text(order, "total").replace('.', "").parse().unwrap()
}

/// How two orders stand by a field, told apart by the id.
fn by(field: &str, descending: bool, a: &Value, b: &Value) -> Ordering {
    let text_of = |field: &str| text(a, field).cmp(text(b, field));
    // Without a time they come last, whichever way.
    let ship_by = |order: &Value| match (order["shipBy"].as_str(), descending) {
        (None, true) => String::new(),
        (None, false) => "9999".to_owned(),
        (Some(at), _) => at.to_owned(),
    };
    let first = match field {
        "PLACED_AT" => text_of("placedAt"),
        "UPDATED_AT" => text_of("updatedAt"),
        "NUMBER" => text_of("number"),
        "CUSTOMER_NAME" => text_of("customerName"),
        "STATUS" => text_of("status").then_with(|| text_of("placedAt")),
        "TOTAL" => minor(a).cmp(&minor(b)),
        "SHIP_BY" => ship_by(a).cmp(&ship_by(b)),
        other => panic!("{other}"),
    };
    let order = first.then_with(|| text_of("id"));
    if descending { order.reverse() } else { order }
}

type Holds = Box<dyn Fn(&Value) -> bool>;

fn list<'a>(order: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    let list = &order[field];
    list.as_array().or_else(|| list["nodes"].as_array()).into_iter().flatten()
}

/// Filters, each with what it means.
fn filters(sample: &[Value]) -> Vec<(String, Holds)> {
    let one_of = |field: &'static str, values: &'static [&'static str]| -> Holds {
        Box::new(move |order| values.contains(&text(order, field)))
    };
    let middle = &sample[sample.len() / 2];
    let noon = text(middle, "placedAt").to_owned();
    let customer = text(&middle["customer"], "id").to_owned();
    let first_line = list(middle, "items").next().unwrap();
    let (store, product) = (text(&first_line["store"], "id").to_owned(), text(&first_line["product"], "id").to_owned());
    let sku = text(first_line, "sku").to_owned();
    let reference = sample.iter().flat_map(|order| list(order, "payments")).find_map(|row| row["reference"].as_str()).unwrap();
    let reference = reference.to_owned();
    let mut filters: Vec<(String, Holds)> = vec![
        (String::new(), Box::new(|_| true)),
        ("status: { in: [DELIVERED] }".into(), one_of("status", &["DELIVERED"])),
        ("status: { in: [CANCELLED] }".into(), one_of("status", &["CANCELLED"])),
        ("status: { in: [PENDING, CONFIRMED, SHIPPED] }".into(), one_of("status", &["PENDING", "CONFIRMED", "SHIPPED"])),
        ("status: { in: [DELIVERED, CANCELLED] }".into(), one_of("status", &["DELIVERED", "CANCELLED"])),
        ("status: { notIn: [DELIVERED] }".into(), Box::new(|order| order["status"] != "DELIVERED")),
        ("status: { in: [] }".into(), Box::new(|_| false)),
        ("status: { in: [RETURNED] }".into(), Box::new(|_| false)),
        ("paymentStatus: { in: [PAID] }".into(), one_of("paymentStatus", &["PAID"])),
        ("paymentStatus: { notIn: [PAID] }".into(), Box::new(|order| order["paymentStatus"] != "PAID")),
        ("fulfillmentStatus: { in: [UNFULFILLED] }".into(), one_of("fulfillmentStatus", &["UNFULFILLED"])),
        ("fulfillmentStatus: { in: [UNFULFILLED, SHIPPED] }".into(), one_of("fulfillmentStatus", &["UNFULFILLED", "SHIPPED"])),
        ("type: { in: [EXPRESS, PICKUP] }".into(), one_of("type", &["EXPRESS", "PICKUP"])),
        ("type: { in: [STANDARD] }".into(), one_of("type", &["STANDARD"])),
        ("currency: \"EUR\"".into(), one_of("currency", &["EUR"])),
        ("currency: \"CHF\"".into(), Box::new(|_| false)),
        ("onHold: true".into(), Box::new(|order| order["onHold"] == true)),
        (
            "onHold: false, status: { in: [DELIVERED] }".into(),
            Box::new(|order| order["onHold"] == false && order["status"] == "DELIVERED"),
        ),
        (
            "total: { gte: \"100\", lt: \"300\" }, currency: \"EUR\"".into(),
            Box::new(|order| order["currency"] == "EUR" && (10_000..30_000).contains(&minor(order))),
        ),
        ("paymentType: { in: [VOUCHER] }".into(), Box::new(|order| list(order, "payments").any(|row| row["type"] == "VOUCHER"))),
        ("paymentType: { in: [CREDIT] }".into(), Box::new(|order| list(order, "payments").any(|row| row["type"] == "CREDIT"))),
        (
            "paymentType: { notIn: [CREDIT] }".into(),
            Box::new(|order| !list(order, "payments").any(|row| row["type"] == "CREDIT")),
        ),
        (
            "or: [{ status: { in: [PENDING] } }, { onHold: true }]".into(),
            Box::new(|order| order["status"] == "PENDING" || order["onHold"] == true),
        ),
        ("not: { search: \"a\" }".into(), Box::new(|order| !found(order, "a"))),
    ];
    for needle in ["müll", "an", "z", "@made", "ord-2", "🙂", "b\\\"c", "near(", "zzzz"] {
        let plain = needle.replace('\\', "");
        filters.push((format!("search: \"{needle}\""), Box::new(move |order| found(order, &plain))));
    }
    for needle in [sku, reference] {
        filters.push((format!("search: \"{needle}\""), Box::new(move |order| found(order, &needle.to_lowercase()))));
    }
    filters.push((format!("placedAt: {{ gte: \"{noon}\" }}"), {
        let noon = noon.clone();
        Box::new(move |order| text(order, "placedAt") >= noon.as_str())
    }));
    filters.push((format!("placedAt: {{ lt: \"{noon}\" }}, status: {{ notIn: [DELIVERED] }}"), {
        Box::new(move |order| text(order, "placedAt") < noon.as_str() && order["status"] != "DELIVERED")
    }));
    filters.push((format!("customer: \"{customer}\""), Box::new(move |order| order["customer"]["id"] == *customer)));
    let of_store = |store: String| move |order: &Value| list(order, "items").any(|line| line["store"]["id"] == *store);
    filters.push((format!("store: \"{store}\""), Box::new(of_store(store.clone()))));
    filters.push((format!("store: \"{store}\", status: {{ in: [DELIVERED] }}"), {
        let of_store = of_store(store);
        Box::new(move |order| of_store(order) && order["status"] == "DELIVERED")
    }));
    filters.push((format!("product: \"{product}\""), {
        Box::new(move |order| list(order, "items").any(|line| line["product"]["id"] == *product))
    }));
    filters
}

/// Whether an order is found by a text: anywhere by three letters and more, else where something begins.
fn found(order: &Value, needle: &str) -> bool {
    let lines = list(order, "items").map(|line| &line["sku"]);
    let references = list(order, "payments").map(|row| &row["reference"]);
    let own = [&order["number"], &order["customerName"], &order["customer"]["email"]];
    // The key that it was imported by and the tracking number are not in the answer; they have none of these texts.
    own.into_iter().chain(lines).chain(references).filter_map(Value::as_str).any(|text| {
        let text = text.to_lowercase();
        if needle.chars().count() < 3 { text.starts_with(needle) } else { text.contains(needle) }
    })
}

#[tokio::test]
async fn every_filter_in_every_order_gives_the_rows_it_says() {
    let (_app, staff, all) = shop().await;
    for (filter, holds) in filters(&all) {
        let mut expected: Vec<&Value> = all.iter().filter(|order| holds(order)).collect();
        for field in ["PLACED_AT", "UPDATED_AT", "TOTAL", "NUMBER", "STATUS", "CUSTOMER_NAME", "SHIP_BY"] {
            for descending in [true, false] {
                expected.sort_by(|a, b| by(field, descending, a, b));
                let direction = if descending { "DESC" } else { "ASC" };
                let sort = format!("[{{ field: {field}, direction: {direction} }}]");
                let (rows, total) = walk(&staff, "id", &filter, &sort).await;
                let rows: Vec<&Value> = rows.iter().map(|order| &order["id"]).collect();
                let wanted: Vec<&Value> = expected.iter().map(|order| &order["id"]).collect();
                assert!(rows == wanted, "{filter} {sort}: {} rows, not {}", rows.len(), wanted.len());
                assert_eq!(total, wanted.len() as i64, "{filter}");
            }
        }
    }
}

#[tokio::test]
async fn sellers_and_buyers_walk_through_what_they_see() {
    let (app, _staff, all) = shop().await;
    let store = |order: &Value| text(&list(order, "items").next().unwrap()["store"], "id").to_owned();
    let (one, other) = (store(&all[0]), all.iter().map(store).find(|id| *id != store(&all[0])).unwrap());
    let seller = app.seller(one.parse().unwrap()).await;
    let of = |stores: &[&str]| -> Vec<Value> {
        let seen = all.iter().filter(|order| list(order, "items").any(|line| stores.contains(&text(&line["store"], "id"))));
        seen.map(|order| order["id"].clone()).collect()
    };
    let ids = |rows: Vec<Value>| rows.into_iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    let (rows, total) = walk(&seller, "id", "", "[]").await;
    assert_eq!((ids(rows), total), (of(&[&one]), of(&[&one]).len() as i64));
    let (rows, _) = walk(&seller, "id", &format!("store: \"{other}\""), "[]").await;
    assert!(rows.is_empty(), "lines of other stores are not theirs to look for");
    let (rows, _) = walk(&seller, "id", "status: { in: [DELIVERED] }", "[{ field: NUMBER, direction: ASC }]").await;
    let delivered = all.iter().filter(|order| order["status"] == "DELIVERED").map(|order| order["id"].clone());
    let mine = of(&[&one]);
    assert_eq!(rows.len(), delivered.filter(|id| mine.contains(id)).count());
}

#[tokio::test]
async fn counts_follow_every_change() {
    let (app, staff, all) = shop().await;
    let count = async |filter: &str| {
        let data = staff.ask(&format!("{{ orders(filter: {{ {filter} }}) {{ totalCount }} }}"), json!({})).await;
        data["orders"]["totalCount"].as_i64().unwrap()
    };
    let cancelled = all.iter().filter(|order| order["status"] == "CANCELLED").count() as i64;
    let delivered = all.iter().filter(|order| order["status"] == "DELIVERED").count() as i64;
    app.sql("UPDATE orders SET status = 'CANCELLED' WHERE status = 'DELIVERED'").await;
    assert_eq!(count("status: { in: [DELIVERED] }").await, 0);
    assert_eq!(count("status: { in: [CANCELLED] }").await, cancelled + delivered);
    assert_eq!(count("").await, all.len() as i64);
    app.sql("DELETE FROM orders WHERE status = 'CANCELLED'").await;
    assert_eq!(count("").await, all.len() as i64 - cancelled - delivered);
    assert_eq!(count("status: { in: [CANCELLED] }").await, 0);
    let rows = |sql: &'static str| app.sql_count(sql);
    assert_eq!(
        rows("SELECT COUNT(*) FROM order_stores").await,
        rows("SELECT COUNT(*) FROM (SELECT DISTINCT order_id, store_id FROM order_items) AS l").await
    );
}
