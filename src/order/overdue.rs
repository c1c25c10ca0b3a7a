//! Tells of each order that was not shipped in time: once, and once more when the time was put off and missed again. Work that recurs.

use entity::{id::OrderId, order, stored::OrderStatus, time::Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _},
};

use super::{change, ship_by};
use crate::{
    app::App,
    db::retrying,
    event::{Change, Origin},
    fault::Fault,
    job::{Done, Trouble},
};

/// How often it is looked, in seconds.
const EVERY: i64 = 60;

/// Orders of one look at the database.
const AT_ONCE: u64 = 200;

/// Orders that are still to be shipped.
pub fn open() -> Condition {
    let open = OrderStatus::all().filter(|status| ship_by::is_open(*status));
    Condition::all().add(order::Column::Status.is_in(open))
}

/// Tells of the orders whose time is over, but for those that are held.
///
/// # Errors
/// When the database fails.
pub async fn run(app: &App) -> Result<Done, Trouble> {
    let now = app.clock.now();
    loop {
        let late: Vec<OrderId> = order::Entity::find()
            .select_only()
            .column(order::Column::Id)
            .filter(late(now))
            .order_by_asc(order::Column::ShipBy)
            .order_by_asc(order::Column::Id)
            .limit(AT_ONCE)
            .into_tuple()
            .all(app.db.reader())
            .await?;
        let more = late.len() as u64 == AT_ONCE;
        for id in late {
            retrying(|| tell(app, id, now)).await?;
        }
        if !more {
            return Ok(Done::Again(now.plus_seconds(EVERY)));
        }
    }
}

fn late(now: Timestamp) -> Condition {
    // What was told of before the time that holds now was told of an earlier one.
    let untold = Condition::any()
        .add(order::Column::OverdueAt.is_null())
        .add(Expr::col(order::Column::OverdueAt).lte(Expr::col(order::Column::ShipBy)));
    open().add(order::Column::ShipBy.lt(now)).add(untold).add(order::Column::HeldAt.is_null())
}

/// Tells of one order, unless it was shipped, held or told of since.
async fn tell(app: &App, id: OrderId, now: Timestamp) -> Result<(), Fault> {
    let tx = app.db.begin().await?;
    let Some(before) = order::Entity::find_by_id(id).filter(late(now)).lock_exclusive().one(&tx).await? else { return Ok(()) };
    let after = order::Model { overdue_at: Some(now), ..before.clone() };
    let changes = [
        Change::new("overdue", false, true),
        Change::new("shipBy", ship_by::told(before.ship_by), ship_by::told(before.ship_by)),
    ];
    change::store(&tx, &Origin::system(), &before, after, "ORDER_OVERDUE", None, &changes, now).await?;
    tx.commit().await?;
    tracing::info!(order = %before.number, "order overdue");
    Ok(())
}
