//! Orders that nobody placed: the same every time, and as sound as real ones.

use ordergraph::{
    doctor::examine,
    import::generate::{self, Wanted},
};

use super::*;

fn wanted(orders: u32, seed: u64, from: Option<&Folder>) -> Wanted {
    Wanted { orders, seed, until: NOW, from: from.map(|folder| folder.path().to_owned()) }
}

async fn make(db: &Db, wanted: &Wanted) -> Report {
    let report = generate::run(db, &Clock::held(NOW), wanted, Options::default(), &Silent).await.unwrap();
    assert_eq!(report.refused(), 0, "{report}");
    report
}

#[tokio::test]
async fn a_made_up_shop_is_sound() {
    let (db, _folder) = fresh().await;
    make(&db, &wanted(600, 1, None)).await;
    assert_eq!(number(&db, "SELECT COUNT(*) FROM orders").await, 600);
    let late = format!("SELECT COUNT(*) FROM events WHERE occurred_at > {}", NOW.0);
    assert_eq!(number(&db, &late).await, 0, "nothing happens after the end");
    assert_eq!(texts(&db, "SELECT DISTINCT status FROM orders WHERE status = 'DELIVERED'").await, ["DELIVERED"]);
    assert!(number(&db, "SELECT COUNT(DISTINCT status) FROM orders").await >= 3);
    assert!(number(&db, "SELECT COUNT(DISTINCT customer_id) FROM orders").await > 20);
    assert!(number(&db, "SELECT COUNT(*) FROM payments").await > 500);
    assert_eq!(examine(&db).await.unwrap(), []);
}

#[tokio::test]
async fn the_same_wish_gives_the_same_orders_once() {
    let ((one, _a), (other, _b)) = (fresh().await, fresh().await);
    make(&one, &wanted(200, 7, None)).await;
    let first = everything(&one).await;
    assert_eq!(make(&one, &wanted(200, 7, None)).await.file("orders").unwrap().skipped, 200);
    assert_eq!(everything(&one).await, first);
    make(&other, &wanted(200, 7, None)).await;
    assert_eq!(everything(&other).await, first);
    make(&other, &wanted(200, 8, None)).await;
    assert_eq!(number(&other, "SELECT COUNT(*) FROM orders").await, 400);
}

#[tokio::test]
async fn the_data_set_is_multiplied() {
    let (db, folder) = fresh().await;
    olist::files(&folder);
    make(&db, &wanted(50, 1, Some(&folder))).await;
    assert_eq!(number(&db, "SELECT COUNT(*) FROM orders").await, 50);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM customers").await, 6);
    assert_eq!(number(&db, "SELECT COUNT(DISTINCT number) FROM orders").await, 50);
    let last = number(&db, "SELECT MAX(placed_at) FROM orders").await;
    assert_eq!(last, NOW.0);
    assert_eq!(examine(&db).await.unwrap(), []);
}
