//! `bulkOperationCancel`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::BulkOperation;
use crate::{
    auth::policy::Right,
    bulk::cancel::{self, Code},
    graphql::{Here, error},
};

error::user_errors! {
    BulkOperationCancelUserError, BulkOperationCancelErrorCode = Code {
        /// No such operation that you may see.
        NotFound,
        /// It is over.
        AlreadyEnded,
    }
}

/// Which operation.
#[derive(Clone, Debug, InputObject)]
pub struct BulkOperationCancelInput {
    /// The operation.
    operation: ID,
}

/// What came of bulkOperationCancel.
#[derive(SimpleObject)]
pub struct BulkOperationCancelPayload {
    /// The operation as it is now: CANCELLED, or CANCELLING while something is in hand; null when it was refused.
    operation: Option<BulkOperation>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<BulkOperationCancelUserError>,
}

/// `bulkOperationCancel`.
#[derive(Default)]
pub struct BulkOperationCancel;

#[Object]
impl BulkOperationCancel {
    /// Stops a bulk operation after what is in hand: your own, staff any. What was done stays done.
    async fn bulk_operation_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which operation.")] input: BulkOperationCancelInput,
    ) -> Result<BulkOperationCancelPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::BulkOperationCancel)?;
        let outcome = match error::id(&input.operation, Code::NotFound, &["operation"], "Bulk operation") {
            Ok(id) => cancel::cancel(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => BulkOperationCancelPayload { operation: None, user_errors },
            Ok(row) => BulkOperationCancelPayload { operation: Some(BulkOperation::new(row)), user_errors: Vec::new() },
        })
    }
}
