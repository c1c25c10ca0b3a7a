//! What messages say, and their signatures: `webhookSecretRotate`.

use serde_json::json;

use super::{endpoint, later, service};
use crate::support::{Receiver, refusals};

#[tokio::test]
async fn messages_are_signed_by_the_standard() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    let (_, secret) = endpoint(&app, &staff, &receiver, json!({})).await;
    let order = staff.places(&pen, 1).await;
    let reason = json!({ "order": order, "reason": "paid by phone" });
    staff.change("orderConfirm", reason).await;
    app.work().await;
    let received = receiver.received();
    assert_eq!(receiver.types(), ["order.created", "order.confirmed"]);
    for message in &received {
        assert_eq!(message.signatures_by(&secret), 1);
        assert_eq!(message.header("webhook-signature").split(' ').count(), 1);
        assert_eq!(message.header("content-type"), "application/json");
        assert_eq!(message.header("webhook-timestamp"), (app.clock.now().0 / 1_000_000).to_string());
    }
    let shown = staff.order(&order, "id number version events { nodes { id kind sequence } }").await;
    let (body, event) = (&received[1].body, &shown["events"]["nodes"][1]);
    assert_eq!(received[1].id(), event["id"]);
    assert_eq!(body["timestamp"], "2026-01-15T12:00:00Z");
    let data = &body["data"];
    assert_eq!(data["id"], event["id"]);
    assert_eq!((&data["kind"], &data["sequence"]), (&event["kind"], &event["sequence"]));
    assert_eq!(data["reason"], "paid by phone");
    assert_eq!(data["subject"], json!({ "type": "ORDER", "id": order }));
    let told = json!({ "id": order, "number": shown["number"], "status": "CONFIRMED", "version": shown["version"] });
    assert_eq!(data["order"], told);
    assert_eq!(data["changes"][0], json!({ "field": "status", "old": "PENDING", "new": "CONFIRMED" }));
    // Each message tells the order as it was then.
    assert_eq!(received[0].body["data"]["order"]["status"], "PENDING");
    assert!(received[0].body["data"]["position"].as_i64() < data["position"].as_i64());
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_old_one_for_a_while() {
    let app = service().await;
    let (staff, receiver) = (app.staff().await, Receiver::start().await);
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 100, 100).await;
    let (id, old) = endpoint(&app, &staff, &receiver, json!({})).await;
    let input = json!({ "endpoint": id, "overlapHours": 2 });
    let selection = "endpoint { previousSecretUntil } secret userErrors { code field message }";
    let payload = staff.mutate("webhookSecretRotate", input, selection).await;
    let new = payload["secret"].as_str().unwrap();
    assert_ne!(new, old);
    assert_eq!(payload["endpoint"]["previousSecretUntil"], "2026-01-15T14:00:00Z");
    staff.places(&pen, 1).await;
    app.work().await;
    let both = receiver.take().remove(0);
    assert_eq!((both.signatures_by(&old), both.signatures_by(new)), (1, 1));
    let staff = later(&app, 2 * 3_600).await;
    staff.places(&pen, 1).await;
    app.work().await;
    let one = receiver.take().remove(0);
    assert_eq!((one.signatures_by(&old), one.signatures_by(new)), (0, 1));
    for hours in [-1, 169] {
        let input = json!({ "endpoint": id, "overlapHours": hours });
        let payload = staff.mutate("webhookSecretRotate", input, selection).await;
        assert_eq!(refusals(&payload), ["INVALID_INPUT at overlapHours"]);
    }
    staff.places(&pen, 1).await;
    app.work().await;
    assert_eq!(receiver.take().remove(0).signatures_by(new), 1);
}
