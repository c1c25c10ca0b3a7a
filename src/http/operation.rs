//! One operation of a connection that stays open, over whichever protocol: checked, run, its answers told one by one.

use std::{panic::AssertUnwindSafe, time::Instant};

use async_graphql::{Request as GraphqlRequest, Response as Answer, ServerError, parser::types::OperationType};
use futures_util::FutureExt;
use serde_json::json;
use tokio::sync::mpsc;

use super::{
    Edge, access_log,
    access_log::Trace,
    answer::has_data,
    errors::{self, Code, code_of, error, failed, internal},
    graphql::Cost,
    guard::Checked,
    limits,
    params::Params,
    request_id::RequestId,
};
use crate::{
    auth::token::{Rejected, authenticate},
    graphql::live::{Ended, Subscribed, Wish},
    limit::address::Address,
};

/// Answers of one operation that may wait to be sent: an operation whose reader is slow waits, and reads the log later.
pub const WAITING: usize = 32;

/// What an operation says.
#[derive(Debug)]
pub enum Said {
    /// A result as JSON, and its cursor if it is an event.
    Next(String, Option<String>),
    /// It failed as a whole: its errors as a JSON list. Nothing follows.
    Failed(String),
    /// There is no more.
    Complete,
    /// The caller is no longer let in: the connection is to end.
    Unauthorised,
}

/// Something said by an operation of a connection.
#[derive(Debug)]
pub struct Word {
    /// The operation's id, as the client named it.
    pub id: String,
    /// Tells operations of one id apart that followed each other.
    pub serial: u64,
    /// What it said.
    pub said: Said,
}

/// An operation to run.
pub struct Operation {
    /// The operation's id, as the client named it.
    pub id: String,
    /// Tells operations of one id apart that followed each other.
    pub serial: u64,
    /// What to run.
    pub params: Params,
    /// The value of an `Authorization` header, or what stands for it.
    pub authorization: Option<String>,
    /// Which client sent it.
    pub client: Address,
    /// A cursor that goes before the one in the document.
    pub resume: Option<String>,
    /// How it came, for the log: `WS`, `SSE`.
    pub transport: &'static str,
    /// False when it came by a method that may change nothing.
    pub may_change: bool,
}

/// Whoever listens is gone.
struct Gone;

/// Who speaks for an operation.
struct Speaker {
    id: String,
    serial: u64,
    out: mpsc::Sender<Word>,
}

impl Speaker {
    async fn say(&self, said: Said) -> Result<(), Gone> {
        self.out.send(Word { id: self.id.clone(), serial: self.serial, said }).await.map_err(|_| Gone)
    }
}

/// Runs an operation to its end. A panic ends it and nothing else.
pub(crate) async fn run(edge: Edge, operation: Operation, out: mpsc::Sender<Word>) {
    let request_id = RequestId::new();
    let started = Instant::now();
    let transport = operation.transport;
    let speaker = Speaker { id: operation.id.clone(), serial: operation.serial, out };
    let mut trace = Trace::default();
    let running = AssertUnwindSafe(answer(&edge, operation, &speaker, &request_id, &mut trace)).catch_unwind();
    if running.await.is_err() {
        tracing::error!(request_id = %request_id.0, "an operation panicked");
        let _ = speaker.say(Said::Failed(listed(&[internal(&request_id)]))).await;
    }
    access_log::operation(transport, &request_id, started, &trace);
}

