//! The products, stores and customers that sold or bought most.

use std::collections::{BTreeMap, HashMap};

use entity::{id::StoreId, time::Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, Value};
use uuid::Uuid;

use super::{
    merged::Store,
    rollup::{
        family::Change,
        held,
        rankings::{Amounts, Kind, cells, news, planned},
        reading::Reading,
        table::grow,
        tally::Tally,
        which::Which,
    },
    spans::{Plan, Quarters, Stretch, Unit},
};
use crate::{
    db::{Row, Text, as_plain_text, id_cell, one_of, statement},
    fault::Fault,
    money::Currency,
};

/// What they are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// What was sold or bought, in money.
    Revenue,
    /// Pieces.
    Units,
    /// Orders.
    Orders,
}

impl By {
    const fn column(self) -> &'static str {
        match self {
            Self::Revenue => "revenue_minor",
            Self::Units => "units",
            Self::Orders => "orders",
        }
    }

    const fn index(self) -> &'static str {
        match self {
            Self::Revenue => "rankings_revenue",
            Self::Units => "rankings_units",
            Self::Orders => "rankings_orders",
        }
    }

    /// Each of them.
    pub const EACH: [Self; 3] = [Self::Units, Self::Orders, Self::Revenue];

    /// Its place among [`Amounts`].
    pub const fn place(self) -> usize {
        match self {
            Self::Units => 0,
            Self::Orders => 1,
            Self::Revenue => 2,
        }
    }

    /// What is ranked by.
    pub const fn of(self, amounts: &Amounts) -> i64 {
        amounts[self.place()]
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is ranked.
    pub kind: Kind,
    /// By what.
    pub by: By,
    /// Orders in this currency.
    pub currency: Currency,
    /// Orders placed then; of all time when nothing is said.
    pub window: Option<Stretch>,
    /// Of products: only lines of these stores.
    pub stores: Option<Vec<StoreId>>,
    /// How many.
    pub first: usize,
}

impl Asked {
    /// What an order adds to each product, store or customer.
    pub(super) fn cells(&self, tally: &Tally) -> BTreeMap<Uuid, Amounts> {
        let stores = self.stores();
        cells(tally, self.kind, |line| stores.is_none_or(|stores| stores.contains(&line.store)))
    }

    /// The stores whose lines alone count.
    fn stores(&self) -> Option<&[StoreId]> {
        self.stores.as_deref().filter(|_| self.kind == Kind::Product)
    }
}

/// A row of a ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The product, store or customer.
    pub subject: Uuid,
    /// Pieces.
    pub units: i64,
    /// Orders.
    pub orders: i64,
    /// Their worth in minor units.
    pub revenue: i64,
}

/// The first of the ranking, largest first, of equals the one with the lower id.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn top(store: &Store, reading: &Reading, asked: &Asked) -> Result<Vec<Place>, Fault> {
    let conn = reading.conn();
    let which = match asked.stores().filter(|_| reading.behind().is_some()) {
        None => Which::of(asked.kind),
        Some(stores) => Which::sold_by(conn, stores).await?,
    };
    let (plan, zone, behind) = planned(reading, asked.window).await?;
    let mut beside = Sums::default();
    if let Some(reach) = plan.reach(zone) {
        beside.add_changes(behind, reach, asked, 1)?;
    }
    let mut news = news(reading, &which, asked.currency);
    let is_kept = reading.behind().is_some() && !which.is_nothing();
    for (sign, stretch) in plan.beside() {
        if !is_kept {
            beside.add_rows(conn, stretch, asked, sign).await?;
            continue;
        }
        let (held, rest) = Quarters::of(stretch);
        if let Some(held) = held {
            let sums = store.beside(conn, &mut news, behind, (asked, &which, held)).await?;
            beside.add_all(&sums, sign)?;
        }
        for (quarter, (from, to)) in rest.into_iter().flat_map(Quarters::each) {
            let moments = store.moments(conn, &mut news, behind, (asked, &which, quarter)).await?;
            for (_, subject, amounts) in moments.iter().filter(|(at, ..)| from <= *at && *at < to) {
                beside.add(*subject, sign, *amounts)?;
            }
        }
        beside.add_changes(behind, stretch, asked, sign)?;
    }
    if which.is_nothing() {
        return beside.rank(std::iter::empty(), asked);
    }
    if !plan.runs.is_empty()
        && (!is_one(&plan) || which.only().is_none() || beside.0.len() > FEW)
        && let Some(merged) = store.get(conn, &mut news, &plan, (asked, &which)).await?
    {
        let first: Vec<_> = merged.first(asked.by, asked.first, &beside.0).collect();
        drop(merged);
        return beside.rank(first.into_iter(), asked);
    }
    let kept = kept(conn, &plan, (asked, &which), beside.0.keys().copied().collect()).await?;
    beside.rank(kept.into_iter(), asked)
}

