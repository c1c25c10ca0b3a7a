//! `orderNoteDelete`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Order, note::note_errors, transition::version};
use crate::{
    auth::policy::Right,
    graphql::{Here, error, scalar::Int},
    order::{
        change::Terms,
        note::{Code, delete},
    },
};

note_errors!(OrderNoteDeleteUserError, OrderNoteDeleteErrorCode);

/// What came of orderNoteDelete.
#[derive(SimpleObject)]
pub struct OrderNoteDeletePayload {
    /// Id of the note that is gone; null when the deletion was refused.
    deleted_id: Option<ID>,
    /// The order as it is now; null when the deletion was refused.
    order: Option<Order>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<OrderNoteDeleteUserError>,
}

/// Which note is deleted.
#[derive(Clone, Debug, InputObject)]
pub struct OrderNoteDeleteInput {
    /// The note.
    note: ID,
    /// The version of the order you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `orderNoteDelete`.
#[derive(Default)]
pub struct OrderNoteDelete;

#[Object]
impl OrderNoteDelete {
    /// Deletes a note, by its author and administrators.
    async fn order_note_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note is deleted.")] input: OrderNoteDeleteInput,
    ) -> Result<OrderNoteDeletePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrderNoteDelete)?;
        let terms = Terms {
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
            ..Default::default()
        };
        let outcome = match error::id(&input.note, Code::NotFound, &["note"], "Note") {
            Ok(id) => delete::delete(here.app, here.origin, id, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => OrderNoteDeletePayload { deleted_id: None, order: None, replayed: false, user_errors },
            Ok(noted) => OrderNoteDeletePayload {
                deleted_id: Some(ID(noted.id.to_string())),
                order: Some(super::note::order(ctx, noted.order).await?),
                replayed: noted.replayed,
                user_errors: Vec::new(),
            },
        })
    }
}
