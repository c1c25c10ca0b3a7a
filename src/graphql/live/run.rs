//! Running a subscription: its reader of the log, and each event as an operation of its own.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Request, Response, Variables, parser::types::ExecutableDocument};
use futures_util::StreamExt as _;

use super::Step;
use crate::{
    auth::{
        actor::Actor,
        token::{Rejected, authenticate},
    },
    event::Origin,
    fault::Fault,
    graphql::{Api, Loaders, holds_nul_anywhere},
    http::request_id::RequestId,
    order::{
        live::{self, Source, Told},
        query::Scope,
    },
};

/// A subscription that a caller wants, its document checked.
pub struct Wish {
    /// The document's text.
    pub query: String,
    /// The document.
    pub document: ExecutableDocument,
    /// The values of its variables.
    pub variables: Variables,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// The caller, as the value of an `Authorization` header: asked again for each event.
    pub authorization: Option<String>,
    /// The request.
    pub request_id: RequestId,
    /// A cursor that goes before the one in the document.
    pub resume: Option<String>,
}

/// Why a subscription ends.
#[derive(Debug)]
pub enum Ended {
    /// The token is over, or its user is no longer let in.
    Unauthorised,
    /// The service failed.
    Fault(Fault),
}

impl From<Rejected> for Ended {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::InvalidToken => Self::Unauthorised,
            Rejected::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A subscription that runs.
pub struct Subscribed {
    api: Api,
    wish: Wish,
    source: Source,
}

impl Api {
    /// Begins a subscription.
    ///
    /// # Errors
    /// The answer that says why not.
    pub async fn subscribe(&self, wish: Wish, actor: Actor) -> Result<Subscribed, Response> {
        if let Some(refused) = holds_nul_anywhere(&wish.query, &wish.variables) {
            return Err(refused);
        }
        let source = Arc::new(Mutex::new(None));
        let step = Step::Open { resume: wish.resume.clone(), source: source.clone() };
        if let Some(answer) = self.step(&wish, actor, step).await {
            return Err(answer);
        }
        let source = source.lock().unwrap_or_else(PoisonError::into_inner).take();
        match source {
            Some(source) => Ok(Subscribed { api: self.clone(), wish, source }),
            // The one field was left out by a directive: there is nothing to listen to.
            None => Err(Response::from_errors(vec![async_graphql::ServerError::new("The subscription selects nothing", None)])),
        }
    }

    async fn step(&self, wish: &Wish, actor: Actor, step: Step) -> Option<Response> {
        let origin = Origin { actor, request_id: Some(wish.request_id.0.clone()) };
        let mut request = Request::new(wish.query.clone()).variables(wish.variables.clone());
        request.operation_name = wish.operation_name.clone();
        request.set_parsed_query(wish.document.clone());
        self.schema.execute_stream(request.data(origin).data(Loaders::default()).data(step)).next().await
    }
}

impl Subscribed {
    /// The next event that the caller may see, with its cursor. What is being waited for is lost when the wait is broken off.
    ///
    /// # Errors
    /// [`Ended`].
    pub async fn next(&mut self) -> Result<(String, Response), Ended> {
        loop {
            while let Some(told) = self.source.pop() {
                if let Some(answer) = self.tell(&told).await? {
                    return Ok((live::cursor(told.position), answer));
                }
            }
            self.source.ready().await;
            let scope = scope(&self.actor().await?)?;
            self.source.read(&scope).await?;
        }
    }

    async fn actor(&self) -> Result<Actor, Ended> {
        Ok(authenticate(&self.api.app, self.wish.authorization.as_deref()).await?)
    }

    /// The answer for an event; `None` when the caller may not see it.
    async fn tell(&self, told: &Arc<Told>) -> Result<Option<Response>, Ended> {
        let actor = self.actor().await?;
        let Some(whole) = told.about.seen_by(&scope(&actor)?) else { return Ok(None) };
        let step = Step::Event { told: told.clone(), whole, sees_all: actor.sees_all() };
        Ok(self.api.step(&self.wish, actor, step).await)
    }
}

fn scope(actor: &Actor) -> Result<Scope, Ended> {
    Scope::of(actor).map_err(|_| Ended::Unauthorised)
}
