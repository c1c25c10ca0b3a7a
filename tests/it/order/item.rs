//! `orderItemAdd`, `orderItemUpdate`, `orderItemRemove`, and the lines of an order by filter.

use entity::stored::{FulfillmentStatus, PaymentGateway};
use ordergraph::doctor::examine;
use serde_json::{Value, json};

use crate::support::{Client, Goods, TestApp, refusals};

const EDITED: &str = "replayed refundDue item { id sku quantity unitPrice total }
    order { version paymentStatus stores { slug } totals { subtotal shipping discount total balance refundDue }
      items { totalCount nodes { id sku quantity unitPrice total } } events(last: 1) { nodes { kind reason changes { field old new } } } }
    userErrors { code field message available currentPrice allowedStatuses changedFields currentVersion }";

struct Shop {
    app: TestApp,
    pouch: Goods,
    mug: Goods,
    buyer: Client,
    staff: Client,
    order: String,
    line: String,
}

/// An order of three of ten pouches by a buyer.
async fn shop() -> Shop {
    let app = TestApp::new().await;
    let (pouches, mugs) = (app.store("pouches").await, app.store("mugs").await);
    let (pouch, mug) = (app.goods(pouches, "POUCH", 2999, 10).await, app.goods(mugs, "MUG", 1850, 5).await);
    let (buyer, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let order = buyer.places(&pouch, 3).await;
    let line = buyer.order(&order, "items { nodes { id } }").await["items"]["nodes"][0]["id"].as_str().unwrap().to_owned();
    Shop { app, pouch, mug, buyer, staff, order, line }
}

impl Shop {
    /// The input of a mutation on the order.
    fn with(&self, more: Value) -> Value {
        let mut input = json!({ "order": self.order });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    }

    async fn does(&self, client: &Client, mutation: &str, more: Value) -> Value {
        let payload = client.mutate(mutation, self.with(more), EDITED).await;
        assert_eq!(refusals(&payload), Vec::<String>::new(), "{payload:#}");
        payload
    }

    /// The call is refused for this reason, and nothing is there that was not before.
    async fn refused(&self, client: &Client, mutation: &str, more: Value, reason: &str) -> Value {
        let before = self.app.state().await;
        let payload = client.mutate(mutation, self.with(more), EDITED).await;
        assert_eq!(refusals(&payload), [reason], "{payload:#}");
        assert_eq!(payload["order"], Value::Null);
        assert_eq!(self.app.state().await, before);
        payload["userErrors"][0].clone()
    }

    async fn is_well(&self) {
        assert_eq!(examine(self.app.db()).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_buyer_adds_goods_of_another_store() {
    let shop = shop().await;
    let payload = shop.does(&shop.buyer, "orderItemAdd", json!({ "sku": "MUG", "quantity": 2, "unitPrice": "18.50" })).await;
    let order = &payload["order"];
    assert_eq!(
        (&payload["item"]["sku"], &payload["item"]["quantity"], &payload["item"]["total"]),
        (&json!("MUG"), &json!(2), &json!("37.00"))
    );
    assert_eq!((&order["totals"]["subtotal"], &order["totals"]["total"]), (&json!("126.97"), &json!("126.97")));
    assert_eq!((&order["items"]["totalCount"], &order["version"]), (&json!(2), &json!(2)));
    assert_eq!(order["stores"].as_array().unwrap().len(), 2);
    let event = &order["events"]["nodes"][0];
    assert_eq!(event["kind"], "ORDER_ITEM_ADDED");
    assert!(event["changes"][0]["field"].as_str().unwrap().starts_with("items.item_"), "{event}");
    assert_eq!((&event["changes"][0]["old"], &event["changes"][0]["new"]["sku"]), (&Value::Null, &json!("MUG")));
    assert_eq!(event["changes"][2], json!({ "field": "total", "old": "89.97", "new": "126.97" }));
    assert_eq!(shop.app.stock(&shop.mug).await, (3, 2, 0, 5));
    // The other store sees the order from now on.
    let seller = shop.app.seller(shop.mug.store).await;
    assert_eq!(
        seller.order(&shop.order, "total items { totalCount }").await,
        json!({ "total": "37.00", "items": { "totalCount": 1 } })
    );
    shop.is_well().await;
}

#[tokio::test]
async fn more_of_the_same_at_the_same_price_joins_its_line() {
    let shop = shop().await;
    let added = json!({ "variant": shop.pouch.variant.to_string(), "quantity": 2 });
    let payload = shop.does(&shop.buyer, "orderItemAdd", added).await;
    assert_eq!((&payload["item"]["id"], &payload["item"]["quantity"]), (&json!(shop.line), &json!(5)));
    assert_eq!(payload["order"]["items"]["totalCount"], 1);
    let payload = shop.does(&shop.staff, "orderItemAdd", json!({ "sku": "POUCH", "quantity": 1, "unitPrice": "20" })).await;
    assert_eq!((&payload["item"]["unitPrice"], &payload["order"]["items"]["totalCount"]), (&json!("20.00"), &json!(2)));
    let event = &payload["order"]["events"]["nodes"][0]["changes"][0];
    assert_eq!(event["new"]["cataloguePrice"], "29.99");
    assert_eq!(payload["order"]["totals"]["total"], "169.95");
    assert_eq!(shop.app.stock(&shop.pouch).await, (4, 6, 0, 10));
    shop.is_well().await;
}

#[tokio::test]
async fn a_line_grows_and_shrinks_with_its_stock() {
    let shop = shop().await;
    let to = |quantity: i64| json!({ "item": shop.line, "quantity": quantity });
    let payload = shop.does(&shop.buyer, "orderItemUpdate", to(10)).await;
    assert_eq!((&payload["item"]["total"], &payload["order"]["totals"]["total"]), (&json!("299.90"), &json!("299.90")));
    assert_eq!(shop.app.stock(&shop.pouch).await, (0, 10, 0, 10));
    let told = shop.refused(&shop.buyer, "orderItemUpdate", to(11), "INSUFFICIENT_STOCK at quantity").await;
    assert_eq!(told["available"], 0);
    let payload = shop.does(&shop.buyer, "orderItemUpdate", to(1)).await;
    let change = &payload["order"]["events"]["nodes"][0]["changes"][0];
    assert_eq!((&change["old"]["quantity"], &change["new"]["quantity"]), (&json!(10), &json!(1)));
    assert_eq!(shop.app.stock(&shop.pouch).await, (9, 1, 0, 10));
    let before = shop.app.state().await;
    shop.does(&shop.buyer, "orderItemUpdate", to(1)).await;
    assert_eq!(shop.app.state().await, before);
    shop.is_well().await;
}

#[tokio::test]
async fn a_removed_line_gives_its_goods_back_and_the_last_one_stays() {
    let shop = shop().await;
    let added = shop.does(&shop.buyer, "orderItemAdd", json!({ "sku": "MUG", "quantity": 2 })).await;
    let payload = shop.does(&shop.buyer, "orderItemRemove", json!({ "item": shop.line, "reason": "too many" })).await;
    assert_eq!((&payload["order"]["items"]["totalCount"], &payload["order"]["totals"]["total"]), (&json!(1), &json!("37.00")));
    let event = &payload["order"]["events"]["nodes"][0];
    assert_eq!((&event["kind"], &event["reason"]), (&json!("ORDER_ITEM_REMOVED"), &json!("too many")));
    assert_eq!((&event["changes"][0]["old"]["sku"], &event["changes"][0]["new"]), (&json!("POUCH"), &Value::Null));
    assert_eq!(shop.app.stock(&shop.pouch).await, (10, 0, 0, 10));
    shop.refused(&shop.buyer, "orderItemRemove", json!({ "item": added["item"]["id"] }), "LAST_ITEM at item").await;
    shop.refused(&shop.buyer, "orderItemRemove", json!({ "item": shop.line }), "NOT_FOUND at item").await;
    // Positions are unique: what is added now stands behind all that is there.
    shop.does(&shop.buyer, "orderItemAdd", json!({ "sku": "POUCH", "quantity": 1 })).await;
    let items = shop.buyer.order(&shop.order, "items { nodes { sku } }").await;
    assert_eq!(items["items"]["nodes"], json!([{ "sku": "MUG" }, { "sku": "POUCH" }]));
    shop.is_well().await;
}

#[tokio::test]
async fn what_a_removed_line_was_found_by_still_finds_what_else_has_it() {
    let shop = shop().await;
    shop.app.paid(shop.order.parse().unwrap(), PaymentGateway::Manual, 100).await;
    shop.app.sql("UPDATE payments SET reference = 'Pouch'").await;
    shop.does(&shop.buyer, "orderItemAdd", json!({ "sku": "MUG", "quantity": 1 })).await;
    shop.does(&shop.buyer, "orderItemRemove", json!({ "item": shop.line })).await;
    let found = async |text: &str| shop.staff.numbers(&format!("filter: {{ search: \"{text}\" }}")).await.len();
    assert_eq!((found("pouch").await, found("mug").await, found("ada").await), (1, 1, 1));
    shop.app.sql("UPDATE payments SET reference = 'Other'").await;
    shop.does(&shop.buyer, "orderItemAdd", json!({ "sku": "POUCH", "quantity": 1 })).await;
    assert_eq!((found("pouch").await, found("other").await), (1, 1));
    shop.is_well().await;
}

#[tokio::test]
async fn what_was_paid_beyond_the_new_total_is_to_be_given_back() {
    let shop = shop().await;
    shop.app.paid(shop.order.parse().unwrap(), PaymentGateway::Manual, 8_997).await;
    let payload = shop.does(&shop.staff, "orderItemUpdate", json!({ "item": shop.line, "quantity": 1 })).await;
    assert_eq!(payload["refundDue"], "59.98");
    let totals = &payload["order"]["totals"];
    assert_eq!(
        (&totals["balance"], &totals["refundDue"], &payload["order"]["paymentStatus"]),
        (&json!("-59.98"), &json!("59.98"), &json!("PAID"))
    );
    let payload = shop.does(&shop.staff, "orderItemUpdate", json!({ "item": shop.line, "quantity": 4 })).await;
    assert_eq!((&payload["refundDue"], &payload["order"]["paymentStatus"]), (&Value::Null, &json!("PARTIALLY_PAID")));
    let changes = payload["order"]["events"]["nodes"][0]["changes"].clone();
    assert!(
        changes.as_array().unwrap().contains(&json!({ "field": "paymentStatus", "old": "PAID", "new": "PARTIALLY_PAID" })),
        "{changes:#}"
    );
    shop.is_well().await;
}

#[tokio::test]
async fn a_discount_is_never_more_than_the_goods() {
    let shop = shop().await;
    shop.app
        .sql("UPDATE orders SET discount_minor = 5000, shipping_minor = 700, total_minor = subtotal_minor + 700 - 5000")
        .await;
    let payload = shop.does(&shop.buyer, "orderItemUpdate", json!({ "item": shop.line, "quantity": 1 })).await;
    let totals = &payload["order"]["totals"];
    assert_eq!((&totals["discount"], &totals["shipping"], &totals["total"]), (&json!("29.99"), &json!("7.00"), &json!("7.00")));
    shop.is_well().await;
}

#[tokio::test]
async fn the_price_is_that_of_the_catalogue_for_buyers_and_staff_override_it() {
    let shop = shop().await;
    let told = shop
        .refused(
            &shop.buyer,
            "orderItemAdd",
            json!({ "sku": "MUG", "quantity": 1, "unitPrice": "1" }),
            "PRICE_CHANGED at unitPrice",
        )
        .await;
    assert_eq!(told["currentPrice"], "18.50");
    shop.refused(&shop.buyer, "orderItemUpdate", json!({ "item": shop.line, "unitPrice": "1" }), "FORBIDDEN at unitPrice").await;
    shop.refused(&shop.staff, "orderItemUpdate", json!({ "item": shop.line, "unitPrice": "-1" }), "INVALID_AMOUNT at unitPrice")
        .await;
    shop.refused(
        &shop.staff,
        "orderItemUpdate",
        json!({ "item": shop.line, "unitPrice": "0.001" }),
        "INVALID_AMOUNT at unitPrice",
    )
    .await;
    let payload = shop.does(&shop.staff, "orderItemUpdate", json!({ "item": shop.line, "unitPrice": "10" })).await;
    assert_eq!((&payload["item"]["total"], &payload["order"]["totals"]["total"]), (&json!("30.00"), &json!("30.00")));
    // More pieces at a price that only staff gave are not the buyer's to take; fewer are.
    let told = shop
        .refused(&shop.buyer, "orderItemUpdate", json!({ "item": shop.line, "quantity": 4 }), "PRICE_CHANGED at quantity")
        .await;
    assert_eq!(told["currentPrice"], "29.99");
    shop.does(&shop.buyer, "orderItemUpdate", json!({ "item": shop.line, "quantity": 2 })).await;
    shop.does(&shop.staff, "orderItemUpdate", json!({ "item": shop.line, "quantity": 5 })).await;
    shop.is_well().await;
}

#[tokio::test]
async fn buyers_edit_while_pending_and_staff_until_it_ships() {
    let shop = shop().await;
    let (other, _) = shop.app.buyer("bob").await;
    let seller = shop.app.seller(shop.pouch.store).await;
    let calls = [
        ("orderItemAdd", json!({ "sku": "MUG", "quantity": 1 })),
        ("orderItemUpdate", json!({ "item": shop.line, "quantity": 1 })),
        ("orderItemRemove", json!({ "item": shop.line })),
    ];
    for (mutation, input) in &calls {
        shop.refused(&other, mutation, input.clone(), "NOT_FOUND at order").await;
        shop.refused(&seller, mutation, input.clone(), "FORBIDDEN at order").await;
        let nobody = shop.app.anonymous().try_mutate(mutation, shop.with(input.clone()), "replayed").await;
        assert_eq!(nobody.code(), "UNAUTHENTICATED");
    }
    shop.staff.moves(&shop.order, &["orderConfirm"]).await;
    for (mutation, input) in &calls {
        shop.refused(&shop.buyer, mutation, input.clone(), "ORDER_NOT_EDITABLE at order").await;
    }
    shop.does(&shop.staff, "orderItemAdd", json!({ "sku": "MUG", "quantity": 1 })).await;
    shop.staff.moves(&shop.order, &["orderProcess"]).await;
    shop.does(&shop.staff, "orderItemUpdate", json!({ "item": shop.line, "quantity": 1 })).await;
    shop.staff.moves(&shop.order, &["orderShip"]).await;
    for (mutation, input) in &calls {
        let told = shop.refused(&shop.staff, mutation, input.clone(), "ORDER_NOT_EDITABLE at order").await;
        assert!(told["allowedStatuses"].as_array().unwrap().contains(&json!("DELIVERED")));
    }
    shop.is_well().await;
}

#[tokio::test]
async fn lines_of_a_partly_shipped_order_stay_as_they_are() {
    let shop = shop().await;
    shop.app.sql(&format!("UPDATE orders SET fulfillment_status = '{}'", FulfillmentStatus::PartiallyShipped)).await;
    shop.refused(&shop.staff, "orderItemUpdate", json!({ "item": shop.line, "quantity": 1 }), "ITEM_SHIPPED at item").await;
    shop.refused(&shop.staff, "orderItemRemove", json!({ "item": shop.line }), "ITEM_SHIPPED at item").await;
    let payload = shop.does(&shop.staff, "orderItemAdd", json!({ "sku": "POUCH", "quantity": 1 })).await;
    assert_ne!(payload["item"]["id"], json!(shop.line));
}

#[tokio::test]
async fn what_is_wrong_with_a_line_is_named() {
    let shop = shop().await;
    let add = |more: Value| more;
    for (input, reason) in [
        (add(json!({ "sku": "MUG", "quantity": 0 })), "INVALID_QUANTITY at quantity"),
        (add(json!({ "sku": "MUG", "quantity": 1_000_001 })), "INVALID_QUANTITY at quantity"),
        (add(json!({ "quantity": 1 })), "INVALID_INPUT at variant"),
        (add(json!({ "sku": "NONE", "quantity": 1 })), "NOT_FOUND at sku"),
        (add(json!({ "variant": "x", "quantity": 1 })), "NOT_FOUND at variant"),
        (add(json!({ "sku": "MUG", "quantity": 6 })), "INSUFFICIENT_STOCK at quantity"),
        (add(json!({ "sku": "MUG", "quantity": 1, "expectedVersion": 9 })), "CONFLICT at expectedVersion"),
        (add(json!({ "sku": "MUG", "quantity": 1, "idempotencyKey": "" })), "INVALID_INPUT at idempotencyKey"),
    ] {
        shop.refused(&shop.buyer, "orderItemAdd", input, reason).await;
    }
    shop.refused(&shop.buyer, "orderItemUpdate", json!({ "item": shop.line }), "INVALID_INPUT at quantity").await;
    shop.refused(&shop.buyer, "orderItemUpdate", json!({ "item": "x", "quantity": 1 }), "NOT_FOUND at item").await;
    let dollars = shop.app.store_in("abroad", "USD").await;
    shop.app.goods_in(dollars, "DOLLAR", 100, 9, "USD", false).await;
    shop.app.goods_in(shop.mug.store, "HEAVY", 100, 9, "EUR", true).await;
    shop.refused(&shop.buyer, "orderItemAdd", json!({ "sku": "DOLLAR", "quantity": 1 }), "CURRENCY_MISMATCH at sku").await;
    shop.refused(&shop.buyer, "orderItemAdd", json!({ "sku": "HEAVY", "quantity": 1 }), "ADDRESS_REQUIRED at sku").await;
    shop.app.sql("UPDATE products SET status = 'ARCHIVED'").await;
    shop.refused(&shop.buyer, "orderItemAdd", json!({ "sku": "MUG", "quantity": 1 }), "NOT_SELLABLE at sku").await;
    shop.refused(&shop.buyer, "orderItemUpdate", json!({ "item": shop.line, "quantity": 4 }), "NOT_SELLABLE at quantity").await;
    shop.does(&shop.buyer, "orderItemUpdate", json!({ "item": shop.line, "quantity": 2 })).await;
}

#[tokio::test]
async fn a_repeated_call_is_one_and_a_dry_run_is_none() {
    let shop = shop().await;
    let input = json!({ "sku": "MUG", "quantity": 2, "idempotencyKey": "once" });
    let first = shop.does(&shop.buyer, "orderItemAdd", input.clone()).await;
    let before = shop.app.state().await;
    let again = shop.does(&shop.buyer, "orderItemAdd", input).await;
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    assert_eq!((&again["item"], &again["order"]["totals"]), (&first["item"], &first["order"]["totals"]));
    shop.refused(
        &shop.buyer,
        "orderItemAdd",
        json!({ "sku": "MUG", "quantity": 1, "idempotencyKey": "once" }),
        "IDEMPOTENCY_KEY_REUSED at idempotencyKey",
    )
    .await;
    let tried = shop
        .does(
            &shop.buyer,
            "orderItemUpdate",
            json!({ "item": shop.line, "quantity": 1, "dryRun": true, "idempotencyKey": "try" }),
        )
        .await;
    assert_eq!((&tried["order"]["totals"]["total"], &tried["item"]["quantity"]), (&json!("66.99"), &json!(1)));
    assert_eq!(shop.app.state().await, before);
}

#[tokio::test]
async fn the_lines_of_an_order_are_filtered_counted_and_paged() {
    let shop = shop().await;
    shop.does(&shop.buyer, "orderItemAdd", json!({ "sku": "MUG", "quantity": 1 })).await;
    shop.does(&shop.staff, "orderItemAdd", json!({ "sku": "MUG", "quantity": 1, "unitPrice": "1" })).await;
    let items = |arguments: String| {
        let (buyer, order) = (&shop.buyer, &shop.order);
        async move {
            buyer.order(order, &format!("items{arguments} {{ totalCount nodes {{ sku }} pageInfo {{ hasNextPage }} }}")).await["items"].clone()
        }
    };
    let mugs = items("(first: 1, filter: { sku: \"MUG\" })".to_owned()).await;
    assert_eq!(mugs, json!({ "totalCount": 2, "nodes": [{ "sku": "MUG" }], "pageInfo": { "hasNextPage": true } }));
    for (filter, count) in [
        (format!("store: \"{}\"", shop.pouch.store), 1),
        (format!("product: \"{}\"", shop.mug.product), 2),
        (format!("variant: \"{}\", sku: \"POUCH\"", shop.mug.variant), 0),
        (format!("order: \"{}\"", shop.order), 3),
        ("store: \"x\"".to_owned(), 0),
    ] {
        assert_eq!(items(format!("(filter: {{ {filter} }})")).await["totalCount"], count, "{filter}");
    }
    // A seller finds out nothing about other lines.
    let seller = shop.app.seller(shop.mug.store).await;
    let seen = seller.order(&shop.order, "items(filter: { sku: \"POUCH\" }) { totalCount }").await;
    assert_eq!(seen["items"]["totalCount"], 0);
}
