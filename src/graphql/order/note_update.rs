//! `orderNoteUpdate`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{note::note_types, transition::version};
use crate::{
    auth::policy::Right,
    graphql::{Here, error, scalar::Int},
    order::{
        change::Terms,
        note::{
            Code,
            update::{self, Edit},
        },
    },
};

note_types!(OrderNoteUpdatePayload, OrderNoteUpdateUserError, OrderNoteUpdateErrorCode);

/// Which note is changed, and to what.
#[derive(Clone, Debug, InputObject)]
pub struct OrderNoteUpdateInput {
    /// The note.
    note: ID,
    /// What it says, 1 to 5000 characters.
    text: Option<String>,
    /// Whether the buyer sees it.
    is_public: Option<bool>,
    /// The version of the order you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `orderNoteUpdate`.
#[derive(Default)]
pub struct OrderNoteUpdate;

#[Object]
impl OrderNoteUpdate {
    /// Changes a note, by its author and administrators.
    async fn order_note_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note is changed, and to what.")] input: OrderNoteUpdateInput,
    ) -> Result<OrderNoteUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrderNoteUpdate)?;
        let terms = Terms {
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
            ..Default::default()
        };
        let edit = Edit { text: input.text, is_public: input.is_public };
        let outcome = match error::id(&input.note, Code::NotFound, &["note"], "Note") {
            Ok(id) => update::update(here.app, here.origin, id, edit, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        OrderNoteUpdatePayload::of(ctx, outcome).await
    }
}
