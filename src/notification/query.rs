//! Reading notifications: everybody sees their own, and nobody another's.

use entity::{
    id::{NotificationId, OrderId, UserId},
    notification, notification_preference,
    stored::NotificationKind,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};

use crate::page::{self, Page, PageError, PageRequest, SortKey};

/// Which notifications. All that is given holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Read or not.
    pub is_read: Option<bool>,
    /// One of these kinds.
    pub kind: Option<Vec<NotificationKind>>,
    /// Of an order; the inner none is an order that does not exist.
    pub order: Option<Option<OrderId>>,
}

impl Filter {
    fn condition(&self) -> Condition {
        use notification::Column as C;
        let mut all = Condition::all();
        match self.is_read {
            Some(true) => all = all.add(C::ReadAt.is_not_null()),
            Some(false) => all = all.add(C::ReadAt.is_null()),
            None => {}
        }
        if let Some(kinds) = &self.kind {
            all = all.add(C::Kind.is_in(kinds.iter().copied()));
        }
        match self.order {
            Some(Some(order)) => all = all.add(C::OrderId.eq(order)),
            Some(None) => all = all.add(sea_orm::sea_query::Expr::value(false)),
            None => {}
        }
        all
    }
}

/// A page of a user's notifications, newest first.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    user: UserId,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<notification::Model>, PageError> {
    use notification::Column as C;
    let keys = vec![SortKey::column("createdAt", C::CreatedAt, true, |row: &notification::Model| row.created_at.0.into())];
    let keys = page::ending_in_id(keys, C::Id, |row: &notification::Model| row.id.0.into());
    let select = notification::Entity::find().filter(C::UserId.eq(user)).filter(filter.condition());
    page::fetch(conn, select, &keys, request).await
}

/// A user's notification.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_user(
    conn: &impl ConnectionTrait,
    user: UserId,
    id: NotificationId,
) -> Result<Option<notification::Model>, DbErr> {
    notification::Entity::find_by_id(id).filter(notification::Column::UserId.eq(user)).one(conn).await
}

/// How many a user has not read.
///
/// # Errors
/// When the database fails.
pub(crate) async fn unread(conn: &impl ConnectionTrait, user: UserId) -> Result<i64, DbErr> {
    use notification::Column as C;
    let count = notification::Entity::find().filter(C::UserId.eq(user)).filter(C::ReadAt.is_null()).count(conn).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// By which ways a user wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// By e-mail.
    pub email: bool,
    /// By short message.
    pub sms: bool,
}

/// What a user chose; every way when nothing was chosen.
///
/// # Errors
/// When the database fails.
pub(crate) async fn preferences(conn: &impl ConnectionTrait, user: UserId) -> Result<Preferences, DbErr> {
    let row = notification_preference::Entity::find_by_id(user).one(conn).await?;
    Ok(row.map_or(Preferences { email: true, sms: true }, |row| Preferences { email: row.email, sms: row.sms }))
}
