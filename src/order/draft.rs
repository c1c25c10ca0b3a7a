//! An order being made: its lines priced, its sums, its rows. Pure but for the ids (ORD-09, C-16).

use std::collections::BTreeSet;

use entity::{
    customer,
    id::{OrderId, OrderItemId, StoreId},
    order, order_item, shipping_method,
    stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType},
    time::Timestamp,
};

use super::{
    address::OrderAddress,
    create::{Code, NewLine, NewOrder},
    number::Number,
    pricing::{self, Totals},
    search, state,
};
use crate::{
    clock::random_bytes,
    event::{Change, Origin},
    fault::{Detail, Failure, Fault, Refusal},
    inventory::{self, Goods, Wanted},
    invoice::share::share,
    money::{Currency, format_minor, to_minor_unsigned},
};

/// An order before it has an id: priced lines and what they take from stock.
pub(super) struct Draft<'a> {
    lines: Vec<PricedLine<'a>>,
    wanted: Vec<Wanted>,
    /// The currency of all lines.
    pub currency: Currency,
    /// Whether anything of it is shipped.
    pub is_physical: bool,
    shipping: Option<shipping_method::Model>,
    shipping_minor: i64,
}

struct PricedLine<'a> {
    goods: &'a Goods,
    quantity: i32,
    unit_price: i64,
    total: i64,
    /// Whether staff gave another price than the catalogue's.
    is_overridden: bool,
}

/// What an order needs beside its lines.
pub(super) struct OrderParts<'a> {
    /// What was asked for.
    pub new: &'a NewOrder,
    /// The shop's rules.
    pub rules: &'a crate::config::OrderConfig,
    /// Its id.
    pub id: OrderId,
    /// Its number.
    pub number: &'a Number,
    /// Who buys.
    pub customer: &'a customer::Model,
    /// Where to.
    pub shipping_address: Option<OrderAddress>,
    /// Who is billed.
    pub billing_address: Option<OrderAddress>,
    /// When it is placed.
    pub now: Timestamp,
}

