//! Errors at the edge: refusals become `userErrors` of the mutation's own type, everything else a coded top-level error.
//! Causes inside are logged once, under an id that the client gets instead of them.

use std::str::FromStr;

use async_graphql::{Context, Error, ErrorExtensions as _};

use crate::{
    event::Origin,
    fault::{Denied, Failure, Fault, Refusal},
    order::query::Unseen,
    page::PageError,
};

/// A top-level error with its code.
pub fn coded(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

/// A wrong argument of a query, by its name.
pub fn bad_input(field: &str, message: impl std::fmt::Display) -> Error {
    bad_input_at(vec![field.to_owned()], message)
}

/// A wrong value somewhere in an argument or a variable, by the path to it.
pub fn bad_input_at(field: Vec<String>, message: impl std::fmt::Display) -> Error {
    Error::new(format!("{}: {message}", field.join("."))).extend_with(|_, extensions| {
        extensions.set("code", "BAD_USER_INPUT");
        extensions.set("field", field.clone());
    })
}

/// The answer to a caller who may not.
pub fn denied(denied: Denied) -> Error {
    match denied {
        Denied::Unauthenticated => coded("UNAUTHENTICATED", "Authentication required"),
        Denied::Forbidden => coded("FORBIDDEN", "Insufficient permissions"),
        Denied::TooOften(exceeded) => {
            let seconds = exceeded.seconds();
            let error = Error::new(format!("Too many attempts; try again in {seconds} s"));
            error.extend_with(|_, extensions| {
                extensions.set("code", "RATE_LIMITED");
                extensions.set("retryAfter", seconds);
            })
        }
    }
}

/// The answer to a caller who may not ask for what an argument says, by the argument's name.
pub fn denied_for(reason: Denied, argument: &str) -> Error {
    let is_forbidden = matches!(reason, Denied::Forbidden);
    denied(reason).extend_with(|_, extensions| {
        if is_forbidden {
            extensions.set("field", vec![argument.to_owned()]);
        }
    })
}

/// The answer to a fault: its cause goes to the log.
pub fn internal(ctx: &Context<'_>, fault: &Fault) -> Error {
    let request_id = ctx.data_opt::<Origin>().and_then(|origin| origin.request_id.clone()).unwrap_or_default();
    tracing::error!(request_id, error = %fault, "a request failed");
    if fault.is_busy() {
        return coded("UNAVAILABLE", Fault::BUSY);
    }
    let retryable = crate::db::MaybeTransient::is_transient(fault);
    Error::new("Internal error").extend_with(|_, extensions| {
        extensions.set("code", "INTERNAL_SERVER_ERROR");
        extensions.set("requestId", request_id.clone());
        extensions.set("retryable", retryable);
    })
}

/// The answer when an order cannot be read.
pub fn unseen(ctx: &Context<'_>, unseen: Unseen) -> Error {
    match unseen {
        Unseen::Denied(reason) => denied(reason),
        Unseen::Fault(fault) => internal(ctx, &fault),
    }
}

/// The answer when there is no page.
pub fn no_page(ctx: &Context<'_>, error: PageError) -> Error {
    match error {
        PageError::Argument(field, message) => bad_input(field, message),
        PageError::Database(error) => internal(ctx, &error.into()),
    }
}

/// What a command answered: its result, or why it was refused in the types of the mutation.
///
/// # Errors
/// For a caller who may not, and for faults.
pub fn settle<T, C, E: From<Refusal<C>>>(ctx: &Context<'_>, outcome: Result<T, Failure<C>>) -> Result<Result<T, Vec<E>>, Error> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Refused(refusals)) => Ok(Err(refusals.into_iter().map(E::from).collect())),
        Err(Failure::Denied(reason)) => Err(denied(reason)),
        Err(Failure::Fault(fault)) => Err(internal(ctx, &fault)),
    }
}

