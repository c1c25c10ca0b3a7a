//! What every part of the running service needs: configuration, database, clock, keys.

use std::{sync::Arc, time::Duration};

use entity::id::UserId;
use moka::sync::Cache;

use crate::{
    auth::{actor::Standing, token::Keys},
    clock::Clock,
    config::ServeConfig,
    db::Db,
    order::number::Numbers,
};

/// How long who a caller is may be remembered: the longest a removed right lives on another copy of the service.
const STANDING_TTL: Duration = Duration::from_secs(5);

/// The running service. Cloning shares it.
#[derive(Clone)]
pub struct App {
    /// Settings.
    pub config: Arc<ServeConfig>,
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Signs and checks access tokens.
    pub keys: Arc<Keys>,
    /// Who the callers of the last seconds are.
    pub standings: Cache<UserId, Arc<Standing>>,
    /// Order numbers set aside.
    pub numbers: Arc<Numbers>,
}

impl App {
    /// A service on an open, migrated database.
    pub fn new(config: ServeConfig, db: Db, clock: Clock, keys: Keys) -> Self {
        Self {
            config: Arc::new(config),
            db,
            clock,
            keys: Arc::new(keys),
            standings: Cache::builder().max_capacity(10_000).time_to_live(STANDING_TTL).build(),
            numbers: Arc::new(Numbers::default()),
        }
    }
}
