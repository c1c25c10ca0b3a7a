//! Streams that several operations share, each reserved before it is opened.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use entity::id::UserId;
use futures_util::stream;
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time::Instant,
};

use super::{
    Asked, events, full, unauthorised,
    wire::{self, Stream, Turn},
};
use crate::{
    clock::random_bytes,
    http::{
        Edge,
        errors::Code,
        operation::{self, Operation, Said, WAITING, Word, invalid_token, listed},
        params::Params,
        refused::Refused,
    },
    streams::Place,
};

/// How long a reservation waits to be opened.
const PATIENCE: Duration = Duration::from_secs(30);

/// The reserved streams of a process, by their tokens.
#[derive(Default)]
pub struct Reservations(Mutex<HashMap<String, Reserved>>);

/// A reserved stream.
struct Reserved {
    user: UserId,
    since: Instant,
    out: mpsc::Sender<Word>,
    /// What the stream is opened with; gone once it is open.
    unopened: Option<(mpsc::Receiver<Word>, Place)>,
    running: HashMap<String, (u64, AbortHandle)>,
    serial: u64,
    tasks: JoinSet<()>,
}

impl Reservations {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Reserved>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the stream of a token, if it is the caller's.
    fn with<T>(&self, token: &str, asked: &Asked, act: impl FnOnce(&mut Reserved) -> T) -> Option<T> {
        let mut all = self.all();
        let reserved = all.get_mut(token).filter(|reserved| asked.actor.user() == Some(reserved.user))?;
        Some(act(reserved))
    }

    /// Forgets what ended: true when its client still listened to it.
    fn settle(&self, token: &str, id: &str, serial: u64, ends: bool) -> bool {
        let mut all = self.all();
        let Some(reserved) = all.get_mut(token) else { return false };
        let listens = reserved.running.get(id).is_some_and(|(running, _)| *running == serial);
        if listens && ends {
            reserved.running.remove(id);
        }
        while reserved.tasks.try_join_next().is_some() {}
        listens
    }
}

fn not_found() -> Response {
    Refused::new(StatusCode::NOT_FOUND, Code::NotFound, "Stream not found").into_response()
}

/// Reserves a stream and gives its token.
pub fn reserve(edge: &Edge, asked: &Asked) -> Response {
    let Some(user) = asked.actor.user() else { return unauthorised() };
    let mut all = edge.reservations.all();
    // Those that nobody opened give their places back.
    all.retain(|_, reserved| reserved.unopened.is_none() || reserved.since.elapsed() < PATIENCE);
    let Some(place) = edge.api.app.streams.place() else { return full() };
    let (out, words) = mpsc::channel(WAITING);
    let token = URL_SAFE_NO_PAD.encode(random_bytes::<24>());
    let reserved = Reserved {
        user,
        since: Instant::now(),
        out,
        unopened: Some((words, place)),
        running: HashMap::new(),
        serial: 0,
        tasks: JoinSet::new(),
    };
    all.insert(token.clone(), reserved);
    let mut response = Response::new(Body::from(token));
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Opens a reserved stream, once.
pub fn open(edge: &Edge, asked: &Asked, token: &str) -> Response {
    let Some(unopened) = edge.reservations.with(token, asked, |reserved| reserved.unopened.take()) else { return not_found() };
    let Some((words, place)) = unopened else {
        return Refused::new(StatusCode::CONFLICT, Code::Conflict, "Stream already open").into_response();
    };
    let stream = Stream::new(edge.clone(), asked.authorization.clone(), words, place);
    let open = Open { stream, end: Ending { reservations: edge.reservations.clone(), token: token.to_owned() } };
    let body = stream::unfold(open, |mut open| async move {
        let text = open.text().await?;
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(text)), open))
    });
    events(Body::from_stream(body), &asked.actor)
}

/// Runs an operation whose results appear on a reserved stream.
pub fn run(edge: &Edge, asked: &Asked, token: &str, params: Params, id: Option<String>) -> Response {
    let Some(id) = id else { return Refused::bad_request("Operation ID is missing").into_response() };
    let most = edge.api.app.config.live.ws_max_operations;
    let answer = edge.reservations.with(token, asked, |reserved| {
        if reserved.running.contains_key(&id) {
            return Refused::new(StatusCode::CONFLICT, Code::Conflict, "Operation with ID already exists").into_response();
        }
        if reserved.running.len() >= most {
            let message = "Too many operations run at once on this stream";
            return Refused::new(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, message).into_response();
        }
        reserved.serial += 1;
        let operation = Operation {
            id: id.clone(),
            serial: reserved.serial,
            params,
            authorization: asked.authorization.clone(),
            client: asked.client,
            resume: None,
            transport: "SSE",
            may_change: true,
        };
        let task = reserved.tasks.spawn(operation::run(edge.clone(), operation, reserved.out.clone()));
        reserved.running.insert(id, (reserved.serial, task));
        StatusCode::ACCEPTED.into_response()
    });
    answer.unwrap_or_else(not_found)
}

/// Ends an operation of a reserved stream.
pub fn end(edge: &Edge, asked: &Asked) -> Response {
    let Some(token) = &asked.token else { return not_found() };
    let Some(id) = &asked.operation_id else { return Refused::bad_request("Operation ID is missing").into_response() };
    let ended = edge.reservations.with(token, asked, |reserved| {
        let (serial, task) = reserved.running.get(id)?;
        task.abort();
        Some((reserved.out.clone(), *serial))
    });
    match ended {
        None => not_found(),
        Some(None) => StatusCode::OK.into_response(),
        Some(Some((out, serial))) => {
            // A stream that is full of words is ended all the same: its client asked for no more of this operation.
            if out.try_send(Word { id: id.clone(), serial, said: Said::Complete }).is_err() {
                edge.reservations.settle(token, id, serial, true);
            }
            StatusCode::OK.into_response()
        }
    }
}

/// An open stream that operations share.
struct Open {
    stream: Stream,
    end: Ending,
}

/// Forgets the reservation when its stream ends, and stops what runs for it.
struct Ending {
    reservations: Arc<Reservations>,
    token: String,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.reservations.all().remove(&self.token);
    }
}

impl Open {
    /// The next bytes.
    async fn text(&mut self) -> Option<String> {
        loop {
            let word = match self.stream.turn().await {
                Turn::End | Turn::Unauthorised => return None,
                Turn::Comment => return Some(wire::comment()),
                Turn::Word(word) => word,
            };
            let ends = !matches!(word.said, Said::Next(..));
            if !self.end.reservations.settle(&self.end.token, &word.id, word.serial, ends) {
                continue;
            }
            return Some(match word.said {
                Said::Next(result, _) => wire::next_of(&word.id, &result),
                Said::Complete => wire::complete_of(&word.id),
                Said::Failed(errors) => failed(&word.id, &errors),
                Said::Unauthorised => failed(&word.id, &listed(&[invalid_token()])),
            });
        }
    }
}

fn failed(id: &str, errors: &str) -> String {
    format!("{}{}", wire::next_of(id, &format!(r#"{{"errors":{errors}}}"#)), wire::complete_of(id))
}
