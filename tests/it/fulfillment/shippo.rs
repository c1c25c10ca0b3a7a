//! Shippo's client.

use ordergraph::fulfillment::provider::{
    Headers, Moved, NoticeRefused, Parcel, Place, ProviderError, Shipment, ShippingProvider, TrackingStatus,
};

use crate::support::{
    NOW,
    fake::{Fault, sign},
    fake_shippo::{FakeShippo, WEBHOOK_SECRET},
};

fn shipment(country: &str) -> Shipment {
    let place = Place {
        name: "Ada".into(),
        street: "1 Main St".into(),
        city: "Chicago".into(),
        country: country.into(),
        ..Place::default()
    };
    let parcel = Parcel { length_mm: 300, width_mm: 200, height_mm: 100, weight_g: 750 };
    Shipment { from: place.clone(), to: place, parcels: vec![parcel] }
}

#[tokio::test]
async fn rates_come_the_cheapest_first() {
    let fake = FakeShippo::start().await;
    let rates = fake.client().rates(&shipment("US")).await.unwrap();
    let told: Vec<_> = rates
        .iter()
        .map(|rate| (rate.reference.as_str(), rate.service.as_str(), rate.amount_minor, rate.estimated_days))
        .collect();
    assert_eq!(told, [("rate_slow", "Priority Mail", 550, Some(2)), ("rate_fast", "Priority Mail Express", 2990, Some(2))]);
    let nowhere = fake.client().rates(&shipment("AQ")).await.unwrap_err();
    assert_eq!(nowhere, ProviderError::Rejected("no carrier takes it: No service there.".into()));
}

#[tokio::test]
async fn a_label_is_bought_once_for_each_key() {
    let fake = FakeShippo::start().await;
    let client = fake.client();
    let label = client.buy("k1", "rate_slow").await.unwrap();
    assert_eq!((label.carrier.as_str(), label.cost_minor, label.currency.code()), ("USPS", 550, "USD"));
    assert_eq!(label.tracking_number, "9499907123456123456781");
    assert_eq!(client.buy("k1", "rate_slow").await.unwrap(), label);
    assert_eq!(fake.labels(), 1);
    assert_ne!(client.buy("k2", "rate_slow").await.unwrap().reference, label.reference);
    assert_eq!(client.buy("k3", "rate_gone").await, Err(ProviderError::Rejected("The rate is no longer valid.".into())));
}

#[tokio::test]
async fn a_purchase_whose_answer_was_lost_is_found_and_not_repeated() {
    let fake = FakeShippo::start().await;
    let client = fake.client();
    for fault in [Fault::LostAnswer, Fault::Silent] {
        fake.edge.fail(fault);
        let key = format!("{fault:?}");
        let before = fake.labels();
        assert!(matches!(client.buy(&key, "rate_slow").await, Err(ProviderError::Unknown(_))));
        client.buy(&key, "rate_slow").await.unwrap();
        assert_eq!(fake.labels(), before + 1, "{key}");
    }
}

#[tokio::test]
async fn tracking_tells_what_happened_the_oldest_first() {
    let fake = FakeShippo::start().await;
    let events = fake.client().track("USPS", "9499907123456123456781").await.unwrap();
    let statuses: Vec<_> = events.iter().map(|event| event.status).collect();
    assert_eq!(statuses, [TrackingStatus::PreTransit, TrackingStatus::Transit, TrackingStatus::OutForDelivery]);
    assert_eq!(events[0].location.as_deref(), Some("Chicago, IL, US"));
    assert_eq!(events[0].description, "It is PRE_TRANSIT");
    assert!(matches!(fake.client().track("pigeon", "1").await, Err(ProviderError::Rejected(_))));
}

#[tokio::test]
async fn webhooks_are_signed_or_come_to_a_secret_address() {
    let client = FakeShippo::start().await.client();
    let now = NOW.millis() / 1000;
    let body = r#"{"event":"track_updated","data":{"carrier":"usps","tracking_number":"94999"}}"#;
    let moved = Some(Moved { carrier: "usps".into(), tracking_number: "94999".into() });
    let signed = |body: &str| Headers::from([("shippo-auth-signature".to_owned(), sign(WEBHOOK_SECRET, body, now))]);
    assert_eq!(client.notice(&signed(body), None, body.as_bytes(), now), Ok(moved.clone()));
    assert_eq!(client.notice(&Headers::new(), Some(WEBHOOK_SECRET), body.as_bytes(), now), Ok(moved));
    let other = r#"{"event":"transaction_created","data":{}}"#;
    assert_eq!(client.notice(&signed(other), None, other.as_bytes(), now), Ok(None));

    assert_eq!(client.notice(&Headers::new(), None, body.as_bytes(), now), Err(NoticeRefused::Signature));
    assert_eq!(client.notice(&Headers::new(), Some("guess"), body.as_bytes(), now), Err(NoticeRefused::Signature));
    assert_eq!(client.notice(&signed(other), Some(WEBHOOK_SECRET), body.as_bytes(), now), Err(NoticeRefused::Signature));
    assert_eq!(client.notice(&signed(body), None, body.as_bytes(), now + 301), Err(NoticeRefused::Age));
    assert_eq!(client.notice(&Headers::new(), Some(WEBHOOK_SECRET), b"{}", now), Err(NoticeRefused::Malformed));
}
