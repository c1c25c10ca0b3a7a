//! `notificationMarkRead`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    auth::policy::Right,
    fault::{Failure, Refusal},
    graphql::{Here, error, scalar::count},
    notification::mark_read::{self, Code, MAX, Which},
};

error::user_errors! {
    NotificationMarkReadUserError, NotificationMarkReadErrorCode = Code {
        /// No such notification of yours.
        NotFound,
        /// Anything else that is wrong with the input.
        InvalidInput,
    }
}

/// Which notifications you read: some by their ids, or all.
#[derive(Clone, Debug, InputObject)]
pub struct NotificationMarkReadInput {
    /// These, at most 100.
    notifications: Option<Vec<ID>>,
    /// All that you have.
    #[graphql(default)]
    all: Option<bool>,
}

/// What came of notificationMarkRead.
#[derive(SimpleObject)]
pub struct NotificationMarkReadPayload {
    /// How many were unread before; null when it was refused.
    marked: Option<i32>,
    /// How many are unread now; null when it was refused.
    unread_notifications: Option<i32>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<NotificationMarkReadUserError>,
}

impl NotificationMarkReadInput {
    fn which(self) -> Result<Which, Failure<Code>> {
        let ids = match (self.notifications, self.all.unwrap_or_default()) {
            (None, true) => return Ok(Which::All),
            (Some(ids), false) if !ids.is_empty() && ids.len() <= MAX => ids,
            (Some(_), false) => return Err(invalid("notifications", "has 1 to 100 ids")),
            (Some(_), true) => return Err(invalid("all", "goes without ids")),
            (None, false) => return Err(invalid("notifications", "give ids, or all: true")),
        };
        let mut missing = Vec::new();
        let mut known = Vec::with_capacity(ids.len());
        for (place, id) in ids.iter().enumerate() {
            match id.parse() {
                Ok(id) => known.push(id),
                Err(_) => missing.push(mark_read::not_found(place)),
            }
        }
        match missing.is_empty() {
            true => Ok(Which::These(known)),
            false => Err(Failure::Refused(missing)),
        }
    }
}

fn invalid(field: &str, message: &str) -> Failure<Code> {
    Refusal::new(Code::InvalidInput, [field], message).into()
}

/// `notificationMarkRead`.
#[derive(Default)]
pub struct NotificationMarkRead;

#[Object]
impl NotificationMarkRead {
    /// Notes that you read notifications.
    async fn notification_mark_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which notifications you read.")] input: NotificationMarkReadInput,
    ) -> Result<NotificationMarkReadPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::NotificationMarkRead)?;
        let outcome = match input.which() {
            Ok(which) => mark_read::mark_read(here.app, here.origin, which).await,
            Err(failure) => Err(failure),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => NotificationMarkReadPayload { marked: None, unread_notifications: None, user_errors },
            Ok(marked) => NotificationMarkReadPayload {
                marked: Some(count(marked.marked)),
                unread_notifications: Some(count(marked.unread)),
                user_errors: Vec::new(),
            },
        })
    }
}
