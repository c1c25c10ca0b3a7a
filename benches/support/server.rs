//! The service as its users run it, and what it and the database cost.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Connections that send requests.
const CLIENTS: usize = 8;

/// The key of the service's tokens.
pub const SECRET: &str = "a key for benchmarks that is long enough";

/// CPU time of a process so far and of its children that ended, in seconds.
pub fn cpu_of(pid: u32) -> f64 {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return 0.0 };
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after.split_whitespace().collect();
    // Fields 14 to 17 of proc(5), in ticks of a hundredth of a second; the name before them is cut off.
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (11..=14).map(ticks).sum::<f64>() / 100.0
}

/// CPU time of all PostgreSQL processes so far: those that helped with one statement and ended are counted with their parent.
pub fn cpu_of_postgres() -> f64 {
    let mut sum = 0.0;
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if name.trim() == "postgres" {
            sum += cpu_of(pid);
        }
    }
    sum
}

/// The service as its users run it.
pub struct Server {
    child: Child,
    address: String,
    on_postgres: bool,
}

impl Server {
    /// Starts it on a free port, with settings beside the usual ones.
    pub fn start(url: &str, settings: &[(&str, &str)]) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(env!("CARGO_BIN_EXE_ordergraph"))
            .args(["serve", "--listen", &address, "--log-level", "warn"])
            .env("DATABASE_URL", url)
            .env("JWT_SECRET", SECRET)
            .envs(["AUTH", "ANON", "USER", "ORDER_CREATE"].map(|whose| (format!("RATE_LIMIT_{whose}"), "off")))
            .envs(settings.iter().copied())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the service");
        Self { child, address, on_postgres: url.starts_with("postgres") }
    }

    /// Waits until it answers.
    pub async fn ready(&self) {
        for _ in 0..200 {
            if TcpStream::connect(&self.address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the service does not answer");
    }

    /// Calls a mutation.
    #[allow(dead_code, reason = "only one of the benchmarks changes anything")]
    pub async fn mutate(&self, token: &str, mutation: &str, selection: &str, input: Value) -> Value {
        let input_type = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code message }} }} }}"
        );
        self.ask(token, json!({ "query": query, "variables": { "input": input } })).await["data"][mutation].clone()
    }

    /// Sends one request.
    #[allow(dead_code, reason = "not all benchmarks need an answer")]
    pub async fn ask(&self, token: &str, request: Value) -> Value {
        let mut socket = TcpStream::connect(&self.address).await.expect("a connection");
        let answer = exchange(&mut socket, &self.address, token, &request.to_string()).await;
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert!(answer.get("errors").is_none(), "{answer}");
        answer
    }

    /// Sends requests over several connections.
    pub async fn load(&self, token: &str, requests: usize, request: impl Fn(usize) -> Value) {
        let bodies: Vec<String> = (0..requests).map(|index| request(index).to_string()).collect();
        let bodies = std::sync::Arc::new(bodies);
        let mut clients = Vec::new();
        for client in 0..CLIENTS {
            let (bodies, address, token) = (bodies.clone(), self.address.clone(), token.to_owned());
            clients.push(tokio::spawn(async move {
                let mut socket = TcpStream::connect(&address).await.expect("a connection");
                socket.set_nodelay(true).expect("no delay");
                for body in bodies.iter().skip(client).step_by(CLIENTS) {
                    let answer = exchange(&mut socket, &address, &token, body).await;
                    let text = String::from_utf8_lossy(&answer);
                    assert!(!text.contains("\"errors\"") && !text.contains("\"code\":"), "{text}");
                }
            }));
        }
        for client in clients {
            client.await.expect("a client");
        }
    }

    /// CPU milliseconds per request: of the service, and of the database beside it.
    pub async fn cost(&self, token: &str, requests: usize, request: impl Fn(usize) -> Value) -> (f64, f64) {
        self.load(token, requests / 10, &request).await;
        let database = || if self.on_postgres { cpu_of_postgres() } else { 0.0 };
        let (service_before, database_before) = (cpu_of(self.child.id()), database());
        self.load(token, requests, &request).await;
        let per_request = 1_000.0 / requests as f64;
        ((cpu_of(self.child.id()) - service_before) * per_request, (database() - database_before) * per_request)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request and its answer's body over a connection that stays open.
async fn exchange(socket: &mut TcpStream, address: &str, token: &str, body: &str) -> Vec<u8> {
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         accept: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::with_capacity(32 * 1024);
    loop {
        let read = socket.read_buf(&mut answer).await.expect("an answer");
        assert!(read > 0, "the service hung up: {}", String::from_utf8_lossy(&answer));
        let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let headers = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
        let length: usize = headers
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse().ok())
            .expect("a content length");
        if answer.len() >= head + 4 + length {
            return answer.split_off(head + 4);
        }
    }
}
