//! `ordergraph doctor`: a database that only the API wrote is well, and each broken invariant is found.

use entity::stored::{PaymentGateway, PaymentStatus, PaymentType};
use ordergraph::{config::MultiStorePolicy, doctor::examine, statistics::rollup::build};
use sea_orm::{ConnectionTrait as _, DbBackend};
use serde_json::json;

use crate::{
    statistics::{orders::place, payments::pay},
    support::{NOW, TestApp},
};

/// A shop in which something happened: orders created twice with one key, shipped, cancelled, deleted, forced.
async fn lively() -> TestApp {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 100).await;
    let (ada, _) = app.buyer("ada").await;
    let admin = app.admin().await;
    let kept = place(&ada, &[(&pen, 3)], json!({ "idempotencyKey": "kept" })).await;
    assert_eq!(place(&ada, &[(&pen, 3)], json!({ "idempotencyKey": "kept" })).await, kept);
    for mutation in ["orderConfirm", "orderProcess"] {
        admin.mutate(mutation, json!({ "order": kept }), "order { id }").await;
    }
    let cancelled = place(&ada, &[(&pen, 2)], json!({})).await;
    ada.mutate("orderCancel", json!({ "order": cancelled }), "order { id }").await;
    let forced = place(&ada, &[(&pen, 1)], json!({})).await;
    let force = json!({ "order": forced, "status": "DELIVERED", "force": true, "reason": "handed over in the shop" });
    admin.mutate("orderStatusUpdate", force, "order { id }").await;
    let sent = place(&ada, &[(&pen, 2)], json!({})).await;
    admin.mutate("orderConfirm", json!({ "order": sent }), "order { id }").await;
    admin.mutate("fulfillmentCreate", json!({ "order": sent, "ship": true }), "order { id }").await;
    let held = place(&ada, &[(&pen, 1)], json!({})).await;
    admin.mutate("orderHold", json!({ "order": held, "reason": "FRAUD" }), "order { id }").await;
    let deleted = place(&ada, &[(&pen, 4)], json!({ "idempotencyKey": "deleted" })).await;
    ada.mutate("orderCancel", json!({ "order": deleted }), "order { id }").await;
    admin.mutate("orderDelete", json!({ "order": deleted }), "userErrors { code }").await;
    let refunded = place(&ada, &[(&pen, 2)], json!({})).await;
    admin.mutate("orderConfirm", json!({ "order": refunded }), "order { id }").await;
    app.paid(refunded.parse().unwrap(), PaymentGateway::Manual, 2_000).await;
    admin.mutate("orderCancel", json!({ "order": refunded, "reason": "sold out" }), "order { id }").await;
    app.work().await;
    app
}

/// Changes rows behind the service's back, and behind that of the constraints.
async fn tamper(app: &TestApp, sql: &str) {
    let db = app.second_connection().await;
    let conn = db.writer();
    match db.backend() {
        DbBackend::Sqlite => {
            conn.execute_unprepared("PRAGMA ignore_check_constraints = 1").await.unwrap();
        }
        _ => {
            let drop = "DO $$ DECLARE c record; BEGIN FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
                WHERE contype = 'c' AND connamespace = 'public'::regnamespace
                LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname); END LOOP; END $$";
            conn.execute_unprepared(drop).await.unwrap();
        }
    }
    conn.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    db.close().await;
}

#[tokio::test]
async fn what_the_service_wrote_is_well() {
    let app = lively().await;
    assert_eq!(examine(app.db()).await.unwrap(), []);
    assert_eq!(examine(TestApp::new().await.db()).await.unwrap(), []);
}

