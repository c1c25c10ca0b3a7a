//! A receiver of webhooks that does what a test tells it, and keeps what it was sent.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A message as it came in.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

/// What a receiver answers.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub delay: Duration,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), delay: Duration::ZERO }
    }
}

type Answer = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

/// A server on this machine.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    answer: Arc<Mutex<Answer>>,
}

impl Receiver {
    /// One that takes everything.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let answer: Answer = Arc::new(|_| Reply::status(204));
        let receiver = Self { url, received: Arc::default(), answer: Arc::new(Mutex::new(answer)) };
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        receiver
    }

    /// From now on it answers like this.
    pub fn answers(&self, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    /// What it was sent, in the order in which it came.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Forgets what it was sent, and gives it.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }

    /// The types of what it was sent.
    pub fn types(&self) -> Vec<String> {
        self.received().iter().map(Received::kind).collect()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let received = Received { headers, body: serde_json::from_str(&text).unwrap(), text };
    let answer = receiver.answer.lock().unwrap().clone();
    let reply = answer(&received);
    receiver.received.lock().unwrap().push(received);
    tokio::time::sleep(reply.delay).await;
    let mut response = (StatusCode::from_u16(reply.status).unwrap(), reply.body).into_response();
    for (name, value) in reply.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }

    /// The id that receivers know a message again by.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn kind(&self) -> String {
        self.body["type"].as_str().unwrap().to_owned()
    }

    /// How many of the signatures are by a secret. HMAC (RFC 2104) is written out here: the service's is not asked.
    pub fn signatures_by(&self, secret: &str) -> usize {
        let mut key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert!(key.len() <= 64);
        key.resize(64, 0);
        let pad = |byte: u8| key.iter().map(|key| key ^ byte).collect::<Vec<u8>>();
        let message = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.text);
        let inner = Sha256::digest([pad(0x36), message.into_bytes()].concat());
        let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
        let wanted = format!("v1,{}", STANDARD.encode(outer));
        self.header("webhook-signature").split(' ').filter(|signature| *signature == wanted).count()
    }
}
