//! The protocol graphql-sse: distinct connections, and one connection for several operations.

use ordergraph::order::live;
use reqwest::{Client as Http, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::bulk;
use super::{EVENTS, LONG, Live};
use crate::support::Client;

/// A stream that is being read.
pub struct Events {
    response: Response,
    buffer: String,
}

/// An event: its name, its id, its data.
pub type Event = (String, Option<String>, Value);

/// A request to the event streams of a service.
fn request(live: &Live, client: &Client, method: &str, query: &str) -> RequestBuilder {
    let request = Http::new().request(method.parse().unwrap(), live.url(&format!("/graphql/sse{query}")));
    let request = request.header("accept", "text/event-stream");
    match client.token() {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

impl Events {
    /// The stream of what is asked for with `EVENTS`.
    pub async fn of(live: &Live, client: &Client, variables: Value) -> Self {
        Self::asked(request(live, client, "POST", "").json(&json!({ "query": EVENTS, "variables": variables }))).await
    }

    async fn asked(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        Self { response, buffer: String::new() }
    }

    /// The next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.buffer = rest;
                let field = |name: &str| {
                    block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(|text| text.trim().to_owned()))
                };
                let Some(event) = field("event") else { continue };
                let data = field("data").unwrap_or_default();
                return Some((event, field("id"), serde_json::from_str(&data).unwrap_or(Value::Null)));
            }
            let chunk = timeout(LONG, self.response.chunk()).await.expect("something in time").ok().flatten()?;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event, which there must be.
    async fn event(&mut self) -> Event {
        self.next().await.expect("an event")
    }
}

#[tokio::test]
async fn a_query_is_answered_and_complete() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let body = json!({ "query": "{ viewer { user { email } } }" });
    for request in
        [request(&live, &ada, "POST", "").json(&body), request(&live, &ada, "GET", "?query=%7Bviewer%7Buser%7Bemail%7D%7D%7D")]
    {
        let mut events = Events::asked(request).await;
        let (name, id, data) = events.event().await;
        assert_eq!((name.as_str(), id), ("next", None));
        assert_eq!(data, json!({ "data": { "viewer": { "user": { "email": "ada@buyer.test" } } } }));
        assert_eq!(events.event().await.0, "complete");
        assert_eq!(events.next().await, None);
    }
}

#[tokio::test]
async fn a_stream_resumes_where_the_browser_says_it_was() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = live.app.buyer("ada").await;
    for _ in 0..3 {
        ada.places(&goods, 1).await;
    }
    live.app.work().await;
    let body = json!({ "query": EVENTS, "variables": { "after": live::cursor(0) } });
    let mut events = Events::asked(request(&live, &ada, "POST", "").json(&body)).await;
    let (_, id, first) = events.event().await;
    assert_eq!(json!(id), first["data"]["orderEvents"]["cursor"]);
    let second = events.event().await;
    drop(events);
    let again = request(&live, &ada, "POST", "").json(&body).header("last-event-id", id.unwrap());
    assert_eq!(Events::asked(again).await.event().await, second);
}

