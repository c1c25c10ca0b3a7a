//! Tests of payments: the clients of the providers against fakes that keep state.

mod gateway_clover;
mod gateway_paypal;
mod gateway_stripe;

use entity::id::PaymentId;
use ordergraph::{
    money::Currency,
    payment::gateway::{GatewayError, Headers, Intent},
};

use crate::support::NOW;

/// A payment of 29.99 EUR with a card, captured at once.
fn intent(method: Option<&str>) -> Intent<'_> {
    Intent {
        payment: payment(),
        order_number: "ORD-2026-000123",
        amount_minor: 2999,
        currency: eur(),
        method,
        customer: None,
        save_method: false,
        capture: true,
        email: None,
        return_url: None,
    }
}

fn payment() -> PaymentId {
    PaymentId::at(NOW, [7; 10])
}

fn eur() -> Currency {
    Currency::from_code("EUR").unwrap()
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Whether the outcome is said to be unknown.
fn is_unknown<T>(answer: &Result<T, GatewayError>) -> bool {
    matches!(answer, Err(GatewayError::Unknown(_)))
}

/// Whether the call is said to be wrong.
fn is_rejected<T>(answer: &Result<T, GatewayError>) -> bool {
    matches!(answer, Err(GatewayError::Rejected(_)))
}

/// The code of a decline.
fn declined<T: std::fmt::Debug>(answer: Result<T, GatewayError>) -> String {
    match answer {
        Err(GatewayError::Declined(decline)) => decline.code,
        other => panic!("not declined: {other:?}"),
    }
}
