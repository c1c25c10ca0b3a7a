//! Bundles: what is written can be imported, and what was imported is written again, byte for byte.

use std::{fs, path::Path};

use migration::{Migrator, MigratorTrait as _};
use ordergraph::{db::Db, doctor, export::bundle};
use serde_json::json;

use crate::{
    import::{Folder, fresh, run},
    support::{Client, Goods, TestApp, refusals},
};

const FILES: [&str; 7] =
    ["stores.csv", "customers.csv", "products.csv", "orders.csv", "items.csv", "payments.csv", "reviews.csv"];

/// A shop whose orders are in every status, paid and given back in part, with every kind of address.
async fn shop() -> TestApp {
    let app = TestApp::new().await;
    let (pens, cups) = (app.store("pens").await, app.store_in("cups", "JPY").await);
    let pen = app.goods(pens, "PEN", 2_000, 1_000).await;
    let ink = app.goods_in(pens, "INK", 999, 1_000, "EUR", true).await;
    app.goods_in(cups, "CUP", 700, 10, "JPY", false).await;
    let ((ada, ada_id), staff) = (app.buyer("ada").await, app.staff().await);
    let steps = ["orderConfirm", "orderProcess", "orderShip", "orderOutForDelivery", "orderDeliver"];
    for count in 0..=steps.len() {
        let order = ada.places(&pen, 2).await;
        for step in &steps[..count] {
            app.clock.advance_seconds(31);
            staff.moves(&order, &[*step]).await;
        }
    }
    cancelled(&app, &staff, &ada, &pen).await;
    waiting(&app, &staff, &ada, &pen).await;
    for (path, last) in [
        (&steps[..3], "orderMarkDamaged"),
        (&steps[..4], "orderReturn"),
        (&["orderConfirm", "orderShip", "orderDeliver"][..], "orderRefund"),
    ] {
        let order = ada.places(&pen, 3).await;
        paid(&staff, &order, "60.00").await;
        let path: Vec<&str> = path.iter().copied().filter(|step| *step != "orderConfirm").collect();
        staff.moves(&order, &path).await;
        app.clock.advance_seconds(7);
        let payload = staff.mutate(last, json!({ "order": order }), "userErrors { code field message }").await;
        assert_eq!(refusals(&payload), Vec::<String>::new(), "{last}");
    }
    // One that came back before anything was paid.
    let order = ada.places(&pen, 1).await;
    staff.moves(&order, &steps).await;
    let payload = staff.mutate("orderReturn", json!({ "order": order }), "userErrors { code field message }").await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    addresses(&app, &staff, &ada, &ink).await;
    app.sql("UPDATE customers SET name = ' Ada, \"Queen\" of Quay 😀', phone = '+47 1' WHERE email = 'ada@buyer.test'").await;
    app.order_row("Z-1", ada_id, &[(&pen, 1, 1), (&pen, 2, 3)], |row| {
        row.customer_id = None;
        row.note = Some("=1+1\r\n two ".into());
        row.placed_at.0 += 1;
    })
    .await;
    app.sql("UPDATE order_items SET sku = NULL, position = position * 2 WHERE order_id = (SELECT id FROM orders WHERE number = 'Z-1')").await;
    app
}

/// One that was paid in part, given back in part, and called off with words.
async fn cancelled(app: &TestApp, staff: &Client, ada: &Client, pen: &Goods) {
    let order = ada.places(pen, 3).await;
    paid(staff, &order, "25.00").await;
    app.clock.advance_seconds(3);
    staff.mutate("orderRefund", json!({ "order": order, "amount": "10.00" }), "userErrors { code }").await;
    let order = ada.places(pen, 2).await;
    paid(staff, &order, "7.00").await;
    let payload = staff.change("orderCancel", json!({ "order": order, "reason": "\"sold\" out,\nsorry" })).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let order = ada.places(pen, 1).await;
    let pending = json!({ "order": order, "gateway": "MANUAL", "type": "TRANSFER", "amount": "5.00" });
    staff.pays("paymentCreate", pending).await;
}

/// Ones that are held, are to be shipped in time, and are meant to be paid in other ways than they are.
async fn waiting(app: &TestApp, staff: &Client, ada: &Client, pen: &Goods) {
    let held = ada.places(pen, 1).await;
    staff.moves(&held, &["orderConfirm"]).await;
    let input = json!({ "items": [{ "variant": pen.variant.to_string(), "quantity": 1 }], "paymentType": "VOUCHER" });
    let meant = ada.mutate("orderCreate", input, "order { id }").await["order"]["id"].as_str().unwrap().to_owned();
    app.clock.advance_seconds(300);
    paid(staff, &meant, "5.00").await;
    for (mutation, input) in [
        ("orderHold", json!({ "order": held, "reason": "ADDRESS", "note": "\"which\" number,\nask" })),
        ("orderHold", json!({ "order": meant, "reason": "FRAUD" })),
        ("orderHoldRelease", json!({ "order": meant })),
        ("orderShipByUpdate", json!({ "order": held, "shipBy": "2026-06-01T12:00:00.5Z" })),
        ("orderShipByUpdate", json!({ "order": meant, "shipBy": "2026-02-01T12:00:00Z" })),
    ] {
        assert_eq!(refusals(&staff.change(mutation, input).await), Vec::<String>::new(), "{mutation}");
    }
}

