//! What the event log says that is new, and whose data it changed.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::{
    id::{CustomerId, OrderId},
    order,
    stored::EventSubject,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult, QuerySelect};
use uuid::Uuid;

use crate::{db::statement, fault::Fault};

/// Most events that are looked at one by one.
pub const MOST: usize = 500;

/// Whose data an event changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Nothing that answers are kept of.
    Nothing,
    /// One customer's, and so those of all.
    Customer(CustomerId),
    /// Nobody knows.
    Anything,
}

/// An event.
#[derive(Clone, Copy, Debug)]
pub struct News {
    /// Its id.
    pub id: i64,
    /// Its place in the log, once it has one.
    pub position: Option<i64>,
    /// Whose data it changed.
    pub about: About,
}

struct Row {
    id: i64,
    position: Option<i64>,
    subject: EventSubject,
    subject_id: Uuid,
    order: Option<OrderId>,
}

/// Both kinds in one statement: between two an event could get its place and be missed.
const NEW: &str = "SELECT id, position, subject, subject_id, order_id FROM events WHERE position > $1 \
    UNION ALL SELECT id, position, subject, subject_id, order_id FROM events WHERE position IS NULL LIMIT 501";

/// The events after a position and those without one; `None` when there are more than [`MOST`]. Of those that are `known` it is
/// not asked again whose data they changed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn read(conn: &impl ConnectionTrait, position: i64, known: &HashSet<i64>) -> Result<Option<Vec<News>>, Fault> {
    let rows = conn.query_all_raw(statement(conn, NEW, [position.into()])).await?;
    if rows.len() > MOST {
        return Ok(None);
    }
    let rows: Vec<Row> = rows.iter().map(row).collect::<Result<_, _>>()?;
    let orders: BTreeSet<OrderId> = rows.iter().filter(|row| !known.contains(&row.id)).filter_map(|row| row.order).collect();
    let customers = customers(conn, orders).await?;
    let news = rows.into_iter().map(|row| News { id: row.id, position: row.position, about: about(&row, &customers) });
    Ok(Some(news.collect()))
}

fn row(row: &QueryResult) -> Result<Row, DbErr> {
    Ok(Row {
        id: row.try_get("", "id")?,
        position: row.try_get("", "position")?,
        subject: row.try_get("", "subject")?,
        subject_id: row.try_get("", "subject_id")?,
        order: row.try_get("", "order_id")?,
    })
}

fn about(row: &Row, customers: &HashMap<OrderId, CustomerId>) -> About {
    match (row.order, row.subject) {
        // An order that is gone, or whose customer is, was somebody's.
        (Some(order), _) => customers.get(&order).map_or(About::Anything, |customer| About::Customer(*customer)),
        (None, EventSubject::Order) => About::Anything,
        (None, EventSubject::Customer) => About::Customer(CustomerId(row.subject_id)),
        // Answers are kept of orders, lines and customers only; what they say of goods and stores is a snapshot.
        (
            None,
            EventSubject::Product
            | EventSubject::Store
            | EventSubject::ShippingMethod
            | EventSubject::User
            | EventSubject::Job
            | EventSubject::Export
            | EventSubject::WebhookEndpoint,
        ) => About::Nothing,
    }
}

async fn customers(conn: &impl ConnectionTrait, orders: BTreeSet<OrderId>) -> Result<HashMap<OrderId, CustomerId>, DbErr> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(OrderId, Option<CustomerId>)> = order::Entity::find()
        .select_only()
        .columns([order::Column::Id, order::Column::CustomerId])
        .filter(order::Column::Id.is_in(orders))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(order, customer)| Some((order, customer?))).collect())
}
