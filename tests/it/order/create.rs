//! `orderCreate`.

use std::collections::BTreeSet;

use entity::{
    address,
    id::{AddressId, CustomerId, VariantId},
};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Client, Goods, NOW, TestApp, refusals};

#[tokio::test]
async fn a_buyer_places_an_order() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, customer) = app.buyer("ada").await;
    let input = json!({ "items": [{ "sku": "POUCH", "quantity": 2 }], "note": " gift ", "idempotencyKey": "k1" });
    let selection = "replayed userErrors { code field message }
        order { id number status statusDisplay paymentStatus fulfillmentStatus type currency note version
            customer { id } customerName totals { subtotal shipping total balance }
            items { nodes { name sku quantity unitPrice total store { slug } product { name } } } stores { slug }
            events { nodes { sequence kind actorKind changes { field old new } } }
            availableActions { action allowed reason } productsDisplay placedAt }";
    let created = buyer.mutate("orderCreate", input.clone(), selection).await;
    assert_eq!(refusals(&created), Vec::<String>::new());
    let order = &created["order"];
    assert_eq!(order["number"], "ORD-20260115-0001");
    assert_eq!(order["status"], "PENDING");
    assert_eq!(order["note"], "gift");
    assert_eq!(order["customer"]["id"], customer.to_string());
    assert_eq!(order["totals"], json!({ "subtotal": "59.98", "shipping": "0.00", "total": "59.98", "balance": "59.98" }));
    assert_eq!(order["items"]["nodes"][0]["unitPrice"], "29.99");
    assert_eq!(order["placedAt"], "2026-01-15T12:00:00Z");
    assert_eq!(app.available(&pouch).await, 8);

    let again = buyer.mutate("orderCreate", input, selection).await;
    assert_eq!(again["replayed"], true);
    assert_eq!(again["order"]["id"], order["id"]);
    assert_eq!(again["order"]["events"]["nodes"][0]["kind"], "ORDER_CREATED");
    assert_eq!(app.available(&pouch).await, 8);
    assert_eq!(app.rows("orders").await, 1);
}

/// The selection of most tests here.
const CREATED: &str = "replayed order { id number status version totals { subtotal shipping total } estimatedDelivery
    items { nodes { sku quantity unitPrice total } } customer { id } }
    userErrors { code field message available currentPrice }";

fn line(goods: &Goods, quantity: impl Into<Value>) -> Value {
    json!({ "variant": goods.variant.to_string(), "quantity": quantity.into() })
}

/// A shop with one kind of goods at 29.99 and ten pieces of it, and a buyer.
async fn shop() -> (TestApp, Goods, Client, CustomerId) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, customer) = app.buyer("ada").await;
    (app, pouch, buyer, customer)
}