/// What of orders, holds and payments a bundle must bring back beside its own cells.
async fn kept(db: &Db) -> Vec<String> {
    let mut kept = crate::import::texts(
        db,
        "SELECT number || ' ' || payment_kinds || ' ' || COALESCE(ship_by, 0) || ' ' || COALESCE(held_at, 0) FROM orders ORDER BY number",
    )
    .await;
    kept.extend(
        crate::import::texts(
            db,
            "SELECT o.number || ' ' || h.reason || ' ' || COALESCE(h.note, '') || ' ' || h.created_at \
             FROM order_holds h JOIN orders o ON o.id = h.order_id WHERE h.released_at IS NULL ORDER BY o.number",
        )
        .await,
    );
    let payments = "SELECT o.number || ' ' || p.position || ' ' || p.created_at || ' ' || p.processed_at \
                    FROM payments p JOIN orders o ON o.id = p.order_id ORDER BY o.number, p.position";
    kept.extend(crate::import::texts(db, payments).await);
    kept
}

async fn paid(staff: &Client, order: &str, amount: &str) {
    let input = json!({ "order": order, "gateway": "MANUAL", "type": "CASH", "amount": amount });
    let payment = staff.pays("paymentCreate", input).await["payment"]["id"].clone();
    staff.pays("paymentProcess", json!({ "payment": payment })).await;
}

async fn addresses(app: &TestApp, staff: &Client, ada: &Client, ink: &Goods) {
    let shipping = json!({ "structured": { "fullName": "Ada", "email": "a@b.test", "phone": "+47 12345", "streetAddress": "Quay 1",
        "city": "Bergen", "state": "Vestland", "country": "NO", "zipCode": "5003" } });
    let method = app.shipping_method(495).await;
    for (shipping, billing) in
        [(shipping.clone(), json!({ "freeText": "Quay 2\nBergen" })), (json!({ "freeText": "By the sea" }), shipping)]
    {
        let input = json!({
            "items": [{ "variant": ink.variant.to_string(), "quantity": 1 }], "shippingMethod": method.to_string(),
            "shippingAddress": shipping, "billingAddress": billing, "note": "  ring twice  ",
        });
        let payload = ada.mutate("orderCreate", input, "order { id } userErrors { code field message }").await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
        staff.moves(payload["order"]["id"].as_str().unwrap(), &["orderConfirm"]).await;
    }
}

async fn written(db: &Db, folder: &Path) -> Vec<(String, String)> {
    bundle::write(db, folder, &|_, _, _| {}).await.unwrap();
    FILES.iter().map(|name| ((*name).to_owned(), fs::read_to_string(folder.join(name)).unwrap())).collect()
}

fn same(one: &[(String, String)], other: &[(String, String)], which: &str) {
    for ((name, one), (_, other)) in one.iter().zip(other) {
        for (line, (one, other)) in one.lines().zip(other.lines()).enumerate() {
            assert_eq!(one, other, "{which}: {name}:{}", line + 1);
        }
        assert!(one == other, "{which}: {name} has other lines at its end");
    }
}

#[tokio::test]
async fn a_bundle_comes_back_the_same_through_other_databases() {
    let app = shop().await;
    let folder = Folder::new();
    let first = folder.path().join("first");
    let bundle = written(app.db(), &first).await;
    for status in ["PENDING", "OUT_FOR_DELIVERY", "CANCELLED", "REFUNDED", "RETURNED", "DAMAGED", "PARTIALLY_REFUNDED"] {
        assert!(bundle.iter().any(|(_, text)| text.contains(&format!(",{status},"))), "{status}");
    }
    assert!(bundle[3].1.contains("\"=1+1\r\n two \""), "cells of a bundle are exact");
    let kept_at_first = kept(app.db()).await;

    // A file of SQLite, whatever the tests run on, and then the database that they run on.
    let file = folder.path().join("other.db");
    let other = Db::open(&format!("sqlite://{}?mode=rwc", file.display()), 2).await.unwrap();
    Migrator::up(other.writer(), None).await.unwrap();
    let (back, _home) = fresh().await;
    let mut from = first;
    for (db, name) in [(&other, "second"), (&back, "third")] {
        let report = run(db, ordergraph::import::Source::Bundle(from.clone())).await;
        assert_eq!(report.refused(), 0, "{report}");
        let findings = doctor::examine(db).await.unwrap();
        assert!(findings.is_empty(), "{findings:#?}");
        from = folder.path().join(name);
        same(&bundle, &written(db, &from).await, name);
        assert_eq!(kept(db).await, kept_at_first, "{name}");
    }
    other.close().await;
}

#[tokio::test]
async fn what_was_imported_is_written_as_it_was() {
    let (db, folder) = fresh().await;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bundle");
    assert_eq!(run(&db, ordergraph::import::Source::Bundle(source)).await.refused(), 0);
    let first = folder.path().join("first");
    let bundle = written(&db, &first).await;
    assert!(bundle.iter().all(|(_, text)| text.lines().count() > 1), "every file has rows");
    let (other, _home) = fresh().await;
    assert_eq!(run(&other, ordergraph::import::Source::Bundle(first)).await.refused(), 0);
    same(&bundle, &written(&other, &folder.path().join("second")).await, "second");
    let orders = "SELECT number || status || payment_status || fulfillment_status || total_minor || paid_minor || search_text FROM orders ORDER BY number";
    assert_eq!(crate::import::texts(&db, orders).await, crate::import::texts(&other, orders).await);
}

#[tokio::test]
async fn a_folder_that_holds_something_is_left_alone() {
    let (db, folder) = fresh().await;
    folder.file("mine.txt", "mine");
    let error = bundle::write(&db, folder.path(), &|_, _, _| {}).await.unwrap_err();
    assert!(error.to_string().contains("is not empty"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
