//! `fulfillmentCreate`.

use ordergraph::doctor::examine;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{places, refused, shop};
use crate::support::{Client, TestApp, refusals};

#[tokio::test]
async fn two_sellers_send_their_parts_and_the_second_makes_the_order_shipped() {
    let shop = shop().await;
    let order = &shop.order;
    let input = json!({ "order": order, "ship": true, "carrier": "DHL", "trackingNumber": "L1", "trackingUrl": "https://dhl.example/L1" });
    let payload = shop.left.sends("fulfillmentCreate", input).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let parcel = &payload["fulfillment"];
    assert_eq!((&parcel["status"], &parcel["carrier"]), (&json!("SHIPPED"), &json!("DHL")));
    assert_eq!(parcel["lines"], json!([{ "quantity": 3, "item": { "sku": "POUCH" } }]));
    assert_eq!(parcel["number"], "ORD-20260115-0001-F1");
    let stands = |payload: &Value| (payload["order"]["status"].clone(), payload["order"]["fulfillmentStatus"].clone());
    assert_eq!(stands(&payload), (json!("PROCESSING"), json!("PARTIALLY_SHIPPED")));

    let payload = shop.right.sends("fulfillmentCreate", json!({ "order": order, "trackingNumber": "R1" })).await;
    assert_eq!(payload["fulfillment"]["status"], "PENDING");
    assert_eq!(stands(&payload), (json!("PROCESSING"), json!("PARTIALLY_SHIPPED")));
    let second = payload["fulfillment"]["id"].clone();
    let payload = shop.right.sends("fulfillmentShip", json!({ "fulfillment": second })).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!(stands(&payload), (json!("SHIPPED"), json!("SHIPPED")));
    assert_eq!(payload["order"]["trackingNumber"], "R1");

    assert_eq!(
        shop.buyer.kinds(order).await,
        [
            "ORDER_CREATED",
            "ORDER_CONFIRMED",
            "FULFILLMENT_CREATED",
            "FULFILLMENT_SHIPPED",
            "ORDER_PROCESSING",
            "FULFILLMENT_CREATED",
            "FULFILLMENT_SHIPPED",
            "ORDER_SHIPPED"
        ]
    );
    // Each parcel's number leads to the order.
    for number in ["l1", "r1"] {
        assert_eq!(shop.staff.numbers(&format!("filter: {{ search: \"{number}\" }}")).await.len(), 1, "{number}");
    }
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn sellers_search_by_what_they_see() {
    let shop = shop().await;
    let order = &shop.order;
    let rename = "UPDATE order_items SET sku = 'Ärmel ΣΑΣ' WHERE sku = 'POUCH'";
    shop.app.sql(rename).await;
    for (seller, number) in [(&shop.left, "ÖLEFT-77"), (&shop.right, "RIGHT-88")] {
        seller.sent("fulfillmentCreate", json!({ "order": order, "trackingNumber": number })).await;
    }
    // An order that has nothing to do with the left one, but that the left one made.
    let own = shop.left.places(&shop.mug, 1).await;
    // The order tells of the latest parcel; given another number it is still found by those of its parcels.
    shop.staff.change("orderUpdate", json!({ "order": order, "trackingNumber": "ORDER-99" })).await;
    let customer = "UPDATE orders SET search_text = search_text || '\nada the buyer' WHERE number = 'ORD-20260115-0001'";
    shop.app.sql(customer).await;
    let finds = async |client: &Client, filter: &str| {
        let query = format!("{{ orders(filter: {{ {filter} }}) {{ totalCount nodes {{ id }} }} }}");
        let data = client.ask(&query, json!({})).await;
        let ids: Vec<String> =
            data["orders"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(data["orders"]["totalCount"], ids.len(), "{filter}");
        (ids.contains(order), ids.contains(&own))
    };
    for (text, left, right, staff) in [
        // The number, in parts too, and what is sold and sent.
        ("ord-20260115-0001", (true, false), (true, false), (true, false)),
        ("260115-00", (true, true), (true, true), (true, true)),
        ("or", (true, true), (true, true), (true, true)),
        ("ärmel", (true, false), (false, false), (true, false)),
        ("MEL σας", (true, false), (false, false), (true, false)),
        ("Är", (true, false), (false, false), (true, false)),
        ("MUG", (false, true), (true, true), (true, true)),
        ("öleft-77", (true, false), (false, false), (true, false)),
        ("right-8", (false, false), (true, false), (true, false)),
        ("order-99", (false, false), (false, false), (true, false)),
        // Who buys is not a seller's to know, but of own purchases.
        ("ada", (false, false), (false, false), (true, false)),
        ("ada the buyer", (false, false), (false, false), (true, false)),
        ("nothing", (false, false), (false, false), (false, false)),
    ] {
        for (client, seen) in [(&shop.left, left), (&shop.right, right), (&shop.staff, staff)] {
            let search = format!("search: \"{text}\"");
            assert_eq!(finds(client, &search).await, seen, "{text}");
            let others = (!seen.0, !seen.1);
            let all = finds(client, "").await;
            let seen_others = (others.0 && all.0, others.1 && all.1);
            assert_eq!(finds(client, &format!("not: {{ {search} }}")).await, seen_others, "not {text}");
        }
    }
    assert_eq!(finds(&shop.buyer, "search: \"right-88\"").await, (true, false), "a buyer sees all of an own order");
}

#[tokio::test]
async fn sellers_see_their_own_parcels_and_buyers_all_of_their_order() {
    let shop = shop().await;
    for seller in [&shop.left, &shop.right] {
        seller.sent("fulfillmentCreate", json!({ "order": shop.order })).await;
    }
    let skus = |seen: &Value| -> Vec<String> {
        let parcels = seen["fulfillments"].as_array().unwrap();
        parcels.iter().map(|parcel| parcel["lines"][0]["item"]["sku"].as_str().unwrap().to_owned()).collect()
    };
    let selection = "fulfillments { id lines { item { sku fulfilledQuantity } } }";
    let all = shop.buyer.order(&shop.order, selection).await;
    assert_eq!(skus(&all), ["POUCH", "MUG"]);
    assert_eq!(all["fulfillments"][0]["lines"][0]["item"]["fulfilledQuantity"], 3);
    assert_eq!(skus(&shop.staff.order(&shop.order, selection).await), ["POUCH", "MUG"]);
    assert_eq!(skus(&shop.left.order(&shop.order, selection).await), ["POUCH"]);
    assert_eq!(skus(&shop.right.order(&shop.order, selection).await), ["MUG"]);
    // By its id it is the same.
    let node = "query($id: ID!) { node(id: $id) { id ... on Fulfillment { order { number } } } }";
    let id = json!({ "id": all["fulfillments"][0]["id"] });
    for (client, seen) in [(&shop.buyer, true), (&shop.left, true), (&shop.right, false), (&shop.app.anonymous(), false)] {
        assert_eq!(client.ask(node, id.clone()).await["node"].is_object(), seen);
    }
    let (stranger, _) = shop.app.buyer("eve").await;
    assert_eq!(stranger.ask(node, id).await["node"], Value::Null);
}

#[tokio::test]
async fn a_line_is_sent_in_parts_up_to_its_pieces() {
    let shop = shop().await;
    let pouch = shop.staff.line(&shop.order, "POUCH").await;
    let part = |quantity: i64| json!({ "order": shop.order, "lines": [{ "item": pouch, "quantity": quantity }], "ship": true });
    let error = refused(&shop.app, &shop.staff, "fulfillmentCreate", part(4), "QUANTITY_EXCEEDED at lines.0.quantity").await;
    assert_eq!(error["available"], 3);
    shop.left.sent("fulfillmentCreate", part(1)).await;
    let error = refused(&shop.app, &shop.left, "fulfillmentCreate", part(3), "QUANTITY_EXCEEDED at lines.0.quantity").await;
    assert_eq!(error["available"], 2);
    for quantity in [0, -1, i64::from(i32::MIN)] {
        refused(&shop.app, &shop.left, "fulfillmentCreate", part(quantity), "INVALID_INPUT at lines.0.quantity").await;
    }
    shop.left.sent("fulfillmentCreate", part(2)).await;
    let rest = json!({ "order": shop.order });
    refused(&shop.app, &shop.left, "fulfillmentCreate", rest.clone(), "NOTHING_LEFT at order").await;
    let payload = shop.staff.sends("fulfillmentCreate", rest).await;
    assert_eq!(payload["fulfillment"]["lines"], json!([{ "quantity": 2, "item": { "sku": "MUG" } }]), "only one store is left");
    // What was called off is left again.
    shop.staff.sent("fulfillmentCancel", json!({ "fulfillment": payload["fulfillment"]["id"] })).await;
    let again = shop.staff.sent("fulfillmentCreate", json!({ "order": shop.order, "ship": true })).await;
    assert_eq!((&again["number"], &again["status"]), (&json!("ORD-20260115-0001-F4"), &json!("SHIPPED")));
    assert_eq!(shop.buyer.order(&shop.order, "status").await["status"], "SHIPPED");
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn wrong_lines_and_stores_are_refused_by_their_place() {
    let shop = shop().await;
    let app = &shop.app;
    let (pouch, mug) = (shop.staff.line(&shop.order, "POUCH").await, shop.staff.line(&shop.order, "MUG").await);
    let with = |lines: Value| json!({ "order": shop.order, "lines": lines });
    let line = |item: &str| json!({ "item": item, "quantity": 1 });
    let create = "fulfillmentCreate";
    refused(app, &shop.staff, create, json!({ "order": shop.order }), "STORE_REQUIRED at store").await;
    refused(app, &shop.staff, create, with(json!([])), "INVALID_INPUT at lines").await;
    refused(app, &shop.staff, create, with(json!([line(&pouch), line(&mug)])), "INVALID_INPUT at lines.1.item").await;
    refused(app, &shop.staff, create, with(json!([line(&pouch), line(&pouch)])), "INVALID_INPUT at lines.1.item").await;
    for item in ["x", "", &shop.order, "item_01h455vb4pex5vsknk084sn02q"] {
        refused(app, &shop.staff, create, with(json!([line(item)])), "NOT_FOUND at lines.0.item").await;
    }
    // To a seller the others' goods are not there.
    refused(app, &shop.left, create, with(json!([line(&mug)])), "NOT_FOUND at lines.0.item").await;
    let store = |store: &str| json!({ "order": shop.order, "store": store });
    refused(app, &shop.left, create, store(&shop.mug.store.to_string()), "NOT_FOUND at store").await;
    for id in ["x", "store_01h455vb4pex5vsknk084sn02q"] {
        refused(app, &shop.staff, create, store(id), "NOT_FOUND at store").await;
    }
    for url in ["javascript:alert(1)", "dhl.example", "ftp://dhl.example/1"] {
        let input = json!({ "order": shop.order, "store": shop.pouch.store.to_string(), "trackingUrl": url });
        refused(app, &shop.staff, create, input, "INVALID_INPUT at trackingUrl").await;
    }
    let long = json!({ "order": shop.order, "carrier": "x".repeat(101) });
    refused(app, &shop.left, create, long, "INVALID_INPUT at carrier").await;
}

#[tokio::test]
async fn only_confirmed_orders_are_sent() {
    let shop = shop().await;
    let pending = places(&shop.buyer, &[(&shop.pouch, 1)], json!({})).await;
    let input = json!({ "order": pending });
    let error = refused(&shop.app, &shop.left, "fulfillmentCreate", input.clone(), "INVALID_TRANSITION at order").await;
    assert_eq!(error["allowedStatuses"], json!(["CONFIRMED", "PROCESSING", "CANCELLED"]));
    shop.buyer.mutate("orderCancel", json!({ "order": pending }), "order { id }").await;
    refused(&shop.app, &shop.left, "fulfillmentCreate", input, "INVALID_TRANSITION at order").await;
}

#[tokio::test]
async fn buyers_never_fulfil_and_sellers_only_where_the_shop_lets_them() {
    let shop = shop().await;
    let before = shop.app.state().await;
    let input = json!({ "order": shop.order });
    assert_eq!(shop.buyer.try_mutate("fulfillmentCreate", input.clone(), "replayed").await.code(), "FORBIDDEN");
    let nobody = shop.app.anonymous().try_mutate("fulfillmentCreate", input.clone(), "replayed").await;
    assert_eq!(nobody.code(), "UNAUTHENTICATED");
    assert_eq!(shop.app.state().await, before);
    let other = shop.app.store("other").await;
    let outsider = shop.app.seller(other).await;
    refused(&shop.app, &outsider, "fulfillmentCreate", input, "NOT_FOUND at order").await;
    let gone = json!({ "order": "order_01h455vb4pex5vsknk084sn02q" });
    refused(&shop.app, &shop.staff, "fulfillmentCreate", gone, "NOT_FOUND at order").await;
    // A seller who bought from another store has nothing to send in that order.
    let bought = places(&outsider, &[(&shop.pouch, 1)], json!({})).await;
    shop.staff.moves(&bought, &["orderConfirm"]).await;
    refused(&shop.app, &outsider, "fulfillmentCreate", json!({ "order": bought }), "FORBIDDEN at order").await;

    let strict = TestApp::new().await;
    let store = strict.store("pouches").await;
    let pouch = strict.goods(store, "POUCH", 2_000, 5).await;
    let (buyer, _) = strict.buyer("ada").await;
    let order = buyer.places(&pouch, 1).await;
    let seller = strict.seller(store).await;
    assert_eq!(seller.try_mutate("fulfillmentCreate", json!({ "order": order }), "replayed").await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn two_who_send_the_last_piece_at_once_send_it_once() {
    let shop = shop().await;
    let mug = shop.staff.line(&shop.order, "MUG").await;
    let mut calls = JoinSet::new();
    for quantity in [2, 1, 2, 1, 2] {
        let staff = shop.staff.clone();
        let input = json!({ "order": shop.order, "lines": [{ "item": mug, "quantity": quantity }], "ship": true });
        calls.spawn(async move { staff.sends("fulfillmentCreate", input).await });
    }
    let answers = calls.join_all().await;
    let sent: i64 = answers.iter().filter_map(|answer| answer["fulfillment"]["lines"][0]["quantity"].as_i64()).sum();
    assert_eq!(sent, 2);
    let told = answers.iter().filter(|answer| answer["fulfillment"].is_null());
    assert!(told.clone().count() >= 3);
    for answer in told {
        assert_eq!(refusals(answer), ["QUANTITY_EXCEEDED at lines.0.quantity"]);
    }
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn the_same_key_is_the_same_parcel_and_a_dry_run_is_none() {
    let shop = shop().await;
    let input = json!({ "order": shop.order, "idempotencyKey": "k", "ship": true });
    let mut dry = input.clone();
    dry["dryRun"] = json!(true);
    let before = shop.app.state().await;
    let payload = shop.left.sends("fulfillmentCreate", dry).await;
    assert_eq!(payload["fulfillment"]["status"], "SHIPPED");
    assert_eq!(shop.app.state().await, before);
    let first = shop.left.sends("fulfillmentCreate", input.clone()).await;
    assert_eq!(refusals(&first), Vec::<String>::new());
    let after = shop.app.state().await;
    let again = shop.left.sends("fulfillmentCreate", input.clone()).await;
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    assert_eq!(first["fulfillment"], again["fulfillment"]);
    assert_eq!(shop.app.state().await, after);
    let mut other = input;
    other["carrier"] = json!("DHL");
    refused(&shop.app, &shop.left, "fulfillmentCreate", other, "IDEMPOTENCY_KEY_REUSED at idempotencyKey").await;
    let stale = json!({ "order": shop.order, "expectedVersion": 2 });
    let error = refused(&shop.app, &shop.right, "fulfillmentCreate", stale, "CONFLICT at expectedVersion").await;
    assert!(error["changedFields"].as_array().unwrap().contains(&json!("fulfillment")), "{error:#}");
}

#[tokio::test]
async fn what_cannot_be_held_need_not_be_sent() {
    let shop = shop().await;
    let book = shop.app.goods_in(shop.mug.store, "EBOOK", 900, 9, "EUR", false).await;
    let chair = shop.app.goods_in(shop.pouch.store, "CHAIR", 9_900, 9, "EUR", true).await;
    let to = json!({ "shippingAddress": { "freeText": "Quay 1, Bergen" } });
    let order = places(&shop.buyer, &[(&book, 1), (&chair, 1)], to).await;
    shop.staff.moves(&order, &["orderConfirm"]).await;
    refused(&shop.app, &shop.right, "fulfillmentCreate", json!({ "order": order }), "NOTHING_LEFT at order").await;
    let parcel = shop.staff.sent("fulfillmentCreate", json!({ "order": order, "ship": true })).await;
    assert_eq!(parcel["lines"], json!([{ "quantity": 1, "item": { "sku": "CHAIR" } }]));
    assert_eq!(shop.buyer.order(&order, "status").await["status"], "SHIPPED");
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}
