//! The history of an order, from the times its source knows: always a path the state machine allows, ending where the
//! order ended. No time is made up; a step without one takes that of the step before it.

use entity::{
    stored::OrderStatus::{
        self, Cancelled, Confirmed, Damaged, Delivered, OutForDelivery, Pending, Processing, Refunded, Returned, Shipped,
    },
    time::Timestamp,
};

use super::record::Times;
use crate::order::state;

/// A step of an order's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it became.
    pub status: OrderStatus,
    /// When.
    pub at: Timestamp,
}

/// The steps to `end`, the first of them PENDING.
pub fn steps(end: OrderStatus, times: &Times) -> Vec<Step> {
    let reached = furthest(end, times);
    let mut steps = vec![Step { status: Pending, at: times.placed }];
    let path = [
        (Confirmed, times.confirmed, true),
        // Sources seldom know when packing began; the step is told only when they do, or when the order ended there.
        (Processing, times.processing, times.processing.is_some() || end == Processing),
        (Shipped, times.shipped, true),
        (OutForDelivery, times.out_for_delivery, times.out_for_delivery.is_some() || end == OutForDelivery),
        (Delivered, times.delivered, true),
    ];
    let mut last = times.placed;
    for (status, at, told) in path {
        if rank(status) <= rank(reached) && told {
            last = at.unwrap_or(last);
            steps.push(Step { status, at: last });
        }
    }
    let mut then = |status: OrderStatus, at: Option<Timestamp>| {
        last = at.unwrap_or(last);
        steps.push(Step { status, at: last });
    };
    match end {
        // Some orders were called off after delivery: the last time known is then that of the delivery.
        Cancelled => then(Cancelled, times.cancelled.or(times.delivered)),
        Returned => then(Returned, times.returned),
        Damaged => then(Damaged, times.damaged),
        Refunded => {
            if times.returned.is_some() {
                then(Returned, times.returned);
            } else if times.damaged.is_some() {
                then(Damaged, times.damaged);
            }
            then(Refunded, times.refunded);
        }
        Pending | Confirmed | Processing | Shipped | OutForDelivery | Delivered => {}
    }
    steps
}

/// How far along the way to delivery the order came.
fn furthest(end: OrderStatus, times: &Times) -> OrderStatus {
    let on_the_way = if times.out_for_delivery.is_some() { OutForDelivery } else { Shipped };
    match end {
        Cancelled if times.shipped.is_some() => on_the_way,
        Cancelled if times.processing.is_some() => Processing,
        Cancelled if times.confirmed.is_some() => Confirmed,
        Cancelled => Pending,
        Returned | Damaged | Refunded if times.delivered.is_some() => Delivered,
        // No money is given back on the last leg unless the goods came back or broke there.
        Refunded if times.returned.is_none() && times.damaged.is_none() => Shipped,
        Returned | Damaged | Refunded => on_the_way,
        Pending | Confirmed | Processing | Shipped | OutForDelivery | Delivered => end,
    }
}

fn rank(status: OrderStatus) -> u8 {
    match status {
        Confirmed => 1,
        Processing => 2,
        Shipped => 3,
        OutForDelivery => 4,
        Delivered => 5,
        Pending | Cancelled | Refunded | Returned | Damaged => 0,
    }
}

/// The times that an import of these times would leave: steps without a time get one, times without a step are dropped.
/// Doing it again changes nothing.
pub fn told(end: OrderStatus, times: &Times) -> Times {
    let steps = steps(end, times);
    let at = |status| steps.iter().find(|step| step.status == status).map(|step| step.at);
    Times {
        placed: times.placed,
        confirmed: at(Confirmed),
        processing: at(Processing),
        shipped: at(Shipped),
        out_for_delivery: at(OutForDelivery),
        delivered: at(Delivered),
        cancelled: at(Cancelled),
        returned: at(Returned),
        damaged: at(Damaged),
        refunded: at(Refunded),
    }
}

