//! What a request costs: CPU time of the service and of the database together, per request, on SQLite and on PostgreSQL.
//!
//! CPU time, unlike wall time, hardly depends on what else the machine does. The peer is the same JSON made by one prepared
//! SQL statement over a bare connection: what the database alone would take.
//!
//! `BENCH_DATABASE_URL` names a PostgreSQL server on this machine; without it only SQLite is measured.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and ends")]
#![allow(clippy::disallowed_methods, reason = "it reads BENCH_DATABASE_URL and starts clients of its own")]

use std::{
    io::Write as _,
    process::{Child, Command, Stdio},
    time::Duration,
};

use entity::stored::Role;
use ordergraph::{
    app::App,
    auth::{
        token::Keys,
        user::{self, NewUser},
    },
    clock::Clock,
    config::{RateConfig, ServeConfig},
    db::{Db, statement},
};
use sea_orm::{ConnectionTrait as _, DbBackend};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

#[path = "cost/peer.rs"]
mod peer;

/// Orders in the database before anything is measured.
const ORDERS: usize = 20_000;
/// Requests of each kind that are measured.
const REQUESTS: usize = 4_000;
/// Connections that send them.
const CLIENTS: usize = 8;

const SECRET: &str = "a key for benchmarks that is long enough";

const LISTING: &str = "{ orders(first: 20) { nodes { id number status paymentStatus placedAt currency \
    totals { subtotal shipping tax discount total } customer { id name email } \
    items { nodes { id name sku quantity unitPrice total } } payments { id status type amount } } } }";
const ONE: &str = "query($id: ID!) { order(id: $id) { id number status paymentStatus placedAt currency \
    totals { subtotal shipping tax discount total } customer { id name email } \
    items { nodes { id name sku quantity unitPrice total } } payments { id status type amount } } }";
const CREATE: &str = "mutation($input: OrderCreateInput!) { orderCreate(input: $input) { \
    order { id number totals { total } } userErrors { code field message } } }";

fn main() {
    // Under `cargo test` benches are only built to see that they still are.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        println!("CPU per request, service and database together; {REQUESTS} requests over {CLIENTS} connections");
        println!(
            "{:<12}{:<26}{:>12}{:>12}{:>12}{:>14}",
            "database", "request", "service ms", "database ms", "sum ms", "one SQL ms"
        );
        let folder = std::env::temp_dir().join(format!("ordergraph-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        measure("SQLite", &format!("sqlite://{}?mode=rwc", folder.join("bench.db").display())).await;
        if let Ok(server) = std::env::var("BENCH_DATABASE_URL") {
            let admin = Db::open(&server, 2).await.expect("the server of BENCH_DATABASE_URL");
            let name = format!("ordergraph_bench_{}", std::process::id());
            admin.writer().execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
            let cut = server.rfind('/').expect("postgres://host/database");
            measure("PostgreSQL", &format!("{}/{name}", &server[..cut])).await;
            admin.writer().execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("dropped");
        }
        let _ = std::fs::remove_dir_all(&folder);
    });
}

