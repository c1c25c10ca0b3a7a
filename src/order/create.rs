//! `orderCreate`: one order, in one transaction (ORD-05, ORD-06, C-06, C-16, C-40).

use std::collections::BTreeMap;

use entity::{
    address, customer,
    id::{CustomerId, OrderId, ShippingMethodId, VariantId},
    order, order_item, shipping_method,
    stored::{CustomerStatus, OrderStatus, OrderType, PaymentType},
    time::Timestamp,
};
use rust_decimal::Decimal;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Serialize;

use super::{
    address::{AddressChoice, OrderAddress},
    draft::{Draft, OrderParts},
    number::Number,
    place, query,
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    customer::search_text,
    db::{is_duplicate, retrying},
    event::Origin,
    fault::{Denied, Failure, Fault, Refusal},
    idempotency::{Claim, Key, KeyRefused},
    inventory::{self, Goods},
    limit::What,
    money::Currency,
};

/// Most lines of one order.
pub const MAX_LINES: usize = 500;

/// Most pieces of one line.
pub const MAX_QUANTITY: i64 = 1_000_000;

/// Longest note.
pub const MAX_NOTE: usize = 5_000;

/// What is to be ordered. Fields that only staff may give are refused from others, by name.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewOrder {
    /// The lines.
    pub items: Vec<NewLine>,
    /// For whom, by staff; else the caller.
    pub customer: Option<CustomerId>,
    /// For somebody new, by staff.
    pub new_customer: Option<NewCustomer>,
    /// How it is shipped.
    pub kind: Option<OrderType>,
    /// How the buyer means to pay.
    pub payment_type: Option<PaymentType>,
    /// Way of shipping.
    pub shipping_method: Option<ShippingMethodId>,
    /// Where to.
    pub shipping_address: Option<AddressChoice>,
    /// Who is billed.
    pub billing_address: Option<AddressChoice>,
    /// The buyer's note.
    pub note: Option<String>,
    /// When it was placed, by staff; else now.
    pub placed_at: Option<Timestamp>,
    /// Status to begin in, by staff; else PENDING.
    pub status: Option<OrderStatus>,
}

/// One line to be ordered: a variant by id or by SKU.
#[derive(Clone, Debug, Serialize)]
pub struct NewLine {
    /// The variant.
    pub variant: Option<VariantId>,
    /// Its SKU.
    pub sku: Option<String>,
    /// Pieces; checked here, because the API's integer is wider than what is allowed.
    pub quantity: i64,
    /// By staff the price; by others what they expect it to be.
    pub unit_price: Option<Decimal>,
}

/// A customer made together with its first order (ORD-07).
#[derive(Clone, Debug, Serialize)]
pub struct NewCustomer {
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// Why an order was not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Without lines there is no order.
    Empty,
    /// Too many lines.
    TooManyItems,
    /// Not so many pieces left.
    InsufficientStock,
    /// No such thing, or not the caller's.
    NotFound,
    /// The product is not on sale.
    NotSellable,
    /// Below 1 or beyond the limit.
    InvalidQuantity,
    /// The price is another one than expected.
    PriceChanged,
    /// Not an amount of the currency.
    InvalidAmount,
    /// Lines, shipping and sums must share one currency.
    CurrencyMismatch,
    /// Physical goods need an address.
    AddressRequired,
    /// Not an address.
    InvalidAddress,
    /// The customer may not buy.
    CustomerBlocked,
    /// Only staff may give this.
    Forbidden,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Created {
    /// The order.
    pub order: order::Model,
    /// Its lines when it was just created; of a replayed answer they are read.
    pub items: Option<Vec<order_item::Model>>,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Creates an order.
///
/// # Errors
/// [`Code`] for the business, [`crate::fault::Denied`] for nobody.
pub async fn create(
    app: &App,
    origin: &Origin,
    new: NewOrder,
    key: Option<&str>,
    dry_run: bool,
) -> Result<Created, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::OrderCreate, &app.config.orders)?;
    if let Some(user) = origin.actor.user() {
        app.limits.take(What::OrderCreate(user), 1).await.map_err(Denied::from)?;
    }
    check_input(&new, reach, origin)?;
    let key = match key {
        Some(key) => Some(Key::new(&origin.actor, Right::OrderCreate, key, &new).map_err(key_refused)?),
        None => None,
    };
    let now = app.clock.now();
    let placed_at = new.placed_at.unwrap_or(now);
    // Taken before the transaction: nobody waits for another order's commit to get a number.
    let number = app.numbers.take(&app.db, placed_at, now).await?;
    let outcome = retrying(|| create_once(app, origin, &new, key.as_ref(), &number, dry_run)).await;
    // A fault may have come after the commit: then the number is borne by an order, and is not handed out again.
    let is_free = match &outcome {
        Ok(created) => created.replayed || dry_run,
        Err(Failure::Refused(_) | Failure::Denied(_)) => true,
        Err(Failure::Fault(_)) => false,
    };
    if is_free {
        app.numbers.give_back(number).await;
    }
    outcome
}

