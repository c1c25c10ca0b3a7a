//! The connection loop, over real sockets: slow clients, idle connections, and stopping.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use super::edge_with;

/// Longer than anything here may take.
const LONG: Duration = Duration::from_secs(10);

const BODY: &str = r#"{"query":"{__typename}"}"#;

/// A service on a port that gives clients one second.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn running() -> Running {
    let router = edge_with(|config| config.read_timeout = 1).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let task =
        tokio::spawn(ordergraph::http::server::serve(listener, router, Duration::from_secs(1), Duration::from_secs(3), async {
            let _ = stopped.await;
        }));
    Running { address, stop, task }
}

fn head(length: usize) -> String {
    format!("POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
}

/// What comes until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset after the answer is the end too.
    let _ = timeout(LONG, stream.read_to_end(&mut text)).await.expect("the server closes");
    String::from_utf8_lossy(&text).into_owned()
}

/// What comes in one piece.
async fn some(stream: &mut TcpStream) -> String {
    let mut buffer = vec![0; 10_000];
    let length = timeout(LONG, stream.read(&mut buffer)).await.expect("in time").expect("an answer");
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[tokio::test]
async fn slow_headers_end_the_connection() {
    let server = running().await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    stream.write_all(b"POST /graphql HTTP/1.1\r\nhost:").await.expect("written");
    let answer = rest(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn slow_bodies_are_told_so() {
    let server = running().await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    stream.write_all(head(BODY.len()).as_bytes()).await.expect("written");
    stream.write_all(&BODY.as_bytes()[..5]).await.expect("written");
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
}

#[tokio::test]
async fn a_connection_serves_several_requests_and_ends_when_idle() {
    let server = running().await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    for _ in 0..2 {
        stream.write_all(format!("{}{BODY}", head(BODY.len())).as_bytes()).await.expect("written");
        assert!(some(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_large_body_gets_its_answer_although_it_was_sent_whole() {
    let server = running().await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    stream.write_all(head(20 << 20).as_bytes()).await.expect("written");
    stream.write_all(&vec![b' '; 20 << 20]).await.expect("the server keeps reading");
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("PAYLOAD_TOO_LARGE"), "{answer}");
}

#[tokio::test]
async fn stopping_lets_what_is_in_flight_finish_and_takes_nothing_new() {
    let server = running().await;
    let mut idle = TcpStream::connect(server.address).await.expect("connected");
    idle.write_all(format!("{}{BODY}", head(BODY.len())).as_bytes()).await.expect("written");
    some(&mut idle).await;
    let mut busy = TcpStream::connect(server.address).await.expect("connected");
    busy.write_all(head(BODY.len()).as_bytes()).await.expect("written");
    busy.write_all(&BODY.as_bytes()[..5]).await.expect("written");
    // The request is in flight once the server has read its head; a second connection's answer is later than that.
    let mut probe = TcpStream::connect(server.address).await.expect("connected");
    probe.write_all(format!("{}{BODY}", head(BODY.len())).as_bytes()).await.expect("written");
    some(&mut probe).await;

    server.stop.send(()).expect("running");
    assert_eq!(rest(&mut idle).await, "");
    busy.write_all(&BODY.as_bytes()[5..]).await.expect("written");
    let answer = rest(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
    timeout(LONG, server.task).await.expect("stops").expect("without a panic");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let router = axum::Router::new().route("/", axum::routing::get(std::future::pending::<()>));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = ordergraph::http::server::serve(listener, router, LONG, Duration::from_millis(100), async {
        let _ = stopped.await;
    });
    let task = tokio::spawn(serving);
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("written");
    stop.send(()).expect("running");
    timeout(LONG, task).await.expect("stops").expect("without a panic");
}
