//! Running a subscription: its reader of the log, and each event as an operation of its own.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Request, Response, Variables, parser::types::ExecutableDocument};
use futures_util::StreamExt as _;

use super::{Opened, Step};
use crate::{
    auth::{
        actor::Actor,
        token::{Rejected, authenticate},
    },
    bulk::{query as bulk, watch::Watch},
    event::Origin,
    fault::Fault,
    graphql::{Api, Loaders, nul},
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
    teller: Teller,
    opened: Opened,
}

/// Answers what one caller wishes.
struct Teller {
    api: Api,
    wish: Wish,
}

/// What a subscription is told next: its cursor, if it has one, and the answer.
pub type Next = (Option<String>, Response);

impl Api {
    /// Begins a subscription.
    ///
    /// # Errors
    /// The answer that says why not.
    pub(crate) async fn subscribe(&self, wish: Wish, actor: Actor) -> Result<Subscribed, Response> {
        if let Some(refused) = nul::refused(&wish.query, &wish.variables) {
            return Err(refused);
        }
        let opened = Arc::new(Mutex::new(None));
        let step = Step::Open { resume: wish.resume.clone(), opened: opened.clone() };
        if let Some(answer) = self.step(&wish, actor, step).await {
            return Err(answer);
        }
        let opened = opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        match opened {
            Some(opened) => Ok(Subscribed { teller: Teller { api: self.clone(), wish }, opened }),
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
    /// What the caller is told next; `None` when there is nothing left to tell. What is being waited for is lost when the wait
    /// is broken off.
    ///
    /// # Errors
    /// [`Ended`].
    pub(crate) async fn next(&mut self) -> Result<Option<Next>, Ended> {
        match &mut self.opened {
            Opened::Orders(source) => self.teller.next_event(source).await.map(Some),
            Opened::Bulk(watch) => self.teller.next_progress(watch).await,
        }
    }
}

impl Teller {
    /// The next event that the caller may see.
    async fn next_event(&self, source: &mut Source) -> Result<Next, Ended> {
        loop {
            while let Some(told) = source.pop() {
                if let Some(answer) = self.tell(&told).await? {
                    return Ok((Some(live::cursor(told.position)), answer));
                }
            }
            source.ready().await;
            let scope = scope(&self.actor().await?)?;
            source.read(&scope).await?;
        }
    }

    /// How a bulk operation stands next; `None` when it is over or the caller may not see it any more.
    async fn next_progress(&self, watch: &mut Watch) -> Result<Option<Next>, Ended> {
        let Some(row) = watch.next().await? else { return Ok(None) };
        let actor = self.actor().await?;
        if !bulk::is_visible(&actor, &row) {
            return Ok(None);
        }
        Ok(self.api.step(&self.wish, actor, Step::Progress(Box::new(row))).await.map(|answer| (None, answer)))
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
