//! Adding goods of another store to an order, where the shop wants one store per order (C-37). Pure.

use std::collections::BTreeSet;

use entity::{id::StoreId, order_item};

use super::{Code, Edit, path};
use crate::{
    config::MultiStorePolicy,
    fault::{Detail, Failure, Refusal},
    inventory::Goods,
    order::create::named_by,
};

/// Refuses added lines of stores that the order held nothing of, unless all of it is of one store then. An order that holds
/// goods of several stores already stays one.
///
/// # Errors
/// [`Code::MultipleStores`] at each of them.
pub(super) fn expect_allowed(
    policy: MultiStorePolicy,
    before: &[order_item::Model],
    after: &[order_item::Model],
    edit: &Edit,
    goods: &[Goods],
) -> Result<(), Failure<Code>> {
    let stores = |lines: &[order_item::Model]| lines.iter().map(|line| line.store_id).collect::<BTreeSet<StoreId>>();
    let (known, now) = (stores(before), stores(after));
    match policy {
        MultiStorePolicy::Allow => return Ok(()),
        MultiStorePolicy::Split | MultiStorePolicy::Reject if now.len() <= 1 => return Ok(()),
        MultiStorePolicy::Split | MultiStorePolicy::Reject => {}
    }
    let mut refusals = Vec::new();
    for (index, line) in edit.add.iter().enumerate() {
        let of_line = |goods: &&Goods| Some(goods.variant) == line.variant || Some(&goods.sku) == line.sku.as_ref();
        if let Some(goods) = goods.iter().find(of_line).filter(|goods| !known.contains(&goods.store)) {
            let detail = Detail { stores: now.iter().copied().collect(), ..Default::default() };
            let message = format!("{} is of another store; an order is of one store", goods.name());
            refusals.push(Refusal::new(Code::MultipleStores, path("add", index, named_by(line)), message).with(detail));
        }
    }
    match refusals.is_empty() {
        true => Ok(()),
        false => Err(Failure::Refused(refusals)),
    }
}
