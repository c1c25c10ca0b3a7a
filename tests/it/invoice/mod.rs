//! Invoices and credit notes.

mod document;
mod issue;
mod link;
mod read;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{Client, TestApp};

/// What came back from an address.
struct Found {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Found {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// Opens an address as a browser does: without a token.
async fn open(app: &TestApp, address: &str) -> Found {
    let request = Request::get(address).body(Body::empty()).unwrap();
    let response = app.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Found { status: parts.status, headers: parts.headers, body: to_bytes(body, usize::MAX).await.unwrap().to_vec() }
}

/// What tests look at.
const DOCUMENT: &str =
    "id kind number store { slug } currency subtotal shipping tax discount total refundId refersTo { number } issuedAt";

/// The documents of an order as a caller sees them.
async fn documents(client: &Client, order: &str) -> Vec<Value> {
    let seen = client.order(order, &format!("invoices {{ {DOCUMENT} }}")).await;
    seen["invoices"].as_array().unwrap().clone()
}

/// The number and total of each document, "PENS-INV-2026-000001 10.00", sorted.
async fn totals(client: &Client, order: &str) -> Vec<String> {
    let text = |value: &Value| format!("{} {}", value["number"].as_str().unwrap(), value["total"].as_str().unwrap());
    let mut totals: Vec<String> = documents(client, order).await.iter().map(text).collect();
    totals.sort();
    totals
}

/// Says of an order that its money goes back, by staff cancelling it.
async fn cancels(staff: &Client, order: &str) {
    let payload = staff.change("orderCancel", json!({ "order": order, "reason": "sold <out>" })).await;
    assert_eq!(crate::support::refusals(&payload), Vec::<String>::new());
}
