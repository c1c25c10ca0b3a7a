//! The documents of an order before they have a number: its stores, and each one's part of the sums. Pure.

use std::collections::BTreeMap;

use entity::{id::StoreId, invoice, order, order_item};

use super::share::{share, step};

/// The amounts of a document, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The lines.
    pub subtotal: i64,
    /// Part of the shipping.
    pub shipping: i64,
    /// Part of the tax.
    pub tax: i64,
    /// Part of the discount.
    pub discount: i64,
    /// What they come to.
    pub total: i64,
}

/// What a store bills for an order.
pub struct Bill<'a> {
    /// The store.
    pub store: StoreId,
    /// Its lines, in their order.
    pub lines: Vec<&'a order_item::Model>,
    /// Its part.
    pub sums: Sums,
}

/// The bills of an order, by store. Shipping and tax are shared by what each store's lines come to, the discount by what
/// that makes, so that no store's total is below zero; all totals add up to the order's.
pub fn bills<'a>(order: &order::Model, lines: &'a [order_item::Model]) -> Vec<Bill<'a>> {
    let mut by_store: BTreeMap<StoreId, Vec<&order_item::Model>> = BTreeMap::new();
    for line in lines {
        by_store.entry(line.store_id).or_default().push(line);
    }
    let subtotals: Vec<i64> = by_store.values().map(|lines| lines.iter().map(|line| line.total_minor).sum()).collect();
    let (shipping, tax) = (share(order.shipping_minor, &subtotals), share(order.tax_minor, &subtotals));
    let gross: Vec<i64> = (0..subtotals.len()).map(|index| subtotals[index] + shipping[index] + tax[index]).collect();
    let discount = share(order.discount_minor, &gross);
    by_store
        .into_iter()
        .enumerate()
        .map(|(index, (store, lines))| {
            let (subtotal, shipping, tax, discount) = (subtotals[index], shipping[index], tax[index], discount[index]);
            let sums = Sums { subtotal, shipping, tax, discount, total: gross[index] - discount };
            Bill { store, lines, sums }
        })
        .collect()
}

/// What a credit note takes from an invoice of which `before` was credited already: each component in its part, so that
/// credit notes over the whole invoice give back each component exactly.
pub fn credit(invoice: &invoice::Model, before: i64, amount: i64) -> Sums {
    let part = |component: i64| step(component, invoice.total_minor, before, before + amount);
    let (shipping, tax, discount) = (part(invoice.shipping_minor), part(invoice.tax_minor), part(invoice.discount_minor));
    Sums { subtotal: amount - shipping - tax + discount, shipping, tax, discount, total: amount }
}
