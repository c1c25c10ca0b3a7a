//! Stock.

mod adjust;

/// Mutations of stock.
#[derive(Default, async_graphql::MergedObject)]
pub struct InventoryMutation(adjust::StockAdjust);