/// The input is refused for these reasons, and nothing is there that was not before.
async fn refused(app: &TestApp, client: &Client, input: Value, reasons: &[&str]) -> Value {
    let before = app.state().await;
    let payload = client.mutate("orderCreate", input, CREATED).await;
    assert_eq!(refusals(&payload), reasons, "{payload:#}");
    assert_eq!(payload["order"], Value::Null);
    assert_eq!(app.state().await, before);
    payload
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_buyers_at_once_get_the_ten_pieces_there_are() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let (pouch, mug) = (app.goods(store, "POUCH", 2999, 10).await, app.goods(store, "MUG", 1850, 1_000).await);
    let mut calls = JoinSet::new();
    for index in 0..30 {
        let (buyer, _) = app.buyer(&format!("buyer{index}")).await;
        // Half of them name the goods the other way round: locks are taken in one order all the same.
        let mut items = vec![line(&pouch, 1), line(&mug, 2)];
        if index % 2 == 0 {
            items.reverse();
        }
        calls.spawn(async move { buyer.mutate("orderCreate", json!({ "items": items }), CREATED).await });
    }
    let mut numbers = BTreeSet::new();
    let mut refusals_seen = 0;
    for payload in calls.join_all().await {
        match payload["order"]["number"].as_str() {
            Some(number) => assert!(numbers.insert(number.to_owned()), "{number} twice"),
            None => {
                let reasons = refusals(&payload);
                assert!(reasons.len() == 1 && reasons[0].starts_with("INSUFFICIENT_STOCK at items."), "{payload:#}");
                refusals_seen += 1;
            }
        }
    }
    assert_eq!((numbers.len(), refusals_seen), (10, 20));
    assert_eq!(app.stock(&pouch).await, (0, 10, 0, 10));
    assert_eq!(app.stock(&mug).await, (980, 20, 0, 1_000));
    assert_eq!((app.rows("orders").await, app.rows("events").await), (10, 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_calls_at_once_with_one_key_are_one_order() {
    let (app, pouch, buyer, _) = shop().await;
    let input = json!({ "items": [line(&pouch, 1)], "idempotencyKey": "once" });
    let calls: JoinSet<_> = (0..64)
        .map(|_| {
            let (buyer, input) = (buyer.clone(), input.clone());
            async move { buyer.mutate("orderCreate", input, CREATED).await }
        })
        .collect();
    let mut ids = BTreeSet::new();
    let mut first = 0;
    for payload in calls.join_all().await {
        assert_eq!(refusals(&payload), Vec::<String>::new());
        ids.insert(payload["order"]["id"].as_str().unwrap().to_owned());
        first += usize::from(payload["replayed"] == false);
    }
    assert_eq!((ids.len(), first), (1, 1));
    assert_eq!((app.rows("orders").await, app.available(&pouch).await), (1, 9));
}

#[tokio::test]
async fn numbers_of_calls_at_once_are_the_first_of_the_day() {
    let (app, _, buyer, _) = shop().await;
    let store = app.store("mugs").await;
    let mug = app.goods(store, "MUG", 1850, 1_000).await;
    let calls = (0..20).map(|_| buyer.places(&mug, 1));
    futures_util::future::join_all(calls).await;
    let mut numbers = buyer.numbers("first: 100").await;
    numbers.sort();
    let expected: Vec<String> = (1..=20).map(|sequence| format!("ORD-20260115-{sequence:04}")).collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn a_number_that_came_to_nothing_is_borne_by_the_next_order() {
    let (app, pouch, buyer, _) = shop().await;
    refused(&app, &buyer, json!({ "items": [line(&pouch, 11)] }), &["INSUFFICIENT_STOCK at items.0.quantity"]).await;
    buyer.mutate("orderCreate", json!({ "items": [line(&pouch, 1)], "dryRun": true }), CREATED).await;
    let payload = buyer.mutate("orderCreate", json!({ "items": [line(&pouch, 1)] }), CREATED).await;
    assert_eq!(payload["order"]["number"], "ORD-20260115-0001");
}

#[tokio::test]
async fn a_key_with_other_input_is_refused() {
    let (app, pouch, buyer, _) = shop().await;
    let input = |quantity: i32| json!({ "items": [line(&pouch, quantity)], "idempotencyKey": "k" });
    buyer.mutate("orderCreate", input(1), CREATED).await;
    refused(&app, &buyer, input(2), &["IDEMPOTENCY_KEY_REUSED at idempotencyKey"]).await;
    // The key is the caller's own: somebody else's call with it is another call.
    let (other, _) = app.buyer("bob").await;
    let payload = other.mutate("orderCreate", input(2), CREATED).await;
    assert_eq!((refusals(&payload).len(), &payload["replayed"]), (0, &json!(false)));
    for key in [String::new(), "x".repeat(256)] {
        let input = json!({ "items": [line(&pouch, 1)], "idempotencyKey": key });
        refused(&app, &buyer, input, &["INVALID_INPUT at idempotencyKey"]).await;
    }
}

#[tokio::test]
async fn a_key_whose_call_was_refused_is_still_free() {
    let (app, pouch, buyer, _) = shop().await;
    let input = json!({ "items": [line(&pouch, 11)], "idempotencyKey": "k" });
    refused(&app, &buyer, input.clone(), &["INSUFFICIENT_STOCK at items.0.quantity"]).await;
    app.sql("UPDATE product_variants SET available = 20, received = 20").await;
    let payload = buyer.mutate("orderCreate", input, CREATED).await;
    assert_eq!((refusals(&payload).len(), &payload["replayed"]), (0, &json!(false)));
}

#[tokio::test]
async fn a_dry_run_shows_the_order_and_keeps_nothing() {
    let (app, pouch, buyer, _) = shop().await;
    let before = app.state().await;
    let input = json!({ "items": [line(&pouch, 2)], "dryRun": true, "idempotencyKey": "k" });
    let payload = buyer.mutate("orderCreate", input, CREATED).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(payload["order"]["number"], "ORD-20260115-0001");
    assert_eq!(
        payload["order"]["items"]["nodes"],
        json!([{ "sku": "POUCH", "quantity": 2, "unitPrice": "29.99", "total": "59.98" }])
    );
    assert_eq!(app.state().await, before);
    let id = payload["order"]["id"].as_str().unwrap();
    assert_eq!(buyer.order(id, "id").await, Value::Null);
}

#[tokio::test]
async fn a_buyer_learns_that_the_price_has_changed() {
    let (app, pouch, buyer, _) = shop().await;
    let with_price =
        |price: &str| json!({ "items": [{ "variant": pouch.variant.to_string(), "quantity": 1, "unitPrice": price }] });
    let payload = refused(&app, &buyer, with_price("25.00"), &["PRICE_CHANGED at items.0.unitPrice"]).await;
    assert_eq!(payload["userErrors"][0]["currentPrice"], "29.99");
    let payload = buyer.mutate("orderCreate", with_price("29.99"), CREATED).await;
    assert_eq!(payload["order"]["totals"]["total"], "29.99");
}

#[tokio::test]
async fn a_price_by_staff_stands_in_the_event() {
    let (app, pouch, _, customer) = shop().await;
    let staff = app.staff().await;
    let input = json!({
        "customer": customer.to_string(),
        "items": [{ "sku": "POUCH", "quantity": 3, "unitPrice": "25" }],
    });
    let payload = staff
        .mutate(
            "orderCreate",
            input,
            "order { customer { id } totals { total }
            events { nodes { kind actorKind changes { field old new } } } } userErrors { code field message }",
        )
        .await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let order = &payload["order"];
    assert_eq!((&order["totals"]["total"], &order["customer"]["id"]), (&json!("75.00"), &json!(customer.to_string())));
    assert_eq!(
        order["events"]["nodes"],
        json!([{ "kind": "ORDER_CREATED", "actorKind": "STAFF", "changes": [
            { "field": "status", "old": null, "new": "PENDING" },
            { "field": "items.0.unitPrice", "old": "29.99", "new": "25.00" },
        ]}])
    );
    assert_eq!(app.available(&pouch).await, 7);
}

#[tokio::test]
async fn amounts_that_are_none_are_refused() {
    let (app, pouch, buyer, _) = shop().await;
    for price in ["0.001", "-1", "10000000000000", "0.0000000000000000001"] {
        let input = json!({ "items": [{ "variant": pouch.variant.to_string(), "quantity": 1, "unitPrice": price }] });
        refused(&app, &buyer, input, &["INVALID_AMOUNT at items.0.unitPrice"]).await;
    }
    let before = app.state().await;
    for price in
        [json!("1e400"), json!("NaN"), json!(""), json!("1,5"), json!("+1"), json!(" 1"), json!(1.5), json!(30), json!(true)]
    {
        let input = json!({ "items": [{ "variant": pouch.variant.to_string(), "quantity": 1, "unitPrice": price }] });
        let answer = buyer.try_mutate("orderCreate", input, CREATED).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{price}: {:#}", answer.body);
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("unitPrice") || message.contains("items"), "{message}");
        assert!(answer.body.get("data").is_none_or(Value::is_null), "{:#}", answer.body);
    }
    // Staff may give a price, within what an order can hold.
    let staff = app.staff().await;
    let input = json!({ "items": [{ "sku": "POUCH", "quantity": 2, "unitPrice": "9999999999.99" }] });
    refused(&app, &staff, input, &["INVALID_AMOUNT at items.0.quantity"]).await;
    assert_eq!(app.rows("orders").await, 0);
    assert!(app.state().await.contains(before.lines().next().unwrap()));
}

#[tokio::test]
async fn a_quantity_is_refused_by_its_path_as_variable_and_as_literal() {
    let (app, pouch, buyer, _) = shop().await;
    for quantity in [0_i64, -1, 1_000_001, 2_147_483_648, i64::MIN] {
        refused(&app, &buyer, json!({ "items": [line(&pouch, quantity)] }), &["INVALID_QUANTITY at items.0.quantity"]).await;
        let document = format!(
            "mutation {{ orderCreate(input: {{ items: [{{ sku: \"POUCH\", quantity: 1 }}, {{ sku: \"POUCH\", quantity: {quantity} }}] }})
                {{ order {{ id }} userErrors {{ code field message }} }} }}"
        );
        let data = buyer.ask(&document, json!({})).await;
        assert_eq!(refusals(&data["orderCreate"]), ["INVALID_QUANTITY at items.1.quantity"]);
    }
    for quantity in [json!("1"), json!(1.5), Value::Null] {
        let answer = buyer.try_mutate("orderCreate", json!({ "items": [line(&pouch, quantity.clone())] }), CREATED).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{quantity}: {:#}", answer.body);
    }
    assert_eq!(app.rows("orders").await, 0);
}

#[tokio::test]
async fn an_order_needs_lines_that_name_goods() {
    let (app, pouch, buyer, customer) = shop().await;
    refused(&app, &buyer, json!({}), &["EMPTY at items"]).await;
    refused(&app, &buyer, json!({ "items": [] }), &["EMPTY at items"]).await;
    let unknown = VariantId::at(NOW, [7; 10]).to_string();
    for id in [unknown, pouch.product.to_string(), customer.to_string(), "order_01h455vb4pex5vsknk084sn02q".into(), String::new()]
    {
        let input = json!({ "items": [line(&pouch, 1), { "variant": id, "quantity": 1 }] });
        refused(&app, &buyer, input, &["NOT_FOUND at items.1.variant"]).await;
    }
    refused(&app, &buyer, json!({ "items": [{ "sku": "NONE", "quantity": 1 }] }), &["NOT_FOUND at items.0.sku"]).await;
    refused(&app, &buyer, json!({ "items": [{ "quantity": 1 }] }), &["INVALID_INPUT at items.0.variant"]).await;
    let both = json!({ "items": [{ "variant": pouch.variant.to_string(), "sku": "POUCH", "quantity": 1 }] });
    refused(&app, &buyer, both, &["INVALID_INPUT at items.0.variant"]).await;
    let many: Vec<Value> = (0..501).map(|_| line(&pouch, 1)).collect();
    refused(&app, &buyer, json!({ "items": many }), &["TOO_MANY_ITEMS at items"]).await;
}

#[tokio::test]
async fn what_only_staff_may_give_is_refused_by_name() {
    let (app, pouch, buyer, own) = shop().await;
    let other = app.customer("Bob", Some("bob@buyer.test"), None).await;
    let with = |name: &str, value: Value| {
        let mut input = json!({ "items": [line(&pouch, 1)] });
        input[name] = value;
        input
    };
    refused(&app, &buyer, with("customer", json!(other.to_string())), &["FORBIDDEN at customer"]).await;
    refused(&app, &buyer, with("newCustomer", json!({ "name": "Eve" })), &["FORBIDDEN at newCustomer"]).await;
    refused(&app, &buyer, with("placedAt", json!("2026-01-01T00:00:00Z")), &["FORBIDDEN at placedAt"]).await;
    refused(&app, &buyer, with("status", json!("CONFIRMED")), &["FORBIDDEN at status"]).await;
    let payload = buyer.mutate("orderCreate", with("customer", json!(own.to_string())), CREATED).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let anonymous = app.anonymous();
    for input in [with("customer", json!("x")), json!({ "items": [{ "variant": "x", "quantity": 0 }] })] {
        assert_eq!(anonymous.try_mutate("orderCreate", input, CREATED).await.code(), "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn staff_order_for_somebody_else_or_somebody_new() {
    let (app, pouch, _, _) = shop().await;
    let staff = app.staff().await;
    let blocked = app.customer("Mallory", Some("mallory@buyer.test"), None).await;
    app.sql("UPDATE customers SET status = 'BLOCKED' WHERE name = 'Mallory'").await;
    let input = json!({ "items": [line(&pouch, 1)], "customer": blocked.to_string() });
    refused(&app, &staff, input, &["CUSTOMER_BLOCKED at customer"]).await;
    let nobody = CustomerId::at(NOW, [9; 10]).to_string();
    refused(&app, &staff, json!({ "items": [line(&pouch, 1)], "customer": nobody }), &["NOT_FOUND at customer"]).await;
    let taken = json!({ "items": [line(&pouch, 1)], "newCustomer": { "name": "Mal", "email": "Mallory@buyer.test" } });
    refused(&app, &staff, taken, &["INVALID_INPUT at newCustomer.email"]).await;
    let new = json!({ "items": [line(&pouch, 1)], "newCustomer": { "name": " Zoë ", "email": "Zoe@buyer.test" } });
    let payload =
        staff.mutate("orderCreate", new, "order { customerName customerEmail } userErrors { code field message }").await;
    assert_eq!(payload["order"], json!({ "customerName": "Zoë", "customerEmail": "zoe@buyer.test" }));
}

#[tokio::test]
async fn a_backdated_order_is_numbered_by_its_day() {
    let (app, pouch, _, customer) = shop().await;
    let staff = app.staff().await;
    let mut numbers = Vec::new();
    for placed_at in ["2025-12-31T23:59:59Z", "2026-01-01T00:30:00+01:00", "2026-01-01T00:00:00Z"] {
        let input = json!({
            "items": [line(&pouch, 1)], "customer": customer.to_string(), "placedAt": placed_at, "status": "DELIVERED",
        });
        let payload = staff
            .mutate("orderCreate", input, "order { number status fulfillmentStatus placedAt } userErrors { code field message }")
            .await;
        assert_eq!(
            (&payload["order"]["status"], &payload["order"]["fulfillmentStatus"]),
            (&json!("DELIVERED"), &json!("DELIVERED"))
        );
        numbers.push(payload["order"]["number"].as_str().unwrap().to_owned());
    }
    assert_eq!(numbers, ["ORD-20251231-0001", "ORD-20251231-0002", "ORD-20260101-0001"]);
}

#[tokio::test]
async fn an_order_does_not_begin_in_a_status_that_holds_no_goods() {
    let (app, pouch, _, customer) = shop().await;
    let staff = app.staff().await;
    for status in ["CANCELLED", "REFUNDED", "RETURNED", "DAMAGED"] {
        let input = json!({ "items": [line(&pouch, 1)], "customer": customer.to_string(), "status": status });
        refused(&app, &staff, input, &["INVALID_INPUT at status"]).await;
    }
}

#[tokio::test]
async fn goods_must_be_on_sale_and_in_one_currency() {
    let (app, pouch, buyer, _) = shop().await;
    let draft = app.goods(pouch.store, "DRAFT", 100, 5).await;
    app.sql("UPDATE products SET status = 'DRAFT' WHERE name = 'Product DRAFT'").await;
    let dollars = app.goods_in(pouch.store, "DOLLAR", 100, 5, "USD", false).await;
    refused(&app, &buyer, json!({ "items": [line(&pouch, 1), line(&draft, 1)] }), &["NOT_SELLABLE at items.1.variant"]).await;
    let both = json!({ "items": [line(&pouch, 1), line(&dollars, 1)] });
    refused(&app, &buyer, both, &["CURRENCY_MISMATCH at items.1.variant"]).await;
    let by_sku = json!({ "items": [line(&pouch, 1), { "sku": "DOLLAR", "quantity": 1 }] });
    refused(&app, &buyer, by_sku, &["CURRENCY_MISMATCH at items.1.sku"]).await;
    let method = app.shipping_method(499).await;
    let input = json!({ "items": [line(&dollars, 1)], "shippingMethod": method.to_string() });
    refused(&app, &buyer, input, &["CURRENCY_MISMATCH at shippingMethod"]).await;
}

#[tokio::test]
async fn lines_of_one_variant_share_its_stock() {
    let (app, pouch, buyer, _) = shop().await;
    let payload = refused(
        &app,
        &buyer,
        json!({ "items": [line(&pouch, 6), { "sku": "POUCH", "quantity": 5 }] }),
        &["INSUFFICIENT_STOCK at items.1.quantity"],
    )
    .await;
    assert_eq!(payload["userErrors"][0]["available"], 10);
    assert_eq!(payload["userErrors"][0]["message"], "Insufficient stock. Available: 10");
    let payload =
        buyer.mutate("orderCreate", json!({ "items": [line(&pouch, 6), { "sku": "POUCH", "quantity": 4 }] }), CREATED).await;
    assert_eq!(payload["order"]["items"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(app.stock(&pouch).await, (0, 10, 0, 10));
}

#[tokio::test]
async fn physical_goods_need_an_address_unless_they_are_picked_up() {
    let (app, pouch, buyer, customer) = shop().await;
    let vase = app.goods_in(pouch.store, "VASE", 8900, 5, "EUR", true).await;
    refused(&app, &buyer, json!({ "items": [line(&vase, 1)] }), &["ADDRESS_REQUIRED at shippingAddress"]).await;
    let pickup = json!({ "items": [line(&vase, 1)], "type": "PICKUP" });
    assert_eq!(refusals(&buyer.mutate("orderCreate", pickup, CREATED).await), Vec::<String>::new());
    let method = app.shipping_method(499).await;
    let saved = |owner: CustomerId| {
        let id = AddressId::at(NOW, ordergraph::clock::random_bytes());
        let row = address::Model {
            id,
            customer_id: owner,
            full_name: "Ada".into(),
            email: None,
            phone: None,
            street_address: "Quay 1".into(),
            city: "Bergen".into(),
            state: None,
            country: "NO".into(),
            zip_code: None,
            is_default: true,
            created_at: NOW,
            updated_at: NOW,
        };
        (id, row)
    };
    let other = app.customer("Bob", None, None).await;
    let ((own, own_row), (foreign, foreign_row)) = (saved(customer), saved(other));
    for row in [own_row, foreign_row] {
        address::Entity::insert(row.into_active_model()).exec_without_returning(app.db().writer()).await.unwrap();
    }
    let to =
        |address: Value| json!({ "items": [line(&vase, 1)], "shippingMethod": method.to_string(), "shippingAddress": address });
    refused(&app, &buyer, to(json!({ "saved": foreign.to_string() })), &["NOT_FOUND at shippingAddress.saved"]).await;
    refused(&app, &buyer, to(json!({ "saved": "x" })), &["NOT_FOUND at shippingAddress.saved"]).await;
    refused(&app, &buyer, to(json!({ "freeText": " " })), &["INVALID_ADDRESS at shippingAddress.freeText"]).await;
    let nowhere = json!({ "structured": { "streetAddress": "Quay 1", "city": "Bergen", "country": "Norway" } });
    refused(&app, &buyer, to(nowhere), &["INVALID_ADDRESS at shippingAddress.structured.country"]).await;
    let two = buyer.try_mutate("orderCreate", to(json!({ "saved": own.to_string(), "freeText": "x" })), CREATED).await;
    assert_eq!(two.code(), "BAD_USER_INPUT", "{:#}", two.body);
    let selection = "order { shippingAddress { fullName formatted } estimatedDelivery shippingMethod { name }
        totals { subtotal shipping total } } userErrors { code field message }";
    let payload = buyer.mutate("orderCreate", to(json!({ "saved": own.to_string() })), selection).await;
    assert_eq!(
        payload["order"],
        json!({
            "shippingAddress": { "fullName": "Ada", "formatted": "Ada, Quay 1, Bergen, NO" },
            "estimatedDelivery": "2026-01-18",
            "shippingMethod": { "name": "Parcel" },
            "totals": { "subtotal": "89.00", "shipping": "4.99", "total": "93.99" },
        })
    );
    app.sql("UPDATE shipping_methods SET is_active = FALSE").await;
    refused(&app, &buyer, to(json!({ "saved": own.to_string() })), &["NOT_FOUND at shippingMethod"]).await;
}

#[tokio::test]
async fn text_that_no_database_can_hold_is_refused() {
    let (app, pouch, buyer, _) = shop().await;
    let before = app.state().await;
    let input = json!({ "items": [line(&pouch, 1)], "note": "a\u{0}b" });
    let in_input = buyer.try_mutate("orderCreate", input, CREATED).await;
    assert_eq!((in_input.code(), in_input.field()), ("BAD_USER_INPUT", json!(["input", "note"])));
    let literal = "{ orders(filter: { or: [{ onHold: true }, { search: \"\\u0000\" }] }) { nodes { id } } }";
    let literal = buyer.send(literal, json!({})).await;
    assert_eq!((literal.code(), literal.field()), ("BAD_USER_INPUT", json!(["filter", "or", "1", "search"])));
    assert_eq!(app.state().await, before);
    let long = json!({ "items": [line(&pouch, 1)], "note": "x".repeat(5_001) });
    refused(&app, &buyer, long, &["INVALID_INPUT at note"]).await;
    let input = json!({ "items": [line(&pouch, 1)], "note": "naïve 🎁 \\ % _ ' \" \n end" });
    let payload = buyer.mutate("orderCreate", input, "order { note } userErrors { code field message }").await;
    assert_eq!(payload["order"]["note"], "naïve 🎁 \\ % _ ' \" \n end");
}

#[tokio::test]
async fn what_has_a_default_may_be_null() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let input = json!({ "items": [{ "sku": "POUCH", "quantity": 1 }], "type": null, "dryRun": null });
    let created = buyer.mutate("orderCreate", input, "order { type } userErrors { code field }").await;
    assert_eq!(created["order"]["type"], "STANDARD");
    assert_eq!(app.rows("orders").await, 1);
}
