//! What stands in the files.

use entity::stored::{OrderStatus, PaymentGateway};
use serde_json::{Value, json};

use super::{ask, file, lines};
use crate::support::{Goods, TestApp, refusals};

/// Two orders of two buyers, the second with everything a cell can hold.
async fn shop() -> (TestApp, Goods) {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2_999, 100).await;
    let strap = app.goods(store, "STRAP", 500, 5).await;
    let (_, ada) = app.buyer("ada").await;
    let plain = app.order_row("ORD-20260115-0001", ada, &[(&pouch, 1, 2_999)], |row| row.placed_at.0 -= 60_000_000).await;
    app.paid(plain, PaymentGateway::Manual, 1_000).await;
    app.order_row("ORD-20260115-0002", ada, &[(&pouch, 2, 2_999), (&strap, 1, 500)], |row| {
        row.status = OrderStatus::OutForDelivery;
        row.customer_name = "=HYPERLINK(\"http://evil\"), \"Ada\" 😀".into();
        row.customer_email = None;
        row.note = Some("two\nlines; with, all".into());
        row.tracking_number = Some("-12".into());
        row.shipping_address = Some(r#"{"fullName":"Ada","streetAddress":"Quay 1","city":"Bergen","country":"NO"}"#.into());
        row.billing_address = Some(r#"{"freeText":"Quay 2, Bergen"}"#.into());
        row.payment_type = Some(entity::stored::PaymentType::Transfer);
    })
    .await;
    (app, pouch)
}

#[tokio::test]
async fn orders_have_the_columns_of_the_list_newest_first() {
    let (app, _) = shop().await;
    let text = file(&app, &app.staff().await, json!({ "of": { "orders": {} } })).await;
    assert_eq!(
        text,
        "Order ID,Date,Customer,Email,Items,Total,Status,Payment Method,Payment Status\r\n\
         ORD-20260115-0002,2026-01-15 12:00,\"'=HYPERLINK(\"\"http://evil\"\"), \"\"Ada\"\" 😀\",,\
         \"Product POUCH (x2), Product STRAP (x1)\",64.98,Out For Delivery,Transfer,UNPAID\r\n\
         ORD-20260115-0001,2026-01-15 11:59,Ada,ada@buyer.test,Product POUCH (x1),29.99,Pending,Bank transfer,PARTIALLY_PAID\r\n"
    );
}

#[tokio::test]
async fn a_line_can_be_an_item() {
    let (app, _) = shop().await;
    let of = json!({ "orders": { "rowsPer": "ITEM", "columns": ["NUMBER", "LINE", "SKU", "QUANTITY", "UNIT_PRICE", "LINE_TOTAL", "STORE", "TOTAL"] } });
    assert_eq!(
        lines(&app, &app.staff().await, of).await,
        [
            "ORD-20260115-0002,1,POUCH,2,29.99,59.98,Store pouches,64.98",
            "ORD-20260115-0002,2,STRAP,1,5.00,5.00,Store pouches,64.98",
            "ORD-20260115-0001,1,POUCH,1,29.99,29.99,Store pouches,29.99",
        ]
    );
}

#[tokio::test]
async fn lines_of_orders_are_filtered_as_their_list() {
    let (app, pouch) = shop().await;
    let staff = app.staff().await;
    let of = |filter: Value| json!({ "orderItems": { "filter": filter, "columns": ["NUMBER", "SKU", "QUANTITY", "PIECES"] } });
    let mut all = lines(&app, &staff, of(json!({ "product": pouch.product.to_string() }))).await;
    all.sort();
    assert_eq!(all, ["ORD-20260115-0001,POUCH,1,1", "ORD-20260115-0002,POUCH,2,3"]);
    let listed = staff.ask("{ orderItems { nodes { sku order { number } } } }", json!({})).await;
    let listed: Vec<String> = listed["orderItems"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| format!("{},{}", node["order"]["number"].as_str().unwrap(), node["sku"].as_str().unwrap()))
        .collect();
    assert_eq!(lines(&app, &staff, json!({ "orderItems": { "columns": ["NUMBER", "SKU"] } })).await, listed);
    // An id of another type names nothing, here and in what was kept.
    assert_eq!(lines(&app, &staff, of(json!({ "store": "customer_x" }))).await, Vec::<String>::new());
}

#[tokio::test]
async fn filters_and_sort_orders_are_those_of_the_list() {
    let (app, pouch) = shop().await;
    let staff = app.staff().await;
    for (index, filter) in [
        json!({ "status": { "in": ["OUT_FOR_DELIVERY"] } }),
        json!({ "search": "0001" }),
        json!({ "total": { "gte": "30.00" } }),
        json!({ "not": { "number": "ORD-20260115-0001" } }),
        json!({ "or": [{ "product": pouch.product.to_string() }, { "overdue": true }] }),
        json!({ "placedAt": { "lt": "2026-01-15T12:00:00Z" } }),
        json!({ "shipBy": { "lt": "2026-01-15T12:00:00Z" } }),
        json!({ "or": [] }),
        json!({ "ids": ["order_nothing"] }),
        json!({ "customer": "store_x" }),
        json!({ "overdue": false, "paymentStatus": { "notIn": ["UNPAID"] } }),
    ]
    .into_iter()
    .enumerate()
    {
        for sort in [json!([]), json!([{ "field": "TOTAL", "direction": "ASC" }]), json!([{ "field": "CUSTOMER_NAME" }])] {
            let query =
                "query($filter: OrderFilter, $sort: [OrderSort!]) { orders(filter: $filter, sort: $sort) { nodes { number } } }";
            let listed = staff.ask(query, json!({ "filter": filter, "sort": sort })).await;
            let listed: Vec<&str> =
                listed["orders"]["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_str().unwrap()).collect();
            let of = json!({ "orders": { "filter": filter, "sort": sort, "columns": ["NUMBER"] } });
            assert_eq!(lines(&app, &staff, of).await, listed, "{index}: {filter} {sort}");
        }
    }
}

#[tokio::test]
async fn every_column_of_orders_can_be_had() {
    let (app, _) = shop().await;
    let staff = app.staff().await;
    let kinds = staff.ask("{ __type(name: \"OrderColumn\") { enumValues { name } } }", json!({})).await;
    let all: Vec<&str> =
        kinds["__type"]["enumValues"].as_array().unwrap().iter().map(|value| value["name"].as_str().unwrap()).collect();
    let of = json!({ "orders": { "filter": { "search": "0002" }, "rowsPer": "ITEM", "columns": all } });
    let text = file(&app, &staff, json!({ "of": of, "timeZone": "Asia/Tokyo" })).await;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((headers.len(), rows.len()), (all.len(), 2));
    let cell = |header: &str| {
        let place = headers.iter().position(|known| known == header).unwrap_or_else(|| panic!("{header}"));
        rows[1][place].to_owned()
    };
    for (header, wanted) in [
        ("Order ID", "ORD-20260115-0002"),
        ("Date", "2026-01-15 21:00"),
        ("Items", "Product POUCH (x2), Product STRAP (x1)"),
        ("Currency", "EUR"),
        ("Subtotal", "64.98"),
        ("Shipping", "0.00"),
        ("Paid", "0.00"),
        ("Type", "STANDARD"),
        ("Pieces", "3"),
        ("Stores", "Store pouches"),
        ("SKUs", "POUCH, STRAP"),
        ("Shipping Name", "Ada"),
        ("Shipping Street", "Quay 1"),
        ("Shipping City", "Bergen"),
        ("Shipping Country", "NO"),
        ("Billing Street", "Quay 2, Bergen"),
        ("Billing City", ""),
        ("Tracking Number", "-12"),
        ("Note", "two\nlines; with, all"),
        ("Placed At", "2026-01-15 21:00:00"),
        ("Ship By", ""),
        ("Line", "2"),
        ("Item", "Product STRAP"),
        ("SKU", "STRAP"),
        ("Unit Price", "5.00"),
        ("Store", "Store pouches"),
    ] {
        assert_eq!(cell(header), wanted, "{header}");
    }
    assert!(
        cell("ID").starts_with("order_") && cell("Item ID").starts_with("item_") && cell("Product ID").starts_with("product_")
    );
}

#[tokio::test]
async fn payments_customers_and_products_have_their_columns() {
    let (app, _) = shop().await;
    let staff = app.staff().await;
    let of = json!({ "payments": { "columns": ["ORDER_NUMBER", "DATE", "METHOD", "AMOUNT", "CAPTURED", "CURRENCY", "STATUS", "REFERENCE"] } });
    assert_eq!(lines(&app, &staff, of).await, ["ORD-20260115-0001,2026-01-15 12:00,Bank transfer,10.00,10.00,EUR,Paid,REF-1000"]);
    let of = json!({ "payments": { "filter": { "status": ["FAILED"] } } });
    assert_eq!(lines(&app, &staff, of).await, Vec::<String>::new());

    let text = file(&app, &staff, json!({ "of": { "customers": { "filter": { "search": "ada" } } } })).await;
    let (header, row) = text.split_once("\r\n").unwrap();
    assert_eq!(header, "ID,Name,Email,Phone,Status,Orders,Total Balance,Created");
    assert!(row.starts_with("customer_") && row.ends_with(",ada,ada@buyer.test,,Active,2,EUR 94.97,2026-01-15\r\n"), "{row}");

    let of = json!({ "products": { "sort": [{ "field": "NAME", "direction": "ASC" }] } });
    assert_eq!(
        file(&app, &staff, json!({ "of": of })).await,
        "Name,SKU,Category,Price,Stock,Status,Created\r\n\
         Product POUCH,POUCH,,29.99,100,Published,2026-01-15\r\n\
         Product STRAP,STRAP,,5.00,5,Low Stock,2026-01-15\r\n"
    );
    for (stock, status) in [(0, "Out of Stock"), (1, "Low Stock"), (10, "Low Stock"), (11, "Published")] {
        let sql = format!(
            "UPDATE product_variants SET received = received - available + {stock}, available = {stock} WHERE sku = 'STRAP'"
        );
        app.sql(&sql).await;
        let of = json!({ "products": { "columns": ["STATUS"], "filter": { "search": "strap" } } });
        assert_eq!(lines(&app, &staff, of).await, [status], "{stock}");
    }
    for (noun, kind) in [("payments", "PaymentColumn"), ("customers", "CustomerColumn"), ("products", "ProductColumn")] {
        let kinds =
            staff.ask("query($name: String!) { __type(name: $name) { enumValues { name } } }", json!({ "name": kind })).await;
        let all: Vec<&Value> = kinds["__type"]["enumValues"].as_array().unwrap().iter().map(|value| &value["name"]).collect();
        let text = file(&app, &staff, json!({ "of": { noun: { "columns": all } } })).await;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().len(), all.len());
        assert!(reader.records().map(Result::unwrap).count() > 0, "{noun}");
    }
}

#[tokio::test]
async fn amounts_have_the_digits_of_their_currency() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let (_, ada) = app.buyer("ada").await;
    for (index, currency) in ["USD", "JPY", "KWD"].into_iter().enumerate() {
        app.order_row(&format!("N-{index}"), ada, &[], |row| {
            row.currency = currency.into();
            row.total_minor = 1_209_100;
        })
        .await;
    }
    let of = json!({ "orders": { "sort": [{ "field": "NUMBER", "direction": "ASC" }], "columns": ["TOTAL", "CURRENCY"] } });
    assert_eq!(lines(&app, &staff, of).await, ["12091.00,USD", "1209100,JPY", "1209.100,KWD"]);
    let of = json!({ "customers": { "filter": { "search": "ada" }, "columns": ["ORDERS", "TOTAL_BALANCE"] } });
    assert_eq!(lines(&app, &staff, of).await, ["3,\"JPY 1209100; KWD 1209.100; $12091.00\""]);
}