/// Reads an id of the type asked for. What is not one names nothing: the answer is the command's "not found".
///
/// # Errors
/// A refusal at `field`.
pub fn id<T: FromStr, C>(text: &str, code: C, field: &[&str], what: &str) -> Result<T, Refusal<C>> {
    text.parse().map_err(|_| Refusal::new(code, field, format!("{what} not found")))
}

/// Declares the error type and the code enum of one mutation, mirrored from the command's own list: a reason that is
/// missing here does not compile.
macro_rules! user_errors {
    (
        $error:ident, $code:ident = $domain:ty {
            $($(#[$doc:meta])* $variant:ident,)*
        }
        $(, details: [$($detail:ident),*])?
    ) => {
        /// What kind of reason a mutation was refused for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum $code {
            $($(#[$doc])* $variant,)*
        }

        impl From<$domain> for $code {
            fn from(code: $domain) -> Self {
                match code {
                    $(<$domain>::$variant => Self::$variant,)*
                }
            }
        }

        $crate::graphql::error::user_errors!(@object $error, $code, $domain, [$($($detail),*)?]);
    };

    (@object $error:ident, $code:ident, $domain:ty, []) => {
        /// One reason why the mutation was refused.
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $error {
            /// What kind of reason.
            code: $code,
            /// Path into the input, such as ["items", "0", "quantity"].
            field: Vec<String>,
            /// A sentence for a person.
            message: String,
        }

        impl From<$crate::fault::Refusal<$domain>> for $error {
            fn from(refusal: $crate::fault::Refusal<$domain>) -> Self {
                Self { code: refusal.code.into(), field: refusal.field, message: refusal.message }
            }
        }
    };

    (@object $error:ident, $code:ident, $domain:ty, [stock]) => {
        /// One reason why the mutation was refused.
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $error {
            /// What kind of reason.
            code: $code,
            /// Path into the input, such as ["items", "0", "quantity"].
            field: Vec<String>,
            /// A sentence for a person.
            message: String,
            /// Pieces that can be had, with INSUFFICIENT_STOCK.
            available: Option<i32>,
            /// The price now, with PRICE_CHANGED.
            current_price: Option<$crate::graphql::scalar::Money>,
            /// The stores whose goods it would hold, with MULTIPLE_STORES.
            stores: Vec<async_graphql::ID>,
        }

        impl From<$crate::fault::Refusal<$domain>> for $error {
            fn from(refusal: $crate::fault::Refusal<$domain>) -> Self {
                let detail = refusal.detail;
                Self {
                    code: refusal.code.into(),
                    field: refusal.field,
                    message: refusal.message,
                    available: detail.available.map($crate::graphql::scalar::count),
                    current_price: detail
                        .current_price
                        .map(|(minor, currency)| $crate::graphql::scalar::Money::new(minor, currency)),
                    stores: detail.stores.into_iter().map(|id| async_graphql::ID(id.to_string())).collect(),
                }
            }
        }
    };

    (@object $error:ident, $code:ident, $domain:ty, [available]) => {
        /// One reason why the mutation was refused.
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $error {
            /// What kind of reason.
            code: $code,
            /// Path into the input, such as ["delta"].
            field: Vec<String>,
            /// A sentence for a person.
            message: String,
            /// Pieces that can be had, with INSUFFICIENT_STOCK.
            available: Option<i32>,
        }

        impl From<$crate::fault::Refusal<$domain>> for $error {
            fn from(refusal: $crate::fault::Refusal<$domain>) -> Self {
                Self {
                    code: refusal.code.into(),
                    field: refusal.field,
                    message: refusal.message,
                    available: refusal.detail.available.map($crate::graphql::scalar::count),
                }
            }
        }
    };

    (@object $error:ident, $code:ident, $domain:ty, [parcel]) => {
        /// One reason why the mutation was refused.
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $error {
            /// What kind of reason.
            code: $code,
            /// Path into the input, such as ["lines", "0", "quantity"].
            field: Vec<String>,
            /// A sentence for a person.
            message: String,
            /// Pieces that are left, with QUANTITY_EXCEEDED.
            available: Option<i32>,
            /// Statuses the order can go to, where its status is in the way.
            allowed_statuses: Vec<$crate::graphql::order::OrderStatus>,
            /// With CONFLICT: the fields that changed since the version the caller knew.
            changed_fields: Vec<String>,
            /// With CONFLICT: the version now.
            current_version: Option<i32>,
        }

        impl From<$crate::fault::Refusal<$domain>> for $error {
            fn from(refusal: $crate::fault::Refusal<$domain>) -> Self {
                let detail = refusal.detail;
                Self {
                    code: refusal.code.into(),
                    field: refusal.field,
                    message: refusal.message,
                    available: detail.available.map($crate::graphql::scalar::count),
                    allowed_statuses: detail.allowed_statuses.into_iter().map(Into::into).collect(),
                    changed_fields: detail.changed_fields,
                    current_version: detail.current_version,
                }
            }
        }
    };

    (@object $error:ident, $code:ident, $domain:ty, [edit]) => {
        /// One reason why the mutation was refused.
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $error {
            /// What kind of reason.
            code: $code,
            /// Path into the input, such as ["add", "0", "quantity"].
            field: Vec<String>,
            /// A sentence for a person.
            message: String,
            /// Pieces that are in stock beyond those the order holds, with INSUFFICIENT_STOCK.
            available: Option<i32>,
            /// The price now, with PRICE_CHANGED.
            current_price: Option<$crate::graphql::scalar::Money>,
            /// Statuses the order can go to.
            allowed_statuses: Vec<$crate::graphql::order::OrderStatus>,
            /// With CONFLICT: the fields that changed since the version the caller knew.
            changed_fields: Vec<String>,
            /// With CONFLICT: the version now.
            current_version: Option<i32>,
            /// The stores whose goods it would hold, with MULTIPLE_STORES.
            stores: Vec<async_graphql::ID>,
        }

        impl From<$crate::fault::Refusal<$domain>> for $error {
            fn from(refusal: $crate::fault::Refusal<$domain>) -> Self {
                let detail = refusal.detail;
                let price = detail.current_price;
                Self {
                    code: refusal.code.into(),
                    field: refusal.field,
                    message: refusal.message,
                    available: detail.available.map($crate::graphql::scalar::count),
                    current_price: price.map(|(minor, currency)| $crate::graphql::scalar::Money::new(minor, currency)),
                    allowed_statuses: detail.allowed_statuses.into_iter().map(Into::into).collect(),
                    changed_fields: detail.changed_fields,
                    current_version: detail.current_version,
                    stores: detail.stores.into_iter().map(|id| async_graphql::ID(id.to_string())).collect(),
                }
            }
        }
    };

    (@object $error:ident, $code:ident, $domain:ty, [change]) => {
        /// One reason why the mutation was refused.
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $error {
            /// What kind of reason.
            code: $code,
            /// Path into the input, such as ["expectedVersion"].
            field: Vec<String>,
            /// A sentence for a person.
            message: String,
            /// Statuses the order can go to.
            allowed_statuses: Vec<$crate::graphql::order::OrderStatus>,
            /// With CONFLICT: the fields that changed since the version the caller knew.
            changed_fields: Vec<String>,
            /// With CONFLICT: the version now.
            current_version: Option<i32>,
        }

        impl From<$crate::fault::Refusal<$domain>> for $error {
            fn from(refusal: $crate::fault::Refusal<$domain>) -> Self {
                let detail = refusal.detail;
                Self {
                    code: refusal.code.into(),
                    field: refusal.field,
                    message: refusal.message,
                    allowed_statuses: detail.allowed_statuses.into_iter().map(Into::into).collect(),
                    changed_fields: detail.changed_fields,
                    current_version: detail.current_version,
                }
            }
        }
    };
}
pub(crate) use user_errors;