#[tokio::test]
async fn each_broken_invariant_is_found() {
    let cases = [
        ("I1", "UPDATE product_variants SET available = available + 1"),
        ("I1", "UPDATE product_variants SET available = available - 500, written_off = written_off + 500"),
        ("I1", "UPDATE order_items SET stock_taken = 1 WHERE stock_taken = 0"),
        ("I2", "UPDATE idempotency_keys SET answer = 'nothing' WHERE key = 'kept'"),
        ("I2", "UPDATE idempotency_keys SET answer = 'order_01h455vb4pex5vsknk084sn02q' WHERE key = 'kept'"),
        (
            "I2",
            "INSERT INTO idempotency_keys SELECT scope, 'other', input_hash, answer, created_at FROM idempotency_keys WHERE key = 'kept'",
        ),
        ("I3", "UPDATE orders SET paid_minor = 1"),
        ("I4", "UPDATE orders SET status = 'SHIPPED' WHERE status = 'PROCESSING'"),
        ("I4", "UPDATE events SET seq = 9 WHERE kind = 'ORDER_PROCESSING'"),
        ("I4", "DELETE FROM events WHERE kind = 'ORDER_CONFIRMED'"),
        ("I4", "UPDATE events SET changes = REPLACE(changes, 'forced', 'note') WHERE kind = 'ORDER_DELIVERED'"),
        ("I4", "UPDATE events SET changes = 'gone' WHERE kind = 'ORDER_CONFIRMED'"),
        ("I5", "UPDATE orders SET tax_minor = 7"),
        ("I5", "UPDATE orders SET subtotal_minor = subtotal_minor + 1, total_minor = total_minor + 1"),
        ("I5", "UPDATE order_items SET unit_price_minor = 1"),
        ("I5", "UPDATE orders SET payment_status = 'PAID'"),
        ("I7", "UPDATE events SET position = NULL, recorded_at = recorded_at - 120000000 WHERE kind = 'ORDER_PROCESSING'"),
        ("I7", "UPDATE events SET position = position + 1000000 WHERE kind = 'ORDER_CONFIRMED'"),
        ("I7", "UPDATE cursors SET position = 1000000"),
        ("I8", "UPDATE events SET id = 0 WHERE kind = 'ORDER_PROCESSING'"),
        ("I8", "UPDATE events SET recorded_at = 0 WHERE kind = 'ORDER_PROCESSING'"),
        ("I8", "UPDATE orders SET version = version + 1"),
        ("I8", "DELETE FROM events WHERE kind = 'ORDER_DELETED'"),
        ("I14", "UPDATE invoices SET sequence = 9 WHERE sequence = 2 AND kind = 'INVOICE'"),
        ("I14", "UPDATE invoice_counters SET last = last + 1"),
        ("I14", "UPDATE invoices SET tax_minor = 7"),
        ("I14", "UPDATE invoices SET subtotal_minor = 1, total_minor = 1 WHERE sequence = 1 AND kind = 'INVOICE'"),
        (
            "I14",
            "UPDATE invoices SET subtotal_minor = 9000, total_minor = 9000, source_total_minor = 9000 WHERE kind = 'CREDIT_NOTE'",
        ),
        ("I14", "UPDATE invoices SET refers_to = NULL"),
        ("I15", "UPDATE fulfillment_lines SET quantity = 3"),
        ("I15", "UPDATE fulfillments SET status = 'PENDING'"),
        ("I15", "UPDATE orders SET status = 'PROCESSING' WHERE status = 'SHIPPED'"),
        ("I15", "UPDATE order_holds SET released_at = 1"),
        ("I15", "UPDATE orders SET held_at = 1"),
        ("I16", "UPDATE order_rollups SET orders = orders + 1 WHERE level = 2"),
        ("I16", "DELETE FROM payment_rollups"),
        ("I16", "DELETE FROM rankings"),
        ("I16", "DELETE FROM customer_sets"),
        ("I16", "DELETE FROM transition_histograms"),
        ("I16", "DELETE FROM order_tallies"),
        ("I16", "UPDATE orders SET customer_id = NULL"),
        ("I17", "UPDATE order_counts SET n = n + 1"),
        ("I17", "DELETE FROM order_counts"),
        ("I17", "UPDATE order_stores SET placed_at = placed_at + 1"),
        ("I17", "DELETE FROM order_stores"),
        ("I17", "INSERT INTO order_stores SELECT store_id, placed_at + 1, order_id FROM order_stores"),
        ("I17", "UPDATE orders SET payment_kinds = payment_kinds + 32"),
        ("I17", "UPDATE orders SET search_text = 'nothing'"),
        ("I17", "UPDATE orders SET tracking_number = 'elsewhere'"),
        ("I17", "UPDATE order_items SET sku = 'OTHER'"),
        ("I17", "UPDATE payments SET reference = 'elsewhere'"),
        ("I17", "UPDATE fulfillments SET tracking_number = 'elsewhere'"),
        ("I17", "UPDATE customers SET phone = '0123'"),
    ];
    for (invariant, sql) in cases {
        let app = lively().await;
        app.work().await;
        tamper(&app, sql).await;
        let findings = examine(app.db()).await.unwrap();
        assert!(findings.iter().any(|finding| finding.invariant == invariant), "{sql}\n{findings:#?}");
    }
}

