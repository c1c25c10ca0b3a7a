//! I14: fulfillments hold no more than their order, the order's status agrees with them, and a hold is written down.

use std::collections::BTreeMap;

use entity::{
    id::{FulfillmentId, OrderItemId},
    stored::{FulfillmentState, OrderStatus},
};

use super::{
    Invariant, Report,
    batch::{Event, OrderFacts},
};
use crate::fulfillment::state::{has_left, is_live};

/// Checks the fulfillments of an order.
pub fn examine(order: &OrderFacts, report: &mut Report) {
    report.count(Invariant::Fulfillments, 1);
    let mut found = |message: String| report.found(Invariant::Fulfillments, &order.number, message);
    if order.open_holds != usize::from(order.is_held) {
        let says = if order.is_held { "is held" } else { "is not held" };
        found(format!("it {says}, with {} holds that last", order.open_holds));
    }
    let mut states: BTreeMap<FulfillmentId, FulfillmentState> = BTreeMap::new();
    let mut pieces: BTreeMap<OrderItemId, i64> = BTreeMap::new();
    let mut gone: BTreeMap<OrderItemId, i64> = BTreeMap::new();
    for line in &order.fulfillments {
        let Some(state) = FulfillmentState::from_text(&line.status) else {
            found(format!("{} is {}, which is no state", line.id, line.status));
            continue;
        };
        states.insert(line.id, state);
        if !line.is_same_store {
            found(format!("{} holds a line that is not its store's or not its order's", line.id));
        }
        for (count, counts) in [(&mut pieces, is_live(state)), (&mut gone, has_left(state))] {
            *count.entry(line.item).or_default() += i64::from(line.quantity) * i64::from(counts);
        }
    }
    let of = |count: &BTreeMap<OrderItemId, i64>, item: OrderItemId| count.get(&item).copied().unwrap_or_default();
    for line in &order.lines {
        let sent = of(&pieces, line.id);
        if sent > i64::from(line.quantity) {
            found(format!("line {}: {sent} of {} pieces are in fulfillments", line.position, line.quantity));
        }
    }
    let all_gone = order.lines.iter().all(|line| of(&gone, line.id) >= i64::from(line.quantity));
    // What was forced follows no rule.
    if order.events.iter().any(was_forced) {
        return;
    }
    let states: Vec<FulfillmentState> = states.into_values().collect();
    let status = OrderStatus::from_text(&order.status);
    if let Some(problem) = status.and_then(|status| disagreement(status, &states, all_gone)) {
        found(problem);
    }
}

/// How the status of an order disagrees with the states of its fulfillments. What need not be sent may change with its
/// product, so only that is said which holds all the same.
fn disagreement(status: OrderStatus, states: &[FulfillmentState], all_gone: bool) -> Option<String> {
    use OrderStatus::{Confirmed, Delivered, OutForDelivery, Pending, Processing, Shipped};
    if !states.iter().any(|state| is_live(*state)) {
        return None;
    }
    let says = |what: &str| Some(format!("the order is {status}, but {what}"));
    match status {
        Pending | Confirmed => says("it has fulfillments"),
        Processing if all_gone => says("all of its pieces have left"),
        Shipped | OutForDelivery | Delivered if !states.iter().any(|state| has_left(*state)) => {
            says("none of its fulfillments has left")
        }
        Delivered if !states.contains(&FulfillmentState::Delivered) => says("none of its fulfillments is delivered"),
        _ => None,
    }
}

fn was_forced(event: &Event) -> bool {
    event.changes.as_deref().is_some_and(|changes| changes.contains("\"forced\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_fulfillments_agree_or_are_told() {
        use FulfillmentState::{Cancelled, Delivered, Pending, Shipped};
        let says = |status, states: &[FulfillmentState], all_gone| disagreement(status, states, all_gone).is_some();
        assert!(!says(OrderStatus::Confirmed, &[], false));
        assert!(!says(OrderStatus::Confirmed, &[Cancelled], false));
        assert!(says(OrderStatus::Confirmed, &[Pending], false));
        assert!(!says(OrderStatus::Processing, &[Shipped, Pending], false));
        assert!(says(OrderStatus::Processing, &[Shipped, Shipped], true));
        assert!(says(OrderStatus::Shipped, &[Pending], false));
        assert!(!says(OrderStatus::Delivered, &[Delivered, Pending], false));
        assert!(says(OrderStatus::Delivered, &[Shipped], true));
        assert!(!says(OrderStatus::Cancelled, &[Shipped], true));
    }
}
