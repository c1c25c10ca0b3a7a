//! `returnCreate`, `returnApprove`, `returnReject`, `returnCancel`, `returnReceive`, `orderReturn`, `orderMarkDamaged`.

use serde_json::{Value, json};

use crate::support::{Client, Goods, TestApp, refusals};

pub const RETURNED: &str = "replayed userErrors { code field message }
    return { id status refunded note lines { item { sku } quantity reason received restocked } }
    order { status fulfillmentStatus version }";

/// A shop with an order of three pouches and two mugs by a buyer, handed to the carrier.
pub async fn shop() -> (TestApp, Goods, Goods, Client, Client, String) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 1_000, 10).await;
    let mug = app.goods(store, "MUG", 500, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let input = json!({ "items": [
        { "variant": pouch.variant.to_string(), "quantity": 3 },
        { "variant": mug.variant.to_string(), "quantity": 2 },
    ] });
    let payload = buyer.mutate("orderCreate", input, "order { id } userErrors { code }").await;
    let order = payload["order"]["id"].as_str().unwrap().to_owned();
    staff.moves(&order, &["orderConfirm", "orderShip"]).await;
    (app, pouch, mug, buyer, staff, order)
}

/// The ids of the order's lines by SKU.
pub async fn line(client: &Client, order: &str, sku: &str) -> String {
    let seen = client.order(order, "items { nodes { id sku } }").await;
    let nodes = seen["items"]["nodes"].as_array().unwrap().clone();
    nodes.iter().find(|node| node["sku"] == sku).unwrap()["id"].as_str().unwrap().to_owned()
}

async fn refused(app: &TestApp, client: &Client, mutation: &str, input: Value, reason: &str) {
    let before = app.state().await;
    let payload = client.mutate(mutation, input, RETURNED).await;
    assert_eq!(refusals(&payload), [reason], "{payload:#}");
    assert_eq!(payload["return"], Value::Null);
    assert_eq!(app.state().await, before);
}

