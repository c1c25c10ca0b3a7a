//! `notificationPreferencesUpdate`: by which ways the caller wants to be told of orders. What is in the product stays.

use entity::notification_preference;
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};

use super::query::{self, Preferences};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Nothing was given that could be changed.
    InvalidInput,
}

/// Changes what is given; answers what holds now.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(
    app: &App,
    origin: &Origin,
    email: Option<bool>,
    sms: Option<bool>,
) -> Result<Preferences, Failure<Code>> {
    use notification_preference::Column as C;
    authorise(&origin.actor, Right::NotificationPreferencesUpdate, &app.config.orders)?;
    let user = origin.actor.standing()?.user;
    if email.is_none() && sms.is_none() {
        return Err(Failure::refused(Code::InvalidInput, ["email"], "give email, sms or both"));
    }
    retrying(|| async {
        let tx = app.db.begin().await?;
        let before = query::preferences(&tx, user).await?;
        let after = Preferences { email: email.unwrap_or(before.email), sms: sms.unwrap_or(before.sms) };
        let row = notification_preference::ActiveModel {
            user_id: Set(user),
            email: Set(after.email),
            sms: Set(after.sms),
            updated_at: Set(app.clock.now()),
        };
        // Only what is given, so that two calls at once do not undo each other.
        let mut changed = vec![C::UpdatedAt];
        changed.extend(email.map(|_| C::Email));
        changed.extend(sms.map(|_| C::Sms));
        notification_preference::Entity::insert(row)
            .on_conflict(OnConflict::column(C::UserId).update_columns(changed).to_owned())
            .exec_without_returning(&tx)
            .await?;
        let now = query::preferences(&tx, user).await?;
        tx.commit().await?;
        Ok(now)
    })
    .await
}