#[tokio::test]
async fn the_form_of_the_file_can_be_chosen() {
    let (app, _) = shop().await;
    let staff = app.staff().await;
    let of = json!({ "orders": { "filter": { "search": "0001" }, "columns": ["NUMBER", "DATE"] } });
    let input = json!({ "of": of, "byteOrderMark": true, "delimiter": ";", "timeZone": "America/New_York" });
    assert_eq!(file(&app, &staff, input).await, "\u{feff}Order ID;Date\r\nORD-20260115-0001;2026-01-15 06:59\r\n");
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_by_its_field() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    for (input, wanted) in [
        (json!({ "of": { "orders": {} }, "timeZone": "Mars/Olympus" }), "INVALID_INPUT at timeZone"),
        (json!({ "of": { "orders": {} }, "delimiter": "x" }), "INVALID_INPUT at delimiter"),
        (json!({ "of": { "orders": {} }, "delimiter": ",," }), "INVALID_INPUT at delimiter"),
        (json!({ "of": { "orders": { "columns": ["NUMBER", "SKU"] } } }), "INVALID_INPUT at columns.1"),
        (json!({ "of": { "payments": { "columns": ["ID", "DATE", "ID"] } } }), "INVALID_INPUT at columns.2"),
        (json!({ "of": { "orders": {} }, "idempotencyKey": "" }), "INVALID_INPUT at idempotencyKey"),
    ] {
        assert_eq!(refusals(&ask(&staff, input).await), [wanted]);
    }
    let both = json!({ "of": { "orders": {}, "payments": {} } });
    assert_ne!(staff.try_mutate("exportCreate", both, "replayed").await.code(), "no error");
    assert_eq!(app.rows("exports").await, 0);
}
