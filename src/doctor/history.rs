//! I4: the status history is a legal path, its sequence has no gaps, and it ends where the order is.

use entity::stored::{ActorKind, OrderStatus};

use super::{
    Invariant, Report,
    batch::{Event, OrderFacts},
};
use crate::{
    event::Change,
    order::state::{self, Action},
};

/// Checks the history of an order.
pub fn examine(order: &OrderFacts, report: &mut Report) {
    report.count(Invariant::History, 1);
    let mut found = |message: String| report.found(Invariant::History, &order.number, message);
    if let Some(problem) = gap(&order.events) {
        found(problem);
    }
    let last = order.events.last().map_or(0, |event| event.seq);
    if last != order.event_seq {
        found(format!("its last event is number {last}, the order says {}", order.event_seq));
    }
    let mut walk = Walk::default();
    for event in &order.events {
        if let Err(problem) = walk.step(event) {
            found(format!("event {}: {problem}", event.seq));
        }
    }
    match walk.status {
        Some(status) if status.as_str() == order.status => {}
        Some(status) => found(format!("its history ends {status}, the order is {}", order.status)),
        None => found(format!("its history tells no status, the order is {}", order.status)),
    }
}

/// The first place where events are not numbered 1, 2, 3.
pub(super) fn gap(events: &[Event]) -> Option<String> {
    let wrong = (1..).zip(events).find(|(place, event)| event.seq != *place);
    wrong.map(|(place, event)| format!("event {} stands where {place} should", event.seq))
}

/// The status an order has at a place in its history.
#[derive(Default)]
struct Walk {
    status: Option<OrderStatus>,
}

impl Walk {
    fn step(&mut self, event: &Event) -> Result<(), String> {
        let changes: Vec<Change> = match &event.changes {
            None => return Ok(()),
            Some(text) => serde_json::from_str(text).map_err(|error| format!("its changes cannot be read: {error}"))?,
        };
        let forced = changes.iter().any(|change| change.field == "forced" && change.new == true);
        for change in changes.iter().filter(|change| change.field == "status") {
            let old = status(&change.old)?;
            let new = status(&change.new)?.ok_or("it takes the status away")?;
            let before = self.status.replace(new);
            if old != before {
                return Err(format!("it changes {} where the order was {}", name(old), name(before)));
            }
            if old.is_some_and(|old| !is_legal(old, new, forced, &event.actor)) {
                return Err(format!("{} cannot become {new}", name(old)));
            }
        }
        Ok(())
    }
}

fn status(value: &serde_json::Value) -> Result<Option<OrderStatus>, String> {
    match value {
        serde_json::Value::Null => Ok(None),
        value => value.as_str().and_then(OrderStatus::from_text).map(Some).ok_or_else(|| format!("{value} is no status")),
    }
}

fn name(status: Option<OrderStatus>) -> &'static str {
    status.map_or("nothing", OrderStatus::as_str)
}

/// Whether the table allows a step, or an administrator may force it. A shop may let its staff cancel beyond the table;
/// whether this one did when it happened is not stored, so such cancellations pass.
fn is_legal(old: OrderStatus, new: OrderStatus, forced: bool, actor: &str) -> bool {
    let by_table = Action::leading_to(new).is_some_and(|action| state::allows(old, action));
    let by_staff = matches!(ActorKind::from_text(actor), Some(ActorKind::Staff | ActorKind::Admin | ActorKind::System));
    let beyond_table = forced || (new == OrderStatus::Cancelled && by_staff);
    by_table || (beyond_table && state::allows_forced(old, new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(changes: &str, actor: &str) -> Event {
        Event {
            id: 1,
            seq: 1,
            version: 1,
            kind: "ORDER_CHANGED".into(),
            actor: actor.into(),
            changes: Some(changes.into()),
            recorded_at: entity::time::Timestamp(0),
        }
    }

    fn walked(from: Option<OrderStatus>, changes: &str) -> Result<(), String> {
        Walk { status: from }.step(&event(changes, "CUSTOMER"))
    }

    #[test]
    fn steps_follow_the_table_or_are_forced() {
        use OrderStatus::{Cancelled, Delivered, Pending, Shipped};
        assert_eq!(walked(None, r#"[{"field":"status","old":null,"new":"SHIPPED"}]"#), Ok(()));
        assert_eq!(walked(Some(Pending), r#"[{"field":"status","old":"PENDING","new":"CONFIRMED"}]"#), Ok(()));
        assert_eq!(walked(Some(Pending), r#"[{"field":"note","old":null,"new":"CONFIRMED"}]"#), Ok(()));
        assert!(walked(Some(Pending), r#"[{"field":"status","old":"PENDING","new":"DELIVERED"}]"#).is_err());
        assert!(walked(Some(Shipped), r#"[{"field":"status","old":"PENDING","new":"CONFIRMED"}]"#).is_err());
        assert!(walked(Some(Pending), r#"[{"field":"status","old":"PENDING","new":"GONE"}]"#).is_err());
        assert!(walked(Some(Pending), "{").is_err());
        let forced = r#"[{"field":"status","old":"PENDING","new":"DELIVERED"},{"field":"forced","old":false,"new":true}]"#;
        assert_eq!(walked(Some(Pending), forced), Ok(()));
        let revived = r#"[{"field":"status","old":"CANCELLED","new":"PENDING"},{"field":"forced","old":false,"new":true}]"#;
        assert!(walked(Some(Cancelled), revived).is_err());
        assert!(is_legal(Delivered, Cancelled, false, "STAFF"));
        assert!(!is_legal(Delivered, Cancelled, false, "CUSTOMER"));
    }
}
