//! When documents are issued, by whom, over what.

use entity::{
    event,
    id::RefundId,
    stored::{PaymentGateway, Role},
};
use ordergraph::doctor::examine;
use sea_orm::{ActiveModelTrait as _, ActiveValue::NotSet, DbBackend, EntityTrait as _, IntoActiveModel as _};
use serde_json::json;
use tokio::task::JoinSet;

use super::{cancels, documents, totals};
use crate::{
    statistics::orders::place,
    support::{Client, Goods, TestApp},
};

/// Two stores that sell for 10.00 and 3.33, a buyer and staff.
async fn shop() -> (TestApp, Goods, Goods, Client, Client) {
    let app = TestApp::new().await;
    let (pens, inks) = (app.store("pens").await, app.store("inks").await);
    let (pen, ink) = (app.goods(pens, "PEN", 1_000, 1_000).await, app.goods(inks, "INK", 333, 1_000).await);
    let (ada, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    (app, pen, ink, ada, staff)
}

#[tokio::test]
async fn a_confirmed_order_is_billed_once_by_each_of_its_stores() {
    let (app, pen, ink, ada, staff) = shop().await;
    let method = app.shipping_method(500).await;
    let order = place(&ada, &[(&pen, 2), (&ink, 1)], json!({ "shippingMethod": method.to_string() })).await;
    app.work().await;
    assert_eq!(totals(&staff, &order).await, Vec::<String>::new(), "a pending order is not billed");
    staff.moves(&order, &["orderConfirm", "orderProcess", "orderShip"]).await;
    app.work().await;
    app.work().await;
    // 20.00 and 3.33 of goods, 5.00 of shipping: 4.29 and 0.71.
    assert_eq!(totals(&staff, &order).await, ["INKS-INV-2026-000001 4.04", "PENS-INV-2026-000001 24.29"]);
    let seen = ada.order(&order, "total").await;
    assert_eq!(seen["total"], "28.33");
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn an_order_that_skips_confirmation_is_billed_all_the_same() {
    let (app, pen, _, ada, staff) = shop().await;
    let admin = app.admin().await;
    let processed = place(&ada, &[(&pen, 1)], json!({})).await;
    staff.moves(&processed, &["orderProcess"]).await;
    let forced = place(&ada, &[(&pen, 2)], json!({})).await;
    let input = json!({ "order": forced, "status": "DELIVERED", "force": true, "reason": "fetched in the shop" });
    admin.change("orderStatusUpdate", input).await;
    let customer = ada.ask("{ viewer { customer { id } } }", json!({})).await["viewer"]["customer"]["id"].clone();
    let recorded = place(&staff, &[(&pen, 3)], json!({ "customer": customer, "status": "SHIPPED" })).await;
    let cancelled = place(&ada, &[(&pen, 4)], json!({})).await;
    cancels(&staff, &cancelled).await;
    app.work().await;
    for (order, total) in
        [(&processed, vec!["10.00"]), (&forced, vec!["20.00"]), (&recorded, vec!["30.00"]), (&cancelled, vec![])]
    {
        let found: Vec<String> =
            documents(&staff, order).await.iter().map(|row| row["total"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found, total);
    }
}

#[tokio::test]
async fn imported_and_deleted_orders_are_not_billed() {
    let (app, pen, _, ada, staff) = shop().await;
    let imported = place(&ada, &[(&pen, 1)], json!({})).await;
    app.sql("UPDATE orders SET external_id = 'elsewhere'").await;
    staff.moves(&imported, &["orderConfirm"]).await;
    let told = place(&ada, &[(&pen, 1)], json!({})).await;
    staff.moves(&told, &["orderConfirm"]).await;
    app.sql("UPDATE events SET actor = 'IMPORT' WHERE kind = 'ORDER_CONFIRMED'").await;
    let deleted = place(&ada, &[(&pen, 1)], json!({})).await;
    staff.moves(&deleted, &["orderConfirm"]).await;
    app.admin().await.mutate("orderDelete", json!({ "order": deleted }), "userErrors { code }").await;
    app.work().await;
    assert_eq!(app.rows("invoices").await, 0);
    assert_eq!(app.rows("invoice_counters").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_orders_confirmed_at_once_have_numbers_without_gaps() {
    let (app, pen, ink, ada, staff) = shop().await;
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(place(&ada, &[(&pen, 1), (&ink, 1)], json!({})).await);
    }
    let calls: JoinSet<_> = orders
        .iter()
        .map(|order| {
            let (client, input) = (staff.clone(), json!({ "order": order }));
            async move { client.change("orderConfirm", input).await }
        })
        .collect();
    // Two copies of the service read the log at the same time.
    let again = app.app.clone();
    let workers: JoinSet<_> =
        [app.app.clone(), again].into_iter().map(|app| async move { ordergraph::worker::drain(&app).await.is_ok() }).collect();
    calls.join_all().await;
    workers.join_all().await;
    app.work().await;
    let mut numbers = Vec::new();
    for order in &orders {
        let documents = documents(&staff, order).await;
        assert_eq!(documents.len(), 2);
        numbers.extend(documents.iter().map(|document| document["number"].as_str().unwrap().to_owned()));
    }
    numbers.sort();
    let series = |store: &str| (1..=20).map(|n| format!("{store}-INV-2026-{n:06}")).collect::<Vec<_>>();
    assert_eq!(numbers, [series("INKS"), series("PENS")].concat());
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_failure_leaves_no_gap() {
    let (app, pen, _, ada, staff) = shop().await;
    let first = place(&ada, &[(&pen, 1)], json!({})).await;
    staff.moves(&first, &["orderConfirm"]).await;
    app.work().await;
    let second = place(&ada, &[(&pen, 2)], json!({ "shippingAddress": { "freeText": "Quay 1" } })).await;
    app.sql("UPDATE orders SET shipping_address = 'not an address' WHERE total_minor = 2000").await;
    staff.moves(&second, &["orderConfirm"]).await;
    assert!(ordergraph::worker::drain(&app.app).await.is_err(), "the stored address cannot be read");
    assert_eq!(app.rows("invoices").await, 1);
    app.sql("UPDATE orders SET shipping_address = NULL").await;
    app.work().await;
    assert_eq!(totals(&staff, &second).await, ["PENS-INV-2026-000002 20.00"]);
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn every_year_begins_a_series() {
    let (app, pen, ..) = shop().await;
    let mut numbers = Vec::new();
    for days in [0, 360, 1] {
        app.clock.advance_seconds(days * 86_400);
        // Tokens do not last for a year.
        let (buyer, _) = app.buyer(&format!("buyer{days}")).await;
        let (staff, _) = app.user(&format!("staff{days}@shop.test"), Role::Staff, &[]).await;
        let order = place(&buyer, &[(&pen, 1)], json!({})).await;
        staff.moves(&order, &["orderConfirm"]).await;
        app.work().await;
        numbers.push(documents(&staff, &order).await[0]["number"].clone());
    }
    assert_eq!(json!(numbers), json!(["PENS-INV-2026-000001", "PENS-INV-2027-000001", "PENS-INV-2027-000002"]));
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_refunded_is_credited_by_the_stores_that_billed_it() {
    let (app, pen, ink, ada, staff) = shop().await;
    let order = place(&ada, &[(&pen, 2), (&ink, 1)], json!({})).await;
    staff.moves(&order, &["orderConfirm"]).await;
    app.work().await;
    let invoices = documents(&staff, &order).await;
    let id = order.parse().unwrap();
    app.paid(id, PaymentGateway::Manual, 1_000).await;
    app.paid(id, PaymentGateway::Manual, 1_333).await;
    cancels(&staff, &order).await;
    app.work().await;
    app.work().await;
    let all = documents(&staff, &order).await;
    let notes: Vec<_> = all.iter().filter(|document| document["kind"] == "CREDIT_NOTE").collect();
    assert_eq!((all.len(), notes.len()), (6, 4), "two refunds, each by two stores");
    for invoice in &invoices {
        let own: Vec<_> = notes.iter().filter(|note| note["refersTo"]["number"] == invoice["number"]).collect();
        let sum: f64 = own.iter().map(|note| note["total"].as_str().unwrap().parse::<f64>().unwrap()).sum();
        assert_eq!(format!("{sum:.2}"), invoice["total"].as_str().unwrap());
        assert!(
            own.iter().all(|note| note["store"] == invoice["store"] && note["refundId"].as_str().unwrap().starts_with("refund_"))
        );
    }
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn credit_notes_are_never_above_the_invoices() {
    let (app, pen, ink, ada, staff) = shop().await;
    let method = app.shipping_method(501).await;
    let order = place(&ada, &[(&pen, 1), (&ink, 1)], json!({ "shippingMethod": method.to_string() })).await;
    staff.moves(&order, &["orderConfirm"]).await;
    let id = order.parse().unwrap();
    // 18.34 are owed; the buyer paid far more, and all of it goes back.
    for minor in [7, 1_001, 9_999] {
        app.paid(id, PaymentGateway::Manual, minor).await;
    }
    cancels(&staff, &order).await;
    app.work().await;
    let documents = documents(&staff, &order).await;
    let sum = |kind: &str, field: &str| -> i64 {
        let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
        documents.iter().filter(|row| row["kind"] == kind).map(|row| cents(row[field].as_str().unwrap())).sum()
    };
    for field in ["subtotal", "shipping", "total"] {
        assert_eq!(sum("CREDIT_NOTE", field), sum("INVOICE", field), "{field}");
    }
    assert_eq!(sum("INVOICE", "total"), 1_834);
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_refund_that_its_event_names_is_credited_and_one_under_way_is_not() {
    let (app, pen, _, ada, staff) = shop().await;
    let order = place(&ada, &[(&pen, 3)], json!({})).await;
    staff.moves(&order, &["orderConfirm"]).await;
    let payment = app.paid(order.parse().unwrap(), PaymentGateway::Stripe, 3_000).await;
    app.work().await;
    // As a gateway's refunds are recorded: two begun, the second of them done.
    let (waiting, done) = ("01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058");
    let blob = |id: &str| match app.db().backend() {
        DbBackend::Sqlite => format!("X'{}'", id.replace('-', "")),
        _ => format!("'{id}'"),
    };
    for (id, minor) in [(waiting, 500), (done, 400)] {
        app.sql(&format!(
            "INSERT INTO refunds (id, payment_id, amount_minor, created_at) VALUES ({}, {}, {minor}, 0)",
            blob(id),
            blob(&payment.0.to_string())
        ))
        .await;
    }
    app.sql("UPDATE payments SET refunded_minor = 400").await;
    let refund = RefundId(done.parse().unwrap());
    let event = app.events(order.parse().unwrap()).await.pop().unwrap();
    let told = event::Model {
        kind: "REFUND_SUCCEEDED".into(),
        seq: event.seq + 1,
        changes: Some(json!([{ "field": "refund", "old": null, "new": refund.to_string() }]).to_string()),
        position: None,
        ..event
    };
    let row = event::ActiveModel { id: NotSet, ..told.into_active_model().reset_all() };
    event::Entity::insert(row).exec_without_returning(app.db().writer()).await.unwrap();
    app.work().await;
    assert_eq!(totals(&staff, &order).await, ["PENS-CN-2026-000001 4.00", "PENS-INV-2026-000001 30.00"]);
}

#[tokio::test]
async fn an_order_refunded_before_it_was_billed_has_no_credit_note() {
    let (app, pen, _, ada, staff) = shop().await;
    let order = place(&ada, &[(&pen, 1)], json!({})).await;
    app.paid(order.parse().unwrap(), PaymentGateway::Manual, 1_000).await;
    cancels(&staff, &order).await;
    app.work().await;
    assert_eq!((app.rows("refunds").await, app.rows("invoices").await), (1, 0));
}
