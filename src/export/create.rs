//! `exportCreate`.

use entity::{export, id::ExportId, stored::ExportStatus, time::Timestamp};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::{
    change::{self, Code},
    job::{Job, WRITE},
    spec::{DELIMITERS, Spec},
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::{Change, Origin},
    fault::{Failure, Fault},
    idempotency::{self, Key},
    job::{NewJob, enqueue},
};

/// Most exports that wait or are written at once.
const MAX_OPEN: u64 = 20;

/// What came of it.
#[derive(Debug)]
pub struct Created {
    /// The export.
    pub export: export::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Asks for an export; a job writes its file.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, spec: Spec, key: Option<&str>) -> Result<Created, Failure<Code>> {
    let right = Right::ExportCreate;
    authorise(&origin.actor, right, &app.config.orders)?;
    let spec = checked(spec)?;
    let key = idempotency::given(&origin.actor, right, key, &spec)?;
    retrying(|| create_once(app, origin, &spec, key.as_ref())).await
}

/// The specification with the usual columns where nobody chose any.
///
/// # Errors
/// [`Code::InvalidInput`].
pub fn checked(spec: Spec) -> Result<Spec, Failure<Code>> {
    if !DELIMITERS.contains(&spec.delimiter) {
        let message = "must be one of comma, semicolon, tab and vertical bar";
        return Err(Failure::refused(Code::InvalidInput, ["delimiter"], message));
    }
    let bad = |(index, message): (usize, String)| {
        Failure::refused(Code::InvalidInput, ["columns", index.to_string().as_str()], message)
    };
    Ok(Spec { what: spec.what.checked().map_err(bad)?, ..spec })
}

async fn create_once(app: &App, origin: &Origin, spec: &Spec, key: Option<&Key>) -> Result<Created, Failure<Code>> {
    let now = app.clock.now();
    let id = ExportId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    if let Some(first) = idempotency::claim_id(&tx, key, id, now).await? {
        let row = export::Entity::find_by_id(first).one(&tx).await?;
        let export =
            row.ok_or_else(|| Failure::refused(Code::NotFound, ["idempotencyKey"], "the export of this key was deleted"))?;
        return Ok(Created { export, replayed: true });
    }
    has_room(&tx).await?;
    let export = row(app, origin, spec, id, now)?;
    export::Entity::insert(export.clone().into_active_model()).exec_without_returning(&tx).await?;
    let what = [
        Change::new("noun", serde_json::Value::Null, export.noun.as_str()),
        Change::new("columns", serde_json::Value::Null, spec.what.headers().join(", ")),
    ];
    change::log(&tx, origin, now, id, "EXPORT_CREATED", &what).await?;
    // Those of one person are written one after the other.
    let lane = format!("exports/{}", origin.actor.user().map(|user| user.to_string()).unwrap_or_default());
    enqueue(&tx, NewJob::new(WRITE, &Job { export: id }, now)?.key(id.to_string()).lane(lane), now).await?;
    tx.commit().await?;
    Ok(Created { export, replayed: false })
}

async fn has_room(tx: &DatabaseTransaction) -> Result<(), Failure<Code>> {
    let open = export::Column::Status.is_in([ExportStatus::Pending, ExportStatus::Running]);
    match export::Entity::find().filter(open).count(tx).await? {
        count if count < MAX_OPEN => Ok(()),
        _ => {
            let message = format!("{MAX_OPEN} exports are waiting already; wait for one, or cancel one");
            Err(Failure::refused(Code::LimitReached, Vec::<String>::new(), message))
        }
    }
}

fn row(app: &App, origin: &Origin, spec: &Spec, id: ExportId, now: Timestamp) -> Result<export::Model, Fault> {
    Ok(export::Model {
        id,
        noun: spec.what.noun(),
        spec: serde_json::to_string(spec).map_err(|error| Fault::Internal(error.to_string()))?,
        status: ExportStatus::Pending,
        done: 0,
        total: None,
        rows: 0,
        bytes: 0,
        parts: 0,
        attempt: None,
        failure: None,
        created_by: origin.actor.user(),
        created_at: now,
        started_at: None,
        finished_at: None,
        expires_at: now.plus_seconds(i64::from(app.config.exports.keep_days) * 86_400),
    })
}