/// Everything about one database.
async fn measure(label: &str, url: &str) {
    let db = Db::open(url, 16).await.expect("a database");
    <migration::Migrator as migration::MigratorTrait>::up(db.writer(), None).await.expect("migrations");
    let app = App::new(
        ServeConfig { rates: RateConfig::off(), ..ServeConfig::default() },
        db.clone(),
        Clock::System,
        Keys::new(SECRET.as_bytes()).expect("a key"),
    );
    let new = NewUser {
        email: "bench@example.com".into(),
        name: "Bench".into(),
        role: Role::Admin,
        password: "benchmarks".into(),
        stores: Vec::new(),
    };
    let user = user::create(&app, new).await.expect("a user");
    // The token must outlive the run; it is issued anew for each part.
    let token = || app.keys.issue(user, app.clock.now()).expect("a token").0;
    let server = Server::start(url);
    server.ready().await;

    let store = server.mutate(&token(), "storeCreate", "store { id }", json!({ "name": "Bench", "currency": "EUR" })).await["store"]["id"].clone();
    let mut skus = Vec::new();
    for index in 0..50 {
        let sku = format!("SKU-{index}");
        let input = json!({ "store": store, "name": format!("Product {index}"), "status": "ACTIVE", "isPhysical": false,
            "variants": [{ "sku": sku, "price": format!("{}.99", 5 + index), "stock": 100_000_000 }] });
        server.mutate(&token(), "productCreate", "product { id }", input).await;
        skus.push(sku);
    }
    let customer = |index: usize| json!({ "name": format!("Customer {index}"), "email": format!("c{index}@example.com") });
    let mut customers = Vec::new();
    for index in 0..500 {
        let created = server.mutate(&token(), "customerCreate", "customer { id }", customer(index)).await;
        customers.push(created["customer"]["id"].as_str().expect("an id").to_owned());
    }
    let order = |index: usize| {
        let line =
            |offset: usize| json!({ "sku": skus[(index * 7 + offset * 13) % skus.len()], "quantity": 1 + (index + offset) % 3 });
        json!({ "query": CREATE, "variables": { "input": {
            "customer": customers[index % customers.len()], "items": [line(0), line(1)] } } })
    };
    server.load(&token(), ORDERS, order).await;
    if db.backend() == DbBackend::Postgres {
        db.writer().execute_unprepared("VACUUM ANALYZE").await.expect("statistics");
    }
    let ids = db.reader().query_all_raw(statement(db.reader(), "SELECT id FROM orders LIMIT 1000", [])).await.expect("ids");
    let ids: Vec<entity::id::OrderId> = ids.iter().map(|row| row.try_get_by_index(0).expect("an id")).collect();

    let listing = server.cost(&token(), REQUESTS, |_| json!({ "query": LISTING })).await;
    print_row(label, "20 orders with relations", listing, peer::listing(&db, REQUESTS).await);
    let one = server
        .cost(&token(), REQUESTS, |index| json!({ "query": ONE, "variables": { "id": ids[index % ids.len()].to_string() } }))
        .await;
    print_row(label, "one order", one, peer::one(&db, REQUESTS, &ids).await);
    let created = server.cost(&token(), REQUESTS, |index| order(ORDERS + index)).await;
    print_row(label, "order of two lines created", created, peer::create(&db, REQUESTS).await);
}

fn print_row(label: &str, request: &str, (service, database): (f64, f64), peer: f64) {
    println!("{label:<12}{request:<26}{service:>12.3}{database:>12.3}{:>12.3}{peer:>14.3}", service + database);
    let _ = std::io::stdout().flush();
}

/// CPU time of a process so far, in seconds.
pub fn cpu_of(pid: u32) -> f64 {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return 0.0 };
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after.split_whitespace().collect();
    // Fields 14 and 15 of proc(5), in ticks of a hundredth of a second; the name before them is cut off.
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// CPU time of all PostgreSQL processes so far, with that of children that ended.
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
struct Server {
    child: Child,
    address: String,
    on_postgres: bool,
}

impl Server {
    fn start(url: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(env!("CARGO_BIN_EXE_ordergraph"))
            .args(["serve", "--listen", &address, "--log-level", "warn"])
            .env("DATABASE_URL", url)
            .env("JWT_SECRET", SECRET)
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the service");
        Self { child, address, on_postgres: url.starts_with("postgres") }
    }

    async fn ready(&self) {
        for _ in 0..200 {
            if TcpStream::connect(&self.address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the service does not answer");
    }

    async fn mutate(&self, token: &str, mutation: &str, selection: &str, input: Value) -> Value {
        let input_type = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code message }} }} }}"
        );
        let mut socket = TcpStream::connect(&self.address).await.expect("a connection");
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        let answer = exchange(&mut socket, &self.address, token, &body).await;
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"][mutation].clone()
    }

    /// Sends requests over several connections.
    async fn load(&self, token: &str, requests: usize, request: impl Fn(usize) -> Value) {
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
    async fn cost(&self, token: &str, requests: usize, request: impl Fn(usize) -> Value) -> (f64, f64) {
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
