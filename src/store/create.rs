//! `storeCreate`.

use std::collections::BTreeSet;

use entity::{id::StoreId, store};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::change::{self, Code, MAX_SLUG};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    clock::random_bytes,
    db::{is_duplicate, retrying},
    event::{Change, Origin},
    fault::Failure,
    idempotency::{self, Key},
    money::Currency,
    text,
};

/// Currency of a store that names none.
const DEFAULT_CURRENCY: &str = "USD";

/// What the slug is made from when the name has no letter it can have.
const NAMELESS: &str = "store";

/// How often a slug made from the name is made anew when somebody else takes it at the same moment.
const ATTEMPTS: u32 = 5;

/// What is to be created.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// Shown name.
    pub name: String,
    /// Name in addresses; made from the name when missing.
    pub slug: Option<String>,
    /// Currency of its prices; USD when missing.
    pub currency: Option<Currency>,
}

/// What came of it.
#[derive(Debug)]
pub struct Created {
    /// The store.
    pub store: store::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// A store whose input was checked.
struct Checked {
    name: String,
    slug: Option<String>,
    currency: String,
    key: Option<Key>,
}

/// Creates a store.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, new: NewStore, key: Option<&str>) -> Result<Created, Failure<Code>> {
    authorise(&origin.actor, Right::StoreCreate, &app.config.orders)?;
    let currency = new.currency.map_or_else(|| DEFAULT_CURRENCY.to_owned(), |currency| currency.code().to_owned());
    let new = Checked {
        key: idempotency::given(&origin.actor, Right::StoreCreate, key, &(&new.name, &new.slug, &currency))?,
        name: change::name(&new.name)?,
        slug: new.slug.as_deref().map(change::slug).transpose()?,
        currency,
    };
    let mut attempt = 1;
    loop {
        match retrying(|| create_once(app, origin, &new)).await {
            Err(Failure::Refused(refusals))
                if new.slug.is_none() && attempt < ATTEMPTS && refusals.iter().any(|refusal| refusal.code == Code::SlugTaken) =>
            {
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn create_once(app: &App, origin: &Origin, new: &Checked) -> Result<Created, Failure<Code>> {
    let now = app.clock.now();
    let id = StoreId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    if let Some(first) = idempotency::claim_id(&tx, new.key.as_ref(), id, now).await? {
        let store = store::Entity::find_by_id(first).one(&tx).await?;
        let store =
            store.ok_or_else(|| Failure::refused(Code::NotFound, ["idempotencyKey"], "the store of this key was deleted"))?;
        return Ok(Created { store, replayed: true });
    }
    let slug = match &new.slug {
        Some(slug) => slug.clone(),
        None => free_slug(&tx, &new.name).await?,
    };
    let row = store::ActiveModel {
        id: Set(id),
        name: Set(new.name.clone()),
        slug: Set(slug),
        currency: Set(new.currency.clone()),
        external_id: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let store = match store::Entity::insert(row).exec_with_returning(&tx).await {
        Ok(store) => store,
        Err(error) if is_duplicate(&error) => return change::slug_taken(),
        Err(error) => return Err(error.into()),
    };
    let changes = [
        Change::new("name", serde_json::Value::Null, store.name.as_str()),
        Change::new("slug", serde_json::Value::Null, store.slug.as_str()),
        Change::new("currency", serde_json::Value::Null, store.currency.as_str()),
    ];
    change::log(&tx, origin, now, id, "STORE_CREATED", &changes).await?;
    tx.commit().await?;
    tracing::info!(store = %store.slug, "store created");
    Ok(Created { store, replayed: false })
}

/// A slug made from a name that no store has: the name, else the name and the first free number.
async fn free_slug(tx: &DatabaseTransaction, name: &str) -> Result<String, DbErr> {
    // Room for a hyphen and a number of up to eight digits.
    let base = text::slug(name, MAX_SLUG - 9).unwrap_or_else(|| NAMELESS.to_owned());
    let taken: Vec<String> = store::Entity::find()
        .select_only()
        .column(store::Column::Slug)
        // Slugs hold neither `%` nor `_`, so the prefix stands for itself.
        .filter(store::Column::Slug.starts_with(&base))
        .into_tuple()
        .all(tx)
        .await?;
    let taken: BTreeSet<&str> = taken.iter().map(String::as_str).collect();
    if !taken.contains(base.as_str()) {
        return Ok(base);
    }
    let free = (2_usize..).map(|number| format!("{base}-{number}")).find(|slug| !taken.contains(slug.as_str()));
    Ok(free.unwrap_or(base))
}
