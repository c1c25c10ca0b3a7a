//! How people are told of their orders: by e-mail, by short message, in which words.

use std::{fmt, path::PathBuf, str::FromStr};

use clap::Args;

/// Settings of notifications.
#[derive(Args, Clone, Debug)]
pub struct NotifyConfig {
    /// The shop's name in notifications.
    #[arg(long, env = "SHOP_NAME", default_value = "Ordergraph")]
    pub shop_name: String,
    /// Mail server: `smtps://user:password@host`, `smtp://user:password@host:587?tls=required`; without it no e-mails.
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<Secret>,
    /// Sender of e-mails, `Shop <orders@example.com>`.
    #[arg(long, env = "MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Folder of templates that stand in for those of the program.
    #[arg(long, env = "TEMPLATE_DIR")]
    pub template_dir: Option<PathBuf>,
    /// Whether buyers with a telephone number get short messages by Twilio.
    #[arg(long, env = "SMS_ENABLED", default_value_t = false, action = clap::ArgAction::Set)]
    pub sms_enabled: bool,
    /// Account at Twilio.
    #[arg(long, env = "TWILIO_ACCOUNT_SID")]
    pub twilio_account_sid: Option<String>,
    /// Password of the account.
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    pub twilio_auth_token: Option<Secret>,
    /// Number that short messages come from, `+15005550006`.
    #[arg(long, env = "TWILIO_FROM")]
    pub twilio_from: Option<String>,
    /// Where Twilio is.
    #[arg(long, env = "TWILIO_API_BASE", default_value = "https://api.twilio.com")]
    pub twilio_api_base: String,
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self {
            shop_name: "Ordergraph".to_owned(),
            smtp_url: None,
            mail_from: None,
            template_dir: None,
            sms_enabled: false,
            twilio_account_sid: None,
            twilio_auth_token: None,
            twilio_from: None,
            twilio_api_base: "https://api.twilio.com".to_owned(),
        }
    }
}

impl NotifyConfig {
    /// The mail server's address; none when there is none or it is empty.
    pub fn smtp_url(&self) -> Option<&str> {
        self.smtp_url.as_ref().map(Secret::reveal).filter(|url| !url.is_empty())
    }
}

/// A setting that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        Ok(Self(value.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"…\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let config = NotifyConfig {
            smtp_url: Some("smtps://shop:geheim@mail.example.com".into()),
            twilio_auth_token: Some("geheim".into()),
            ..Default::default()
        };
        assert!(!format!("{config:?}").contains("geheim"));
        assert_eq!(config.smtp_url(), Some("smtps://shop:geheim@mail.example.com"));
    }
}
