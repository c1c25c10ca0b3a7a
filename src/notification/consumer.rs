//! The reader of the event log that tells people: it writes what users see, and enqueues what leaves the house.
//!
//! Imported history is no news. While e-mails or short messages are off nothing is enqueued for them, and what happens
//! meanwhile is not sent later.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use entity::{
    customer, event,
    id::{CustomerId, NotificationId, OrderId, StoreId, UserId},
    notification, order, order_item, store_member,
    stored::{NotificationKind, Role},
    time::Timestamp,
    user,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockType, OnConflict},
};

use super::{
    kind::{self, Happened, Rule},
    letter::Facts,
    mail, sms, told,
};
use crate::{app::App, clock::random_bytes, event::consumer::Consumer, fault::Fault};

/// Rows of one statement.
const ROWS: usize = 200;

/// Tells people what happened to orders.
pub struct Notifier;

#[async_trait]
impl Consumer for Notifier {
    fn name(&self) -> &'static str {
        "notifications"
    }

    async fn apply(&self, app: &App, tx: &DatabaseTransaction, events: &[event::Model]) -> Result<(), Fault> {
        let news: Vec<News<'_>> = events.iter().filter_map(News::of).collect();
        if news.is_empty() {
            return Ok(());
        }
        let known = Known::of(tx, &news).await?;
        let now = app.clock.now();
        let mails = app.config.notify.smtp_url().is_some();
        let mut rows = Vec::new();
        for news in &news {
            let Some(order) = known.orders.get(&news.order).filter(|_| known.tells(news)) else { continue };
            let rule = kind::rule(news.kind);
            rows.extend(notifications(app, &known, news, order, rule, now)?);
            if rule.buyer && order.customer_id.is_some() {
                if mails {
                    told::enqueue(tx, mail::KIND, news.event.id, order.id, now).await?;
                }
                if rule.sms && app.config.notify.sms_enabled {
                    told::enqueue(tx, sms::KIND, news.event.id, order.id, now).await?;
                }
            }
        }
        write(tx, rows).await?;
        Ok(())
    }
}

/// An event that people are told of.
struct News<'a> {
    event: &'a event::Model,
    kind: NotificationKind,
    order: OrderId,
}

impl<'a> News<'a> {
    fn of(event: &'a event::Model) -> Option<Self> {
        let kind = NotificationKind::from_text(&event.kind).filter(|_| kind::is_news(event.actor))?;
        Some(Self { event, kind, order: event.order_id? })
    }
}

fn happened(event: &event::Model) -> Option<Happened> {
    let kind = NotificationKind::from_text(&event.kind)?;
    Some(Happened { kind, seq: event.seq, command: (event.request_id.clone(), event.recorded_at) })
}

/// What telling needs to know, read in a few statements for all events at hand.
struct Known {
    orders: HashMap<OrderId, order::Model>,
    /// What happened to the orders, of the kinds that are told.
    timelines: HashMap<OrderId, Vec<Happened>>,
    /// The users that buyers sign in as.
    buyers: HashMap<CustomerId, UserId>,
    /// The stores whose goods the orders hold.
    stores: HashMap<OrderId, BTreeSet<StoreId>>,
    sellers: HashMap<StoreId, Vec<UserId>>,
    staff: Vec<UserId>,
}

