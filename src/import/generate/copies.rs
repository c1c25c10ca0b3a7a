//! The orders of the Olist data set, as often as wanted: each copy by other days, with its own references.

use std::path::Path;

use entity::{stored::OrderStatus, time::Timestamp};

use super::{Drawn, Files, Pattern, Wanted, draw, empty};
use crate::import::{
    ImportError,
    feed::Feed as _,
    olist,
    progress::Progress,
    record::{ItemRecord, Loaded, OrderRecord, PaymentRecord, Times},
    report::Report,
    side::Side,
};

const DAY: i64 = 86_400;

/// Days between the ends of two copies that follow each other; after [`ENDS`] of them it begins anew.
const STEP: i64 = 91;
const ENDS: u32 = 8;

/// The orders to be copied, and which copy of which is the order of a number.
pub struct Copies {
    wanted: Wanted,
    prefix: String,
    orders: Vec<OrderRecord>,
    items: Side<ItemRecord>,
    payments: Side<PaymentRecord>,
    /// By number: when placed, place in `orders`, which copy.
    plan: Vec<(Timestamp, u32, u32)>,
}

/// Reads the data set and decides which orders are copied how often.
///
/// # Errors
/// When a file cannot be read, or no order of the data set is whole.
pub fn open(folder: &Path, wanted: &Wanted, files: &Files, progress: &dyn Progress) -> Result<(Copies, Loaded), ImportError> {
    // What the data set refuses is of no interest here.
    let mut refused = Report::new("olist", true, false);
    let (mut feed, mut loaded) = olist::open(folder, &mut refused, progress)?;
    let mut orders = Vec::new();
    while let Some(mut order) = feed.next(&mut loaded, &mut refused)? {
        if loaded.orders.broken(order.order).is_none() {
            order.as_given.clear();
            orders.push(order);
        }
    }
    let Some(last) = orders.iter().map(|order| order.times.placed).max() else {
        return Err(ImportError::Input(format!("{} holds no order that is whole", folder.display())));
    };
    let count = orders.len() as u32;
    let to_end = wanted.until.0.saturating_sub(last.0) / 1_000_000;
    let mut plan: Vec<_> = (0..wanted.orders)
        .map(|number| {
            let (place, copy) = (number % count, number / count);
            let back = i64::from(copy % ENDS) * STEP * DAY;
            let jitter = if copy == 0 { 0 } else { chance_of(u64::from(number)) };
            (orders[place as usize].times.placed.plus_seconds(to_end - back - jitter), place, copy)
        })
        .collect();
    plan.sort_unstable();
    let Loaded { stores, customers, products, items, payments, .. } = loaded;
    let copies = Copies { wanted: wanted.clone(), prefix: wanted.prefix(), orders, items, payments, plan };
    Ok((copies, empty(stores, customers, products, files)))
}

/// Some seconds of a day, spread evenly over numbers that follow each other.
fn chance_of(number: u64) -> i64 {
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as i64 % DAY
}

impl Pattern for Copies {
    fn order(&self, number: u32, _: &Loaded) -> Drawn {
        let (placed, place, copy) = self.plan[number as usize];
        let original = &self.orders[place as usize];
        let mut chance = self.wanted.chance(u64::from(copy), u64::from(place));
        let moved = |at: Option<Timestamp>| at.map(|at| Timestamp(at.0 - original.times.placed.0 + placed.0));
        let times = original.times;
        let times = Times {
            placed,
            confirmed: moved(times.confirmed),
            processing: moved(times.processing),
            shipped: moved(times.shipped),
            out_for_delivery: moved(times.out_for_delivery),
            delivered: moved(times.delivered),
            cancelled: moved(times.cancelled),
            returned: moved(times.returned),
            damaged: moved(times.damaged),
            refunded: moved(times.refunded),
        };
        let sent = matches!(original.status, OrderStatus::Shipped | OrderStatus::Delivered);
        let mut payments: Vec<_> = self.payments.of(original.order).iter().map(|row| row.record.clone()).collect();
        for payment in &mut payments {
            payment.paid_at = moved(payment.paid_at);
            payment.reference =
                Some(format!("{}-{}", draw::tracking_number(&mut chance), payment.sequence).to_lowercase().into());
        }
        let order = OrderRecord {
            external_id: format!("{}/{copy}/{}", self.prefix, original.external_id).into(),
            times,
            tracking_number: sent.then(|| draw::tracking_number(&mut chance)),
            estimated_delivery: Some(placed.plus_seconds(24 * DAY).datetime().format("%Y-%m-%d").to_string()),
            ..original.clone()
        };
        let items = self.items.of(original.order).iter().map(|row| row.record.clone()).collect();
        Drawn { order, items, payments }
    }
}
