//! New customers by day: sums, those who are not in them yet and the rows say the same.

use chrono_tz::Tz;
use entity::{customer, time::Timestamp};
use ordergraph::statistics::{
    Window,
    calendar::{Interval, Points},
    newcomers,
    rollup::reading::Reading,
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::orders::place;
use crate::support::{NOW, TestApp};

const HOUR: i64 = 3_600_000_000;

/// Customers created in steps of some hours and seconds, back from now.
async fn create(app: &TestApp, names: std::ops::Range<i64>) {
    for index in names {
        let name = format!("customer{index}");
        app.customer(&name, None, None).await;
        // The first ones on the stroke of a day of UTC, the others anywhere.
        let ago = if index < 3 { index * 24 * HOUR + 12 * HOUR } else { index * 17 * HOUR + index * 1_234_567_891 };
        app.sql(&format!("UPDATE customers SET created_at = {} WHERE name = '{name}'", NOW.0 - ago)).await;
    }
}

async fn assert_exact(app: &TestApp) -> i64 {
    let reading = Reading::begin(&app.app).await.unwrap();
    let mut all = 0;
    for zone in [Tz::UTC, Tz::Europe__Berlin, Tz::America__Los_Angeles, Tz::Asia__Kathmandu, Tz::Pacific__Auckland] {
        for interval in [Interval::Day, Interval::Week, Interval::Month] {
            for (from, to) in [(NOW.0 - 700 * HOUR, NOW.0), (NOW.0 - 300 * HOUR + 7, NOW.0 - 100 * HOUR), (NOW.0, NOW.0)] {
                let window = Window { from: Timestamp(from), to: Timestamp(to) };
                let points = Points::of(interval, window, zone).unwrap();
                let counts = newcomers::series(&reading, window, &points).await.unwrap();
                assert_eq!(counts.len(), points.days.len());
                for (pair, count) in points.bounds.windows(2).zip(&counts) {
                    let (first, last) = (Ord::max(pair[0], window.from), Ord::min(pair[1], Timestamp(to + 1)));
                    let created = customer::Column::CreatedAt.gte(first).and(customer::Column::CreatedAt.lt(last));
                    let rows = customer::Entity::find().filter(created).count(reading.conn()).await.unwrap();
                    assert_eq!(*count, i64::try_from(rows).unwrap(), "{zone} {interval:?} {window:?}");
                    all += count;
                }
            }
        }
    }
    all
}

#[tokio::test]
async fn sums_and_rows_say_the_same_of_new_customers() {
    let app = TestApp::new().await;
    create(&app, 0..30).await;
    // None of them is in the sums, then all are, then some.
    let before = assert_exact(&app).await;
    assert!(before > 0);
    let (ada, _) = app.buyer("ada").await;
    let pen = app.goods(app.store("one").await, "PEN", 1_000, 100).await;
    place(&ada, &[(&pen, 1)], serde_json::json!({})).await;
    app.work().await;
    assert_eq!(app.sql_count("SELECT COUNT(*) FROM customers WHERE number IS NULL").await, 0);
    let counted = assert_exact(&app).await;
    assert!(counted > before);
    create(&app, 30..45).await;
    assert!(assert_exact(&app).await > counted);
}
