//! What notifications go out by, made from the settings when it is first needed.

use std::sync::OnceLock;

use lettre::message::Mailbox;

use super::{sms::Twilio, smtp::Smtp, template::Templates};
use crate::{config::ServeConfig, fault::Fault};

/// The templates and the mail server of a running service.
#[derive(Default)]
pub struct Outlets {
    templates: OnceLock<Result<Templates, String>>,
    mail: OnceLock<Result<Option<Mail>, String>>,
}

/// The way of e-mails.
pub struct Mail {
    /// The mail server.
    pub(super) server: Smtp,
    /// The sender.
    pub(super) from: Mailbox,
}

impl Outlets {
    /// The templates.
    ///
    /// # Errors
    /// When they cannot be used; [`check`] says so at start.
    pub fn templates(&self, config: &ServeConfig) -> Result<&Templates, Fault> {
        let loaded = self.templates.get_or_init(|| Templates::load(config.notify.template_dir.as_deref()));
        loaded.as_ref().map_err(|problem| Fault::Internal(problem.clone()))
    }

    /// The way of e-mails; none when there is no mail server.
    ///
    /// # Errors
    /// When the settings cannot be used; [`check`] says so at start.
    pub fn mail(&self, config: &ServeConfig) -> Result<Option<&Mail>, Fault> {
        let made = self.mail.get_or_init(|| mail(config));
        made.as_ref().map(Option::as_ref).map_err(|problem| Fault::Internal(problem.clone()))
    }
}

fn mail(config: &ServeConfig) -> Result<Option<Mail>, String> {
    let Some(url) = config.notify.smtp_url() else { return Ok(None) };
    let server = Smtp::at(url).map_err(|problem| format!("SMTP_URL {problem}"))?;
    let from = config.notify.mail_from.as_deref().ok_or("MAIL_FROM is needed beside SMTP_URL")?;
    let from = from.parse().map_err(|error| format!("MAIL_FROM must be like `Shop <orders@example.com>`: {error}"))?;
    Ok(Some(Mail { server, from }))
}

/// Says at start what is wrong with the settings of notifications.
///
/// # Errors
/// In words for the one who set them.
pub fn check(config: &ServeConfig) -> Result<(), String> {
    Templates::load(config.notify.template_dir.as_deref())?;
    mail(config)?;
    Twilio::of(&config.notify)?;
    let is_url = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    if config.links.public_url.as_ref().is_some_and(|url| !is_url(url)) {
        return Err("PUBLIC_URL must start with https:// or http://".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_used_are_told_at_start() {
        let problem = |change: fn(&mut ServeConfig)| {
            let mut config = ServeConfig::default();
            change(&mut config);
            check(&config).err()
        };
        assert_eq!(problem(|_| {}), None);
        for (change, complaint) in [
            (
                (|config: &mut ServeConfig| config.notify.smtp_url = Some("smtp://localhost".into())) as fn(&mut ServeConfig),
                "MAIL_FROM is needed",
            ),
            (|config| config.notify.smtp_url = Some("http://localhost".into()), "SMTP_URL must start with"),
            (
                |config| {
                    config.notify.smtp_url = Some("smtp://localhost".into());
                    config.notify.mail_from = Some("nobody".into());
                },
                "MAIL_FROM must be like",
            ),
            (|config| config.notify.sms_enabled = true, "TWILIO_ACCOUNT_SID"),
            (|config| config.notify.template_dir = Some("/nowhere".into()), "TEMPLATE_DIR"),
            (|config| config.links.public_url = Some("javascript:alert(1)".into()), "PUBLIC_URL"),
        ] {
            let problem = problem(change).expect(complaint);
            assert!(problem.contains(complaint), "{problem}");
        }
    }
}
