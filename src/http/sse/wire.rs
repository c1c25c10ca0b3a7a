//! The stream of events as bytes.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::stream::{self, Stream as Bytestream};
use serde_json::Value;
use tokio::{sync::mpsc, task::JoinSet, time::Instant};

use crate::{
    auth::token::authenticate,
    http::{
        Edge,
        operation::{Said, Word, invalid_token, listed},
    },
    streams::Place,
};

/// How often a stream looks at the time.
const TICK: Duration = Duration::from_secs(1);

/// How many ticks go by between two questions whether the user is still let in; the token's end is seen at once.
const STANDING_TICKS: u32 = 10;

/// What keeps a stream that has nothing to say from being taken for dead.
const COMMENT: &str = ":\n\n";

/// A stream that is being written. When it is dropped, what runs for it ends.
pub struct Stream {
    edge: Edge,
    authorization: Option<String>,
    words: mpsc::Receiver<Word>,
    place: Place,
    /// What runs for it.
    pub tasks: JoinSet<()>,
    said: Instant,
    ticks: u32,
    is_over: bool,
}

/// What a stream has to say next.
pub enum Turn {
    /// Something that an operation said.
    Word(Word),
    /// A sign of life.
    Comment,
    /// The caller is no longer let in.
    Unauthorised,
    /// The service stops, or nobody speaks any more.
    End,
}

impl Stream {
    /// A stream of what is said.
    pub fn new(edge: Edge, authorization: Option<String>, words: mpsc::Receiver<Word>, place: Place) -> Self {
        Self { edge, authorization, words, place, tasks: JoinSet::new(), said: Instant::now(), ticks: 0, is_over: false }
    }

    /// What comes next.
    pub(crate) async fn turn(&mut self) -> Turn {
        loop {
            let turn = tokio::select! {
                () = self.place.stopped() => Some(Turn::End),
                word = self.words.recv() => Some(word.map_or(Turn::End, Turn::Word)),
                () = tokio::time::sleep(TICK) => None,
            };
            let turn = match turn {
                Some(turn) => Some(turn),
                None => self.look_around().await,
            };
            if let Some(turn) = turn {
                self.said = Instant::now();
                return turn;
            }
        }
    }

    async fn look_around(&mut self) -> Option<Turn> {
        let app = &self.edge.api.app;
        let authorization = self.authorization.as_deref();
        self.ticks = self.ticks.wrapping_add(1);
        let is_over = authorization.is_some_and(|value| app.keys.is_over(value, app.clock.now()));
        // A fault is no reason to end: it will be asked again.
        let is_blocked = self.ticks.is_multiple_of(STANDING_TICKS)
            && matches!(authenticate(app, authorization).await, Err(crate::auth::token::Rejected::InvalidToken));
        if is_over || is_blocked {
            return Some(Turn::Unauthorised);
        }
        // Half the time of a WebSocket: proxies end what is silent, and here nothing answers.
        (self.said.elapsed() >= app.config.live.keepalive() / 2).then_some(Turn::Comment)
    }

    /// The bytes of a stream of one operation.
    pub fn distinct(self) -> impl Bytestream<Item = Result<Bytes, Infallible>> + Send {
        stream::unfold(self, |mut stream| async move {
            if stream.is_over {
                return None;
            }
            let text = match stream.turn().await {
                Turn::End => return None,
                Turn::Comment => COMMENT.to_owned(),
                Turn::Unauthorised => stream.last(&listed(&[invalid_token()])),
                Turn::Word(word) => match word.said {
                    Said::Next(result, cursor) => next(&result, cursor.as_deref()),
                    Said::Failed(errors) => stream.last(&errors),
                    Said::Unauthorised => stream.last(&listed(&[invalid_token()])),
                    Said::Complete => {
                        stream.is_over = true;
                        complete()
                    }
                },
            };
            Some((Ok(Bytes::from(text)), stream))
        })
    }

    /// The last words of a stream of one operation: errors.
    fn last(&mut self, errors: &str) -> String {
        self.is_over = true;
        format!("{}{}", next(&format!(r#"{{"errors":{errors}}}"#), None), complete())
    }
}

/// A result, which is JSON already, and where the client was with it.
pub fn next(result: &str, cursor: Option<&str>) -> String {
    let id = cursor.map(|cursor| format!("id: {cursor}\n")).unwrap_or_default();
    format!("event: next\n{id}data: {result}\n\n")
}

fn complete() -> String {
    "event: complete\ndata: \n\n".to_owned()
}

/// A result of an operation of a stream that several share.
pub fn next_of(id: &str, result: &str) -> String {
    format!("event: next\ndata: {{\"id\":{},\"payload\":{result}}}\n\n", Value::from(id))
}

/// The end of an operation of a stream that several share.
pub fn complete_of(id: &str) -> String {
    format!("event: complete\ndata: {{\"id\":{}}}\n\n", Value::from(id))
}

/// The sign of life.
pub fn comment() -> String {
    COMMENT.to_owned()
}
