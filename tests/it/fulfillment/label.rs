//! `fulfillmentRates`, `fulfillmentLabelBuy`, and what Shippo tells of parcels afterwards.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use ordergraph::{config::ServeConfig, doctor::examine};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{
    Client, Goods, NOW, TestApp,
    fake::{Fault, sign},
    fake_shippo::{FakeShippo, NUMBER, WEBHOOK_SECRET},
    refusals,
};

const LABEL: &str = "fulfillment { id status carrier trackingNumber trackingUrl labelUrl provider
        label { status carrier service cost currency problem } }
    order { status trackingNumber } replayed userErrors { code field message }";

struct Shop {
    app: TestApp,
    fake: FakeShippo,
    staff: Client,
    seller: Client,
    stranger: Client,
    buyer: Client,
    order: String,
    parcel: String,
}

async fn shop() -> Shop {
    shop_with(|_| {}).await
}

async fn shop_with(change: impl FnOnce(&mut ServeConfig)) -> Shop {
    let fake = FakeShippo::start().await;
    let app = TestApp::with(|config| {
        config.orders.sellers_can_fulfil = true;
        config.shipping = fake.config();
        change(config);
    })
    .await;
    let (left, right) = (app.store("left").await, app.store("right").await);
    let pouch = app.goods_in(left, "POUCH", 2_000, 50, "EUR", true).await;
    let staff = app.staff().await;
    let (seller, stranger) = (app.seller(left).await, app.seller(right).await);
    let (buyer, _) = app.buyer("ada").await;
    let order = places(&buyer, &pouch, "NO").await;
    let parcel = packs(&staff, &order).await;
    Shop { app, fake, staff, seller, stranger, buyer, order, parcel }
}

async fn places(buyer: &Client, goods: &Goods, country: &str) -> String {
    let address = json!({ "structured": { "fullName": "Ada", "streetAddress": "Quay 1", "city": "Bergen", "country": country } });
    let input = json!({ "items": [{ "variant": goods.variant.to_string(), "quantity": 2 }], "shippingAddress": address });
    let payload = buyer.mutate("orderCreate", input, "order { id } userErrors { code field message }").await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    payload["order"]["id"].as_str().unwrap().to_owned()
}

async fn packs(staff: &Client, order: &str) -> String {
    staff.moves(order, &["orderConfirm"]).await;
    staff.sent("fulfillmentCreate", json!({ "order": order })).await["id"].as_str().unwrap().to_owned()
}

fn sending(parcel: &str) -> Value {
    json!({ "fulfillment": parcel, "parcel": { "lengthMm": 300, "widthMm": 200, "heightMm": 100, "weightG": 750 },
        "from": { "fullName": "Left", "streetAddress": "Mill Road 2", "city": "Oslo", "country": "NO", "zipCode": "0150" } })
}

impl Client {
    async fn asks_rates(&self, input: Value) -> Value {
        self.mutate(
            "fulfillmentRates",
            input,
            "rates { id carrier service amount currency estimatedDays } fulfillment { id } userErrors { code field message }",
        )
        .await
    }

    async fn buys(&self, parcel: &str, rate: &str) -> Value {
        self.mutate("fulfillmentLabelBuy", json!({ "fulfillment": parcel, "rate": rate }), LABEL).await
    }
}

impl Shop {
    async fn rated(&self) {
        assert_eq!(refusals(&self.staff.asks_rates(sending(&self.parcel)).await), Vec::<String>::new());
    }

    async fn label(&self) -> Value {
        let query = "query($id: ID!) { node(id: $id) { ... on Fulfillment { status trackingNumber label { status problem } } } }";
        self.staff.ask(query, json!({ "id": self.parcel })).await["node"].clone()
    }

    async fn later(&self) {
        self.app.clock.advance_seconds(60);
        self.app.work().await;
    }

    async fn told(&self) -> Vec<String> {
        self.staff.kinds(&self.order).await
    }

    /// The call is refused for this reason, and nothing is there that was not before.
    async fn refused(&self, client: &Client, rate: &str, reason: &str) {
        let before = (self.app.state().await, self.app.rows("shipping_labels").await, self.app.rows("jobs").await);
        let payload = client.buys(&self.parcel, rate).await;
        assert_eq!(refusals(&payload), [reason], "{payload:#}");
        let after = (self.app.state().await, self.app.rows("shipping_labels").await, self.app.rows("jobs").await);
        assert_eq!(after, before);
    }

