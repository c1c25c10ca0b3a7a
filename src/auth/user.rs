//! Creating users. From the command line only: registration by the API comes with accounts.

use entity::{
    customer,
    id::{CustomerId, UserId},
    store, store_member,
    stored::{CustomerStatus, Role},
    user,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use crate::{app::App, auth::password, clock::random_bytes, customer::search_text, db::is_duplicate, fault::Failure};

/// What a new user is.
pub struct NewUser {
    /// E-mail address; stored in lower case.
    pub email: String,
    /// Shown name; the address's local part when empty.
    pub name: String,
    /// What the user may do at large.
    pub role: Role,
    /// The password in clear.
    pub password: String,
    /// Slugs of stores the user sells for.
    pub stores: Vec<String>,
}

/// Why a user was not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Not an address.
    InvalidEmail,
    /// Taken.
    EmailTaken,
    /// Too short or too long.
    InvalidPassword,
    /// No such store.
    StoreNotFound,
}

/// Whether a text may be an e-mail address: something, an at sign, a domain, no spaces. Whether mail arrives there only
/// a mail can tell.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    text.len() <= 254
        && !local.is_empty()
        && !domain.is_empty()
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && !local.contains('@')
}

/// Creates a user, the customer it buys as, and its memberships. A customer of that address without a user becomes
/// the user's own.
///
/// # Errors
/// [`Code`] for what is wrong with the input.
pub async fn create(app: &App, new: NewUser) -> Result<UserId, Failure<Code>> {
    let email = new.email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(Failure::refused(Code::InvalidEmail, ["email"], "not an e-mail address"));
    }
    if !(password::MIN_LENGTH..=password::MAX_LENGTH).contains(&new.password.len()) {
        let message = format!("a password has {} to {} bytes", password::MIN_LENGTH, password::MAX_LENGTH);
        return Err(Failure::refused(Code::InvalidPassword, ["password"], message));
    }
    let password_hash = password::hash(new.password).await?;
    let now = app.clock.now();
    let id = UserId::at(now, random_bytes());
    let name = match new.name.trim() {
        "" => email.split('@').next().unwrap_or_default().to_owned(),
        name => name.to_owned(),
    };
    let tx = app.db.begin().await?;
    let user = user::ActiveModel {
        id: Set(id),
        email: Set(email.clone()),
        password_hash: Set(Some(password_hash)),
        name: Set(name.clone()),
        role: Set(new.role),
        is_active: Set(true),
        last_login_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    if let Err(error) = user::Entity::insert(user).exec_without_returning(&tx).await {
        return Err(match is_duplicate(&error) {
            true => Failure::refused(Code::EmailTaken, ["email"], "a user with this address exists"),
            false => error.into(),
        });
    }
    let known = customer::Entity::find().filter(customer::Column::Email.eq(&email)).one(&tx).await?;
    match known {
        Some(customer) if customer.user_id.is_none() => {
            let mut customer = customer.into_active_model();
            customer.user_id = Set(Some(id));
            customer.update(&tx).await?;
        }
        Some(_) => {}
        None => {
            let customer = customer::ActiveModel {
                id: Set(CustomerId::at(now, random_bytes())),
                user_id: Set(Some(id)),
                search_text: Set(search_text(&name, Some(&email), None, None)),
                name: Set(name),
                email: Set(Some(email)),
                phone: Set(None),
                status: Set(CustomerStatus::Active),
                external_id: Set(None),
                created_at: Set(now),
                updated_at: Set(now),
            };
            customer::Entity::insert(customer).exec_without_returning(&tx).await?;
        }
    }
    for slug in &new.stores {
        let store = store::Entity::find().filter(store::Column::Slug.eq(slug)).one(&tx).await?;
        let Some(store) = store else {
            return Err(Failure::refused(Code::StoreNotFound, ["store"], format!("no store `{slug}`")));
        };
        let member = store_member::ActiveModel { store_id: Set(store.id), user_id: Set(id), created_at: Set(now) };
        store_member::Entity::insert(member).exec_without_returning(&tx).await?;
    }
    tx.commit().await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn addresses() {
        for good in ["a@b", "ann.other+x@example.com", "ü@exämple.org"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a b@c", "a@@b", "a@.b", "a@b.", "a\n@b"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
