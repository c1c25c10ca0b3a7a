//! A made-up shop: many stores, goods of which few sell often, buyers of whom few come often.

use std::sync::Arc;

use entity::{
    stored::{CustomerStatus, OrderType, ProductStatus},
    time::Timestamp,
};
use rand::{RngExt as _, rngs::StdRng};
use rust_decimal::Decimal;

use super::{
    Drawn, Files, Pattern, Wanted, draw, empty,
    words::{CURRENCIES, FIRST, GOODS, LAST, LIKE, OF, PLACES},
};
use crate::{
    import::{
        ImportError,
        directory::Directory,
        record::{AddressRecord, CustomerRecord, ItemRecord, Loaded, OrderRecord, ProductRecord, StoreRecord},
    },
    money::Currency,
};

/// Kinds of things that chance is asked for.
const STORE: u64 = 1;
const PRODUCT: u64 = 2;
const CUSTOMER: u64 = 3;
const ORDER: u64 = 4;

/// How long before the end the first order was placed.
const SPAN_SECONDS: i64 = 3 * 365 * 86_400;

/// The shop.
pub struct Shop {
    wanted: Wanted,
    prefix: String,
    customers: u32,
    products: u32,
    /// Products by the place of the store that sells them.
    shelves: Vec<Vec<u32>>,
}

/// Makes all but the orders.
///
/// # Errors
/// When a currency of the shop is not known.
pub fn open(wanted: &Wanted, files: &Files) -> Result<(Shop, Loaded), ImportError> {
    let prefix = wanted.prefix();
    let (mut stores, mut products, mut customers) = (Directory::default(), Directory::default(), Directory::default());
    for number in 0..(wanted.orders / 2_000).clamp(5, 400) {
        stores.add(format!("{prefix}/store/{number}").into(), store(wanted, &prefix, number)?);
    }
    let all = stores.rows_mut().len() as u32;
    let mut shelves = vec![Vec::new(); all as usize];
    for number in 0..(wanted.orders / 20).clamp(40, 40_000) {
        // Each store has some, the first have more.
        let of = if number < all { number } else { draw::skewed(&mut wanted.chance(PRODUCT, u64::from(number)), all) };
        let currency = stores.at(of).currency;
        shelves[of as usize].push(number);
        products.add(format!("{prefix}/product/{number}").into(), product(wanted, &prefix, number, of, currency));
    }
    for number in 0..(wanted.orders / 8).clamp(20, 150_000) {
        customers.add(format!("{prefix}/customer/{number}").into(), customer(wanted, &prefix, number));
    }
    let shop = Shop {
        wanted: wanted.clone(),
        prefix,
        customers: customers.rows_mut().len() as u32,
        products: products.rows_mut().len() as u32,
        shelves,
    };
    Ok((shop, empty(stores, customers, products, files)))
}

fn store(wanted: &Wanted, prefix: &str, number: u32) -> Result<StoreRecord, ImportError> {
    let mut chance = wanted.chance(STORE, u64::from(number));
    let code = CURRENCIES[number as usize % CURRENCIES.len()];
    let currency = Currency::from_code(code).ok_or_else(|| ImportError::Input(format!("the currency {code} is not known")))?;
    let name = format!("{} & {} {}", draw::one(&mut chance, LAST), draw::one(&mut chance, OF), number + 1);
    Ok(StoreRecord {
        line: u64::from(number) + 1,
        external_id: format!("{prefix}/store/{number}").into(),
        name,
        slug: format!("{prefix}-store-{number}"),
        currency,
        id: None,
    })
}

fn product(wanted: &Wanted, prefix: &str, number: u32, store: u32, currency: Currency) -> ProductRecord {
    let mut chance = wanted.chance(PRODUCT, u64::from(number) | 1 << 32);
    let (like, of, good) = (draw::one(&mut chance, LIKE), draw::one(&mut chance, OF), draw::one(&mut chance, GOODS));
    let short: String = [like, of, good].iter().filter_map(|word| word.chars().next()).collect();
    let price = 150 + i64::from(draw::skewed(&mut chance, 40_000));
    ProductRecord {
        line: u64::from(number) + 1,
        external_id: format!("{prefix}/product/{number}").into(),
        store: Some(store),
        store_id: None,
        name: format!("{like} {of} {good}").into(),
        description: format!("{good} of {}", of.to_lowercase()).into(),
        sku: Some(format!("{short}-{number:05}-{prefix}").into()),
        price_minor: price,
        currency,
        status: if number % 20 == 19 { ProductStatus::Archived } else { ProductStatus::Published },
        is_physical: true,
        id: None,
        variant: None,
    }
}

fn customer(wanted: &Wanted, prefix: &str, number: u32) -> CustomerRecord {
    let mut chance = wanted.chance(CUSTOMER, u64::from(number));
    let (first, last) = (draw::one(&mut chance, FIRST), draw::one(&mut chance, LAST));
    let letters = |name: &str| name.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let since = wanted.until.plus_seconds(-SPAN_SECONDS - chance.random_range(0..SPAN_SECONDS));
    CustomerRecord {
        line: u64::from(number) + 1,
        more_rows: 0,
        external_id: format!("{prefix}/customer/{number}").into(),
        name: format!("{first} {last}").into(),
        email: Some(format!("{}.{}.{number}@{prefix}.example", letters(first), letters(last)).into()),
        phone: Some(format!("+49 30 {:07}", chance.random_range(0..10_000_000)).into()),
        since: Some(since),
        status: CustomerStatus::Active,
        id: None,
    }
}

