//! How much one connection and one process may hold open.

use serde_json::json;
use tokio_tungstenite::{connect_async, tungstenite::Error};

use super::{EVENTS, Live};

#[tokio::test]
async fn one_operation_too_many_on_a_connection_is_refused_and_the_others_go_on() {
    let live = Live::with(|config| config.live.ws_max_operations = 2).await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = live.app.buyer("ada").await;
    let now = live.now().await;
    let mut socket = live.begun(&ada).await;
    for id in ["1", "2", "3"] {
        socket.subscribe(id, EVENTS, json!({ "after": now })).await;
    }
    let message = socket.message().await;
    assert_eq!((&message["id"], &message["payload"][0]["extensions"]["code"]), (&json!("3"), &json!("RATE_LIMITED")));
    ada.places(&goods, 1).await;
    live.app.work().await;
    let mut ids = [socket.message().await["id"].clone(), socket.message().await["id"].clone()];
    ids.sort_by_key(ToString::to_string);
    assert_eq!(ids, [json!("1"), json!("2")]);
}

#[tokio::test]
async fn connections_beyond_the_limit_are_refused_until_one_ends() {
    let live = Live::with(|config| config.live.ws_max_connections = 1).await;
    let mut first = live.begun(&live.app.anonymous()).await;
    let refused = || async {
        match connect_async(format!("ws://{}/graphql/ws", live.address)).await {
            Err(Error::Http(response)) => response.status().as_u16() == 503,
            Ok(_) => false,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(refused().await);
    let stream = reqwest::Client::new().get(live.url("/graphql/sse?query={__typename}")).send().await.unwrap();
    assert_eq!(stream.status(), 503);
    first.0.close(None).await.unwrap();
    first.close_code().await;
    let free = async {
        while refused().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::LONG, free).await.expect("a place is free again");
}

#[tokio::test]
async fn a_client_that_gives_no_sign_of_life_is_closed() {
    let live = Live::with(|config| config.live.ws_keepalive = 1).await;
    // It answers pings only while it is read from, which it is not until the end.
    let socket = live.begun(&live.app.anonymous()).await;
    let gone = async {
        while live.app.app.streams.taken() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::LONG, gone).await.expect("the place is given back");
    drop(socket);
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let live = Live::with(|config| config.live.ws_keepalive = 1).await;
    let store = live.app.store("pouches").await;
    let goods = live.app.goods(store, "P-1", 999, 10).await;
    let (ada, _) = live.app.buyer("ada").await;
    let now = live.now().await;
    let mut socket = live.listening(&ada, &now).await;
    let mut pings = 0;
    while pings < 3 {
        let message = futures_util::StreamExt::next(&mut socket.0).await.unwrap().unwrap();
        assert!(message.is_ping(), "{message}");
        pings += 1;
    }
    ada.places(&goods, 1).await;
    live.app.work().await;
    assert_eq!(socket.event().await["kind"], "ORDER_CREATED");
}
