//! `notificationDelete`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    notification::delete::{self, Code},
};

error::user_errors! {
    NotificationDeleteUserError, NotificationDeleteErrorCode = Code {
        /// No such notification of yours.
        NotFound,
    }
}

/// Which notification is to go.
#[derive(Clone, Debug, InputObject)]
pub struct NotificationDeleteInput {
    /// The notification.
    notification: ID,
}

/// What came of notificationDelete.
#[derive(SimpleObject)]
pub struct NotificationDeletePayload {
    /// The id of what is gone; null when it was refused.
    deleted_id: Option<ID>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<NotificationDeleteUserError>,
}

/// `notificationDelete`.
#[derive(Default)]
pub struct NotificationDelete;

#[Object]
impl NotificationDelete {
    /// Takes a notification off your list.
    async fn notification_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which notification is to go.")] input: NotificationDeleteInput,
    ) -> Result<NotificationDeletePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::NotificationDelete)?;
        let outcome = match error::id(&input.notification, Code::NotFound, &["notification"], "Notification") {
            Ok(id) => delete::delete(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => NotificationDeletePayload { deleted_id: None, user_errors },
            Ok(()) => NotificationDeletePayload { deleted_id: Some(input.notification), user_errors: Vec::new() },
        })
    }
}
