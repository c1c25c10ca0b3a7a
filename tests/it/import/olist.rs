//! Files in the layout of the Olist data set, invented, with its oddities.

use super::*;

/// Seven orders: delivered, shipped before approval, cancelled after delivery, no lines, unavailable, delivered and not
/// paid, and one that was only created.
pub fn files(folder: &Folder) {
    let customers = "\"customer_id\",\"customer_unique_id\",\"customer_zip_code_prefix\",\"customer_city\",\"customer_state\"\n\
        k1,aaaaaaaa11111111,\"01151\",sao paulo,SP\n\
        k2,bbbbbbbb22222222,\"69309\",boa vista,RR\n\
        k3,aaaaaaaa11111111,\"01152\",sao paulo,SP\n\
        k4,cccccccc33333333,09790,x,SP\n\
        k5,dddddddd44444444,09790,x,SP\n\
        k6,eeeeeeee55555555,09790,x,SP\n\
        k7,ffffffff66666666,09790,x,SP\n";
    let sellers = "seller_id,seller_zip_code_prefix,seller_city,seller_state\n\
        seller-one,13023,campinas,SP\n\
        seller-two,04482,04482255,RJ\n";
    let translation = "\u{feff}product_category_name,product_category_name_english\r\nbeleza_saude,health_beauty\r\n";
    let products = "product_id,product_category_name,product_name_lenght,product_description_lenght,product_photos_qty,\
        product_weight_g,product_length_cm,product_height_cm,product_width_cm\n\
        product-a,beleza_saude,40,287,1,225,16,10,14\n\
        product-b,pc_gamer,,,,,,,\n\
        product-c,,,,,300,,,\n";
    let orders = "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,\
        order_delivered_customer_date,order_estimated_delivery_date\n\
        o1,k1,delivered,2017-01-05 10:00:00,2017-01-05 10:10:00,2017-01-06 08:00:00,2017-01-08 12:00:00,2017-01-20 00:00:00\n\
        o2,k2,shipped,2017-01-05 11:00:00,2017-01-07 10:00:00,2017-01-06 08:00:00,,2017-01-20 00:00:00\n\
        o3,k3,canceled,2017-02-01 00:00:00,2017-02-01 01:00:00,2017-02-02 00:00:00,2017-02-05 00:00:00,2017-02-20 00:00:00\n\
        o4,k4,unavailable,2017-02-02 00:00:00,2017-02-02 01:00:00,,,2017-02-20 00:00:00\n\
        o5,k5,delivered,2017-02-03 00:00:00,,2017-02-04 00:00:00,,2017-02-20 00:00:00\n\
        o6,k6,created,2017-02-04 00:00:00,,,,2017-02-20 00:00:00\n\
        o7,k7,invoiced,2017-02-05 00:00:00,2017-02-05 00:00:00,,,2017-02-20 00:00:00\n";
    let items = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n\
        o1,1,product-a,seller-one,2017-01-09 00:00:00,58.90,13.29\n\
        o1,2,product-a,seller-one,2017-01-09 00:00:00,58.90,13.29\n\
        o2,1,product-a,seller-two,2017-01-09 00:00:00,60.00,0.00\n\
        o3,1,product-b,seller-two,2017-01-09 00:00:00,10.00,1.05\n\
        o5,1,product-c,seller-two,2017-01-09 00:00:00,0.85,1.00\n\
        o7,1,product-b,seller-one,2017-01-09 00:00:00,12,1.1\n";
    let payments = "order_id,payment_sequential,payment_type,payment_installments,payment_value\n\
        o1,3,voucher,1,100.00\n\
        o1,1,credit_card,8,44.38\n\
        o2,1,boleto,1,50.00\n\
        o3,1,debit_card,1,11.05\n\
        o4,1,not_defined,1,0.00\n\
        o7,1,credit_card,1,13.11\n";
    let reviews = "review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp\n\
        r1,o1,5,,\"muito bom 😀\nrecomendo\",2017-01-09 00:00:00,2017-01-10 21:46:59\n\
        r1,o2,1,,\"  \",,\n\
        r2,o1,4,ok,,2017-01-11 00:00:00,2017-01-12 00:00:00\n";
    folder
        .file("olist_customers_dataset.csv", customers)
        .file("olist_sellers_dataset.csv", sellers)
        .file("product_category_name_translation.csv", translation)
        .file("olist_products_dataset.csv", products)
        .file("olist_orders_dataset.csv", orders)
        .file("olist_order_items_dataset.csv", items)
        .file("olist_order_payments_dataset.csv", payments)
        .file("olist_order_reviews_dataset.csv", reviews);
}

#[tokio::test]
async fn every_row_comes_in() {
    let (db, folder) = fresh().await;
    files(&folder);
    let report = run(&db, folder.olist()).await;
    assert_eq!(report.refused(), 0, "{report}");
    let customers = report.file("olist_customers_dataset.csv").unwrap();
    assert_eq!((customers.read, customers.written, customers.merged), (7, 6, 1));
    assert_eq!(
        counts(&db).await,
        [
            ("stores", 2),
            ("customers", 6),
            ("products", 3),
            ("product_variants", 3),
            ("orders", 7),
            ("order_items", 6),
            ("payments", 6),
            ("reviews", 3),
            ("events", 21),
        ]
    );
}

