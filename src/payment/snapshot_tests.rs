//! Tests of what is taken over from providers: shuffled, repeated, old.

use entity::{
    id::{OrderId, PaymentId},
    stored::{CaptureMode, PaymentType},
};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const NOW: Timestamp = Timestamp(1_000_000);

fn payment() -> payment::Model {
    payment::Model {
        id: PaymentId(Uuid::from_u128(1)),
        order_id: OrderId(Uuid::from_u128(2)),
        position: 1,
        status: PaymentStatus::Pending,
        kind: PaymentType::Credit,
        gateway: PaymentGateway::Stripe,
        currency: "EUR".into(),
        amount_minor: 10_000,
        authorized_minor: 0,
        captured_minor: 0,
        refunded_minor: 0,
        reference: None,
        capture_mode: CaptureMode::Manual,
        card_brand: None,
        last4: None,
        failure_code: None,
        failure_message: None,
        client_secret: None,
        redirect_url: None,
        note: None,
        method: "Credit Card".into(),
        external_id: None,
        created_at: NOW,
        processed_at: None,
        looked_at: None,
        updated_at: NOW,
    }
}

fn snapshot(state: State, authorized: i64, captured: i64, refunds: &[RefundSnapshot]) -> Snapshot {
    let given = refunds.iter().filter(|refund| refund.state != RefundState::Failed).map(|refund| refund.amount_minor).sum();
    Snapshot {
        state,
        reference: "pay_1".into(),
        payment: None,
        authorized_minor: authorized,
        captured_minor: captured,
        refunded_minor: given,
        refunds: refunds.to_vec(),
        client_secret: None,
        redirect_url: None,
        card: None,
        saved: None,
        decline: None,
    }
}

fn told(reference: &str, amount: i64, state: RefundState) -> RefundSnapshot {
    RefundSnapshot { reference: reference.into(), key: None, amount_minor: amount, state, decline: None }
}

