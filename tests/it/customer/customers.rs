//! `customers`, and what a customer shows.

use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn staff_see_all_customers_and_others_themselves() {
    let app = TestApp::new().await;
    let (ada, own) = app.buyer("ada").await;
    let (bob, _) = app.buyer("bob_1").await;
    app.customer("100% Bob", None, None).await;
    let staff = app.staff().await;
    let query = "query($filter: CustomerFilter) { customers(filter: $filter, sort: [{ field: NAME, direction: ASC }]) { totalCount nodes { name } } }";
    let all = staff.ask(query, json!({})).await;
    assert_eq!(all["customers"]["totalCount"], 4);
    assert_eq!(all["customers"]["nodes"][0]["name"], "100% Bob");
    for (filter, count) in [
        (json!({ "search": "BOB" }), 2),
        (json!({ "search": "b_1" }), 1),
        (json!({ "search": "0% b" }), 1),
        (json!({ "search": "a%a" }), 0),
        (json!({ "status": ["BLOCKED"] }), 0),
        (json!({ "ids": [own.to_string(), "nonsense"] }), 1),
        (json!({ "createdAt": { "gt": "2026-01-15T12:00:00Z" } }), 0),
    ] {
        assert_eq!(staff.ask(query, json!({ "filter": filter })).await["customers"]["totalCount"], count, "{filter}");
    }
    let only_ada = json!({ "totalCount": 1, "nodes": [{ "name": "ada" }] });
    assert_eq!(ada.ask(query, json!({})).await["customers"], only_ada);
    let ids = json!({ "filter": { "ids": [own.to_string()] } });
    assert_eq!(bob.ask(query, ids).await["customers"]["totalCount"], 0);
    assert_eq!(app.anonymous().send(query, json!({})).await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_customer_shows_its_orders_and_what_was_spent() {
    let app = TestApp::new().await;
    let store = app.store("own").await;
    app.goods(store, "A", 1000, 9).await;
    let yen = app.store_in("yen", "JPY").await;
    app.goods_in(yen, "Y", 500, 9, "JPY", false).await;
    let (ada, id) = app.buyer("ada").await;
    for sku in ["A", "A", "Y"] {
        ada.mutate("orderCreate", json!({ "items": [{ "sku": sku, "quantity": 1 }] }), "userErrors { code }").await;
    }
    let query = "query($id: ID!) { customer(id: $id) { displayId ordersCount balances { currency spent }
        orders(first: 2, filter: { currency: \"EUR\" }) { totalCount nodes { currency } } defaultAddress { id } addresses { id } } }";
    let expected = json!([{ "currency": "EUR", "spent": "20.00" }, { "currency": "JPY", "spent": "500" }]);
    for client in [&ada, &app.staff().await] {
        let found = &client.ask(query, json!({ "id": id.to_string() })).await["customer"];
        assert_eq!((&found["ordersCount"], &found["balances"]), (&json!(3), &expected));
        assert_eq!(found["orders"]["totalCount"], 2);
        assert_eq!((&found["defaultAddress"], &found["addresses"]), (&json!(null), &json!([])));
    }
    let seller = app.seller(store).await;
    assert_eq!(seller.ask(query, json!({ "id": id.to_string() })).await["customer"], json!(null));
}
