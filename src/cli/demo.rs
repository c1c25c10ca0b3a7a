//! The demo shop: three stores, a few goods, buyers and orders, for looking around. Orders are placed and moved by the
//! same commands that the API calls.

use std::net::SocketAddr;

use entity::{
    address, customer,
    id::{AddressId, CustomerId, ProductId, ShippingMethodId, StoreId, VariantId},
    product, product_variant, shipping_method, store,
    stored::{CustomerStatus, OrderStatus, PaymentType, ProductStatus},
    time::Timestamp,
    user,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter};

use super::shop::{BUYERS, PEOPLE, SHIPPING, STORES};
use crate::{
    app::App,
    auth::{
        policy::Right,
        user::{self as users, NewUser},
    },
    clock::random_bytes,
    customer::search_text,
    event::Origin,
    fault::Failure,
    order::{
        address::AddressChoice,
        change::Terms,
        create::{self, NewLine, NewOrder},
        transition::{self, Step},
    },
};

/// Everybody in the demo shop signs in with this; it opens nothing but invented data.
pub const PASSWORD: &str = "ordergraph-demo";

/// How far each order of the demo shop goes, from oldest to newest.
const LIVES: &[&[OrderStatus]] = &[
    &[OrderStatus::Confirmed, OrderStatus::Processing, OrderStatus::Shipped, OrderStatus::Delivered],
    &[OrderStatus::Confirmed, OrderStatus::Shipped, OrderStatus::Delivered],
    &[OrderStatus::Cancelled],
    &[OrderStatus::Confirmed, OrderStatus::Processing, OrderStatus::Shipped, OrderStatus::OutForDelivery],
    &[OrderStatus::Confirmed, OrderStatus::Shipped],
    &[OrderStatus::Processing],
    &[OrderStatus::Confirmed],
    &[],
];

/// Days between two orders of the demo shop.
const DAYS_APART: i64 = 9;

fn describe(error: DbErr) -> String {
    format!("cannot fill the demo shop: {error}")
}

fn why<C: std::fmt::Debug>(failure: Failure<C>) -> String {
    format!("cannot fill the demo shop: {failure:?}")
}

/// Fills an empty database; one that holds anything is left as it is.
///
/// # Errors
/// In words for the one who runs the service.
pub async fn prepare(app: &App) -> Result<(), String> {
    let conn = app.db.reader();
    let users = user::Entity::find().count(conn).await.map_err(describe)?;
    let stores = store::Entity::find().count(conn).await.map_err(describe)?;
    if users + stores > 0 {
        return Ok(());
    }
    let now = app.clock.now();
    let tx = app.db.begin().await.map_err(describe)?;
    let goods = insert_stores(&tx, now).await.map_err(describe)?;
    let shipping = insert_shipping(&tx, now).await.map_err(describe)?;
    let customers = insert_buyers(&tx, now).await.map_err(describe)?;
    tx.commit().await.map_err(describe)?;
    for (email, role, store) in PEOPLE {
        let new = NewUser {
            email: (*email).to_owned(),
            name: String::new(),
            role: *role,
            password: PASSWORD.to_owned(),
            stores: store.iter().map(|slug| (*slug).to_owned()).collect(),
        };
        users::create(app, new).await.map_err(why)?;
    }
    for (index, life) in LIVES.iter().enumerate() {
        place_order(app, index, life, &goods, &shipping, &customers).await?;
    }
    Ok(())
}

async fn insert_stores(tx: &DatabaseTransaction, now: Timestamp) -> Result<Vec<VariantId>, DbErr> {
    let mut variants = Vec::new();
    for demo in STORES {
        let store_id = StoreId::at(now, random_bytes());
        let row = store::ActiveModel {
            id: Set(store_id),
            name: Set(demo.name.to_owned()),
            slug: Set(demo.slug.to_owned()),
            currency: Set("EUR".to_owned()),
            external_id: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
        };
        store::Entity::insert(row).exec_without_returning(tx).await?;
        for (sku, name, price, stock) in demo.goods {
            let product_id = ProductId::at(now, random_bytes());
            let row = product::ActiveModel {
                id: Set(product_id),
                store_id: Set(store_id),
                name: Set((*name).to_owned()),
                description: Set(String::new()),
                status: Set(ProductStatus::Published),
                is_physical: Set(true),
                external_id: Set(None),
                created_at: Set(now),
                updated_at: Set(now),
            };
            product::Entity::insert(row).exec_without_returning(tx).await?;
            let id = VariantId::at(now, random_bytes());
            let row = product_variant::ActiveModel {
                id: Set(id),
                product_id: Set(product_id),
                sku: Set((*sku).to_owned()),
                name: Set(String::new()),
                currency: Set("EUR".to_owned()),
                price_minor: Set(*price),
                available: Set(*stock),
                received: Set(*stock),
                created_at: Set(now),
                updated_at: Set(now),
                ..Default::default()
            };
            product_variant::Entity::insert(row).exec_without_returning(tx).await?;
            variants.push(id);
        }
    }
    Ok(variants)
}

