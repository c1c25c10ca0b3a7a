//! Orders of goods of several stores: one order, one per store, or none (`ORDERS_MULTI_STORE`).

use std::collections::BTreeSet;

use entity::id::CustomerId;
use ordergraph::{config::MultiStorePolicy, doctor::examine};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Client, Goods, TestApp, refusals};

const CREATED: &str = "replayed
    order { id }
    orders { id number status note store { slug } stores { slug } customer { id } shippingAddress { formatted }
        shippingMethod { id } totals { subtotal shipping total } items { nodes { sku quantity unitPrice } }
        group { id total orders { number items { nodes { sku } } } } events { nodes { kind changes { field old new } } } }
    userErrors { code field message stores }";

/// A shop of three stores: pens and e-books on the left, mugs in the middle, lamps on the right. E-books are not shipped.
struct Shop {
    app: TestApp,
    pen: Goods,
    book: Goods,
    mug: Goods,
    lamp: Goods,
    buyer: Client,
    customer: CustomerId,
}

async fn shop(policy: MultiStorePolicy) -> Shop {
    let app = TestApp::with(|config| config.orders.multi_store = policy).await;
    let (left, middle, right) = (app.store("left").await, app.store("middle").await, app.store("right").await);
    let pen = app.goods_in(left, "PEN", 333, 10, "EUR", true).await;
    let book = app.goods(middle, "BOOK", 1_000, 10).await;
    let mug = app.goods_in(middle, "MUG", 500, 10, "EUR", true).await;
    let lamp = app.goods_in(right, "LAMP", 2_500, 10, "EUR", true).await;
    let (buyer, customer) = app.buyer("ada").await;
    Shop { app, pen, book, mug, lamp, buyer, customer }
}

fn line(goods: &Goods, quantity: i64) -> Value {
    json!({ "variant": goods.variant.to_string(), "quantity": quantity })
}

impl Shop {
    /// An order of one pen, three mugs and two lamps, the mugs named twice.
    async fn input(&self) -> Value {
        let method = self.app.shipping_method(499).await;
        json!({
            "items": [line(&self.lamp, 2), line(&self.mug, 1), line(&self.pen, 1), { "sku": "MUG", "quantity": 2 }],
            "shippingAddress": { "freeText": "Quay 1" }, "shippingMethod": method.to_string(), "note": " ring ",
        })
    }

    async fn creates(&self, input: Value) -> Value {
        self.buyer.mutate("orderCreate", input, CREATED).await
    }

    /// Nothing is there that was not before, and the reasons are these.
    async fn refused(&self, mutation: &str, input: Value, reasons: &[&str]) -> Value {
        let before = self.app.state().await;
        let payload = self.buyer.mutate(mutation, input, "userErrors { code field message stores }").await;
        assert_eq!(refusals(&payload), reasons, "{payload:#}");
        assert_eq!(self.app.state().await, before);
        payload["userErrors"].clone()
    }
}

/// What is the same in each of the orders.
fn column(orders: &Value, path: &str) -> Vec<Value> {
    orders.as_array().unwrap().iter().map(|order| order.pointer(path).unwrap().clone()).collect()
}

#[tokio::test]
async fn goods_of_several_stores_are_one_order_unless_told_otherwise() {
    let shop = shop(MultiStorePolicy::Allow).await;
    let payload = shop.creates(shop.input().await).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let orders = &payload["orders"];
    assert_eq!((orders.as_array().unwrap().len(), &orders[0]["id"]), (1, &payload["order"]["id"]));
    assert_eq!((&orders[0]["store"], &orders[0]["group"]), (&Value::Null, &Value::Null));
    assert_eq!(orders[0]["totals"], json!({ "subtotal": "68.33", "shipping": "4.99", "total": "73.32" }));
    assert_eq!(orders[0]["stores"].as_array().unwrap().len(), 3);
    // A seller sees own lines, and so the one store they are of.
    let seller = shop.app.seller(shop.mug.store).await;
    let id = payload["order"]["id"].as_str().unwrap();
    assert_eq!(seller.order(id, "store { slug } total").await, json!({ "store": { "slug": "middle" }, "total": "15.00" }));
}

