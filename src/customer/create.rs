//! `customerCreate`: a customer without a user of its own (CUST-03).

use entity::{customer, id::CustomerId, stored::CustomerStatus};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::Serialize;

use super::{
    change::{self, Code},
    search_text,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    clock::random_bytes,
    db::{is_duplicate, retrying},
    event::{Change, Origin},
    fault::Failure,
    idempotency::{self, Key},
};

/// What is to be created.
#[derive(Clone, Debug, Serialize)]
pub struct NewCustomer {
    /// Full name.
    pub name: String,
    /// E-mail address, unique.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub struct Created {
    /// The customer.
    pub customer: customer::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

struct Checked {
    name: String,
    email: Option<String>,
    phone: Option<String>,
    key: Option<Key>,
}

/// Creates a customer.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, new: NewCustomer, key: Option<&str>) -> Result<Created, Failure<Code>> {
    authorise(&origin.actor, Right::CustomerCreate, &app.config.orders)?;
    let new = Checked {
        key: idempotency::given(&origin.actor, Right::CustomerCreate, key, &new)?,
        name: change::name(&new.name)?,
        email: change::email(new.email.as_deref().unwrap_or_default())?,
        phone: change::phone(new.phone.as_deref().unwrap_or_default())?,
    };
    retrying(|| create_once(app, origin, &new)).await
}

async fn create_once(app: &App, origin: &Origin, new: &Checked) -> Result<Created, Failure<Code>> {
    let now = app.clock.now();
    let id = CustomerId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    if let Some(first) = idempotency::claim_id(&tx, new.key.as_ref(), id, now).await? {
        let customer = customer::Entity::find_by_id(first).one(&tx).await?;
        let customer = customer
            .ok_or_else(|| Failure::refused(Code::NotFound, ["idempotencyKey"], "the customer of this key was deleted"))?;
        return Ok(Created { customer, replayed: true });
    }
    let row = customer::ActiveModel {
        id: Set(id),
        user_id: Set(None),
        name: Set(new.name.clone()),
        email: Set(new.email.clone()),
        phone: Set(new.phone.clone()),
        status: Set(CustomerStatus::Active),
        external_id: Set(None),
        search_text: Set(search_text(&new.name, new.email.as_deref(), new.phone.as_deref(), None)),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let customer = match customer::Entity::insert(row).exec_with_returning(&tx).await {
        Ok(customer) => customer,
        Err(error) if is_duplicate(&error) => return change::email_taken(),
        Err(error) => return Err(error.into()),
    };
    let changes = [Change::new("status", serde_json::Value::Null, customer.status.as_str())];
    change::log(&tx, origin, now, id, "CUSTOMER_CREATED", &changes).await?;
    tx.commit().await?;
    tracing::info!(customer = %id, "customer created");
    Ok(Created { customer, replayed: false })
}
