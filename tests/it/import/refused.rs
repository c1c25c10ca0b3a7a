//! Rows that are wrong: named with file, line and reason, and the rest goes on.

use super::{bundle::small, *};

fn refusals(report: &Report, file: &str) -> Vec<(u64, String)> {
    report.file(file).unwrap().refusals.iter().map(|refusal| (refusal.line, refusal.reason.clone())).collect()
}

fn refused(line: u64, reason: &str) -> (u64, String) {
    (line, reason.to_owned())
}

#[tokio::test]
async fn each_wrong_order_is_named_by_its_line_and_the_rest_goes_on() {
    let (db, folder) = fresh().await;
    let mut orders = b"id,customer,status,currency,placed_at,note,discount\r\n\
        o1,c,PENDING,EUR,2026-01-05T10:00:00Z,\"a\r\nb\",\r\n\
        o2,nobody,PENDING,EUR,2026-01-05T10:00:00Z,,\r\n\
        \r\n\
        o3,c,LOST,EUR,2026-01-05T10:00:00Z,,\r\n\
        o4,c,PENDING,XXZ,2026-01-05T10:00:00Z,,\r\n\
        o5,c,PENDING,EUR,yesterday,,\r\n\
        o6,c,PENDING,EUR\r\n\
        o1,c,PENDING,EUR,2026-01-05T10:00:00Z,,\r\n\
        ,c,PENDING,EUR,2026-01-05T10:00:00Z,,\r\n\
        o7,c,PENDING,EUR,2026-01-05T10:00:00Z,,1.00\r\n\
        o8,c,PENDING,EUR,2026-01-05T10:00:00Z,,-1.00\r\n"
        .to_vec();
    orders.extend(b"o9,c,PENDING,EUR,2026-01-05T10:00:00Z,caf\xe9,\r\no10,c,PENDING,EUR,2026-01-05T10:00:00Z,,\r\n");
    small(&folder).file("orders.csv", orders);
    let report = run(&db, folder.bundle()).await;
    assert_eq!(
        refusals(&report, "orders.csv"),
        [
            refused(4, "customer: no customer \"nobody\", or it was refused"),
            refused(
                6,
                "status: \"LOST\" is not one of PENDING, CONFIRMED, PROCESSING, SHIPPED, OUT_FOR_DELIVERY, DELIVERED, CANCELLED, REFUNDED, RETURNED, DAMAGED"
            ),
            refused(7, "currency: \"XXZ\" is not an ISO 4217 code such as EUR"),
            refused(8, "placed_at: \"yesterday\" is not a time such as 2026-01-31T12:00:00Z"),
            refused(9, "4 fields where the header has 7"),
            refused(10, "order \"o1\" is on line 2 already"),
            refused(11, "id: missing"),
            refused(12, "discount: more than the order is worth"),
            refused(13, "discount: \"-1.00\" is negative"),
            refused(14, "note: not UTF-8"),
        ]
    );
    assert_eq!(texts(&db, "SELECT external_id FROM orders ORDER BY external_id").await, ["o1", "o10"]);
}

#[tokio::test]
async fn what_is_held_says_since_when_and_is_not_cancelled() {
    let (db, folder) = fresh().await;
    small(&folder).file(
        "orders.csv",
        "id,status,currency,placed_at,held_at,hold_reason,hold_note,payment_type,ship_by\n\
         a,PENDING,EUR,2026-01-05T10:00:00Z,2026-01-06T10:00:00Z,,,,\n\
         b,PENDING,EUR,2026-01-05T10:00:00Z,,FRAUD,,,\n\
         c,PENDING,EUR,2026-01-05T10:00:00Z,,,ask,,\n\
         d,CANCELLED,EUR,2026-01-05T10:00:00Z,2026-01-06T10:00:00Z,FRAUD,,,\n\
         e,PENDING,EUR,2026-01-05T10:00:00Z,2026-01-06T10:00:00Z,BOREDOM,,,\n\
         f,PENDING,EUR,2026-01-05T10:00:00Z,,,,GOLD,\n\
         g,PENDING,EUR,2026-01-05T10:00:00Z,,,,,soon\n",
    );
    let report = run(&db, folder.bundle()).await;
    assert_eq!(
        refusals(&report, "orders.csv"),
        [
            refused(3, "held_at: missing, though it is told what it is held for"),
            refused(4, "held_at: missing, though it is told what it is held for"),
            refused(5, "held_at: an order that is CANCELLED is not held"),
            refused(6, "hold_reason: \"BOREDOM\" is not one of PAYMENT, FRAUD, ADDRESS, STOCK, CUSTOMER_REQUEST, OTHER"),
            refused(7, "payment_type: \"GOLD\" is not one of CASH, CREDIT, DEBIT, TRANSFER, VOUCHER, OTHER"),
            refused(8, "ship_by: \"soon\" is not a time such as 2026-01-31T12:00:00Z"),
        ]
    );
    assert_eq!(texts(&db, "SELECT reason FROM order_holds").await, ["OTHER"]);
    let history = "SELECT kind || ' ' || COALESCE(reason, '') || ' ' || occurred_at FROM events ORDER BY seq";
    assert_eq!(texts(&db, history).await, ["ORDER_IMPORTED  1767607200000000", "ORDER_HELD  1767693600000000"]);
}

