//! A connection to RabbitMQ: what is declared, and publishing with confirms. Every step has its deadline.

use std::time::Duration;

use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind,
    options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};

use crate::{config::AmqpConfig, webhook::filter::event_type};

/// How long connecting, declaring and each wave of messages may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// What orders that may be fulfilled are announced with.
const FULFILLMENT_KEY: &str = "order.confirmed";

/// Persistent, by the AMQP specification.
const PERSISTENT: u8 = 2;

/// A message.
pub(super) struct Message {
    /// The same however often it is published.
    pub id: String,
    /// The event's kind, which becomes the routing key.
    pub kind: String,
    /// When the event happened.
    pub seconds: i64,
    /// JSON.
    pub body: String,
}

/// An open connection with a channel that confirms.
pub(super) struct Broker {
    channel: Channel,
    exchange: String,
    // Dropping it closes the connection.
    _connection: Connection,
}

impl Broker {
    /// Connects and declares the exchange and the queue of fulfillment, both durable.
    ///
    /// # Errors
    /// In words for the log.
    pub(crate) async fn connect(config: &AmqpConfig) -> Result<Self, String> {
        in_time(Self::open(config)).await
    }

    async fn open(config: &AmqpConfig) -> Result<Self, lapin::Error> {
        let url = config.url.as_ref().map_or("", |url| url.reveal());
        let properties = ConnectionProperties::default().with_connection_name("ordergraph".into());
        let connection = Connection::connect(url, properties).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let (exchange, queue) = (config.exchange.as_str(), config.queue.as_str());
        let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
        channel.exchange_declare(exchange.into(), ExchangeKind::Topic, durable, FieldTable::default()).await?;
        let durable = QueueDeclareOptions { durable: true, ..Default::default() };
        channel.queue_declare(queue.into(), durable, FieldTable::default()).await?;
        let bind = QueueBindOptions::default();
        channel.queue_bind(queue.into(), exchange.into(), FULFILLMENT_KEY.into(), bind, FieldTable::default()).await?;
        Ok(Self { channel, exchange: config.exchange.clone(), _connection: connection })
    }

    /// Publishes messages and waits until the broker has confirmed each.
    ///
    /// # Errors
    /// In words for the log, when one was not.
    pub(crate) async fn publish(&self, messages: Vec<Message>) -> Result<(), String> {
        in_time(async {
            let mut confirms = Vec::with_capacity(messages.len());
            for message in messages {
                let properties = BasicProperties::default()
                    .with_message_id(message.id.into())
                    .with_content_type("application/json".into())
                    .with_delivery_mode(PERSISTENT)
                    .with_timestamp(u64::try_from(message.seconds).unwrap_or_default());
                let key = event_type(&message.kind);
                let options = BasicPublishOptions::default();
                let body = message.body.as_bytes();
                confirms.push(
                    self.channel.basic_publish(self.exchange.as_str().into(), key.into(), options, body, properties).await?,
                );
            }
            let mut refused = 0;
            for confirm in confirms {
                refused += usize::from(!confirm.await?.is_ack());
            }
            Ok(refused)
        })
        .await
        .and_then(|refused| match refused {
            0 => Ok(()),
            _ => Err(format!("{refused} messages were refused")),
        })
    }
}

async fn in_time<T>(step: impl Future<Output = Result<T, lapin::Error>>) -> Result<T, String> {
    match tokio::time::timeout(DEADLINE, step).await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", DEADLINE.as_secs())),
    }
}