async fn insert_shipping(tx: &DatabaseTransaction, now: Timestamp) -> Result<Vec<ShippingMethodId>, DbErr> {
    let mut ids = Vec::new();
    for (name, description, price, days) in SHIPPING {
        let id = ShippingMethodId::at(now, random_bytes());
        let row = shipping_method::ActiveModel {
            id: Set(id),
            name: Set((*name).to_owned()),
            description: Set((*description).to_owned()),
            currency: Set("EUR".to_owned()),
            price_minor: Set(*price),
            estimated_days: Set(*days),
            handling_days: Set(None),
            is_active: Set(true),
            created_at: Set(now),
            updated_at: Set(now),
        };
        shipping_method::Entity::insert(row).exec_without_returning(tx).await?;
        ids.push(id);
    }
    Ok(ids)
}

async fn insert_buyers(tx: &DatabaseTransaction, now: Timestamp) -> Result<Vec<(CustomerId, AddressId)>, DbErr> {
    let mut ids = Vec::new();
    for (name, email, street, city, country, zip) in BUYERS {
        let id = CustomerId::at(now, random_bytes());
        let row = customer::ActiveModel {
            id: Set(id),
            user_id: Set(None),
            name: Set((*name).to_owned()),
            email: Set(Some((*email).to_owned())),
            phone: Set(None),
            status: Set(CustomerStatus::Active),
            external_id: Set(None),
            search_text: Set(search_text(name, Some(email), None, None)),
            created_at: Set(now),
            updated_at: Set(now),
        };
        customer::Entity::insert(row).exec_without_returning(tx).await?;
        let address_id = AddressId::at(now, random_bytes());
        let row = address::ActiveModel {
            id: Set(address_id),
            customer_id: Set(id),
            full_name: Set((*name).to_owned()),
            email: Set(None),
            phone: Set(None),
            street_address: Set((*street).to_owned()),
            city: Set((*city).to_owned()),
            state: Set(None),
            country: Set((*country).to_owned()),
            zip_code: Set(Some((*zip).to_owned())),
            is_default: Set(true),
            created_at: Set(now),
            updated_at: Set(now),
        };
        address::Entity::insert(row).exec_without_returning(tx).await?;
        ids.push((id, address_id));
    }
    Ok(ids)
}

async fn place_order(
    app: &App,
    index: usize,
    life: &[OrderStatus],
    goods: &[VariantId],
    shipping: &[ShippingMethodId],
    customers: &[(CustomerId, AddressId)],
) -> Result<(), String> {
    let pick = |offset: usize| goods.get((index * 3 + offset) % (goods.len() - 1)).copied();
    let line = |offset: usize, quantity: i64| NewLine { variant: pick(offset), sku: None, quantity, unit_price: None };
    let (customer, address) = customers[index % customers.len()];
    let days_ago = i64::try_from(LIVES.len() - 1 - index).unwrap_or(0) * DAYS_APART;
    let new = NewOrder {
        items: vec![line(0, 1), line(4, 2)],
        customer: Some(customer),
        payment_type: Some(PaymentType::Credit),
        shipping_method: shipping.get(index % shipping.len()).copied(),
        shipping_address: Some(AddressChoice::Saved(address)),
        placed_at: Some(app.clock.now().plus_seconds(-days_ago * 86_400)),
        ..Default::default()
    };
    let origin = Origin::system();
    for placed in create::create(app, &origin, new, None, false).await.map_err(why)?.orders {
        for status in life {
            let tracking_number = (*status == OrderStatus::Shipped).then(|| format!("TRK{:06}", 100_200 + index));
            let step = Step { tracking_number, ..Step::to(*status) };
            let terms = Terms { reason: Some("demo".into()), ..Default::default() };
            transition::transition(app, &origin, Right::OrderStatusUpdate, placed.order.id, step, terms).await.map_err(why)?;
        }
    }
    Ok(())
}

/// Says on stderr where the service is and how to sign in.
///
/// # Errors
/// When the database fails.
pub(crate) async fn greet(app: &App, address: SocketAddr, graphiql: bool) -> Result<(), String> {
    let is_demo =
        user::Entity::find().filter(user::Column::Email.eq(PEOPLE[0].0)).one(app.db.reader()).await.map_err(describe)?;
    eprintln!();
    eprintln!("  GraphQL    http://{address}/graphql");
    if graphiql {
        eprintln!("  GraphiQL   open the same address in a browser");
    }
    match is_demo {
        None => eprintln!("  The database was not empty, so the demo shop was not added."),
        Some(_) => {
            eprintln!("  Sign in    password {PASSWORD} for each of");
            for (email, role, store) in PEOPLE {
                eprintln!(
                    "             {email:<20} {}",
                    store.map_or_else(|| role.as_str().to_lowercase(), |slug| format!("seller of {slug}"))
                );
            }
            if let Some(user) = is_demo {
                let (token, _) = app.keys.issue(user.id, app.clock.now()).map_err(|fault| fault.to_string())?;
                eprintln!("  Headers    {{\"Authorization\": \"Bearer {token}\"}}   (admin, 15 minutes)");
            }
        }
    }
    eprintln!();
    Ok(())
}