#[tokio::test]
async fn sums_and_statuses_follow_from_the_rows() {
    let (db, folder) = fresh().await;
    files(&folder);
    run(&db, folder.olist()).await;
    let orders = texts(
        &db,
        "SELECT external_id || ' ' || number || ' ' || status || ' ' || payment_status || ' ' || fulfillment_status || ' ' \
         || subtotal_minor || '+' || shipping_minor || '=' || total_minor || ' ' || paid_minor || ' ' \
         || COALESCE(payment_type, '-') || ' ' || currency FROM orders ORDER BY external_id",
    )
    .await;
    assert_eq!(
        orders,
        [
            "o1 ORD-20170105-0001 DELIVERED PAID DELIVERED 11780+2658=14438 14438 CREDIT BRL",
            "o2 ORD-20170105-0002 SHIPPED PARTIALLY_PAID SHIPPED 6000+0=6000 5000 TRANSFER BRL",
            "o3 ORD-20170201-0001 CANCELLED PAID UNFULFILLED 1000+105=1105 1105 DEBIT BRL",
            "o4 ORD-20170202-0001 CANCELLED UNPAID UNFULFILLED 0+0=0 0 OTHER BRL",
            "o5 ORD-20170203-0001 DELIVERED UNPAID DELIVERED 85+100=185 0 - BRL",
            "o6 ORD-20170204-0001 PENDING UNPAID UNFULFILLED 0+0=0 0 - BRL",
            "o7 ORD-20170205-0001 CONFIRMED PAID UNFULFILLED 1200+110=1310 1311 CREDIT BRL",
        ]
    );
}

#[tokio::test]
async fn timestamps_become_the_history() {
    let (db, folder) = fresh().await;
    files(&folder);
    run(&db, folder.olist()).await;
    let events = texts(
        &db,
        "SELECT o.external_id || ' ' || e.seq || ' ' || e.kind || ' ' || ((e.occurred_at - o.placed_at) / 60000000) || ' ' \
         || COALESCE(e.reason, '-') FROM events e JOIN orders o ON o.id = e.order_id \
         WHERE o.external_id IN ('o2', 'o3', 'o4', 'o5', 'o6') ORDER BY o.external_id, e.seq",
    )
    .await;
    assert_eq!(
        events,
        [
            "o2 1 ORDER_IMPORTED 0 -",
            "o2 2 ORDER_CONFIRMED 2820 -",
            "o2 3 ORDER_SHIPPED 1260 -",
            "o3 1 ORDER_IMPORTED 0 -",
            "o3 2 ORDER_CONFIRMED 60 -",
            "o3 3 ORDER_SHIPPED 1440 -",
            "o3 4 ORDER_CANCELLED 5760 canceled",
            "o4 1 ORDER_IMPORTED 0 -",
            "o4 2 ORDER_CONFIRMED 60 -",
            "o4 3 ORDER_CANCELLED 60 unavailable",
            "o5 1 ORDER_IMPORTED 0 -",
            "o5 2 ORDER_CONFIRMED 0 -",
            "o5 3 ORDER_SHIPPED 1440 -",
            "o5 4 ORDER_DELIVERED 1440 -",
            "o6 1 ORDER_IMPORTED 0 -",
        ]
    );
    let first =
        texts(&db, "SELECT e.changes FROM events e JOIN orders o ON o.id = e.order_id WHERE o.external_id = 'o7' AND e.seq = 1")
            .await;
    let first: serde_json::Value = serde_json::from_str(&first[0]).unwrap();
    assert_eq!(first[0], serde_json::json!({ "field": "status", "old": null, "new": "PENDING" }));
    assert_eq!(first[1], serde_json::json!({ "field": "externalId", "old": null, "new": "o7" }));
    let word = serde_json::json!({ "field": "order_status", "old": null, "new": "invoiced" });
    assert!(first.as_array().unwrap().contains(&word), "{first}");
}

#[tokio::test]
async fn people_and_goods_get_names_places_and_prices() {
    let (db, folder) = fresh().await;
    files(&folder);
    run(&db, folder.olist()).await;
    let products = texts(
        &db,
        "SELECT p.name || ' / ' || p.description || ' / ' || s.external_id || ' / ' || v.price_minor FROM products p \
         JOIN stores s ON s.id = p.store_id JOIN product_variants v ON v.product_id = p.id ORDER BY p.external_id",
    )
    .await;
    assert_eq!(
        products,
        [
            "Health beauty product- / Weight 225 g, Length 16 cm, Height 10 cm, Width 14 cm / seller-one / 6000",
            "Pc gamer product- /  / seller-two / 1200",
            "Product product- / Weight 300 g / seller-two / 85",
        ]
    );
    let slugs = texts(&db, "SELECT slug || ' ' || name FROM stores ORDER BY external_id").await;
    assert_eq!(slugs, ["store-seller-o Store seller-o campinas", "store-seller-t Store seller-t 04482255"]);
    let address = texts(&db, "SELECT shipping_address FROM orders WHERE external_id = 'o3'").await;
    let address: serde_json::Value = serde_json::from_str(&address[0]).unwrap();
    assert_eq!(
        address,
        serde_json::json!({
            "fullName": null, "streetAddress": null, "city": "sao paulo", "state": "SP", "country": "BR", "zipCode": "01152",
        })
    );
}

#[tokio::test]
async fn blank_texts_and_times_of_reviews_are_null() {
    let (db, folder) = fresh().await;
    files(&folder);
    run(&db, folder.olist()).await;
    let reviews = texts(
        &db,
        "SELECT external_id || ' ' || rating || ' ' || COALESCE(content, '-') || ' ' || CASE WHEN created_at IS NULL THEN '-' ELSE 'dated' END \
         FROM reviews ORDER BY external_id",
    )
    .await;
    assert_eq!(reviews, ["r1/o1 5 muito bom 😀\nrecomendo dated", "r1/o2 1 - -", "r2/o1 4 - dated"]);
}
