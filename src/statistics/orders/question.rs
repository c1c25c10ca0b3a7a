//! What the sums that are kept up to date can be asked for: orders of the shop or of some stores, by status, currency and
//! when they were placed.

use std::collections::BTreeSet;

use entity::{id::StoreId, stored::OrderStatus, time::Timestamp};

use crate::{
    order::filter::{Choice, Filter, Range},
    statistics::{
        Whose,
        rollup::{orders::SHOP, pieces::Span},
    },
};

/// A question to the sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// With goods of these stores, in order and once each; of the whole shop when none are told.
    pub stores: Vec<StoreId>,
    /// Whether an order is worth what the lines of the stores cost, instead of its total.
    pub by_lines: bool,
    /// Orders in these.
    pub statuses: Vec<OrderStatus>,
    /// Orders in these; in any when none are told.
    pub currency: Option<String>,
    /// Orders placed then.
    pub placed: Span,
    /// Whether all that are not cancelled count as one status, [`KEPT`].
    pub kept_together: bool,
}

/// The status that stands for all in which orders are not cancelled.
pub const KEPT: OrderStatus = OrderStatus::Confirmed;

/// The same of a row `r` of the sums: [`KEPT`] for every status but one.
pub const KEPT_OR_CANCELLED: &str = "CASE WHEN r.status = 'CANCELLED' THEN 'CANCELLED' ELSE 'CONFIRMED' END";

impl Question {
    /// Whether orders in every status are asked for.
    pub fn is_of_all_statuses(&self) -> bool {
        OrderStatus::all().all(|status| self.statuses.contains(&status))
    }

    /// As what orders in a status are counted.
    pub fn status(&self, status: OrderStatus) -> OrderStatus {
        match self.kept_together && status != OrderStatus::Cancelled {
            true => KEPT,
            false => status,
        }
    }
}

/// What is asked, in the words of the sums; none when they do not know it.
pub fn known(whose: &Whose, filter: &Filter) -> Option<Question> {
    let stores = match whose {
        Whose::All => Vec::new(),
        Whose::Seller { .. } | Whose::Store(_) => among(whose.stores().unwrap_or_default())?,
        Whose::Buyer(_) => return None,
    };
    let mut question = Question {
        by_lines: !stores.is_empty(),
        stores,
        statuses: OrderStatus::all().collect(),
        currency: None,
        placed: Span::EVER,
        kept_together: false,
    };
    narrow(&mut question, filter)?;
    Some(question)
}

/// Stores in order and once each; none when there are none. What stands for the shop is no store: there are no orders of it.
fn among(stores: &[StoreId]) -> Option<Vec<StoreId>> {
    let stores = BTreeSet::from_iter(stores.iter().copied());
    (!stores.is_empty() && !stores.contains(&SHOP)).then(|| Vec::from_iter(stores))
}

fn narrow(question: &mut Question, filter: &Filter) -> Option<()> {
    let Filter {
        status,
        store,
        stores,
        placed_at,
        currency,
        and,
        now: _,
        payment_status: None,
        fulfillment_status: None,
        payment_type: None,
        paid_by: _,
        kind: None,
        ids: None,
        shipping_method: None,
        customer: None,
        product: None,
        number: None,
        external_id: None,
        search: None,
        updated_at: None,
        ship_by: None,
        overdue: None,
        on_hold: None,
        total: None,
        or: None,
        not: None,
    } = filter
    else {
        return None;
    };
    if let Some(Choice { any, none }) = status {
        question.statuses.retain(|status| {
            any.as_ref().is_none_or(|any| any.contains(status)) && !none.as_ref().is_some_and(|none| none.contains(status))
        });
    }
    for stores in store.as_ref().map(std::slice::from_ref).into_iter().chain(stores.as_deref()) {
        let stores = among(stores)?;
        let is_within = |some: &[StoreId], others: &[StoreId]| some.iter().all(|store| others.contains(store));
        if !question.by_lines && (question.stores.is_empty() || is_within(&stores, &question.stores)) {
            question.stores = stores;
        } else if question.stores.is_empty() || !is_within(&question.stores, &stores) {
            // Orders with goods of the ones and of the others.
            return None;
        }
    }
    if let Some(range) = placed_at {
        question.placed = question.placed.within(span(range));
    }
    if let Some(code) = currency {
        match &question.currency {
            Some(other) if other != code => question.statuses.clear(),
            _ => question.currency = Some(code.clone()),
        }
    }
    and.iter().try_for_each(|part| narrow(question, part))
}

