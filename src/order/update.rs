//! `orderUpdate`: note, addresses, way of shipping, tracking number, expected delivery (C-05).

use chrono::NaiveDate;
use entity::{
    id::{OrderId, ShippingMethodId},
    order, shipping_method,
    stored::OrderStatus,
};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde::Serialize;

use super::{
    address::AddressChoice,
    change::{self, Changed, Code, Terms},
    create::{MAX_NOTE, address_problem, resolve_address},
    edit::sums,
    query, search,
    state::{self, Action},
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    db::retrying,
    event::{Change, Origin},
    fault::{Detail, Failure, Fault, Refusal},
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Edit {
    /// The buyer's note; an empty one takes it away.
    pub note: Option<String>,
    /// Where to.
    pub shipping_address: Option<AddressChoice>,
    /// Who is billed.
    pub billing_address: Option<AddressChoice>,
    /// How it is shipped; its price and days become the order's.
    pub shipping_method: Option<ShippingMethodId>,
    /// The carrier's number, by staff.
    pub tracking_number: Option<String>,
    /// Expected day of delivery, by staff.
    pub estimated_delivery: Option<NaiveDate>,
}

/// Whether an order may be edited in a status: buyers while it is PENDING, staff while it is open (C-05).
pub fn is_editable(status: OrderStatus, reach: Reach) -> bool {
    match reach {
        Reach::All => state::allows(status, Action::Edit),
        Reach::Own => status == OrderStatus::Pending,
    }
}

/// Edits an order.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(app: &App, origin: &Origin, id: OrderId, edit: Edit, terms: Terms) -> Result<Changed, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::OrderUpdate, &app.config.orders)?;
    terms.check()?;
    check_input(&edit, reach)?;
    let key = terms.key(origin, Right::OrderUpdate, &(id, &edit))?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(replayed) = change::claim(&tx, origin, key.as_ref(), id, now).await? {
            return Ok(replayed);
        }
        let before = change::lock(&tx, origin, id).await?;
        change::expect_version(&tx, &before, terms.expected_version).await?;
        may_edit(origin, reach, &before)?;
        let (mut after, mut changes) = edited(&tx, &before, &edit).await?;
        changes.extend(sums::settle(&tx, &before, &mut after).await?);
        let order = match changes.as_slice() {
            [] => before,
            changes => change::store(&tx, origin, &before, after, "ORDER_UPDATED", terms.reason(), changes, now).await?,
        };
        change::finish(tx, terms.dry_run).await?;
        Ok(Changed { order, replayed: false })
    })
    .await
}

/// Whether the caller may edit an order at all, as it is now.
///
/// # Errors
/// [`Code::Forbidden`] for who only sells of it, [`Code::OrderNotEditable`] when it has come too far.
pub(super) fn may_edit(origin: &Origin, reach: Reach, order: &order::Model) -> Result<(), Failure<Code>> {
    if reach == Reach::Own && !query::is_buyer(&origin.actor, order) {
        return Err(Failure::refused(Code::Forbidden, ["order"], "only the buyer or staff may edit the order"));
    }
    match is_editable(order.status, reach) {
        true => Ok(()),
        false => Err(not_editable(order, ["order"], "Order")),
    }
}

/// The refusal of a change for which the order has come too far.
pub(super) fn not_editable<const N: usize>(order: &order::Model, field: [&str; N], what: &str) -> Failure<Code> {
    let detail = Detail { allowed_statuses: state::successors(order.status), ..Default::default() };
    let message = format!("{what} cannot be edited while it is {}", order.status);
    Refusal::new(Code::OrderNotEditable, field, message).with(detail).into()
}

