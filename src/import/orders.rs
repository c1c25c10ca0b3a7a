//! Stores orders in batches, each batch in one transaction with all that belongs to its orders.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::{id::OrderId, time::Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use super::{
    Import, ImportError,
    assemble::{Assembled, assemble, order_id, review_id, review_key},
    directory::Fate,
    record::{Loaded, OrderRecord},
    report::FileId,
    rows, tables,
    time::day,
    write::{self, Rows},
};
use crate::{
    db::{Db, retrying},
    event::feed,
    fault::Fault,
    statistics::rollup::consumer,
};

/// What became of an order of a batch.
enum Outcome {
    Written,
    There,
    Refused(String),
}

/// What became of a batch.
struct Stored {
    orders: Vec<Outcome>,
    /// Reviews that are new, of orders new or old, by their external id.
    new_reviews: HashSet<String>,
}

/// Stores a batch and counts its rows.
///
/// # Errors
/// When the database fails; nothing of the batch is stored then.
pub(crate) async fn store_batch(
    import: &mut Import<'_>,
    loaded: &mut Loaded,
    file: FileId,
    batch: &[OrderRecord],
) -> Result<(), ImportError> {
    let (db, dry_run, now) = (import.db, import.options.dry_run, import.clock.now());
    let stored = {
        let loaded = &*loaded;
        retrying(|| store(db, dry_run, loaded, batch, now)).await?
    };
    for (record, outcome) in batch.iter().zip(stored.orders) {
        count(import, loaded, file, record, outcome, &stored.new_reviews);
    }
    Ok(())
}

fn count(
    import: &mut Import<'_>,
    loaded: &mut Loaded,
    file: FileId,
    record: &OrderRecord,
    outcome: Outcome,
    new_reviews: &HashSet<String>,
) {
    let report = &mut import.report;
    let new = match outcome {
        Outcome::Refused(reason) => {
            report.refuse(file, record.line, reason);
            loaded.orders.decide(record.order, Fate::Refused(record.line));
            return;
        }
        Outcome::Written => true,
        Outcome::There => false,
    };
    loaded.orders.decide(record.order, Fate::Done(record.line));
    let sides = [
        (file, 1),
        (loaded.items.file, loaded.items.of(record.order).len()),
        (loaded.payments.file, loaded.payments.of(record.order).len()),
    ];
    for (file, rows) in sides {
        let counts = report.of(file);
        *(if new { &mut counts.written } else { &mut counts.skipped }) += rows as u64;
    }
    for review in loaded.reviews.of(record.order) {
        let counts = report.of(loaded.reviews.file);
        let new = new_reviews.contains(&review_key(record, &review.record));
        *(if new { &mut counts.written } else { &mut counts.skipped }) += 1;
    }
}

async fn store(db: &Db, dry_run: bool, loaded: &Loaded, batch: &[OrderRecord], now: Timestamp) -> Result<Stored, Fault> {
    if dry_run {
        let plan = plan(db.reader(), loaded, batch).await?;
        return Ok(plan.stored());
    }
    let tx = db.begin().await?;
    write::one_import_at_a_time(&tx).await?;
    let plan = plan(&tx, loaded, batch).await?;
    insert(&tx, loaded, &plan, now).await?;
    tx.commit().await?;
    Ok(plan.stored())
}

/// What a batch will write.
struct Plan<'a> {
    orders: Vec<Planned<'a>>,
    reviews: Vec<NewReview<'a>>,
}

enum Planned<'a> {
    Write(Box<Assembled<'a>>),
    There,
    Refuse(String),
}

struct NewReview<'a> {
    order: &'a OrderRecord,
    order_id: OrderId,
    external_id: String,
    record: &'a super::record::ReviewRecord,
}

impl Plan<'_> {
    fn stored(self) -> Stored {
        let outcome = |planned| match planned {
            Planned::Write(_) => Outcome::Written,
            Planned::There => Outcome::There,
            Planned::Refuse(reason) => Outcome::Refused(reason),
        };
        Stored {
            orders: self.orders.into_iter().map(outcome).collect(),
            new_reviews: self.reviews.into_iter().map(|review| review.external_id).collect(),
        }
    }

    fn new_orders(&self) -> impl Iterator<Item = &Assembled<'_>> {
        self.orders.iter().filter_map(|planned| match planned {
            Planned::Write(order) => Some(&**order),
            _ => None,
        })
    }
}

