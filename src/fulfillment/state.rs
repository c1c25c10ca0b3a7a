//! The rules of fulfillments: what may follow in the life of one, and what follows from all of them for their order (C-18).

use entity::{
    id::OrderItemId,
    stored::{FulfillmentState, FulfillmentStatus, OrderStatus},
};

use crate::order::state::{self, Action};

/// What can be done with a fulfillment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Hand it to the carrier.
    Ship,
    /// Bring it on the last leg.
    OutForDelivery,
    /// Hand it to the buyer.
    Deliver,
    /// Call it off.
    Cancel,
}

impl Move {
    /// Every move, in the order of a fulfillment's life.
    pub const ALL: [Self; 4] = [Self::Ship, Self::OutForDelivery, Self::Deliver, Self::Cancel];

    /// The state it leads to.
    pub const fn target(self) -> FulfillmentState {
        match self {
            Self::Ship => FulfillmentState::Shipped,
            Self::OutForDelivery => FulfillmentState::OutForDelivery,
            Self::Deliver => FulfillmentState::Delivered,
            Self::Cancel => FulfillmentState::Cancelled,
        }
    }

    /// The event it writes.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Ship => "FULFILLMENT_SHIPPED",
            Self::OutForDelivery => "FULFILLMENT_OUT_FOR_DELIVERY",
            Self::Deliver => "FULFILLMENT_DELIVERED",
            Self::Cancel => "FULFILLMENT_CANCELLED",
        }
    }
}

/// The table: whether a move may be made in a state.
pub const fn allows(state: FulfillmentState, to: Move) -> bool {
    use FulfillmentState as S;
    use Move as M;
    match (state, to) {
        (S::Pending, M::Ship | M::Cancel) => true,
        (S::Pending, M::OutForDelivery | M::Deliver) => false,
        (S::Shipped, M::OutForDelivery | M::Deliver) => true,
        (S::Shipped, M::Ship | M::Cancel) => false,
        (S::OutForDelivery, M::Deliver) => true,
        (S::OutForDelivery, M::Ship | M::OutForDelivery | M::Cancel) => false,
        (S::Delivered | S::Cancelled, M::Ship | M::OutForDelivery | M::Deliver | M::Cancel) => false,
    }
}

/// Whether a fulfillment holds its goods: one that was called off does not.
pub const fn is_live(state: FulfillmentState) -> bool {
    use FulfillmentState as S;
    match state {
        S::Pending | S::Shipped | S::OutForDelivery | S::Delivered => true,
        S::Cancelled => false,
    }
}

/// Whether the goods have left.
pub const fn has_left(state: FulfillmentState) -> bool {
    use FulfillmentState as S;
    match state {
        S::Shipped | S::OutForDelivery | S::Delivered => true,
        S::Pending | S::Cancelled => false,
    }
}

/// A line of an order, as far as sending goes.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The line.
    pub item: OrderItemId,
    /// Its pieces.
    pub quantity: i64,
    /// False for what need not be sent: an order is shipped without it.
    pub must_ship: bool,
}

/// A fulfillment of the order.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Where it is in its life.
    pub state: FulfillmentState,
    /// Pieces by line.
    pub lines: Vec<(OrderItemId, i64)>,
}

/// How far the goods of an order are, by its fulfillments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Being prepared.
    Processing,
    /// Some of what must be sent has left.
    PartiallyShipped,
    /// All of it has.
    Shipped,
    /// All of it is on the last leg or with the buyer.
    OutForDelivery,
    /// All of it is with the buyer.
    Delivered,
}

impl Stage {
    /// How the order shows it.
    pub const fn fulfillment_status(self) -> FulfillmentStatus {
        match self {
            Self::Processing => FulfillmentStatus::Processing,
            Self::PartiallyShipped => FulfillmentStatus::PartiallyShipped,
            Self::Shipped => FulfillmentStatus::Shipped,
            Self::OutForDelivery => FulfillmentStatus::OutForDelivery,
            Self::Delivered => FulfillmentStatus::Delivered,
        }
    }

    /// The status an order has at this stage.
    pub const fn order_status(self) -> OrderStatus {
        match self {
            Self::Processing | Self::PartiallyShipped => OrderStatus::Processing,
            Self::Shipped => OrderStatus::Shipped,
            Self::OutForDelivery => OrderStatus::OutForDelivery,
            Self::Delivered => OrderStatus::Delivered,
        }
    }
}

