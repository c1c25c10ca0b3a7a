//! Imports that are run again, broken off, or only tried.

use ordergraph::{
    import::Stop,
    statistics::{
        rollup::{reading::Reading, verify},
        satisfaction,
    },
};
use sea_orm::ConnectionTrait as _;

use super::{bundle::small, olist::files, *};
use crate::support::TestApp;

#[tokio::test]
async fn run_again_doubles_nothing() {
    let (db, folder) = fresh().await;
    files(&folder);
    run(&db, folder.olist()).await;
    let before = everything(&db).await;
    let report = run(&db, folder.olist()).await;
    for file in &report.files {
        assert_eq!((file.written, file.refused), (0, 0), "{}", file.file);
    }
    assert_eq!(report.file("olist_orders_dataset.csv").unwrap().skipped, 7);
    assert_eq!(report.file("olist_customers_dataset.csv").unwrap().skipped, 7);
    assert_eq!(everything(&db).await, before);
}

#[tokio::test]
async fn broken_off_anywhere_and_run_again_ends_the_same() {
    let (whole, folder) = fresh().await;
    files(&folder);
    run(&whole, folder.olist()).await;
    let expected = everything(&whole).await;
    for batches in 0..4 {
        let (db, _own) = fresh().await;
        let options = Options { batch_size: 2, max_batches: Some(batches), ..Options::default() };
        let report = run_with(&db, folder.olist(), options).await.unwrap();
        assert!(report.interrupted);
        assert_eq!(number(&db, "SELECT COUNT(*) FROM orders").await, 2 * batches as i64 - i64::from(batches == 4));
        let report = run(&db, folder.olist()).await;
        assert!(!report.interrupted);
        assert_eq!(everything(&db).await, expected, "after {batches} batches");
    }
}

#[tokio::test]
async fn told_to_stop_it_stops_and_says_so() {
    let (db, folder) = fresh().await;
    files(&folder);
    let stop = Stop::default();
    stop.set();
    let report = run_with(&db, folder.olist(), Options { stop, ..Options::default() }).await.unwrap();
    assert!(report.interrupted);
    assert!(report.to_string().contains("run it again to go on"));
    assert_eq!(number(&db, "SELECT COUNT(*) FROM orders").await, 0);
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    let (db, folder) = fresh().await;
    files(&folder);
    folder.append("olist_order_payments_dataset.csv", "nobody,1,boleto,1,1.00\n");
    let dry = run_with(&db, folder.olist(), Options { dry_run: true, ..Options::default() }).await.unwrap();
    assert!(counts(&db).await.iter().all(|(_, rows)| *rows == 0));
    assert_eq!(number(&db, "SELECT COUNT(*) FROM number_counters").await, 0);
    let wet = run(&db, folder.olist()).await;
    assert_eq!(dry.files, wet.files);
}

#[tokio::test]
async fn new_orders_in_the_files_come_in_beside_the_old() {
    let (db, folder) = fresh().await;
    small(&folder).append("orders.csv", "a,c,PENDING,EUR,2026-01-05T10:00:00Z\n");
    run(&db, folder.bundle()).await;
    folder.append("orders.csv", "b,c,PENDING,EUR,2026-01-05T09:00:00Z\n");
    let report = run(&db, folder.bundle()).await;
    let orders = report.file("orders.csv").unwrap();
    assert_eq!((orders.written, orders.skipped), (1, 1));
    let numbers = texts(&db, "SELECT external_id || ' ' || number FROM orders ORDER BY external_id").await;
    assert_eq!(numbers, ["a ORD-20260105-0001", "b ORD-20260105-0002"]);
}

#[tokio::test]
async fn an_order_deleted_since_stays_deleted() {
    let (db, folder) = fresh().await;
    small(&folder)
        .append("orders.csv", "a,c,PENDING,EUR,2026-01-05T10:00:00Z\n")
        .append("items.csv", "a,1,p,1,3.00\n")
        .append("reviews.csv", "r,a,5\n");
    run(&db, folder.bundle()).await;
    db.writer().execute_unprepared("DELETE FROM orders").await.unwrap();
    let report = run(&db, folder.bundle()).await;
    assert_eq!(report.refused(), 0, "{report}");
    assert_eq!(report.file("reviews.csv").unwrap().skipped, 1);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM orders").await, 0);
}

