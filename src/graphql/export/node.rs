//! An export as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::{export, stored};

use crate::{
    export::{link, query},
    graphql::{
        Here,
        connection::connection,
        error,
        scalar::{Moment, count},
    },
};

/// What an export has rows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::ExportNoun")]
pub enum ExportNoun {
    /// Orders, or their lines.
    Orders,
    /// Lines of orders.
    OrderItems,
    /// Payments.
    Payments,
    /// Customers.
    Customers,
    /// Variants of products.
    Products,
}

/// How an export stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::ExportStatus")]
pub enum ExportStatus {
    /// It waits to be written.
    Pending,
    /// It is being written.
    Running,
    /// It can be fetched.
    Ready,
    /// It was given up.
    Failed,
    /// It was called off before it was ready.
    Cancelled,
}

/// A file of rows to take away, as CSV.
#[derive(Clone)]
pub struct Export(Arc<export::Model>);

impl Export {
    /// An export's row.
    pub fn new(row: export::Model) -> Self {
        Self(Arc::new(row))
    }

    fn is_ready(&self) -> bool {
        self.0.status == stored::ExportStatus::Ready
    }
}

/// A file of rows to take away, as CSV.
#[Object]
impl Export {
    /// The export's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it has rows of.
    async fn noun(&self) -> ExportNoun {
        self.0.noun.into()
    }

    /// How it stands.
    async fn status(&self) -> ExportStatus {
        self.0.status.into()
    }

    /// What stands above its columns.
    async fn headers(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let spec = query::spec(&self.0).map_err(|fault| error::internal(ctx, &fault))?;
        Ok(spec.what.headers().into_iter().map(str::to_owned).collect())
    }

    /// How far it is, in percent.
    async fn progress(&self) -> i32 {
        match (self.is_ready(), self.0.total) {
            (true, _) => 100,
            (false, Some(total)) if total > 0 => count((self.0.done.saturating_mul(100) / total).min(99)),
            _ => 0,
        }
    }

    /// Lines of the file so far, without its header.
    async fn rows(&self) -> i32 {
        count(self.0.rows)
    }

    /// Bytes of the file so far.
    async fn bytes(&self) -> i32 {
        count(self.0.bytes)
    }

    /// A link to the file, for whoever holds it, that is good for 15 minutes; each time it is asked for, it is a new one. Null
    /// while the file is not ready.
    async fn url(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        self.is_ready().then(|| Ok(link::make(here.app, self.0.id).0))
    }

    /// Why it was given up.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// When it was asked for.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When writing last began.
    async fn started_at(&self) -> Option<Moment> {
        self.0.started_at.map(Moment)
    }

    /// When it was ready, given up or called off.
    async fn finished_at(&self) -> Option<Moment> {
        self.0.finished_at.map(Moment)
    }

    /// When it is deleted with its file.
    async fn expires_at(&self) -> Moment {
        Moment(self.0.expires_at)
    }
}

connection!(ExportConnection, ExportEdge, Export);
