//! What a new order is made of, read and locked in its transaction: the customer, the goods, the way of shipping, the addresses.

use std::collections::BTreeMap;

use entity::{
    address, customer,
    id::{CustomerId, VariantId},
    shipping_method,
    stored::CustomerStatus,
    time::Timestamp,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::{Code, NewCustomer, NewLine, NewOrder};
use crate::{
    clock::random_bytes,
    customer::search_text,
    db::is_duplicate,
    event::Origin,
    fault::{Failure, Fault, Refusal},
    inventory::{self, Goods},
    money::Currency,
    order::address::{AddressChoice, OrderAddress},
};

/// The customer the order is for.
pub(super) async fn buyer(
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
pub(super) async fn find_goods(tx: &DatabaseTransaction, lines: &[NewLine]) -> Result<Vec<Goods>, Failure<Code>> {
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
pub(super) async fn shipping(
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

/// The snapshots of the chosen addresses: where to, and who is billed.
pub(super) async fn addresses(
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
pub(in crate::order) async fn resolve_address(
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