    async fn delivers(&self, query: &str, signature: Option<String>, body: &str) -> StatusCode {
        let mut request = Request::post(format!("/webhooks/shipping/shippo{query}"));
        if let Some(signature) = signature {
            request = request.header("shippo-auth-signature", signature);
        }
        self.app.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap().status()
    }

    /// A webhook that a parcel moved; `salt` tells deliveries apart.
    async fn moved(&self, number: &str, salt: usize) -> StatusCode {
        let data = json!({ "carrier": "usps", "tracking_number": number, "salt": salt });
        let body = json!({ "event": "track_updated", "data": data }).to_string();
        let signature = sign(WEBHOOK_SECRET, &body, self.app.clock.now().0 / 1_000_000);
        self.delivers("", Some(signature), &body).await
    }
}

#[tokio::test]
async fn a_label_is_bought_for_a_price_that_was_offered() {
    let shop = shop().await;
    let payload = shop.seller.asks_rates(sending(&shop.parcel)).await;
    let slow = json!({ "id": "rate_slow", "carrier": "USPS", "service": "Priority Mail", "amount": "5.50", "currency": "USD", "estimatedDays": 2 });
    assert_eq!((&payload["rates"][0], payload["rates"].as_array().unwrap().len()), (&slow, 2));
    let input = json!({ "fulfillment": shop.parcel, "rate": "rate_slow", "idempotencyKey": "label-1" });
    let tried = shop.seller.mutate("fulfillmentLabelBuy", with(&input, "dryRun", json!(true)), LABEL).await;
    assert_eq!((refusals(&tried).len(), &tried["fulfillment"]["label"], shop.fake.labels()), (0, &Value::Null, 0));

    let payload = shop.seller.mutate("fulfillmentLabelBuy", input.clone(), LABEL).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    let parcel = &payload["fulfillment"];
    assert_eq!((&parcel["carrier"], &parcel["trackingNumber"]), (&json!("USPS"), &json!(NUMBER)));
    assert_eq!((&parcel["provider"], &parcel["status"]), (&json!("SHIPPO"), &json!("PENDING")));
    assert_eq!(parcel["labelUrl"], "https://deliver.goshippo.com/label.pdf");
    let bought = json!({ "status": "BOUGHT", "carrier": "USPS", "service": "Priority Mail", "cost": "5.50", "currency": "USD", "problem": null });
    assert_eq!((&parcel["label"], &payload["order"]["trackingNumber"]), (&bought, &json!(NUMBER)));
    assert_eq!(shop.told().await.last().unwrap(), "FULFILLMENT_LABEL_BOUGHT");

    let again = shop.seller.mutate("fulfillmentLabelBuy", input.clone(), LABEL).await;
    assert_eq!((&again["replayed"], &again["fulfillment"], shop.fake.labels()), (&json!(true), parcel, 1));
    let other = shop.seller.mutate("fulfillmentLabelBuy", with(&input, "rate", json!("rate_fast")), LABEL).await;
    assert_eq!(refusals(&other), ["IDEMPOTENCY_KEY_REUSED at idempotencyKey"]);
    shop.refused(&shop.staff, "rate_fast", "LABEL_EXISTS at fulfillment").await;
    // What the shop pays is not the buyer's business.
    let seen = shop.buyer.order(&shop.order, "fulfillments { trackingNumber labelUrl label { cost } }").await;
    assert_eq!(seen["fulfillments"], json!([{ "trackingNumber": NUMBER, "labelUrl": null, "label": null }]));
    shop.later().await;
    assert_eq!((shop.fake.labels(), examine(shop.app.db()).await.unwrap()), (1, vec![]));
}

fn with(input: &Value, field: &str, value: Value) -> Value {
    let mut input = input.clone();
    input[field] = value;
    input
}

#[tokio::test]
async fn who_does_not_send_the_parcel_gets_no_prices_and_no_label() {
    let shop = shop().await;
    shop.rated().await;
    shop.refused(&shop.stranger, "rate_slow", "NOT_FOUND at fulfillment").await;
    let payload = shop.stranger.asks_rates(sending(&shop.parcel)).await;
    assert_eq!(refusals(&payload), ["NOT_FOUND at fulfillment"]);
    let input = json!({ "fulfillment": shop.parcel, "rate": "rate_slow" });
    assert_eq!(shop.buyer.try_mutate("fulfillmentLabelBuy", input, "replayed").await.code(), "FORBIDDEN");
    let answer = shop.app.anonymous().try_mutate("fulfillmentRates", sending(&shop.parcel), "rates { id }").await;
    assert_eq!((answer.code(), shop.fake.labels()), ("UNAUTHENTICATED", 0));
}

