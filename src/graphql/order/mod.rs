//! Orders: the objects, the queries, a file for each mutation.

mod address;
mod bulk;
mod cancel;
mod create;
mod delete;
mod filter;
mod item;
pub mod loader;
mod node;
mod past;
pub mod prefetch;
pub mod query;
mod stored;
mod transition;
mod update;

pub use address::{AddressInput, OrderAddress};
pub use filter::{DateTimeFilter, MoneyFilter, OrderFilter};
pub use item::{OrderItem, OrderItemConnection, OrderItemEdge};
pub use node::{Order, OrderConnection, OrderEdge};
pub use past::{OrderItemSnapshot, OrderSnapshot, OrderSnapshotTotals};
pub use query::OrderQuery;
pub use stored::*;
pub use transition::version;

/// Mutations of orders.
#[derive(Default, async_graphql::MergedObject)]
pub struct OrderMutation(
    create::OrderCreate,
    update::OrderUpdate,
    transition::Transitions,
    cancel::OrderCancel,
    bulk::OrdersBulkAction,
    delete::OrderDelete,
);
