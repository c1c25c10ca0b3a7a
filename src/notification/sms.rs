//! The job that sends a short message by Twilio (NOTE-02).
//!
//! Twilio takes no key that would make a repeated call one call. A process that dies, or a connection that breaks, between
//! Twilio's taking a message and the job's end sends it twice; nothing is done between the two.

use entity::job;
use serde_json::Value;

use super::{
    letter::Facts,
    told::{Payload, Told},
};
use crate::{
    app::App,
    config::NotifyConfig,
    job::{self as jobs, Done, Trouble},
};

/// The kind of the job.
pub const KIND: &str = "sms.send";

/// Longest message that Twilio takes, in characters.
const MAX_BODY: usize = 1_600;

/// An account at Twilio.
#[derive(Clone, Copy)]
pub struct Twilio<'a> {
    base: &'a str,
    account: &'a str,
    token: &'a str,
    from: &'a str,
}

impl<'a> Twilio<'a> {
    /// The account of the settings; none when short messages are off.
    ///
    /// # Errors
    /// A sentence that names the setting that is missing or wrong.
    pub fn of(config: &'a NotifyConfig) -> Result<Option<Self>, String> {
        if !config.sms_enabled {
            return Ok(None);
        }
        let needed = |name: &str, value: Option<&'a str>| {
            value.filter(|value| !value.is_empty()).ok_or_else(|| format!("{name} is needed with SMS_ENABLED"))
        };
        let account = needed("TWILIO_ACCOUNT_SID", config.twilio_account_sid.as_deref())?;
        if !account.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err("TWILIO_ACCOUNT_SID has letters and digits only".into());
        }
        Ok(Some(Self {
            base: config.twilio_api_base.trim_end_matches('/'),
            account,
            token: needed("TWILIO_AUTH_TOKEN", config.twilio_auth_token.as_ref().map(|token| token.reveal()))?,
            from: needed("TWILIO_FROM", config.twilio_from.as_deref())?,
        }))
    }

    async fn send(self, http: &reqwest::Client, to: &str, body: &str) -> Result<(), Trouble> {
        let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", self.base, self.account);
        let form = [("To", to), ("From", self.from), ("Body", body)];
        let sent = http.post(url).basic_auth(self.account, Some(self.token)).form(&form).send().await;
        let response = sent.map_err(|error| Trouble::Retry(format!("Twilio was not reached: {}", error.without_url())))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let answer: Value = response.json().await.unwrap_or_default();
        let why = format!("Twilio answered {status}: {}", answer["message"].as_str().unwrap_or("nothing more"));
        // 400: this number or this text, for good. Everything else may be mended without touching the message.
        match status.as_u16() {
            400 => Err(Trouble::GiveUp(why)),
            _ => Err(Trouble::Retry(why)),
        }
    }
}

/// Sends the short message of an event to the buyer.
///
/// # Errors
/// [`Trouble::GiveUp`] when Twilio refuses the message for good.
pub(crate) async fn send(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let Payload { event } = jobs::payload(job)?;
    let Some(twilio) = Twilio::of(&app.config.notify).map_err(Trouble::Retry)? else {
        return Err(Trouble::Retry("short messages are off: SMS_ENABLED is false".into()));
    };
    let Some(told) = Told::of(app.db.reader(), event).await? else { return Ok(Done::Finished) };
    let wanted = told.preference.as_ref().is_none_or(|preference| preference.sms);
    let Some(number) = told.customer.phone.as_deref().and_then(e164).filter(|_| wanted) else { return Ok(Done::Finished) };
    let facts = Facts::of(&app.config, told.kind, &told.event, &told.order, true);
    let words = app.outlets.templates(&app.config)?.words(told.kind, &facts)?;
    let body: String = format!("{}: {}", app.config.notify.shop_name, words.message).chars().take(MAX_BODY).collect();
    twilio.send(&app.http, &number, &body).await?;
    tracing::info!(order = %told.order.number, kind = %told.kind, "short message sent");
    Ok(Done::Finished)
}

/// A number in the form of E.164, `+4930123456`: with its country, whatever blanks, dots and hyphens are written in it. A
/// number without a country names nobody.
fn e164(phone: &str) -> Option<String> {
    let digits: String = phone.strip_prefix('+')?.chars().filter(|c| !matches!(c, ' ' | '-' | '.')).collect();
    let is_number = (8..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit()) && !digits.starts_with('0');
    is_number.then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_with_a_country_are_called() {
        assert_eq!(e164("+4930123456").as_deref(), Some("+4930123456"));
        assert_eq!(e164("+1 555-010.0199").as_deref(), Some("+15550100199"));
        for phone in
            ["", "030 123456", "0049 30 123456", "+49 (0)30 123456", "+123", "+1234567890123456", "+0301234567", "+49x3012345"]
        {
            assert_eq!(e164(phone), None, "{phone}");
        }
    }
}
