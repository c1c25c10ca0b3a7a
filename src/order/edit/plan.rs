//! What an edit makes of the lines of an order. No query; refusals are gathered, so that all that is wrong is told at once.
//!
//! More pieces of the same variant at the same price join the line that is there; at another price they are a line of their own.

use std::collections::{BTreeMap, BTreeSet};

use entity::{
    id::{OrderItemId, VariantId},
    order, order_item,
    stored::OrderType,
    time::Timestamp,
};
use serde_json::{Value, json};

use super::{Code, Edit, LineChange, path};
use crate::{
    auth::policy::Reach,
    clock::random_bytes,
    event::Change,
    fault::{Detail, Failure, Fault, Refusal},
    inventory::Goods,
    money::{Currency, format_minor, to_minor_unsigned},
    order::{
        create::{MAX_LINES, MAX_QUANTITY, NewLine},
        pricing,
    },
};

/// Lines while an edit is carried out.
pub(super) struct Plan<'a> {
    order: &'a order::Model,
    before: &'a [order_item::Model],
    goods: &'a [Goods],
    shipped: BTreeSet<OrderItemId>,
    reach: Reach,
    now: Timestamp,
    currency: Currency,
    after: Vec<order_item::Model>,
    touched: BTreeSet<OrderItemId>,
    /// Catalogue prices that staff overrode, by line.
    overridden: BTreeMap<OrderItemId, i64>,
    /// Where pieces of each variant were asked for first, in the order of the input.
    wanted: Vec<(VariantId, Vec<String>)>,
    last: Option<OrderItemId>,
}

/// What came of it.
pub(super) struct Planned {
    /// All lines, in their order.
    pub lines: Vec<order_item::Model>,
    /// Pieces per variant to take from stock, or to give back when negative.
    pub moves: BTreeMap<VariantId, i64>,
    /// What the event tells of lines.
    pub changes: Vec<Change>,
    /// The line that was added or changed last.
    pub last: Option<OrderItemId>,
}

type Outcome = Result<(), Refusal<Code>>;

