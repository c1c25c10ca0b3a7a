//! Orders that nobody placed, as many as wanted, to see how the service does with them: a made-up shop, or the orders of the
//! Olist data set multiplied. The same wish gives the same orders; they are stored by the same writer as imported ones, so
//! that running it again adds nothing.

use std::path::PathBuf;

use entity::time::Timestamp;
use rand::{SeedableRng as _, rngs::StdRng};
use sea_orm::DbBackend;

use super::{
    Import, ImportError, Options, directory, know_tables, large_cache, orders,
    parties::{self, PartyFiles},
    progress::Progress,
    record::{ItemRecord, Loaded, OrderRecord, PaymentRecord},
    report::{FileId, Report},
    side::{Side, SideRow},
};
use crate::{clock::Clock, db::Db};

mod copies;
mod draw;
mod shop;
mod words;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// How many orders.
    pub orders: u32,
    /// What chance starts from.
    pub seed: u64,
    /// No order is placed later.
    pub until: Timestamp,
    /// Folder of the Olist data set whose orders are multiplied; without it the shop is made up.
    pub from: Option<PathBuf>,
}

impl Wanted {
    /// What all external ids and unique texts of these orders begin with.
    fn prefix(&self) -> String {
        let source = if self.from.is_some() { "olist" } else { "made" };
        format!("{source}-{}-{}", self.seed, self.orders)
    }

    /// Chance for one thing: what is drawn for it does not depend on what was drawn for others.
    fn chance(&self, kind: u64, number: u64) -> StdRng {
        let mut seed = [0; 32];
        for (place, part) in [self.seed, kind, number, u64::from(self.orders)].into_iter().enumerate() {
            seed[place * 8..][..8].copy_from_slice(&part.to_le_bytes());
        }
        StdRng::from_seed(seed)
    }
}

/// An order with what belongs to it, not yet known to the database.
struct Drawn {
    order: OrderRecord,
    items: Vec<ItemRecord>,
    payments: Vec<PaymentRecord>,
}

/// Makes orders, one after the other by time.
trait Pattern {
    /// The order of that number, from 0.
    fn order(&self, number: u32, loaded: &Loaded) -> Drawn;
}

/// The files that a generator would read if it read any.
struct Files {
    parties: PartyFiles,
    orders: FileId,
    items: FileId,
    payments: FileId,
    reviews: FileId,
}

impl Files {
    fn of(report: &mut Report) -> Self {
        let parties = PartyFiles {
            stores: report.add_file("stores"),
            customers: report.add_file("customers"),
            products: report.add_file("products"),
        };
        Self {
            parties,
            orders: report.add_file("orders"),
            items: report.add_file("items"),
            payments: report.add_file("payments"),
            reviews: report.add_file("reviews"),
        }
    }
}

/// Orders of a transaction: more than of an import, for nobody waits in between. Orders of a few years fall on pages of indexes all
/// over the file, and SQLite writes each page that changed twice: the more at once, the less is written in all. PostgreSQL
/// breaks off what takes too long.
const fn batch(backend: DbBackend) -> u32 {
    match backend {
        DbBackend::Sqlite => 20_000,
        _ => 4_000,
    }
}

/// What SQLite may keep of the file in memory meanwhile, in MiB: what a transaction changes.
const CACHE: u32 = 1_024;

/// Makes the orders and stores them in a migrated database.
///
/// # Errors
/// When a file cannot be read or the database fails. Batches stored before stay; run it again to go on.
pub async fn run(
    db: &Db,
    clock: &Clock,
    wanted: &Wanted,
    options: Options,
    progress: &dyn Progress,
) -> Result<Report, ImportError> {
    let mut report = Report::new("generated", options.dry_run, options.all_refusals);
    let files = Files::of(&mut report);
    let mut import = Import { db, clock, options, progress, report };
    match &wanted.from {
        Some(folder) => {
            let (copies, loaded) = copies::open(folder, wanted, &files, progress)?;
            store(&mut import, &copies, loaded, &files, wanted.orders).await?;
        }
        None => {
            let (shop, loaded) = shop::open(wanted, &files)?;
            store(&mut import, &shop, loaded, &files, wanted.orders).await?;
        }
    }
    Ok(import.report)
}

async fn store(
    import: &mut Import<'_>,
    pattern: &impl Pattern,
    mut loaded: Loaded,
    files: &Files,
    wanted: u32,
) -> Result<(), ImportError> {
    large_cache(import.db, CACHE).await?;
    import.report.of(files.parties.stores).read = loaded.stores.rows_mut().len() as u64;
    import.report.of(files.parties.customers).read = loaded.customers.rows_mut().len() as u64;
    import.report.of(files.parties.products).read = loaded.products.rows_mut().len() as u64;
    if !parties::store_all(import, &mut loaded, files.parties).await? {
        import.report.interrupted = true;
        return Ok(());
    }
    know_tables(import).await?;
    import.progress.phase("orders", u64::from(wanted));
    let mut next = 0;
    while next < wanted {
        if import.options.stop.is_set() {
            import.report.interrupted = true;
            break;
        }
        let end = wanted.min(next.saturating_add(batch(import.db.backend())));
        let batch = draw_batch(pattern, &mut loaded, files, next..end, &mut import.report);
        orders::store_batch(import, &mut loaded, files.orders, &batch).await?;
        next = end;
        import.progress.at(u64::from(next));
        import.progress.orders(import.report.of(files.orders).written);
    }
    know_tables(import).await
}

/// Makes the orders of a batch; what belongs to them replaces that of the batch before.
fn draw_batch(
    pattern: &impl Pattern,
    loaded: &mut Loaded,
    files: &Files,
    numbers: std::ops::Range<u32>,
    report: &mut Report,
) -> Vec<OrderRecord> {
    let mut known = directory::Orders::default();
    let (mut items, mut payments) = (Vec::new(), Vec::new());
    let mut batch = Vec::with_capacity(numbers.len());
    for number in numbers {
        let mut drawn = pattern.order(number, loaded);
        let (order, line) = (known.place(&drawn.order.external_id), u64::from(number) + 1);
        (drawn.order.order, drawn.order.line) = (order, line);
        items.extend(drawn.items.into_iter().map(|record| SideRow { order, line, record }));
        payments.extend(drawn.payments.into_iter().map(|record| SideRow { order, line, record }));
        batch.push(drawn.order);
    }
    report.of(files.orders).read += batch.len() as u64;
    report.of(files.items).read += items.len() as u64;
    report.of(files.payments).read += payments.len() as u64;
    loaded.items = Side::sorted(files.items, items, true, &mut known, report);
    loaded.payments = Side::sorted(files.payments, payments, true, &mut known, report);
    loaded.orders = known;
    batch
}

/// Nothing beside the parties yet.
fn empty(
    stores: directory::Directory<super::record::StoreRecord>,
    customers: directory::Directory<super::record::CustomerRecord>,
    products: directory::Directory<super::record::ProductRecord>,
    files: &Files,
) -> Loaded {
    Loaded {
        stores,
        customers,
        products,
        orders: directory::Orders::default(),
        items: Side::of_none(files.items),
        payments: Side::of_none(files.payments),
        reviews: Side::of_none(files.reviews),
    }
}
