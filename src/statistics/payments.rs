//! Figures of payments (STAT-03). Sellers have none: what buyers pay is not theirs to see.

use std::collections::BTreeMap;

use entity::{
    order, payment,
    stored::{PaymentGateway, PaymentStatus, PaymentType},
};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::{
    Whose,
    currency::{add, choose},
    growth::rounded,
    orders::{Sum, question::span},
    rollup::{
        ask::{Answer, Ask, ask_once},
        family::Change,
        payments::{Added, TABLE, amounts, news},
        pieces::{Span, pieces},
        reading::Reading,
    },
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

/// Payments of one currency, state, way and provider: how many, what they are over, captured and given back.
type Row = (String, PaymentStatus, PaymentType, PaymentGateway, i64, i64, i64, i64);

/// The figures of the payments that match, in the currency asked for or the one most of them use: from the sums that are
/// kept up to date where those know what is asked for, else from the rows.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn figures(reading: &Reading, whose: &Whose, filter: &Filter, asked: Option<Currency>) -> Result<Figures, Fault> {
    let rows = match reading.behind() {
        Some(behind) if is_known(whose, filter) => from_sums(reading, behind, filter).await?,
        _ => from_rows(reading.rows().await?, whose, filter).await?,
    };
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

/// Whether the sums know what is asked for: all payments, by state, way, provider, currency and when they were begun.
fn is_known(whose: &Whose, filter: &Filter) -> bool {
    let Filter { order: None, customer: None, reference: None, search: None, .. } = filter else { return false };
    *whose == Whose::All
}

const ROWS: &str = "SELECT created_at AS at, currency, status, type, gateway, 1 AS payments, amount_minor, captured_minor, \
    refunded_minor FROM payments";

async fn from_sums(reading: &Reading, behind: &[Change], filter: &Filter) -> Result<Vec<Row>, Fault> {
    let asked = Ask {
        table: &TABLE,
        groups: &["r.currency", "r.status", "r.type", "r.gateway"],
        only: None,
        weighed: None,
        rows: ROWS.into(),
    };
    let pieces = pieces(&[filter.created_at.as_ref().map_or(Span::EVER, span)], reading.as_of());
    let mut sums: BTreeMap<(String, PaymentStatus, PaymentType, PaymentGateway), [i64; 4]> = BTreeMap::new();
    let grow =
        |sums: &mut [i64; 4], times: i64, by: [i64; 4]| sums.iter_mut().zip(by).try_for_each(|(sum, by)| add(sum, times * by));
    let mut news = news(reading);
    let added = |added: &Added| Some((added.at, added.groups.clone(), added.sums));
    let answers = ask_once(&reading.memory().payments, reading.conn(), (&asked, String::new()), &pieces, &mut news, added);
    for Answer { groups, sums: more, .. } in answers.await? {
        let [currency, status, kind, gateway] = groups;
        let key = (PaymentStatus::from_text(&status), PaymentType::from_text(&kind), PaymentGateway::from_text(&gateway));
        let (Some(status), Some(kind), Some(gateway)) = key else {
            return Err(Fault::Corrupt(format!("a payment that is {status}, {kind}, {gateway}")));
        };
        grow(sums.entry((currency, status, kind, gateway)).or_default(), 1, more)?;
    }
    let missing =
        behind.iter().flat_map(Change::sides).flat_map(|(sign, tally)| tally.payments.iter().map(move |paid| (sign, paid)));
    for (sign, paid) in missing {
        for piece in pieces.iter().filter(|piece| piece.level.is_some() && piece.span.holds(paid.created_at)) {
            let key = (paid.currency.clone(), paid.status, paid.kind, paid.gateway);
            grow(sums.entry(key).or_default(), sign * piece.sign, amounts(paid))?;
        }
    }
    let rows = sums.into_iter().filter(|((currency, status, kind, gateway), [count, ..])| {
        *count != 0
            && filter.currency.as_ref().is_none_or(|code| code == currency)
            && filter.status.as_ref().is_none_or(|any| any.contains(status))
            && filter.kind.as_ref().is_none_or(|any| any.contains(kind))
            && filter.gateway.as_ref().is_none_or(|any| any.contains(gateway))
    });
    let row = |((currency, status, kind, gateway), [count, amount, captured, refunded]): (_, [i64; 4])| {
        (currency, status, kind, gateway, count, amount, captured, refunded)
    };
    Ok(rows.map(row).collect())
}

/// One statement.
async fn from_rows(conn: &impl ConnectionTrait, whose: &Whose, filter: &Filter) -> Result<Vec<Row>, Fault> {
    use payment::Column as C;
    let sum_of = |column: &str| Expr::cust(format!("CAST(COALESCE(SUM(payments.{column}), 0) AS bigint)"));
    Ok(payment::Entity::find()
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
        .filter(filter.condition(conn.get_database_backend()))
        .group_by(C::Currency)
        .group_by(C::Status)
        .group_by(C::Kind)
        .group_by(C::Gateway)
        .into_tuple()
        .all(conn)
        .await?)
}

/// The payments of a caller as a condition on `payments`.
fn visible(whose: &Whose) -> Condition {
    match whose {
        Whose::All => Condition::all(),
        Whose::Seller { .. } | Whose::Store(_) | Whose::Buyer(None) => Condition::all().add(Expr::value(false)),
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
        percent.and_then(|percent| rounded(percent, 2)).unwrap_or(0.0)
    }
}
