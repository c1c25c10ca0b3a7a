//! The protocol graphql-transport-ws, message by message.

use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, protocol::CloseFrame},
};

use super::{EVENTS, Live, Socket};

/// The status with which a WebSocket is refused that is asked for with these headers.
async fn refused(live: &Live, headers: &[(&'static str, &str)]) -> u16 {
    let mut request = format!("ws://{}/graphql/ws", live.address).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Err(Error::Http(response)) => response.status().as_u16(),
        Ok(_) => 101,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn what_is_no_message_closes_with_4400() {
    let live = Live::new().await;
    for wrong in
        ["no JSON", "{}", r#"{"type":"start"}"#, r#"{"type":"subscribe","id":"1"}"#, r#"{"type":"connection_init","payload":1}"#]
    {
        let mut socket = live.socket().await;
        socket.0.send(Message::text(wrong)).await.unwrap();
        assert_eq!(socket.close_code().await, 4400, "{wrong}");
    }
    let mut socket = live.socket().await;
    socket.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(socket.close_code().await, 4400);
}

#[tokio::test]
async fn whoever_subscribes_before_the_greeting_is_closed_with_4401() {
    let live = Live::new().await;
    let mut socket = live.socket().await;
    socket.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(socket.heard().await, Err(4401));
}

#[tokio::test]
async fn a_bad_token_closes_with_4403() {
    let live = Live::new().await;
    for payload in [
        json!({ "Authorization": "Bearer forged" }),
        json!({ "authorization": "Basic eDp5" }),
        json!({ "headers": { "Authorization": "Bearer forged" } }),
        json!({ "Authorization": 5 }),
    ] {
        let mut socket = live.socket().await;
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.heard().await, Err(4403), "{payload}");
    }
}

#[tokio::test]
async fn another_subprotocol_closes_with_4406() {
    let live = Live::new().await;
    let request = format!("ws://{}/graphql/ws", live.address).into_client_request().unwrap();
    let mut socket = Socket(connect_async(request).await.unwrap().0);
    assert_eq!(socket.close_code().await, 4406);
}

#[tokio::test]
async fn silence_at_the_beginning_closes_with_4408() {
    let live = Live::with(|config| config.live.ws_init_timeout = 1).await;
    assert_eq!(live.socket().await.close_code().await, 4408);
}

#[tokio::test]
async fn an_id_that_is_in_use_closes_with_4409_and_is_free_again_after_complete() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let now = live.now().await;
    let mut socket = live.listening(&ada, &now).await;
    socket.say(json!({ "id": "events", "type": "complete" })).await;
    socket.subscribe("events", "{ __typename }", json!({})).await;
    assert_eq!(
        socket.message().await,
        json!({ "id": "events", "type": "next", "payload": { "data": { "__typename": "Query" } } })
    );
    assert_eq!(socket.message().await, json!({ "id": "events", "type": "complete" }));
    socket.subscribe("events", EVENTS, json!({ "after": now })).await;
    socket.subscribe("events", EVENTS, json!({ "after": now })).await;
    assert_eq!(socket.heard().await, Err(4409));
}

#[tokio::test]
async fn a_second_greeting_closes_with_4429() {
    let live = Live::new().await;
    let mut socket = live.begun(&live.app.anonymous()).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.heard().await, Err(4429));
}

#[tokio::test]
async fn a_message_that_is_too_large_closes_with_1009() {
    let live = Live::with(|config| (config.limits.body_bytes, config.limits.query_bytes) = (1_000, 500)).await;
    let mut socket = live.socket().await;
    socket.0.send(Message::text("x".repeat(2_000))).await.unwrap();
    assert_eq!(socket.close_code().await, 1009);
}

#[tokio::test]
async fn a_goodbye_is_answered() {
    let live = Live::new().await;
    let mut socket = live.begun(&live.app.anonymous()).await;
    let goodbye = CloseFrame { code: 1000.into(), reason: "".into() };
    socket.0.send(Message::Close(Some(goodbye))).await.unwrap();
    assert_eq!(socket.heard().await, Err(1000));
}

#[tokio::test]
async fn pings_are_answered_with_what_they_held() {
    let live = Live::new().await;
    let mut socket = live.socket().await;
    socket.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong", "payload": { "n": 1 } }));
}

#[tokio::test]
async fn queries_and_mutations_are_answered_as_by_post() {
    let live = Live::new().await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = live.app.buyer("ada").await;
    let mut socket = live.begun(&ada).await;
    let mutation = "mutation($input: OrderCreateInput!) { orderCreate(input: $input) { order { status } userErrors { code } } }";
    let input = json!({ "items": [{ "variant": goods.variant.to_string(), "quantity": 2 }] });
    socket.subscribe("m", mutation, json!({ "input": input })).await;
    let message = socket.message().await;
    assert_eq!(message["payload"]["data"]["orderCreate"], json!({ "order": { "status": "PENDING" }, "userErrors": [] }));
    assert_eq!(socket.message().await, json!({ "id": "m", "type": "complete" }));
    assert_eq!(live.app.available(&goods).await, 8);
}

#[tokio::test]
async fn documents_that_may_not_run_are_answered_with_an_error_and_the_connection_goes_on() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let mut socket = live.begun(&ada).await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothingOfTheKind }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { orderEvents { nothingOfTheKind } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: orderEvents { id } b: orderEvents { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { orderEvents @skip(if: true) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { orderEvents(after: \"\\u0000\") { id } }", "BAD_USER_INPUT"),
        (
            "subscription { orderEvents { ...A } } fragment A on OrderEvent { ...B ...B } fragment B on OrderEvent { ...A }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ] {
        socket.subscribe("1", query, json!({})).await;
        let message = socket.message().await;
        assert_eq!((&message["type"], &message["payload"][0]["extensions"]["code"]), (&json!("error"), &json!(code)), "{query}");
    }
    socket.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(socket.message().await["payload"]["data"]["__typename"], "Query");
}

#[tokio::test]
async fn the_token_may_come_with_the_request_that_opens_the_connection() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let mut request = format!("ws://{}/graphql/ws", live.address).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    request.headers_mut().insert("authorization", format!("Bearer {}", ada.token().unwrap()).parse().unwrap());
    let mut socket = Socket(connect_async(request).await.unwrap().0);
    socket.say(json!({ "type": "connection_init" })).await;
    socket.message().await;
    socket.subscribe("1", "{ viewer { user { email } } }", json!({})).await;
    assert_eq!(socket.message().await["payload"]["data"]["viewer"]["user"]["email"], "ada@buyer.test");
    assert_eq!(refused(&live, &[("authorization", "Bearer forged")]).await, 401);
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_before_the_upgrade() {
    let live = Live::with(|config| config.cors_origins = vec!["https://app.test".into()]).await;
    assert_eq!(refused(&live, &[("origin", "https://evil.test")]).await, 403);
    assert_eq!(refused(&live, &[("origin", "null")]).await, 403);
    assert_eq!(refused(&live, &[("origin", "https://app.test")]).await, 101);
    assert_eq!(refused(&live, &[("origin", &live.url(""))]).await, 101);
}

#[tokio::test]
async fn subscriptions_by_post_are_told_where_to_go() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let answer = ada.send("subscription { orderEvents { id } }", json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_REQUEST"));
    assert!(answer.body["errors"][0]["message"].as_str().unwrap().contains("/graphql/ws"));
    assert_eq!(answer.body.get("data"), None::<&Value>);
}