impl<'a> Draft<'a> {
    /// Prices the lines and checks them against the stock seen, refusing all that is wrong at once.
    pub fn of(origin: &Origin, new: &NewOrder, goods: &'a [Goods]) -> Result<Self, Failure<Code>> {
        let first = goods.first().ok_or_else(|| Fault::Internal("no goods".into()))?;
        let currency =
            Currency::from_code(&first.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", first.currency)))?;
        let mut draft = Self::empty(currency);
        let mut refusals = Vec::new();
        for (index, (line, goods)) in new.items.iter().zip(goods).enumerate() {
            if let Err(refusal) = draft.add(origin, index, line, goods) {
                refusals.push(refusal);
            }
        }
        refusals.extend(
            inventory::shortages(&draft.wanted, goods).into_iter().map(|shortage| shortage.into_refusal(Code::InsufficientStock)),
        );
        match refusals.is_empty() {
            true => Ok(draft),
            false => Err(Failure::Refused(refusals)),
        }
    }

    fn empty(currency: Currency) -> Self {
        Self { lines: Vec::new(), wanted: Vec::new(), currency, is_physical: false, shipping: None, shipping_minor: 0 }
    }

    /// Has it shipped in a way, at its price.
    pub fn ship(&mut self, method: Option<shipping_method::Model>) {
        self.shipping_minor = method.as_ref().map_or(0, |method| method.price_minor);
        self.shipping = method;
    }

    /// A draft for each store, in the order in which their goods were named. What shipping costs is shared among those that
    /// hold goods one can hold, by what these cost: all sums add up to those of the whole.
    pub fn per_store(self) -> Vec<Self> {
        let mut drafts: Vec<(StoreId, Self)> = Vec::new();
        for line in self.lines {
            let store = line.goods.store;
            let place = drafts.iter().position(|(known, _)| *known == store).unwrap_or_else(|| {
                drafts.push((store, Self { shipping: self.shipping.clone(), ..Self::empty(self.currency) }));
                drafts.len() - 1
            });
            let draft = &mut drafts[place].1;
            draft.is_physical |= line.goods.is_physical;
            draft.lines.push(line);
        }
        let mut drafts: Vec<Self> = drafts.into_iter().map(|(_, draft)| draft).collect();
        let mut bearers: Vec<&mut Self> = drafts.iter_mut().filter(|draft| draft.is_physical || !self.is_physical).collect();
        let weights: Vec<i64> = bearers.iter().map(|draft| draft.lines.iter().map(|line| line.total).sum()).collect();
        for (draft, part) in bearers.iter_mut().zip(share(self.shipping_minor, &weights)) {
            draft.shipping_minor = part;
        }
        drafts
    }

    /// Its sums.
    pub fn totals(&self) -> Result<Totals, Failure<Code>> {
        let too_much = || Failure::refused(Code::InvalidAmount, ["items"], "the order's total is out of range");
        pricing::totals(self.lines.iter().map(|line| line.total), self.shipping_minor, 0, 0).ok_or_else(too_much)
    }

    fn add(&mut self, origin: &Origin, index: usize, line: &NewLine, goods: &'a Goods) -> Result<(), Refusal<Code>> {
        let at = |name: &str| ["items".to_owned(), index.to_string(), name.to_owned()];
        let quantity =
            i32::try_from(line.quantity).map_err(|_| Refusal::new(Code::InvalidQuantity, at("quantity"), "out of range"))?;
        if goods.currency != self.currency.code() {
            let message = format!("{} is priced in {}, other lines in {}", goods.name(), goods.currency, self.currency);
            let named_by = if line.variant.is_some() { "variant" } else { "sku" };
            return Err(Refusal::new(Code::CurrencyMismatch, at(named_by), message));
        }
        let unit_price = self.unit_price(origin, index, line, goods)?;
        let total = pricing::line_total(quantity, unit_price)
            .ok_or_else(|| Refusal::new(Code::InvalidAmount, at("quantity"), "the line's total is out of range"))?;
        self.is_physical |= goods.is_physical;
        self.wanted.push(Wanted { variant: goods.variant, pieces: line.quantity, line: index });
        let is_overridden = unit_price != goods.price;
        self.lines.push(PricedLine { goods, quantity, unit_price, total, is_overridden });
        Ok(())
    }

    /// C-16: the server's price wins; staff may override it, others learn that it changed.
    fn unit_price(&self, origin: &Origin, index: usize, line: &NewLine, goods: &Goods) -> Result<i64, Refusal<Code>> {
        let Some(given) = line.unit_price else { return Ok(goods.price) };
        let at = ["items".to_owned(), index.to_string(), "unitPrice".to_owned()];
        let given = to_minor_unsigned(given, self.currency)
            .map_err(|error| Refusal::new(Code::InvalidAmount, at.clone(), error.to_string()))?;
        if given == goods.price || origin.actor.sees_all() {
            return Ok(given);
        }
        let detail = Detail { current_price: Some((goods.price, self.currency)), ..Default::default() };
        Err(Refusal::new(Code::PriceChanged, at, "the price has changed").with(detail))
    }

    /// The order's row.
    pub fn order(&self, parts: OrderParts<'_>) -> Result<order::Model, Failure<Code>> {
        let OrderParts { new, customer, now, .. } = parts;
        let sums = self.totals()?;
        let status = new.status.unwrap_or(OrderStatus::Pending);
        let placed_at = new.placed_at.unwrap_or(now);
        let json = |address: &Option<OrderAddress>| -> Result<Option<String>, Failure<Code>> {
            let text = address.as_ref().map(serde_json::to_string).transpose();
            text.map_err(|error| Fault::Internal(error.to_string()).into())
        };
        let number = parts.number.text();
        let estimated_delivery = self.shipping.as_ref().map(|method| {
            placed_at.plus_seconds(i64::from(method.estimated_days) * 86_400).datetime().format("%Y-%m-%d").to_string()
        });
        let is_promised = matches!(status, OrderStatus::Confirmed | OrderStatus::Processing);
        let ship_by = super::ship_by::deadline(self.shipping.as_ref(), parts.rules, now).filter(|_| is_promised);
        let skus: BTreeSet<&str> = self.lines.iter().map(|line| line.goods.sku.as_str()).collect();
        let search = search::text(&number, &customer.name, customer.email.as_deref(), skus);
        Ok(order::Model {
            id: parts.id,
            number,
            status,
            payment_status: OrderPaymentStatus::Unpaid,
            fulfillment_status: state::fulfillment_of(status, FulfillmentStatus::Unfulfilled),
            kind: new.kind.unwrap_or(OrderType::Standard),
            payment_type: new.payment_type,
            currency: self.currency.code().to_owned(),
            customer_id: Some(customer.id),
            customer_name: customer.name.clone(),
            customer_email: customer.email.clone(),
            subtotal_minor: sums.subtotal,
            shipping_minor: sums.shipping,
            tax_minor: sums.tax,
            discount_minor: sums.discount,
            total_minor: sums.total,
            paid_minor: 0,
            refunded_minor: 0,
            shipping_address: json(&parts.shipping_address)?,
            billing_address: json(&parts.billing_address)?,
            shipping_method_id: new.shipping_method,
            tracking_number: None,
            note: new.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned),
            estimated_delivery,
            ship_by,
            overdue_at: None,
            held_at: None,
            external_id: None,
            search_text: search,
            event_seq: 1,
            version: 1,
            placed_at,
            created_at: now,
            updated_at: now,
        })
    }