#[tokio::test]
async fn the_progress_of_a_bulk_operation_ends_with_it() {
    let (live, staff, id) = bulk::shop().await;
    live.app.work().await;
    let body = json!({ "query": bulk::PROGRESS, "variables": { "id": id } });
    let mut events = Events::asked(request(&live, &staff, "POST", "").json(&body)).await;
    let (name, cursor, data) = events.event().await;
    assert_eq!((name.as_str(), cursor), ("next", None));
    assert_eq!(data["data"]["bulkOperationProgress"], json!({ "status": "SUCCEEDED", "total": 5, "processed": 5 }));
    assert_eq!(events.event().await.0, "complete");
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn what_may_not_run_is_said_on_the_stream() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    for (client, query, code) in [
        (&ada, "{", "GRAPHQL_PARSE_FAILED"),
        (&ada, "subscription { orderEvents(after: \"x\") { id } }", "BAD_USER_INPUT"),
        (&live.app.anonymous(), "subscription { orderEvents { id } }", "UNAUTHENTICATED"),
    ] {
        let mut events = Events::asked(request(&live, client, "POST", "").json(&json!({ "query": query }))).await;
        let (name, _, data) = events.event().await;
        assert_eq!((name.as_str(), &data["errors"][0]["extensions"]["code"]), ("next", &json!(code)), "{query}");
        assert!(data.get("data").is_none());
        assert_eq!(events.event().await.0, "complete");
    }
    let mut events = Events::asked(request(
        &live,
        &ada,
        "GET",
        "?query=mutation%7BsignOut(input%3A%7BrefreshToken%3A%22x%22%7D)%7B__typename%7D%7D",
    ))
    .await;
    assert_eq!(events.event().await.2["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}

#[tokio::test]
async fn requests_that_are_none_are_refused_by_status() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let forged = Client::new(live.app.router.clone(), Some("forged".into()));
    let status = |request: RequestBuilder| async { request.send().await.unwrap().status().as_u16() };
    let body = json!({ "query": "{ __typename }" });
    assert_eq!(status(request(&live, &forged, "POST", "").json(&body)).await, 401);
    assert_eq!(status(request(&live, &ada, "POST", "").body("query={__typename}")).await, 415);
    assert_eq!(status(request(&live, &ada, "POST", "").json(&json!({}))).await, 400);
    assert_eq!(status(request(&live, &ada, "GET", "")).await, 400);
    assert_eq!(status(request(&live, &ada, "PATCH", "")).await, 405);
    let other = Http::new().post(live.url("/graphql/sse")).header("accept", "application/json").json(&body);
    assert_eq!(status(other).await, 406);
}

#[tokio::test]
async fn a_token_that_ends_is_said_on_the_stream_and_ends_it() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let now = live.now().await;
    let mut events = Events::of(&live, &ada, json!({ "after": now })).await;
    live.app.clock.advance_seconds(15 * 60);
    let (name, _, data) = events.event().await;
    assert_eq!((name.as_str(), &data["errors"][0]["extensions"]["code"]), ("next", &json!("UNAUTHENTICATED")));
    assert_eq!(events.event().await.0, "complete");
    assert_eq!(events.next().await, None);
}

/// Reserves a stream; its token.
async fn reserved(live: &Live, client: &Client) -> String {
    let response = request(live, client, "PUT", "").send().await.unwrap();
    assert_eq!(response.status(), 201);
    response.text().await.unwrap()
}

/// Runs an operation on a reserved stream; the status.
async fn run(live: &Live, client: &Client, token: &str, id: &str, query: &str, variables: Value) -> u16 {
    let body = json!({ "query": query, "variables": variables, "extensions": { "operationId": id } });
    let request = request(live, client, "POST", "").header("x-graphql-event-stream-token", token).json(&body);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn several_operations_share_a_reserved_stream() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = live.app.buyer("ada").await;
    let now = live.now().await;
    let token = reserved(&live, &ada).await;
    let opening = request(&live, &ada, "GET", "").header("x-graphql-event-stream-token", &token);
    let mut events = Events::asked(opening).await;
    assert_eq!(run(&live, &ada, &token, "live", EVENTS, json!({ "after": now })).await, 202);
    assert_eq!(run(&live, &ada, &token, "live", EVENTS, json!({ "after": now })).await, 409);
    assert_eq!(run(&live, &ada, &token, "once", "{ __typename }", json!({})).await, 202);
    let (name, _, data) = events.event().await;
    assert_eq!((name.as_str(), data), ("next", json!({ "id": "once", "payload": { "data": { "__typename": "Query" } } })));
    let (name, _, data) = events.event().await;
    assert_eq!((name.as_str(), data), ("complete", json!({ "id": "once" })));
    ada.places(&goods, 1).await;
    live.app.work().await;
    let (_, _, data) = events.event().await;
    assert_eq!((&data["id"], &data["payload"]["data"]["orderEvents"]["kind"]), (&json!("live"), &json!("ORDER_CREATED")));
    let stop = request(&live, &ada, "DELETE", "?operationId=live").header("x-graphql-event-stream-token", &token);
    assert_eq!(stop.send().await.unwrap().status(), 200);
    let (name, _, data) = events.event().await;
    assert_eq!((name.as_str(), data), ("complete", json!({ "id": "live" })));
    assert_eq!(run(&live, &ada, &token, "wrong", "{", json!({})).await, 202);
    let (name, _, data) = events.event().await;
    assert_eq!((name.as_str(), &data["payload"]["errors"][0]["extensions"]["code"]), ("next", &json!("GRAPHQL_PARSE_FAILED")));
    assert_eq!(events.event().await.0, "complete");
}

#[tokio::test]
async fn reserved_streams_are_opened_once_by_whom_they_were_reserved_for() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let (bob, _) = live.app.buyer("bob").await;
    let status = |request: RequestBuilder| async { request.send().await.unwrap().status().as_u16() };
    assert_eq!(status(request(&live, &live.app.anonymous(), "PUT", "")).await, 401);
    let token = reserved(&live, &ada).await;
    let at = format!("?token={token}");
    assert_eq!(status(request(&live, &bob, "GET", &at)).await, 404);
    assert_eq!(run(&live, &bob, &token, "1", "{ __typename }", json!({})).await, 404);
    let open = Events::asked(request(&live, &ada, "GET", &at)).await;
    assert_eq!(status(request(&live, &ada, "GET", &at)).await, 409);
    assert_eq!(run(&live, &ada, &token, "", "{ __typename }", json!({})).await, 400);
    assert_eq!(status(request(&live, &ada, "DELETE", &at)).await, 400);
    assert_eq!(run(&live, &ada, "unknown", "1", "{ __typename }", json!({})).await, 404);
    drop(open);
    let forgotten = async {
        while run(&live, &ada, &token, "late", "{ __typename }", json!({})).await != 404 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, forgotten).await.expect("a closed stream is forgotten");
}