impl Known {
    async fn of(tx: &DatabaseTransaction, news: &[News<'_>]) -> Result<Self, DbErr> {
        let ids: BTreeSet<OrderId> = news.iter().map(|news| news.order).collect();
        let rules: Vec<Rule> = news.iter().map(|news| kind::rule(news.kind)).collect();
        // None of them is deleted until those who are told of it are written down.
        let orders = order::Entity::find()
            .filter(order::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(order::Column::Id)
            .lock(LockType::KeyShare)
            .all(tx)
            .await?;
        let customers: BTreeSet<CustomerId> = orders.iter().filter_map(|order| order.customer_id).collect();
        let with_sellers = news.iter().filter(|news| kind::rule(news.kind).sellers).map(|news| news.order).collect();
        let stores = stores(tx, with_sellers).await?;
        Ok(Self {
            timelines: timelines(tx, &ids).await?,
            buyers: buyers(tx, customers).await?,
            sellers: sellers(tx, stores.values().flatten().copied().collect()).await?,
            staff: if rules.iter().any(|rule| rule.staff) { staff(tx).await? } else { Vec::new() },
            stores,
            orders: orders.into_iter().map(|order| (order.id, order)).collect(),
        })
    }

    fn tells(&self, news: &News<'_>) -> bool {
        let of_order = self.timelines.get(&news.order).map_or(&[][..], Vec::as_slice);
        happened(news.event).is_some_and(|event| kind::tells(&event, of_order))
    }

    /// Who is told in the product, and whether as the buyer. Somebody who is both is told as the buyer.
    fn users(&self, order: &order::Model, rule: Rule) -> BTreeMap<UserId, bool> {
        let mut users = BTreeMap::new();
        if rule.staff {
            users.extend(self.staff.iter().map(|user| (*user, false)));
        }
        if rule.sellers {
            let stores = self.stores.get(&order.id).into_iter().flatten();
            users.extend(stores.filter_map(|store| self.sellers.get(store)).flatten().map(|user| (*user, false)));
        }
        if rule.buyer {
            let buyer = order.customer_id.and_then(|customer| self.buyers.get(&customer));
            users.extend(buyer.map(|user| (*user, true)));
        }
        users
    }
}

/// An event is told to a handful of people in at most two wordings, which are rendered once each.
fn notifications(
    app: &App,
    known: &Known,
    news: &News<'_>,
    order: &order::Model,
    rule: Rule,
    now: Timestamp,
) -> Result<Vec<notification::ActiveModel>, Fault> {
    let users = known.users(order, rule);
    let mut rows = Vec::with_capacity(users.len());
    for as_buyer in [true, false] {
        if !users.values().any(|is_buyer| *is_buyer == as_buyer) {
            continue;
        }
        let facts = Facts::of(&app.config, news.kind, news.event, order, as_buyer);
        let words = app.outlets.templates(&app.config)?.words(news.kind, &facts)?;
        rows.extend(users.iter().filter(|(_, is_buyer)| **is_buyer == as_buyer).map(|(user, _)| notification::ActiveModel {
            id: Set(NotificationId::at(now, random_bytes())),
            user_id: Set(*user),
            order_id: Set(Some(order.id)),
            event_id: Set(news.event.id),
            kind: Set(news.kind),
            title: Set(words.title.clone()),
            message: Set(words.message.clone()),
            read_at: Set(None),
            created_at: Set(now),
        }));
    }
    Ok(rows)
}

async fn write(tx: &DatabaseTransaction, rows: Vec<notification::ActiveModel>) -> Result<(), DbErr> {
    use notification::Column as C;
    for rows in rows.chunks(ROWS) {
        notification::Entity::insert_many(rows.to_vec())
            .on_conflict(OnConflict::columns([C::UserId, C::EventId]).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

async fn timelines(tx: &DatabaseTransaction, orders: &BTreeSet<OrderId>) -> Result<HashMap<OrderId, Vec<Happened>>, DbErr> {
    let kinds = NotificationKind::all().map(NotificationKind::as_str);
    let events = event::Entity::find()
        .filter(event::Column::OrderId.is_in(orders.iter().copied()))
        .filter(event::Column::Kind.is_in(kinds))
        .all(tx)
        .await?;
    let mut timelines: HashMap<OrderId, Vec<Happened>> = HashMap::new();
    for event in &events {
        if let (Some(order), Some(happened)) = (event.order_id, happened(event)) {
            timelines.entry(order).or_default().push(happened);
        }
    }
    Ok(timelines)
}

async fn buyers(tx: &DatabaseTransaction, customers: BTreeSet<CustomerId>) -> Result<HashMap<CustomerId, UserId>, DbErr> {
    let rows = customer::Entity::find().filter(customer::Column::Id.is_in(customers)).all(tx).await?;
    Ok(rows.into_iter().filter_map(|customer| Some((customer.id, customer.user_id?))).collect())
}

async fn stores(tx: &DatabaseTransaction, orders: BTreeSet<OrderId>) -> Result<HashMap<OrderId, BTreeSet<StoreId>>, DbErr> {
    let mut stores: HashMap<OrderId, BTreeSet<StoreId>> = HashMap::new();
    if orders.is_empty() {
        return Ok(stores);
    }
    let lines: Vec<(OrderId, StoreId)> = order_item::Entity::find()
        .select_only()
        .columns([order_item::Column::OrderId, order_item::Column::StoreId])
        .filter(order_item::Column::OrderId.is_in(orders))
        .distinct()
        .into_tuple()
        .all(tx)
        .await?;
    for (order, store) in lines {
        stores.entry(order).or_default().insert(store);
    }
    Ok(stores)
}

async fn sellers(tx: &DatabaseTransaction, stores: BTreeSet<StoreId>) -> Result<HashMap<StoreId, Vec<UserId>>, DbErr> {
    let mut sellers: HashMap<StoreId, Vec<UserId>> = HashMap::new();
    if stores.is_empty() {
        return Ok(sellers);
    }
    let members = store_member::Entity::find().filter(store_member::Column::StoreId.is_in(stores)).all(tx).await?;
    for member in members {
        sellers.entry(member.store_id).or_default().push(member.user_id);
    }
    Ok(sellers)
}

async fn staff(tx: &DatabaseTransaction) -> Result<Vec<UserId>, DbErr> {
    user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Role.is_in([Role::Staff, Role::Admin]))
        .filter(user::Column::IsActive.eq(true))
        .into_tuple()
        .all(tx)
        .await
}