fn key_refused(refused: KeyRefused) -> Failure<Code> {
    match refused {
        KeyRefused::Invalid => Failure::refused(Code::InvalidInput, ["idempotencyKey"], "must have 1 to 255 characters"),
        KeyRefused::Reused => {
            Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input")
        }
    }
}

/// Everything that can be said without the database.
fn check_input(new: &NewOrder, reach: Reach, origin: &Origin) -> Result<(), Failure<Code>> {
    let mut refusals = Vec::new();
    let mut refuse = |code, field: Vec<String>, message: &str| refusals.push(Refusal::new(code, field, message));
    let at = |name: &str| vec![name.to_owned()];
    if new.items.is_empty() {
        refuse(Code::Empty, at("items"), "Order must have at least one item");
    }
    if new.items.len() > MAX_LINES {
        refuse(Code::TooManyItems, at("items"), "an order has at most 500 lines");
    }
    for (index, line) in new.items.iter().enumerate() {
        let at = |name: &str| vec!["items".to_owned(), index.to_string(), name.to_owned()];
        if !(1..=MAX_QUANTITY).contains(&line.quantity) {
            refuse(Code::InvalidQuantity, at("quantity"), "must be between 1 and 1000000");
        }
        if line.variant.is_some() == line.sku.is_some() {
            refuse(Code::InvalidInput, at("variant"), "give either variant or sku");
        }
    }
    if reach == Reach::Own {
        let own = origin.actor.customer();
        let staff_only = [
            ("customer", new.customer.is_some() && new.customer != own),
            ("newCustomer", new.newcomer()),
            ("placedAt", new.placed_at.is_some()),
            ("status", new.status.is_some()),
        ];
        for (name, given) in staff_only {
            if given {
                refuse(Code::Forbidden, at(name), "only staff may give this");
            }
        }
    }
    if new.status.is_some_and(|status| !may_begin_in(status)) {
        refuse(Code::InvalidInput, at("status"), "an order cannot begin as CANCELLED, REFUNDED, RETURNED or DAMAGED");
    }
    if new.customer.is_some() && new.newcomer() {
        refuse(Code::InvalidInput, at("newCustomer"), "give either customer or newCustomer");
    }
    if let Some(customer) = &new.new_customer {
        if customer.name.trim().is_empty() || customer.name.chars().count() > 255 {
            refuse(Code::InvalidInput, vec!["newCustomer".into(), "name".into()], "must have 1 to 255 characters");
        }
        if customer.email.as_deref().is_some_and(|email| !crate::auth::user::is_email(email)) {
            refuse(Code::InvalidInput, vec!["newCustomer".into(), "email".into()], "is not an e-mail address");
        }
    }
    if new.note.as_deref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        refuse(Code::InvalidInput, at("note"), "has at most 5000 characters");
    }
    for (name, address) in [("shippingAddress", &new.shipping_address), ("billingAddress", &new.billing_address)] {
        if let Some((field, message)) = address.as_ref().and_then(|address| address_problem(name, address)) {
            refuse(Code::InvalidAddress, field, message);
        }
    }
    match refusals.is_empty() {
        true => Ok(()),
        false => Err(Failure::Refused(refusals)),
    }
}

/// Statuses an order that was agreed elsewhere may be recorded in: those of an order that holds its goods.
const fn may_begin_in(status: OrderStatus) -> bool {
    use OrderStatus::{
        Cancelled, Confirmed, Damaged, Delivered, OutForDelivery, Pending, Processing, Refunded, Returned, Shipped,
    };
    match status {
        Pending | Confirmed | Processing | Shipped | OutForDelivery | Delivered => true,
        Cancelled | Refunded | Returned | Damaged => false,
    }
}

