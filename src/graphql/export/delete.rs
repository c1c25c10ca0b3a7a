//! `exportDelete`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::export_errors;
use crate::{
    auth::policy::Right,
    export::{change::Code, delete},
    graphql::{Here, error},
};

export_errors!(ExportDeleteUserError, ExportDeleteErrorCode);

/// Which export is to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct ExportDeleteInput {
    /// The export.
    export: ID,
}

/// What came of exportDelete.
#[derive(SimpleObject)]
pub struct ExportDeletePayload {
    /// The id of the export that was deleted; null when it was refused.
    deleted_id: Option<ID>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<ExportDeleteUserError>,
}

/// `exportDelete`.
#[derive(Default)]
pub struct ExportDelete;

#[Object]
impl ExportDelete {
    /// Deletes an export with its file, in whatever state it is; for staff. Links to it lead nowhere then.
    async fn export_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which export is to be deleted.")] input: ExportDeleteInput,
    ) -> Result<ExportDeletePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ExportDelete)?;
        let outcome = match error::id(&input.export, Code::NotFound, &["export"], "Export") {
            Ok(id) => delete::delete(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => ExportDeletePayload { deleted_id: None, user_errors },
            Ok(id) => ExportDeletePayload { deleted_id: Some(ID(id.to_string())), user_errors: Vec::new() },
        })
    }
}
