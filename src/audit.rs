//! The whole log for those who look into it: newest first, by what it is about, who did it, what and when (AUD-01, AUD-02).
//!
//! Events stand here once they have their place in the log, moments after they were committed: so a walk over pages misses
//! nothing and sees nothing twice.

use entity::{
    event,
    id::{CustomerId, ExportId, OrderId, ProductId, ShippingMethodId, StoreId, UserId, WebhookEndpointId},
    stored::{ActorKind, EventSubject},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use crate::{
    order::filter::Range,
    page::{self, Page, PageError, PageRequest, SortKey},
};

/// Which events. All that is given holds; the inner `None` of an id stands for one that names nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// About one of these kinds of things.
    pub subject: Option<Vec<EventSubject>>,
    /// About one thing.
    pub subject_id: Option<Option<(EventSubject, Uuid)>>,
    /// Of an order's timeline.
    pub order: Option<Option<OrderId>>,
    /// Done by a user.
    pub actor: Option<Option<UserId>>,
    /// Done by one of these kinds of callers.
    pub actor_kind: Option<Vec<ActorKind>>,
    /// One of these happened.
    pub kind: Option<Vec<String>>,
    /// Done by a request.
    pub request_id: Option<String>,
    /// By when it happened.
    pub occurred_at: Option<Range<Timestamp>>,
}

impl Filter {
    /// The filter as a condition on `events`.
    fn condition(&self) -> Condition {
        use event::Column as C;
        let nothing = || Condition::all().add(Expr::value(false));
        let mut all = Condition::all().add(C::Position.is_not_null());
        if let Some(subjects) = &self.subject {
            all = all.add(C::Subject.is_in(subjects.iter().copied()));
        }
        if let Some(subject) = self.subject_id {
            let about = |(kind, id)| Condition::all().add(C::Subject.eq(kind)).add(C::SubjectId.eq::<Uuid>(id));
            all = all.add(subject.map_or_else(nothing, about));
        }
        if let Some(order) = self.order {
            all = all.add(order.map_or_else(nothing, |id| Condition::all().add(C::OrderId.eq(id))));
        }
        if let Some(actor) = self.actor {
            all = all.add(actor.map_or_else(nothing, |id| Condition::all().add(C::ActorId.eq(id))));
        }
        if let Some(kinds) = &self.actor_kind {
            all = all.add(C::Actor.is_in(kinds.iter().copied()));
        }
        if let Some(kinds) = &self.kind {
            all = all.add(C::Kind.is_in(kinds));
        }
        if let Some(request) = &self.request_id {
            all = all.add(C::RequestId.eq(request));
        }
        if let Some(range) = &self.occurred_at {
            all = all.add(range.condition(C::OccurredAt));
        }
        all
    }
}

/// A page of the log, newest first.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<event::Model>, PageError> {
    let position =
        SortKey::column("position", event::Column::Position, true, |row: &event::Model| row.position.unwrap_or_default().into());
    let select = event::Entity::find().filter(filter.condition());
    page::fetch(conn, select, &[position], request).await
}

/// The id of what an event is about, as the API writes it.
pub fn subject_text(subject: EventSubject, id: Uuid) -> String {
    match subject {
        EventSubject::Order => OrderId(id).to_string(),
        EventSubject::Product => ProductId(id).to_string(),
        EventSubject::Store => StoreId(id).to_string(),
        EventSubject::Customer => CustomerId(id).to_string(),
        EventSubject::ShippingMethod => ShippingMethodId(id).to_string(),
        EventSubject::User => UserId(id).to_string(),
        // Jobs have no typed ids: they are numbers, and gone once they are done.
        EventSubject::Job => OrderId(id).to_string().replacen(OrderId::PREFIX, "job", 1),
        EventSubject::WebhookEndpoint => WebhookEndpointId(id).to_string(),
        EventSubject::Export => ExportId(id).to_string(),
    }
}

/// What an id of the API names, if events are about such things.
pub fn subject_of(text: &str) -> Option<(EventSubject, Uuid)> {
    EventSubject::all().find_map(|subject| {
        let prefix = subject_text(subject, Uuid::nil());
        let prefix = prefix.split_once('_').map_or("", |(prefix, _)| prefix);
        // All ids are written alike: any type reads the part behind the prefix.
        let rest = text.strip_prefix(prefix)?.strip_prefix('_')?;
        format!("{}_{rest}", OrderId::PREFIX).parse::<OrderId>().ok().map(|id| (subject, id.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_what_it_was_written_for() {
        let id = Uuid::from_u128(7);
        for subject in EventSubject::all() {
            assert_eq!(subject_of(&subject_text(subject, id)), Some((subject, id)));
        }
        for text in ["", "order", "order_", "order_x", "nothing_01h455vb4pex5vsknk084sn02q"] {
            assert_eq!(subject_of(text), None, "{text}");
        }
    }
}
