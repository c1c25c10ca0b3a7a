//! `storeMemberAdd`: a user becomes a seller of a store.

use entity::{id::StoreId, store, store_member};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::{Change, Origin},
    fault::Failure,
    idempotency,
};

/// What came of it.
#[derive(Debug)]
pub struct Added {
    /// The store.
    pub store: store::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Makes the user of an e-mail address a member of a store. Who is one already stays one.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn member_add(
    app: &App,
    origin: &Origin,
    id: StoreId,
    email: &str,
    key: Option<&str>,
) -> Result<Added, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::StoreMemberAdd, &app.config.orders)?;
    let key = idempotency::given(&origin.actor, Right::StoreMemberAdd, key, &(id, email))?;
    let (added, user) = retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let replayed = idempotency::claim_id(&tx, key.as_ref(), id, now).await?.is_some();
        let store = change::lock(&tx, origin, reach, id).await?;
        // The membership may have been taken since: repeating the call that gave it does not give it again.
        if replayed {
            return Ok((Added { store, replayed }, None));
        }
        let user = change::user_of(&tx, email).await?;
        let row = store_member::ActiveModel { store_id: Set(id), user_id: Set(user.id), created_at: Set(now) };
        let key = [store_member::Column::StoreId, store_member::Column::UserId];
        let added = store_member::Entity::insert(row)
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?;
        if added == 1 {
            let changes = [Change::new("members", serde_json::Value::Null, user.id.to_string())];
            change::log(&tx, origin, now, id, "STORE_MEMBER_ADDED", &changes).await?;
        }
        tx.commit().await?;
        Ok::<_, Failure<Code>>((Added { store, replayed }, Some(user.id)))
    })
    .await?;
    // What the service remembers of the user is out of date from here on.
    if let Some(user) = user {
        app.standings.invalidate(&user);
    }
    Ok(added)
}
