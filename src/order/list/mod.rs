//! Lists of orders (LIST-01 to LIST-04). How a page is found depends on the filter: an index that has the rows in the list's
//! order is walked where many rows pass the filter, and few rows are collected and sorted where few do ([`way`]).

use std::collections::HashMap;

use entity::{id::OrderId, order};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter, Select};

use super::{
    filter::Filter,
    payment_kinds,
    query::Scope,
    read::{self, Whole, With},
};
use crate::{
    fault::Fault,
    list::way,
    page::{self, Hints, Page, PageError, PageRequest, Plan},
    search::{self, Samples},
};

mod count;
mod sort;

pub use sort::{Sort, SortField};

/// A page of the orders the caller sees, with what is asked for of each: a statement that finds them by the filter, and one
/// that reads them whole unless the orders alone are asked for.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    samples: &Samples,
    scope: &Scope,
    filter: &Filter,
    sort: &[Sort],
    request: &PageRequest,
    with: With,
) -> Result<Page<Whole>, PageError> {
    page::check(request)?;
    let mut filter = search::looked_up(conn, samples, search::ORDERS, filter).await?;
    if filter.asks_for_payment_type() {
        filter = filter.knowing_paid_by(&payment_kinds::occurring(conn).await?);
    }
    let filter = &filter;
    let mut parts = filter.parts(scope, conn.get_database_backend());
    parts.extend(scope.part());
    let total = match request.count {
        true => Some(count::of(conn, scope, filter, &parts).await?),
        false => None,
    };
    let keys = sort::keys(scope, sort);
    let first = sort.first().map_or(SortField::PlacedAt, |sort| sort.field);
    let matching = if parts.len() > 1 { count::kept(conn, scope, filter).await? } else { None };
    let way = way::choose(conn, &parts, first, &count::of_all(), matching).await?;
    let select = order::Entity::find().filter(way.condition);
    let hints = Hints { total, by_hand: way.by_hand, branches: way.branches };
    let plan = Plan::hinted(conn.get_database_backend(), select, &keys, request, hints)?;
    if with.nothing() {
        let rows = plan.rows(conn).await?.into_iter().map(|order| Some(Whole::bare(order))).collect();
        return Ok(plan.page_by(rows, |whole: &Whole| page::cursor(&keys, &*whole.order)));
    }
    let ids: Vec<OrderId> = plan.column(conn, order::Column::Id).await?;
    let mut found: HashMap<OrderId, Whole> =
        read::by_ids(conn, &ids, with).await.map_err(into_page_error)?.into_iter().map(|whole| (whole.order.id, whole)).collect();
    // An order deleted between the two statements is left out.
    let rows = ids.into_iter().map(|id| found.remove(&id)).collect();
    Ok(plan.page_by(rows, |whole: &Whole| page::cursor(&keys, &*whole.order)))
}

/// The orders of the list, all of them, in its order.
pub fn all(scope: &Scope, filter: &Filter, sort: &[Sort]) -> Select<order::Entity> {
    let select = order::Entity::find().filter(scope.condition()).filter(filter.condition(scope));
    page::in_order(select, &sort::keys(scope, sort))
}

fn into_page_error(fault: Fault) -> PageError {
    match fault {
        Fault::Database(error) => PageError::Database(error),
        other => PageError::Database(DbErr::Custom(other.to_string())),
    }
}
