//! `webhookEndpointCreate`.

use entity::{
    id::{StoreId, WebhookEndpointId},
    store,
    stored::WebhookStatus,
    webhook_endpoint,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::{
    change::{self, Code},
    signature::new_secret,
};
use crate::{
    app::App,
    auth::{
        actor::Actor,
        policy::{Reach, Right, authorise},
    },
    clock::random_bytes,
    db::retrying,
    event::{Change, Origin},
    fault::Failure,
    idempotency::{self, Key},
};

/// Most endpoints of one store, and of the shop itself: each multiplies what is sent.
const MAX_ENDPOINTS: u64 = 20;

/// What is to be created.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where messages go.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// The types it wants; all when it is empty.
    pub events: Vec<String>,
    /// The store whose orders it is told of. `Some(None)` stands for an id that names nothing.
    pub store: Option<Option<StoreId>>,
}

/// What came of it.
#[derive(Debug)]
pub struct Created {
    /// The endpoint.
    pub endpoint: webhook_endpoint::Model,
    /// True: this call repeats an earlier one; the secret was told then.
    pub replayed: bool,
}

/// An endpoint whose input was checked.
struct Checked {
    url: String,
    description: String,
    events: String,
    store: Option<StoreId>,
    key: Option<Key>,
}

/// Creates an endpoint with a secret of its own.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, new: NewEndpoint, key: Option<&str>) -> Result<Created, Failure<Code>> {
    let right = Right::WebhookEndpointCreate;
    let reach = authorise(&origin.actor, right, &app.config.orders)?;
    let new = Checked {
        key: idempotency::given(&origin.actor, right, key, &(&new.url, &new.description, &new.events, &new.store))?,
        store: scope(&origin.actor, reach, new.store)?,
        url: change::url(&new.url, app.config.webhooks.allow_private)?,
        description: change::description(&new.description)?,
        events: change::events(&new.events)?,
    };
    retrying(|| create_once(app, origin, &new)).await
}

/// The store an endpoint is made for: sellers make them for their stores only.
fn scope(actor: &Actor, reach: Reach, store: Option<Option<StoreId>>) -> Result<Option<StoreId>, Failure<Code>> {
    let not_found = || Failure::refused(Code::NotFound, ["store"], "Store not found");
    match (reach, store) {
        (_, Some(None)) => Err(not_found()),
        (Reach::All, Some(store)) => Ok(store),
        (Reach::All, None) => Ok(None),
        (Reach::Own, Some(Some(store))) if actor.stores().contains(&store) => Ok(Some(store)),
        (Reach::Own, Some(Some(_))) => Err(not_found()),
        (Reach::Own, None) => match actor.stores() {
            [only] => Ok(Some(*only)),
            _ => Err(Failure::refused(Code::InvalidInput, ["store"], "say for which of your stores")),
        },
    }
}

async fn create_once(app: &App, origin: &Origin, new: &Checked) -> Result<Created, Failure<Code>> {
    let now = app.clock.now();
    let id = WebhookEndpointId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    if let Some(first) = idempotency::claim_id(&tx, new.key.as_ref(), id, now).await? {
        let endpoint = webhook_endpoint::Entity::find_by_id(first).one(&tx).await?;
        let endpoint = endpoint
            .ok_or_else(|| Failure::refused(Code::NotFound, ["idempotencyKey"], "the endpoint of this key was deleted"))?;
        return Ok(Created { endpoint, replayed: true });
    }
    has_room(&tx, new.store).await?;
    let endpoint = webhook_endpoint::Model {
        id,
        store_id: new.store,
        url: new.url.clone(),
        description: new.description.clone(),
        events: new.events.clone(),
        status: WebhookStatus::Active,
        disabled_reason: None,
        secret: new_secret(),
        previous_secret: None,
        previous_until: None,
        failures: 0,
        failing_since: None,
        failed_at: None,
        created_by: origin.actor.user(),
        created_at: now,
        updated_at: now,
    };
    let row = endpoint.clone().into_active_model();
    webhook_endpoint::Entity::insert(row).exec_without_returning(&tx).await?;
    let changes = [
        Change::new("url", serde_json::Value::Null, endpoint.url.as_str()),
        Change::new("store", serde_json::Value::Null, change::store_json(endpoint.store_id)),
    ];
    change::log(&tx, origin, now, id, "WEBHOOK_ENDPOINT_CREATED", None, &changes).await?;
    tx.commit().await?;
    Ok(Created { endpoint, replayed: false })
}

async fn has_room(tx: &DatabaseTransaction, store: Option<StoreId>) -> Result<(), Failure<Code>> {
    use webhook_endpoint::Column as C;
    let same_scope = match store {
        Some(store) => C::StoreId.eq(store),
        None => C::StoreId.is_null(),
    };
    if let Some(store) = store
        && store::Entity::find_by_id(store).one(tx).await?.is_none()
    {
        return Err(Failure::refused(Code::NotFound, ["store"], "Store not found"));
    }
    match webhook_endpoint::Entity::find().filter(same_scope).count(tx).await? {
        count if count < MAX_ENDPOINTS => Ok(()),
        _ => {
            let message = format!("there are {MAX_ENDPOINTS} endpoints already; delete one first");
            Err(Failure::refused(Code::LimitReached, ["store"], message))
        }
    }
}