/// A row that waits for the provider's answer.
fn waiting(number: u128, amount: i64) -> refund::Model {
    refund::Model {
        id: RefundId(Uuid::from_u128(number)),
        payment_id: payment().id,
        amount_minor: amount,
        status: RefundStatus::Pending,
        reference: None,
        failure_message: None,
        reason: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// The payment and its refunds after some news.
#[derive(Clone)]
struct Rows(payment::Model, Vec<refund::Model>);

impl Rows {
    fn hear(&mut self, keys: &[(String, RefundId)], told: &Snapshot) {
        let merged = merge(&self.0, &self.1, keys, told, NOW).unwrap();
        self.0 = merged.payment;
        for news in merged.refunds {
            match news {
                RefundNews::Changed(row) => {
                    let index = self.1.iter().position(|known| known.id == row.id).unwrap();
                    self.1[index] = row;
                }
                RefundNews::Found(told) => self.1.push(refund::Model {
                    status: status_of(told.state),
                    reference: Some(told.reference),
                    ..waiting(self.1.len() as u128 + 100, told.amount_minor)
                }),
            }
        }
    }

    /// What must be the same in the end, whatever order the news came in.
    fn end(&self) -> (PaymentStatus, [i64; 3], Vec<impl PartialEq + std::fmt::Debug + use<>>) {
        let mut refunds: Vec<_> = self.1.iter().map(|row| (row.reference.clone(), row.amount_minor, row.status)).collect();
        refunds.sort();
        (self.0.status, [self.0.authorized_minor, self.0.captured_minor, self.0.refunded_minor], refunds)
    }
}

#[test]
fn money_never_goes_back_because_of_old_news() {
    let mut rows = Rows(payment(), Vec::new());
    rows.hear(&[], &snapshot(State::Captured, 10_000, 10_000, &[told("re_1", 4_000, RefundState::Succeeded)]));
    let end = rows.end();
    assert_eq!((end.0, end.1), (PaymentStatus::PartiallyRefunded, [10_000, 10_000, 4_000]));
    for old in [State::RequiresAction, State::Processing, State::Authorized, State::Failed, State::Cancelled] {
        rows.hear(&[], &snapshot(old, 0, 0, &[]));
    }
    assert_eq!(rows.end(), end);
}

#[test]
fn a_refund_is_found_by_its_key_then_by_its_amount_and_counted_once() {
    let keys = [("key-a".to_owned(), RefundId(Uuid::from_u128(7))), ("key-b".to_owned(), RefundId(Uuid::from_u128(8)))];
    let mut rows = Rows(payment(), Vec::new());
    rows.hear(&[], &snapshot(State::Captured, 10_000, 10_000, &[]));
    rows.1 = vec![waiting(7, 1_000), waiting(8, 1_000)];
    // The webhook is faster than our answers, and tells no keys.
    let listed = [told("re_b", 1_000, RefundState::Succeeded), told("re_a", 1_000, RefundState::Succeeded)];
    rows.hear(&keys, &snapshot(State::Captured, 10_000, 10_000, &listed));
    for (key, reference) in [("key-a", "re_a"), ("key-b", "re_b")] {
        let answer = RefundSnapshot { key: Some(key.into()), ..told(reference, 1_000, RefundState::Succeeded) };
        let answer = of_refund(&rows.0, answer);
        rows.hear(&keys, &answer);
    }
    assert_eq!((rows.1.len(), rows.0.refunded_minor), (2, 2_000));
}

#[test]
fn a_provider_that_tells_a_sum_only_is_understood() {
    let mut rows = Rows(payment(), Vec::new());
    rows.hear(&[], &snapshot(State::Captured, 10_000, 10_000, &[]));
    rows.1 = vec![waiting(7, 1_000)];
    for _ in 0..2 {
        rows.hear(&[], &Snapshot { refunded_minor: 1_500, ..snapshot(State::Captured, 10_000, 10_000, &[]) });
        assert_eq!((rows.1.len(), rows.0.refunded_minor), (2, 1_500));
    }
}

#[test]
fn more_given_back_than_taken_is_not_believed() {
    let told = snapshot(State::Captured, 100, 100, &[told("re_1", 101, RefundState::Succeeded)]);
    assert_eq!(merge(&payment(), &[], &[], &told, NOW), Err(Contradiction { refunded: 101, captured: 100 }));
}

/// What a provider knows after each step of a payment's life.
fn lives() -> impl Strategy<Value = Vec<Snapshot>> {
    (prop::collection::vec((1_i64..4_000, any::<bool>()), 0..4), any::<bool>(), 5_000_i64..=10_000).prop_map(
        |(refunds, is_tried_twice, captured)| {
            let mut life = vec![snapshot(State::RequiresAction, 0, 0, &[])];
            if is_tried_twice {
                life.push(snapshot(State::Failed, 0, 0, &[]));
            }
            life.push(snapshot(State::Processing, 0, 0, &[]));
            life.push(snapshot(State::Authorized, 10_000, 0, &[]));
            life.push(snapshot(State::Captured, 10_000, captured, &[]));
            let mut listed: Vec<RefundSnapshot> = Vec::new();
            let mut left = captured;
            for (index, (amount, fails)) in refunds.into_iter().enumerate() {
                if amount > left {
                    continue;
                }
                listed.push(told(&format!("re_{index}"), amount, RefundState::Pending));
                life.push(snapshot(State::Captured, 10_000, captured, &listed));
                let end = if fails { RefundState::Failed } else { RefundState::Succeeded };
                if let Some(last) = listed.last_mut() {
                    last.state = end;
                }
                left -= if fails { 0 } else { amount };
                life.push(snapshot(State::Captured, 10_000, captured, &listed));
            }
            life
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn news_shuffled_and_repeated_end_the_same(
        (life, order) in lives().prop_flat_map(|life| {
            let count = life.len();
            let each = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
            (Just(life), (each, prop::collection::vec(0..count, 0..10)))
        })
    ) {
        let mut straight = Rows(payment(), Vec::new());
        for told in &life {
            straight.hear(&[], told);
        }
        let mut shuffled = Rows(payment(), Vec::new());
        for index in order.1.iter().chain(&order.0) {
            let before = shuffled.clone();
            shuffled.hear(&[], &life[*index]);
            prop_assert!(shuffled.0.captured_minor >= before.0.captured_minor);
            prop_assert!(shuffled.0.refunded_minor <= shuffled.0.captured_minor);
        }
        prop_assert_eq!(shuffled.end(), straight.end());
    }
}
