//! `notificationDelete`: takes a notification off the caller's list.

use entity::{id::NotificationId, notification};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Why nothing was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such notification of the caller.
    NotFound,
}

/// Deletes one of the caller's notifications.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn delete(app: &App, origin: &Origin, id: NotificationId) -> Result<(), Failure<Code>> {
    authorise(&origin.actor, Right::NotificationDelete, &app.config.orders)?;
    let user = origin.actor.standing()?.user;
    let deleted = retrying(|| async {
        let own = notification::Entity::delete_many()
            .filter(notification::Column::Id.eq(id))
            .filter(notification::Column::UserId.eq(user));
        Ok::<_, Failure<Code>>(own.exec(app.db.writer()).await?.rows_affected)
    })
    .await?;
    match deleted {
        1 => Ok(()),
        _ => Err(Failure::refused(Code::NotFound, ["notification"], "Notification not found")),
    }
}
