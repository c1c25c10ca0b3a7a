//! Orders: the objects, the queries, a file for each mutation.

mod address;
mod bulk;
mod cancel;
mod create;
mod delete;
mod edit;
mod filter;
pub mod group;
pub mod hold;
mod item;
mod item_add;
mod item_remove;
mod item_update;
pub mod loader;
mod node;
mod note;
mod note_add;
mod note_delete;
mod note_update;
mod past;
pub mod prefetch;
pub mod query;
mod refund;
mod ship_by;
mod stored;
mod tabs;
pub(in crate::graphql) mod transition;
mod update;

pub use address::{AddressInput, OrderAddress, StructuredAddressInput};
pub use filter::{DateTimeFilter, MoneyFilter, OrderFilter};
pub use group::OrderGroup;
pub use hold::OrderHold;
pub use item::{OrderItem, OrderItemConnection, OrderItemEdge, OrderItemFilter};
pub use node::{Order, OrderConnection, OrderEdge};
pub use note::OrderNote;
pub use past::{OrderItemSnapshot, OrderSnapshot, OrderSnapshotTotals};
pub use query::{OrderQuery, OrderSort};
pub use stored::*;
pub use tabs::OrderTabsQuery;
pub use transition::version;

/// Mutations of orders.
#[derive(Default, async_graphql::MergedObject)]
pub struct OrderMutation(
    create::OrderCreate,
    update::OrderUpdate,
    edit::OrderEdit,
    item_add::OrderItemAdd,
    item_update::OrderItemUpdate,
    item_remove::OrderItemRemove,
    note_add::OrderNoteAdd,
    note_update::OrderNoteUpdate,
    note_delete::OrderNoteDelete,
    transition::Transitions,
    cancel::OrderCancel,
    bulk::OrdersBulkAction,
    delete::OrderDelete,
    refund::OrderRefund,
    hold::Holds,
    ship_by::OrderShipByUpdate,
);
