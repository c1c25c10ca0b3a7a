//! What every part of the running service needs: configuration, database, clock, keys.

use std::{sync::Arc, time::Duration};

use entity::id::UserId;
use moka::sync::Cache;

use crate::{
    auth::{actor::Standing, token::Keys},
    cache::Cache as Answers,
    clock::Clock,
    config::ServeConfig,
    db::Db,
    event::feed::Feed,
    fulfillment::provider::{self, ShippingProvider},
    limit::Limits,
    list::followed::Followed,
    notification::Outlets,
    order::{live::Tail, number::Numbers},
    page::Spreads,
    payment::gateway::{Gateways, registry},
    redis::Redis,
    search::Samples,
    statistics::{
        customers::Store as Buyers, merged::Store as Rankings, rollup::ask::Memory, transition_times::Store as Lengths,
    },
    streams::Streams,
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
    /// What the parts of this process tell each other of the event log.
    pub feed: Arc<Feed>,
    /// The end of the event log, for all subscribers of this process.
    pub tail: Arc<Tail>,
    /// Connections that stay open.
    pub streams: Arc<Streams>,
    /// Calls other people's services: no redirects, every call with a deadline.
    pub http: reqwest::Client,
    /// What notifications go out by.
    pub outlets: Arc<Outlets>,
    /// Calls receivers of webhooks: never on private addresses unless the settings say so.
    pub webhooks: reqwest::Client,
    /// Payment providers.
    pub gateways: Arc<Gateways>,
    /// The shipping provider, when there is one.
    pub shipping: Option<Arc<dyn ShippingProvider>>,
    /// Answers that are kept.
    pub cache: Arc<Answers>,
    /// Rankings that are kept up to date.
    pub rankings: Arc<Rankings>,
    /// Sums of orders and payments, of windows that were asked for.
    pub sums: Arc<Memory>,
    /// How long orders stayed in statuses, of windows that were asked for.
    pub lengths: Arc<Lengths>,
    /// Who bought in windows that were asked for.
    pub buyers: Arc<Buyers>,
    /// Lists of orders that are followed.
    pub followed: Arc<Followed>,
    /// Texts by which searches are judged.
    pub samples: Arc<Samples>,
    /// How values that lists are sorted by are spread.
    pub spreads: Arc<Spreads>,
    /// How much of what anyone may do.
    pub limits: Arc<Limits>,
    /// What copies of the service share, if there is a Redis.
    pub redis: Option<Arc<Redis>>,
}

impl App {
    /// A service on an open, migrated database.
    pub fn new(config: ServeConfig, db: Db, clock: Clock, keys: Keys) -> Self {
        let streams = Arc::new(Streams::new(config.live.ws_max_connections));
        let http = outgoing();
        let gateways = Gateways::from(registry::configured(&config.payments, &http));
        let shipping = provider::configured(&config.shipping, &http);
        let redis = shared(&config, &keys);
        let cache = Answers::new(&config.cache, clock.clone(), redis.clone());
        // A quarter of what answers may take each, beside them, or an eighth.
        let quarter = config.cache.cache_memory_mb.div_ceil(4);
        let rankings = Rankings::new(quarter);
        let eighth = config.cache.cache_memory_mb.div_ceil(8);
        let (lengths, buyers, sums) = (Lengths::new(eighth), Buyers::new(eighth), Memory::new(eighth));
        let followed = Followed::new(quarter);
        let limits = Limits::new(&config.rates, &clock, redis.clone());
        Self {
            webhooks: crate::webhook::address::client(&config.webhooks),
            config: Arc::new(config),
            db,
            clock,
            keys: Arc::new(keys),
            standings: Cache::builder().max_capacity(10_000).time_to_live(STANDING_TTL).build(),
            numbers: Arc::new(Numbers::default()),
            feed: Arc::new(Feed::default()),
            tail: Arc::new(Tail::default()),
            streams,
            outlets: Arc::new(Outlets::default()),
            http,
            gateways: Arc::new(gateways),
            shipping,
            cache: Arc::new(cache),
            rankings: Arc::new(rankings),
            sums: Arc::new(sums),
            lengths: Arc::new(lengths),
            buyers: Arc::new(buyers),
            followed: Arc::new(followed),
            samples: Arc::new(Samples::default()),
            spreads: Arc::new(Spreads::default()),
            limits: Arc::new(limits),
            redis,
        }
    }

    /// To be called when something may have been committed, before anyone is told of it: what is kept of the data is over, and
    /// background work and other copies hear of it.
    pub(crate) async fn changed(&self) {
        if let Err(fault) = Box::pin(self.cache.look(&self.db)).await {
            tracing::error!(error = %fault, "the event log could not be read: nothing that is kept is given");
        }
        self.feed.nudge();
        self.feed.shout();
    }
}

/// The Redis of the settings. Its keys begin with what only copies with the same secret share, so that several services do not
/// read each other's.
fn shared(config: &ServeConfig, keys: &Keys) -> Option<Arc<Redis>> {
    let url = config.redis.url.as_ref()?;
    let [a, b, c, d, ..] = keys.derive("redis");
    let prefix = format!("ordergraph:{}:", crate::idempotency::hex(&[a, b, c, d]));
    match Redis::new(url.reveal(), config.redis.timeout(), prefix) {
        Ok(redis) => Some(Arc::new(redis)),
        Err(error) => {
            tracing::error!(%error, "Redis cannot be used");
            None
        }
    }
}

/// How long a call of another service may take, and how long reaching it.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

fn outgoing() -> reqwest::Client {
    let built = reqwest::Client::builder()
        .timeout(CALL_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("ordergraph/", env!("CARGO_PKG_VERSION")))
        .build();
    #[allow(clippy::expect_used, reason = "at start, with settings that are fixed here")]
    built.expect("the TLS library begins")
}