    /// The rows of its lines.
    pub fn items(&self, order: &order::Model) -> Vec<order_item::Model> {
        let mut items = Vec::with_capacity(self.lines.len());
        for (position, line) in (0..).zip(&self.lines) {
            items.push(order_item::Model {
                id: OrderItemId::at(order.created_at, random_bytes()),
                order_id: order.id,
                position,
                store_id: line.goods.store,
                product_id: Some(line.goods.product),
                variant_id: Some(line.goods.variant),
                name: line.goods.name(),
                sku: Some(line.goods.sku.clone()),
                image_url: None,
                quantity: line.quantity,
                unit_price_minor: line.unit_price,
                total_minor: line.total,
                stock_taken: line.quantity,
            });
        }
        items
    }

    /// What the event of its creation tells.
    pub fn changes(&self, order: &order::Model) -> Vec<Change> {
        let mut changes = vec![Change::new("status", serde_json::Value::Null, order.status.as_str())];
        let text = |minor| format_minor(minor, self.currency);
        for (position, line) in self.lines.iter().enumerate().filter(|(_, line)| line.is_overridden) {
            let at = format!("items.{position}.unitPrice");
            changes.push(Change::new(&at, text(line.goods.price), text(line.unit_price)));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn goods(store: u128, price: i64, is_physical: bool) -> Goods {
        Goods {
            variant: entity::id::VariantId(Uuid::from_u128(store)),
            sku: String::new(),
            variant_name: String::new(),
            currency: "EUR".into(),
            price,
            available: 1_000,
            product: entity::id::ProductId(Uuid::from_u128(store)),
            product_name: String::new(),
            status: String::new(),
            is_physical,
            store: StoreId(Uuid::from_u128(store)),
        }
    }

    proptest! {
        #[test]
        fn the_sums_of_the_parts_are_those_of_the_whole(
            lines in prop::collection::vec((0..4_u128, 0..100_000_i64, any::<bool>(), 1..9_i32), 1..12),
            shipping in 0..10_000_i64,
        ) {
            let all: Vec<(Goods, i32)> =
                lines.into_iter().map(|(store, price, physical, quantity)| (goods(store, price, physical), quantity)).collect();
            let currency = Currency::from_code("EUR").ok_or_else(|| TestCaseError::fail("no euro"))?;
            let mut whole = Draft { shipping_minor: shipping, ..Draft::empty(currency) };
            for (goods, quantity) in &all {
                let (unit_price, total) = (goods.price, goods.price * i64::from(*quantity));
                whole.is_physical |= goods.is_physical;
                whole.lines.push(PricedLine { goods, quantity: *quantity, unit_price, total, is_overridden: false });
            }
            let (is_physical, count) = (whole.is_physical, whole.lines.len());
            let sums = whole.totals().map_err(|_| TestCaseError::fail("out of range"))?;
            let parts = whole.per_store();
            let mut stores = Vec::new();
            let mut added = Totals::default();
            for part in &parts {
                let own = part.totals().map_err(|_| TestCaseError::fail("out of range"))?;
                added.subtotal += own.subtotal;
                added.shipping += own.shipping;
                added.total += own.total;
                prop_assert!(own.shipping >= 0 && (part.is_physical || !is_physical || own.shipping == 0));
                let store = part.lines[0].goods.store;
                prop_assert!(part.lines.iter().all(|line| line.goods.store == store) && !stores.contains(&store));
                stores.push(store);
            }
            prop_assert_eq!(added, sums);
            prop_assert_eq!(parts.iter().map(|part| part.lines.len()).sum::<usize>(), count);
        }
    }
}