#[tokio::test]
async fn a_price_is_of_one_parcel_and_of_one_week() {
    let shop = shop().await;
    shop.refused(&shop.staff, "rate_slow", "RATE_EXPIRED at rate").await;
    shop.rated().await;
    shop.refused(&shop.staff, "rate_of_another", "RATE_EXPIRED at rate").await;
    shop.app.clock.advance_seconds(7 * 86_400);
    let staff = shop.app.user("late@shop.test", entity::stored::Role::Staff, &[]).await.0;
    shop.refused(&staff, "rate_slow", "RATE_EXPIRED at rate").await;
    assert_eq!(refusals(&staff.asks_rates(sending(&shop.parcel)).await), Vec::<String>::new());
    // Shippo may think otherwise of the time.
    shop.fake.expire();
    let input = json!({ "fulfillment": shop.parcel, "rate": "rate_slow", "idempotencyKey": "label-1" });
    for _ in 0..2 {
        let payload = staff.mutate("fulfillmentLabelBuy", input.clone(), LABEL).await;
        assert_eq!(refusals(&payload), ["PROVIDER_REFUSED at rate"]);
        assert_eq!(payload["userErrors"][0]["message"], "The rate is no longer valid.");
    }
    let query = "query($id: ID!) { node(id: $id) { ... on Fulfillment { trackingNumber label { status problem } } } }";
    let seen = staff.ask(query, json!({ "id": shop.parcel })).await["node"].clone();
    let failed = json!({ "status": "FAILED", "problem": "The rate is no longer valid." });
    assert_eq!(seen, json!({ "trackingNumber": null, "label": failed }));
    assert_eq!(shop.app.rows("shipping_labels").await, 1);
}

#[tokio::test]
async fn labels_are_for_parcels_that_wait() {
    let shop = shop().await;
    shop.rated().await;
    shop.staff.change("orderHold", json!({ "order": shop.order, "reason": "STOCK" })).await;
    shop.refused(&shop.staff, "rate_slow", "ORDER_ON_HOLD at fulfillment").await;
    shop.staff.change("orderHoldRelease", json!({ "order": shop.order })).await;
    shop.staff.sent("fulfillmentShip", json!({ "fulfillment": shop.parcel })).await;
    shop.refused(&shop.staff, "rate_slow", "INVALID_TRANSITION at fulfillment").await;
    let payload = shop.staff.asks_rates(sending(&shop.parcel)).await;
    assert_eq!(refusals(&payload), ["INVALID_TRANSITION at fulfillment"]);
}

#[tokio::test]
async fn what_cannot_be_rated_is_said() {
    let shop = shop().await;
    let mut input = sending(&shop.parcel);
    input["parcel"]["weightG"] = json!(0);
    input["parcel"]["lengthMm"] = json!(-1);
    input["from"]["country"] = json!("Norway");
    input["from"]["fullName"] = json!(" ");
    let expected = [
        "INVALID_INPUT at from.country",
        "INVALID_INPUT at from.fullName",
        "INVALID_INPUT at parcel.lengthMm",
        "INVALID_INPUT at parcel.weightG",
    ];
    assert_eq!(refusals(&shop.staff.asks_rates(input).await), expected);
    let payload = shop.staff.asks_rates(sending("x")).await;
    assert_eq!(refusals(&payload), ["NOT_FOUND at fulfillment"]);
    let store = shop.app.store("digital").await;
    let song = shop.app.goods(store, "SONG", 100, 5).await;
    let order = shop.buyer.places(&song, 1).await;
    let parcel = packs(&shop.staff, &order).await;
    assert_eq!(refusals(&shop.staff.asks_rates(sending(&parcel)).await), ["ADDRESS_INCOMPLETE at fulfillment"]);
    let store = shop.app.store("cold").await;
    let ice = shop.app.goods_in(store, "ICE", 100, 5, "EUR", true).await;
    let order = places(&shop.buyer, &ice, "AQ").await;
    let parcel = packs(&shop.staff, &order).await;
    let payload = shop.staff.asks_rates(sending(&parcel)).await;
    assert_eq!(refusals(&payload), ["PROVIDER_REFUSED at fulfillment"]);
    assert_eq!(payload["userErrors"][0]["message"], "no carrier takes it: No service there.");
    for fault in [Fault::Silent, Fault::Status(503)] {
        for _ in 0..3 {
            shop.fake.edge.fail(fault);
        }
        let payload = shop.staff.asks_rates(sending(&shop.parcel)).await;
        assert_eq!(refusals(&payload), ["PROVIDER_UNAVAILABLE at fulfillment"], "{fault:?}");
        shop.fake.edge.forgive();
    }
    assert_eq!(shop.app.rows("shipping_offers").await, 0);
}

