//! Counts that are kept follow every change.

use serde_json::json;

use super::shop;

#[tokio::test]
async fn counts_follow_every_change() {
    let (app, staff) = shop().await;
    let counts = async || {
        let query =
            "{ payments { totalCount } failed: payments(filter: { status: [FAILED], gateway: [MANUAL, STRIPE] }) { totalCount }
            orderItems { totalCount } customers { totalCount } blocked: customers(filter: { status: [BLOCKED] }) { totalCount }
            products { totalCount } drafts: products(filter: { status: [DRAFT] }) { totalCount }
            byCash: orders(filter: { paymentType: { in: [CASH, VOUCHER], notIn: [TRANSFER] } }) { totalCount } }";
        let data = staff.ask(query, json!({})).await;
        ["payments", "failed", "orderItems", "customers", "blocked", "products", "drafts", "byCash"]
            .map(|list| data[list]["totalCount"].as_i64().unwrap())
    };
    let rows = async || {
        [
            app.sql_count("SELECT COUNT(*) FROM payments").await,
            app.sql_count("SELECT COUNT(*) FROM payments WHERE status = 'FAILED'").await,
            app.sql_count("SELECT COUNT(*) FROM order_items").await,
            app.sql_count("SELECT COUNT(*) FROM customers").await,
            app.sql_count("SELECT COUNT(*) FROM customers WHERE status = 'BLOCKED'").await,
            app.sql_count("SELECT COUNT(*) FROM products").await,
            app.sql_count("SELECT COUNT(*) FROM products WHERE status = 'DRAFT'").await,
            app.sql_count(
                "SELECT COUNT(*) FROM orders o WHERE (COALESCE(o.payment_type, '') IN ('CASH', 'VOUCHER') OR EXISTS (SELECT 1 \
                 FROM payments p WHERE p.order_id = o.id AND p.type IN ('CASH', 'VOUCHER'))) AND NOT \
                 (COALESCE(o.payment_type, '') = 'TRANSFER' OR EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND \
                 p.type = 'TRANSFER'))",
            )
            .await,
        ]
    };
    assert_eq!(counts().await, rows().await);
    assert!(rows().await.iter().all(|count| *count > 0));
    for sql in [
        "UPDATE payments SET status = 'FAILED' WHERE amount_minor % 2 = 0",
        "UPDATE payments SET type = 'TRANSFER' WHERE amount_minor % 3 = 0",
        "UPDATE orders SET payment_type = 'CASH' WHERE total_minor % 3 = 1",
        "UPDATE orders SET payment_type = NULL WHERE total_minor % 3 = 2",
        "UPDATE customers SET status = 'ACTIVE' WHERE length(name) % 3 = 0",
        "UPDATE products SET status = 'ARCHIVED' WHERE length(name) % 3 = 0",
        "DELETE FROM payments WHERE gateway = 'STRIPE'",
        "DELETE FROM orders WHERE status = 'DELIVERED'",
        "DELETE FROM customers WHERE length(name) % 4 = 1",
        "DELETE FROM products WHERE id NOT IN (SELECT product_id FROM order_items WHERE product_id IS NOT NULL)",
    ] {
        let before = rows().await;
        app.sql(sql).await;
        assert_ne!(rows().await, before, "{sql}");
        assert_eq!(counts().await, rows().await, "{sql}");
    }
}

/// Counted or not, a page of no rows says whether there are any.
#[tokio::test]
async fn a_page_of_nothing_tells_whether_more_come() {
    let (_app, staff) = shop().await;
    for list in ["orders", "orderItems", "payments", "customers", "products"] {
        for filter in ["", "filter: { search: \"e\" }", "filter: { search: \"none of these\" }"] {
            let page = |first: i64, fields: &str| {
                format!(
                    "{{ {list}(first: {first}, {filter}) {{ {fields} nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage }} }} }}"
                )
            };
            let any = staff.ask(&page(1, "totalCount"), json!({})).await[list].clone();
            let has_any = any["nodes"] != json!([]);
            // More than once: the count may be followed.
            for fields in ["totalCount", "", "totalCount", "totalCount"] {
                let none = staff.ask(&page(0, fields), json!({})).await[list].clone();
                assert_eq!(none["nodes"], json!([]), "{list} {filter}");
                assert_eq!(
                    none["pageInfo"],
                    json!({ "hasNextPage": has_any, "hasPreviousPage": false }),
                    "{list} {filter}: {fields}"
                );
                assert!(fields.is_empty() || none["totalCount"] == any["totalCount"], "{list} {filter}");
            }
        }
    }
}