async fn plan<'a>(conn: &impl ConnectionTrait, loaded: &'a Loaded, batch: &'a [OrderRecord]) -> Result<Plan<'a>, DbErr> {
    let keys = batch.iter().map(|record| record.external_id.to_string()).collect();
    let there = write::found(conn, "orders", "external_id", keys).await?;
    let missing = batch.iter().filter(|record| !there.contains_key(&*record.external_id));
    // An order that was deleted after it was imported stays deleted.
    let gone: HashSet<_> = write::told_of(conn, missing.map(|record| order_id(record).0).collect()).await?.into_iter().collect();
    let numbers = batch.iter().filter_map(|record| record.number.clone()).collect();
    let mut numbers: HashSet<_> = write::found(conn, "orders", "number", numbers).await?.into_keys().collect();

    let mut plan = Plan { orders: Vec::with_capacity(batch.len()), reviews: Vec::new() };
    for record in batch {
        let id = there.get(&*record.external_id).map_or_else(|| order_id(record), |id| OrderId(*id));
        let planned = if there.contains_key(&*record.external_id) || gone.contains(&id.0) {
            Planned::There
        } else {
            match assemble(record, loaded) {
                Err(reason) => Planned::Refuse(reason),
                Ok(order) => match &record.number {
                    Some(number) if !numbers.insert(number.clone()) => {
                        Planned::Refuse(format!("number: {number:?} belongs to another order"))
                    }
                    _ => Planned::Write(Box::new(order)),
                },
            }
        };
        if !matches!(planned, Planned::Refuse(_)) && !gone.contains(&id.0) {
            plan.reviews.extend(loaded.reviews.of(record.order).iter().map(|row| NewReview {
                order: record,
                order_id: id,
                external_id: review_key(record, &row.record),
                record: &row.record,
            }));
        }
        plan.orders.push(planned);
    }
    let keys = plan.reviews.iter().map(|review| review.external_id.clone()).collect();
    let there = write::found(conn, "reviews", "external_id", keys).await?;
    plan.reviews.retain(|review| !there.contains_key(&review.external_id));
    Ok(plan)
}

async fn insert(tx: &DatabaseTransaction, loaded: &Loaded, plan: &Plan<'_>, now: Timestamp) -> Result<(), Fault> {
    let mut numbers = Numbers::set_aside(tx, plan).await?;
    let (mut orders, mut items) = (Rows::of(&tables::ORDERS), Rows::of(&tables::ITEMS));
    let (mut payments, mut reviews) = (Rows::of(&tables::PAYMENTS), Rows::of(&tables::REVIEWS));
    let (mut refunds, mut holds) = (Rows::of(&tables::REFUNDS), Rows::of(&tables::HOLDS));
    for order in plan.new_orders() {
        let number = numbers.of(order.record);
        rows::order((&mut orders, &mut holds), order, &number, rows::customer_of(order.record, loaded), now);
        rows::items(&mut items, order, loaded);
        rows::payments(&mut payments, &mut refunds, order);
    }
    for review in &plan.reviews {
        let ids = (review_id(review.order, &review.external_id), review.order_id, rows::customer_of(review.order, loaded));
        rows::review(&mut reviews, ids, &review.external_id, review.record);
    }
    for rows in [orders, holds, items, payments, refunds, reviews] {
        rows.insert(tx).await?;
    }
    let (from, to) = tell(tx, plan, now).await?;
    // New orders, and those that were there before and have a review more, of which no event tells.
    let mut changed: BTreeSet<OrderId> = plan.new_orders().map(|order| order.id).collect();
    changed.extend(plan.reviews.iter().map(|review| review.order_id));
    consumer::count_imported(tx, &Vec::from_iter(changed), (from, to)).await
}

/// Writes the history of the new orders, at the end of the log; its last place before and after. Nobody needs to give these
/// events their places later: of an import there are too many.
async fn tell(tx: &DatabaseTransaction, plan: &Plan<'_>, now: Timestamp) -> Result<(i64, i64), Fault> {
    let from = feed::hold(tx).await?;
    let (mut events, mut to) = (Rows::of(&tables::EVENTS), from);
    for order in plan.new_orders() {
        rows::events(&mut events, order, now, &mut to);
    }
    events.insert(tx).await?;
    Ok((from, to))
}

/// Order numbers of a batch, `ORD-YYYYMMDD-NNNN`.
struct Numbers {
    next: HashMap<String, i64>,
}

impl Numbers {
    async fn set_aside(tx: &DatabaseTransaction, plan: &Plan<'_>) -> Result<Self, DbErr> {
        let (mut given, mut wanted) = (BTreeMap::new(), BTreeMap::new());
        for order in plan.new_orders() {
            match &order.record.number {
                Some(number) => {
                    if let Some((day, count)) = counted(number) {
                        let highest: &mut i64 = given.entry(day).or_default();
                        *highest = count.max(*highest);
                    }
                }
                None => *wanted.entry(day(order.record.times.placed)).or_default() += 1,
            }
        }
        write::keep_numbers(tx, &given).await?;
        let last = write::take_numbers(tx, &wanted).await?;
        let first = |(day, last): (String, i64)| {
            let count = wanted.get(&day).copied().unwrap_or_default();
            (day, last - count + 1)
        };
        Ok(Self { next: last.into_iter().map(first).collect() })
    }

    fn of(&mut self, record: &OrderRecord) -> String {
        if let Some(number) = &record.number {
            return number.clone();
        }
        let day = day(record.times.placed);
        let next = self.next.entry(day.clone()).or_insert(1);
        let number = format!("ORD-{day}-{next:04}");
        *next += 1;
        number
    }
}

/// Day and count of a number in the form that is given out here.
fn counted(number: &str) -> Option<(String, i64)> {
    let (day, count) = number.strip_prefix("ORD-")?.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if day.len() != 8 || !digits(day) || !digits(count) {
        return None;
    }
    Some((day.to_owned(), count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn only_numbers_of_our_own_form_are_counted() {
        assert_eq!(counted("ORD-20240131-0007"), Some(("20240131".into(), 7)));
        assert_eq!(counted("ORD-20240131-12345"), Some(("20240131".into(), 12_345)));
        for other in ["A-1", "ORD-2024-1", "ORD-20240131-", "ORD-20240131-x", "ORD-20240131-99999999999999999999"] {
            assert_eq!(counted(other), None, "{other}");
        }
    }
}