/// What is told of an invariant after rows were changed.
async fn told(app: &TestApp, invariant: &str, sql: &str) -> Vec<String> {
    app.work().await;
    tamper(app, sql).await;
    let findings = examine(app.db()).await.unwrap().into_iter();
    findings.filter(|finding| finding.invariant == invariant).map(|finding| finding.message).collect()
}

#[tokio::test]
async fn sums_that_are_about_to_be_counted_anew_are_not_looked_at() {
    let app = lively().await;
    app.work().await;
    build::start_anew(app.db()).await.unwrap();
    app.sql("DELETE FROM rankings").await;
    assert_eq!(examine(app.db()).await.unwrap(), []);
    while build::step(app.db(), NOW).await.unwrap().built_at.is_none() {
        assert_eq!(examine(app.db()).await.unwrap(), []);
    }
    app.sql("DELETE FROM rankings").await;
    assert!(examine(app.db()).await.unwrap().iter().all(|finding| finding.invariant == "I16"));
    assert_ne!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_search_index_that_does_not_hold_the_texts_is_found() {
    // A row of this number has all texts come into the index of SQLite that wait for it.
    let filled = "INSERT INTO order_search_tail VALUES (64); INSERT INTO customer_search_tail VALUES (64)";
    let cases: &[(&str, &str)] = match TestApp::new().await.db().backend() {
        DbBackend::Sqlite => &[
            ("", ""),
            ("DELETE FROM order_search_tail WHERE row = 1", "is not in the search index"),
            (filled, ""),
            ("DELETE FROM order_search WHERE rowid = 1", "is not in the search index"),
            ("DELETE FROM customer_search_rows", "is not in the search index"),
            ("UPDATE order_search_docsize SET sz = x'05'", "with a text of 5 triples"),
            ("PRAGMA foreign_keys = OFF; DROP TRIGGER order_search_removed; DELETE FROM orders", "and is not there"),
            ("DROP TRIGGER customer_search_removed; DELETE FROM customers", "and is not there"),
            (
                "DELETE FROM order_search WHERE rowid = 1; INSERT INTO order_search (rowid, text) \
                 SELECT 1, replace(replace(char(10) || o.search_text, char(10), char(10, 10)), 'ada', 'adö') \
                 FROM order_search_rows r JOIN orders o ON o.id = r.order_id WHERE r.row = 1",
                "holds \"ad?\" 2 times more than the texts",
            ),
            ("DELETE FROM order_search_data WHERE id > 10", "corruption found"),
        ],
        _ => &[("DROP INDEX orders_search", "the index is not there"), ("DROP INDEX customers_search", "the index is not there")],
    };
    for (sql, message) in cases {
        let app = lively().await;
        let waits = sql.contains("_tail") || sql.is_empty() || app.db().backend() != DbBackend::Sqlite;
        if !waits {
            assert_eq!(told(&app, "I17", filled).await, Vec::<String>::new());
        }
        let messages = told(&app, "I17", sql).await;
        match message.is_empty() {
            true => assert_eq!(messages, Vec::<String>::new(), "{sql}"),
            false => assert!(messages.iter().any(|told| told.contains(message)), "{sql}\n{messages:#?}"),
        }
    }
}

#[tokio::test]
async fn letters_of_every_kind_are_in_the_index_as_in_the_texts() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "ſtift-µ", 1_000, 100).await;
    let (ada, _) = app.buyer("ada").await;
    let admin = app.admin().await;
    let order = place(&ada, &[(&pen, 1)], json!({})).await;
    for number in ["ΟΔΟΣ 12", "İ \u{212a}é 日本語", "two\twords", "a"] {
        admin.mutate("orderUpdate", json!({ "order": order, "trackingNumber": number }), "order { id }").await;
        assert_eq!(examine(app.db()).await.unwrap(), []);
    }
    ada.mutate("orderCancel", json!({ "order": order }), "order { id }").await;
    admin.mutate("orderDelete", json!({ "order": order }), "userErrors { code }").await;
    app.work().await;
    assert_eq!(examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_broken_group_is_found() {
    let (elsewhere, sqlite) = match TestApp::new().await.db().backend() {
        DbBackend::Sqlite => ("PRAGMA foreign_keys = OFF; UPDATE order_group_members SET group_id = randomblob(16)", true),
        _ => ("SET session_replication_role = replica; UPDATE order_group_members SET group_id = gen_random_uuid()", false),
    };
    let gone =
        if sqlite { "UPDATE order_groups SET id = randomblob(16)" } else { "UPDATE order_groups SET id = gen_random_uuid()" };
    let gone = format!("{}; {gone}", elsewhere.split(';').next().unwrap());
    let cases = [
        ("DELETE FROM order_group_members WHERE position = 0", "is in no group"),
        ("DELETE FROM order_group_members", "has no orders"),
        (elsewhere, "holds an order that is not there, or is not there itself"),
        (&gone, "has no orders"),
        ("UPDATE orders SET currency = 'USD'", "is in USD, its group in EUR"),
        (
            "UPDATE order_items SET store_id = (SELECT store_id FROM order_items ORDER BY id LIMIT 1)",
            "or of one with another order",
        ),
    ];
    for (sql, message) in cases {
        let app = TestApp::with(|config| config.orders.multi_store = MultiStorePolicy::Split).await;
        let (left, right) = (app.store("left").await, app.store("right").await);
        let (pen, mug) = (app.goods(left, "PEN", 1_000, 100).await, app.goods(right, "MUG", 500, 100).await);
        let (ada, _) = app.buyer("ada").await;
        place(&ada, &[(&pen, 3), (&mug, 1)], json!({})).await;
        app.work().await;
        assert_eq!(examine(app.db()).await.unwrap(), []);
        let messages = told(&app, "I18", sql).await;
        assert!(messages.iter().any(|told| told.contains(message)), "{sql}\n{messages:#?}");
    }
}

const REFUNDS_UNDER_WAY: &str = "INSERT INTO refunds (id, payment_id, amount_minor, status, created_at) \
    SELECT id, id, 1001, 'PENDING', 0 FROM payments";

const CALL_LEFT_OPEN: &str = "INSERT INTO payment_attempts (id, payment_id, kind, amount_minor, state, created_at, updated_at) \
    SELECT id, id, 'REFUND', 1, 'STARTED', 0, 0 FROM payments";

#[tokio::test]
async fn more_given_back_than_taken_is_found() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 100).await;
    let (ada, _) = app.buyer("ada").await;
    let order = place(&ada, &[(&pen, 1)], json!({})).await;
    pay(&app, &order, 1, PaymentStatus::Paid, PaymentType::Cash, [1_000, 1_000, 0]).await;
    tamper(&app, "UPDATE orders SET paid_minor = 1000, payment_status = 'PAID'").await;
    assert_eq!(examine(app.db()).await.unwrap(), []);
    for (sql, message) in [
        ("UPDATE payments SET refunded_minor = 1001", "refunded 1001 of 1000 captured"),
        ("UPDATE payments SET captured_minor = 1001, refunded_minor = 0", "captured 1001 of 1000"),
        ("UPDATE payments SET captured_minor = 1000, refunded_minor = 5", "its refunds say 0"),
        ("UPDATE payments SET refunded_minor = 0, authorized_minor = 999", "captured 1000 of 999 authorised"),
        (REFUNDS_UNDER_WAY, "refunds of 1001 are under way beside 0, of 1000 captured"),
        (CALL_LEFT_OPEN, "a call of its provider has been open for hours"),
    ] {
        tamper(&app, sql).await;
        let findings = examine(app.db()).await.unwrap();
        let told = findings.iter().any(|finding| finding.invariant == "I3" && finding.message.contains(message));
        assert!(told, "{sql}\n{findings:#?}");
    }
}