#[tokio::test]
async fn an_order_with_a_wrong_line_or_payment_is_refused_whole() {
    let (db, folder) = fresh().await;
    small(&folder)
        .append("orders.csv", "a,c,PENDING,EUR,2026-01-05T10:00:00Z\nb,c,PENDING,EUR,2026-01-05T10:00:00Z\n")
        .append("orders.csv", "d,c,PENDING,EUR,2026-01-05T10:00:00Z\ne,c,PENDING,EUR,2026-01-05T10:00:00Z\n")
        .append("items.csv", "a,1,p,1,3.00\na,2,p,0,3.00\nb,1,p,1,3.001\nd,1,p,1,1.00\ne,1,p,1,1.00\ne,1,p,1,1.00\n")
        .append("payments.csv", "b,1,CREDIT,3.00\nd,1,GOLD,1.00\n")
        .append("reviews.csv", "r,a,5\n");
    let report = run(&db, folder.bundle()).await;
    assert_eq!(
        refusals(&report, "orders.csv"),
        [
            refused(2, "not complete: items.csv:3 was refused"),
            refused(3, "item on line 4: EUR has 2 decimal digits; the amount has more"),
            refused(4, "not complete: payments.csv:3 was refused"),
            refused(5, "not complete: items.csv:7 was refused"),
        ]
    );
    assert_eq!(
        refusals(&report, "items.csv"),
        [
            refused(2, "its order was refused: orders.csv:2"),
            refused(3, "quantity: \"0\" is not a whole number above 0"),
            refused(4, "its order was refused: orders.csv:3"),
            refused(5, "its order was refused: orders.csv:4"),
            refused(6, "its order was refused: orders.csv:5"),
            refused(7, "the same number within its order as on line 6"),
        ]
    );
    assert_eq!(refusals(&report, "reviews.csv"), [refused(2, "its order was refused: orders.csv:2")]);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM orders").await, 0);
}

#[tokio::test]
async fn a_mended_file_brings_in_what_was_refused() {
    let (db, folder) = fresh().await;
    small(&folder)
        .append("orders.csv", "a,c,PENDING,EUR,2026-01-05T10:00:00Z\n")
        .append("items.csv", "a,1,p,x,3.00\n")
        .append("reviews.csv", "r,a,5\nq,a,6\n");
    let report = run(&db, folder.bundle()).await;
    assert_eq!(refusals(&report, "reviews.csv").len(), 2);
    folder.file("items.csv", "order,line,product,quantity,unit_price\na,1,p,2,3.00\n");
    let report = run(&db, folder.bundle()).await;
    assert_eq!(refusals(&report, "reviews.csv"), [refused(3, "rating: \"6\" is not a whole number from 1 to 5")]);
    folder.file("reviews.csv", "id,order,rating\nr,a,5\nq,a,3\n");
    let report = run(&db, folder.bundle()).await;
    let reviews = report.file("reviews.csv").unwrap();
    assert_eq!((reviews.written, reviews.skipped), (1, 1));
    assert_eq!(texts(&db, "SELECT external_id FROM reviews ORDER BY external_id").await, ["q/a", "r/a"]);
    assert_eq!(number(&db, "SELECT total_minor FROM orders").await, 600);
}

#[tokio::test]
async fn rows_of_unknown_orders_are_refused() {
    let (db, folder) = fresh().await;
    small(&folder)
        .append("items.csv", "ghost,1,p,1,3.00\n")
        .append("payments.csv", "ghost,1,CASH,3.00\n")
        .append("reviews.csv", "r,ghost,5\n");
    let report = run(&db, folder.bundle()).await;
    for file in ["items.csv", "payments.csv", "reviews.csv"] {
        assert_eq!(refusals(&report, file), [refused(2, "no order \"ghost\" in orders.csv")]);
    }
    let text = report.to_string();
    assert!(text.contains("items.csv:2: no order \"ghost\" in orders.csv\n"), "{text}");
}

#[tokio::test]
async fn what_only_one_may_have_is_refused_to_the_second() {
    let (db, folder) = fresh().await;
    small(&folder);
    run(&db, folder.bundle()).await;
    folder
        .file("stores.csv", "id,name,slug,currency\nt,Other,shop,EUR\nu,New,new,EUR\nv,New 2,new,EUR\n")
        .file("customers.csv", "id,name,email\nd,Eve,ADA@example.com\n")
        .file("products.csv", "id,store,name,sku,price,currency\nq,u,Cup,p,3.00,EUR\nr,t,Cup,,3.00,EUR\nw,u,Cup,,3.00,USD\n")
        .append("orders.csv", "a,d,PENDING,EUR,2026-01-05T10:00:00Z\n")
        .file("items.csv", "order,line,product,quantity,unit_price\n");
    let report = run(&db, folder.bundle()).await;
    assert_eq!(
        refusals(&report, "stores.csv"),
        [refused(2, "slug \"shop\" is taken in the database"), refused(4, "slug \"new\" is on an earlier line already")]
    );
    assert_eq!(refusals(&report, "customers.csv"), [refused(2, "email \"ada@example.com\" is taken in the database")]);
    assert_eq!(
        refusals(&report, "products.csv"),
        [
            refused(2, "sku \"p\" is taken in the database"),
            refused(3, "its store was refused"),
            refused(4, "currency: USD, but the store's is EUR"),
        ]
    );
    assert_eq!(refusals(&report, "orders.csv"), [refused(2, "its customer \"d\" was refused")]);
}

#[tokio::test]
async fn only_the_first_refusals_are_kept_but_all_are_counted() {
    let (db, folder) = fresh().await;
    let rows: String = (0..150).map(|order| format!("o{order},1,CASH,1.00\n")).collect();
    small(&folder).append("payments.csv", &rows);
    let report = run(&db, folder.bundle()).await;
    assert_eq!((report.refused(), refusals(&report, "payments.csv").len()), (150, 100));
    assert!(report.to_string().contains("payments.csv: and 50 more; --all-refusals names each"));
    let options = Options { all_refusals: true, ..Options::default() };
    let report = run_with(&db, folder.bundle(), options).await.unwrap();
    assert_eq!(refusals(&report, "payments.csv").len(), 150);
}
