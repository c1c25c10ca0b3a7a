//! Orders: the objects, the queries, a file for each mutation.

mod address;
mod bulk;
mod cancel;
mod create;
mod delete;
mod filter;
pub mod hold;
mod item;
pub mod loader;
mod node;
pub mod prefetch;
pub mod query;
mod ship_by;
mod stored;
pub(in crate::graphql) mod transition;
mod update;

pub use address::{AddressInput, OrderAddress};
pub use filter::{DateTimeFilter, MoneyFilter, OrderFilter};
pub use hold::OrderHold;
pub use item::{OrderItem, OrderItemConnection, OrderItemEdge};
pub use node::{Order, OrderConnection, OrderEdge};
pub use query::OrderQuery;
pub use stored::*;

/// Mutations of orders.
#[derive(Default, async_graphql::MergedObject)]
pub struct OrderMutation(
    create::OrderCreate,
    update::OrderUpdate,
    transition::Transitions,
    cancel::OrderCancel,
    bulk::OrdersBulkAction,
    delete::OrderDelete,
    hold::Holds,
    ship_by::OrderShipByUpdate,
);
