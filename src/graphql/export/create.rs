//! `exportCreate`.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::{
    export_errors,
    input::{ExportOf, delimiter, zone},
    node::Export,
};
use crate::{
    auth::policy::Right,
    export::{
        change::Code,
        create,
        spec::{Spec, What},
    },
    fault::{Failure, Refusal},
    graphql::{Here, error},
};

export_errors!(ExportCreateUserError, ExportCreateErrorCode);

/// What is to be written.
#[derive(Clone, Debug, InputObject)]
pub struct ExportCreateInput {
    /// Of what, which, with which columns.
    of: ExportOf,
    /// IANA time zone of days and times, such as "Europe/Berlin"; UTC unless told.
    time_zone: Option<String>,
    /// Whether the file begins with the byte order mark by which spreadsheets know UTF-8.
    #[graphql(default)]
    byte_order_mark: bool,
    /// What stands between cells: comma, semicolon, tab or vertical bar; a comma unless told.
    delimiter: Option<String>,
    /// Makes a repeated call the same call: the same key and input give the same export.
    idempotency_key: Option<String>,
}

/// What came of exportCreate.
#[derive(SimpleObject)]
pub struct ExportCreatePayload {
    /// The export; null when it was refused.
    export: Option<Export>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<ExportCreateUserError>,
}

/// `exportCreate`.
#[derive(Default)]
pub struct ExportCreate;

#[Object]
impl ExportCreate {
    /// Asks for a file of rows as CSV; for staff. It is written in the background: ask `export` how far it is, and for the link.
    async fn export_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be written.")] input: ExportCreateInput,
    ) -> Result<ExportCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ExportCreate)?;
        let what = input.of.clone().what(here.app.clock.now())?;
        let outcome = match spec(&input, what) {
            Ok(spec) => create::create(here.app, here.origin, spec, input.idempotency_key.as_deref()).await,
            Err(refusal) => Err(Failure::from(refusal)),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => ExportCreatePayload { export: None, replayed: false, user_errors },
            Ok(created) => ExportCreatePayload {
                export: Some(Export::new(created.export)),
                replayed: created.replayed,
                user_errors: Vec::new(),
            },
        })
    }
}

fn spec(input: &ExportCreateInput, what: What) -> Result<Spec, Refusal<Code>> {
    Ok(Spec {
        what,
        zone: zone(input.time_zone.as_deref())?,
        bom: input.byte_order_mark,
        delimiter: delimiter(input.delimiter.as_deref())?,
    })
}
