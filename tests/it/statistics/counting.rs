//! The sums that figures are read from, against the rows.

use ordergraph::statistics::rollup::{build, reading::Reading};
use serde_json::json;

use super::orders::place;
use crate::support::TestApp;

/// What the sums say and what the rows say; in both directions there must be nothing that the other does not say.
const SAME: &[(&str, &str)] = &[
    (
        "SELECT currency, status, orders, total_minor, refunded_minor FROM order_rollups
         WHERE level = 4 AND orders <> 0 AND store_id NOT IN (SELECT id FROM stores UNION SELECT id FROM store_groups)",
        "SELECT currency, status, COUNT(*), CAST(SUM(total_minor) AS bigint), CAST(SUM(refunded_minor) AS bigint)
         FROM orders GROUP BY currency, status",
    ),
    (
        "SELECT bucket, CAST(SUM(orders) AS bigint), CAST(SUM(total_minor) AS bigint) FROM order_rollups
         WHERE level = 2 AND store_id NOT IN (SELECT id FROM stores UNION SELECT id FROM store_groups) GROUP BY bucket HAVING SUM(orders) <> 0",
        "SELECT placed_at - placed_at % 86400000000, COUNT(*), CAST(SUM(total_minor) AS bigint) FROM orders
         GROUP BY placed_at - placed_at % 86400000000",
    ),
    (
        "SELECT store_id, CAST(SUM(orders) AS bigint), CAST(SUM(lines_minor) AS bigint) FROM order_rollups
         WHERE level = 0 AND store_id IN (SELECT id FROM stores) GROUP BY store_id HAVING SUM(orders) <> 0",
        "SELECT store_id, COUNT(DISTINCT order_id), CAST(SUM(total_minor) AS bigint) FROM order_items GROUP BY store_id",
    ),
    (
        "SELECT status, CAST(SUM(orders) AS bigint), CAST(SUM(total_minor) AS bigint), CAST(SUM(lines_minor) AS bigint)
         FROM order_rollups WHERE level = 4 AND store_id IN (SELECT id FROM store_groups WHERE size > 1)
         GROUP BY status HAVING SUM(orders) <> 0",
        "SELECT status, COUNT(*), CAST(SUM(total_minor) AS bigint), CAST(0 AS bigint) FROM orders
         WHERE id IN (SELECT order_id FROM order_stores GROUP BY order_id HAVING COUNT(*) > 1) GROUP BY status",
    ),
    (
        "SELECT status, type, CAST(SUM(payments) AS bigint), CAST(SUM(amount_minor) AS bigint),
         CAST(SUM(captured_minor) AS bigint), CAST(SUM(refunded_minor) AS bigint)
         FROM payment_rollups WHERE level = 3 GROUP BY status, type HAVING SUM(payments) <> 0",
        "SELECT status, type, COUNT(*), CAST(SUM(amount_minor) AS bigint), CAST(SUM(captured_minor) AS bigint),
         CAST(SUM(refunded_minor) AS bigint) FROM payments GROUP BY status, type",
    ),
];

/// Asserts that the sums are those of the rows.
pub async fn assert_counted(app: &TestApp) {
    for (sums, rows) in SAME {
        for (one, other) in [(sums, rows), (rows, sums)] {
            let differing = app.sql_count(&format!("SELECT COUNT(*) FROM ({one} EXCEPT {other}) AS differing")).await;
            assert_eq!(differing, 0, "{one}");
        }
    }
    let reading = Reading::begin(&app.app).await.unwrap();
    assert_eq!(reading.behind(), Some(&[][..]));
}

/// A few orders in different states, one of them deleted, one paid and given back in part.
async fn live(app: &TestApp) {
    let (one, two) = (app.store("one").await, app.store("two").await);
    let (pen, ink) = (app.goods(one, "PEN", 1_000, 100).await, app.goods(two, "INK", 333, 100).await);
    let (staff, admin) = (app.staff().await, app.admin().await);
    let (ada, _) = app.buyer("ada").await;
    place(&ada, &[(&pen, 2), (&ink, 1), (&pen, 1)], json!({})).await;
    let cancelled = place(&ada, &[(&ink, 2)], json!({})).await;
    ada.mutate("orderCancel", json!({ "order": cancelled, "reason": "changed my mind" }), "order { id }").await;
    let deleted = place(&ada, &[(&ink, 5)], json!({})).await;
    app.work().await;
    admin.mutate("orderDelete", json!({ "order": deleted }), "deletedId userErrors { code }").await;
    let paid = place(&ada, &[(&pen, 4)], json!({})).await;
    staff.moves(&paid, &["orderConfirm"]).await;
}

#[tokio::test]
async fn sums_follow_the_orders() {
    let app = TestApp::new().await;
    live(&app).await;
    let reading = Reading::begin(&app.app).await.unwrap();
    assert!(reading.behind().is_some_and(|changes| !changes.is_empty()));
    drop(reading);
    app.work().await;
    assert_counted(&app).await;
    assert_eq!(app.rows("order_tallies").await, 3);
}

#[tokio::test]
async fn all_orders_can_be_counted_anew() {
    let app = TestApp::new().await;
    live(&app).await;
    app.work().await;
    app.sql("UPDATE order_rollups SET orders = orders + 1").await;
    app.sql("DELETE FROM order_tallies").await;
    build::start_anew(app.db()).await.unwrap();
    assert_eq!(Reading::begin(&app.app).await.unwrap().behind(), None);
    // Something happens while it is being counted.
    build::step(app.db(), app.app.clock.now()).await.unwrap();
    let (bob, _) = app.buyer("bob").await;
    let pen = app.goods(app.store("three").await, "NIB", 200, 10).await;
    place(&bob, &[(&pen, 1)], json!({})).await;
    while build::step(app.db(), app.app.clock.now()).await.unwrap().built_at.is_none() {}
    app.work().await;
    assert_counted(&app).await;
}
