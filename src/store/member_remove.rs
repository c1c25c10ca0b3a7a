//! `storeMemberRemove`: a user is no longer a seller of a store.

use entity::{id::StoreId, store, store_member};
use sea_orm::EntityTrait;

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::{Change, Origin},
    fault::Failure,
};

/// Takes the membership of the user of an e-mail address.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn member_remove(app: &App, origin: &Origin, id: StoreId, email: &str) -> Result<store::Model, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::StoreMemberRemove, &app.config.orders)?;
    let (store, user) = retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let store = change::lock(&tx, origin, reach, id).await?;
        let user = change::user_of(&tx, email).await?;
        let removed = store_member::Entity::delete_by_id((id, user.id)).exec(&tx).await?;
        if removed.rows_affected == 0 {
            return Err(Failure::refused(Code::NotFound, ["user"], "this user is not a member of the store"));
        }
        let changes = [Change::new("members", user.id.to_string(), serde_json::Value::Null)];
        change::log(&tx, origin, now, id, "STORE_MEMBER_REMOVED", &changes).await?;
        tx.commit().await?;
        Ok((store, user.id))
    })
    .await?;
    // A right that was taken must not live on in memory.
    app.standings.invalidate(&user);
    Ok(store)
}
