//! What can go wrong that is not the caller's business, and what a command may answer.

use sea_orm::DbErr;

use crate::{db::MaybeTransient, limit::Exceeded, money::Currency};

/// A fault of the service or of what it stands on. Logged with an id; the caller learns only that id.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// Stored data are not what the service wrote.
    #[error("corrupt data: {0}")]
    Corrupt(String),
    /// Anything else inside.
    #[error("internal: {0}")]
    Internal(String),
}

impl Fault {
    /// What a caller is told then.
    pub const BUSY: &str = "The service is busy; try again";

    /// Whether nothing was tried: all connections to the database were in use for as long as one waits for them.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Database(DbErr::ConnectionAcquire(_)))
    }
}

/// A caller may not do this at all, whatever the thing it would do it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Nobody is signed in.
    Unauthenticated,
    /// Somebody is, without the right.
    Forbidden,
    /// Not now: it was done too often.
    TooOften(Exceeded),
}

impl From<Exceeded> for Denied {
    fn from(exceeded: Exceeded) -> Self {
        Self::TooOften(exceeded)
    }
}

/// One reason why a command was refused, in the words of its caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal<C> {
    /// What kind of reason, of the command's own list.
    pub code: C,
    /// Path into the input.
    pub field: Vec<String>,
    /// A sentence for a person.
    pub message: String,
    /// What helps the caller to go on.
    pub detail: Detail,
}

/// Facts that go with a refusal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail {
    /// Pieces that can be had.
    pub available: Option<i64>,
    /// The price now, in minor units.
    pub current_price: Option<(i64, Currency)>,
    /// Statuses the order can go to.
    pub allowed_statuses: Vec<entity::stored::OrderStatus>,
    /// Fields that changed since the version the caller knew.
    pub changed_fields: Vec<String>,
    /// The version now.
    pub current_version: Option<i32>,
    /// The stores that an order would be of.
    pub stores: Vec<entity::id::StoreId>,
}

impl<C> Refusal<C> {
    /// A refusal of what stands at `field` in the input.
    pub fn new<S: ToString>(code: C, field: impl IntoIterator<Item = S>, message: impl Into<String>) -> Self {
        Self {
            code,
            field: field.into_iter().map(|part| part.to_string()).collect(),
            message: message.into(),
            detail: Detail::default(),
        }
    }

    /// The same reason in the words of another command.
    pub fn told<D: From<C>>(self) -> Refusal<D> {
        Refusal { code: self.code.into(), field: self.field, message: self.message, detail: self.detail }
    }

    /// The same with facts that help.
    pub fn with(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }
}

/// How a command fails; `C` is the command's list of reasons.
#[derive(Debug)]
pub enum Failure<C> {
    /// The business says no: data for the caller.
    Refused(Vec<Refusal<C>>),
    /// The caller may not.
    Denied(Denied),
    /// The service failed.
    Fault(Fault),
}

impl<C> Failure<C> {
    /// A failure for a single reason.
    pub fn refused<S: ToString>(code: C, field: impl IntoIterator<Item = S>, message: impl Into<String>) -> Self {
        Self::Refused(vec![Refusal::new(code, field, message)])
    }

    /// The same failure in the words of another command.
    pub fn told<D: From<C>>(self) -> Failure<D> {
        match self {
            Self::Refused(refusals) => Failure::Refused(refusals.into_iter().map(Refusal::told).collect()),
            Self::Denied(denied) => Failure::Denied(denied),
            Self::Fault(fault) => Failure::Fault(fault),
        }
    }
}

impl<C> From<Refusal<C>> for Failure<C> {
    fn from(refusal: Refusal<C>) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl<C> From<Denied> for Failure<C> {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl<C> From<Fault> for Failure<C> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<C> From<DbErr> for Failure<C> {
    fn from(error: DbErr) -> Self {
        Self::Fault(error.into())
    }
}

impl<C> MaybeTransient for Failure<C> {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.is_transient())
    }
}