#[tokio::test]
async fn a_buyer_asks_staff_accept_and_receive_a_part_and_the_rest_makes_the_order_returned() {
    let (app, pouch, mug, buyer, staff, order) = shop().await;
    let (pouch_line, mug_line) = (line(&buyer, &order, "POUCH").await, line(&buyer, &order, "MUG").await);
    let input = json!({ "order": order, "note": "the zip is broken", "lines": [
        { "item": pouch_line, "quantity": 2, "reason": "DEFECTIVE" },
        { "item": mug_line, "quantity": 1, "reason": "NOT_WANTED" },
    ] });
    let asked = buyer.mutate("returnCreate", input, RETURNED).await;
    assert_eq!((refusals(&asked).len(), &asked["return"]["status"]), (0, &json!("REQUESTED")), "{asked:#}");
    let id = asked["return"]["id"].as_str().unwrap();
    refused(
        &app,
        &buyer,
        "returnCreate",
        json!({ "order": order, "lines": [{ "item": pouch_line, "quantity": 2 }] }),
        "QUANTITY_EXCEEDED at lines.0.quantity",
    )
    .await;
    let accepted = staff.mutate("returnApprove", json!({ "return": id }), RETURNED).await;
    assert_eq!(accepted["return"]["status"], "APPROVED", "{accepted:#}");
    refused(&app, &staff, "returnApprove", json!({ "return": id }), "RETURN_NOT_OPEN at return").await;
    // One pouch goes back to stock, one is broken; the mug did not come.
    let receipt = json!({ "return": id, "refund": false, "lines": [
        { "item": pouch_line, "quantity": 1 },
        { "item": pouch_line, "quantity": 1, "restock": false },
    ] });
    let received = staff.mutate("returnReceive", receipt.clone(), RETURNED).await;
    assert_eq!(refusals(&received), Vec::<String>::new());
    assert_eq!(
        received["return"]["lines"],
        json!([
            { "item": { "sku": "POUCH" }, "quantity": 2, "reason": "DEFECTIVE", "received": 2, "restocked": 1 },
            { "item": { "sku": "MUG" }, "quantity": 1, "reason": "NOT_WANTED", "received": 0, "restocked": 0 },
        ])
    );
    assert_eq!((&received["return"]["status"], &received["order"]["status"]), (&json!("RECEIVED"), &json!("SHIPPED")));
    assert_eq!((app.stock(&pouch).await, app.stock(&mug).await), ((8, 1, 1, 10), (8, 2, 0, 10)));
    refused(&app, &staff, "returnReceive", receipt, "RETURN_NOT_OPEN at return").await;
    // What did not come can come another time.
    let rest = staff.mutate("orderReturn", json!({ "order": order, "refund": false }), RETURNED).await;
    assert_eq!(refusals(&rest), Vec::<String>::new());
    assert_eq!((&rest["order"]["status"], &rest["order"]["fulfillmentStatus"]), (&json!("RETURNED"), &json!("RETURNED")));
    assert_eq!((app.stock(&pouch).await, app.stock(&mug).await), ((9, 0, 1, 10), (10, 0, 0, 10)));
    let seen = buyer.order(&order, "returns { status lines { quantity } } events { nodes { kind } }").await;
    assert_eq!(seen["returns"].as_array().unwrap().len(), 2);
    let kinds: Vec<&str> =
        seen["events"]["nodes"].as_array().unwrap().iter().map(|node| node["kind"].as_str().unwrap()).collect();
    assert!(
        kinds.ends_with(&["RETURN_REQUESTED", "RETURN_APPROVED", "RETURN_RECEIVED", "RETURN_RECEIVED", "ORDER_RETURNED"]),
        "{kinds:?}"
    );
    assert!(ordergraph::doctor::examine(app.db()).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_may_not_come_back_is_refused_and_changes_nothing() {
    let (app, pouch, _, buyer, staff, order) = shop().await;
    let open = buyer.places(&pouch, 1).await;
    refused(&app, &buyer, "returnCreate", json!({ "order": open }), "ORDER_NOT_RETURNABLE at order").await;
    refused(&app, &staff, "orderReturn", json!({ "order": open }), "ORDER_NOT_RETURNABLE at order").await;
    let pouch_line = line(&buyer, &order, "POUCH").await;
    let foreign = line(&buyer, &open, "POUCH").await;
    for (lines, reason) in [
        (json!([]), "EMPTY at lines"),
        (json!([{ "item": pouch_line, "quantity": 0 }]), "INVALID_QUANTITY at lines.0.quantity"),
        (json!([{ "item": pouch_line, "quantity": -1 }]), "INVALID_QUANTITY at lines.0.quantity"),
        (json!([{ "item": pouch_line, "quantity": 4 }]), "QUANTITY_EXCEEDED at lines.0.quantity"),
        (json!([{ "item": pouch_line, "quantity": 9223372036854775807_i64 }]), "QUANTITY_EXCEEDED at lines.0.quantity"),
        (json!([{ "item": foreign, "quantity": 1 }]), "NOT_FOUND at lines.0.item"),
        (json!([{ "item": "item_x", "quantity": 1 }]), "NOT_FOUND at lines.0.item"),
        (json!([{ "item": pouch_line, "quantity": 1 }, { "item": pouch_line, "quantity": 1 }]), "INVALID_INPUT at lines.1.item"),
    ] {
        refused(&app, &buyer, "returnCreate", json!({ "order": order, "lines": lines }), reason).await;
    }
    refused(&app, &buyer, "returnCreate", json!({ "order": order, "note": "x".repeat(2_001) }), "INVALID_INPUT at note").await;
    let (other, _) = app.buyer("bob").await;
    refused(&app, &other, "returnCreate", json!({ "order": order }), "NOT_FOUND at order").await;
    let id = buyer.mutate("returnCreate", json!({ "order": order }), RETURNED).await["return"]["id"].clone();
    refused(&app, &other, "returnCancel", json!({ "return": id }), "NOT_FOUND at return").await;
    for mutation in ["returnApprove", "returnReject", "returnReceive"] {
        assert_eq!(buyer.try_mutate(mutation, json!({ "return": id }), RETURNED).await.code(), "FORBIDDEN");
    }
    refused(
        &app,
        &staff,
        "returnReceive",
        json!({ "return": id, "lines": [{ "item": pouch_line, "quantity": 0 }] }),
        "EMPTY at lines",
    )
    .await;
    refused(
        &app,
        &staff,
        "returnReceive",
        json!({ "return": id, "lines": [{ "item": pouch_line, "quantity": 4 }] }),
        "QUANTITY_EXCEEDED at lines.0.quantity",
    )
    .await;
    refused(&app, &staff, "returnReceive", json!({ "return": id, "expectedVersion": 1 }), "CONFLICT at expectedVersion").await;
    let node = other.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
    assert_eq!(node["node"], Value::Null);
    let node =
        buyer.ask("query($id: ID!) { node(id: $id) { ... on Return { status order { id } } } }", json!({ "id": id })).await;
    assert_eq!(node["node"], json!({ "status": "REQUESTED", "order": { "id": order } }));
}

#[tokio::test]
async fn a_return_that_was_turned_down_or_called_off_frees_its_pieces() {
    let (app, pouch, _, buyer, staff, order) = shop().await;
    for (client, mutation, status) in [(&staff, "returnReject", "REJECTED"), (&buyer, "returnCancel", "CANCELLED")] {
        let id = buyer.mutate("returnCreate", json!({ "order": order }), RETURNED).await["return"]["id"].clone();
        let ended = client.mutate(mutation, json!({ "return": id, "reason": "why not" }), RETURNED).await;
        assert_eq!(ended["return"]["status"], status, "{ended:#}");
    }
    assert_eq!(app.stock(&pouch).await, (7, 3, 0, 10));
    let all = staff.mutate("orderReturn", json!({ "order": order, "restock": false, "refund": false }), RETURNED).await;
    assert_eq!(all["order"]["status"], "RETURNED");
    assert_eq!(app.stock(&pouch).await, (7, 0, 3, 10));
}

#[tokio::test]
async fn a_dry_run_tells_and_takes_back_and_a_key_is_one_return() {
    let (app, _, _, buyer, staff, order) = shop().await;
    let before = app.state().await;
    let dry = json!({ "order": order, "dryRun": true, "refund": false });
    assert_eq!(staff.mutate("orderReturn", dry, RETURNED).await["order"]["status"], "RETURNED");
    let dry = buyer.mutate("returnCreate", json!({ "order": order, "dryRun": true }), RETURNED).await;
    assert_eq!(dry["return"]["status"], "REQUESTED");
    assert_eq!(app.state().await, before);
    let input = json!({ "order": order, "idempotencyKey": "k" });
    let first = buyer.mutate("returnCreate", input.clone(), RETURNED).await;
    let again = buyer.mutate("returnCreate", input, RETURNED).await;
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    assert_eq!(first["return"], again["return"]);
    refused(
        &app,
        &buyer,
        "returnCreate",
        json!({ "order": order, "idempotencyKey": "k", "note": "other" }),
        "IDEMPOTENCY_KEY_REUSED at idempotencyKey",
    )
    .await;
    let receipt = json!({ "return": first["return"]["id"], "idempotencyKey": "r", "refund": false });
    let first = staff.mutate("returnReceive", receipt.clone(), RETURNED).await;
    let again = staff.mutate("returnReceive", receipt, RETURNED).await;
    assert_eq!((&again["replayed"], &again["order"]["version"]), (&json!(true), &first["order"]["version"]));
    assert_eq!(app.rows("returns").await, 1);
}

#[tokio::test]
async fn damaged_goods_are_written_off() {
    let (app, pouch, mug, buyer, staff, order) = shop().await;
    let payload = staff.change("orderMarkDamaged", json!({ "order": order, "reason": "the van burnt" })).await;
    assert_eq!((refusals(&payload).len(), &payload["order"]["status"]), (0, &json!("DAMAGED")), "{payload:#}");
    assert_eq!((app.stock(&pouch).await, app.stock(&mug).await), ((7, 0, 3, 10), (8, 0, 2, 10)));
    assert_eq!(buyer.try_mutate("orderMarkDamaged", json!({ "order": order }), "replayed").await.code(), "FORBIDDEN");
    assert!(ordergraph::doctor::examine(app.db()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_seller_sees_what_comes_back_of_own_goods() {
    let app = TestApp::new().await;
    let (own, other) = (app.store("own").await, app.store("other").await);
    let (mine, theirs) = (app.goods(own, "MINE", 100, 5).await, app.goods(other, "THEIRS", 100, 5).await);
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let input = json!({ "items": [
        { "variant": mine.variant.to_string(), "quantity": 1 }, { "variant": theirs.variant.to_string(), "quantity": 1 },
    ] });
    let order = buyer.mutate("orderCreate", input, "order { id }").await["order"]["id"].as_str().unwrap().to_owned();
    staff.moves(&order, &["orderConfirm", "orderShip"]).await;
    let their_line = line(&staff, &order, "THEIRS").await;
    let alone = json!({ "order": order, "note": "secret", "lines": [{ "item": their_line, "quantity": 1 }] });
    buyer.mutate("returnCreate", alone, RETURNED).await;
    let seller = app.seller(own).await;
    let seen = "returns { note refunded lines { item { sku } quantity } }";
    assert_eq!(seller.order(&order, seen).await["returns"], json!([]));
    buyer.mutate("returnCreate", json!({ "order": order, "note": "secret" }), RETURNED).await;
    let returns = seller.order(&order, seen).await["returns"].clone();
    assert_eq!(returns, json!([{ "note": null, "refunded": null, "lines": [{ "item": { "sku": "MINE" }, "quantity": 1 }] }]));
}
