//! The keys that a list is sorted by.

use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IntoSimpleExpr, Order, QueryResult, QueryTrait, Select, Value,
    sea_query::{BinOper, ColumnType, ExprTrait, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A value of a sort key, as it stands in a cursor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KeyValue {
    /// A number.
    #[serde(rename = "i")]
    Int(i64),
    /// A text.
    #[serde(rename = "t")]
    Text(String),
    /// An id.
    #[serde(rename = "u")]
    Id(Uuid),
}

impl From<i64> for KeyValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<String> for KeyValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for KeyValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Uuid> for KeyValue {
    fn from(value: Uuid) -> Self {
        Self::Id(value)
    }
}

impl From<KeyValue> for Value {
    fn from(value: KeyValue) -> Self {
        match value {
            KeyValue::Int(value) => value.into(),
            KeyValue::Text(value) => value.into(),
            KeyValue::Id(value) => value.into(),
        }
    }
}

/// What a sort key's values are, so that a cursor that was made up is told apart before the database sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
    Id,
}

impl Kind {
    /// What a column holds.
    fn of(column: &impl ColumnTrait) -> Self {
        match column.def().get_column_type() {
            ColumnType::Uuid => Self::Id,
            ColumnType::BigInteger | ColumnType::Integer | ColumnType::SmallInteger | ColumnType::Boolean => Self::Int,
            _ => Self::Text,
        }
    }
}

impl KeyValue {
    /// How many bytes it takes beside itself.
    pub fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Int(_) | Self::Id(_) => 0,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Int(_) => Kind::Int,
            Self::Text(_) => Kind::Text,
            Self::Id(_) => Kind::Id,
        }
    }
}

type Read<M> = Box<dyn Fn(&M) -> KeyValue + Send + Sync>;

/// One key of a sort order. The last key of a list is unique.
pub struct SortKey<M> {
    /// Its name in cursors.
    pub name: &'static str,
    /// Largest first.
    pub descending: bool,
    pub(super) expression: SimpleExpr,
    pub(super) kind: Kind,
    pub(super) read: Read<M>,
}

impl<M> SortKey<M> {
    /// A key that is a column.
    pub fn column(
        name: &'static str,
        column: impl ColumnTrait,
        descending: bool,
        read: impl Fn(&M) -> KeyValue + Send + Sync + 'static,
    ) -> Self {
        Self { name, descending, kind: Kind::of(&column), expression: column.into_simple_expr(), read: Box::new(read) }
    }

    /// A key that is computed: a number.
    pub fn expression(
        name: &'static str,
        expression: SimpleExpr,
        descending: bool,
        read: impl Fn(&M) -> KeyValue + Send + Sync + 'static,
    ) -> Self {
        Self { name, descending, expression, kind: Kind::Int, read: Box::new(read) }
    }

    /// What it is in SQL.
    pub fn in_sql(&self) -> &SimpleExpr {
        &self.expression
    }

    /// Its value in a row that was selected by [`Self::in_sql`].
    ///
    /// # Errors
    /// When it is something else.
    pub fn value(&self, row: &QueryResult, at: usize) -> Result<KeyValue, DbErr> {
        Ok(match self.kind {
            Kind::Int => KeyValue::Int(row.try_get_by_index(at)?),
            Kind::Text => KeyValue::Text(row.try_get_by_index(at)?),
            Kind::Id => KeyValue::Id(row.try_get_by_index(at)?),
        })
    }
}

/// The keys with the id behind them, which makes the order total. It runs the way of the first key, so that an index on the
/// two serves both directions.
pub fn ending_in_id<M>(
    mut keys: Vec<SortKey<M>>,
    id: impl ColumnTrait,
    read: impl Fn(&M) -> KeyValue + Send + Sync + 'static,
) -> Vec<SortKey<M>> {
    let descending = keys.first().is_none_or(|key| key.descending);
    keys.push(SortKey::column("id", id, descending, read));
    keys
}

/// The id of a row, which the keys end in.
pub fn id<M>(keys: &[SortKey<M>], row: &M) -> Option<Uuid> {
    match keys.last().map(|key| (key.read)(row)) {
        Some(KeyValue::Id(id)) => Some(id),
        _ => None,
    }
}

/// All rows of a list, in its order.
pub fn in_order<E: EntityTrait>(mut select: Select<E>, keys: &[SortKey<E::Model>]) -> Select<E> {
    for key in keys {
        let order = if key.descending { Order::Desc } else { Order::Asc };
        QueryTrait::query(&mut select).order_by_expr(key.expression.clone(), order);
    }
    select
}

/// Sorts a query. By hand means that the first key is no longer that of an index.
pub(super) fn order<E: EntityTrait>(query: &mut Select<E>, keys: &[SortKey<E::Model>], forward: bool, by_hand: bool) {
    for (place, key) in keys.iter().enumerate() {
        let order = if key.descending == forward { Order::Desc } else { Order::Asc };
        let expression = match (by_hand && place == 0, key.kind) {
            (true, Kind::Int) => key.expression.clone().add(0_i64),
            (true, Kind::Text) => key.expression.clone().binary(BinOper::Custom("||"), ""),
            _ => key.expression.clone(),
        };
        QueryTrait::query(query).order_by_expr(expression, order);
    }
}
