//! The lines of an order on their way through an edit: read, planned, their stock moved, written.

use std::collections::{BTreeMap, BTreeSet};

use entity::{
    id::{OrderId, VariantId},
    order, order_item,
    time::Timestamp,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::{
    Code, Edit,
    plan::{Plan, Planned},
    shipped::shipped,
    stores,
};
use crate::{
    auth::policy::Reach,
    config::MultiStorePolicy,
    fault::{Failure, Fault},
    inventory::{self, Goods},
};

/// The lines of an order, in their order. Its row is locked, so nobody else changes them.
pub(super) async fn of(tx: &DatabaseTransaction, id: OrderId) -> Result<Vec<order_item::Model>, DbErr> {
    let lines = order_item::Entity::find().filter(order_item::Column::OrderId.eq(id));
    lines.order_by_asc(order_item::Column::Position).all(tx).await
}

/// Changes the lines of an order as an edit says: their stock rows are locked, all together and in id order, before anything
/// is decided.
pub(super) async fn change(
    tx: &DatabaseTransaction,
    order: &order::Model,
    lines: &[order_item::Model],
    edit: &Edit,
    reach: Reach,
    multi_store: MultiStorePolicy,
    now: Timestamp,
) -> Result<Planned, Failure<Code>> {
    let goods = goods(tx, lines, edit).await?;
    let planned = Plan::of(order, lines, &goods, shipped(tx, order, lines).await?, reach, now)?.carry_out(edit)?;
    stores::expect_allowed(multi_store, lines, &planned.lines, edit, &goods)?;
    move_stock(tx, &planned.moves, now).await?;
    write(tx, lines, &planned.lines).await?;
    Ok(planned)
}

/// What the edit adds, and what the lines it changes are of.
async fn goods(tx: &DatabaseTransaction, lines: &[order_item::Model], edit: &Edit) -> Result<Vec<Goods>, DbErr> {
    let named: BTreeSet<_> = edit.update.iter().map(|line| line.item).chain(edit.remove.iter().copied()).collect();
    let changed = lines.iter().filter(|line| named.contains(&line.id)).filter_map(|line| line.variant_id);
    let ids: BTreeSet<VariantId> = edit.add.iter().filter_map(|line| line.variant).chain(changed).collect();
    let skus: BTreeSet<&str> = edit.add.iter().filter_map(|line| line.sku.as_deref()).collect();
    if ids.is_empty() && skus.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, skus): (Vec<_>, Vec<_>) = (ids.into_iter().collect(), skus.into_iter().collect());
    inventory::lock_goods(tx, &ids, &skus).await
}

/// Takes what lines hold more than before, and gives back what they hold less.
async fn move_stock(tx: &DatabaseTransaction, moves: &BTreeMap<VariantId, i64>, now: Timestamp) -> Result<(), Fault> {
    let taken = moves.iter().filter(|(_, pieces)| **pieces > 0).map(|(variant, pieces)| (*variant, *pieces)).collect();
    inventory::take(tx, &taken, now).await?;
    let given = moves.iter().filter(|(_, pieces)| **pieces < 0).map(|(variant, pieces)| (*variant, -*pieces));
    inventory::give_back(tx, given, now).await
}

/// Writes what differs between the lines before and after.
async fn write(tx: &DatabaseTransaction, before: &[order_item::Model], after: &[order_item::Model]) -> Result<(), DbErr> {
    let kept: BTreeSet<_> = after.iter().map(|line| line.id).collect();
    let gone: Vec<_> = before.iter().map(|line| line.id).filter(|id| !kept.contains(id)).collect();
    if !gone.is_empty() {
        order_item::Entity::delete_many().filter(order_item::Column::Id.is_in(gone)).exec(tx).await?;
    }
    let known: BTreeMap<_, _> = before.iter().map(|line| (line.id, line)).collect();
    let mut new = Vec::new();
    for line in after {
        match known.get(&line.id) {
            None => new.push(line.clone().into_active_model()),
            Some(old) if *old == line => {}
            Some(_) => {
                let mut row = line.clone().into_active_model().reset_all();
                row.id = sea_orm::ActiveValue::Unchanged(line.id);
                row.update(tx).await?;
            }
        }
    }
    if !new.is_empty() {
        order_item::Entity::insert_many(new).exec_without_returning(tx).await?;
    }
    Ok(())
}
