//! The caller of a request.

use std::sync::Arc;

use entity::{
    customer,
    id::{CustomerId, StoreId, UserId},
    store_member,
    stored::{ActorKind, CustomerStatus, Role},
    user,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    app::App,
    fault::{Denied, Fault},
};

/// What is known of a signed-in user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The user.
    pub user: UserId,
    /// What the user may do at large.
    pub role: Role,
    /// The customer this user buys as.
    pub customer: Option<CustomerId>,
    /// The stores this user sells for, sorted.
    pub stores: Vec<StoreId>,
    /// False: the user or its customer is blocked.
    pub is_active: bool,
}

/// The caller of a request.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Nobody is signed in.
    Anonymous,
    /// A user.
    User(Arc<Standing>),
    /// The service itself, from the command line.
    System,
}

impl Actor {
    /// The signed-in user.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] when there is none.
    pub fn standing(&self) -> Result<&Standing, Denied> {
        match self {
            Self::User(standing) => Ok(standing),
            Self::Anonymous | Self::System => Err(Denied::Unauthenticated),
        }
    }

    /// True for staff, administrators and the service itself: they see everything.
    pub fn sees_all(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(standing) => matches!(standing.role, Role::Staff | Role::Admin),
            Self::System => true,
        }
    }

    /// True for administrators and the service itself.
    pub fn is_admin(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(standing) => standing.role == Role::Admin,
            Self::System => true,
        }
    }

    /// The user's id, if a user calls.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(standing) => Some(standing.user),
            Self::Anonymous | Self::System => None,
        }
    }

    /// The customer the caller buys as.
    pub fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::User(standing) => standing.customer,
            Self::Anonymous | Self::System => None,
        }
    }

    /// The stores the caller sells for.
    pub fn stores(&self) -> &[StoreId] {
        match self {
            Self::User(standing) => &standing.stores,
            Self::Anonymous | Self::System => &[],
        }
    }

    /// How events name the caller.
    pub fn kind(&self) -> ActorKind {
        match self {
            Self::Anonymous | Self::System => ActorKind::System,
            Self::User(standing) => match (standing.role, standing.stores.is_empty()) {
                (Role::Admin, _) => ActorKind::Admin,
                (Role::Staff, _) => ActorKind::Staff,
                (Role::Customer, false) => ActorKind::Seller,
                (Role::Customer, true) => ActorKind::Customer,
            },
        }
    }
}

/// What is known of a user, from memory if it was asked for in the last seconds; `None` when there is no such user.
///
/// # Errors
/// When the database fails.
pub(crate) async fn standing_of(app: &App, id: UserId) -> Result<Option<Arc<Standing>>, Fault> {
    if let Some(known) = app.standings.get(&id) {
        return Ok(Some(known));
    }
    let conn = app.db.reader();
    let Some(user) = user::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    let customer = customer::Entity::find().filter(customer::Column::UserId.eq(id)).one(conn).await?;
    let mut stores: Vec<StoreId> = store_member::Entity::find()
        .select_only()
        .column(store_member::Column::StoreId)
        .filter(store_member::Column::UserId.eq(id))
        .into_tuple()
        .all(conn)
        .await?;
    stores.sort();
    let standing = Arc::new(Standing {
        user: id,
        role: user.role,
        is_active: user.is_active && customer.as_ref().is_none_or(|customer| customer.status == CustomerStatus::Active),
        customer: customer.map(|customer| customer.id),
        stores,
    });
    app.standings.insert(id, standing.clone());
    Ok(Some(standing))
}
