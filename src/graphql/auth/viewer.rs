//! Who is signed in.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::{stored, user};

use crate::{
    auth::actor::Actor,
    graphql::{
        Here,
        customer::Customer,
        error,
        notification::NotificationPreferences,
        scalar::{Moment, count},
        store::Store,
    },
    notification,
};

/// What a user may do at large; sellers are users with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::Role")]
pub enum Role {
    /// Buys.
    Customer,
    /// Runs the shop.
    Staff,
    /// Runs the shop and its rules.
    Admin,
}

/// Somebody who can sign in.
#[derive(Clone)]
pub struct User(Arc<user::Model>);

impl User {
    /// A user's row.
    pub fn new(row: Arc<user::Model>) -> Self {
        Self(row)
    }
}

/// Somebody who can sign in.
#[Object]
impl User {
    /// The user's id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Sign-in name.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Shown name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the user may do at large.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// When the user was created.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }
}

/// You.
pub struct Viewer;

/// You: user, roles, stores.
#[Object]
impl Viewer {
    /// Your user.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        let here = Here::of(ctx)?;
        let id = here.actor().standing().map_err(error::denied)?.user;
        let user = here.loaders.users.load(&here.app.db, id).await.map_err(|fault| error::internal(ctx, &fault))?;
        user.map(User).ok_or_else(|| error::coded("UNAUTHENTICATED", "Token is invalid or expired"))
    }

    /// What you may do at large.
    async fn role(&self, ctx: &Context<'_>) -> Result<Role> {
        Ok(Here::of(ctx)?.actor().standing().map_err(error::denied)?.role.into())
    }

    /// The customer you buy as.
    async fn customer(&self, ctx: &Context<'_>) -> Option<Result<Customer>> {
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.customers.load(&here.app.db, here.actor().customer()?).await {
            Ok(customer) => customer.map(|row| Ok(Customer::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// How many notifications you have not read.
    async fn unread_notifications(&self, ctx: &Context<'_>) -> Result<i32> {
        let here = Here::of(ctx)?;
        let user = here.actor().standing().map_err(error::denied)?.user;
        let unread = notification::query::unread(here.app.db.reader(), user).await;
        unread.map(count).map_err(|fault| error::internal(ctx, &fault.into()))
    }

    /// By which ways you are told of your orders.
    async fn notification_preferences(&self, ctx: &Context<'_>) -> Result<NotificationPreferences> {
        let here = Here::of(ctx)?;
        let user = here.actor().standing().map_err(error::denied)?.user;
        let chosen = notification::query::preferences(here.app.db.reader(), user).await;
        chosen.map(Into::into).map_err(|fault| error::internal(ctx, &fault.into()))
    }

    /// The stores you sell for.
    async fn stores(&self, ctx: &Context<'_>) -> Result<Vec<Store>> {
        let here = Here::of(ctx)?;
        let loads = here.actor().stores().iter().map(|id| here.loaders.stores.load(&here.app.db, *id));
        let stores = futures_util::future::try_join_all(loads).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(stores.into_iter().flatten().map(Store::new).collect())
    }
}

/// Who is signed in.
#[derive(Default)]
pub struct AuthQuery;

#[Object]
impl AuthQuery {
    /// You; null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        Ok(match Here::of(ctx)?.actor() {
            Actor::User(_) => Some(Viewer),
            Actor::Anonymous | Actor::System => None,
        })
    }
}
