//! `orderNoteAdd`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{note::note_types, transition::version};
use crate::{
    auth::policy::Right,
    graphql::{Here, error, scalar::Int},
    order::{
        change::Terms,
        note::{
            Code,
            add::{self, NewNote},
        },
    },
};

note_types!(OrderNoteAddPayload, OrderNoteAddUserError, OrderNoteAddErrorCode);

/// What is noted, and on which order.
#[derive(Clone, Debug, InputObject)]
pub struct OrderNoteAddInput {
    /// The order.
    order: ID,
    /// What it says, 1 to 5000 characters.
    text: String,
    /// Whether the buyer sees it.
    #[graphql(default_with = "Some(false)")]
    is_public: Option<bool>,
    /// For which store with goods in the order, whose members see it; a seller of one of them need not say.
    store: Option<ID>,
    /// The version of the order you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `orderNoteAdd`.
#[derive(Default)]
pub struct OrderNoteAdd;

#[Object]
impl OrderNoteAdd {
    /// Writes a note on an order, by staff and by sellers of goods in it. Private ones are not for the buyer.
    async fn order_note_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is noted, and on which order.")] input: OrderNoteAddInput,
    ) -> Result<OrderNoteAddPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrderNoteAdd)?;
        let terms = Terms {
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
            ..Default::default()
        };
        let order = error::id(&input.order, Code::NotFound, &["order"], "Order");
        let store = input.store.map(|id| error::id(&id, Code::NotFound, &["store"], "Store")).transpose();
        let outcome = match (order, store) {
            (Ok(order), Ok(store)) => {
                let new = NewNote { order, text: input.text, is_public: input.is_public.unwrap_or(false), store };
                add::add(here.app, here.origin, new, terms).await
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal.into()),
        };
        OrderNoteAddPayload::of(ctx, outcome).await
    }
}
