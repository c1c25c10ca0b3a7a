//! The customer as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::{address, customer, id::CustomerId, stored};

use super::Address;
use crate::{
    customer::query::OrderSums,
    fault::Fault,
    graphql::{
        Here,
        connection::{PageArguments, connection},
        error,
        order::{self, OrderConnection, OrderFilter},
        payment::PaymentMethod,
        scalar::{CurrencyCode, Int, Moment, Money, count},
    },
    money::Currency,
    order::{filter::Filter, query::Scope},
};

/// Whether a customer may buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::CustomerStatus")]
pub enum CustomerStatus {
    /// May buy.
    Active,
    /// May neither sign in nor buy.
    Blocked,
}

/// What a customer spent in one currency.
#[derive(Clone, SimpleObject)]
pub struct CustomerBalance {
    /// The currency.
    currency: CurrencyCode,
    /// Totals of the orders that are not cancelled, less what was given back.
    spent: Money,
}

/// Somebody who buys. Nobody gets hold of one but the customer itself and staff, so its fields do not ask again.
#[derive(Clone)]
pub struct Customer(Arc<customer::Model>);

impl Customer {
    /// A customer's row.
    pub fn new(row: Arc<customer::Model>) -> Self {
        Self(row)
    }

    /// The customer's id, as it is stored.
    pub fn key(&self) -> CustomerId {
        self.0.id
    }
}

impl Customer {
    async fn load_addresses(&self, ctx: &Context<'_>) -> Result<Arc<Vec<address::Model>>> {
        let here = Here::of(ctx)?;
        here.loaders.addresses.load(&here.app.db, self.0.id).await.map_err(|fault| error::internal(ctx, &fault))
    }

    async fn load_sums(&self, ctx: &Context<'_>) -> Result<Arc<Vec<OrderSums>>> {
        let here = Here::of(ctx)?;
        here.loaders.customer_orders.load(&here.app.db, self.0.id).await.map_err(|fault| error::internal(ctx, &fault))
    }
}

/// Somebody who buys.
#[Object]
impl Customer {
    /// The customer's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// A short name of the id for people, such as ID-011221; two customers may have the same.
    async fn display_id(&self) -> String {
        format!("ID-{:06}", self.0.id.0.as_u128() % 1_000_000)
    }

    /// Name and e-mail address, such as "Ann Other (ann@example.com)".
    async fn display_name(&self) -> String {
        match &self.0.email {
            Some(email) => format!("{} ({email})", self.0.name),
            None => self.0.name.clone(),
        }
    }

    /// Full name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// E-mail address.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Telephone number as written.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// Whether the customer may buy.
    async fn status(&self) -> CustomerStatus {
        self.0.status.into()
    }

    /// Saved addresses, oldest first.
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<Address>> {
        Ok(self.load_addresses(ctx).await?.iter().cloned().map(Address::new).collect())
    }

    /// The address that is used unless another one is chosen; null when none is saved.
    async fn default_address(&self, ctx: &Context<'_>) -> Option<Result<Address>> {
        match self.load_addresses(ctx).await {
            Ok(rows) => rows.iter().find(|row| row.is_default).cloned().map(|row| Ok(Address::new(row))),
            Err(error) => Some(Err(error)),
        }
    }

    /// The customer's orders.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(desc = "In which order; newest first unless told.")] sort: Option<Vec<order::query::OrderSort>>,
    ) -> Result<OrderConnection> {
        let scope = Scope::of(Here::of(ctx)?.actor()).map_err(error::denied)?;
        let asked = filter.unwrap_or_default().filter(Here::of(ctx)?.app.clock.now())?;
        let filter = Filter { customer: Some(self.0.id), and: vec![asked], ..Default::default() };
        order::query::list(ctx, &scope, &filter, sort, PageArguments { first, after, last, before, offset }, None).await
    }

    /// Methods of payment that providers keep for the customer, newest first.
    async fn payment_methods(&self, ctx: &Context<'_>) -> Result<Vec<PaymentMethod>> {
        let here = Here::of(ctx)?;
        let rows = here.loaders.payment_methods.load(&here.app.db, self.0.id).await;
        Ok(rows.map_err(|fault| error::internal(ctx, &fault))?.iter().map(PaymentMethod::from).collect())
    }

    /// How many orders, whatever their status.
    async fn orders_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(count(self.load_sums(ctx).await?.iter().map(|sums| sums.orders).sum()))
    }

    /// What the customer spent, by currency.
    async fn balances(&self, ctx: &Context<'_>) -> Result<Vec<CustomerBalance>> {
        let sums = self.load_sums(ctx).await?;
        let balance = |sums: &OrderSums| {
            let currency = Currency::from_code(&sums.currency)
                .ok_or_else(|| error::internal(ctx, &Fault::Corrupt(format!("currency {}", sums.currency))))?;
            Ok(CustomerBalance { currency: CurrencyCode(currency), spent: Money::new(sums.spent_minor, currency) })
        };
        sums.iter().map(balance).collect()
    }

    /// Its key in the system it was imported from.
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// When it was created.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.0.updated_at)
    }
}

connection!(CustomerConnection, CustomerEdge, Customer);
