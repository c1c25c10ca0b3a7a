//! Shippo, as far as our client speaks with it: shipments with rates, transactions, tracks.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::HeaderMap,
    routing::{get, post},
};
use ordergraph::{config::shipping::ShippingConfig, fulfillment::provider::shippo::Shippo};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::fake::{Edge, Said, http, ok, say};

pub const WEBHOOK_SECRET: &str = "shippo_secret";

/// The number of every parcel.
pub const NUMBER: &str = "9499907123456123456781";

/// The fake and its edge.
pub struct FakeShippo {
    pub edge: Edge,
    bought: Bought,
    base: String,
}

#[derive(Default)]
struct Books {
    labels: Mutex<Vec<Value>>,
    sold: Notify,
    expired: AtomicBool,
    delivered: AtomicBool,
}

type Bought = Arc<Books>;

impl FakeShippo {
    pub async fn start() -> Self {
        let bought = Bought::default();
        let routes = Router::new()
            .route("/shipments/", post(rates))
            .route("/rates/{id}", get(rate))
            .route("/transactions/", get(list).post(buy))
            .route("/tracks/{carrier}/{number}", get(track))
            .with_state(bought.clone());
        // Shippo knows no keys.
        let (edge, base) = Edge::serve("x-no-such-header", routes).await;
        Self { edge, bought, base }
    }

    pub fn client(&self) -> Shippo {
        Shippo::configured(&self.config(), &http()).unwrap()
    }

    /// The settings with which the service speaks to it.
    pub fn config(&self) -> ShippingConfig {
        ShippingConfig {
            shippo_api_token: Some("shippo_test_1".into()),
            shippo_webhook_secret: Some(WEBHOOK_SECRET.into()),
            shippo_api_base: self.base.clone(),
            shipping_timeout: 1,
        }
    }

    /// From now on prices are too old.
    pub fn expire(&self) {
        self.bought.expired.store(true, Ordering::SeqCst);
    }

    /// From now on parcels are with their buyers.
    pub fn delivered(&self) {
        self.bought.delivered.store(true, Ordering::SeqCst);
    }

    /// Waits until so many labels were bought.
    pub async fn has_sold(&self, count: usize) {
        while self.labels() < count {
            self.bought.sold.notified().await;
        }
    }

    /// How many labels were bought.
    pub fn labels(&self) -> usize {
        self.bought.labels.lock().unwrap().len()
    }
}

fn rate_of(id: &str) -> Value {
    let (amount, service) = if id == "rate_fast" { ("29.90", "Priority Mail Express") } else { ("5.5", "Priority Mail") };
    json!({"object_id": id, "amount": amount, "currency": "USD", "provider": "USPS", "estimated_days": 2,
        "servicelevel": {"name": service, "token": "usps_priority"}})
}

fn knows(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|token| token == "ShippoToken shippo_test_1")
}

async fn rates(headers: HeaderMap, Json(wanted): Json<Value>) -> Said {
    if !knows(&headers) {
        return say(401, json!({"detail": "Invalid token"}));
    }
    if wanted["address_to"]["country"] == "AQ" {
        return say(
            201,
            json!({"status": "SUCCESS", "rates": [], "messages": [{"source": "USPS", "code": "", "text": "No service there."}]}),
        );
    }
    assert_eq!(
        wanted["parcels"][0],
        json!({"length": "300", "width": "200", "height": "100", "distance_unit": "mm", "weight": "750", "mass_unit": "g"})
    );
    say(201, json!({"status": "SUCCESS", "rates": [rate_of("rate_fast"), rate_of("rate_slow")], "messages": []}))
}

async fn rate(Path(id): Path<String>) -> Said {
    ok(rate_of(&id))
}

async fn list(State(bought): State<Bought>, Query(wanted): Query<Vec<(String, String)>>) -> Said {
    let bought = bought.labels.lock().unwrap();
    let results: Vec<&Value> = bought.iter().filter(|label| wanted.iter().all(|(_, rate)| label["rate"] == *rate)).collect();
    ok(json!({"results": results}))
}

async fn buy(State(bought): State<Bought>, Json(wanted): Json<Value>) -> Said {
    if wanted["rate"] == "rate_gone" || bought.expired.load(Ordering::SeqCst) {
        return say(201, json!({"status": "ERROR", "object_id": "t0", "messages": [{"text": "The rate is no longer valid."}]}));
    }
    let mut labels = bought.labels.lock().unwrap();
    let label = json!({"object_id": format!("t{}", labels.len() + 1), "status": "SUCCESS", "rate": wanted["rate"], "metadata": wanted["metadata"],
        "label_url": "https://deliver.goshippo.com/label.pdf", "tracking_number": NUMBER,
        "tracking_url_provider": "https://tools.usps.com/go/9499907123456123456781"});
    labels.push(label.clone());
    bought.sold.notify_one();
    say(201, label)
}

async fn track(State(bought): State<Bought>, Path((carrier, number)): Path<(String, String)>) -> Said {
    if carrier != "usps" {
        return say(404, json!({"detail": "Not found"}));
    }
    let event = |status: &str, code: Option<&str>, at: &str| {
        json!({"status": status, "status_details": format!("It is {status}"), "status_date": at,
        "substatus": code.map(|code| json!({"code": code})), "location": {"city": "Chicago", "state": "IL", "zip": "60611", "country": "US"}})
    };
    let last = event("TRANSIT", Some("out_for_delivery"), "2026-01-15T08:00:00Z");
    let newest = match bought.delivered.load(Ordering::SeqCst) {
        true => event("DELIVERED", None, "2026-01-15T11:00:00Z"),
        false => last.clone(),
    };
    ok(json!({"carrier": carrier, "tracking_number": number, "tracking_status": newest,
        "tracking_history": [last, event("TRANSIT", None, "2026-01-14T08:00:00Z"), event("PRE_TRANSIT", None, "2026-01-13T08:00:00Z"),
            event("UNKNOWN", None, "2026-01-12T08:00:00Z")]}))
}
