//! Handing e-mails to a mail server. Connections are kept for the next message, but never one whose conversation was broken
//! off: whatever is said on it next would be taken for a part of the old message.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use lettre::{
    address::Envelope,
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
        response::Category,
    },
};
use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::job::Trouble;

/// How long handing over one message may take, from connecting to the server's last word.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How long a connection is kept for the next message; shorter than servers wait.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// Connections kept at once.
const MAX_KEPT: usize = 4;

/// A mail server.
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    timeout: Duration,
    kept: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

/// How the conversation is kept secret.
#[derive(Clone)]
enum Security {
    /// Not at all.
    Plain,
    /// From the first byte.
    Tls(TlsParameters),
    /// By STARTTLS, which the server must offer when `required`.
    StartTls { tls: TlsParameters, required: bool },
}

impl Smtp {
    /// The server at an address.
    pub fn at(url: &str) -> Result<Self, String> {
        const FORM: &str = "must start with smtps:// or smtp://, followed by user:password@host:port";
        let url = Url::parse(url).map_err(|_| FORM.to_owned())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FORM)?.to_owned();
        let tls_mode = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let tls = || TlsParameters::new(host.clone()).map_err(|error| format!("cannot be reached by TLS: {error}"));
        let (security, port) = match (url.scheme(), tls_mode.as_deref()) {
            ("smtps", None) => (Security::Tls(tls()?), 465),
            ("smtp", None) => (Security::Plain, 25),
            ("smtp", Some("required")) => (Security::StartTls { tls: tls()?, required: true }, 587),
            ("smtp", Some("opportunistic")) => (Security::StartTls { tls: tls()?, required: false }, 587),
            ("smtp" | "smtps", Some(_)) => return Err("has ?tls=required or ?tls=opportunistic, with smtp:// only".to_owned()),
            _ => return Err(FORM.to_owned()),
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credentials = (!url.username().is_empty())
            .then(|| Credentials::new(decoded(url.username()), decoded(url.password().unwrap_or_default())));
        let port = url.port().unwrap_or(port);
        Ok(Self { host, port, security, credentials, timeout: TIMEOUT, kept: Mutex::new(Vec::new()) })
    }

    /// Hands over a message.
    pub(crate) async fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), Trouble> {
        // When the time is up the connection goes with the future that holds it.
        match tokio::time::timeout(self.timeout, self.converse(envelope, message)).await {
            Ok(Ok(connection)) => {
                self.keep(connection);
                Ok(())
            }
            Ok(Err(error)) => Err(trouble(&error)),
            Err(_) => Err(Trouble::Retry(format!("the mail server did not answer within {:?}", self.timeout))),
        }
    }

    async fn converse(&self, envelope: &Envelope, message: &[u8]) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        while let Some(mut connection) = self.take() {
            if connection.test_connected().await {
                connection.send(envelope, message).await?;
                return Ok(connection);
            }
        }
        let mut connection = self.connect().await?;
        connection.send(envelope, message).await?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let hello = ClientId::default();
        let wrapper = match &self.security {
            Security::Tls(tls) => Some(tls.clone()),
            Security::Plain | Security::StartTls { .. } => None,
        };
        let server = (self.host.trim_matches(['[', ']']), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(self.timeout), &hello, wrapper, None).await?;
        if let Security::StartTls { tls, required } = &self.security
            && (*required || connection.can_starttls())
        {
            connection.starttls(tls.clone(), &hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut kept = self.kept.lock().ok()?;
        kept.retain(|(_, since)| since.elapsed() < KEPT_FOR);
        kept.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        if let Ok(mut kept) = self.kept.lock()
            && kept.len() < MAX_KEPT
        {
            kept.push((connection, Instant::now()));
        }
    }
}

/// What an error means for the message. A server that refuses this message or this recipient for good (55x) is believed;
/// everything else, such as a wrong password, may be mended without touching the message.
fn trouble(error: &lettre::transport::smtp::Error) -> Trouble {
    let refused = error.is_permanent() && error.status().is_some_and(|code| code.category == Category::MailSystem);
    let mut why = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !why.contains(&cause_text) {
            why = format!("{why}: {cause_text}");
        }
        source = cause.source();
    }
    match refused {
        true => Trouble::GiveUp(why),
        false => Trouble::Retry(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_says_nothing_is_left_for_later() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", silent.local_addr().unwrap());
        let smtp = Smtp { timeout: Duration::from_millis(50), ..Smtp::at(&url).unwrap() };
        let to = vec!["ada@buyer.test".parse().unwrap()];
        let sent = smtp.send(&Envelope::new(None, to).unwrap(), b"Subject: x\r\n\r\nx").await;
        assert_eq!(sent, Err(Trouble::Retry("the mail server did not answer within 50ms".into())));
        assert!(smtp.kept.lock().unwrap().is_empty(), "a broken conversation is not gone on with");
    }

    #[test]
    fn addresses_of_mail_servers() {
        for (url, host, port) in [
            ("smtp://localhost", "localhost", 25),
            ("smtp://127.0.0.1:2525", "127.0.0.1", 2525),
            ("smtps://shop%40example.com:p%3Aw@mail.example.com", "mail.example.com", 465),
            ("smtp://u:p@mail.example.com?tls=required", "mail.example.com", 587),
            ("smtp://mail.example.com:26?tls=opportunistic", "mail.example.com", 26),
        ] {
            let smtp = Smtp::at(url).unwrap_or_else(|problem| panic!("{url}: {problem}"));
            assert_eq!((smtp.host.as_str(), smtp.port), (host, port));
            assert_eq!(smtp.credentials.is_some(), url.contains('@'));
        }
        let expected = Credentials::new("shop@example.com".into(), "p:w".into());
        assert_eq!(Smtp::at("smtps://shop%40example.com:p%3Aw@mail.example.com").unwrap().credentials, Some(expected));
        for url in ["", "mail.example.com", "http://mail.example.com", "smtp://", "smtps://m?tls=required", "smtp://m?tls=maybe"]
        {
            assert!(Smtp::at(url).is_err(), "{url}");
        }
    }
}
