//! `orderUpdate`: note, addresses, tracking number, expected delivery (C-05).

use chrono::NaiveDate;
use entity::{id::OrderId, order, stored::OrderStatus};
use serde::Serialize;

use super::{
    address::AddressChoice,
    change::{self, Changed, Code, Terms},
    create::{MAX_NOTE, address_problem, resolve_address},
    query,
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
pub async fn update(app: &App, origin: &Origin, id: OrderId, edit: Edit, terms: Terms) -> Result<Changed, Failure<Code>> {
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
        if reach == Reach::Own && !query::is_buyer(&origin.actor, &before) {
            return Err(Failure::refused(Code::Forbidden, ["order"], "only the buyer or staff may edit the order"));
        }
        if !is_editable(before.status, reach) {
            let detail = Detail { allowed_statuses: state::successors(before.status), ..Default::default() };
            let message = format!("Order cannot be edited while it is {}", before.status);
            return Err(Refusal::new(Code::OrderNotEditable, ["order"], message).with(detail).into());
        }
        let (after, changes) = edited(&tx, &before, &edit).await?;
        let order = match changes.as_slice() {
            [] => before,
            changes => change::store(&tx, origin, &before, after, "ORDER_UPDATED", terms.reason(), changes, now).await?,
        };
        change::finish(tx, terms.dry_run).await?;
        Ok(Changed { order, replayed: false })
    })
    .await
}

fn check_input(edit: &Edit, reach: Reach) -> Result<(), Failure<Code>> {
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
async fn edited(
    tx: &sea_orm::DatabaseTransaction,
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
        after.search_text = query::with_tracking(before, number.trim());
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
    let compared = [
        ("note", &before.note, &after.note),
        ("trackingNumber", &before.tracking_number, &after.tracking_number),
        ("estimatedDelivery", &before.estimated_delivery, &after.estimated_delivery),
        ("shippingAddress", &before.shipping_address, &after.shipping_address),
        ("billingAddress", &before.billing_address, &after.billing_address),
    ];
    let changes = compared
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| Change::new(field, old.clone(), new.clone()))
        .collect();
    Ok((after, changes))
}
