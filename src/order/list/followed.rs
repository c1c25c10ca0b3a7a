//! Lists of orders that cost much are followed along the event log.

use entity::{order, stored::OrderStatus};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _,
    sea_query::{CaseStatement, Expr, SelectStatement},
};

use super::{
    Sort,
    count::{self, ByStatus},
};
use crate::{
    fault::Fault,
    list::{
        all_of, each,
        followed::{Followed, FollowingCounts, FollowingPage, Group, Groups, NOT, Subject, Trail, forgotten, one},
        not, way,
    },
    order::{filter::Filter, query::Scope},
    page::PageRequest,
};

/// Orders of a filter, which count by their status.
pub struct Orders(Filter);

/// The counts of a filter, but for what it says of the status; none for filters that cannot be followed.
pub(super) fn counts<'a>(followed: &'a Followed, scope: &Scope, filter: &Filter) -> Option<FollowingCounts<'a, Orders>> {
    let filter = Filter { status: None, ..told(scope, filter, Change::Any)? };
    followed.counts(Orders(filter.clone()), &filter)
}

/// A page of a list; none for filters that cannot be followed.
pub(super) fn page<'a>(
    followed: &'a Followed,
    scope: &Scope,
    filter: &Filter,
    sort: &[Sort],
    request: &'a PageRequest,
) -> Option<FollowingPage<'a, Orders>> {
    let filter = told(scope, filter, Change::Coming)?;
    followed.page(Orders(filter.clone()), &filter, &sort, request)
}

/// How many of what was counted are in each status, all of them in the order of an order's life.
pub(super) fn by_status(groups: &Groups) -> ByStatus {
    (1..).zip(OrderStatus::all()).map(|(group, status)| (status, groups.get(&group).copied().unwrap_or(0))).collect()
}

/// Which changes of what passes a filter there must be events of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Every one.
    Any,
    /// An order begins to pass. Whether those still pass that did is looked at each time.
    Coming,
}

fn told(scope: &Scope, filter: &Filter, of: Change) -> Option<Filter> {
    (*scope == Scope::All && filter.is_told_of(of)).then(|| forgotten(filter))
}

impl Subject for Orders {
    type Rows = order::Entity;

    fn name(&self) -> &'static str {
        "orders"
    }

    fn trail(&self) -> Trail {
        Trail::Events
    }

    fn id(&self) -> order::Column {
        order::Column::Id
    }

    fn each(&self, backend: DbBackend) -> Condition {
        each(&self.0.parts(&Scope::All, backend))
    }

    fn all(&self, backend: DbBackend) -> Condition {
        way::counting(backend, &self.0.parts(&Scope::All, backend), None)
    }

    fn things(&self) -> SelectStatement {
        count::of_all()
    }

    async fn usual(&self, conn: &impl ConnectionTrait, passing: i64) -> Result<(Group, i64), Fault> {
        let by_status = count::kept_by_status(conn, &Scope::All, &Filter::default()).await?.unwrap_or_default();
        let all: i64 = by_status.iter().map(|(_, orders)| orders).sum();
        let commonest = (1..).zip(&by_status).max_by_key(|(_, (_, orders))| *orders);
        Ok(match commonest {
            Some((group, (_, orders))) if passing.saturating_mul(2) > all => (group, all - Ord::min(passing, *orders)),
            _ => (NOT, passing),
        })
    }

    fn differing(&self, backend: DbBackend, usual: Group) -> SelectStatement {
        use order::Column as C;
        let found = order::Entity::find().select_only().column(C::Id);
        let usual = usize::from(usual).checked_sub(1).and_then(|at| OrderStatus::all().nth(at));
        let found = match usual {
            None => found.column_as(C::Status, "counts_for").filter(self.all(backend)),
            Some(usual) => {
                let other = Condition::any().add(C::Status.ne(usual.as_str())).add(not(self.each(backend)));
                found.expr_as(self.counts_for(backend), "counts_for").filter(other)
            }
        };
        found.into_query()
    }

    fn now(&self, backend: DbBackend, id: Expr) -> SelectStatement {
        one(self, id, self.counts_for(backend))
    }

    fn group(&self, counts_for: &str) -> Option<Group> {
        match counts_for {
            "" => Some(NOT),
            status => (1..).zip(OrderStatus::all()).find(|(_, known)| known.as_str() == status).map(|(group, _)| group),
        }
    }
}

impl Orders {
    /// What an order counts for, as text.
    fn counts_for(&self, backend: DbBackend) -> Expr {
        let status = Expr::col((order::Entity, order::Column::Status));
        CaseStatement::new().case(all_of(self.each(backend)), status).finally("").into()
    }
}

impl Filter {
    /// Whether an event of an order tells of such changes of it.
    fn is_told_of(&self, of: Change) -> bool {
        // Every field is named, so that a new one is thought of here.
        let Self {
            status: _,
            payment_status: _,
            fulfillment_status: _,
            kind: _,
            ids: _,
            store: _,
            stores: _,
            number: _,
            external_id: _,
            search: _,
            placed_at: _,
            updated_at: _,
            ship_by: _,
            now: _,
            on_hold: _,
            total: _,
            currency: _,
            paid_by: _,
            // Payments may change without an event.
            payment_type: None,
            customer,
            product,
            shipping_method,
            // Time makes it so.
            overdue: None,
            and,
            or,
            not,
        } = self
        else {
            return false;
        };
        // These may be deleted, which leaves orders without them; an order never gets one without an event.
        let may_be_deleted = customer.is_some() || product.is_some() || shipping_method.is_some();
        let or = or.as_deref().unwrap_or_default();
        (of == Change::Coming || !may_be_deleted)
            && and.iter().chain(or).all(|part| part.is_told_of(of))
            // What leaves a filter passes its opposite.
            && not.as_ref().is_none_or(|not| not.is_told_of(Change::Any))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_events_tell_of_is_followed_and_nothing_without_memory() {
        let filter = |text: &str| -> Filter { serde_json::from_str(text).unwrap() };
        let followed = Followed::new(1);
        let is_followed = |text: &str| counts(&followed, &Scope::All, &filter(text)).is_some();
        assert!(is_followed(r#"{"search": "a", "and": [{"not": {"search": "b"}}]}"#));
        assert!(!is_followed(r#"{"search": "a", "and": [{"not": {"overdue": true}}]}"#));
        assert!(is_followed(r#"{"or": [{"search": "ΣΊΣ"}]}"#));
        let of_product = Filter { product: Some(entity::id::ProductId(uuid::Uuid::nil())), ..Filter::default() };
        assert!(counts(&followed, &Scope::All, &of_product).is_none());
        assert!(told(&Scope::All, &of_product, Change::Coming).is_some());
        let of_others = Filter { not: Some(Box::new(of_product)), ..Filter::default() };
        assert!(told(&Scope::All, &of_others, Change::Coming).is_none());
        assert!(!is_followed(r#"{"search": "a", "or": [{"payment_type": {"any": ["CASH"], "none": null}}]}"#));
        let own = Scope::Own { customer: None, stores: Vec::new() };
        assert!(counts(&followed, &own, &filter(r#"{"search": "a"}"#)).is_none());
        assert!(counts(&Followed::new(0), &Scope::All, &filter(r#"{"search": "a"}"#)).is_none());
    }
}