#[tokio::test]
async fn rows_made_by_hand_under_the_same_external_id_are_used() {
    let (db, folder) = fresh().await;
    small(&folder);
    run(&db, folder.bundle()).await;
    for (table, column, other) in [("product_variants", "sku", "p2"), ("customers", "email", "b@example.com")] {
        db.writer().execute_unprepared(&format!("UPDATE {table} SET {column} = '{other}'")).await.unwrap();
    }
    // The same external ids, other ids of rows: as if somebody had made them by hand.
    let moved = if db.backend() == sea_orm::DbBackend::Sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
    db.writer().execute_unprepared("DELETE FROM product_variants").await.unwrap();
    db.writer().execute_unprepared("DELETE FROM products").await.unwrap();
    db.writer().execute_unprepared(&format!("UPDATE stores SET id = {moved}")).await.unwrap();
    db.writer().execute_unprepared(&format!("UPDATE customers SET id = {moved}")).await.unwrap();
    folder.append("orders.csv", "a,c,PENDING,EUR,2026-01-05T10:00:00Z\n").append("items.csv", "a,1,p,1,3.00\n");
    let report = run(&db, folder.bundle()).await;
    assert_eq!(report.refused(), 0, "{report}");
    let joined = "SELECT COUNT(*) FROM orders o JOIN customers c ON c.id = o.customer_id JOIN order_items i ON i.order_id = o.id \
        JOIN stores s ON s.id = i.store_id JOIN product_variants v ON v.id = i.variant_id";
    assert_eq!(number(&db, joined).await, 1);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM customers").await, 1);
}

#[tokio::test]
async fn a_review_that_comes_later_counts_at_once() {
    let app = TestApp::new().await;
    let folder = Folder::new();
    files(&folder);
    run(app.db(), folder.olist()).await;
    app.work().await;
    folder.append("olist_order_reviews_dataset.csv", "late,o2,2,,,2017-03-01 00:00:00,2017-03-02 00:00:00\n");
    let before = Reading::begin(&app.app).await.unwrap();
    let before = satisfaction::satisfaction(&before, None).await.unwrap();
    run(app.db(), folder.olist()).await;
    let mut reading = Reading::begin(&app.app).await.unwrap();
    assert_eq!(reading.behind(), Some(&[][..]));
    let after = satisfaction::satisfaction(&reading, None).await.unwrap();
    assert_eq!((after.count(), after.by_rating[1]), (before.count() + 1, before.by_rating[1] + 1));
    assert_eq!(verify::verify(reading.conn()).await.unwrap(), (Vec::new(), 7));
    reading.only_rows().await.unwrap();
    assert_eq!(satisfaction::satisfaction(&reading, None).await.unwrap(), after);
}

#[tokio::test]
async fn what_is_imported_has_its_place_and_is_counted_at_once() {
    let app = TestApp::new().await;
    let folder = Folder::new();
    files(&folder);
    run(app.db(), folder.olist()).await;
    let mut reading = Reading::begin(&app.app).await.unwrap();
    assert_eq!(reading.behind(), Some(&[][..]));
    let orders = usize::try_from(number(app.db(), "SELECT COUNT(*) FROM orders").await).unwrap();
    assert_eq!(verify::verify(reading.conn()).await.unwrap(), (Vec::new(), orders));
    let counted = satisfaction::satisfaction(&reading, None).await.unwrap();
    reading.only_rows().await.unwrap();
    assert_eq!(satisfaction::satisfaction(&reading, None).await.unwrap(), counted);
    drop(reading);
    // Places without a gap, those of an order in the order of its history.
    let events = number(app.db(), "SELECT COUNT(*) FROM events").await;
    assert!(events > 0);
    assert_eq!(number(app.db(), "SELECT MAX(position) FROM events").await, events);
    assert_eq!(number(app.db(), "SELECT COUNT(DISTINCT position) FROM events").await, events);
    let swapped =
        "SELECT COUNT(*) FROM events a JOIN events b ON a.order_id = b.order_id AND a.seq < b.seq AND a.position > b.position";
    assert_eq!(number(app.db(), swapped).await, 0);
    // What comes next follows, and readers come past what they do not read.
    app.work().await;
    let staff = app.staff().await;
    staff.change("orderCancel", serde_json::json!({ "order": order_of(&app).await })).await;
    assert_eq!(Reading::begin(&app.app).await.unwrap().behind().map(<[_]>::len), Some(1));
    app.work().await;
    let reading = Reading::begin(&app.app).await.unwrap();
    assert_eq!((reading.behind(), verify::verify(reading.conn()).await.unwrap().0), (Some(&[][..]), Vec::new()));
}

/// An order that can still be cancelled.
async fn order_of(app: &TestApp) -> String {
    let sql = "SELECT id FROM orders WHERE status IN ('PENDING', 'CONFIRMED', 'PROCESSING') LIMIT 1";
    let row = app.db().reader().query_one_raw(statement(app.db().reader(), sql, [])).await.unwrap().unwrap();
    row.try_get_by_index::<entity::id::OrderId>(0).unwrap().to_string()
}