/// What is wrong with a given address: its path and a sentence.
pub(super) fn address_problem(name: &str, address: &AddressChoice) -> Option<(Vec<String>, &'static str)> {
    match address {
        AddressChoice::Saved(_) => None,
        AddressChoice::Structured(parts) => {
            parts.problem().map(|(part, message)| (vec![name.into(), "structured".into(), part.into()], message))
        }
        AddressChoice::FreeText(text) => {
            OrderAddress::free_text_problem(text).map(|message| (vec![name.into(), "freeText".into()], message))
        }
    }
}

impl NewOrder {
    fn newcomer(&self) -> bool {
        self.new_customer.is_some()
    }
}

async fn create_once(
    app: &App,
    origin: &Origin,
    new: &NewOrder,
    key: Option<&Key>,
    number: &Number,
    dry_run: bool,
) -> Result<Created, Failure<Code>> {
    let now = app.clock.now();
    let id = OrderId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    if let Some(key) = key {
        match key.claim(&tx, id.to_string(), now).await? {
            Claim::Fresh => {}
            Claim::Reused => return Err(key_refused(KeyRefused::Reused)),
            Claim::Replay(answer) => {
                let id = answer.parse().map_err(|_| Fault::Corrupt(format!("idempotent answer {answer}")))?;
                let order = query::by_id(&tx, id).await?;
                let order = order
                    .ok_or_else(|| Failure::refused(Code::NotFound, ["idempotencyKey"], "the order of this key was deleted"))?;
                return Ok(Created { order, items: None, replayed: true });
            }
        }
    }
    let customer = buyer(&tx, origin, new, now).await?;
    let goods = find_goods(&tx, &new.items).await?;
    let mut draft = Draft::of(origin, new, &goods)?;
    draft.shipping = shipping(&tx, new, draft.currency).await?;
    let (shipping_address, billing_address) = addresses(&tx, new, customer.id).await?;
    if draft.is_physical && new.kind != Some(OrderType::Pickup) && shipping_address.is_none() {
        return Err(Failure::refused(Code::AddressRequired, ["shippingAddress"], "physical goods need a shipping address"));
    }
    let order = draft.order(OrderParts {
        new,
        rules: &app.config.orders,
        id,
        number,
        customer: &customer,
        shipping_address,
        billing_address,
        now,
    })?;
    let items = draft.items(&order);
    let changes = draft.changes(&order);
    place::place(&tx, origin, &order, items.clone(), &changes, now).await?;
    if dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
        tracing::info!(order = %order.number, total = order.total_minor, currency = order.currency, "order created");
    }
    Ok(Created { order, items: Some(items), replayed: false })
}

/// The customer the order is for.
async fn buyer(
    tx: &DatabaseTransaction,
    origin: &Origin,
    new: &NewOrder,
    now: Timestamp,
) -> Result<customer::Model, Failure<Code>> {
    if let Some(newcomer) = &new.new_customer {
        return create_customer(tx, newcomer, now).await;
    }
    let no_customer = || Failure::refused(Code::NotFound, ["customer"], "Customer not found");
    let id = new.customer.or_else(|| origin.actor.customer()).ok_or_else(no_customer)?;
    let customer = customer::Entity::find_by_id(id).one(tx).await?.ok_or_else(no_customer)?;
    match customer.status {
        CustomerStatus::Active => Ok(customer),
        CustomerStatus::Blocked => Err(Failure::refused(Code::CustomerBlocked, ["customer"], "this customer may not order")),
    }
}

