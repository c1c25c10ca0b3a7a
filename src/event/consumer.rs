//! Readers of the log that write to this database: each event once, in the order of the log.
//!
//! A reader's cursor moves in the transaction of what it writes. What leaves this database (e-mail, webhooks, a broker) is
//! enqueued here and done by jobs. History that was imported is no news: readers pass over it.

use async_trait::async_trait;
use entity::{cursor, event, stored::ActorKind};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use super::feed;
use crate::{app::App, fault::Fault};

/// A reader of the log.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// The name of its cursor; never changed once released.
    fn name(&self) -> &'static str;

    /// How many events it gets at once.
    fn at_once(&self) -> u64 {
        feed::BATCH
    }

    /// Is told, inside the transaction that moves the cursor, from where it moves it.
    ///
    /// # Errors
    /// When it cannot now; the same events come again.
    async fn begin(&self, _: &DatabaseTransaction, _: i64) -> Result<(), Fault> {
        Ok(())
    }

    /// Deals with the next events, all of them, inside the transaction that moves the cursor.
    ///
    /// # Errors
    /// When it cannot now; the same events come again.
    async fn apply(&self, app: &App, tx: &DatabaseTransaction, events: &[event::Model]) -> Result<(), Fault>;
}

/// Makes the cursors that are missing. A new reader begins at the end of the log: what happened before it was there is not
/// told again.
///
/// # Errors
/// When the database fails.
pub(crate) async fn register(app: &App, consumers: &[Box<dyn Consumer>]) -> Result<(), Fault> {
    let known = cursor::Entity::find().all(app.db.reader()).await?;
    if consumers.iter().all(|consumer| known.iter().any(|cursor| cursor.name == consumer.name())) {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    let head = feed::head(&tx).await?;
    for consumer in consumers {
        let row = cursor::ActiveModel { name: Set(consumer.name().to_owned()), position: Set(head) };
        cursor::Entity::insert(row)
            .on_conflict(OnConflict::column(cursor::Column::Name).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Most places of the log that a reader goes on at once.
const REACH: i64 = 100_000;

/// Lets a reader deal with its next events; how many places of the log it went on.
///
/// # Errors
/// When the database fails, or the reader cannot.
pub(crate) async fn advance(app: &App, consumer: &dyn Consumer) -> Result<usize, Fault> {
    let (name, conn) = (consumer.name(), app.db.reader());
    let position = cursor::Entity::find_by_id(name.to_owned()).one(conn).await?.map_or(0, |row| row.position);
    // No further than events have their places now: one that comes later may be of a lower place than the next found.
    let reach = feed::head(conn).await?.min(position + REACH);
    if reach <= position {
        return Ok(0);
    }
    let news = Condition::all().add(event::Column::Position.lte(reach)).add(event::Column::Actor.ne(ActorKind::Import));
    let events = feed::some_after(conn, position, news, consumer.at_once()).await?;
    let to = match events.last().and_then(|event| event.position) {
        Some(last) if events.len() as u64 == consumer.at_once() => last,
        _ => reach,
    };
    let tx = app.db.begin().await?;
    // First of all the cursor: whoever else reads for the same name waits here, and then finds that it has moved.
    let moved = cursor::Entity::update_many()
        .col_expr(cursor::Column::Position, Expr::value(to))
        .filter(cursor::Column::Name.eq(name))
        .filter(cursor::Column::Position.eq(position))
        .exec(&tx)
        .await?
        .rows_affected;
    if moved != 1 {
        return Ok(0);
    }
    consumer.begin(&tx, position).await?;
    consumer.apply(app, &tx, &events).await?;
    tx.commit().await?;
    Ok(usize::try_from(to - position).unwrap_or(usize::MAX))
}
