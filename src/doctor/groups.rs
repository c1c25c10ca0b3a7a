//! I18: orders that were placed together, one per store, are together: each that was told to be in a group is in it, in the
//! group's currency, and as long as its lines are those it was placed with, of a store of its own. What a group adds up to is
//! kept nowhere but in its orders.

use entity::id::OrderGroupId;
use sea_orm::ConnectionTrait;

use super::{Invariant, Report, batch::OrderFacts};
use crate::{db::statement, event::Change, fault::Fault};

const EMPTY: &str = "SELECT g.id FROM order_groups g WHERE NOT EXISTS \
    (SELECT 1 FROM order_group_members m WHERE m.group_id = g.id) ORDER BY g.id LIMIT 1000";

const STRAY: &str = "SELECT m.group_id FROM order_group_members m LEFT JOIN orders o ON o.id = m.order_id \
    LEFT JOIN order_groups g ON g.id = m.group_id WHERE o.id IS NULL OR g.id IS NULL ORDER BY m.group_id LIMIT 1000";

const CURRENCIES: &str = "SELECT o.number, 'is in ' || o.currency || ', its group in ' || g.currency \
    FROM order_group_members m JOIN order_groups g ON g.id = m.group_id JOIN orders o ON o.id = m.order_id \
    WHERE o.currency <> g.currency ORDER BY o.number LIMIT 1000";

/// Lines may be changed for those of another store as long as an order is of one; the setting may allow more later.
const STORES: &str = "SELECT o.number, 'is of ' || CAST(COUNT(DISTINCT s.store_id) AS text) || ' stores, or of one with another \
    order of its group' FROM order_group_members m JOIN orders o ON o.id = m.order_id \
    JOIN order_items s ON s.order_id = m.order_id WHERE NOT EXISTS (SELECT 1 FROM order_group_members a \
        JOIN events e ON e.order_id = a.order_id WHERE a.group_id = m.group_id \
        AND e.kind IN ('ORDER_EDITED', 'ORDER_ITEM_ADDED', 'ORDER_ITEM_UPDATED', 'ORDER_ITEM_REMOVED')) \
    GROUP BY m.group_id, o.id, o.number HAVING COUNT(DISTINCT s.store_id) > 1 OR EXISTS (SELECT 1 FROM order_group_members b \
        JOIN order_items t ON t.order_id = b.order_id JOIN order_items u ON u.store_id = t.store_id AND u.order_id = o.id \
        WHERE b.group_id = m.group_id AND b.order_id <> o.id) ORDER BY o.number LIMIT 1000";

/// Checks the groups.
///
/// # Errors
/// When the database fails.
pub(crate) async fn examine(conn: &impl ConnectionTrait, report: &mut Report) -> Result<(), Fault> {
    let count = conn.query_one_raw(statement(conn, "SELECT CAST(COUNT(*) AS bigint) FROM order_groups", [])).await?;
    let count: i64 = count.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    report.count(Invariant::Groups, usize::try_from(count).unwrap_or_default());
    for (sql, message) in [(EMPTY, "has no orders"), (STRAY, "holds an order that is not there, or is not there itself")] {
        for row in conn.query_all_raw(statement(conn, sql, [])).await? {
            let group: OrderGroupId = row.try_get_by_index(0)?;
            report.found(Invariant::Groups, &group.to_string(), message);
        }
    }
    for sql in [CURRENCIES, STORES] {
        for row in conn.query_all_raw(statement(conn, sql, [])).await? {
            let (number, message): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            report.found(Invariant::Groups, &number, message);
        }
    }
    Ok(())
}

/// Checks that an order is in the group that its first event tells of, and in no other.
pub fn examine_order(order: &OrderFacts, report: &mut Report) {
    let told = order.events.first().and_then(|event| event.changes.as_deref()).and_then(told);
    let is = order.group.map(|group| group.to_string());
    if told != is {
        let [told, is] = [told, is].map(|group| group.unwrap_or_else(|| "no group".to_owned()));
        report.found(Invariant::Groups, &order.number, format!("was placed in {told}, is in {is}"));
    }
}

/// The group that changes tell of; changes that cannot be read are told of elsewhere.
fn told(changes: &str) -> Option<String> {
    if !changes.contains("\"group\"") {
        return None;
    }
    let changes: Vec<Change> = serde_json::from_str(changes).ok()?;
    changes.into_iter().find(|change| change.field == "group")?.new.as_str().map(str::to_owned)
}
