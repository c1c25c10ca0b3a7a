//! Stores those that orders refer to: stores, customers, products. What is there already keeps its row and its id.

use std::collections::HashSet;

use entity::{id::VariantId, time::Timestamp};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{Import, ImportError, party::Party, record::Loaded, report::FileId, write};
use crate::{
    db::{Db, retrying},
    fault::Fault,
};

/// Rows of one transaction.
const CHUNK: usize = 2_000;

/// The files of the three in the report.
#[derive(Clone, Copy)]
pub struct PartyFiles {
    /// Stores.
    pub stores: FileId,
    /// Customers.
    pub customers: FileId,
    /// Products.
    pub products: FileId,
}

/// Stores them all; returns false when it was told to stop.
///
/// # Errors
/// When the database fails.
pub(crate) async fn store_all(import: &mut Import<'_>, loaded: &mut Loaded, files: PartyFiles) -> Result<bool, ImportError> {
    let Loaded { stores, customers, products, .. } = loaded;
    if !store_kind(import, files.stores, "stores", stores.rows_mut()).await?
        || !store_kind(import, files.customers, "customers", customers.rows_mut()).await?
    {
        return Ok(false);
    }
    for product in products.rows_mut() {
        product.store_id = product.store.and_then(|store| stores.at(store).id);
    }
    if !store_kind(import, files.products, "products", products.rows_mut()).await? {
        return Ok(false);
    }
    for chunk in products.rows_mut().chunks_mut(CHUNK) {
        let there = chunk.iter().filter(|product| product.variant.is_none()).filter_map(|product| product.id);
        let variants = write::first_variants(import.db.reader(), there.map(|id| id.0).collect()).await.map_err(Fault::from)?;
        for product in chunk {
            let known = product.id.and_then(|id| variants.get(&id.0));
            product.variant = product.variant.or(known.map(|id| VariantId(*id)));
        }
    }
    Ok(true)
}

/// What is to become of a record.
enum Verdict {
    Write,
    There(Uuid),
    Refuse(String),
}

async fn store_kind<P: Party>(
    import: &mut Import<'_>,
    file: FileId,
    phase: &str,
    records: &mut [P],
) -> Result<bool, ImportError> {
    import.progress.phase(phase, records.len() as u64);
    let mut taken = HashSet::new();
    let mut done = 0;
    for chunk in records.chunks_mut(CHUNK) {
        if import.options.stop.is_set() {
            return Ok(false);
        }
        let refused: Vec<_> = chunk.iter().map(|record| known_refusal(record, &mut taken)).collect();
        let now = import.clock.now();
        let (db, dry_run) = (import.db, import.options.dry_run);
        let verdicts = retrying(|| store_chunk(db, dry_run, &*chunk, &refused, now)).await?;
        for (record, verdict) in chunk.iter_mut().zip(verdicts) {
            let counts = import.report.of(file);
            match verdict {
                Verdict::Write => {
                    counts.written += 1;
                    counts.merged += record.more_rows();
                    record.settle(record.new_id(), true);
                }
                Verdict::There(id) => {
                    counts.skipped += 1 + record.more_rows();
                    record.settle(id, false);
                }
                Verdict::Refuse(reason) => {
                    counts.merged += record.more_rows();
                    import.report.refuse(file, record.line(), reason);
                }
            }
        }
        done += chunk.len() as u64;
        import.progress.at(done);
    }
    Ok(true)
}

fn known_refusal<P: Party>(record: &P, taken: &mut HashSet<String>) -> Option<String> {
    if let Some(reason) = record.refused() {
        return Some(reason.to_owned());
    }
    let text = record.unique()?;
    let (_, column) = P::UNIQUE;
    (!taken.insert(text.to_owned())).then(|| format!("{column} {text:?} is on an earlier line already"))
}

async fn store_chunk<P: Party>(
    db: &Db,
    dry_run: bool,
    records: &[P],
    refused: &[Option<String>],
    now: Timestamp,
) -> Result<Vec<Verdict>, Fault> {
    if dry_run {
        return Ok(verdicts(db.reader(), records, refused).await?);
    }
    let tx = db.begin().await?;
    write::one_import_at_a_time(&tx).await?;
    let verdicts = verdicts(&tx, records, refused).await?;
    let new = records.iter().zip(&verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Write));
    let new: Vec<&P> = new.map(|(record, _)| record).collect();
    for rows in P::rows(&new, now) {
        rows.insert(&tx).await?;
    }
    tx.commit().await?;
    Ok(verdicts)
}

async fn verdicts<P: Party>(
    conn: &impl ConnectionTrait,
    records: &[P],
    refused: &[Option<String>],
) -> Result<Vec<Verdict>, DbErr> {
    let keys = records.iter().map(|record| record.external_id().to_owned()).collect();
    let there = write::found(conn, P::TABLE, "external_id", keys).await?;
    let (table, column) = P::UNIQUE;
    let texts = records.iter().filter_map(|record| record.unique().map(str::to_owned)).collect();
    let taken = write::found(conn, table, column, texts).await?;
    let verdict = |(record, refused): (&P, &Option<String>)| match (there.get(record.external_id()), refused) {
        (Some(id), _) => Verdict::There(*id),
        (None, Some(reason)) => Verdict::Refuse(reason.clone()),
        (None, None) => match record.unique().filter(|text| taken.contains_key(*text)) {
            Some(text) => Verdict::Refuse(format!("{column} {text:?} is taken in the database")),
            None => Verdict::Write,
        },
    };
    Ok(records.iter().zip(refused).map(verdict).collect())
}
