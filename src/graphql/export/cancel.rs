//! `exportCancel`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{export_errors, node::Export};
use crate::{
    auth::policy::Right,
    export::{cancel, change::Code},
    graphql::{Here, error},
};

export_errors!(ExportCancelUserError, ExportCancelErrorCode);

/// Which export is to be called off.
#[derive(Clone, Debug, InputObject)]
pub struct ExportCancelInput {
    /// The export.
    export: ID,
}

/// What came of exportCancel.
#[derive(SimpleObject)]
pub struct ExportCancelPayload {
    /// The export; null when it was refused.
    export: Option<Export>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<ExportCancelUserError>,
}

/// `exportCancel`.
#[derive(Default)]
pub struct ExportCancel;

#[Object]
impl ExportCancel {
    /// Calls off an export that is not ready; for staff.
    async fn export_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which export is to be called off.")] input: ExportCancelInput,
    ) -> Result<ExportCancelPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ExportCancel)?;
        let outcome = match error::id(&input.export, Code::NotFound, &["export"], "Export") {
            Ok(id) => cancel::cancel(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => ExportCancelPayload { export: None, user_errors },
            Ok(row) => ExportCancelPayload { export: Some(Export::new(row)), user_errors: Vec::new() },
        })
    }
}
