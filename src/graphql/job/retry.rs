//! `jobRetry`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::number;
use crate::{
    auth::policy::Right,
    fault::Failure,
    graphql::{Here, error},
    job::failed::{self, Code},
};

error::user_errors! {
    JobRetryUserError, JobRetryErrorCode = Code {
        /// No job of this id was given up.
        NotFound,
        /// It begins anew by itself; it can only be discarded.
        Recurs,
    }
}

/// Which work.
#[derive(Clone, Debug, InputObject)]
pub struct JobRetryInput {
    /// The job, by its id among failedJobs.
    job: ID,
}

/// What came of jobRetry.
#[derive(SimpleObject)]
pub struct JobRetryPayload {
    /// The job that will be done; null when it was refused.
    retried_id: Option<ID>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<JobRetryUserError>,
}

/// `jobRetry`.
#[derive(Default)]
pub struct JobRetry;

#[Object]
impl JobRetry {
    /// Lets work that was given up begin anew, with all its attempts, by staff.
    async fn job_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which work.")] input: JobRetryInput,
    ) -> Result<JobRetryPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::JobRetry)?;
        let outcome = match number(&input.job) {
            Some(id) => failed::retry(here.app, here.origin, id).await,
            None => Err(Failure::refused(Code::NotFound, ["job"], "Job not found")),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => JobRetryPayload { retried_id: None, user_errors },
            Ok(_) => JobRetryPayload { retried_id: Some(input.job), user_errors: Vec::new() },
        })
    }
}
