//! The history of an order, from the times its source knows: always a path the state machine allows, ending where the
//! order ended. No time is made up; a step without one takes that of the step before it.

use entity::{
    stored::OrderStatus::{self, Cancelled, Confirmed, Delivered, Pending, Processing, Shipped},
    time::Timestamp,
};

use super::record::Times;

/// A step of an order's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it became.
    pub status: OrderStatus,
    /// When.
    pub at: Timestamp,
}

/// The statuses an imported order can end in.
pub const ENDS: [OrderStatus; 6] = [Pending, Confirmed, Processing, Shipped, Delivered, Cancelled];

/// The steps to `end`, the first of them PENDING. For an end that is not one of [`ENDS`] only that one.
pub fn steps(end: OrderStatus, times: &Times) -> Vec<Step> {
    let reached = furthest(end, times);
    let mut steps = vec![Step { status: Pending, at: times.placed }];
    let path = [
        (Confirmed, times.confirmed, true),
        // Sources seldom know when packing began; the step is told only when they do, or when the order ended there.
        (Processing, times.processing, times.processing.is_some() || end == Processing),
        (Shipped, times.shipped, true),
        (Delivered, times.delivered, true),
    ];
    let mut last = times.placed;
    for (status, at, told) in path {
        if rank(status) <= rank(reached) && told {
            last = at.unwrap_or(last);
            steps.push(Step { status, at: last });
        }
    }
    if end == Cancelled {
        // Some orders were called off after delivery: the last time known is then that of the delivery.
        let at = times.cancelled.or(times.delivered).unwrap_or(last);
        steps.push(Step { status: Cancelled, at });
    }
    steps
}

/// How far along the way to delivery the order came.
fn furthest(end: OrderStatus, times: &Times) -> OrderStatus {
    match end {
        Cancelled if times.shipped.is_some() => Shipped,
        Cancelled if times.processing.is_some() => Processing,
        Cancelled if times.confirmed.is_some() => Confirmed,
        Cancelled => Pending,
        other => other,
    }
}

fn rank(status: OrderStatus) -> u8 {
    match status {
        Confirmed => 1,
        Processing => 2,
        Shipped => 3,
        Delivered => 4,
        _ => 0,
    }
}

/// The kind of the event that tells of the step; the first step is the import itself.
pub fn kind(status: OrderStatus) -> &'static str {
    match status {
        Confirmed => "ORDER_CONFIRMED",
        Processing => "ORDER_PROCESSING",
        Shipped => "ORDER_SHIPPED",
        Delivered => "ORDER_DELIVERED",
        Cancelled => "ORDER_CANCELLED",
        _ => "ORDER_IMPORTED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(known: [Option<i64>; 5]) -> Times {
        let [confirmed, processing, shipped, delivered, cancelled] = known.map(|at| at.map(Timestamp));
        Times { placed: Timestamp(10), confirmed, processing, shipped, delivered, cancelled }
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
    fn every_step_is_one_the_state_machine_allows() {
        let legal = |old, new| {
            matches!(
                (old, new),
                (Pending, Confirmed | Processing | Cancelled)
                    | (Confirmed, Processing | Shipped | Cancelled)
                    | (Processing, Shipped | Cancelled)
                    | (Shipped, Delivered | Cancelled)
            )
        };
        for end in ENDS {
            for bits in 0..32_u8 {
                let known = [0, 1, 2, 3, 4].map(|bit| (bits & (1 << bit) != 0).then_some(20 + i64::from(bit)));
                let path = steps(end, &times(known));
                assert_eq!(path.last().map(|step| step.status), Some(end));
                assert!(path.windows(2).all(|pair| legal(pair[0].status, pair[1].status)), "{end} {known:?}: {path:?}");
            }
        }
    }
}
