//! Reading endpoints and deliveries: staff see all, sellers those of own stores.

use entity::{
    id::{StoreId, WebhookDeliveryId, WebhookEndpointId},
    stored::WebhookDeliveryState,
    webhook_delivery, webhook_endpoint,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};

use crate::{
    auth::actor::Actor,
    fault::{Denied, Fault},
    page::{self, Page, PageError, PageRequest, SortKey},
};

/// The endpoints a caller sees, as a condition on `webhook_endpoints`.
///
/// # Errors
/// [`Denied::Unauthenticated`] for nobody.
pub fn visible_to(actor: &Actor) -> Result<Condition, Denied> {
    if actor.sees_all() {
        return Ok(Condition::all());
    }
    Ok(match actor.standing()?.stores.as_slice() {
        [] => Condition::all().add(Expr::value(false)),
        stores => Condition::all().add(webhook_endpoint::Column::StoreId.is_in(stores.iter().copied())),
    })
}

/// Why there is nothing to read.
#[derive(Debug)]
pub enum Unseen {
    /// The caller may not.
    Denied(Denied),
    /// The service failed.
    Fault(Fault),
}

impl From<Denied> for Unseen {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<sea_orm::DbErr> for Unseen {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Fault(error.into())
    }
}

/// An endpoint the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn endpoint(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: WebhookEndpointId,
) -> Result<Option<webhook_endpoint::Model>, Unseen> {
    Ok(webhook_endpoint::Entity::find_by_id(id).filter(visible_to(actor)?).one(conn).await?)
}

/// A delivery of an endpoint the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn delivery(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: WebhookDeliveryId,
) -> Result<Option<webhook_delivery::Model>, Unseen> {
    let endpoints =
        webhook_endpoint::Entity::find().select_only().column(webhook_endpoint::Column::Id).filter(visible_to(actor)?);
    let visible = webhook_delivery::Column::EndpointId.in_subquery(endpoints.into_query());
    Ok(webhook_delivery::Entity::find_by_id(id).filter(visible).one(conn).await?)
}

/// A page of the endpoints a caller sees, newest first; of one store when it is told.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn endpoints(
    conn: &impl ConnectionTrait,
    visible: Condition,
    store: Option<StoreId>,
    request: &PageRequest,
) -> Result<Page<webhook_endpoint::Model>, PageError> {
    use webhook_endpoint::Column as C;
    let keys = [SortKey::column("id", C::Id, true, |row: &webhook_endpoint::Model| row.id.0.into())];
    let mut select = webhook_endpoint::Entity::find().filter(visible);
    if let Some(store) = store {
        select = select.filter(C::StoreId.eq(store));
    }
    page::fetch(conn, select, &keys, request).await
}

/// A page of the deliveries of an endpoint, newest first.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn deliveries(
    conn: &impl ConnectionTrait,
    endpoint: WebhookEndpointId,
    state: Option<WebhookDeliveryState>,
    request: &PageRequest,
) -> Result<Page<webhook_delivery::Model>, PageError> {
    use webhook_delivery::Column as C;
    let keys = [SortKey::column("id", C::Id, true, |row: &webhook_delivery::Model| row.id.0.into())];
    let mut select = webhook_delivery::Entity::find().filter(C::EndpointId.eq(endpoint));
    if let Some(state) = state {
        select = select.filter(C::State.eq(state));
    }
    page::fetch(conn, select, &keys, request).await
}

/// The types an endpoint wants; an empty list is all.
pub fn wanted(endpoint: &webhook_endpoint::Model) -> Vec<String> {
    serde_json::from_str(&endpoint.events).unwrap_or_default()
}
