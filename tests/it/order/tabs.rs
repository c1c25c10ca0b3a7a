//! `orderStatusCounts`.

use entity::stored::Role;
use serde_json::{Value, json};

use crate::support::{Client, TestApp};

/// The tabs that are not empty, and all.
async fn tabs(client: &Client, filter: Value) -> (i64, Vec<(String, i64)>) {
    let query = "query($f: OrderFilter) { orderStatusCounts(filter: $f) { all tabs { status statusDisplay count } } }";
    let counts = client.ask(query, json!({ "f": filter })).await["orderStatusCounts"].clone();
    let tabs = counts["tabs"].as_array().unwrap();
    assert_eq!((tabs.len(), &tabs[0]["statusDisplay"]), (10, &json!("Pending")), "every status has its tab");
    let tabs = tabs.iter().map(|tab| (tab["status"].as_str().unwrap().to_owned(), tab["count"].as_i64().unwrap()));
    (counts["all"].as_i64().unwrap(), tabs.filter(|(_, count)| *count > 0).collect())
}

fn counts(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(status, count)| ((*status).to_owned(), *count)).collect()
}

#[tokio::test]
async fn tabs_count_what_the_caller_sees_and_the_filter_is_for() {
    let app = TestApp::new().await;
    let (left, right) = (app.store("left").await, app.store("right").await);
    let (pen, mug) = (app.goods(left, "PEN", 1_000, 50).await, app.goods(right, "MUG", 2_000, 50).await);
    let (ada, _) = app.buyer("ada").await;
    let (bob, _) = app.buyer("bob").await;
    let staff = app.user("staff@shop.test", Role::Staff, &[]).await.0;
    let mut placed = Vec::new();
    for (buyer, goods) in [(&ada, &pen), (&ada, &mug), (&bob, &pen), (&bob, &pen)] {
        placed.push(buyer.places(goods, 1).await);
    }
    staff.moves(&placed[0], &["orderConfirm"]).await;
    staff.moves(&placed[2], &["orderCancel"]).await;
    assert_eq!(tabs(&staff, Value::Null).await, (4, counts(&[("PENDING", 2), ("CONFIRMED", 1), ("CANCELLED", 1)])));
    assert_eq!(tabs(&ada, Value::Null).await, (2, counts(&[("PENDING", 1), ("CONFIRMED", 1)])));
    let seller = app.seller(right).await;
    assert_eq!(tabs(&seller, Value::Null).await, (1, counts(&[("PENDING", 1)])));
    // The tab that is open takes nothing from the others; what else the filter says does.
    let filter = json!({ "status": { "in": ["PENDING"] }, "search": "bob" });
    assert_eq!(tabs(&staff, filter).await, (2, counts(&[("PENDING", 1), ("CANCELLED", 1)])));
    let nested = json!({ "and": [{ "status": { "in": ["PENDING"] } }] });
    assert_eq!(tabs(&staff, nested).await, (2, counts(&[("PENDING", 2)])));
    assert_eq!(tabs(&staff, json!({ "store": right.to_string() })).await, (1, counts(&[("PENDING", 1)])));
    assert_eq!(tabs(&app.buyer("cy").await.0, Value::Null).await, (0, vec![]));

    let query = "{ orderStatusCounts { all } }";
    assert_eq!(app.anonymous().send(query, json!({})).await.code(), "UNAUTHENTICATED");
    let (_, statements) = app.statements_of(staff.ask(query, json!({}))).await;
    assert_eq!(statements.iter().filter(|sql| sql.contains("orders")).count(), 1, "{statements:#?}");
}
