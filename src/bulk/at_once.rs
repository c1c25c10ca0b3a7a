//! Bulk actions on few things: all of it in one transaction, so that the answer is all of what happened and a crash in the
//! middle leaves nothing half done.

use std::collections::HashMap;

use entity::stored::{BulkMode, BulkOutcome};
use sea_orm::ConnectionTrait;

use super::{Answer, Asked, Code, Done, How, Noun, Outcome, Selection, Verdict, accept};
use crate::{
    fault::{Failure, Fault},
    idempotency::{Claim, Key},
};

/// What would come of it, by the rows as they are; `None` when they are too many.
///
/// # Errors
/// When the database fails.
pub(crate) async fn tell<N: Noun>(how: &How<'_>, asked: &Asked<N>) -> Result<Option<Answer>, Failure<Code>> {
    let conn = how.app.db.reader();
    let Some(selected) = select::<N>(conn, how, &asked.selection).await? else { return Ok(None) };
    let verdicts = N::check(conn, how, &asked.action, &ids(&selected)).await?;
    let (outcomes, taken_back) = by_mode(asked.mode, outcomes::<N>(selected, &verdicts));
    Ok(Some(Answer::Done(Done { outcomes, replayed: false, taken_back })))
}

/// Does it; `None` when they are too many, and nothing was done.
///
/// # Errors
/// [`Code`] for the call as a whole.
pub(crate) async fn act<N: Noun>(how: &How<'_>, asked: &Asked<N>, key: Option<&Key>) -> Result<Option<Answer>, Failure<Code>> {
    let tx = how.app.db.begin().await?;
    if let Some(key) = key {
        match key.claim(&tx, String::new(), how.now).await? {
            Claim::Fresh => {}
            Claim::Reused => return Err(reused()),
            Claim::Replay(answer) => return replayed(&tx, &answer).await.map(Some),
        }
    }
    let Some(selected) = select::<N>(&tx, how, &asked.selection).await? else { return Ok(None) };
    let applied = N::apply(&tx, how, &asked.action, &ids(&selected)).await?;
    let (outcomes, taken_back) = by_mode(asked.mode, outcomes::<N>(selected, &applied.verdicts));
    if taken_back {
        tx.rollback().await?;
        return Ok(Some(Answer::Done(Done { outcomes, replayed: false, taken_back })));
    }
    if let Some(key) = key {
        let answer = serde_json::to_string(&outcomes).map_err(|error| Fault::Internal(error.to_string()))?;
        key.answer(&tx, answer).await?;
    }
    tx.commit().await?;
    applied.users.iter().for_each(|user| how.app.standings.invalidate(user));
    Ok(Some(Answer::Done(Done { outcomes, replayed: false, taken_back })))
}

/// The refusal of a key that was used with other input.
pub(super) fn reused() -> Failure<Code> {
    Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input")
}

/// The answer that a key was given before: an operation, or what came of each.
pub(super) async fn replayed(conn: &impl ConnectionTrait, answer: &str) -> Result<Answer, Failure<Code>> {
    if let Ok(id) = answer.parse() {
        return accept::again(conn, id).await;
    }
    let outcomes = serde_json::from_str(answer).map_err(|error| Fault::Corrupt(error.to_string()))?;
    Ok(Answer::Done(Done { outcomes, replayed: true, taken_back: false }))
}

type Selected<N> = Vec<(String, Option<<N as Noun>::Id>)>;

/// The chosen things, as given or newest first; `None` when they are more than are done at once.
async fn select<N: Noun>(
    conn: &impl ConnectionTrait,
    how: &How<'_>,
    selection: &Selection<N::Id, N::Filter>,
) -> Result<Option<Selected<N>>, Fault> {
    let most = how.app.config.bulk.at_once;
    Ok(match selection {
        Selection::Ids(ids) => Some(ids.clone()),
        Selection::Matching { filter, except } => {
            let found = accept::matching::<N>(conn, how, filter, except, most).await?;
            (found.len() <= most).then(|| found.into_iter().map(|id| (id.to_string(), Some(id))).collect())
        }
    })
}

/// The ids among what was given, each once, in their order.
pub(super) fn ids<I: Copy + Ord>(selected: &[(String, Option<I>)]) -> Vec<I> {
    let mut ids: Vec<I> = selected.iter().filter_map(|(_, id)| *id).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// One outcome per given id, in the order given.
pub(super) fn outcomes<N: Noun>(selected: Selected<N>, verdicts: &HashMap<N::Id, Verdict>) -> Vec<Outcome> {
    let verdict = |id: Option<N::Id>| {
        let known = id.and_then(|id| verdicts.get(&id)).cloned();
        known.unwrap_or_else(|| Verdict::refused(None, NotFound, N::NOT_FOUND))
    };
    selected.into_iter().map(|(text, id)| Outcome { id: text, verdict: verdict(id) }).collect()
}

/// The code of what names nothing.
#[derive(Debug)]
struct NotFound;

/// The outcomes as the mode leaves them, and whether it takes everything back.
pub(super) fn by_mode(mode: BulkMode, outcomes: Vec<Outcome>) -> (Vec<Outcome>, bool) {
    let refused = outcomes.iter().any(|one| one.verdict.outcome == BulkOutcome::Failed);
    match mode == BulkMode::AllOrNothing && refused {
        false => (outcomes, false),
        true => {
            let back = outcomes.into_iter().map(|one| Outcome { id: one.id, verdict: one.verdict.taken_back() });
            (back.collect(), true)
        }
    }
}
