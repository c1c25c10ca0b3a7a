//! A view as the API shows it.

use async_graphql::{Context, Enum, ID, Json, Object, Result};
use entity::{saved_view, stored};

use crate::{
    graphql::{Here, auth::User, connection::connection, error, scalar::Moment},
    saved_view::{change::document, query},
};

/// Lists of which views are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::SavedViewList")]
pub enum SavedViewList {
    /// `orders`.
    Orders,
    /// `customers`.
    Customers,
    /// `products`.
    Products,
    /// `payments`.
    Payments,
}

/// A filter, an order and columns of a list under a name.
#[derive(Clone)]
pub struct SavedView(saved_view::Model);

impl SavedView {
    /// A view the caller sees.
    pub fn new(row: saved_view::Model) -> Self {
        Self(row)
    }
}

fn json(ctx: &Context<'_>, text: &str) -> Result<Json<serde_json::Value>> {
    document(text).map(Json).map_err(|fault| error::internal(ctx, &fault))
}

/// A filter, an order and columns of a list under a name.
#[Object]
impl SavedView {
    /// The view's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Of which list it is.
    async fn list(&self) -> SavedViewList {
        self.0.list.into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The filter: give it to the list as a variable for its `filter`.
    async fn filter(&self, ctx: &Context<'_>) -> Result<Json<serde_json::Value>> {
        json(ctx, &self.0.filter)
    }

    /// The order: give it to the list as a variable for its `sort`.
    async fn sort(&self, ctx: &Context<'_>) -> Result<Json<serde_json::Value>> {
        json(ctx, &self.0.sort)
    }

    /// The columns that are shown, in their order; what their names mean is the client's.
    async fn columns(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        serde_json::from_str(&self.0.columns)
            .map_err(|problem| error::internal(ctx, &crate::fault::Fault::Corrupt(format!("columns: {problem}"))))
    }

    /// Whether all staff see it.
    async fn shared(&self) -> bool {
        self.0.is_shared
    }

    /// Whether it is yours.
    async fn mine(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(query::is_own(Here::of(ctx)?.actor(), &self.0))
    }

    /// Who made it.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(problem) => return Some(Err(problem)),
        };
        match here.loaders.users.load(&here.app.db, self.0.owner_id).await {
            Ok(user) => user.map(|row| Ok(User::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// When it was made.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.0.updated_at)
    }
}

connection!(SavedViewConnection, SavedViewEdge, SavedView);
