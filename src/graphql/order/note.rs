//! Notes of staff and sellers on orders, and what their mutations share.

use async_graphql::{Context, ID, Result};
use entity::order_note;

use super::Order;
use crate::graphql::{Here, auth::User, connection::connection, error, event::ActorKind, scalar::Moment, store::Store};

/// A note on an order, beside the buyer's own.
#[derive(Clone)]
pub struct OrderNote(order_note::Model);

impl OrderNote {
    /// A note the caller sees.
    pub fn new(row: order_note::Model) -> Self {
        Self(row)
    }
}

/// A note on an order, beside the buyer's own.
#[async_graphql::Object]
impl OrderNote {
    /// The note's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The order it is on.
    async fn order(&self, ctx: &Context<'_>) -> Result<Order> {
        let here = Here::of(ctx)?;
        let row = here.loaders.orders.load(&here.app.db, self.0.order_id).await.map_err(|fault| error::internal(ctx, &fault))?;
        let row = row.ok_or_else(|| error::coded("NOT_FOUND", "Order not found"))?;
        Order::seen(ctx, row)
    }

    /// What it says.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether the buyer sees it.
    async fn is_public(&self) -> bool {
        self.0.is_public
    }

    /// The store it was written for, whose members see it; null for a note of the shop.
    async fn store(&self, ctx: &Context<'_>) -> Option<Result<Store>> {
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.stores.load(&here.app.db, self.0.store_id?).await {
            Ok(store) => store.map(|row| Ok(Store::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// What its author was.
    async fn author_kind(&self) -> ActorKind {
        self.0.author_kind.into()
    }

    /// Who wrote it; shown to staff.
    async fn author(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        let id = self.0.author_id.filter(|_| here.actor().sees_all())?;
        match here.loaders.users.load(&here.app.db, id).await {
            Ok(user) => user.map(|row| Ok(User::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// When it was written.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.0.updated_at)
    }
}

connection!(OrderNoteConnection, OrderNoteEdge, OrderNote);

/// Declares the error type and the code enum of a mutation of notes.
macro_rules! note_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::order::note::Code {
                /// No such order, note or store, or not yours to see.
                NotFound,
                /// Only sellers of the order and staff write notes, only the author and administrators change one.
                Forbidden,
                /// The order changed since the version you know.
                Conflict,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
pub(super) use note_errors;

/// Declares the types of a mutation that writes a note.
macro_rules! note_types {
    ($payload:ident, $error:ident, $code:ident) => {
        $crate::graphql::order::note::note_errors!($error, $code);

        /// What came of writing a note.
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// The note as it is now; null when it was refused, or when it is gone since.
            note: Option<$crate::graphql::order::OrderNote>,
            /// The order as it is now; null when it was refused.
            order: Option<$crate::graphql::order::Order>,
            /// True: this call repeats an earlier one with the same key.
            replayed: bool,
            /// Why it was refused; empty when it was not.
            user_errors: Vec<$error>,
        }

        impl $payload {
            async fn of(
                ctx: &async_graphql::Context<'_>,
                outcome: Result<$crate::order::note::Noted, $crate::fault::Failure<$crate::order::note::Code>>,
            ) -> async_graphql::Result<Self> {
                Ok(match $crate::graphql::error::settle(ctx, outcome)? {
                    Err(user_errors) => Self { note: None, order: None, replayed: false, user_errors },
                    Ok(noted) => Self {
                        order: Some($crate::graphql::order::note::order(ctx, noted.order).await?),
                        note: noted.note.map($crate::graphql::order::OrderNote::new),
                        replayed: noted.replayed,
                        user_errors: Vec::new(),
                    },
                })
            }
        }
    };
}
pub(super) use note_types;

/// The order of a note that was written; what was loaded of it before is out of date.
pub(super) async fn order(ctx: &Context<'_>, row: entity::order::Model) -> Result<Order> {
    let here = Here::of(ctx)?;
    here.loaders.notes.forget(row.id).await;
    here.loaders.events.forget(row.id).await;
    here.loaders.orders.forget(row.id).await;
    Order::seen(ctx, std::sync::Arc::new(row))
}
