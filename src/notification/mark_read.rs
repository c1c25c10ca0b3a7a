//! `notificationMarkRead`: notes that the caller read notifications. It is no event of the shop.

use std::collections::BTreeSet;

use entity::{id::NotificationId, notification};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};

use super::query;
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::{Failure, Refusal},
};

/// Why nothing was marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such notification of the caller.
    NotFound,
    /// Anything else that is wrong with the input.
    InvalidInput,
}

/// Most notifications of one call.
pub const MAX: usize = 100;

/// Which notifications.
#[derive(Clone, Debug)]
pub enum Which {
    /// All that the caller has.
    All,
    /// These.
    These(Vec<NotificationId>),
}

/// What was marked.
#[derive(Clone, Copy, Debug)]
pub struct Marked {
    /// How many were unread before.
    pub marked: i64,
    /// How many are unread now.
    pub unread: i64,
}

/// Marks the caller's notifications as read; those that are read keep their time.
///
/// # Errors
/// [`Code`] for the business; then nothing was marked.
pub(crate) async fn mark_read(app: &App, origin: &Origin, which: Which) -> Result<Marked, Failure<Code>> {
    use notification::Column as C;
    authorise(&origin.actor, Right::NotificationMarkRead, &app.config.orders)?;
    let user = origin.actor.standing()?.user;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let mut own = Condition::all().add(C::UserId.eq(user));
        if let Which::These(ids) = &which {
            let rows = notification::Entity::find().filter(own.clone()).filter(C::Id.is_in(ids.iter().copied())).all(&tx).await?;
            let found: BTreeSet<NotificationId> = rows.into_iter().map(|row| row.id).collect();
            let missing = ids.iter().enumerate().filter(|(_, id)| !found.contains(id)).map(|(place, _)| not_found(place));
            let missing: Vec<_> = missing.collect();
            if !missing.is_empty() {
                return Err(Failure::Refused(missing));
            }
            own = own.add(C::Id.is_in(found));
        }
        let marked = notification::Entity::update_many()
            .col_expr(C::ReadAt, Expr::value(now))
            .filter(own)
            .filter(C::ReadAt.is_null())
            .exec(&tx)
            .await?
            .rows_affected;
        let unread = query::unread(&tx, user).await?;
        tx.commit().await?;
        Ok(Marked { marked: i64::try_from(marked).unwrap_or(i64::MAX), unread })
    })
    .await
}

/// The refusal of the id at a place of the input.
pub fn not_found(place: usize) -> Refusal<Code> {
    Refusal::new(Code::NotFound, ["notifications".to_owned(), place.to_string()], "Notification not found")
}