/// Pieces of a line in fulfillments of which the condition holds.
fn pieces(item: OrderItemId, sent: &[Sent], holds: impl Fn(FulfillmentState) -> bool) -> i64 {
    let lines = sent.iter().filter(|parcel| holds(parcel.state)).flat_map(|parcel| &parcel.lines);
    lines.filter(|(line, _)| *line == item).map(|(_, quantity)| quantity).sum()
}

/// Pieces of a line that are in no fulfillment yet.
pub fn left(wanted: &Wanted, sent: &[Sent]) -> i64 {
    wanted.quantity - pieces(wanted.item, sent, is_live)
}

/// How far the goods of an order are; `None` for an order without fulfillments, of which these rules say nothing.
pub fn stage(wanted: &[Wanted], sent: &[Sent]) -> Option<Stage> {
    use FulfillmentState::{Delivered, OutForDelivery};
    if !sent.iter().any(|parcel| is_live(parcel.state)) {
        return None;
    }
    let count = |holds: fn(FulfillmentState) -> bool| -> i64 {
        let needed = wanted.iter().filter(|line| line.must_ship);
        needed.map(|line| pieces(line.item, sent, holds).min(line.quantity)).sum()
    };
    let all: i64 = wanted.iter().filter(|line| line.must_ship).map(|line| line.quantity).sum();
    let left = count(has_left);
    Some(match () {
        () if left == 0 => Stage::Processing,
        () if left < all => Stage::PartiallyShipped,
        () if count(|state| state == Delivered) == all => Stage::Delivered,
        () if count(|state| matches!(state, Delivered | OutForDelivery)) == all => Stage::OutForDelivery,
        () => Stage::Shipped,
    })
}

/// Whether fulfillments still move the order: not before it is confirmed, and not when its life has gone another way.
pub const fn follows(order: OrderStatus) -> bool {
    use OrderStatus as S;
    match order {
        S::Confirmed | S::Processing | S::Shipped | S::OutForDelivery => true,
        S::Pending | S::Delivered | S::Cancelled | S::Refunded | S::Returned | S::Damaged => false,
    }
}

/// Whether an order in this status can still be prepared and handed to a carrier.
pub const fn can_prepare(order: OrderStatus) -> bool {
    matches!(order, OrderStatus::Confirmed | OrderStatus::Processing)
}

/// The statuses an order goes through to come to a stage, each a step that the order's own table allows. An order is never
/// moved back.
pub fn steps(from: OrderStatus, stage: Stage) -> Vec<OrderStatus> {
    const WAY: [OrderStatus; 5] = [
        OrderStatus::Confirmed,
        OrderStatus::Processing,
        OrderStatus::Shipped,
        OrderStatus::OutForDelivery,
        OrderStatus::Delivered,
    ];
    let place = |status: OrderStatus| WAY.iter().position(|known| *known == status);
    let target = stage.order_status();
    let (Some(mut at), Some(end)) = (place(from), place(target)) else { return Vec::new() };
    let mut steps = Vec::new();
    while at < end && follows(from) {
        let now = WAY[at];
        let directly = Action::leading_to(target).is_some_and(|action| state::allows(now, action));
        at = if directly { end } else { at + 1 };
        steps.push(WAY[at]);
    }
    steps
}

