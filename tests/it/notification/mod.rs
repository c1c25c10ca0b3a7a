//! Telling people what happened to orders.

mod list;
mod mail;
mod sms;

use entity::{event, id::OrderId, order};
use ordergraph::{
    event::{Change, Origin},
    order::change,
};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::support::{Client, TestApp};

impl TestApp {
    /// Lets these things happen to an order in one command of the service itself.
    pub async fn happens(&self, order: &str, kinds: &[&'static str], changes: &[Change]) {
        let id: OrderId = order.parse().unwrap();
        let tx = self.db().begin().await.unwrap();
        let now = self.clock.now();
        for kind in kinds {
            let before = order::Entity::find_by_id(id).one(&tx).await.unwrap().unwrap();
            change::store(&tx, &Origin::system(), &before, before.clone(), kind, None, changes, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.clock.advance_seconds(1);
    }

    /// Events of a kind.
    pub async fn events_of_kind(&self, kind: &str) -> usize {
        let events = event::Entity::find().all(self.db().reader()).await.unwrap();
        events.iter().filter(|event| event.kind == kind).count()
    }
}

/// What somebody was told, newest first, `KIND: title`.
pub async fn told(client: &Client) -> Vec<String> {
    let data = client.ask("{ notifications(first: 100) { nodes { kind title } } }", json!({})).await;
    let nodes = data["notifications"]["nodes"].as_array().unwrap();
    let line = |node: &Value| format!("{}: {}", node["kind"].as_str().unwrap(), node["title"].as_str().unwrap());
    nodes.iter().map(line).collect()
}

/// The kinds of what somebody was told, oldest first.
pub async fn kinds(client: &Client) -> Vec<String> {
    let told = told(client).await;
    told.iter().rev().map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

/// How many notifications somebody has not read.
pub async fn unread(client: &Client) -> i64 {
    client.ask("{ viewer { unreadNotifications } }", json!({})).await["viewer"]["unreadNotifications"].as_i64().unwrap()
}
