//! The job that sends an e-mail (NOTE-02).
//!
//! A message whose server fell silent after taking it is sent again: under the same Message-ID, so that a receiver who keeps
//! ids shows it once.

use std::time::{Duration, UNIX_EPOCH};

use entity::{job, order_item};
use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sha2::{Digest as _, Sha256};

use super::{
    letter::{Facts, Letter},
    outlet::Mail,
    told::{Payload, Told},
};
use crate::{
    app::App,
    fault::Fault,
    job::{self as jobs, Done, Trouble},
    money::Currency,
};

/// The kind of the job.
pub const KIND: &str = "mail.send";

/// Sends the e-mail of an event to the buyer.
///
/// # Errors
/// [`Trouble::GiveUp`] when the server refuses the message or its recipient for good.
pub(crate) async fn send(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let Payload { event } = jobs::payload(job)?;
    let Some(mail) = app.outlets.mail(&app.config)? else {
        return Err(Trouble::Retry("there is no mail server: SMTP_URL is not set".into()));
    };
    let Some(told) = Told::of(app.db.reader(), event).await? else { return Ok(Done::Finished) };
    if told.preference.as_ref().is_some_and(|preference| !preference.email) {
        return Ok(Done::Finished);
    }
    // Where the buyer is reached now, rather than when the order was placed.
    let Some(address) = told.customer.email.clone().or_else(|| told.order.customer_email.clone()) else {
        return Ok(Done::Finished);
    };
    let address: Address = address.parse().map_err(|error| Trouble::GiveUp(format!("the recipient's address: {error}")))?;
    let message = compose(app, mail, &told, address).await?;
    mail.server.send(message.envelope(), &message.formatted()).await?;
    tracing::info!(order = %told.order.number, kind = %told.kind, "e-mail sent");
    Ok(Done::Finished)
}

async fn compose(app: &App, mail: &Mail, told: &Told, to: Address) -> Result<Message, Trouble> {
    let lines = order_item::Entity::find()
        .filter(order_item::Column::OrderId.eq(told.order.id))
        .order_by_asc(order_item::Column::Position)
        .all(app.db.reader())
        .await?;
    let currency =
        Currency::from_code(&told.order.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", told.order.currency)))?;
    let templates = app.outlets.templates(&app.config)?;
    let facts = Facts::of(&app.config, told.kind, &told.event, &told.order, true);
    let words = templates.words(told.kind, &facts)?;
    let subject = words.title.clone();
    let letter = Letter::new(facts, words, &told.order, &told.customer, &lines, currency);
    let bodies = templates.bodies(told.kind, &letter)?;
    let micros = u64::try_from(told.event.recorded_at.0).unwrap_or_default();
    let name: String = told.customer.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    Message::builder()
        .from(mail.from.clone())
        .message_id(Some(message_id(told, &to, mail.from.email.domain())))
        // No machine answers a machine (RFC 3834).
        .header(AutoSubmitted)
        .to(Mailbox::new(name, to))
        .subject(subject)
        .date(UNIX_EPOCH + Duration::from_micros(micros))
        .multipart(MultiPart::alternative_plain_html(bodies.text, bodies.html))
        .map_err(|error| Trouble::GiveUp(format!("the message cannot be written: {error}")))
}

/// The same for the same event and recipient, however often it is sent; different on every installation.
fn message_id(told: &Told, to: &Address, domain: &str) -> String {
    let digest = Sha256::digest(to.to_string().to_lowercase());
    let recipient: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("<{}.{}.{recipient}@{domain}>", told.event.id, told.order.id)
}

/// `Auto-Submitted: auto-generated`.
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
