//! How many products a list has in each state, and how many of them are low or out of stock: the tabs above it (CAT-17).

use entity::{product, product_variant, stored::ProductStatus};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{CaseStatement, Expr, Func},
};

use super::query::{Filter, visible_to, with_variant};
use crate::{auth::actor::Actor, fault::Fault};

/// The figures of the tabs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tabs {
    /// Products in each state, all states.
    pub by_status: Vec<(ProductStatus, i64)>,
    /// Products with a variant of which some are left, but few.
    pub low_stock: i64,
    /// Products with no variant that can be had.
    pub out_of_stock: i64,
}

/// Counts the products that the caller sees and the filter is for. What the filter itself says of the state is left out. One
/// statement, over the rows.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count(conn: &impl ConnectionTrait, actor: &Actor, filter: &Filter, low: i64) -> Result<Tabs, Fault> {
    use product_variant::Column as V;
    let filter = Filter { status: None, ..filter.clone() };
    let few = with_variant(Condition::all().add(V::Available.gt(0)).add(V::Available.lte(low)));
    let none = with_variant(V::Available.gt(0)).not();
    let found: Vec<(ProductStatus, i64, i64, i64)> = product::Entity::find()
        .select_only()
        .column(product::Column::Status)
        .column_as(product::Column::Id.count(), "products")
        .column_as(counted(few), "low_stock")
        .column_as(counted(none), "out_of_stock")
        .filter(visible_to(actor))
        .filter(filter.condition(conn.get_database_backend()))
        .group_by(product::Column::Status)
        .into_tuple()
        .all(conn)
        .await?;
    let of = |status| found.iter().find(|row| row.0 == status).map_or(0, |row| row.1);
    Ok(Tabs {
        by_status: ProductStatus::all().map(|status| (status, of(status))).collect(),
        low_stock: found.iter().map(|row| row.2).sum(),
        out_of_stock: found.iter().map(|row| row.3).sum(),
    })
}

/// How many rows of a group the condition holds for.
fn counted(condition: Condition) -> Expr {
    let one_or_nothing = CaseStatement::new().case(condition, Expr::cust("1"));
    Func::count(one_or_nothing).into()
}