#[tokio::test]
async fn without_a_provider_there_are_no_labels() {
    let shop = shop_with(|config| config.shipping.shippo_api_token = None).await;
    let payload = shop.staff.asks_rates(sending(&shop.parcel)).await;
    assert_eq!(refusals(&payload), ["PROVIDER_NOT_CONFIGURED at fulfillment"]);
    shop.refused(&shop.staff, "rate_slow", "PROVIDER_NOT_CONFIGURED at fulfillment").await;
    assert_eq!(shop.moved(NUMBER, 0).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_purchase_whose_answer_was_lost_is_found_and_not_repeated() {
    for fault in [Fault::LostAnswer, Fault::Silent] {
        let shop = shop().await;
        shop.rated().await;
        shop.fake.edge.fail(fault);
        let payload = shop.staff.buys(&shop.parcel, "rate_slow").await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
        assert_eq!(payload["fulfillment"]["label"]["status"], "PENDING");
        shop.refused(&shop.staff, "rate_fast", "LABEL_IN_PROGRESS at fulfillment").await;
        shop.app.work().await;
        assert_eq!(shop.label().await["label"]["status"], "PENDING", "nobody asks before the answer could have come");
        shop.later().await;
        let label = shop.label().await;
        assert_eq!((&label["label"]["status"], &label["trackingNumber"]), (&json!("BOUGHT"), &json!(NUMBER)), "{fault:?}");
        assert_eq!(shop.fake.labels(), 1, "{fault:?}");
        assert_eq!(shop.app.rows("jobs WHERE kind = 'fulfillment.label'").await, 0);
    }
}

#[tokio::test]
async fn a_process_that_ends_between_provider_and_database_loses_nothing() {
    let shop = shop().await;
    shop.rated().await;
    shop.fake.edge.fail(Fault::Silent);
    tokio::select! {
        _ = shop.staff.buys(&shop.parcel, "rate_slow") => panic!("it is silent"),
        () = shop.fake.has_sold(1) => {}
    }
    assert_eq!(shop.label().await["label"]["status"], "PENDING");
    shop.later().await;
    assert_eq!((shop.label().await["label"]["status"].clone(), shop.fake.labels()), (json!("BOUGHT"), 1));
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_until_it_is_not() {
    let shop = shop().await;
    shop.rated().await;
    for _ in 0..2 {
        shop.fake.edge.fail(Fault::Status(500));
    }
    let payload = shop.staff.buys(&shop.parcel, "rate_slow").await;
    assert_eq!((refusals(&payload).len(), &payload["fulfillment"]["label"]["status"]), (0, &json!("PENDING")));
    shop.later().await;
    assert_eq!((shop.label().await["label"]["status"].clone(), shop.fake.labels()), (json!("PENDING"), 0));
    shop.later().await;
    assert_eq!((shop.label().await["label"]["status"].clone(), shop.fake.labels()), (json!("BOUGHT"), 1));
}

#[tokio::test]
async fn two_at_once_buy_one_label() {
    let shop = shop().await;
    shop.rated().await;
    let buying: Vec<_> = ["rate_slow", "rate_fast", "rate_slow"]
        .into_iter()
        .map(|rate| {
            let (staff, parcel) = (shop.staff.clone(), shop.parcel.clone());
            tokio::spawn(async move { refusals(&staff.buys(&parcel, rate).await) })
        })
        .collect();
    let mut bought = 0;
    for one in buying {
        let refused = one.await.unwrap();
        bought += usize::from(refused.is_empty());
        let known = ["LABEL_EXISTS at fulfillment", "LABEL_IN_PROGRESS at fulfillment"];
        assert!(refused.iter().all(|reason| known.contains(&reason.as_str())), "{refused:?}");
    }
    shop.later().await;
    assert_eq!((bought, shop.fake.labels(), shop.app.rows("shipping_labels").await), (1, 1, 1));
}

#[tokio::test]
async fn the_carriers_news_move_the_parcel_once_however_often_they_come() {
    let shop = shop().await;
    shop.rated().await;
    shop.staff.buys(&shop.parcel, "rate_slow").await;
    assert_eq!(shop.moved(NUMBER, 0).await, StatusCode::OK);
    assert_eq!(shop.moved(NUMBER, 0).await, StatusCode::OK);
    let waiting = "jobs WHERE kind = 'fulfillment.track'";
    assert_eq!((shop.app.rows(waiting).await, shop.label().await["status"].clone()), (1, json!("PENDING")));
    shop.app.work().await;
    // Nobody said that it was handed over; the carrier has it.
    let seen = shop.staff.order(&shop.order, "status trackingEvents { status location source occurredAt }").await;
    assert_eq!((&seen["status"], &shop.label().await["status"]), (&json!("OUT_FOR_DELIVERY"), &json!("OUT_FOR_DELIVERY")));
    let events = seen["trackingEvents"].as_array().unwrap();
    let statuses: Vec<&Value> = events.iter().map(|event| &event["status"]).collect();
    assert_eq!(statuses, ["PROCESSING", "SHIPPED", "OUT_FOR_DELIVERY"]);
    assert_eq!(
        events[0],
        json!({ "status": "PROCESSING", "location": "Chicago, IL, US", "source": "SHIPPO", "occurredAt": "2026-01-13T08:00:00Z" })
    );
    let told = shop.told().await;
    for salt in [0, 1, 2, 0] {
        assert_eq!(shop.moved(NUMBER, salt).await, StatusCode::OK);
    }
    shop.app.work().await;
    assert_eq!(shop.told().await, told);
    shop.fake.delivered();
    for salt in 3..6 {
        shop.moved(NUMBER, salt).await;
        shop.app.work().await;
    }
    let seen = shop.buyer.order(&shop.order, "status fulfillments { status deliveredAt }").await;
    assert_eq!((&seen["status"], &seen["fulfillments"][0]["status"]), (&json!("DELIVERED"), &json!("DELIVERED")));
    let kinds = shop.told().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "FULFILLMENT_DELIVERED").count(), 1);
    assert_eq!(examine(shop.app.db()).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_not_from_shippo_is_refused_and_what_is_not_ours_is_nothing() {
    let shop = shop().await;
    shop.rated().await;
    shop.staff.buys(&shop.parcel, "rate_slow").await;
    shop.later().await;
    let before = (shop.app.state().await, shop.app.rows("jobs").await);
    let now = shop.app.clock.now().0 / 1_000_000;
    let body = json!({ "event": "track_updated", "data": { "carrier": "usps", "tracking_number": NUMBER } }).to_string();
    let forged = sign("guess", &body, now);
    let old = sign(WEBHOOK_SECRET, &body, NOW.0 / 1_000_000 - 3_600);
    for (query, signature, body, status) in [
        ("", None, body.as_str(), StatusCode::BAD_REQUEST),
        ("", Some(forged), &body, StatusCode::BAD_REQUEST),
        ("", Some(old), &body, StatusCode::BAD_REQUEST),
        ("?token=guess", None, &body, StatusCode::BAD_REQUEST),
        ("?token=%ff", None, &body, StatusCode::BAD_REQUEST),
        ("?token=shippo_secret", None, "{", StatusCode::BAD_REQUEST),
        ("?token=shippo_secret", None, "{}", StatusCode::BAD_REQUEST),
        ("?token=shippo_secret", None, &"x".repeat(300 << 10), StatusCode::PAYLOAD_TOO_LARGE),
        ("?token=shippo_secret", None, r#"{"event":"transaction_created","data":{}}"#, StatusCode::OK),
    ] {
        assert_eq!(shop.delivers(query, signature, body).await, status, "{query} {}", body.len());
    }
    assert_eq!(shop.moved("1Z-NOT-OURS", 0).await, StatusCode::OK);
    assert_eq!(shop.moved(&"9".repeat(5_000), 0).await, StatusCode::OK);
    let request = Request::post("/webhooks/shipping/manual?token=shippo_secret").body(Body::from(body.clone())).unwrap();
    assert_eq!(shop.app.router.clone().oneshot(request).await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!((shop.app.state().await, shop.app.rows("jobs").await), before);
    assert_eq!(shop.delivers("?token=shippo_secret", None, &body).await, StatusCode::OK);
    shop.app.work().await;
    assert_eq!(shop.label().await["status"], "OUT_FOR_DELIVERY");
}
