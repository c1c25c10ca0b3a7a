//! A consumer of the fulfillment queue: takes confirmed orders from RabbitMQ, knows repeated messages by their id, and
//! acknowledges what it has dealt with.
//!
//! ```sh
//! AMQP_URL=amqp://guest:guest@127.0.0.1:5672/%2f cargo run --example rabbitmq-consumer
//! ```
//!
//! `AMQP_QUEUE` names another queue than `ordergraph.fulfillment`. Each message is printed as a line of JSON.
#![allow(clippy::disallowed_methods, reason = "an example has no settings of its own")]

use std::{collections::HashSet, error::Error, io::Write as _};

use futures_util::TryStreamExt as _;
use lapin::{
    Connection, ConnectionProperties,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions},
    types::FieldTable,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("AMQP_URL").unwrap_or_else(|_| "amqp://guest:guest@127.0.0.1:5672/%2f".into());
    let queue = std::env::var("AMQP_QUEUE").unwrap_or_else(|_| "ordergraph.fulfillment".into());
    let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    // The service declares it too, and binds it; whoever comes first makes it.
    let durable = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(queue.as_str().into(), durable, FieldTable::default()).await?;
    // So many orders may be in hand at once.
    channel.basic_qos(32, BasicQosOptions::default()).await?;
    let options = BasicConsumeOptions::default();
    let mut messages = channel.basic_consume(queue.into(), "warehouse".into(), options, FieldTable::default()).await?;
    // A real one keeps the ids where it keeps its parcels, and writes both in one transaction.
    let mut known = HashSet::new();
    while let Some(delivery) = messages.try_next().await? {
        let id = delivery.properties.message_id().as_ref().map(ToString::to_string).unwrap_or_default();
        if known.insert(id) {
            let mut out = std::io::stdout().lock();
            out.write_all(&delivery.data)?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
        // Only now: what was taken and not acknowledged comes again.
        delivery.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}
