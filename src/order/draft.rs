//! An order being made: its lines priced, its sums, its rows. Pure but for the ids (ORD-09, C-16).

use std::collections::BTreeSet;

use entity::{
    customer,
    id::{OrderId, OrderItemId},
    order, order_item, shipping_method,
    stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType},
    time::Timestamp,
};

use super::{
    address::OrderAddress,
    create::{Code, NewLine, NewOrder},
    number::Number,
    pricing, search, state,
};
use crate::{
    clock::random_bytes,
    event::{Change, Origin},
    fault::{Detail, Failure, Fault, Refusal},
    inventory::{self, Goods, Wanted},
    money::{Currency, to_minor_unsigned},
};

/// An order before it has an id: priced lines and what they take from stock.
pub(super) struct Draft<'a> {
    lines: Vec<PricedLine<'a>>,
    wanted: Vec<Wanted>,
    /// The currency of all lines.
    pub currency: Currency,
    /// Whether anything of it is shipped.
    pub is_physical: bool,
    /// How it is shipped.
    pub shipping: Option<shipping_method::Model>,
    overridden: Vec<Change>,
}

struct PricedLine<'a> {
    goods: &'a Goods,
    quantity: i32,
    unit_price: i64,
    total: i64,
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
        let mut draft =
            Self { lines: Vec::new(), wanted: Vec::new(), currency, is_physical: false, shipping: None, overridden: Vec::new() };
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
        self.lines.push(PricedLine { goods, quantity, unit_price, total });
        Ok(())
    }

    /// C-16: the server's price wins; staff may override it, others learn that it changed.
    fn unit_price(&mut self, origin: &Origin, index: usize, line: &NewLine, goods: &Goods) -> Result<i64, Refusal<Code>> {
        let Some(given) = line.unit_price else { return Ok(goods.price) };
        let at = ["items".to_owned(), index.to_string(), "unitPrice".to_owned()];
        let given = to_minor_unsigned(given, self.currency)
            .map_err(|error| Refusal::new(Code::InvalidAmount, at.clone(), error.to_string()))?;
        if given == goods.price {
            return Ok(given);
        }
        if origin.actor.sees_all() {
            let text = |minor| crate::money::format_minor(minor, self.currency);
            self.overridden.push(Change::new(&at.join("."), text(goods.price), text(given)));
            return Ok(given);
        }
        let detail = Detail { current_price: Some((goods.price, self.currency)), ..Default::default() };
        Err(Refusal::new(Code::PriceChanged, at, "the price has changed").with(detail))
    }

    /// The order's row.
    pub fn order(&self, parts: OrderParts<'_>) -> Result<order::Model, Failure<Code>> {
        let OrderParts { new, customer, now, .. } = parts;
        let too_much = || Failure::refused(Code::InvalidAmount, ["items"], "the order's total is out of range");
        let shipping = self.shipping.as_ref().map_or(0, |method| method.price_minor);
        let sums = pricing::totals(self.lines.iter().map(|line| line.total), shipping, 0, 0).ok_or_else(too_much)?;
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
        changes.extend(self.overridden.iter().cloned());
        changes
    }
}
