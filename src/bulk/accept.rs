//! Accepting a bulk operation: which things it works on is written down, so that what comes to match later is not touched,
//! with the job that works it off.

use std::collections::HashSet;

use entity::{
    bulk_chunk, bulk_operation,
    id::BulkOperationId,
    stored::{BulkMode, BulkStatus},
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel};

use super::{Answer, Asked, Code, How, Noun, Selection, at_once, query, turn};
use crate::{
    clock::random_bytes,
    db::retrying,
    fault::{Failure, Fault},
    idempotency::{Claim, Key},
    job::{self as jobs, NewJob},
};

/// Rows of ids that are written with one statement.
const ROWS_AT_ONCE: usize = 50;

/// What an operation works on.
enum Items<I> {
    Given(Vec<String>),
    Found(Vec<I>),
}

impl<I: Copy + ToString> Items<I> {
    fn len(&self) -> usize {
        match self {
            Self::Given(texts) => texts.len(),
            Self::Found(ids) => ids.len(),
        }
    }

    /// Some of them as they are stored.
    fn text(&self, from: usize, count: usize) -> Result<String, Fault> {
        let to = self.len().min(from + count);
        let texts = match self {
            Self::Given(texts) => serde_json::to_string(&texts[from..to]),
            Self::Found(ids) => serde_json::to_string(&ids[from..to].iter().map(ToString::to_string).collect::<Vec<_>>()),
        };
        texts.map_err(|error| Fault::Internal(error.to_string()))
    }
}

/// Accepts an operation.
///
/// # Errors
/// [`Code`] for the call as a whole.
pub(crate) async fn accept<N: Noun>(how: &How<'_>, asked: &Asked<N>, key: Option<&Key>) -> Result<Answer, Failure<Code>> {
    let sizes = &how.app.config.bulk;
    let items = match &asked.selection {
        Selection::Ids(ids) => Items::Given(distinct(ids.iter().map(|(text, _)| text))),
        Selection::Matching { filter, except } => {
            Items::Found(matching::<N>(how.app.db.reader(), how, filter, except, sizes.max_items).await?)
        }
    };
    if items.len() > sizes.max_items {
        let message = format!("more than {} {} are selected; one operation takes at most so many", sizes.max_items, N::FIELD);
        return Err(Failure::refused(Code::TooMany, [N::FIELD], message));
    }
    if asked.mode == BulkMode::AllOrNothing && items.len() > sizes.at_once {
        let message = format!(
            "ALL_OR_NOTHING takes at most {} {}, which is what one transaction does; for more, look at a dryRun first and take \
             BEST_EFFORT",
            sizes.at_once,
            N::FIELD
        );
        return Err(Failure::refused(Code::TooManyForAllOrNothing, ["mode"], message));
    }
    let operation = operation::<N>(how, asked, items.len())?;
    // What is done or taken back as a whole is one chunk.
    let chunk = if asked.mode == BulkMode::AllOrNothing { sizes.at_once } else { sizes.chunk };
    let answer = retrying(|| async {
        let tx = how.app.db.begin().await?;
        if let Some(key) = key {
            match key.claim(&tx, operation.id.to_string(), how.now).await? {
                Claim::Fresh => {}
                Claim::Reused => return Err(at_once::reused()),
                Claim::Replay(answer) => return at_once::replayed(&tx, &answer).await,
            }
        }
        bulk_operation::Entity::insert(operation.clone().into_active_model()).exec_without_returning(&tx).await?;
        write(&tx, operation.id, &items, chunk).await?;
        let job = NewJob::new(N::JOB, &turn::Payload { operation: operation.id }, how.now)?.key(operation.id.to_string());
        jobs::enqueue(&tx, job, how.now).await?;
        tx.commit().await?;
        Ok(Answer::Accepted { operation: Box::new(operation.clone()), replayed: false })
    });
    answer.await
}

/// Those that match a filter but for some; one more than `most` when there are more.
pub(super) async fn matching<N: Noun>(
    conn: &impl ConnectionTrait,
    how: &How<'_>,
    filter: &N::Filter,
    except: &[N::Id],
    most: usize,
) -> Result<Vec<N::Id>, Fault> {
    let except: HashSet<N::Id> = except.iter().copied().collect();
    let limit = most.saturating_add(except.len()).saturating_add(1);
    let mut found = N::matching(conn, how, filter, limit as u64).await?;
    found.retain(|id| !except.contains(id));
    found.truncate(most.saturating_add(1));
    Ok(found)
}

/// The operation that a key was given before.
pub(super) async fn again(conn: &impl ConnectionTrait, id: BulkOperationId) -> Result<Answer, Failure<Code>> {
    let operation = query::by_id(conn, id).await?;
    let operation = operation.ok_or_else(|| Fault::Corrupt(format!("idempotent answer {id}")))?;
    Ok(Answer::Accepted { operation: Box::new(operation), replayed: true })
}

fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut known = HashSet::new();
    texts.filter(|text| known.insert(text.as_str())).cloned().collect()
}

fn operation<N: Noun>(how: &How<'_>, asked: &Asked<N>, total: usize) -> Result<bulk_operation::Model, Fault> {
    Ok(bulk_operation::Model {
        id: BulkOperationId::at(how.now, random_bytes()),
        kind: N::KIND,
        action: serde_json::to_string(&asked.action).map_err(|error| Fault::Internal(error.to_string()))?,
        mode: asked.mode,
        dry_run: asked.dry_run,
        status: BulkStatus::Queued,
        reason: how.reason.map(str::to_owned),
        total: i64::try_from(total).unwrap_or(i64::MAX),
        succeeded: 0,
        skipped: 0,
        failed: 0,
        failure_code: None,
        failure_message: None,
        created_by: how.origin.actor.user(),
        request_id: how.origin.request_id.clone(),
        created_at: how.now,
        started_at: None,
        ended_at: None,
    })
}

async fn write<I: Copy + ToString>(
    tx: &DatabaseTransaction,
    operation: BulkOperationId,
    items: &Items<I>,
    chunk: usize,
) -> Result<(), Fault> {
    let starts: Vec<usize> = (0..items.len()).step_by(chunk).collect();
    for starts in starts.chunks(ROWS_AT_ONCE) {
        let mut rows = Vec::with_capacity(starts.len());
        for start in starts {
            rows.push(bulk_chunk::ActiveModel {
                operation_id: Set(operation),
                position: Set(i64::try_from(*start).unwrap_or(i64::MAX)),
                items: Set(items.text(*start, chunk)?),
            });
        }
        bulk_chunk::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_given_twice_counts_once() {
        let given = ["b", "a", "b"].map(str::to_owned);
        assert_eq!(distinct(given.iter()), ["b", "a"]);
    }

    #[test]
    fn the_last_chunk_is_what_is_left() {
        let items = Items::<u8>::Given(["a", "b", "c"].map(str::to_owned).to_vec());
        assert_eq!((items.text(0, 2).unwrap(), items.text(2, 2).unwrap()), (r#"["a","b"]"#.to_owned(), r#"["c"]"#.to_owned()));
        assert_eq!(Items::Found(vec![1_u8, 2]).text(0, 9).unwrap(), r#"["1","2"]"#);
    }
}
