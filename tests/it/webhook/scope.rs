//! Sellers: endpoints of own stores, told of own orders as far as a seller sees them.

use serde_json::json;

use super::{deliveries, endpoint, service};
use crate::support::{Receiver, refusals};

const REFUSED: &str = "userErrors { code field message }";

#[tokio::test]
async fn a_seller_is_told_of_own_orders_and_sees_no_more_than_a_seller() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let (pens, cups) = (app.store("pens").await, app.store("cups").await);
    let (pen, cup) = (app.goods(pens, "PEN", 100, 100).await, app.goods(cups, "CUP", 100, 100).await);
    let seller = app.seller(pens).await;
    endpoint(&app, &seller, &receiver, json!({})).await;
    let (own, foreign) = (staff.places(&pen, 1).await, staff.places(&cup, 1).await);
    staff.change("orderConfirm", json!({ "order": own, "reason": "between us" })).await;
    staff.change("orderUpdate", json!({ "order": own, "note": "secret note" })).await;
    staff.moves(&foreign, &["orderConfirm"]).await;
    staff.mutate("storeUpdate", json!({ "store": pens.to_string(), "name": "Pens" }), REFUSED).await;
    staff.moves(&own, &["orderCancel"]).await;
    app.work().await;
    let admin = app.admin().await;
    admin.mutate("orderDelete", json!({ "order": own }), REFUSED).await;
    app.work().await;
    let types = ["order.created", "order.confirmed", "order.updated", "order.cancelled", "order.deleted"];
    assert_eq!(receiver.types(), types);
    for message in receiver.received() {
        assert_eq!(message.body["data"]["order"]["id"], own.as_str());
        assert!(message.body["data"]["order"]["number"].is_string());
        assert!(message.body["data"]["reason"].is_null());
        let fields: Vec<_> = message.body["data"]["changes"].as_array().unwrap().iter().map(|one| one["field"].clone()).collect();
        assert!(fields.iter().all(|field| field == "status"), "{fields:?}");
        assert!(!message.text.contains("secret note") && !message.text.contains("between us"), "{}", message.text);
    }
}

#[tokio::test]
async fn a_foreign_endpoint_is_not_found() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let (pens, cups) = (app.store("pens").await, app.store("cups").await);
    let pen = app.goods(pens, "PEN", 100, 100).await;
    let (seller, other) = (app.seller(pens).await, app.seller(cups).await);
    let (whole, _) = endpoint(&app, &staff, &receiver, json!({})).await;
    let (own, _) = endpoint(&app, &seller, &receiver, json!({ "store": pens.to_string() })).await;
    staff.places(&pen, 1).await;
    app.work().await;
    receiver.take();
    let delivery = deliveries(&seller, &own, "").await[0]["id"].clone();
    let count = "{ webhookEndpoints { totalCount } }";
    for (client, seen) in [(&staff, 2), (&seller, 1), (&other, 0)] {
        assert_eq!(client.ask(count, json!({})).await["webhookEndpoints"]["totalCount"], seen);
    }
    let foreign = json!({ "url": "https://example.com", "store": pens.to_string() });
    let refused = other.mutate("webhookEndpointCreate", foreign, REFUSED).await;
    assert_eq!(refusals(&refused), ["NOT_FOUND at store"]);
    for endpoint in [&whole, &own] {
        let node = "query($id: ID!) { node(id: $id) { id } webhookEndpoint(id: $id) { url } }";
        assert_eq!(other.ask(node, json!({ "id": endpoint })).await, json!({ "node": null, "webhookEndpoint": null }));
        for (mutation, more) in [
            ("webhookEndpointUpdate", json!({ "status": "DISABLED" })),
            ("webhookEndpointDelete", json!({})),
            ("webhookSecretRotate", json!({})),
            ("webhookPing", json!({})),
            ("webhookReplay", json!({ "afterPosition": "0" })),
        ] {
            let mut input = more;
            input["endpoint"] = json!(endpoint);
            assert_eq!(refusals(&other.mutate(mutation, input, REFUSED).await), ["NOT_FOUND at endpoint"], "{mutation}");
        }
    }
    let refused = other.mutate("webhookRedeliver", json!({ "delivery": delivery }), REFUSED).await;
    assert_eq!(refusals(&refused), ["NOT_FOUND at delivery"]);
    app.work().await;
    assert_eq!(receiver.received().len(), 0);
    let found = staff.ask("query($id: ID!) { webhookDelivery(id: $id) { id } }", json!({ "id": delivery })).await;
    assert_eq!(found["webhookDelivery"]["id"], delivery);
}

#[tokio::test]
async fn who_sells_for_several_stores_says_for_which() {
    let app = service().await;
    let (pens, cups) = (app.store("pens").await, app.store("cups").await);
    let (both, _) = app.user("both@seller.test", entity::stored::Role::Customer, &[pens, cups]).await;
    let url = json!({ "url": "https://example.com" });
    assert_eq!(refusals(&both.mutate("webhookEndpointCreate", url, REFUSED).await), ["INVALID_INPUT at store"]);
    let (ada, _) = app.buyer("ada").await;
    assert_eq!(
        ada.try_mutate("webhookEndpointCreate", json!({ "url": "https://example.com" }), REFUSED).await.code(),
        "FORBIDDEN"
    );
    assert_eq!(ada.ask("{ webhookEndpoints { totalCount } }", json!({})).await["webhookEndpoints"]["totalCount"], 0);
    let nobody = app.anonymous().send("{ webhookEndpoints { totalCount } }", json!({})).await;
    assert_eq!(nobody.code(), "UNAUTHENTICATED");
    assert_eq!(app.rows("webhook_endpoints").await, 0);
}
