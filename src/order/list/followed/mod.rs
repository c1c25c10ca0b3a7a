//! Lists that cost much, followed along the event log.
//!
//! How many orders have a text somewhere in theirs, or a total in a range, and which of them come first by name, their rows alone
//! tell, and of a million that takes its time. Lists ask for the same again and again: with each page, each tab, each saved view.
//! From the second time on the answer is kept, and only orders that something happened to since are looked at.
//!
//! The log names every order that changed, for each change of an order's row comes with an event of it. Whether an event has its
//! place already makes no difference: until it has one, its order is looked at each time. What is new and what that makes of the
//! answer are read in one statement, so of one moment.

mod counts;
mod kept;
mod pages;

use std::time::Duration;

use entity::event;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Order, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use self::kept::Kept;
pub(super) use self::pages::{Telling, Turn};
use super::Sort;
use crate::{
    order::{
        filter::{Filter, Part},
        query::Scope,
    },
    page::PageRequest,
    search::Searches as _,
};

/// A count that takes longer is followed when it is asked again.
const WORTH: Duration = Duration::from_millis(8);

/// So is a page: little is kept of it and looked at.
const WORTH_OF_PAGES: Duration = Duration::from_millis(3);

/// Of more events than so many since the last time the rows are read again.
const NEWS: u64 = 2_000;

/// Lists that are followed.
pub struct Followed {
    of: Option<Lists>,
    worth: Duration,
    most: i64,
}

struct Lists {
    counts: Kept<counts::State>,
    pages: Kept<pages::State>,
}

impl Followed {
    /// Lists that together take no more than so many megabytes; none are followed with 0.
    pub fn new(megabytes: u32) -> Self {
        let bytes = u64::from(megabytes) << 20;
        // Of a page there is little to keep.
        let pages = bytes / 8;
        let of = (bytes > 0).then(|| Lists { counts: Kept::new(bytes - pages), pages: Kept::new(pages) });
        // One that leaves no room for others would be dropped at once, and read again at each second question.
        let room = (bytes / 2 / size_of::<(Uuid, u8)>() as u64) as i64;
        Self { of, worth: WORTH, most: Ord::min(counts::MOST, room) }
    }

    /// The same, whatever reading takes.
    #[must_use]
    pub fn always(self) -> Self {
        Self { worth: Duration::ZERO, ..self }
    }

    /// The counts of a filter, but for what it says of the status; none for filters that cannot be followed.
    pub(super) fn counts<'a>(&'a self, scope: &Scope, filter: &Filter) -> Option<counts::Following<'a>> {
        let filter = Filter { status: None, ..told(scope, filter, Change::Any)? };
        let place = self.of.as_ref()?.counts.of(serde_json::to_string(&filter).ok()?);
        Some(counts::Following { place, worth: self.worth, most: self.most, filter })
    }

    /// A page of a list; none for filters that cannot be followed.
    pub(super) fn page<'a>(
        &'a self,
        scope: &Scope,
        filter: &Filter,
        sort: &[Sort],
        request: &'a PageRequest,
    ) -> Option<pages::Following<'a>> {
        let (lists, filter) = (self.of.as_ref()?, told(scope, filter, Change::Coming)?);
        let size = request.last.or(request.first);
        if size == Some(0) || request.offset.is_some_and(|offset| offset > 0) {
            return None;
        }
        let key = (&filter, sort, request.last.is_some(), size, &request.after, &request.before);
        let place = lists.pages.of(serde_json::to_string(&key).ok()?);
        Some(pages::Following { place, worth: Ord::min(self.worth, WORTH_OF_PAGES), filter, request })
    }
}

/// Which changes of what passes a filter there must be events of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Every one.
    Any,
    /// An order begins to pass. Whether those still pass that did is looked at each time.
    Coming,
}

/// A filter that can be followed, without what was looked up for it: that is of an earlier moment than what is read then.
fn told(scope: &Scope, filter: &Filter, of: Change) -> Option<Filter> {
    if *scope != Scope::All || !filter.is_told_of(of) {
        return None;
    }
    let mut filter = filter.clone();
    for search in filter.searches() {
        search.forget();
    }
    Some(filter)
}

/// Conditions that all hold, judged order by order.
fn each(parts: &[Part]) -> Condition {
    parts.iter().fold(Condition::all(), |all, part| all.add(part.each.clone()))
}

/// The events since a position and those that have none yet, [`NEWS`] of each and one more: whose, which of an order's, and where.
fn since(position: i64) -> SelectStatement {
    use event::Column as C;
    let some = || {
        let columns = [C::OrderId, C::Seq, C::Position];
        event::Entity::find().select_only().columns(columns).limit(NEWS + 1).into_query()
    };
    let unplaced = some().and_where(C::Position.is_null()).to_owned();
    let unread = some().and_where(C::Position.gt(position)).order_by(C::Position, Order::Asc).to_owned();
    let all = |from: SelectStatement, name: &'static str| {
        Query::select().columns(["order_id", "seq", "position"]).from_subquery(from, name).to_owned()
    };
    all(unplaced, "unplaced").union(UnionType::All, all(unread, "unread")).to_owned()
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
        let is_followed = |text: &str| followed.counts(&Scope::All, &filter(text)).is_some();
        assert!(is_followed(r#"{"search": "a", "and": [{"not": {"search": "b"}}]}"#));
        assert!(!is_followed(r#"{"search": "a", "and": [{"not": {"overdue": true}}]}"#));
        assert!(is_followed(r#"{"or": [{"search": "ΣΊΣ"}]}"#));
        let of_product = Filter { product: Some(entity::id::ProductId(Uuid::nil())), ..Filter::default() };
        assert!(followed.counts(&Scope::All, &of_product).is_none());
        assert!(told(&Scope::All, &of_product, Change::Coming).is_some());
        let of_others = Filter { not: Some(Box::new(of_product)), ..Filter::default() };
        assert!(told(&Scope::All, &of_others, Change::Coming).is_none());
        assert!(!is_followed(r#"{"search": "a", "or": [{"payment_type": {"any": ["CASH"], "none": null}}]}"#));
        let own = Scope::Own { customer: None, stores: Vec::new() };
        assert!(followed.counts(&own, &filter(r#"{"search": "a"}"#)).is_none());
        assert!(Followed::new(0).counts(&Scope::All, &filter(r#"{"search": "a"}"#)).is_none());
    }
}
