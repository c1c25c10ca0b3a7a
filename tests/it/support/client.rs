//! Clients that call the service through its router, as somebody.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use entity::id::UserId;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Somebody who calls the API.
#[derive(Clone)]
pub struct Client {
    router: Router,
    token: Option<String>,
    user: Option<UserId>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Client {
    pub fn new(router: Router, token: Option<String>) -> Self {
        Self { router, token, user: None }
    }

    /// The client of a user.
    pub fn of(self, user: UserId) -> Self {
        Self { user: Some(user), ..self }
    }

    /// The user whose client it is.
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// The access token, if somebody is signed in.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same caller at another copy of the service.
    pub fn at(&self, router: &Router) -> Self {
        Self { router: router.clone(), token: self.token.clone(), user: self.user }
    }

    /// Sends an operation.
    pub async fn send(&self, query: &str, variables: Value) -> Answer {
        self.post(json!({ "query": query, "variables": variables })).await
    }

    /// Sends a document of which one operation is to run.
    pub async fn send_named(&self, query: &str, operation: &str, variables: Value) -> Answer {
        self.post(json!({ "query": query, "operationName": operation, "variables": variables })).await
    }

    async fn post(&self, body: Value) -> Answer {
        let mut request =
            Request::post("/graphql").header("content-type", "application/json").header("accept", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.to_string();
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&bytes)));
        Answer { status, body }
    }

    /// Sends an operation that must answer without errors; its data.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let answer = self.send(query, variables).await;
        assert!(answer.body.get("errors").is_none(), "{query}\n{:#}", answer.body);
        answer.body["data"].clone()
    }

    /// Runs a mutation named `mutation` with an input, selecting `selection` of its payload; the payload.
    pub async fn mutate(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let answer = self.try_mutate(mutation, input, selection).await;
        assert!(answer.body.get("errors").is_none(), "{mutation}\n{:#}", answer.body);
        answer.body["data"][mutation].clone()
    }

    /// The same, whatever comes back.
    pub async fn try_mutate(&self, mutation: &str, input: Value, selection: &str) -> Answer {
        let input_type = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let input_type = match mutation {
            "orderConfirm" | "orderProcess" | "orderOutForDelivery" | "orderDeliver" | "orderMarkDamaged" => {
                "OrderActionInput".to_owned()
            }
            "returnApprove" | "returnReject" | "returnCancel" => "ReturnActionInput".to_owned(),
            "fulfillmentOutForDelivery" | "fulfillmentDeliver" | "fulfillmentCancel" => "FulfillmentActionInput".to_owned(),
            _ => input_type,
        };
        let query = format!("mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {selection} }} }}");
        self.send(&query, json!({ "input": input })).await
    }
}

impl Answer {
    /// The code of the first top-level error.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or("no error")
    }

    /// The path to the value that the first top-level error is about.
    pub fn field(&self) -> Value {
        self.body["errors"][0]["extensions"]["field"].clone()
    }
}

/// The codes of a payload's user errors with their fields, `CODE at a.b`.
pub fn refusals(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().unwrap_or_else(|| panic!("no userErrors: {payload:#}"));
    errors
        .iter()
        .map(|error| {
            let field: Vec<&str> = error["field"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            format!("{} at {}", error["code"].as_str().unwrap(), field.join("."))
        })
        .collect()
}
