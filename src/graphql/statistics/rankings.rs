//! The products, stores and customers that sold or bought most.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use entity::id::{CustomerId, ProductId, StoreId};

use super::{Amounts, Asked, Given, StatisticsPeriod, asked, for_staff, reading};
use crate::{
    graphql::{
        Here,
        catalogue::Product,
        customer::Customer,
        error,
        scalar::{CurrencyCode, Int, Moment, Money, count},
        store::Store,
    },
    statistics::{
        Side,
        rollup::rankings::Kind,
        top::{self, By, Place},
        used,
    },
};

/// What rankings are by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "By")]
pub enum RankingOrder {
    /// What was sold or bought, in money.
    #[default]
    Revenue,
    /// Pieces.
    Units,
    /// Orders.
    Orders,
}

/// A product and what was sold of it.
#[derive(SimpleObject)]
pub struct TopProduct {
    /// The product.
    product: Product,
    /// Pieces sold.
    units: i32,
    /// Orders that hold it.
    orders: i32,
    /// What the lines with it cost, before shipping, tax and discounts, and whatever was given back later.
    revenue: Money,
}

/// A store and what it sold.
#[derive(SimpleObject)]
pub struct TopStore {
    /// The store.
    store: Store,
    /// Pieces sold.
    units: i32,
    /// Orders that hold goods of the store.
    orders: i32,
    /// What the lines of the store cost, before shipping, tax and discounts, and whatever was given back later.
    revenue: Money,
}

/// A customer and what they bought.
#[derive(SimpleObject)]
pub struct TopCustomer {
    /// The customer.
    customer: Customer,
    /// Pieces bought.
    units: i32,
    /// Orders placed.
    orders: i32,
    /// The totals of these orders, whatever was given back later.
    revenue: Money,
}

/// Declares a ranking.
macro_rules! ranking {
    ($(#[$doc:meta])* $name:ident, $row:ident) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The rows, largest first; of equals the one with the lower id.
            rows: Vec<$row>,
            /// The currency of all amounts and of all orders that are counted: the one asked for; else the one that most of
            /// the orders use. Null when there are no orders and none was asked for.
            currency: Option<CurrencyCode>,
            /// Every currency that the orders use, by code. More than one: ask for each.
            currencies: Vec<CurrencyCode>,
            /// Begin of the window, of one that has an end alone the year 1; null without one.
            from: Option<Moment>,
            /// End of the window; null without one.
            to: Option<Moment>,
            /// The moment that the figures are of: all that was done before it is part of them, nothing that was done after it. Without a
/// window what is dated later is counted too, such as orders imported with a day to come.
            as_of: Moment,
        }
    };
}

ranking!(
    /// The products that sold most. Orders that are not cancelled count, by when they were placed; only those in `currency`.
    TopProducts, TopProduct
);
ranking!(
    /// The stores that sold most. Orders that are not cancelled count, by when they were placed; only those in `currency`.
    TopStores, TopStore
);
ranking!(
    /// The customers that bought most. Orders that are not cancelled count, by when they were placed; only those in
    /// `currency`.
    TopCustomers, TopCustomer
);

/// What a ranking is asked for with.
struct Arguments {
    asked: Asked,
    first: Option<Int>,
    by: Option<RankingOrder>,
}

/// A ranking before its subjects are loaded.
struct Ranked {
    places: Vec<Place>,
    amounts: Amounts,
    currency: Option<CurrencyCode>,
    currencies: Vec<CurrencyCode>,
    asked: Asked,
    as_of: Moment,
}

async fn ranked(ctx: &Context<'_>, kind: Kind, arguments: Arguments) -> Result<Ranked> {
    let first = arguments.first.map_or(10, |Int(first)| first);
    let Some(first) = usize::try_from(first).ok().filter(|first| (1..=100).contains(first)) else {
        return Err(error::bad_input("first", "must be between 1 and 100"));
    };
    let asked = arguments.asked;
    let stores = asked.whose.stores().map(<[_]>::to_vec);
    let failed = |fault| error::internal(ctx, &fault);
    let reading = reading(ctx).await?;
    let window = asked.stretch();
    let used = used::currencies(&reading, window, stores.as_deref(), asked.currency).await;
    let (currency, currencies) = used.map_err(failed)?;
    let places = match currency {
        None => Vec::new(),
        Some(currency) => {
            let by = arguments.by.unwrap_or_default().into();
            let wanted = top::Asked { kind, by, currency, window, stores, first };
            top::top(&Here::of(ctx)?.app.rankings, &reading, &wanted).await.map_err(failed)?
        }
    };
    Ok(Ranked {
        places,
        amounts: Amounts::in_currency(currency)?,
        currency: currency.map(CurrencyCode),
        currencies: currencies.into_iter().map(CurrencyCode).collect(),
        as_of: Moment(reading.as_of()),
        asked,
    })
}

