//! I8: the event log is append-only: within an order ids, versions and times grow with the sequence, and what is gone was
//! told to go.

use entity::id::OrderId;

use super::{
    Invariant, Report,
    batch::{Event, OrderFacts},
    history::gap,
};

/// How far times may run back within an order, in microseconds. A command reads the clock before it waits for the order's
/// lock, and clocks of several copies of the service differ.
const SKEW: i64 = 60 * 1_000_000;

const DELETED: &str = "ORDER_DELETED";

/// Checks the events of an order.
pub fn examine(order: &OrderFacts, report: &mut Report) {
    report.count(Invariant::Audit, order.events.len());
    for problem in problems(&order.events) {
        report.found(Invariant::Audit, &order.number, problem);
    }
    if order.events.iter().any(|event| event.kind == DELETED) {
        report.found(Invariant::Audit, &order.number, "was deleted by its events, but is there");
    }
    if let Some(last) = order.events.last().filter(|last| last.version != order.version) {
        let message = format!("its last event tells of version {}, the order is at {}", last.version, order.version);
        report.found(Invariant::Audit, &order.number, message);
    }
}

/// Checks the events of an order that is not there.
pub fn examine_deleted(order: OrderId, events: &[Event], report: &mut Report) {
    report.count(Invariant::Audit, events.len());
    let subject = order.to_string();
    for problem in problems(events).into_iter().chain(gap(events)) {
        report.found(Invariant::Audit, &subject, problem);
    }
    if events.last().is_none_or(|last| last.kind != DELETED) {
        report.found(Invariant::Audit, &subject, "is gone, but no event tells of its deletion");
    }
}

fn problems(events: &[Event]) -> Vec<String> {
    let mut problems = Vec::new();
    for (before, after) in events.iter().zip(events.iter().skip(1)) {
        let (first, second) = (before.seq, after.seq);
        if after.id <= before.id {
            problems.push(format!("event {second} was written before event {first}"));
        }
        if after.version < before.version {
            problems.push(format!("event {second} tells of version {}, event {first} of {}", after.version, before.version));
        }
        if after.recorded_at.0 < before.recorded_at.0.saturating_sub(SKEW) {
            problems.push(format!("event {second} was recorded more than a minute before event {first}"));
        }
    }
    problems
}