/// Bounds as the first moment that is within and the first that is not any more.
pub fn span(range: &Range<Timestamp>) -> Span {
    let after = |at: Timestamp| Timestamp(at.0.saturating_add(1));
    let from = range.gte.into_iter().chain(range.gt.map(after)).max();
    let to = range.lt.into_iter().chain(range.lte.map(after)).min();
    Span { from: from.unwrap_or(Span::EVER.from), to: to.unwrap_or(Span::EVER.to) }
}

#[cfg(test)]
mod tests {
    use entity::id::CustomerId;
    use uuid::Uuid;

    use super::*;

    fn store(number: u128) -> StoreId {
        StoreId(Uuid::from_u128(number))
    }

    #[test]
    fn sums_know_status_store_currency_and_time_and_nothing_else() {
        let two = [OrderStatus::Pending, OrderStatus::Shipped];
        let filter = Filter {
            status: Some(Choice { any: Some(two.to_vec()), none: Some(vec![OrderStatus::Shipped]) }),
            placed_at: Some(Range { gte: Some(Timestamp(10)), gt: Some(Timestamp(10)), lte: Some(Timestamp(20)), lt: None }),
            and: vec![
                Filter { currency: Some("EUR".into()), ..Default::default() },
                Filter { store: Some(store(1)), ..Default::default() },
            ],
            ..Default::default()
        };
        let question = known(&Whose::All, &filter).unwrap();
        let placed = Span { from: Timestamp(11), to: Timestamp(21) };
        let expected = Question {
            stores: vec![store(1)],
            by_lines: false,
            statuses: vec![OrderStatus::Pending],
            currency: Some("EUR".into()),
            placed,
            kept_together: false,
        };
        assert_eq!(question, expected);
        assert!(known(&Whose::seller(&[store(1)]), &filter).is_some_and(|question| question.by_lines));
        assert!(known(&Whose::Store(store(1)), &filter).is_some_and(|question| question.by_lines));
        assert_eq!(known(&Whose::seller(&[store(2)]), &filter), None);
        let of = |stores: &[u128]| stores.iter().map(|number| store(*number)).collect::<Vec<_>>();
        let both = known(&Whose::seller(&of(&[2, 1, 2])), &Filter::default()).unwrap();
        assert_eq!((both.stores, both.by_lines), (of(&[1, 2]), true));
        let among = |numbers: &[u128]| Filter { stores: Some(of(numbers)), ..Default::default() };
        for (whose, filter, stores) in [
            // What is counted of an order are the lines of all of a seller's stores.
            (Whose::seller(&of(&[1, 2])), among(&[3, 2, 1]), Some(of(&[1, 2]))),
            (Whose::seller(&of(&[1, 2])), among(&[1]), None),
            (Whose::seller(&of(&[1, 2])), among(&[1, 3]), None),
            (Whose::All, among(&[2, 1]), Some(of(&[1, 2]))),
            (Whose::All, Filter { store: Some(store(1)), ..among(&[2, 1]) }, Some(of(&[1]))),
            (Whose::All, Filter { and: vec![among(&[2, 3, 1])], ..among(&[1, 3]) }, Some(of(&[1, 3]))),
            (Whose::All, Filter { and: vec![among(&[2, 3])], ..among(&[1, 3]) }, None),
            (Whose::All, among(&[]), None),
            (Whose::seller(&[]), Filter::default(), None),
        ] {
            assert_eq!(known(&whose, &filter).map(|question| question.stores), stores, "{whose:?} {filter:?}");
        }
        assert_eq!(known(&Whose::seller(&[SHOP]), &Filter::default()), None);
        assert_eq!(known(&Whose::All, &Filter { store: Some(SHOP), ..Default::default() }), None);
        assert_eq!(known(&Whose::Buyer(Some(CustomerId(Uuid::nil()))), &Filter::default()), None);
        for other in [
            Filter { search: Some("ada".to_owned().into()), ..Default::default() },
            Filter { or: Some(vec![]), ..Default::default() },
            Filter { on_hold: Some(false), ..Default::default() },
            Filter { and: vec![Filter { number: Some("1".into()), ..Default::default() }], ..Default::default() },
        ] {
            assert_eq!(known(&Whose::All, &other), None);
        }
        let both = Filter {
            currency: Some("EUR".into()),
            and: vec![Filter { currency: Some("BRL".into()), ..Default::default() }],
            ..Default::default()
        };
        assert_eq!(known(&Whose::All, &both).unwrap().statuses, []);
    }
}