/// Whether an index gives the first of a plan's spans at once.
fn is_one(plan: &Plan) -> bool {
    plan.runs.iter().all(|run| plan.runs.len() == 1 && run.is_one() && run.unit != Unit::Day)
}

/// More subjects than these are looked up in memory.
const FEW: usize = 50;

/// What subjects sold or bought: of a stretch, or what is to be added to the sums that are kept.
#[derive(Clone, Default)]
pub struct Sums(HashMap<Uuid, Amounts>);

impl held::Value for Sums {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.0.capacity() * (size_of::<(Uuid, Amounts)>() + 1)
    }
}

impl Sums {
    /// Adds to the sums of a subject.
    ///
    /// # Errors
    /// Beyond 64 bits.
    pub fn add(&mut self, subject: Uuid, sign: i64, amounts: Amounts) -> Result<(), Fault> {
        let sums = self.0.entry(subject).or_default();
        grow(sums, sign, amounts)?;
        if *sums == Amounts::default() {
            self.0.remove(&subject);
        }
        Ok(())
    }

    fn add_all(&mut self, others: &Self, sign: i64) -> Result<(), Fault> {
        others.0.iter().try_for_each(|(subject, amounts)| self.add(*subject, sign, *amounts))
    }

    /// Adds what orders that wait to be counted change of a stretch, or takes it away.
    ///
    /// # Errors
    /// Beyond 64 bits.
    pub fn add_changes(&mut self, behind: &[Change], (from, to): Stretch, asked: &Asked, sign: i64) -> Result<(), Fault> {
        for (side, tally) in behind.iter().flat_map(Change::sides) {
            let counts = from <= tally.placed_at && tally.placed_at < to && tally.currency == asked.currency.code();
            if counts {
                for (subject, amounts) in asked.cells(tally) {
                    self.add(subject, sign * side, amounts)?;
                }
            }
        }
        Ok(())
    }

    /// Adds what the orders of a stretch say themselves, or takes it away.
    ///
    /// # Errors
    /// When the database fails or a sum is out of range.
    pub(crate) async fn add_rows(
        &mut self,
        conn: &impl ConnectionTrait,
        stretch: Stretch,
        asked: &Asked,
        sign: i64,
    ) -> Result<(), Fault> {
        let rows = of_rows(conn, stretch, asked, Each::Subject).await?;
        rows.into_iter().try_for_each(|(_, subject, amounts)| self.add(subject, sign, amounts))
    }

