//! One WebSocket: reads what the client sends, lets its operations run, and sends what they say.

use std::{collections::HashMap, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use serde_json::{Map, Value};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time::{Instant, timeout},
};

use super::message::{self, Incoming};
use crate::{
    auth::token::{Rejected, authenticate},
    http::{
        Edge,
        errors::{Code, cut, error},
        operation::{self, Operation, Said, WAITING, Word},
    },
    limit::address::Address,
    streams::Place,
};

/// How long sending one message may take: a client that reads nothing for so long is given up.
const SENDING: Duration = Duration::from_secs(20);

/// How long a client may take to answer that the connection closes.
const CLOSING: Duration = Duration::from_secs(2);

/// How often the connection looks at the time.
const TICK: Duration = Duration::from_secs(1);

/// How many pings may go unanswered; the next one that would is not sent.
const UNANSWERED: u32 = 2;

/// How many ticks go by between two questions whether the user is still let in; the token's end is seen at once.
const STANDING_TICKS: u32 = 10;

/// Longest part of a client's text in the reason of a close.
const QUOTED: usize = 60;

/// Why a connection ends from this side.
struct Close(u16, String);

impl Close {
    fn of(code: u16, reason: &str) -> Self {
        Self(code, reason.to_owned())
    }

    fn forbidden() -> Self {
        Self::of(4403, "Forbidden: the token is invalid or expired")
    }
}

