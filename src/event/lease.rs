//! Leases: what only one process does at a time. A lease is a matter of thrift; what must be exact locks the lease's row.

use entity::{lease, time::Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

/// Giving events their places, and the readers of the log.
pub const DISPATCHER: &str = "dispatcher";

/// How long a lease lasts without being renewed, in seconds: the longest that work stands still after a crash.
pub const SECONDS: i64 = 10;

/// Takes or renews a lease; false when somebody else holds it.
///
/// # Errors
/// When the database fails.
pub async fn take(conn: &impl ConnectionTrait, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, DbErr> {
    let until = now.plus_seconds(SECONDS);
    let taken = lease::Entity::update_many()
        .col_expr(lease::Column::Holder, Expr::value(holder))
        .col_expr(lease::Column::Until, Expr::value(until))
        .filter(lease::Column::Name.eq(name))
        .filter(Condition::any().add(lease::Column::Holder.eq(holder)).add(lease::Column::Until.lt(now)))
        .exec(conn)
        .await?
        .rows_affected;
    if taken == 1 {
        return Ok(true);
    }
    let row = lease::ActiveModel { name: Set(name.to_owned()), holder: Set(holder), until: Set(until) };
    let inserted = lease::Entity::insert(row)
        .on_conflict(OnConflict::column(lease::Column::Name).do_nothing().to_owned())
        .exec_without_returning(conn)
        .await?;
    Ok(inserted == 1)
}

/// Gives a lease back, so that nobody waits for its end.
///
/// # Errors
/// When the database fails.
pub async fn give_back(conn: &impl ConnectionTrait, name: &str, holder: Uuid) -> Result<(), DbErr> {
    // The row stays: whoever locks it must always find it.
    lease::Entity::update_many()
        .col_expr(lease::Column::Until, Expr::value(Timestamp(0)))
        .filter(lease::Column::Name.eq(name))
        .filter(lease::Column::Holder.eq(holder))
        .exec(conn)
        .await?;
    Ok(())
}

/// Locks a lease's row until the end of the transaction, making it when it is missing.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock(tx: &DatabaseTransaction, name: &str) -> Result<(), DbErr> {
    let row = lease::ActiveModel { name: Set(name.to_owned()), holder: Set(Uuid::nil()), until: Set(Timestamp(0)) };
    lease::Entity::insert(row)
        .on_conflict(OnConflict::column(lease::Column::Name).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    lease::Entity::find_by_id(name.to_owned()).lock_exclusive().one(tx).await?;
    Ok(())
}