impl Shop {
    /// When the order of that number is placed: later ones are closer to each other, for the shop grows.
    fn placed(&self, number: u32) -> Timestamp {
        let share = (f64::from(number) + 0.5) / f64::from(self.wanted.orders);
        let seconds = (SPAN_SECONDS as f64 * (1.0 - share.powf(0.8))) as i64;
        self.wanted.until.plus_seconds(-seconds)
    }

    /// Lines of an order: mostly one, sometimes of several stores with the same currency.
    fn lines(&self, chance: &mut StdRng, loaded: &Loaded) -> Vec<ItemRecord> {
        let lead = draw::skewed(chance, self.products);
        let store = loaded.products.at(lead).store.unwrap_or_default();
        let currency = loaded.products.at(lead).currency;
        let mut chosen = vec![(lead, store)];
        for _ in 0..draw::weighted(chance, &[62, 20, 10, 5, 3]) {
            let near = (store + CURRENCIES.len() as u32 * chance.random_range(0..4)) % self.shelves.len() as u32;
            let other = if chance.random_bool(0.3) && loaded.stores.at(near).currency == currency { near } else { store };
            let shelf = &self.shelves[other as usize];
            let product = shelf[draw::skewed(chance, shelf.len() as u32) as usize];
            if chosen.iter().all(|(known, _)| *known != product) {
                chosen.push((product, other));
            }
        }
        let line = |(place, (product, store)): (usize, (u32, u32))| ItemRecord {
            number: place as i32 + 1,
            store,
            product: Some(product),
            name: None,
            sku: None,
            quantity: 1 + draw::weighted(chance, &[80, 14, 4, 2]) as i32,
            unit_price: Decimal::new(loaded.products.at(product).price_minor, u32::from(currency.digits())),
            freight: Decimal::ZERO,
        };
        chosen.into_iter().enumerate().map(line).collect()
    }
}

impl Pattern for Shop {
    fn order(&self, number: u32, loaded: &Loaded) -> Drawn {
        let mut chance = self.wanted.chance(ORDER, u64::from(number));
        let placed = self.placed(number);
        let items = self.lines(&mut chance, loaded);
        let currency = items
            .first()
            .and_then(|item| item.product)
            .map_or_else(|| loaded.stores.at(0).currency, |product| loaded.products.at(product).currency);
        let customer = draw::skewed(&mut chance, self.customers);
        let life = draw::life(&mut chance, placed, self.wanted.until);
        let digits = u32::from(currency.digits());
        let subtotal: Decimal = items.iter().map(|item| item.unit_price * Decimal::from(item.quantity)).sum();
        let shipping = Decimal::new([0, 499, 499, 1_499][draw::weighted(&mut chance, &[30, 40, 20, 10])], digits);
        let tax = (subtotal * Decimal::new(19, 2)).round_dp(digits);
        let discount = if chance.random_bool(0.08) { (subtotal / Decimal::TEN).round_dp(digits) } else { Decimal::ZERO };
        let total = subtotal + shipping + tax - discount;
        let shipped = life.times.shipped.is_some();
        Drawn {
            payments: draw::payments(&mut chance, total, &life),
            order: OrderRecord {
                line: 0,
                order: 0,
                external_id: format!("{}/{number:08}", self.prefix).into(),
                number: None,
                customer: Some(customer),
                status: life.status,
                cancel_reason: life.cancel_reason(),
                kind: [OrderType::Standard, OrderType::Express, OrderType::Pickup][draw::weighted(&mut chance, &[80, 15, 5])],
                payment_type: None,
                currency,
                times: life.times,
                as_given: Vec::new(),
                shipping,
                tax,
                discount,
                customer_name: None,
                customer_email: None,
                billing_address: None,
                address: Some(address(&mut chance, &loaded.customers.at(customer).name)),
                estimated_delivery: Some(placed.plus_seconds(6 * 86_400).datetime().format("%Y-%m-%d").to_string()),
                tracking_number: shipped.then(|| draw::tracking_number(&mut chance)),
                note: chance.random_bool(0.03).then(|| "Please ring twice".to_owned()),
                ship_by: None,
                hold: None,
            },
            items,
        }
    }
}

fn address(chance: &mut StdRng, name: &str) -> AddressRecord {
    let (street, city, country, code) = *draw::one(chance, PLACES);
    let text = |text: &str| Some(Arc::<str>::from(text));
    AddressRecord {
        full_name: text(name),
        street_address: Some(format!("{street} {}", chance.random_range(1..200)).into()),
        city: text(city),
        state: None,
        country: text(country),
        zip_code: text(code),
        email: None,
        phone: None,
        free_text: None,
    }
}