async fn answer(
    edge: &Edge,
    operation: Operation,
    speaker: &Speaker,
    request_id: &RequestId,
    trace: &mut Trace,
) -> Result<(), Gone> {
    let Operation { params, authorization, client, resume, may_change, .. } = operation;
    let checked = match edge.guard.check(&params.query, params.operation_name.as_deref(), &params.variables) {
        Ok(checked) => checked,
        Err(refusal) => return fail(speaker, trace, refusal.into()).await,
    };
    let kind = checked.operation.as_ref().map(|operation| operation.kind);
    *trace = Trace { operation: checked.operation.clone(), cost: checked.cost, ..Trace::default() };
    if kind == Some(OperationType::Mutation) && !may_change {
        return fail(speaker, trace, error(Code::BadRequest, "Mutations are sent by POST")).await;
    }
    let actor = match authenticate(&edge.api.app, authorization.as_deref()).await {
        Ok(actor) => actor,
        Err(Rejected::InvalidToken) => return unauthorised(speaker, trace).await,
        Err(Rejected::Fault(fault)) => {
            tracing::error!(request_id = %request_id.0, error = %fault, "a caller could not be authenticated");
            return fail(speaker, trace, failed(&fault, request_id)).await;
        }
    };
    trace.user = actor.user();
    let taken = match limits::take(&edge.api.app, &actor, client, checked.cost).await {
        Ok(taken) => taken,
        Err(refused) => return fail(speaker, trace, refused).await,
    };
    if kind == Some(OperationType::Subscription) {
        let wish = Wish {
            query: params.query,
            document: checked.document,
            variables: params.variables,
            operation_name: params.operation_name,
            authorization,
            request_id: request_id.clone(),
            resume,
        };
        return match edge.api.subscribe(wish, actor).await {
            Ok(subscribed) => listen(subscribed, speaker, request_id, trace).await,
            Err(refused) => tell(speaker, trace, refused, request_id).await,
        };
    }
    let mut answer = edge.api.execute(request(params, checked).data(client), actor, request_id.clone()).await;
    if let Some(taken) = taken {
        answer.extensions.insert("cost".to_owned(), taken);
    }
    tell(speaker, trace, answer, request_id).await
}

fn request(params: Params, checked: Checked) -> GraphqlRequest {
    let mut request = GraphqlRequest::new(params.query).variables(params.variables).data(Cost(checked.cost));
    request.operation_name = params.operation_name;
    request.set_parsed_query(checked.document);
    request
}

/// Tells the one answer of an operation.
async fn tell(speaker: &Speaker, trace: &mut Trace, mut answer: Answer, request_id: &RequestId) -> Result<(), Gone> {
    errors::classify(&mut answer, request_id);
    trace.codes = answer.errors.iter().filter_map(code_of).map(Code::as_str).collect();
    trace.codes.dedup();
    let is_subscription = trace.operation.as_ref().is_some_and(|operation| operation.kind == OperationType::Subscription);
    if is_subscription || !has_data(&answer) {
        return speaker.say(Said::Failed(listed(&answer.errors))).await;
    }
    speaker.say(Said::Next(written(&answer), None)).await?;
    speaker.say(Said::Complete).await
}

/// Tells events until nobody listens or the caller is no longer let in.
async fn listen(mut subscribed: Subscribed, speaker: &Speaker, request_id: &RequestId, trace: &mut Trace) -> Result<(), Gone> {
    loop {
        match subscribed.next().await {
            Ok(None) => return speaker.say(Said::Complete).await,
            Ok(Some((cursor, mut answer))) => {
                errors::classify(&mut answer, request_id);
                speaker.say(Said::Next(written(&answer), cursor)).await?;
            }
            Err(Ended::Unauthorised) => return unauthorised(speaker, trace).await,
            Err(Ended::Fault(fault)) => {
                tracing::error!(request_id = %request_id.0, error = %fault, "a subscription failed");
                return fail(speaker, trace, failed(&fault, request_id)).await;
            }
        }
    }
}

async fn fail(speaker: &Speaker, trace: &mut Trace, error: ServerError) -> Result<(), Gone> {
    trace.codes = code_of(&error).map(Code::as_str).into_iter().collect();
    speaker.say(Said::Failed(listed(&[error]))).await
}

async fn unauthorised(speaker: &Speaker, trace: &mut Trace) -> Result<(), Gone> {
    trace.codes = vec![Code::Unauthenticated.as_str()];
    speaker.say(Said::Unauthorised).await
}

/// An answer as JSON.
fn written(answer: &Answer) -> String {
    serde_json::to_string(answer).unwrap_or_else(|_| json!({ "data": null }).to_string())
}

/// Errors as a JSON list.
pub fn listed(errors: &[ServerError]) -> String {
    serde_json::to_string(errors).unwrap_or_else(|_| "[]".to_owned())
}

/// The error that tells a caller that the token is no longer good.
pub fn invalid_token() -> ServerError {
    error(Code::Unauthenticated, "Token is invalid or expired")
}
