//! `auditEvents`: the whole log, for staff.

use serde_json::{Value, json};

use crate::{
    statistics::orders::place,
    support::{Client, NOW, TestApp},
};

const EVENT: &str = "kind subjectKind subjectId subject { __typename id } order { id } actorKind actor { id } requestId reason
    changes { field old new } occurredAt sequence";

async fn events(client: &Client, arguments: &str) -> Vec<Value> {
    let data = client.ask(&format!("{{ auditEvents{arguments} {{ nodes {{ {EVENT} }} }} }}"), json!({})).await;
    data["auditEvents"]["nodes"].as_array().unwrap().clone()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn everything_that_happened_is_told_newest_first() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 10).await;
    let (ada, _) = app.buyer("ada").await;
    let admin = app.admin().await;
    let order = place(&ada, &[(&pen, 1)], json!({})).await;
    admin.change("orderConfirm", json!({ "order": order, "reason": "checked" })).await;
    let stock = json!({ "variant": pen.variant.to_string(), "delta": 5, "reason": "delivery", "idempotencyKey": "k" });
    admin.mutate("stockAdjust", stock, "userErrors { code }").await;
    app.work().await;
    let all = events(&admin, "").await;
    assert_eq!(all.len(), 3);
    assert_eq!(kinds(&all)[1..], ["ORDER_CONFIRMED", "ORDER_CREATED"]);
    let confirmed = &all[1];
    let me = admin.ask("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"].clone();
    assert_eq!(confirmed["actor"]["id"], me);
    assert!(!confirmed["requestId"].as_str().unwrap().is_empty());
    assert_eq!(
        json!([
            confirmed["subjectKind"],
            confirmed["subjectId"],
            confirmed["subject"],
            confirmed["order"]["id"],
            confirmed["actorKind"],
            confirmed["reason"],
            confirmed["changes"],
            confirmed["sequence"]
        ]),
        json!(["ORDER", order, { "__typename": "Order", "id": order }, order, "ADMIN", "checked",
            [{ "field": "status", "old": "PENDING", "new": "CONFIRMED" }], 2])
    );
    assert_eq!(
        json!([all[0]["subjectKind"], all[0]["subjectId"], all[0]["order"]]),
        json!(["PRODUCT", pen.product.to_string(), null])
    );
    // What is gone is told of for ever.
    admin.mutate("orderDelete", json!({ "order": order }), "userErrors { code }").await;
    app.work().await;
    let told = events(&admin, &format!("(filter: {{ subjectId: \"{order}\" }})")).await;
    assert_eq!(kinds(&told), ["ORDER_DELETED", "ORDER_CONFIRMED", "ORDER_CREATED"]);
    assert!(told.iter().all(|event| event["subject"].is_null() && event["order"].is_null()));
    assert_eq!(told[0]["changes"][0]["old"]["id"], order);
}

#[tokio::test]
async fn events_are_found_by_what_they_are_of() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 10).await;
    let (ada, _) = app.buyer("ada").await;
    let (staff, admin) = (app.staff().await, app.admin().await);
    let first = place(&ada, &[(&pen, 1)], json!({})).await;
    staff.moves(&first, &["orderConfirm"]).await;
    app.clock.advance_seconds(60);
    let second = place(&ada, &[(&pen, 1)], json!({})).await;
    staff.moves(&second, &["orderProcess"]).await;
    app.work().await;
    let with = async |filter: &str| kinds(&events(&admin, &format!("(filter: {{ {filter} }})")).await).join(" ");
    let all = "ORDER_PROCESSING ORDER_CREATED ORDER_CONFIRMED ORDER_CREATED";
    assert_eq!(with("").await, all);
    assert_eq!(with("subject: [ORDER]").await, all);
    assert_eq!(with("subject: [PRODUCT, STORE]").await, "");
    assert_eq!(with(&format!("order: \"{first}\"")).await, "ORDER_CONFIRMED ORDER_CREATED");
    assert_eq!(with(&format!("subjectId: \"{second}\"")).await, "ORDER_PROCESSING ORDER_CREATED");
    assert_eq!(with("subjectId: \"nothing\"").await, "");
    assert_eq!(with(&format!("order: \"{store}\"")).await, "", "an id of another type names nothing");
    assert_eq!(with("kind: [\"ORDER_CONFIRMED\", \"ORDER_PROCESSING\"]").await, "ORDER_PROCESSING ORDER_CONFIRMED");
    assert_eq!(with("actorKind: [STAFF]").await, "ORDER_PROCESSING ORDER_CONFIRMED");
    let someone = staff.ask("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"].clone();
    assert_eq!(with(&format!("actor: {someone}")).await, "ORDER_PROCESSING ORDER_CONFIRMED");
    let request = events(&admin, "(first: 1)").await[0]["requestId"].clone();
    assert_eq!(with(&format!("requestId: {request}")).await, "ORDER_PROCESSING");
    let later = NOW.plus_seconds(30).datetime().to_rfc3339();
    assert_eq!(with(&format!("occurredAt: {{ lt: \"{later}\" }}")).await, "ORDER_CONFIRMED ORDER_CREATED");
}

#[tokio::test]
async fn a_walk_over_the_log_misses_and_doubles_nothing_while_it_grows() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 100).await;
    let (ada, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    for _ in 0..7 {
        place(&ada, &[(&pen, 1)], json!({})).await;
    }
    app.work().await;
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let query =
            "query($after: String) { auditEvents(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";
        let page = staff.ask(query, json!({ "after": after })).await["auditEvents"].clone();
        seen.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].to_string()));
        after = page["pageInfo"]["endCursor"].clone();
        place(&ada, &[(&pen, 1)], json!({})).await;
        app.work().await;
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, seen.len()), (7, 7));
}

#[tokio::test]
async fn the_log_is_for_staff() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let (ada, _) = app.buyer("ada").await;
    for (client, code) in [(&ada, "FORBIDDEN"), (&app.seller(store).await, "FORBIDDEN"), (&app.anonymous(), "UNAUTHENTICATED")] {
        assert_eq!(client.send("{ auditEvents { totalCount } }", json!({})).await.code(), code);
    }
    assert_eq!(app.staff().await.ask("{ auditEvents { totalCount } }", json!({})).await["auditEvents"]["totalCount"], 0);
}
