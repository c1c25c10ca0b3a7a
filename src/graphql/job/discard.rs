//! `jobDiscard`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::number;
use crate::{
    auth::policy::Right,
    fault::Failure,
    graphql::{Here, error},
    job::failed::{self, Code},
};

error::user_errors! {
    JobDiscardUserError, JobDiscardErrorCode = Code {
        /// No job of this id was given up.
        NotFound,
        /// It begins anew by itself; it can only be discarded.
        Recurs,
    }
}

/// Which work.
#[derive(Clone, Debug, InputObject)]
pub struct JobDiscardInput {
    /// The job, by its id among failedJobs.
    job: ID,
}

/// What came of jobDiscard.
#[derive(SimpleObject)]
pub struct JobDiscardPayload {
    /// The job that will not be done; null when it was refused.
    discarded_id: Option<ID>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<JobDiscardUserError>,
}

/// `jobDiscard`.
#[derive(Default)]
pub struct JobDiscard;

#[Object]
impl JobDiscard {
    /// Deletes work that was given up, by staff: what it should have done will not be done.
    async fn job_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which work.")] input: JobDiscardInput,
    ) -> Result<JobDiscardPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::JobDiscard)?;
        let outcome = match number(&input.job) {
            Some(id) => failed::discard(here.app, here.origin, id).await,
            None => Err(Failure::refused(Code::NotFound, ["job"], "Job not found")),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => JobDiscardPayload { discarded_id: None, user_errors },
            Ok(_) => JobDiscardPayload { discarded_id: Some(input.job), user_errors: Vec::new() },
        })
    }
}