#[tokio::test]
async fn a_split_order_is_one_order_per_store_whose_sums_add_up() {
    let shop = shop(MultiStorePolicy::Split).await;
    let mut input = shop.input().await;
    input["idempotencyKey"] = json!("k1");
    let payload = shop.creates(input.clone()).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let orders = &payload["orders"];
    assert_eq!(payload["order"]["id"], orders[0]["id"]);
    assert_eq!(column(orders, "/store/slug"), ["right", "middle", "left"]);
    assert_eq!(column(orders, "/number"), ["ORD-20260115-0001", "ORD-20260115-0002", "ORD-20260115-0003"]);
    assert_eq!(column(orders, "/totals/subtotal"), ["50.00", "15.00", "3.33"]);
    assert_eq!(column(orders, "/totals/shipping"), ["3.65", "1.10", "0.24"]);
    assert_eq!(column(orders, "/totals/total"), ["53.65", "16.10", "3.57"]);
    assert_eq!(orders[1]["items"]["nodes"].as_array().unwrap().len(), 2);
    for order in orders.as_array().unwrap() {
        assert_eq!((&order["status"], &order["note"]), (&json!("PENDING"), &json!("ring")));
        assert_eq!(order["customer"]["id"], shop.customer.to_string());
        assert_eq!(order["shippingAddress"]["formatted"], "Quay 1");
        assert!(order["shippingMethod"]["id"].is_string());
        assert_eq!(order["group"]["total"], "73.32");
        assert_eq!(column(&order["group"]["orders"], "/number").len(), 3);
        assert_eq!(order["events"]["nodes"][0]["kind"], "ORDER_CREATED");
        let changes = order["events"]["nodes"][0]["changes"].as_array().unwrap();
        let told = changes.iter().find(|change| change["field"] == "group").unwrap();
        assert_eq!(told["new"], order["group"]["id"]);
    }
    assert_eq!(shop.app.stock(&shop.mug).await, (7, 3, 0, 10));
    assert_eq!((shop.app.rows("orders").await, shop.app.rows("order_groups").await), (3, 1));

    let again = shop.creates(input.clone()).await;
    assert_eq!(again["replayed"], true);
    assert_eq!(column(&again["orders"], "/id"), column(orders, "/id"));
    assert_eq!(column(&again["orders"], "/group/total"), ["73.32", "73.32", "73.32"]);
    input["note"] = json!("another");
    shop.refused("orderCreate", input, &["IDEMPOTENCY_KEY_REUSED at idempotencyKey"]).await;
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn shipping_is_borne_by_those_that_are_shipped_and_an_order_of_one_store_has_no_group() {
    let shop = shop(MultiStorePolicy::Split).await;
    let mut input = shop.input().await;
    input["items"] = json!([line(&shop.book, 5), line(&shop.lamp, 1)]);
    let payload = shop.creates(input.clone()).await;
    assert_eq!(column(&payload["orders"], "/totals/shipping"), ["0.00", "4.99"], "{payload:#}");
    input["items"] = json!([line(&shop.book, 1), line(&shop.mug, 1)]);
    let single = shop.creates(input).await;
    assert_eq!(
        (column(&single["orders"], "/group"), column(&single["orders"], "/totals/shipping")),
        (vec![Value::Null], vec![json!("4.99")])
    );
    let numbers = column(&single["orders"], "/number");
    assert_eq!(numbers, ["ORD-20260115-0003"]);
    let staff = shop.app.staff().await;
    let mut overridden = json!({ "customer": shop.customer.to_string(), "shippingAddress": { "freeText": "Quay 1" } });
    overridden["items"] = json!([line(&shop.pen, 1), line(&shop.lamp, 1), { "sku": "MUG", "quantity": 1, "unitPrice": "1.00" }]);
    let payload = staff.mutate("orderCreate", overridden, CREATED).await;
    let changes = &payload["orders"][2]["events"]["nodes"][0]["changes"];
    let told = changes.as_array().unwrap().iter().find(|change| change["field"] == "items.0.unitPrice").unwrap();
    assert_eq!((&told["old"], &told["new"]), (&json!("5.00"), &json!("1.00")), "by its place in its own order");
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn one_shortage_refuses_all_of_a_split_order() {
    let shop = shop(MultiStorePolicy::Split).await;
    let mut input = shop.input().await;
    input["items"] = json!([line(&shop.lamp, 2), line(&shop.mug, 11)]);
    shop.refused("orderCreate", input.clone(), &["INSUFFICIENT_STOCK at items.1.quantity"]).await;
    input["items"] = json!([line(&shop.lamp, 2), line(&shop.book, 1)]);
    input.as_object_mut().unwrap().remove("shippingAddress");
    shop.refused("orderCreate", input, &["ADDRESS_REQUIRED at shippingAddress"]).await;
}

#[tokio::test]
async fn a_dry_run_of_a_split_order_shows_all_of_it_and_keeps_nothing() {
    let shop = shop(MultiStorePolicy::Split).await;
    let mut input = shop.input().await;
    input["dryRun"] = json!(true);
    let before = shop.app.state().await;
    let tried = shop.creates(input.clone()).await;
    assert_eq!(column(&tried["orders"], "/totals/total"), ["53.65", "16.10", "3.57"], "{tried:#}");
    assert_eq!(tried["orders"][2]["group"]["total"], "73.32");
    assert_eq!(tried["orders"][0]["group"]["orders"][2]["items"]["nodes"], json!([{ "sku": "PEN" }]));
    assert_eq!(shop.app.state().await, before);
    input["dryRun"] = json!(false);
    // The numbers were handed back.
    assert_eq!(column(&shop.creates(input).await["orders"], "/number"), column(&tried["orders"], "/number"));
}

#[tokio::test]
async fn a_group_is_seen_by_who_sees_an_order_of_it_and_as_far() {
    let shop = shop(MultiStorePolicy::Split).await;
    let payload = shop.creates(shop.input().await).await;
    let id = payload["orders"][0]["group"]["id"].as_str().unwrap().to_owned();
    let query = "query($id: ID!) { node(id: $id) { id ... on OrderGroup { total currency createdAt orders { number store { slug } } } } }";
    let seller = shop.app.seller(shop.mug.store).await;
    let seen = seller.ask(query, json!({ "id": id })).await;
    assert_eq!(
        seen["node"],
        json!({ "id": id, "total": "15.00", "currency": "EUR", "createdAt": "2026-01-15T12:00:00Z",
            "orders": [{ "number": "ORD-20260115-0002", "store": { "slug": "middle" } }] })
    );
    for client in [&shop.buyer, &shop.app.staff().await] {
        let seen = client.ask(query, json!({ "id": id })).await;
        assert_eq!((&seen["node"]["total"], column(&seen["node"]["orders"], "/number").len()), (&json!("73.32"), 3));
    }
    let (other, _) = shop.app.buyer("bob").await;
    let stranger = shop.app.seller(shop.app.store("far").await).await;
    for client in [&other, &stranger, &shop.app.anonymous()] {
        assert_eq!(client.ask(query, json!({ "id": id })).await["node"], Value::Null);
    }
    assert_eq!(shop.buyer.ask(query, json!({ "id": "ordergroup_x" })).await["node"], Value::Null);
}

#[tokio::test]
async fn the_orders_of_a_group_live_and_end_by_themselves() {
    let shop = shop(MultiStorePolicy::Split).await;
    let mut input = shop.input().await;
    input["idempotencyKey"] = json!("k1");
    let payload = shop.creates(input.clone()).await;
    let ids: Vec<String> = column(&payload["orders"], "/id").iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    shop.buyer.moves(&ids[1], &["orderCancel"]).await;
    let seen = shop.buyer.order(&ids[0], "status group { orders { status } }").await;
    assert_eq!(
        (&seen["status"], column(&seen["group"]["orders"], "/status")),
        (&json!("PENDING"), vec![json!("PENDING"), json!("CANCELLED"), json!("PENDING")])
    );
    let admin = shop.app.admin().await;
    let deletes = async |id: &String| {
        let payload = admin.mutate("orderDelete", json!({ "order": id }), "userErrors { code field }").await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
    };
    deletes(&ids[2]).await;
    assert_eq!(column(&shop.creates(input.clone()).await["orders"], "/id"), [ids[0].as_str(), ids[1].as_str()]);
    assert_eq!(shop.buyer.order(&ids[0], "group { total }").await["group"]["total"], "69.75");
    deletes(&ids[0]).await;
    deletes(&ids[1]).await;
    assert_eq!((shop.app.rows("order_groups").await, shop.app.rows("order_group_members").await), (0, 0));
    shop.refused("orderCreate", input, &["NOT_FOUND at idempotencyKey"]).await;
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn an_order_of_several_stores_is_refused_where_the_shop_wants_it_so() {
    let shop = shop(MultiStorePolicy::Reject).await;
    let input = shop.input().await;
    let reasons = ["MULTIPLE_STORES at items.1.variant", "MULTIPLE_STORES at items.2.variant", "MULTIPLE_STORES at items.3.sku"];
    let errors = shop.refused("orderCreate", input.clone(), &reasons).await;
    let stores = [shop.lamp.store, shop.mug.store, shop.pen.store].map(|store| store.to_string());
    assert_eq!(errors[0]["stores"], json!(stores));
    let mut single = input;
    single["items"] = json!([line(&shop.mug, 1), line(&shop.book, 1)]);
    assert_eq!(refusals(&shop.creates(single).await), Vec::<String>::new());
}

#[tokio::test]
async fn an_edit_adds_no_other_stores_goods_where_an_order_is_of_one_store() {
    for policy in [MultiStorePolicy::Split, MultiStorePolicy::Reject] {
        let shop = shop(policy).await;
        let mut input = shop.input().await;
        input["items"] = json!([line(&shop.mug, 1)]);
        let payload = shop.creates(input).await;
        let order = payload["order"]["id"].clone();
        let errors = shop
            .refused("orderItemAdd", json!({ "order": order, "sku": "PEN", "quantity": 1 }), &["MULTIPLE_STORES at sku"])
            .await;
        let known: BTreeSet<&str> = errors[0]["stores"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        assert_eq!(known.len(), 2);
        let both = json!({ "order": order, "add": [line(&shop.book, 1), line(&shop.lamp, 1)] });
        shop.refused("orderEdit", both, &["MULTIPLE_STORES at add.1.variant"]).await;
        // More of the same store is fine, and so is another store's in place of all that was there.
        let lines = shop.buyer.order(order.as_str().unwrap(), "items { nodes { id } }").await;
        for edit in [
            json!({ "order": order, "add": [line(&shop.book, 1)] }),
            json!({ "order": order, "add": [line(&shop.lamp, 1)], "remove": [lines["items"]["nodes"][0]["id"]], "dryRun": true }),
        ] {
            let alone = edit["dryRun"] == true;
            if alone {
                let book = shop.buyer.order(order.as_str().unwrap(), "items { nodes { id sku } }").await;
                let book =
                    book["items"]["nodes"].as_array().unwrap().iter().find(|line| line["sku"] == "BOOK").unwrap()["id"].clone();
                shop.buyer.mutate("orderItemRemove", json!({ "order": order, "item": book }), "userErrors { code }").await;
            }
            let edited = shop.buyer.mutate("orderEdit", edit, "order { store { slug } } userErrors { code field message }").await;
            let store = if alone { "right" } else { "middle" };
            assert_eq!(edited["order"]["store"]["slug"], store, "{edited:#}");
        }
    }
}

#[tokio::test]
async fn split_orders_at_once_sell_what_there_is_and_no_part_alone() {
    let shop = shop(MultiStorePolicy::Split).await;
    let mut calls = JoinSet::new();
    for index in 0..16 {
        let (buyer, _) = shop.app.buyer(&format!("buyer{index}")).await;
        let mut items = vec![line(&shop.pen, 2), line(&shop.book, 1), line(&shop.lamp, 1)];
        items.rotate_left(index % 3);
        let input = json!({ "items": items, "shippingAddress": { "freeText": "Quay 1" }, "idempotencyKey": "mine" });
        for _ in 0..2 {
            let (buyer, input) = (buyer.clone(), input.clone());
            calls.spawn(async move { buyer.mutate("orderCreate", input, CREATED).await });
        }
    }
    let mut groups = BTreeSet::new();
    for payload in calls.join_all().await {
        match payload["orders"].as_array().unwrap().len() {
            0 => assert!(refusals(&payload)[0].starts_with("INSUFFICIENT_STOCK"), "{payload:#}"),
            count => {
                assert_eq!(count, 3);
                groups.insert(payload["orders"][0]["group"]["id"].as_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!((groups.len(), shop.app.rows("orders").await, shop.app.rows("order_groups").await), (5, 15, 5));
    assert_eq!((shop.app.stock(&shop.pen).await, shop.app.stock(&shop.lamp).await), ((0, 10, 0, 10), (5, 5, 0, 10)));
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}
