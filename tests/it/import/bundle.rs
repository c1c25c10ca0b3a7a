//! The bundle: what is written of it, and the example that is delivered with the service.

use super::*;

fn example() -> Source {
    Source::Bundle(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bundle"))
}

#[tokio::test]
async fn the_example_comes_in_whole() {
    let (db, _folder) = fresh().await;
    let report = run(&db, example()).await;
    assert_eq!(report.refused(), 0, "{report}");
    let orders = texts(
        &db,
        "SELECT external_id || ' ' || number || ' ' || status || ' ' || payment_status || ' ' || type || ' ' \
         || total_minor || ' ' || paid_minor || ' ' || currency || ' ' || event_seq || ' ' || customer_name \
         FROM orders ORDER BY external_id",
    )
    .await;
    assert_eq!(
        orders,
        [
            "o-1001 ORD-20260105-0001 DELIVERED PAID STANDARD 6890 6890 EUR 5 Ada Example",
            "o-1002 ORD-20260105-0002 SHIPPED PARTIALLY_PAID EXPRESS 1960 1000 EUR 3 Ada Example",
            "o-1003 ORD-20260106-0001 CANCELLED UNPAID STANDARD 4200 0 EUR 3 Bruno Muster",
            "o-1004 ORD-20260107-0001 PENDING PENDING PICKUP 1250 0 EUR 1 Bruno Muster",
            "o-1005 ORD-20260107-0002 CONFIRMED PAID STANDARD 3830 3830 JPY 2 Chiyo, K.",
            "o-1006 ORD-20260109-0001 DELIVERED UNPAID PICKUP 300 0 EUR 4 Unknown customer",
            "o-1007 ORD-20260110-0001 PROCESSING FAILED STANDARD 980 0 EUR 3 Bruno Muster",
            "o-1008 ORD-20260111-0001 CANCELLED UNPAID STANDARD 0 0 EUR 2 Ada Example",
        ]
    );
    let search = texts(&db, "SELECT search_text FROM orders WHERE external_id = 'o-1001'").await;
    assert_eq!(
        search,
        ["ord-20260105-0001\ntrack-0001\nada example\nada@example.com\no-1001\ngift-77\nch_0001\npot-08\ntea-assam-250"]
    );
    assert_eq!(number(&db, "SELECT SUM(stock_taken) FROM order_items").await, 0, "no stock moves");
}

/// A bundle of one store, customer and product; orders are for the test to add.
pub fn small(folder: &Folder) -> &Folder {
    folder
        .file("stores.csv", "id,name,currency\ns,Shop,EUR\n")
        .file("customers.csv", "id,name,email\nc,Ada,ada@example.com\n")
        .file("products.csv", "id,store,name,price,currency\np,s,Cup,3.00,EUR\n")
        .file("orders.csv", "id,customer,status,currency,placed_at\n")
        .file("items.csv", "order,line,product,quantity,unit_price\n")
        .file("payments.csv", "order,sequence,type,amount\n")
        .file("reviews.csv", "id,order,rating\n")
}

#[tokio::test]
async fn what_was_late_before_it_came_in_is_told_to_nobody() {
    let app = TestApp::new().await;
    let folder = Folder::new();
    small(&folder).file(
        "orders.csv",
        "id,number,status,currency,placed_at,ship_by,held_at,hold_reason\n\
         late,L,PENDING,EUR,2026-01-05T10:00:00Z,2026-01-06T10:00:00Z,,\n\
         held,H,PENDING,EUR,2026-01-05T10:00:00Z,2026-01-06T10:00:00Z,2026-01-05T11:00:00Z,STOCK\n\
         soon,S,PENDING,EUR,2026-01-05T10:00:00Z,2026-01-15T12:30:00Z,,\n\
         sent,T,SHIPPED,EUR,2026-01-05T10:00:00Z,2026-01-06T10:00:00Z,,\n",
    );
    let report = import::run(app.db(), &app.clock, folder.bundle(), Options::default(), &Silent).await.unwrap();
    assert_eq!(report.refused(), 0, "{report}");
    let told = async || {
        ordergraph::order::overdue::run(&app.app).await.unwrap();
        texts(app.db(), "SELECT o.number FROM events e JOIN orders o ON o.id = e.order_id WHERE e.kind = 'ORDER_OVERDUE'").await
    };
    assert_eq!(told().await, [""; 0]);
    let staff = app.staff().await;
    let sorted = "sort: [{ field: NUMBER, direction: ASC }]";
    assert_eq!(staff.numbers(&format!("filter: {{ overdue: true }}, {sorted}")).await, ["H", "L"]);
    assert_eq!(staff.numbers("filter: { onHold: true }").await, ["H"]);
    app.clock.advance_seconds(3_600);
    assert_eq!(told().await, ["S"]);
    assert_eq!(ordergraph::doctor::examine(app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn columns_come_in_any_order_with_mark_and_crlf() {
    let (db, folder) = fresh().await;
    small(&folder).file(
        "orders.csv",
        "\u{feff}\"placed_at\",note,status,id,currency\r\n2026-01-05T23:30:00-02:00,\"two\r\nlines\",PENDING,o,EUR\r\n",
    );
    let report = run(&db, folder.bundle()).await;
    assert_eq!(report.refused(), 0, "{report}");
    assert_eq!(texts(&db, "SELECT number FROM orders").await, ["ORD-20260106-0001"]);
}

#[tokio::test]
async fn an_unknown_column_is_refused_before_anything_is_read() {
    let (db, folder) = fresh().await;
    small(&folder).file("payments.csv", "order,sequence,type,ammount\n");
    let error = run_with(&db, folder.bundle(), Options::default()).await.unwrap_err().to_string();
    assert!(error.contains("payments.csv: unknown column \"ammount\"; known are order, sequence"), "{error}");
    assert!(counts(&db).await.iter().all(|(_, rows)| *rows == 0));
}

#[tokio::test]
async fn a_missing_file_or_column_is_named() {
    let (db, folder) = fresh().await;
    small(&folder).file("payments.csv", "order,sequence,type\n");
    let error = run_with(&db, folder.bundle(), Options::default()).await.unwrap_err().to_string();
    assert!(error.contains("payments.csv: column \"amount\" is missing"), "{error}");
    fs::remove_file(folder.path().join("reviews.csv")).unwrap();
    small(&folder);
    fs::remove_file(folder.path().join("reviews.csv")).unwrap();
    let error = run_with(&db, folder.bundle(), Options::default()).await.unwrap_err().to_string();
    assert!(error.contains("reviews.csv"), "{error}");
}

#[tokio::test]
async fn numbers_of_the_source_stay_and_are_not_given_out_again() {
    let (db, folder) = fresh().await;
    small(&folder).file(
        "orders.csv",
        "id,number,status,currency,placed_at\n\
         a,ORD-20260105-0041,PENDING,EUR,2026-01-05T10:00:00Z\n\
         b,,PENDING,EUR,2026-01-05T10:00:00Z\n\
         c,ORD-20260105-0041,PENDING,EUR,2026-01-05T10:00:00Z\n\
         d,Z-7,PENDING,EUR,2026-01-05T10:00:00Z\n",
    );
    let report = run(&db, folder.bundle()).await;
    let refusals = &report.file("orders.csv").unwrap().refusals;
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0].line, 4);
    let numbers = texts(&db, "SELECT external_id || ' ' || number FROM orders ORDER BY external_id").await;
    assert_eq!(numbers, ["a ORD-20260105-0041", "b ORD-20260105-0042", "d Z-7"]);
}

#[tokio::test]
async fn a_day_may_have_more_than_9999_orders() {
    let (db, folder) = fresh().await;
    small(&folder).append("orders.csv", "o,c,PENDING,EUR,2026-01-05T10:00:00Z\n");
    use sea_orm::ConnectionTrait as _;
    db.writer().execute_unprepared("INSERT INTO number_counters (day, last) VALUES ('20260105', 9999)").await.unwrap();
    run(&db, folder.bundle()).await;
    assert_eq!(texts(&db, "SELECT number FROM orders").await, ["ORD-20260105-10000"]);
}
