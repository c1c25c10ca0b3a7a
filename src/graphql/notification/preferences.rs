//! `notificationPreferencesUpdate`.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    notification::{
        preference::{self, Code},
        query::Preferences,
    },
};

error::user_errors! {
    NotificationPreferencesUpdateUserError, NotificationPreferencesUpdateErrorCode = Code {
        /// Nothing was given that could be changed.
        InvalidInput,
    }
}

/// By which ways you are told of your orders, where the shop has them. Notifications in the product come in any case.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct NotificationPreferences {
    /// By e-mail.
    email: bool,
    /// By short message.
    sms: bool,
}

impl From<Preferences> for NotificationPreferences {
    fn from(preferences: Preferences) -> Self {
        Self { email: preferences.email, sms: preferences.sms }
    }
}

/// By which ways you want to be told; what is left out stays as it is.
#[derive(Clone, Debug, InputObject)]
pub struct NotificationPreferencesUpdateInput {
    /// By e-mail.
    email: Option<bool>,
    /// By short message.
    sms: Option<bool>,
}

/// What came of notificationPreferencesUpdate.
#[derive(SimpleObject)]
pub struct NotificationPreferencesUpdatePayload {
    /// What holds now; null when it was refused.
    preferences: Option<NotificationPreferences>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<NotificationPreferencesUpdateUserError>,
}

/// `notificationPreferencesUpdate`.
#[derive(Default)]
pub struct NotificationPreferencesUpdate;

#[Object]
impl NotificationPreferencesUpdate {
    /// Chooses by which ways you are told of your orders.
    async fn notification_preferences_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By which ways you want to be told.")] input: NotificationPreferencesUpdateInput,
    ) -> Result<NotificationPreferencesUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::NotificationPreferencesUpdate)?;
        let outcome = preference::update(here.app, here.origin, input.email, input.sms).await;
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => NotificationPreferencesUpdatePayload { preferences: None, user_errors },
            Ok(preferences) => {
                NotificationPreferencesUpdatePayload { preferences: Some(preferences.into()), user_errors: Vec::new() }
            }
        })
    }
}
