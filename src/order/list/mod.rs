//! Lists of orders (LIST-01 to LIST-04). How a page is found depends on the filter: an index that has the rows in the list's
//! order is walked where many rows pass the filter, and few rows are collected and sorted where few do ([`way`]).

use std::{collections::HashMap, time::Instant};

use entity::{id::OrderId, order};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::{
    filter::Filter,
    payment_kinds,
    query::Scope,
    read::{self, Whole, With},
};
use crate::{
    app::App,
    fault::Fault,
    list::{
        self, Asked,
        followed::{Followed, Telling, Turn},
        into_page_error,
        way::Wanted,
    },
    page::{self, Hints, Page, PageError, PageRequest, Plan, SortKey},
    search,
};

mod count;
mod followed;
mod sort;
pub mod tabs;

pub(crate) use count::by_status;
pub use count::{ByStatus, of_all};
pub use sort::{Sort, SortField};

/// What a page is found with beside its connection.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// The service.
    pub app: &'a App,
    /// Sums that know how many orders there are.
    pub sums: &'a dyn Sums,
    /// Lists that are followed, for connections that see what is committed now.
    pub followed: Option<&'a Followed>,
}

/// Sums that know how many orders there are of some filters.
pub trait Sums: Send + Sync {
    /// How many orders of a filter a scope sees in each status; none where the sums do not know.
    ///
    /// # Errors
    /// When the database fails.
    fn by_status<'a>(&'a self, scope: &'a Scope, filter: &'a Filter) -> BoxFuture<'a, Result<Option<ByStatus>, Fault>>;
}

/// A page of the orders the caller sees, with what is asked for of each: a statement that finds them by the filter, and one
/// that reads them whole unless the orders alone are asked for.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    beside: Beside<'_>,
    scope: &Scope,
    filter: &Filter,
    sort: &[Sort],
    request: &PageRequest,
    with: With,
) -> Result<Page<Whole>, PageError> {
    page::check(request)?;
    let keys = sort::keys(scope, sort);
    let following = beside.followed.and_then(|followed| followed::page(followed, scope, filter, sort, request));
    let turn = match &following {
        Some(following) => following.turn(conn, &keys).await?,
        None => Turn::Read,
    };
    let backend = conn.get_database_backend();
    let page_of = |total| Plan::hinted(backend, order::Entity::find(), &keys, request, Hints { total, ..Hints::default() });
    let counted = match request.count {
        true => count::known(conn, beside, scope, filter).await.map_err(into_page_error)?,
        false => None,
    };
    if let Turn::Known(ids) = &turn
        && counted.is_some() == request.count
    {
        return whole(conn, &keys, page_of(counted)?, ids, with).await;
    }
    if let Some(total) = counted.filter(|_| request.is_of_nothing()) {
        return Ok(Page::of_nothing(total));
    }
    let begun = Instant::now();
    let mut filter = search::looked_up(conn, &beside.app.samples, search::ORDERS, filter).await?;
    if filter.asks_for_payment_type() {
        filter = filter.knowing_paid_by(&payment_kinds::occurring(conn).await?);
    }
    let filter = &filter;
    let mut parts = filter.parts(scope, backend);
    parts.extend(scope.part());
    let looking = begun.elapsed();
    let total = match counted {
        None if request.count => Some(count::of(conn, beside, scope, filter, &parts, looking).await.map_err(into_page_error)?),
        known => known,
    };
    if let Some(total) = total.filter(|_| request.is_of_nothing()) {
        return Ok(Page::of_nothing(total));
    }
    if let Turn::Known(ids) = &turn {
        return whole(conn, &keys, page_of(total)?, ids, with).await;
    }
    let first = sort.first().map_or(SortField::PlacedAt, |sort| sort.field);
    let matching = match total {
        None if parts.len() > 1 => count::kept(conn, scope, filter).await?,
        known => known,
    };
    let wanted = Wanted { first, alone: keys.len() == 2, size: &count::of_all(), matching };
    let asked: Asked<'_, order::Entity, SortField> =
        Asked { parts: &parts, keys: &keys, spreads: &beside.app.spreads, request, total };
    if let (Turn::Learn(learning), Some(following)) = (turn, &following) {
        let request = &following.request();
        let (plan, rows) = list::find(conn, &Asked { request, ..asked }, &wanted, Telling(order::Column::Id, &keys)).await?;
        return whole(conn, &keys, page_of(total)?, &following.learn(learning, &plan, rows), with).await;
    }
    let begun = Instant::now();
    let page = match with.nothing() {
        true => {
            let (plan, rows) = list::find(conn, &asked, &wanted, list::Whole).await?;
            let rows = rows.into_iter().map(|order| Some(Whole::bare(order))).collect();
            plan.page_by(rows, |whole: &Whole| page::cursor(&keys, &*whole.order))
        }
        false => {
            let (plan, ids) = list::find(conn, &asked, &wanted, Ids).await?;
            whole(conn, &keys, plan, &ids, with).await?
        }
    };
    if let Some(following) = following {
        following.took(looking + begun.elapsed()).await;
    }
    Ok(page)
}

/// The page of a plan that has found these orders.
async fn whole(
    conn: &impl ConnectionTrait,
    keys: &[SortKey<order::Model>],
    plan: Plan<order::Entity>,
    ids: &[Uuid],
    with: With,
) -> Result<Page<Whole>, PageError> {
    let orders: Vec<OrderId> = ids.iter().copied().map(OrderId).collect();
    let mut found: HashMap<Uuid, Whole> = read::by_ids(conn, &orders, with)
        .await
        .map_err(into_page_error)?
        .into_iter()
        .map(|whole| (whole.order.id.0, whole))
        .collect();
    // An order deleted between the two statements is left out.
    let rows = ids.iter().map(|id| found.remove(id)).collect();
    Ok(plan.page_by(rows, |whole: &Whole| page::cursor(keys, &*whole.order)))
}

/// Only the ids.
struct Ids;

impl list::Read<order::Entity> for Ids {
    type Row = Uuid;

    async fn read(&self, conn: &impl ConnectionTrait, plan: &Plan<order::Entity>) -> Result<Vec<Uuid>, DbErr> {
        plan.column(conn, order::Column::Id).await
    }
}

/// The orders of the list, all of them, in its order.
pub fn all(backend: DbBackend, scope: &Scope, filter: &Filter, sort: &[Sort]) -> Select<order::Entity> {
    let select = order::Entity::find().filter(scope.condition()).filter(filter.condition(scope, backend));
    page::in_order(select, &sort::keys(scope, sort))
}
