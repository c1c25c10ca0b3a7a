//! `customerUpdate`: customers change name and phone themselves, staff the e-mail address and the status too (CUST-05,
//! CUST-06). Who is blocked is signed out in the same moment.

use entity::{
    customer,
    id::CustomerId,
    stored::{CustomerStatus, Role},
    user,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

use super::{
    change::{self, Code},
    search_text,
};
use crate::{
    app::App,
    auth::{
        actor::Actor,
        policy::{Reach, Right, authorise},
        session,
    },
    db::{is_duplicate, retrying},
    event::{Change, Origin},
    fault::{Failure, Refusal},
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Full name.
    pub name: Option<String>,
    /// E-mail address, by staff; an empty one takes it away.
    pub email: Option<String>,
    /// Telephone number; an empty one takes it away.
    pub phone: Option<String>,
    /// Whether the customer may buy, by staff.
    pub status: Option<CustomerStatus>,
}

/// An edit whose input was checked.
struct Checked {
    name: Option<String>,
    email: Option<Option<String>>,
    phone: Option<Option<String>>,
    status: Option<CustomerStatus>,
}

/// Changes a customer.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(app: &App, origin: &Origin, id: CustomerId, edit: Edit) -> Result<customer::Model, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::CustomerUpdate, &app.config.orders)?;
    if reach == Reach::Own {
        for (name, given) in [("email", edit.email.is_some()), ("status", edit.status.is_some())] {
            if given {
                return Err(Failure::refused(Code::Forbidden, [name], "only staff may change this"));
            }
        }
    }
    let edit = Checked {
        name: edit.name.as_deref().map(change::name).transpose()?,
        email: edit.email.as_deref().map(change::email).transpose()?,
        phone: edit.phone.as_deref().map(change::phone).transpose()?,
        status: edit.status,
    };
    let customer = retrying(|| update_once(app, origin, reach, id, &edit)).await?;
    if let Some(user) = customer.user_id {
        // What the service remembers of the user is out of date from here on.
        app.standings.invalidate(&user);
    }
    Ok(customer)
}

async fn update_once(
    app: &App,
    origin: &Origin,
    reach: Reach,
    id: CustomerId,
    edit: &Checked,
) -> Result<customer::Model, Failure<Code>> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let before = change::lock(&tx, origin, reach, id).await?;
    let before = before.ok_or_else(|| Failure::refused(Code::NotFound, ["customer"], "Customer not found"))?;
    let after = edited(&before, edit);
    let changes = changes(&before, &after);
    if changes.is_empty() {
        return Ok(before);
    }
    if before.status != after.status {
        let user = match before.user_id {
            Some(id) => user::Entity::find_by_id(id).one(&tx).await?,
            None => None,
        };
        may_set_status(&origin.actor, &before, user.map(|user| user.role))?;
        if let (CustomerStatus::Blocked, Some(user)) = (after.status, before.user_id) {
            session::revoke_all(&tx, user, now).await?;
        }
    }
    let mut row = before.into_active_model();
    row.search_text = Set(search_text(&after.name, after.email.as_deref(), after.phone.as_deref(), after.external_id.as_deref()));
    row.name = Set(after.name);
    row.email = Set(after.email);
    row.phone = Set(after.phone);
    row.status = Set(after.status);
    row.updated_at = Set(now);
    let customer = match row.update(&tx).await {
        Ok(customer) => customer,
        Err(error) if is_duplicate(&error) => return change::email_taken(),
        Err(error) => return Err(error.into()),
    };
    change::log(&tx, origin, now, id, change::UPDATED, &changes).await?;
    tx.commit().await?;
    Ok(customer)
}

/// A customer who is blocked cannot sign in any more: nobody locks themselves out, and staff do not lock out each other
/// or those above them. `role` is that of the customer's user.
///
/// # Errors
/// [`Code::Forbidden`].
pub(super) fn may_set_status(actor: &Actor, customer: &customer::Model, role: Option<Role>) -> Result<(), Refusal<Code>> {
    if customer.user_id.is_some() && actor.user() == customer.user_id {
        return Err(Refusal::new(Code::Forbidden, ["status"], "nobody may block themselves"));
    }
    if role.is_some_and(|role| role != Role::Customer) && !actor.is_admin() {
        return Err(Refusal::new(Code::Forbidden, ["status"], "only administrators may block staff"));
    }
    Ok(())
}

fn edited(before: &customer::Model, edit: &Checked) -> customer::Model {
    let mut after = before.clone();
    after.name = edit.name.clone().unwrap_or(after.name);
    after.email = edit.email.clone().unwrap_or(after.email);
    after.phone = edit.phone.clone().unwrap_or(after.phone);
    after.status = edit.status.unwrap_or(after.status);
    after
}

fn changes(before: &customer::Model, after: &customer::Model) -> Vec<Change> {
    let personal =
        [("name", before.name != after.name), ("email", before.email != after.email), ("phone", before.phone != after.phone)];
    let mut changes: Vec<Change> =
        personal.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| change::personal(field)).collect();
    if before.status != after.status {
        changes.push(Change::new("status", before.status.as_str(), after.status.as_str()));
    }
    changes
}