    /// The ranking, from what is kept, each subject once, and everything that is to be added. Of what is kept the first are
    /// enough, and those that something is to be added to.
    fn rank(mut self, kept: impl Iterator<Item = (Uuid, Amounts)>, asked: &Asked) -> Result<Vec<Place>, Fault> {
        let mut rows = Vec::new();
        for (subject, amounts) in kept {
            let mut sums = self.0.remove(&subject).unwrap_or_default();
            for (sum, amount) in sums.iter_mut().zip(amounts) {
                super::currency::add(sum, amount)?;
            }
            rows.push((subject, sums));
        }
        rows.extend(self.0);
        rows.retain(|(_, amounts)| amounts[1] > 0);
        let order = |a: &(Uuid, Amounts), b: &(Uuid, Amounts)| asked.by.of(&b.1).cmp(&asked.by.of(&a.1)).then(a.0.cmp(&b.0));
        if asked.first < rows.len() {
            rows.select_nth_unstable_by(asked.first, order);
            rows.truncate(asked.first);
        }
        rows.sort_unstable_by(order);
        let place = |(subject, [units, orders, revenue]): (_, Amounts)| Place { subject, units, orders, revenue };
        Ok(rows.into_iter().map(place).collect())
    }
}

/// What rows are added up by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Each {
    /// The product, store or customer.
    Subject,
    /// The same at each moment.
    Moment,
}

/// What was sold or bought at a moment.
pub(super) type Moment = (Timestamp, Uuid, Amounts);

/// What the orders of a stretch say themselves; the moment is told where rows are added up by it.
///
/// # Errors
/// When the database fails.
pub(super) async fn of_rows(
    conn: &impl ConnectionTrait,
    (from, to): Stretch,
    asked: &Asked,
    each: Each,
) -> Result<Vec<Moment>, Fault> {
    let (at, group) = match each {
        Each::Subject => ("0", ""),
        Each::Moment => ("o.placed_at", ", o.placed_at"),
    };
    let mut values: Vec<Value> = vec![from.into(), to.into(), asked.currency.code().into()];
    // In SQLite the plus keeps it from the index of the currency, in which all times are.
    let currency = if conn.get_database_backend() == DbBackend::Sqlite { "+o.currency" } else { "o.currency" };
    let mut within = format!("o.placed_at >= $1 AND o.placed_at < $2 AND {currency} = $3 AND o.status <> 'CANCELLED'");
    // The order of a CROSS JOIN is the one in which SQLite reads.
    let mut lines = "orders o CROSS JOIN order_items i";
    if let Some(stores) = asked.stores() {
        let (one_of, list) = one_of(conn.get_database_backend(), 4, stores.iter().map(|store| store.0));
        lines = "order_stores s CROSS JOIN orders o CROSS JOIN order_items i";
        within.push_str(&format!(
            " AND s.store_id {one_of} AND s.placed_at >= $1 AND s.placed_at < $2 AND o.id = s.order_id \
             AND i.store_id = s.store_id"
        ));
        values.push(list);
    }
    let sql = match asked.kind {
        Kind::Customer => format!(
            "SELECT {at} AS at, o.customer_id AS subject, \
             CAST(COALESCE(SUM((SELECT SUM(i.quantity) FROM order_items i WHERE i.order_id = o.id)), 0) AS bigint) AS units, \
             COUNT(*) AS orders, CAST(SUM(o.total_minor) AS bigint) AS revenue \
             FROM orders o WHERE {within} AND o.customer_id IS NOT NULL GROUP BY o.customer_id{group}"
        ),
        kind => {
            let subject = if kind == Kind::Store { "i.store_id" } else { "i.product_id" };
            format!(
                "SELECT {at} AS at, {subject} AS subject, CAST(SUM(i.quantity) AS bigint) AS units, COUNT(DISTINCT i.order_id) AS orders, \
                 CAST(SUM(i.total_minor) AS bigint) AS revenue FROM {lines} \
                 WHERE {within} AND i.order_id = o.id AND {subject} IS NOT NULL GROUP BY {subject}{group}"
            )
        }
    };
    let backend = conn.get_database_backend();
    let subject = id_cell(backend, "r.subject");
    let sql = as_plain_text(backend, &[&subject], &["r.at", "r.units", "r.orders", "r.revenue"], &format!("({sql}) AS r"));
    let text = Text::read(conn, statement(conn, sql, values)).await?;
    let rows = text.rows()?;
    let one = |row: &Row<'_>| {
        let number = |at| row.number(at)?.ok_or_else(|| Fault::Corrupt("a sum is missing".into()));
        let subject = row.id(0)?.ok_or_else(|| Fault::Corrupt("a sum is of nothing".into()))?;
        Ok((Timestamp(number(1)?), subject, [number(2)?, number(3)?, number(4)?]))
    };
    rows.iter().map(one).collect()
}

