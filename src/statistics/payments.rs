//! Figures of payments (STAT-03). Sellers have none: what buyers pay is not theirs to see.

use entity::{
    order, payment,
    stored::{PaymentGateway, PaymentStatus, PaymentType},
};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};

use serde::{Deserialize, Serialize};

use super::{
    Whose,
    currency::{add, choose},
    orders::Sum,
};
use crate::{fault::Fault, money::Currency, payment::query::Filter};

/// Figures of payments in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The currency; none when nothing was counted and none was asked for.
    pub currency: Option<Currency>,
    /// All currencies of the payments that match.
    pub currencies: Vec<Currency>,
    /// All of them, whatever their state.
    pub all: Sum,
    /// What was captured.
    pub paid: i64,
    /// What was given back of that.
    pub refunded: i64,
    /// Every state with its payments.
    pub by_status: Vec<(PaymentStatus, Sum)>,
    /// Every way to pay with its payments.
    pub by_type: Vec<(PaymentType, Sum)>,
    /// Every provider with its payments.
    pub by_gateway: Vec<(PaymentGateway, Sum)>,
}

type Row = (String, PaymentStatus, PaymentType, PaymentGateway, i64, i64, i64, i64);

/// The figures of the payments that match, in the currency asked for or the one most of them use. One statement.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn figures(
    conn: &impl ConnectionTrait,
    whose: &Whose,
    filter: &Filter,
    asked: Option<Currency>,
) -> Result<Figures, Fault> {
    use payment::Column as C;
    let sum_of = |column: &str| Expr::cust(format!("CAST(COALESCE(SUM(payments.{column}), 0) AS bigint)"));
    let rows: Vec<Row> = payment::Entity::find()
        .select_only()
        .column(C::Currency)
        .column(C::Status)
        .column(C::Kind)
        .column(C::Gateway)
        .column_as(C::Id.count(), "payments")
        .column_as(sum_of("amount_minor"), "amount")
        .column_as(sum_of("captured_minor"), "captured")
        .column_as(sum_of("refunded_minor"), "refunded")
        .filter(visible(whose))
        .filter(filter.condition())
        .group_by(C::Currency)
        .group_by(C::Status)
        .group_by(C::Kind)
        .group_by(C::Gateway)
        .into_tuple()
        .all(conn)
        .await?;
    let (currency, currencies) = choose(asked, rows.iter().map(|row| (row.0.clone(), row.4)))?;
    let mut figures = Figures {
        currency,
        currencies,
        all: Sum::default(),
        paid: 0,
        refunded: 0,
        by_status: PaymentStatus::all().map(|status| (status, Sum::default())).collect(),
        by_type: PaymentType::all().map(|kind| (kind, Sum::default())).collect(),
        by_gateway: PaymentGateway::all().map(|gateway| (gateway, Sum::default())).collect(),
    };
    for row in rows.iter().filter(|row| currency.is_some_and(|currency| currency.code() == row.0)) {
        figures.count(row)?;
    }
    Ok(figures)
}

/// The payments of a caller as a condition on `payments`.
fn visible(whose: &Whose) -> Condition {
    match whose {
        Whose::All => Condition::all(),
        Whose::Seller(_) | Whose::Buyer(None) => Condition::all().add(Expr::value(false)),
        Whose::Buyer(Some(customer)) => {
            let own =
                order::Entity::find().select_only().column(order::Column::Id).filter(order::Column::CustomerId.eq(*customer));
            Condition::all().add(payment::Column::OrderId.in_subquery(own.into_query()))
        }
    }
}

fn grow<K: PartialEq>(groups: &mut [(K, Sum)], key: &K, by: Sum) -> Result<(), Fault> {
    if let Some((_, sum)) = groups.iter_mut().find(|(known, _)| known == key) {
        sum.count += by.count;
        add(&mut sum.total, by.total)?;
    }
    Ok(())
}

impl Figures {
    fn count(&mut self, row: &Row) -> Result<(), Fault> {
        let (_, status, kind, gateway, count, amount, captured, refunded) = row;
        let sum = Sum { count: *count, total: *amount };
        self.all.count += count;
        add(&mut self.all.total, *amount)?;
        add(&mut self.paid, *captured)?;
        add(&mut self.refunded, *refunded)?;
        grow(&mut self.by_status, status, sum)?;
        grow(&mut self.by_type, kind, sum)?;
        grow(&mut self.by_gateway, gateway, sum)
    }

    /// Percent of the payments that came to an end which captured money, whatever was given back later: paid ÷ (paid +
    /// failed), to two digits; 0 when none came to an end. A ratio, not money: the only float of these figures.
    pub fn success_rate(&self) -> f64 {
        let of = |wanted: &[PaymentStatus]| -> i64 {
            self.by_status.iter().filter(|(status, _)| wanted.contains(status)).map(|(_, sum)| sum.count).sum()
        };
        let paid = of(&[PaymentStatus::Paid, PaymentStatus::PartiallyRefunded, PaymentStatus::Refunded]);
        let ended = paid + of(&[PaymentStatus::Failed]);
        let percent = Decimal::from(paid * 100).checked_div(Decimal::from(ended));
        percent.and_then(|percent| percent.round_dp(2).to_f64()).unwrap_or(0.0)
    }
}
