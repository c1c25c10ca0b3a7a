//! Rate limits: how much of what anyone may do (C-32).
//!
//! Every limit is a bucket per caller that is filled evenly and holds as much as its rate allows in its unit of time (GCRA). With
//! Redis all copies of the service draw from the same buckets; while it is away each has its own.

pub mod address;
mod local;
mod shared;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use entity::id::UserId;
use sha2::{Digest as _, Sha256};

use self::{address::Address, local::Buckets};
use crate::{
    clock::Clock,
    config::{RateConfig, rate::Rate},
    redis::Redis,
};

/// What is limited, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// Signing in, from an address.
    SignInFrom(Address),
    /// Signing in, to an account by its e-mail address in lower case, whether there is one or not.
    SignInTo(&'a str),
    /// Exchanging refresh tokens, from an address.
    RefreshFrom(Address),
    /// Requests of those who are not signed in.
    Anonymous(Address),
    /// Requests of a user.
    User(UserId),
    /// Placing orders.
    OrderCreate(UserId),
}

impl What<'_> {
    fn rate(self, config: &RateConfig) -> Rate {
        match self {
            Self::SignInFrom(_) | Self::SignInTo(_) | Self::RefreshFrom(_) => config.rate_limit_auth,
            Self::Anonymous(_) => config.rate_limit_anon,
            Self::User(_) => config.rate_limit_user,
            Self::OrderCreate(_) => config.rate_limit_order_create,
        }
    }

    /// The bucket's name. An e-mail address does not stand in it.
    fn key(self) -> String {
        match self {
            Self::SignInFrom(address) => format!("sign-in-from:{address}"),
            Self::SignInTo(email) => format!("sign-in-to:{}", crate::idempotency::hex(&Sha256::digest(email))),
            Self::RefreshFrom(address) => format!("refresh-from:{address}"),
            Self::Anonymous(address) => format!("anonymous:{address}"),
            Self::User(user) => format!("user:{user}"),
            Self::OrderCreate(user) => format!("order-create:{user}"),
        }
    }
}

/// What is left after something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// How much may be done at once.
    pub limit: u32,
    /// How much was taken for this.
    pub taken: u32,
    /// How much may be done now.
    pub remaining: u32,
    /// When the bucket is full again.
    pub full_after: Duration,
}

/// Too much was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// When it may be tried again.
    pub retry_after: Duration,
}

impl Exceeded {
    /// The same in whole seconds, at least one.
    pub fn seconds(self) -> u64 {
        (self.retry_after.as_secs() + u64::from(self.retry_after.subsec_nanos() > 0)).max(1)
    }
}

/// The limits of this process.
pub struct Limits {
    config: RateConfig,
    redis: Option<Arc<Redis>>,
    auth: Option<Buckets>,
    anonymous: Option<Buckets>,
    user: Option<Buckets>,
    order_create: Option<Buckets>,
}

impl Limits {
    /// Limits with full buckets.
    pub fn new(config: &RateConfig, clock: &Clock, redis: Option<Arc<Redis>>) -> Self {
        let buckets = |rate| match rate {
            Rate::Off => None,
            Rate::At(count, unit) => Some(Buckets::new(count, unit.duration(), clock.clone())),
        };
        Self {
            auth: buckets(config.rate_limit_auth),
            anonymous: buckets(config.rate_limit_anon),
            user: buckets(config.rate_limit_user),
            order_create: buckets(config.rate_limit_order_create),
            config: config.clone(),
            redis,
        }
    }

    /// Takes so many units; `None` where nothing is limited. What needs more than a bucket holds takes a full one.
    ///
    /// # Errors
    /// [`Exceeded`] when there is not enough; then nothing is taken.
    pub(crate) async fn take(&self, what: What<'_>, units: u64) -> Result<Option<Left>, Exceeded> {
        if let What::SignInFrom(Address::Local) | What::RefreshFrom(Address::Local) | What::Anonymous(Address::Local) = what {
            return Ok(None);
        }
        let Rate::At(limit, unit) = what.rate(&self.config) else { return Ok(None) };
        let units = u32::try_from(units).unwrap_or(u32::MAX).min(limit.get());
        let Some(units) = NonZeroU32::new(units) else { return Ok(None) };
        let key = what.key();
        if let Some(redis) = &self.redis
            && let Some(answer) = shared::take(redis, &key, limit, unit.duration(), units).await
        {
            return answer.map(Some);
        }
        let buckets = match what {
            What::SignInFrom(_) | What::SignInTo(_) | What::RefreshFrom(_) => &self.auth,
            What::Anonymous(_) => &self.anonymous,
            What::User(_) => &self.user,
            What::OrderCreate(_) => &self.order_create,
        };
        buckets.as_ref().map(|buckets| buckets.take(&key, units)).transpose()
    }
}

/// How much of an operation's cost is one unit: what a plain query of a page of orders costs.
pub const UNIT: u64 = 100;

/// The units of an operation by its cost. One that costs nothing, such as reading the schema, takes none.
pub fn units(cost: u64) -> u64 {
    cost.div_ceil(UNIT)
}
