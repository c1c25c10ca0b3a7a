//! `customersBulkAction`: what is done with each of many customers (BULK-04).

use std::collections::HashMap;

use entity::{
    customer,
    id::{CustomerId, UserId},
    stored::{BulkKind, CustomerStatus, EventSubject, Role},
    user,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde::{Deserialize, Serialize};

use super::{change, query::Filter, update};
use crate::{
    auth::{
        actor::Actor,
        policy::{Reach, Right, authorise},
        session,
    },
    bulk::{Applied, Code, How, Noun, Verdict},
    config::OrderConfig,
    event::{self, Change, NewEvent},
    fault::{Failure, Fault},
};

/// What is done with each customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// Say whether it may buy. Who is blocked is signed out in the same moment.
    UpdateStatus(CustomerStatus),
}

/// Customers, as things that bulk actions are done with.
pub struct Customers;

impl Noun for Customers {
    const KIND: BulkKind = BulkKind::Customers;
    const JOB: &'static str = "bulk.run.customers";
    const RIGHT: Right = Right::CustomersBulkAction;
    const FIELD: &'static str = "customers";
    const NOT_FOUND: &'static str = "Customer not found";

    type Id = CustomerId;
    type Action = Action;
    type Filter = Filter;

    fn may(actor: &Actor, _: &Action, rules: &OrderConfig) -> Result<Reach, Failure<Code>> {
        Ok(authorise(actor, Right::CustomersBulkAction, rules)?)
    }

    async fn matching<C: ConnectionTrait>(conn: &C, _: &How<'_>, filter: &Filter, limit: u64) -> Result<Vec<CustomerId>, Fault> {
        let select = customer::Entity::find().select_only().column(customer::Column::Id);
        Ok(select
            .filter(filter.condition(conn.get_database_backend()))
            .order_by_desc(customer::Column::CreatedAt)
            .order_by_desc(customer::Column::Id)
            .limit(limit)
            .into_tuple()
            .all(conn)
            .await?)
    }

    async fn check<C: ConnectionTrait>(
        conn: &C,
        how: &How<'_>,
        action: &Action,
        ids: &[CustomerId],
    ) -> Result<HashMap<CustomerId, Verdict>, Fault> {
        let customers = customer::Entity::find().filter(customer::Column::Id.is_in(ids.iter().copied())).all(conn).await?;
        let roles = roles(conn, &customers).await?;
        Ok(customers.iter().map(|customer| (customer.id, judge(how, *action, customer, &roles))).collect())
    }

    async fn apply(
        tx: &DatabaseTransaction,
        how: &How<'_>,
        action: &Action,
        ids: &[CustomerId],
    ) -> Result<Applied<CustomerId>, Fault> {
        let customers = customer::Entity::find()
            .filter(customer::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(customer::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        let roles = roles(tx, &customers).await?;
        let mut applied = Applied { verdicts: HashMap::with_capacity(customers.len()), users: Vec::new() };
        for customer in &customers {
            let verdict = judge(how, *action, customer, &roles);
            if verdict == Verdict::done(None) {
                one(tx, how, *action, customer).await?;
                applied.users.extend(customer.user_id);
            }
            applied.verdicts.insert(customer.id, verdict);
        }
        Ok(applied)
    }
}

/// The roles of those who sign in as these customers.
async fn roles(conn: &impl ConnectionTrait, customers: &[customer::Model]) -> Result<HashMap<UserId, Role>, Fault> {
    let users = customers.iter().filter_map(|customer| customer.user_id);
    let roles: Vec<(UserId, Role)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Role])
        .filter(user::Column::Id.is_in(users))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(roles.into_iter().collect())
}

/// What would come of a customer as it is.
fn judge(how: &How<'_>, action: Action, customer: &customer::Model, roles: &HashMap<UserId, Role>) -> Verdict {
    let Action::UpdateStatus(to) = action;
    if customer.status == to {
        return Verdict::skipped(None, format!("the customer is {to} already"));
    }
    let role = customer.user_id.and_then(|user| roles.get(&user)).copied();
    match update::may_set_status(&how.origin.actor, customer, role) {
        Ok(()) => Verdict::done(None),
        Err(refusal) => Verdict::refused(None, refusal.code, refusal.message),
    }
}

async fn one(tx: &DatabaseTransaction, how: &How<'_>, action: Action, customer: &customer::Model) -> Result<(), Fault> {
    let Action::UpdateStatus(to) = action;
    if let (CustomerStatus::Blocked, Some(user)) = (to, customer.user_id) {
        session::revoke_all(tx, user, how.now).await?;
    }
    customer::Entity::update_many()
        .col_expr(customer::Column::Status, Expr::value(to.as_str()))
        .col_expr(customer::Column::UpdatedAt, Expr::value(how.now))
        .filter(customer::Column::Id.eq(customer.id))
        .exec(tx)
        .await?;
    let changes = [Change::new("status", customer.status.as_str(), to.as_str())];
    let happened = NewEvent {
        subject: EventSubject::Customer,
        subject_id: customer.id.0,
        place: None,
        kind: change::UPDATED,
        reason: how.reason,
        changes: &changes,
    };
    Ok(event::append(tx, how.origin, how.now, &happened).await?)
}
