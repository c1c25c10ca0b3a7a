//! How many orders a list has, from the sums.

use entity::order;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryFilter as _};

use super::{
    Whose,
    orders::{counted, question::known},
    rollup::reading::{Reading, Shared},
};
use crate::{
    app::App,
    fault::Fault,
    list::{not, nothing},
    order::{
        filter::{Filter, of_stores},
        list::{ByStatus, Sums, by_status},
        query::Scope,
    },
};

/// The sums in the snapshot that all figures of one operation share: nobody holds two, or all could wait for each other's.
pub struct Sharing<'a> {
    /// The service.
    pub app: &'a App,
    /// The operation's snapshot.
    pub shared: &'a Shared,
}

impl Sums for Sharing<'_> {
    fn by_status<'a>(&'a self, scope: &'a Scope, filter: &'a Filter) -> BoxFuture<'a, Result<Option<ByStatus>, Fault>> {
        Box::pin(async move {
            let Some(whose) = knowing(scope, filter) else { return Ok(None) };
            let reading = self.shared.lock(self.app).await?;
            summed(&reading, &whose, scope, filter).await
        })
    }
}

impl Sums for Reading {
    fn by_status<'a>(&'a self, scope: &'a Scope, filter: &'a Filter) -> BoxFuture<'a, Result<Option<ByStatus>, Fault>> {
        Box::pin(async move {
            match knowing(scope, filter) {
                Some(whose) => summed(self, &whose, scope, filter).await,
                None => Ok(None),
            }
        })
    }
}

/// Whose sums know what the filter lets through.
fn knowing(scope: &Scope, filter: &Filter) -> Option<Whose> {
    let whose = match scope {
        Scope::All => Whose::All,
        Scope::Own { stores, .. } => Whose::seller(stores),
    };
    known(&whose, filter).map(|_| whose)
}

/// What they know; to what a seller sells comes what the seller bought of others.
async fn summed(reading: &Reading, whose: &Whose, scope: &Scope, filter: &Filter) -> Result<Option<ByStatus>, Fault> {
    let Some(mut counts) = counted(reading, whose, filter).await? else { return Ok(None) };
    if let Scope::Own { customer: Some(_), stores } = scope {
        let conn = reading.rows().await?;
        let bought = order::Entity::find()
            .filter(scope.own_purchases().unwrap_or_else(nothing))
            .filter(not(of_stores(stores).each))
            .filter(filter.condition(scope, conn.get_database_backend()));
        for ((_, count), (_, more)) in counts.iter_mut().zip(by_status(conn, bought).await?) {
            *count += more;
        }
    }
    Ok(Some(counts))
}