/// How a connection ends.
enum End {
    /// The client is gone.
    Gone,
    /// The client closes it.
    Goodbye,
    /// This side closes it.
    Close(Close),
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

/// A connection's state.
struct Connection {
    edge: Edge,
    socket: WebSocket,
    authorization: Option<String>,
    client: Address,
    /// True once connection_init has come.
    is_begun: bool,
    running: HashMap<String, (u64, AbortHandle)>,
    serial: u64,
    tasks: JoinSet<()>,
    out: mpsc::Sender<Word>,
    opened: Instant,
    /// Pings since anything was heard.
    unanswered: u32,
    pinged: Instant,
    ticks: u32,
}

/// Serves a WebSocket until either side closes it.
pub(crate) async fn serve(edge: Edge, socket: WebSocket, authorization: Option<String>, client: Address, mut place: Place) {
    let has_protocol = socket.protocol().is_some();
    let (out, mut words) = mpsc::channel(WAITING);
    let now = Instant::now();
    let mut connection = Connection {
        edge,
        socket,
        authorization,
        client,
        is_begun: false,
        running: HashMap::new(),
        serial: 0,
        tasks: JoinSet::new(),
        out,
        opened: now,
        unanswered: 0,
        pinged: now,
        ticks: 0,
    };
    let end = match has_protocol {
        true => connection.run(&mut words, &mut place).await,
        false => Close::of(4406, "Subprotocol not acceptable").into(),
    };
    // What runs is stopped before the goodbye, which may take its time.
    connection.tasks.shutdown().await;
    match end {
        End::Gone => {}
        End::Goodbye => connection.wait_for_end().await,
        End::Close(close) => connection.close(close).await,
    }
}

impl Connection {
    async fn run(&mut self, words: &mut mpsc::Receiver<Word>, place: &mut Place) -> End {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let step = tokio::select! {
                () = place.stopped() => return Close::of(1001, "The service stops").into(),
                received = self.socket.recv() => self.hear(received).await,
                Some(word) = words.recv() => self.pass_on(word).await,
                _ = tick.tick() => self.look_around().await,
            };
            while self.tasks.try_join_next().is_some() {}
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn hear(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let message = match received {
            None => return Err(End::Gone),
            Some(Ok(Message::Close(_))) => return Err(End::Goodbye),
            Some(Err(failed)) if is_too_large(&failed) => return Err(Close::of(1009, "Message too large").into()),
            Some(Err(_)) => return Err(End::Gone),
            Some(Ok(message)) => message,
        };
        self.unanswered = 0;
        let text = match &message {
            Message::Text(text) => text.as_str(),
            Message::Binary(_) => return Err(Close::of(4400, "Invalid message: send text").into()),
            _ => return Ok(()),
        };
        match Incoming::read(text) {
            None => Err(Close::of(4400, "Invalid message").into()),
            Some(Incoming::ConnectionInit { payload }) => self.init(payload.unwrap_or_default()).await,
            Some(Incoming::Ping { payload }) => self.send(Message::text(message::pong(payload))).await,
            Some(Incoming::Pong { .. }) => Ok(()),
            Some(Incoming::Subscribe { id, payload }) => self.subscribe(id, payload).await,
            Some(Incoming::Complete { id }) => {
                if let Some((_, task)) = self.running.remove(&id) {
                    task.abort();
                }
                Ok(())
            }
        }
    }

    async fn init(&mut self, payload: Map<String, Value>) -> Result<(), End> {
        if self.is_begun {
            return Err(Close::of(4429, "Too many initialisation requests").into());
        }
        self.is_begun = true;
        if let Some(authorization) = message::authorization(&payload).map_err(|()| Close::forbidden())? {
            self.authorization = Some(authorization);
        }
        self.is_let_in().await?;
        self.send(Message::text(message::ack())).await
    }

    /// Asks whether the token is good and its user let in.
    async fn is_let_in(&mut self) -> Result<(), End> {
        match authenticate(&self.edge.api.app, self.authorization.as_deref()).await {
            Ok(_) => Ok(()),
            Err(Rejected::InvalidToken) => Err(Close::forbidden().into()),
            Err(Rejected::Fault(fault)) => {
                tracing::error!(error = %fault, "a caller could not be authenticated");
                Err(Close::of(1011, "Internal error").into())
            }
        }
    }

    async fn subscribe(&mut self, id: String, params: super::super::params::Params) -> Result<(), End> {
        if !self.is_begun {
            return Err(Close::of(4401, "Unauthorized").into());
        }
        if self.running.contains_key(&id) {
            return Err(Close(4409, format!("Subscriber for {} already exists", cut(&id, QUOTED))).into());
        }
        let most = self.edge.api.app.config.live.ws_max_operations;
        if self.running.len() >= most {
            let refused = error(Code::RateLimited, format!("At most {most} operations run at once on one connection"));
            return self.send(Message::text(message::error(&id, &operation::listed(&[refused])))).await;
        }
        self.serial += 1;
        let operation = Operation {
            id: id.clone(),
            serial: self.serial,
            params,
            authorization: self.authorization.clone(),
            client: self.client,
            resume: None,
            transport: "WS",
            may_change: true,
        };
        let task = self.tasks.spawn(operation::run(self.edge.clone(), operation, self.out.clone()));
        self.running.insert(id, (self.serial, task));
        Ok(())
    }

    /// Sends what an operation said, unless the client no longer listens to it.
    async fn pass_on(&mut self, word: Word) -> Result<(), End> {
        if self.running.get(&word.id).is_none_or(|(serial, _)| *serial != word.serial) {
            return Ok(());
        }
        let text = match word.said {
            Said::Next(result, _) => message::next(&word.id, &result),
            Said::Failed(errors) => {
                self.running.remove(&word.id);
                message::error(&word.id, &errors)
            }
            Said::Complete => {
                self.running.remove(&word.id);
                message::complete(&word.id)
            }
            Said::Unauthorised => return Err(Close::forbidden().into()),
        };
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(SENDING, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    /// What is to be done by the time.
    async fn look_around(&mut self) -> Result<(), End> {
        let live = &self.edge.api.app.config.live;
        let (init_timeout, keepalive) = (live.init_timeout(), live.keepalive());
        if !self.is_begun && self.opened.elapsed() >= init_timeout {
            return Err(Close::of(4408, "Connection initialisation timeout").into());
        }
        if self.is_begun {
            self.ticks = self.ticks.wrapping_add(1);
            let app = &self.edge.api.app;
            let is_over = self.authorization.as_deref().is_some_and(|value| app.keys.is_over(value, app.clock.now()));
            if is_over {
                return Err(Close::forbidden().into());
            }
            if self.ticks.is_multiple_of(STANDING_TICKS) {
                self.is_let_in().await?;
            }
        }
        if self.pinged.elapsed() >= keepalive {
            // Pings are counted, not seconds: a machine that stood still has not read yet what the client answered meanwhile.
            if self.unanswered >= UNANSWERED {
                return Err(Close::of(1001, "Nothing was heard of you").into());
            }
            self.unanswered += 1;
            self.pinged = Instant::now();
            self.send(Message::Ping(Bytes::new())).await?;
        }
        Ok(())
    }

    /// Says why, and gives the client the time to say goodbye.
    async fn close(mut self, Close(code, reason): Close) {
        let frame = CloseFrame { code, reason: reason.into() };
        if timeout(CLOSING, self.socket.send(Message::Close(Some(frame)))).await.is_ok_and(|sent| sent.is_ok()) {
            self.wait_for_end().await;
        }
    }

    /// Reads to the end, which also sends the answer to the client's goodbye.
    async fn wait_for_end(&mut self) {
        let end = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        let _ = timeout(CLOSING, end).await;
    }
}

/// Whether reading failed because a message is larger than may be sent.
fn is_too_large(failed: &axum::Error) -> bool {
    failed.to_string().contains("too long")
}
