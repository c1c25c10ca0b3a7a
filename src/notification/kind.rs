//! Who is told of what: one table, and which of two events tells when both happen at once.

use entity::{
    stored::{ActorKind, NotificationKind as Kind},
    time::Timestamp,
};

/// Who is told of a kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The buyer of the order: in the product and by e-mail.
    pub buyer: bool,
    /// Members of the stores whose goods the order holds: in the product.
    pub sellers: bool,
    /// Staff and administrators: in the product.
    pub staff: bool,
    /// The buyer by short message too.
    pub sms: bool,
}

/// The table (NOTE-01, NOTE-02, ORD-31).
pub const fn rule(kind: Kind) -> Rule {
    const BUYER: Rule = Rule { buyer: true, sellers: false, staff: false, sms: false };
    match kind {
        Kind::OrderCreated => Rule { buyer: false, sellers: true, ..BUYER },
        Kind::OrderConfirmed | Kind::OrderRefunded | Kind::PaymentCaptured | Kind::PaymentFailed | Kind::RefundSucceeded => BUYER,
        Kind::OrderShipped | Kind::FulfillmentShipped | Kind::OrderDelivered | Kind::FulfillmentDelivered => {
            Rule { sms: true, ..BUYER }
        }
        Kind::OrderCancelled => Rule { sellers: true, ..BUYER },
        Kind::OrderOverdue => Rule { buyer: false, sellers: true, staff: true, sms: false },
    }
}

/// Events of a part of an order, and those of the whole that may come with the last part.
const PARTS: [(Kind, Kind); 3] = [
    (Kind::FulfillmentShipped, Kind::OrderShipped),
    (Kind::FulfillmentDelivered, Kind::OrderDelivered),
    (Kind::RefundSucceeded, Kind::OrderRefunded),
];

/// An event of an order, as far as it matters for who tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// What.
    pub kind: Kind,
    /// Its place in the order's timeline.
    pub seq: i32,
    /// What is the same for all events of one command: its request and its moment.
    pub command: (Option<String>, Timestamp),
}

/// Whether anybody is told of events by this actor: history that was imported is no news.
pub fn is_news(actor: ActorKind) -> bool {
    actor != ActorKind::Import
}

/// Whether an event is told, given all that happened to its order. When the whole order ships in one command, the event of
/// the order tells and those of its parts do not; when parts went before, each part tells for itself and the event of the
/// order, which comes with the last of them, does not. So nobody is told twice.
pub fn tells(event: &Happened, of_order: &[Happened]) -> bool {
    let Some((part, whole)) = PARTS.into_iter().find(|(part, whole)| event.kind == *part || event.kind == *whole) else {
        return true;
    };
    let with_it = |kind: Kind| of_order.iter().any(|other| other.kind == kind && other.command == event.command);
    let part_went_before =
        of_order.iter().any(|other| other.kind == part && other.seq < event.seq && other.command != event.command);
    match event.kind == part {
        true => part_went_before || !with_it(whole),
        false => !(part_went_before && with_it(part)),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for kind in Kind::all() {
            let Rule { buyer, sellers, staff, sms } = rule(kind);
            let who = [(buyer, "buyer"), (sellers, "sellers"), (staff, "staff"), (sms, "sms")];
            let who: Vec<&str> = who.into_iter().filter(|(told, _)| *told).map(|(_, name)| name).collect();
            writeln!(table, "{kind}: {}", who.join(", ")).unwrap();
        }
        insta::assert_snapshot!(table, @r"
        ORDER_CREATED: sellers
        ORDER_CONFIRMED: buyer
        ORDER_SHIPPED: buyer, sms
        FULFILLMENT_SHIPPED: buyer, sms
        ORDER_DELIVERED: buyer, sms
        FULFILLMENT_DELIVERED: buyer, sms
        ORDER_CANCELLED: buyer, sellers
        ORDER_REFUNDED: buyer
        PAYMENT_CAPTURED: buyer
        PAYMENT_FAILED: buyer
        REFUND_SUCCEEDED: buyer
        ORDER_OVERDUE: sellers, staff
        ");
    }

    /// The kinds that are told of a timeline, which is given as commands of kinds.
    fn told(commands: &[&[Kind]]) -> Vec<Kind> {
        let mut events = Vec::new();
        for (moment, kinds) in (0..).zip(commands) {
            for kind in *kinds {
                let seq = i32::try_from(events.len()).unwrap() + 1;
                events.push(Happened { kind: *kind, seq, command: (None, Timestamp(moment)) });
            }
        }
        events.iter().filter(|event| tells(event, &events)).map(|event| event.kind).collect()
    }

    #[test]
    fn what_ships_in_one_go_is_told_once_and_what_ships_in_parts_by_part() {
        use Kind::{FulfillmentShipped as Part, OrderShipped as Whole};
        for (commands, expected) in [
            (&[&[Whole][..]][..], &[Whole][..]),
            (&[&[Part, Whole]], &[Whole]),
            (&[&[Whole, Part]], &[Whole]),
            (&[&[Part, Part, Whole]], &[Whole]),
            (&[&[Part], &[Part, Whole]], &[Part, Part]),
            (&[&[Part], &[Whole, Part]], &[Part, Part]),
            (&[&[Part], &[Part], &[Part, Whole]], &[Part, Part, Part]),
            (&[&[Part]], &[Part]),
            // By hand, after parts: it is news that the rest went too.
            (&[&[Part], &[Whole]], &[Part, Whole]),
        ] {
            assert_eq!(told(commands), expected, "{commands:?}");
        }
    }

    #[test]
    fn what_has_no_parts_is_always_told() {
        use Kind::{OrderConfirmed, OrderRefunded, PaymentCaptured, RefundSucceeded};
        assert_eq!(told(&[&[PaymentCaptured, OrderConfirmed]]), [PaymentCaptured, OrderConfirmed]);
        assert_eq!(told(&[&[RefundSucceeded, OrderRefunded]]), [OrderRefunded]);
    }

    #[test]
    fn imported_history_is_no_news() {
        assert!(!is_news(ActorKind::Import));
        assert!(is_news(ActorKind::System) && is_news(ActorKind::Customer));
    }
}