impl<'a> Plan<'a> {
    /// Begins with the lines as they are; the stock rows of `goods` are locked.
    pub fn of(
        order: &'a order::Model,
        before: &'a [order_item::Model],
        goods: &'a [Goods],
        shipped: BTreeSet<OrderItemId>,
        reach: Reach,
        now: Timestamp,
    ) -> Result<Self, Failure<Code>> {
        let currency =
            Currency::from_code(&order.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", order.currency)))?;
        Ok(Self {
            order,
            before,
            goods,
            shipped,
            reach,
            now,
            currency,
            after: before.to_vec(),
            touched: BTreeSet::new(),
            overridden: BTreeMap::new(),
            wanted: Vec::new(),
            last: None,
        })
    }

    /// Removes, changes and adds lines, in this order.
    pub fn carry_out(mut self, edit: &Edit) -> Result<Planned, Failure<Code>> {
        let mut refusals = Vec::new();
        for (index, id) in edit.remove.iter().enumerate() {
            refusals.extend(self.remove(index, *id).err());
        }
        for (index, change) in edit.update.iter().enumerate() {
            refusals.extend(self.update(index, change).err());
        }
        for (index, line) in edit.add.iter().enumerate() {
            refusals.extend(self.add(index, line).err());
        }
        if refusals.is_empty() && self.after.is_empty() {
            let at = vec!["remove".to_owned(), (edit.remove.len().max(1) - 1).to_string()];
            refusals.push(Refusal::new(Code::LastItem, at, "an order has at least one line; cancel the order instead"));
        }
        if self.after.len() > MAX_LINES {
            refusals.push(Refusal::new(Code::TooManyItems, ["add"], "an order has at most 500 lines"));
        }
        let moves = self.moves();
        refusals.extend(self.shortages(&moves));
        match refusals.is_empty() {
            true => Ok(Planned { moves, changes: self.changes(), last: self.last, lines: self.after }),
            false => Err(Failure::Refused(refusals)),
        }
    }

    /// The place of a line that may be changed, each once in an edit.
    fn place(&mut self, id: OrderItemId, at: Vec<String>) -> Result<usize, Refusal<Code>> {
        let Some(known) = self.before.iter().find(|line| line.id == id) else {
            return Err(Refusal::new(Code::NotFound, at, "Order item not found"));
        };
        if self.shipped.contains(&id) {
            return Err(Refusal::new(Code::ItemShipped, at, format!("{} has been shipped", known.name)));
        }
        match self.after.iter().position(|line| line.id == id) {
            Some(place) if self.touched.insert(id) => Ok(place),
            _ => Err(Refusal::new(Code::InvalidInput, at, "this line is named twice")),
        }
    }

    fn remove(&mut self, index: usize, id: OrderItemId) -> Outcome {
        let place = self.place(id, vec!["remove".to_owned(), index.to_string()])?;
        self.after.remove(place);
        Ok(())
    }

    fn update(&mut self, index: usize, change: &LineChange) -> Outcome {
        let at = |field: &str| path("update", index, field);
        let place = self.place(change.item, at("item"))?;
        let mut line = self.after[place].clone();
        if let Some(price) = change.unit_price {
            line.unit_price_minor = to_minor_unsigned(price, self.currency)
                .map_err(|error| Refusal::new(Code::InvalidAmount, at("unitPrice"), error.to_string()))?;
        }
        if let Some(quantity) = change.quantity {
            let quantity = quantity_of(quantity, at("quantity"))?;
            match quantity - line.quantity {
                more if more > 0 => self.raise(&mut line, more, at("quantity"))?,
                _ => line.stock_taken = line.stock_taken.min(quantity),
            }
            line.quantity = quantity;
        }
        line.total_minor = total(&line, at("quantity"))?;
        self.last = Some(line.id);
        self.after[place] = line;
        Ok(())
    }

    /// More pieces of a line are a purchase: the goods must be on sale, for buyers at the price the line has (C-16).
    fn raise(&mut self, line: &mut order_item::Model, more: i32, at: Vec<String>) -> Outcome {
        let goods = line.variant_id.and_then(|id| self.goods.iter().find(|goods| goods.variant == id));
        let Some(goods) = goods.filter(|goods| goods.is_sellable()) else {
            return Err(Refusal::new(Code::NotSellable, at, format!("{} is not on sale", line.name)));
        };
        self.same_currency(goods, &at)?;
        if self.reach == Reach::Own && goods.price != line.unit_price_minor {
            let detail = Detail { current_price: Some((goods.price, self.currency)), ..Default::default() };
            return Err(Refusal::new(Code::PriceChanged, at, "more pieces have another price; add them").with(detail));
        }
        line.stock_taken += more;
        self.wants(goods.variant, at);
        Ok(())
    }

    fn add(&mut self, index: usize, new: &NewLine) -> Outcome {
        let at = |field: &str| path("add", index, field);
        let (named_by, goods) = match new.variant {
            Some(id) => ("variant", self.goods.iter().find(|goods| goods.variant == id)),
            None => ("sku", self.goods.iter().find(|goods| Some(&goods.sku) == new.sku.as_ref())),
        };
        let goods = goods.ok_or_else(|| Refusal::new(Code::NotFound, at(named_by), "Product not found"))?;
        if !goods.is_sellable() {
            return Err(Refusal::new(Code::NotSellable, at(named_by), format!("{} is not on sale", goods.name())));
        }
        self.same_currency(goods, &at(named_by))?;
        if goods.is_physical && self.order.kind != OrderType::Pickup && self.order.shipping_address.is_none() {
            return Err(Refusal::new(Code::AddressRequired, at(named_by), "physical goods need a shipping address"));
        }
        let price = self.price(goods, new, at("unitPrice"))?;
        let quantity = quantity_of(new.quantity, at("quantity"))?;
        self.wants(goods.variant, at("quantity"));
        let line = match self.after.iter().position(|line| self.takes_more(line, goods, price)) {
            Some(place) => {
                let line = &mut self.after[place];
                let sum = i64::from(line.quantity) + i64::from(quantity);
                line.quantity = quantity_of(sum, at("quantity"))?;
                line.stock_taken = line.quantity;
                line.total_minor = total(line, at("quantity"))?;
                line.id
            }
            None => {
                let mut line = self.line(goods, quantity, price);
                line.total_minor = total(&line, at("quantity"))?;
                let id = line.id;
                self.after.push(line);
                id
            }
        };
        if price != goods.price {
            self.overridden.insert(line, goods.price);
        }
        self.last = Some(line);
        Ok(())
    }

    fn wants(&mut self, variant: VariantId, at: Vec<String>) {
        if !self.wanted.iter().any(|(known, _)| *known == variant) {
            self.wanted.push((variant, at));
        }
    }

    fn same_currency(&self, goods: &Goods, at: &[String]) -> Outcome {
        if goods.currency == self.order.currency {
            return Ok(());
        }
        let message = format!("{} is priced in {}, the order in {}", goods.name(), goods.currency, self.order.currency);
        Err(Refusal::new(Code::CurrencyMismatch, at, message))
    }

    /// C-16: the server's price wins; staff may override it, others learn that it changed.
    fn price(&self, goods: &Goods, new: &NewLine, at: Vec<String>) -> Result<i64, Refusal<Code>> {
        let Some(given) = new.unit_price else { return Ok(goods.price) };
        let given = to_minor_unsigned(given, self.currency)
            .map_err(|error| Refusal::new(Code::InvalidAmount, at.clone(), error.to_string()))?;
        if given == goods.price || self.reach == Reach::All {
            return Ok(given);
        }
        let detail = Detail { current_price: Some((goods.price, self.currency)), ..Default::default() };
        Err(Refusal::new(Code::PriceChanged, at, "the price has changed").with(detail))
    }

    /// Whether more pieces join a line: one that is here still and holds all its pieces of the stock.
    fn takes_more(&self, line: &order_item::Model, goods: &Goods, price: i64) -> bool {
        line.variant_id == Some(goods.variant)
            && line.unit_price_minor == price
            && line.stock_taken == line.quantity
            && !self.shipped.contains(&line.id)
    }

    fn line(&self, goods: &Goods, quantity: i32, price: i64) -> order_item::Model {
        // Behind all lines, also those that this edit removes: a position means one line only.
        let last = self.before.iter().chain(&self.after).map(|line| line.position).max().unwrap_or(-1);
        order_item::Model {
            id: OrderItemId::at(self.now, random_bytes()),
            order_id: self.order.id,
            position: last + 1,
            store_id: goods.store,
            product_id: Some(goods.product),
            variant_id: Some(goods.variant),
            name: goods.name(),
            sku: Some(goods.sku.clone()),
            image_url: None,
            quantity,
            unit_price_minor: price,
            total_minor: 0,
            stock_taken: quantity,
        }
    }

    fn moves(&self) -> BTreeMap<VariantId, i64> {
        let held = |lines: &[order_item::Model], sign: i64| -> Vec<(VariantId, i64)> {
            let held = lines.iter().filter_map(|line| line.variant_id.map(|variant| (variant, line.stock_taken)));
            held.map(|(variant, pieces)| (variant, sign * i64::from(pieces))).collect()
        };
        let mut moves = crate::inventory::per_variant(held(&self.after, 1).into_iter().chain(held(self.before, -1)));
        moves.retain(|_, pieces| *pieces != 0);
        moves
    }

    /// What is wanted beyond the stock, told where it was asked for first; lines of one variant count together.
    fn shortages(&self, moves: &BTreeMap<VariantId, i64>) -> Vec<Refusal<Code>> {
        let short = |(variant, at): &(VariantId, Vec<String>)| {
            let available = self.goods.iter().find(|goods| goods.variant == *variant).map_or(0, |goods| goods.available);
            (moves.get(variant).copied().unwrap_or(0) > available).then(|| {
                let detail = Detail { available: Some(available), ..Default::default() };
                let message = format!("Insufficient stock. Available: {available}");
                Refusal::new(Code::InsufficientStock, at, message).with(detail)
            })
        };
        self.wanted.iter().filter_map(short).collect()
    }

    /// Each line that differs, as it was and as it is.
    fn changes(&self) -> Vec<Change> {
        let was = |line: Option<&order_item::Model>| line.map_or(Value::Null, |line| self.document(line));
        let is = |line: Option<&order_item::Model>| match line {
            None => Value::Null,
            Some(line) => self.with_catalogue_price(line),
        };
        let before = self.before.iter().map(|old| (Some(old), self.after.iter().find(|line| line.id == old.id)));
        let is_new = |line: &&order_item::Model| !self.before.iter().any(|old| old.id == line.id);
        let added = self.after.iter().filter(is_new).map(|line| (None, Some(line)));
        let differing = before.chain(added).filter(|(old, new)| old != new);
        let id = |old: Option<&order_item::Model>, new: Option<&order_item::Model>| old.or(new).map(|line| line.id.to_string());
        differing.filter_map(|(old, new)| Some(Change::new(&format!("items.{}", id(old, new)?), was(old), is(new)))).collect()
    }

    fn document(&self, line: &order_item::Model) -> Value {
        let money = |minor| format_minor(minor, self.currency);
        json!({
            "id": line.id,
            "store": line.store_id,
            "position": line.position,
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "unitPrice": money(line.unit_price_minor),
            "total": money(line.total_minor),
        })
    }

    /// The line with the price that staff overrode.
    fn with_catalogue_price(&self, line: &order_item::Model) -> Value {
        let mut document = self.document(line);
        if let Some(price) = self.overridden.get(&line.id) {
            document["cataloguePrice"] = format_minor(*price, self.currency).into();
        }
        document
    }
}

fn quantity_of(quantity: i64, at: Vec<String>) -> Result<i32, Refusal<Code>> {
    let in_range = Some(quantity).filter(|quantity| (1..=MAX_QUANTITY).contains(quantity));
    let quantity = in_range.and_then(|quantity| i32::try_from(quantity).ok());
    quantity.ok_or_else(|| Refusal::new(Code::InvalidQuantity, at, "must be between 1 and 1000000"))
}

fn total(line: &order_item::Model, at: Vec<String>) -> Result<i64, Refusal<Code>> {
    pricing::line_total(line.quantity, line.unit_price_minor)
        .ok_or_else(|| Refusal::new(Code::InvalidAmount, at, "the line's total is out of range"))
}
