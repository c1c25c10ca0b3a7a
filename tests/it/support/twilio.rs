//! Twilio for tests: remembers what it is asked to send.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

/// What was asked, and what is answered.
#[derive(Clone)]
struct Desk {
    asked: Arc<Mutex<Vec<(String, String)>>>,
    accounts: Arc<Mutex<Vec<(String, String)>>>,
    answer: Arc<Mutex<(u16, &'static str)>>,
}

/// The fake. Dropping it ends it.
pub struct FakeTwilio {
    pub base: String,
    desk: Desk,
    _running: JoinSet<()>,
}

impl FakeTwilio {
    /// One that sends.
    pub async fn start() -> Self {
        let desk = Desk { asked: Arc::default(), accounts: Arc::default(), answer: Arc::new(Mutex::new((201, "queued"))) };
        let router = Router::new().route("/2010-04-01/Accounts/{account}/Messages.json", post(send)).with_state(desk.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut running = JoinSet::new();
        running.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, desk, _running: running }
    }

    /// What it answers from now on: status and message.
    pub fn answers(&self, status: u16, message: &'static str) {
        *self.desk.answer.lock().unwrap() = (status, message);
    }

    /// What it sent: to whom, and what.
    pub fn sent(&self) -> Vec<(String, String)> {
        self.desk.asked.lock().unwrap().clone()
    }

    /// The account of each message, and how it proved itself.
    pub fn accounts(&self) -> Vec<(String, String)> {
        self.desk.accounts.lock().unwrap().clone()
    }
}

async fn send(
    State(desk): State<Desk>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let (status, message) = *desk.answer.lock().unwrap();
    if status == 201 {
        desk.asked.lock().unwrap().push((form["To"].clone(), form["Body"].clone()));
        desk.accounts.lock().unwrap().push((account, headers["authorization"].to_str().unwrap().to_owned()));
    }
    (StatusCode::from_u16(status).unwrap(), Json(json!({ "message": message, "from": form["From"] })))
}