/// The kind of the event that tells of the step; the first step is the import itself.
pub fn kind(status: OrderStatus) -> &'static str {
    match status {
        Pending => "ORDER_IMPORTED",
        other => state::event_of(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::state::Action;

    fn times(known: [Option<i64>; 5]) -> Times {
        let [confirmed, processing, shipped, delivered, cancelled] = known.map(|at| at.map(Timestamp));
        Times { confirmed, processing, shipped, delivered, cancelled, ..Times::placed(Timestamp(10)) }
    }

    fn path(end: OrderStatus, known: [Option<i64>; 5]) -> Vec<(OrderStatus, i64)> {
        steps(end, &times(known)).iter().map(|step| (step.status, step.at.0)).collect()
    }

    #[test]
    fn a_missing_time_is_that_of_the_step_before() {
        assert_eq!(
            path(Delivered, [None, None, Some(30), None, None]),
            [(Pending, 10), (Confirmed, 10), (Shipped, 30), (Delivered, 30)]
        );
        assert_eq!(path(Processing, [Some(20), None, None, None, None]), [(Pending, 10), (Confirmed, 20), (Processing, 20)]);
    }

    #[test]
    fn times_out_of_order_stay_as_they_were() {
        assert_eq!(path(Shipped, [Some(30), None, Some(20), None, None]), [(Pending, 10), (Confirmed, 30), (Shipped, 20)]);
    }

    #[test]
    fn a_cancelled_order_went_as_far_as_its_times_say_but_was_not_delivered() {
        assert_eq!(path(Cancelled, [None; 5]), [(Pending, 10), (Cancelled, 10)]);
        assert_eq!(
            path(Cancelled, [Some(20), None, Some(30), Some(40), None]),
            [(Pending, 10), (Confirmed, 20), (Shipped, 30), (Cancelled, 40)]
        );
        assert_eq!(path(Cancelled, [Some(20), None, None, None, Some(25)]), [(Pending, 10), (Confirmed, 20), (Cancelled, 25)]);
    }

    #[test]
    fn what_comes_after_the_delivery_is_told() {
        let given = Times { delivered: Some(Timestamp(40)), returned: Some(Timestamp(50)), ..times([None; 5]) };
        let path: Vec<_> = steps(Refunded, &given).iter().map(|step| (step.status, step.at.0)).collect();
        assert_eq!(path, [(Pending, 10), (Confirmed, 10), (Shipped, 10), (Delivered, 40), (Returned, 50), (Refunded, 50)]);
        assert_eq!(path_of(Damaged), [Pending, Confirmed, Shipped, Damaged]);
        assert_eq!(path_of(OutForDelivery), [Pending, Confirmed, Shipped, OutForDelivery]);
    }

    fn path_of(end: OrderStatus) -> Vec<OrderStatus> {
        steps(end, &times([None; 5])).iter().map(|step| step.status).collect()
    }

    #[test]
    fn every_step_is_one_the_state_machine_allows_and_told_times_tell_the_same() {
        let legal = |old, new| Action::leading_to(new).is_some_and(|action| state::allows(old, action));
        for end in OrderStatus::all() {
            for bits in 0..512_u32 {
                let at = |bit: u32| (bits & (1 << bit) != 0).then_some(Timestamp(20 + i64::from((bit * 7) % 5)));
                let known = Times {
                    placed: Timestamp(10),
                    confirmed: at(0),
                    processing: at(1),
                    shipped: at(2),
                    out_for_delivery: at(3),
                    delivered: at(4),
                    cancelled: at(5),
                    returned: at(6),
                    damaged: at(7),
                    refunded: at(8),
                };
                let path = steps(end, &known);
                assert_eq!(path.last().map(|step| step.status), Some(end));
                assert!(path.windows(2).all(|pair| legal(pair[0].status, pair[1].status)), "{end} {known:?}: {path:?}");
                let again = told(end, &known);
                assert_eq!(steps(end, &again), path, "{end} {known:?}");
                assert_eq!(told(end, &again), again);
            }
        }
    }
}
