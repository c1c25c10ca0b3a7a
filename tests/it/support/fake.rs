//! What the fakes of other people's services share: they note what they were asked, answer the same key with the same answer,
//! and fail when they are told to.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::Value;

/// How a service fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Does nothing and answers with that status.
    Status(u16),
    /// Does what it was asked for and never answers.
    Silent,
    /// Does what it was asked for and answers 502.
    LostAnswer,
}

/// A request that a service got.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Asked {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

type Answers = HashMap<(String, String), (Bytes, StatusCode, Bytes)>;

/// A service's edge: in front of its routes.
#[derive(Clone)]
pub struct Edge {
    /// The header of a key that is answered once.
    key_header: &'static str,
    asked: Arc<Mutex<Vec<Asked>>>,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    answers: Arc<Mutex<Answers>>,
}

impl Edge {
    /// Serves the routes on a port of their own; gives the address.
    pub async fn serve(key_header: &'static str, routes: Router) -> (Self, String) {
        let edge = Self { key_header, asked: Arc::default(), faults: Arc::default(), answers: Arc::default() };
        let routes = routes.layer(from_fn_with_state(edge.clone(), through));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (edge, base)
    }

    /// The next request that changes something fails so.
    pub fn fail(&self, fault: Fault) {
        self.faults.lock().unwrap().push_back(fault);
    }

    /// Nothing fails any more.
    pub fn forgive(&self) {
        self.faults.lock().unwrap().clear();
    }

    /// What was asked so far, the tokens of access apart.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| !asked.path.contains("oauth2")).cloned().collect()
    }
}

async fn through(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let asked =
        Asked { path: head.uri.to_string(), headers: head.headers.clone(), body: String::from_utf8(body.to_vec()).unwrap() };
    let key = asked.header(edge.key_header).map(|key| (asked.path.clone(), key.to_owned()));
    let is_token = asked.path.contains("oauth2");
    edge.asked.lock().unwrap().push(asked);
    let fault = if head.method == Method::GET || is_token { None } else { edge.faults.lock().unwrap().pop_front() };
    if let Some(Fault::Status(status)) = fault {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let known = key.as_ref().and_then(|key| edge.answers.lock().unwrap().get(key).cloned());
    let (status, answer) = match known {
        Some((same, status, answer)) if same == body => (status, answer),
        Some(_) => {
            return (StatusCode::BAD_REQUEST, axum::Json(serde_json::json!({"error": {"type": "idempotency_error"}})))
                .into_response();
        }
        None => {
            let response = next.run(Request::from_parts(head, Body::from(body.clone()))).await;
            let status = response.status();
            let answer = to_bytes(response.into_body(), 1 << 20).await.unwrap();
            if let Some(key) = key {
                edge.answers.lock().unwrap().insert(key, (body, status, answer.clone()));
            }
            (status, answer)
        }
    };
    match fault {
        Some(Fault::Silent) => std::future::pending().await,
        Some(_) => StatusCode::BAD_GATEWAY.into_response(),
        None => (status, [(CONTENT_TYPE, "application/json")], answer).into_response(),
    }
}

/// An answer of a fake.
pub type Said = (StatusCode, axum::Json<Value>);

/// A good answer.
pub fn ok(body: Value) -> Said {
    (StatusCode::OK, axum::Json(body))
}

/// Any answer.
pub fn say(status: u16, body: Value) -> Said {
    (StatusCode::from_u16(status).unwrap(), axum::Json(body))
}

/// `t=…,v1=…` as Stripe, Clover and Shippo sign.
pub fn sign(secret: &str, body: &str, seconds: i64) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{seconds}.{body}").as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={signature}")
}

/// A client as the service has it: no redirects.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
