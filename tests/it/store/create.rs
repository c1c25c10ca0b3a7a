//! `storeCreate`.

use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "replayed userErrors { code field message } store { id name slug currency }";

#[tokio::test]
async fn a_slug_is_made_from_the_name_and_unique() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    for (name, slug) in
        [("Ann's Shop", "ann-s-shop"), ("ann s shop", "ann-s-shop-2"), ("Ann? S? Shop?", "ann-s-shop-3"), ("日本", "store")]
    {
        let created = staff.mutate("storeCreate", json!({ "name": name }), SELECTION).await;
        assert_eq!(created["store"]["slug"], slug, "{name}: {created:#}");
        assert_eq!(created["store"]["currency"], "USD");
    }
    let taken = staff.mutate("storeCreate", json!({ "name": "Other", "slug": "store" }), SELECTION).await;
    assert_eq!(refusals(&taken), ["SLUG_TAKEN at slug"]);
    let found = app
        .anonymous()
        .ask("{ store(slug: \"store\") { name } stores(filter: { search: \"ANN\" }) { totalCount } }", json!({}))
        .await;
    assert_eq!(found, json!({ "store": { "name": "日本" }, "stores": { "totalCount": 3 } }));
}

#[tokio::test]
async fn stores_are_found_by_any_part_of_their_names() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    for name in ["ΣΊΣΥΦΟΣ", "İstanbul Çay", "50% Off_Shop"] {
        staff.mutate("storeCreate", json!({ "name": name }), SELECTION).await;
    }
    let query = "query($filter: StoreFilter) { stores(filter: $filter) { nodes { name } } }";
    for (needle, name) in [
        ("σίσυφος", Some("ΣΊΣΥΦΟΣ")),
        ("υφοσ", Some("ΣΊΣΥΦΟΣ")),
        ("istanbul ç", Some("İstanbul Çay")),
        ("Y", Some("İstanbul Çay")),
        ("%", Some("50% Off_Shop")),
        ("f_S", Some("50% Off_Shop")),
        ("f-s", Some("50% Off_Shop")),
        ("50_", None),
    ] {
        let found = staff.ask(query, json!({ "filter": { "search": needle } })).await;
        let names: Vec<&str> =
            found["stores"]["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap()).collect();
        assert_eq!(names, Vec::from_iter(name), "{needle}");
    }
}

#[tokio::test]
async fn the_same_key_is_the_same_store() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let input = json!({ "name": "One", "currency": "JPY", "idempotencyKey": "k" });
    let first = staff.mutate("storeCreate", input.clone(), SELECTION).await;
    let again = staff.mutate("storeCreate", input, SELECTION).await;
    assert_eq!((&again["replayed"], &again["store"]), (&json!(true), &first["store"]));
    let other = staff.mutate("storeCreate", json!({ "name": "Two", "idempotencyKey": "k" }), SELECTION).await;
    assert_eq!(refusals(&other), ["IDEMPOTENCY_KEY_REUSED at idempotencyKey"]);
    assert_eq!(app.rows("stores").await, 1);
}

#[tokio::test]
async fn only_staff_create_stores_and_only_good_ones() {
    let app = TestApp::new().await;
    let (buyer, _) = app.buyer("ada").await;
    assert_eq!(app.anonymous().try_mutate("storeCreate", json!({ "name": "" }), SELECTION).await.code(), "UNAUTHENTICATED");
    assert_eq!(buyer.try_mutate("storeCreate", json!({ "name": "" }), SELECTION).await.code(), "FORBIDDEN");
    let staff = app.staff().await;
    for (input, refusal) in [
        (json!({ "name": " " }), "INVALID_INPUT at name"),
        (json!({ "name": "a", "slug": "Not A Slug" }), "INVALID_INPUT at slug"),
        (json!({ "name": "a", "idempotencyKey": "" }), "INVALID_INPUT at idempotencyKey"),
    ] {
        assert_eq!(refusals(&staff.mutate("storeCreate", input, SELECTION).await), [refusal]);
    }
    assert_eq!(app.rows("stores").await, 0);
}
