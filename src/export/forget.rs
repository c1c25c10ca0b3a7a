//! Exports are deleted when their time is over.

use entity::export;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    app::App,
    job::{Done, Trouble},
};

/// The kind of the job that deletes; it recurs.
pub const FORGET: &str = "exports.forget";

/// How often some are deleted, in seconds.
const EVERY: i64 = 3_600;

/// Deletes the exports whose time is over, with their files.
///
/// # Errors
/// When the database fails.
pub(crate) async fn run(app: &App) -> Result<Done, Trouble> {
    let now = app.clock.now();
    export::Entity::delete_many().filter(export::Column::ExpiresAt.lte(now)).exec(app.db.writer()).await?;
    Ok(Done::Again(now.plus_seconds(EVERY)))
}