async fn create_customer(
    tx: &DatabaseTransaction,
    newcomer: &NewCustomer,
    now: Timestamp,
) -> Result<customer::Model, Failure<Code>> {
    let email = newcomer.email.as_deref().map(|email| email.trim().to_lowercase());
    let name = newcomer.name.trim().to_owned();
    let row = customer::ActiveModel {
        id: Set(CustomerId::at(now, random_bytes())),
        user_id: Set(None),
        search_text: Set(search_text(&name, email.as_deref(), newcomer.phone.as_deref(), None)),
        name: Set(name),
        email: Set(email),
        phone: Set(newcomer.phone.clone()),
        status: Set(CustomerStatus::Active),
        external_id: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    match customer::Entity::insert(row).exec_with_returning(tx).await {
        Ok(customer) => Ok(customer),
        Err(error) if is_duplicate(&error) => {
            Err(Failure::refused(Code::InvalidInput, ["newCustomer", "email"], "a customer with this address exists"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The goods of the lines, in the order of the lines, their stock rows locked.
async fn find_goods(tx: &DatabaseTransaction, lines: &[NewLine]) -> Result<Vec<Goods>, Failure<Code>> {
    let ids: Vec<VariantId> = lines.iter().filter_map(|line| line.variant).collect();
    let skus: Vec<&str> = lines.iter().filter_map(|line| line.sku.as_deref()).collect();
    let found = inventory::lock_goods(tx, &ids, &skus).await?;
    let by_id: BTreeMap<VariantId, &Goods> = found.iter().map(|goods| (goods.variant, goods)).collect();
    let by_sku: BTreeMap<&str, &Goods> = found.iter().map(|goods| (goods.sku.as_str(), goods)).collect();
    let mut goods = Vec::with_capacity(lines.len());
    let mut refusals = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let (field, known) = match (&line.variant, &line.sku) {
            (Some(id), _) => ("variant", by_id.get(id)),
            (None, sku) => ("sku", sku.as_deref().and_then(|sku| by_sku.get(sku))),
        };
        let at = ["items".to_owned(), index.to_string(), field.to_owned()];
        match known {
            None => refusals.push(Refusal::new(Code::NotFound, at, "Product not found")),
            Some(goods) if !goods.is_sellable() => {
                refusals.push(Refusal::new(Code::NotSellable, at, format!("{} is not on sale", goods.name())));
            }
            Some(found) => goods.push((*found).clone()),
        }
    }
    match refusals.is_empty() {
        true => Ok(goods),
        false => Err(Failure::Refused(refusals)),
    }
}

/// Price and days of the chosen way of shipping.
async fn shipping(
    tx: &DatabaseTransaction,
    new: &NewOrder,
    currency: Currency,
) -> Result<Option<shipping_method::Model>, Failure<Code>> {
    let Some(id) = new.shipping_method else { return Ok(None) };
    let method = shipping_method::Entity::find_by_id(id).one(tx).await?;
    match method.filter(|method| method.is_active) {
        None => Err(Failure::refused(Code::NotFound, ["shippingMethod"], "Shipping method not found")),
        Some(method) if method.currency != currency.code() => {
            let message = format!("this shipping method is priced in {}, the goods in {currency}", method.currency);
            Err(Failure::refused(Code::CurrencyMismatch, ["shippingMethod"], message))
        }
        Some(method) => Ok(Some(method)),
    }
}

async fn addresses(
    tx: &DatabaseTransaction,
    new: &NewOrder,
    customer: CustomerId,
) -> Result<(Option<OrderAddress>, Option<OrderAddress>), Failure<Code>> {
    let mut found = [None, None];
    let given = [("shippingAddress", &new.shipping_address), ("billingAddress", &new.billing_address)];
    for (slot, (name, choice)) in found.iter_mut().zip(given) {
        if let Some(choice) = choice {
            let address = resolve_address(tx, choice, Some(customer)).await?;
            let missing = || Failure::refused(Code::NotFound, [name, "saved"], "Address not found");
            *slot = Some(address.ok_or_else(missing)?);
        }
    }
    let [shipping, billing] = found;
    Ok((shipping, billing))
}

/// The snapshot of a chosen address; `None` when it is not a saved address of that customer.
pub(super) async fn resolve_address(
    tx: &DatabaseTransaction,
    choice: &AddressChoice,
    customer: Option<CustomerId>,
) -> Result<Option<OrderAddress>, Fault> {
    Ok(match choice {
        AddressChoice::Structured(parts) => Some(parts.clone()),
        AddressChoice::FreeText(text) => Some(OrderAddress { free_text: Some(text.trim().to_owned()), ..Default::default() }),
        AddressChoice::Saved(id) => match customer {
            None => None,
            Some(customer) => {
                address::Entity::find_by_id(*id).filter(address::Column::CustomerId.eq(customer)).one(tx).await?.map(Into::into)
            }
        },
    })
}