/// Whether a hold keeps an order from coming to a status: what is not on its way yet is neither prepared nor sent.
pub const fn held_back(from: OrderStatus, to: OrderStatus) -> bool {
    use OrderStatus as S;
    let before = matches!(from, S::Pending | S::Confirmed | S::Processing);
    before && matches!(to, S::Processing | S::Shipped | S::OutForDelivery | S::Delivered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn the_whole_table() {
        let table: String = FulfillmentState::all()
            .map(|state| {
                let next: Vec<&str> =
                    Move::ALL.into_iter().filter(|to| allows(state, *to)).map(|to| to.target().as_str()).collect();
                format!("{state} -> {}\n", next.join(", "))
            })
            .collect();
        insta::assert_snapshot!(table, @r"
        PENDING -> SHIPPED, CANCELLED
        SHIPPED -> OUT_FOR_DELIVERY, DELIVERED
        OUT_FOR_DELIVERY -> DELIVERED
        DELIVERED -> 
        CANCELLED -> 
        ");
    }

    #[test]
    fn the_way_of_an_order_by_stage() {
        let mut table = String::new();
        for from in OrderStatus::all() {
            for stage in [Stage::Processing, Stage::PartiallyShipped, Stage::Shipped, Stage::OutForDelivery, Stage::Delivered] {
                let way: Vec<&str> = steps(from, stage).into_iter().map(OrderStatus::as_str).collect();
                if !way.is_empty() {
                    table.push_str(&format!("{from} at {stage:?}: {}\n", way.join(", ")));
                }
            }
        }
        insta::assert_snapshot!(table, @r"
        CONFIRMED at Processing: PROCESSING
        CONFIRMED at PartiallyShipped: PROCESSING
        CONFIRMED at Shipped: SHIPPED
        CONFIRMED at OutForDelivery: PROCESSING, SHIPPED, OUT_FOR_DELIVERY
        CONFIRMED at Delivered: PROCESSING, SHIPPED, DELIVERED
        PROCESSING at Shipped: SHIPPED
        PROCESSING at OutForDelivery: SHIPPED, OUT_FOR_DELIVERY
        PROCESSING at Delivered: SHIPPED, DELIVERED
        SHIPPED at OutForDelivery: OUT_FOR_DELIVERY
        SHIPPED at Delivered: DELIVERED
        OUT_FOR_DELIVERY at Delivered: DELIVERED
        ");
    }

    fn item(number: usize) -> OrderItemId {
        OrderItemId(Uuid::from_u128(number as u128))
    }

    /// An order and parcels that hold no more than it has.
    fn scenes() -> impl Strategy<Value = (Vec<Wanted>, Vec<Sent>)> {
        let lines = prop::collection::vec((1_i64..5, any::<bool>()), 1..5);
        let states = prop::sample::select(FulfillmentState::all().collect::<Vec<_>>());
        let parcels = prop::collection::vec((states, prop::collection::vec(0_i64..4, 5)), 0..6);
        (lines, parcels).prop_map(|(lines, parcels)| {
            let mut wanted: Vec<Wanted> = lines
                .into_iter()
                .enumerate()
                .map(|(number, (quantity, must_ship))| Wanted { item: item(number), quantity, must_ship })
                .collect();
            if wanted.iter().all(|line| !line.must_ship) {
                wanted.iter_mut().for_each(|line| line.must_ship = true);
            }
            let mut sent: Vec<Sent> = Vec::new();
            for (state, quantities) in parcels {
                let lines = wanted.iter().zip(quantities);
                let lines = lines.map(|(line, asked)| (line.item, asked.min(left(line, &sent))));
                let lines: Vec<_> = lines.filter(|(_, quantity)| *quantity > 0).collect();
                if !lines.is_empty() {
                    sent.push(Sent { state, lines });
                }
            }
            (wanted, sent)
        })
    }

    proptest! {
        #[test]
        fn an_order_is_shipped_exactly_when_all_that_must_be_sent_has_left((wanted, sent) in scenes()) {
            let gone = |line: &Wanted| pieces(line.item, &sent, has_left) == line.quantity;
            let all_gone = wanted.iter().filter(|line| line.must_ship).all(gone);
            prop_assert_eq!(stage(&wanted, &sent).is_some_and(|stage| stage >= Stage::Shipped), all_gone);
            prop_assert_eq!(stage(&wanted, &sent).is_none(), sent.iter().all(|parcel| !is_live(parcel.state)));
            prop_assert!(wanted.iter().all(|line| left(line, &sent) >= 0));
        }

        #[test]
        fn moving_a_parcel_on_never_takes_the_order_back((wanted, mut sent) in scenes(), pick in any::<prop::sample::Index>()) {
            prop_assume!(!sent.is_empty());
            let before = stage(&wanted, &sent);
            let index = pick.index(sent.len());
            for to in [Move::Ship, Move::OutForDelivery, Move::Deliver] {
                if allows(sent[index].state, to) {
                    sent[index].state = to.target();
                    prop_assert!(stage(&wanted, &sent) >= before);
                }
            }
        }

        #[test]
        fn calling_off_what_has_not_left_changes_no_stage_of_those_that_have((wanted, mut sent) in scenes()) {
            let before = stage(&wanted, &sent);
            for parcel in &mut sent {
                if allows(parcel.state, Move::Cancel) {
                    parcel.state = FulfillmentState::Cancelled;
                }
            }
            let after = stage(&wanted, &sent);
            prop_assert!(after == before || before == Some(Stage::Processing));
        }

        #[test]
        fn every_step_is_in_the_orders_table(
            from in prop::sample::select(OrderStatus::all().collect::<Vec<_>>()),
            (wanted, sent) in scenes(),
        ) {
            let Some(stage) = stage(&wanted, &sent) else { return Ok(()) };
            let mut at = from;
            for next in steps(from, stage) {
                prop_assert!(Action::leading_to(next).is_some_and(|action| state::allows(at, action)), "{} -> {}", at, next);
                at = next;
            }
            prop_assert!(at == from || at == stage.order_status());
        }
    }
}