/// The sums of all subjects of a plan's spans.
///
/// # Errors
/// When the database fails.
pub(crate) async fn spans(
    conn: &impl ConnectionTrait,
    plan: &Plan,
    which: &Which,
    currency: Currency,
) -> Result<HashMap<Uuid, Amounts>, Fault> {
    let Some(sql) = grouped(plan, which, "", "") else { return Ok(HashMap::new()) };
    let rows = conn.query_all_raw(statement(conn, sql, [currency.code().into()])).await?;
    rows.iter()
        .map(|row| {
            let amounts = [row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?];
            Ok((row.try_get_by_index(0)?, amounts))
        })
        .collect()
}

/// The first of what is kept, as many as are asked for beside those that something is to be added to, and these.
async fn kept(
    conn: &impl ConnectionTrait,
    plan: &Plan,
    (asked, which): (&Asked, &Which),
    beside: Vec<Uuid>,
) -> Result<HashMap<Uuid, Amounts>, Fault> {
    let mut found = HashMap::new();
    if plan.runs.is_empty() {
        return Ok(found);
    }
    let backend = conn.get_database_backend();
    let mut values: Vec<Value> = vec![asked.currency.code().into()];
    let limit = asked.first + beside.len();
    let column = asked.by.column();
    let first = match which.only().filter(|_| is_one(plan)) {
        Some(number) => {
            let by_index = match backend {
                DbBackend::Sqlite => format!(" INDEXED BY {}", asked.by.index()),
                _ => String::new(),
            };
            let run = plan.runs[0];
            Some(format!(
                "SELECT subject_id, units, orders, revenue_minor FROM rankings{by_index} WHERE kind = {} AND unit = {} \
                 AND unit > 0 AND start = {} AND currency = $1 AND orders > 0 ORDER BY {column} DESC, subject_id LIMIT {limit}",
                number,
                run.unit as i32,
                run.places().0,
            ))
        }
        // Sums of several spans, and of the few subjects of a day, are made and then sorted.
        None => {
            let column = if asked.by == By::Orders { which.orders() } else { column.to_owned() };
            grouped(plan, which, "", &format!("ORDER BY SUM({column}) DESC, subject_id LIMIT {limit}"))
        }
    };
    let mut asks = vec![(first, values.clone())];
    if !beside.is_empty() {
        let (one_of, list) = one_of(backend, values.len() + 1, beside);
        values.push(list);
        asks.push((grouped(plan, which, &format!(" AND subject_id {one_of}"), ""), values));
    }
    for (sql, values) in asks {
        let Some(sql) = sql else { continue };
        for row in conn.query_all_raw(statement(conn, sql, values)).await? {
            let amounts = [row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?];
            found.insert(row.try_get_by_index(0)?, amounts);
        }
    }
    Ok(found)
}

/// The sums of each subject over a plan's spans.
fn grouped(plan: &Plan, which: &Which, and: &str, rest: &str) -> Option<String> {
    let rows = plan.rows(
        "kind, subject_id, units, orders, revenue_minor",
        "rankings",
        &format!("{} AND currency = $1{and}", which.condition()),
    )?;
    let orders = which.orders();
    Some(format!(
        "SELECT subject_id, CAST(SUM(units) AS bigint), CAST(SUM({orders}) AS bigint), CAST(SUM(revenue_minor) AS bigint) \
         FROM ({rows}) AS spans GROUP BY subject_id HAVING SUM({orders}) > 0 {rest}"
    ))
}
