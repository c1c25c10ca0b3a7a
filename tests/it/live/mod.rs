//! Subscriptions, over real sockets.

mod bulk;
mod caps;
mod events;
mod resume;
mod scope;
mod sse;
mod stop;
mod ws;

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use ordergraph::{config::ServeConfig, event::feed, order::live};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::support::{Client, TestApp};

/// Longer than anything here may take.
const LONG: Duration = Duration::from_secs(30);

/// What most tests ask of an event.
const EVENTS: &str = "subscription($after: String, $filter: OrderEventFilter) {
    orderEvents(after: $after, filter: $filter) { id cursor kind sequence order { id status } } }";

/// A service with a port.
struct Live {
    app: TestApp,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Live {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut ServeConfig)) -> Self {
        let app = TestApp::with(change).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let streams = app.app.streams.clone();
        let task = tokio::spawn(ordergraph::http::server::serve(listener, app.router.clone(), LONG, LONG, async move {
            let _ = stopped.await;
            streams.stop();
        }));
        Self { app, address, stop, task }
    }

    /// A WebSocket on which nothing was said.
    async fn socket(&self) -> Socket {
        let mut request = format!("ws://{}/graphql/ws", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        Socket(connect_async(request).await.unwrap().0)
    }

    /// A WebSocket of somebody, begun.
    async fn begun(&self, client: &Client) -> Socket {
        let mut socket = self.socket().await;
        let payload = client.token().map_or(json!({}), |token| json!({ "Authorization": format!("Bearer {token}") }));
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.message().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// A WebSocket of somebody who listens to what happens after a cursor.
    async fn listening(&self, client: &Client, after: &str) -> Socket {
        let mut socket = self.begun(client).await;
        socket.subscribe("events", EVENTS, json!({ "after": after })).await;
        socket
    }

    /// The cursor of the last event there is, all background work done.
    async fn now(&self) -> String {
        self.app.work().await;
        live::cursor(feed::head(self.app.db().reader()).await.unwrap())
    }

    /// The address of a path.
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// A client's end of a WebSocket.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query, "variables": variables } })).await;
    }

    /// The next message or the code of the close.
    async fn heard(&mut self) -> Result<Value, u16> {
        loop {
            match timeout(LONG, self.0.next()).await.expect("something in time") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    async fn message(&mut self) -> Value {
        self.heard().await.expect("a message")
    }

    /// The code with which the server closes, whatever it says before.
    async fn close_code(&mut self) -> u16 {
        loop {
            if let Err(code) = self.heard().await {
                return code;
            }
        }
    }

    /// The next event.
    async fn event(&mut self) -> Value {
        let message = self.message().await;
        assert_eq!(message["type"], "next", "{message:#}");
        assert!(message["payload"].get("errors").is_none(), "{message:#}");
        message["payload"]["data"]["orderEvents"].clone()
    }
}