/// What can be said of an edit without the database.
///
/// # Errors
/// [`Code`] for what is wrong with it.
pub(super) fn check_input(edit: &Edit, reach: Reach) -> Result<(), Failure<Code>> {
    if reach == Reach::Own {
        for (name, given) in
            [("trackingNumber", edit.tracking_number.is_some()), ("estimatedDelivery", edit.estimated_delivery.is_some())]
        {
            if given {
                return Err(Failure::refused(Code::Forbidden, [name], "only staff may give this"));
            }
        }
    }
    if edit.note.as_deref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        return Err(Failure::refused(Code::InvalidInput, ["note"], "has at most 5000 characters"));
    }
    if edit.tracking_number.as_deref().is_some_and(|number| number.chars().count() > 100) {
        return Err(Failure::refused(Code::InvalidInput, ["trackingNumber"], "has at most 100 characters"));
    }
    if edit.tracking_number.as_deref().is_some_and(|number| number.chars().any(char::is_control)) {
        return Err(Failure::refused(Code::InvalidInput, ["trackingNumber"], "is one line of text"));
    }
    for (name, address) in [("shippingAddress", &edit.shipping_address), ("billingAddress", &edit.billing_address)] {
        if let Some((field, message)) = address.as_ref().and_then(|address| address_problem(name, address)) {
            return Err(Failure::refused(Code::InvalidAddress, field, message));
        }
    }
    Ok(())
}

/// The order after the edit, and what changed; nothing for what is as it was.
///
/// # Errors
/// [`Code`] for what is not there.
pub(super) async fn edited(
    tx: &DatabaseTransaction,
    before: &order::Model,
    edit: &Edit,
) -> Result<(order::Model, Vec<Change>), Failure<Code>> {
    let mut after = before.clone();
    let text = |given: &str| Some(given.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(note) = &edit.note {
        after.note = text(note);
    }
    if let Some(number) = &edit.tracking_number {
        after.tracking_number = text(number);
        after.search_text = search::renewed(tx, &after).await?;
    }
    if let Some(id) = edit.shipping_method.filter(|id| before.shipping_method_id != Some(*id)) {
        ship_by(tx, before, &mut after, id).await?;
    }
    if let Some(day) = edit.estimated_delivery {
        after.estimated_delivery = Some(day.format("%Y-%m-%d").to_string());
    }
    let addresses = [
        ("shippingAddress", &edit.shipping_address, &mut after.shipping_address),
        ("billingAddress", &edit.billing_address, &mut after.billing_address),
    ];
    for (name, choice, slot) in addresses {
        if let Some(choice) = choice {
            let address = resolve_address(tx, choice, before.customer_id).await?;
            let address = address.ok_or_else(|| Failure::refused(Code::NotFound, [name, "saved"], "Address not found"))?;
            *slot = Some(serde_json::to_string(&address).map_err(|error| Fault::Internal(error.to_string()))?);
        }
    }
    let method = |order: &order::Model| order.shipping_method_id.map(|id| id.to_string());
    let (old_method, new_method) = (method(before), method(&after));
    let compared = [
        ("note", &before.note, &after.note),
        ("trackingNumber", &before.tracking_number, &after.tracking_number),
        ("estimatedDelivery", &before.estimated_delivery, &after.estimated_delivery),
        ("shippingAddress", &before.shipping_address, &after.shipping_address),
        ("billingAddress", &before.billing_address, &after.billing_address),
        ("shippingMethod", &old_method, &new_method),
    ];
    let changes = compared
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| Change::new(field, old.clone(), new.clone()))
        .collect();
    Ok((after, changes))
}

/// Another way of shipping: its price becomes the order's, its days the expected delivery.
async fn ship_by(
    tx: &DatabaseTransaction,
    before: &order::Model,
    after: &mut order::Model,
    id: ShippingMethodId,
) -> Result<(), Failure<Code>> {
    if !state::allows_goods(before.status) {
        return Err(not_editable(before, ["shippingMethod"], "The shipping method of an order"));
    }
    let method = shipping_method::Entity::find_by_id(id).one(tx).await?;
    let Some(method) = method.filter(|method| method.is_active) else {
        return Err(Failure::refused(Code::NotFound, ["shippingMethod"], "Shipping method not found"));
    };
    if method.currency != before.currency {
        let message = format!("this shipping method is priced in {}, the order in {}", method.currency, before.currency);
        return Err(Failure::refused(Code::InvalidInput, ["shippingMethod"], message));
    }
    after.shipping_method_id = Some(id);
    after.shipping_minor = method.price_minor;
    if !sums::is_in_range(after) {
        return Err(Failure::refused(Code::InvalidInput, ["shippingMethod"], "the order's total is out of range"));
    }
    let arrives = before.placed_at.plus_seconds(i64::from(method.estimated_days) * 86_400);
    after.estimated_delivery = Some(arrives.datetime().format("%Y-%m-%d").to_string());
    Ok(())
}