/// Makes the answer of a ranking; subjects that are gone are left out.
macro_rules! answer {
    ($ctx:expr, $ranked:expr, $name:ident, $row:ident, $field:ident: $node:ident, $loader:ident, $id:ident) => {{
        let (here, ranked) = (Here::of($ctx)?, $ranked);
        let loads = ranked.places.iter().map(|place| here.loaders.$loader.load(&here.app.db, $id(place.subject)));
        let subjects = futures_util::future::try_join_all(loads).await.map_err(|fault| error::internal($ctx, &fault))?;
        let rows = ranked.places.iter().zip(subjects).filter_map(|(place, subject)| {
            Some($row {
                $field: subject.map($node::new)?,
                units: count(place.units),
                orders: count(place.orders),
                revenue: ranked.amounts.money(place.revenue),
            })
        });
        Ok($name {
            rows: rows.collect(),
            currency: ranked.currency,
            currencies: ranked.currencies,
            from: ranked.asked.from(),
            to: ranked.asked.to(),
            as_of: ranked.as_of,
        })
    }};
}

/// Queries of rankings.
#[derive(Default)]
pub struct RankingQuery;

#[Object]
impl RankingQuery {
    /// The products that sold most: for staff of the whole shop, for sellers of their own stores. Cancelled orders are left out.
    /// Of all time unless a period or moments are given.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn top_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only orders placed in this period.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "Only orders placed at this moment or later.")] from: Option<Moment>,
        #[graphql(desc = "Only orders placed at this moment or before; now unless told.")] to: Option<Moment>,
        #[graphql(desc = "Time zone of the period by its IANA name; the shop's unless told.")] timezone: Option<String>,
        #[graphql(desc = "Only orders in this currency; the one most of them use unless told.")] currency: Option<CurrencyCode>,
        #[graphql(desc = "How many, 1 to 100; 10 unless told.")] first: Option<Int>,
        #[graphql(desc = "By what; REVENUE unless told.")] by: Option<RankingOrder>,
    ) -> Result<TopProducts> {
        let here = Here::of(ctx)?;
        let only = if here.actor().sees_all() { Side::All } else { Side::Seller };
        let given = Given { currency, period, from, to, timezone, only: Some(only), ..Default::default() };
        let ranked = ranked(ctx, Kind::Product, Arguments { asked: asked(here, given)?, first, by }).await?;
        answer!(ctx, ranked, TopProducts, TopProduct, product: Product, products, ProductId)
    }

    /// The stores that sold most, for staff. Cancelled orders are left out. Of all time unless a period or moments are given.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn top_stores(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only orders placed in this period.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "Only orders placed at this moment or later.")] from: Option<Moment>,
        #[graphql(desc = "Only orders placed at this moment or before; now unless told.")] to: Option<Moment>,
        #[graphql(desc = "Time zone of the period by its IANA name; the shop's unless told.")] timezone: Option<String>,
        #[graphql(desc = "Only orders in this currency; the one most of them use unless told.")] currency: Option<CurrencyCode>,
        #[graphql(desc = "How many, 1 to 100; 10 unless told.")] first: Option<Int>,
        #[graphql(desc = "By what; REVENUE unless told.")] by: Option<RankingOrder>,
    ) -> Result<TopStores> {
        let given = Given { currency, period, from, to, timezone, ..for_staff() };
        let ranked = ranked(ctx, Kind::Store, Arguments { asked: asked(Here::of(ctx)?, given)?, first, by }).await?;
        answer!(ctx, ranked, TopStores, TopStore, store: Store, stores, StoreId)
    }

    /// The customers that bought most, for staff. Cancelled orders are left out. Of all time unless a period or moments are given.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn top_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only orders placed in this period.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "Only orders placed at this moment or later.")] from: Option<Moment>,
        #[graphql(desc = "Only orders placed at this moment or before; now unless told.")] to: Option<Moment>,
        #[graphql(desc = "Time zone of the period by its IANA name; the shop's unless told.")] timezone: Option<String>,
        #[graphql(desc = "Only orders in this currency; the one most of them use unless told.")] currency: Option<CurrencyCode>,
        #[graphql(desc = "How many, 1 to 100; 10 unless told.")] first: Option<Int>,
        #[graphql(desc = "By what; REVENUE unless told.")] by: Option<RankingOrder>,
    ) -> Result<TopCustomers> {
        let given = Given { currency, period, from, to, timezone, ..for_staff() };
        let ranked = ranked(ctx, Kind::Customer, Arguments { asked: asked(Here::of(ctx)?, given)?, first, by }).await?;
        answer!(ctx, ranked, TopCustomers, TopCustomer, customer: Customer, customers, CustomerId)
    }
}
