//! The store as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use entity::{store, time::Timestamp};

use crate::{
    graphql::{
        Here,
        auth::User,
        catalogue::{self, ProductConnection, ProductFilter, ProductSort},
        connection::{PageArguments, connection},
        error,
        scalar::{CurrencyCode, Int, Moment},
    },
    money::Currency,
    store::query,
};

/// A vendor.
#[derive(Clone)]
pub struct Store(Arc<store::Model>);

impl Store {
    /// A store's row.
    pub fn new(row: Arc<store::Model>) -> Self {
        Self(row)
    }
}

/// Somebody who sells for a store.
#[derive(Clone, SimpleObject)]
pub struct StoreMember {
    /// The member.
    user: User,
    /// Since when.
    since: Moment,
}

impl Store {
    async fn load_members(&self, ctx: &Context<'_>) -> Result<Vec<StoreMember>> {
        let here = Here::of(ctx)?;
        let db = &here.app.db;
        let rows = here.loaders.store_members.load(db, self.0.id).await.map_err(|fault| error::internal(ctx, &fault))?;
        let loads = rows.iter().map(|row| here.loaders.users.load(db, row.user_id));
        let users = futures_util::future::try_join_all(loads).await.map_err(|fault| error::internal(ctx, &fault))?;
        let since: Vec<Timestamp> = rows.iter().map(|row| row.created_at).collect();
        let members = users.into_iter().zip(since);
        Ok(members.filter_map(|(user, since)| Some(StoreMember { user: User::new(user?), since: Moment(since) })).collect())
    }
}

/// A vendor.
#[Object]
impl Store {
    /// The store's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Shown name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Name in addresses, unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Currency of its prices.
    async fn currency(&self) -> Option<CurrencyCode> {
        Currency::from_code(&self.0.currency).map(CurrencyCode)
    }

    /// Who sells for it; null for all but its members and staff.
    async fn members(&self, ctx: &Context<'_>) -> Option<Result<Vec<StoreMember>>> {
        match Here::of(ctx) {
            Ok(here) if query::shows_members(here.actor(), self.0.id) => Some(self.load_members(ctx).await),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// Its products, as far as you may see.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 12 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which products.")] filter: Option<ProductFilter>,
        #[graphql(desc = "In which order; newest first unless told.")] sort: Option<Vec<ProductSort>>,
    ) -> Result<ProductConnection> {
        let arguments = PageArguments { first, after, last, before, offset };
        catalogue::query::list(ctx, Some(self.0.id), filter, sort, arguments).await
    }

    /// Its key in the system it was imported from.
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// When it was created.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.0.updated_at)
    }
}

connection!(StoreConnection, StoreEdge, Store);
