//! Orders of goods of several stores, where the shop wants one store per order (C-37). Pure.

use entity::id::StoreId;

use super::{Code, NewLine};
use crate::{
    fault::{Detail, Failure, Refusal},
    inventory::Goods,
};

/// Refuses lines of other stores than the first line's.
///
/// # Errors
/// [`Code::MultipleStores`] at each of them.
pub(super) fn expect_one(lines: &[NewLine], goods: &[Goods]) -> Result<(), Failure<Code>> {
    let mut stores: Vec<StoreId> = Vec::new();
    for store in goods.iter().map(|goods| goods.store) {
        if !stores.contains(&store) {
            stores.push(store);
        }
    }
    let others = lines.iter().zip(goods).enumerate().filter(|(_, (_, goods))| stores.first() != Some(&goods.store));
    let refusals: Vec<Refusal<Code>> = others
        .map(|(index, (line, goods))| {
            let at = ["items".to_owned(), index.to_string(), named_by(line).to_owned()];
            let detail = Detail { stores: stores.clone(), ..Default::default() };
            let message = format!("{} is of another store; an order is of one store", goods.name());
            Refusal::new(Code::MultipleStores, at, message).with(detail)
        })
        .collect();
    match refusals.is_empty() {
        true => Ok(()),
        false => Err(Failure::Refused(refusals)),
    }
}

/// The field by which a line names its goods.
pub(in crate::order) fn named_by(line: &NewLine) -> &'static str {
    if line.variant.is_some() { "variant" } else { "sku" }
}
