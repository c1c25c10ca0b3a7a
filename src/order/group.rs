//! Orders that were placed together, one per store (C-37). Each lives its own life: it has its own number, payments and
//! parcels; the group only says that they belong together.

use std::collections::HashMap;

use entity::{
    id::{OrderGroupId, OrderId},
    order, order_group, order_group_member,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait as _,
};

use super::query::{Scope, Unseen};
use crate::{auth::actor::Actor, fault::Fault};

/// A group with the orders in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub row: order_group::Model,
    /// Its orders, in their order.
    pub orders: Vec<OrderId>,
}

/// Writes a group of orders that were just placed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn write(tx: &DatabaseTransaction, group: &Group) -> Result<(), DbErr> {
    order_group::Entity::insert(group.row.clone().into_active_model()).exec_without_returning(tx).await?;
    let members = (0..).zip(&group.orders).map(|(position, order)| {
        order_group_member::Model { order_id: *order, group_id: group.row.id, position }.into_active_model()
    });
    order_group_member::Entity::insert_many(members).exec_without_returning(tx).await?;
    Ok(())
}

/// The groups of several orders, by order; an order that was placed alone has none.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_order(conn: &impl ConnectionTrait, orders: &[OrderId]) -> Result<HashMap<OrderId, Group>, Fault> {
    let groups = order_group_member::Entity::find()
        .select_only()
        .column(order_group_member::Column::GroupId)
        .filter(order_group_member::Column::OrderId.is_in(orders.iter().copied()));
    let found = read(conn, order_group::Column::Id.in_subquery(groups.into_query())).await?;
    let each = found.into_iter().flat_map(|group| group.orders.clone().into_iter().map(move |order| (order, group.clone())));
    Ok(each.filter(|(order, _)| orders.contains(order)).collect())
}

/// A group of which the caller sees an order.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible(conn: &impl ConnectionTrait, actor: &Actor, id: OrderGroupId) -> Result<Option<Group>, Unseen> {
    let scope = Scope::of(actor)?;
    let Some(group) = read(conn, order_group::Column::Id.eq(id)).await.map_err(Unseen::Fault)?.pop() else { return Ok(None) };
    let members = order::Entity::find().filter(order::Column::Id.is_in(group.orders.iter().copied()));
    let seen = members.filter(scope.condition()).count(conn).await?;
    Ok(Some(group).filter(|_| seen > 0))
}

async fn read(conn: &impl ConnectionTrait, which: impl sea_orm::sea_query::IntoCondition) -> Result<Vec<Group>, Fault> {
    let rows = order_group::Entity::find().filter(which.into_condition()).all(conn).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let members = order_group_member::Entity::find()
        .filter(order_group_member::Column::GroupId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(order_group_member::Column::GroupId)
        .order_by_asc(order_group_member::Column::Position)
        .all(conn)
        .await?;
    let orders = |id| members.iter().filter(move |member| member.group_id == id).map(|member| member.order_id);
    Ok(rows.into_iter().map(|row| Group { orders: orders(row.id).collect(), row }).collect())
}

/// Takes an order that is being deleted out of its group; the last one takes the group with it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn leave(tx: &DatabaseTransaction, order: OrderId) -> Result<(), DbErr> {
    let Some(member) = order_group_member::Entity::find_by_id(order).one(tx).await? else { return Ok(()) };
    // Of two orders of a group that are deleted at once, the second one finds the first one gone.
    order_group::Entity::find_by_id(member.group_id).lock_exclusive().one(tx).await?;
    order_group_member::Entity::delete_by_id(order).exec(tx).await?;
    let others = order_group_member::Entity::find().filter(order_group_member::Column::GroupId.eq(member.group_id));
    if others.count(tx).await? == 0 {
        order_group::Entity::delete_by_id(member.group_id).exec(tx).await?;
    }
    Ok(())
}

impl Group {
    /// A new group.
    pub(super) fn new(id: OrderGroupId, currency: &str, orders: Vec<OrderId>, now: Timestamp) -> Self {
        Self { row: order_group::Model { id, currency: currency.to_owned(), created_at: now }, orders }
    }
}
