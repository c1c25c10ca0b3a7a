//! Redis, for what copies of the service share to be faster: never needed, never trusted to be there.
//!
//! Every call has a short time and answers nothing when Redis does not. After a call that failed no request asks again until a
//! probe in the background was answered, so that a Redis that hangs costs one short wait and not one per request.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::redis::{
    Client, Cmd, FromRedisValue, RedisResult, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::{sync::watch, task::JoinSet};

/// How long a probe in the background may take: longer than a request waits, so that a far Redis can be reached at all.
const PROBE: Duration = Duration::from_secs(1);

/// How long to wait between two probes.
const PAUSE: Duration = Duration::from_millis(500);

/// A connection to Redis that makes itself anew.
pub struct Redis {
    inner: Arc<Inner>,
    /// Ends with the service.
    _probes: JoinSet<()>,
}

struct Inner {
    connection: ConnectionManager,
    timeout: Duration,
    prefix: String,
    answers: watch::Sender<bool>,
    was_there: AtomicBool,
}

impl Redis {
    /// A connection that is made when it is first used. All keys begin with `prefix`.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn new(url: &str, timeout: Duration, prefix: String) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PROBE))
            .set_response_timeout(Some(PROBE));
        let connection = ConnectionManager::new_lazy_with_config(Client::open(url)?, config)?;
        let inner = Inner { connection, timeout, prefix, answers: watch::Sender::new(false), was_there: AtomicBool::new(true) };
        let inner = Arc::new(inner);
        let mut probes = JoinSet::new();
        probes.spawn(watch_over(inner.clone()));
        Ok(Self { inner, _probes: probes })
    }

    /// A key of this service.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.inner.prefix)
    }

    /// What a command answers; nothing when Redis is away or too slow.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut connection = self.inner.connection.clone();
        self.within(command.query_async(&mut connection)).await
    }

    /// What a script answers; nothing when Redis is away or too slow.
    pub(crate) async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Option<T> {
        let mut connection = self.inner.connection.clone();
        self.within(script.invoke_async(&mut connection)).await
    }

    /// Waits until Redis answers.
    pub async fn ready(&self) {
        // The sender is in `self`.
        let _ = self.inner.answers.subscribe().wait_for(|answers| *answers).await;
    }

    /// Whether Redis answered last.
    pub fn answers(&self) -> bool {
        *self.inner.answers.borrow()
    }

    async fn within<T>(&self, call: impl Future<Output = RedisResult<T>>) -> Option<T> {
        if !self.answers() {
            return None;
        }
        let why = match tokio::time::timeout(self.inner.timeout, call).await {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} ms", self.inner.timeout.as_millis()),
        };
        self.inner.fails(&why);
        None
    }
}

impl Inner {
    fn fails(&self, why: &str) {
        self.answers.send_replace(false);
        if self.was_there.swap(false, Ordering::SeqCst) {
            tracing::warn!(why, "Redis does not answer: going on without it");
        }
    }
}

/// Asks until Redis answers, then waits until a call fails.
async fn watch_over(inner: Arc<Inner>) {
    loop {
        let mut connection = inner.connection.clone();
        let ping = ::redis::cmd("PING");
        let answer = tokio::time::timeout(PROBE, ping.query_async::<String>(&mut connection)).await;
        match answer {
            Ok(Ok(_)) => {
                inner.was_there.store(true, Ordering::SeqCst);
                inner.answers.send_replace(true);
                tracing::info!("Redis answers");
                // The sender is in `inner`.
                let _ = inner.answers.subscribe().wait_for(|answers| !answers).await;
            }
            Ok(Err(error)) => inner.fails(&error.to_string()),
            Err(_) => inner.fails("no answer"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
