//! The connection loop: HTTP/1.1 with limits on what an idle or slow client can hold, and a stop that loses nothing.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, http::Request, response::Response, routing::future::RouteFuture};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};
use tower::Service;

use super::limits::Peer;

/// Most connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 10_000;

/// Most bytes of a request's head. Queries by GET travel in it.
const HEAD: usize = 128 << 10;

/// How long to wait after the system could not give a connection, mostly for want of file descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// Serves until `shutdown` is ready, then lets what is in flight finish, for at most `shutdown_timeout`.
///
/// `read_timeout` is how long a client may take for the head of a request, from its first byte or from the end of the
/// request before: idle connections end by it too.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    read_timeout: Duration,
    shutdown_timeout: Duration,
    shutdown: impl Future<Output = ()>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(read_timeout).keep_alive(true).max_buf_size(HEAD);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (stop, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        // Finished connections are forgotten as we go, or the set would grow for ever.
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => accepted,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let service = TowerToHyperService::new(OfPeer { router: router.clone(), peer: Peer(peer.ip()) });
                let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
                connections.spawn(drive(connection, stopping.clone(), place));
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    // Closed first, so that a load balancer sees at once that nobody listens.
    drop(listener);
    drop(stop);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(shutdown_timeout, finished).await.is_err() {
        tracing::warn!(open = connections.len(), "stopped with requests in flight: they took longer than the time for stopping");
    }
    connections.shutdown().await;
}

type Connection = http1::UpgradeableConnection<TokioIo<TcpStream>, TowerToHyperService<OfPeer>>;

/// The routes, told who is at the other end.
#[derive(Clone)]
struct OfPeer {
    router: Router,
    peer: Peer,
}

impl Service<Request<Incoming>> for OfPeer {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Incoming>>::poll_ready(&mut self.router, cx)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.router.call(request)
    }
}

/// Serves one connection; when the service stops, the request in flight is finished and no further one is taken.
async fn drive(connection: Connection, mut stopping: watch::Receiver<()>, place: OwnedSemaphorePermit) {
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        result = &mut connection => result,
        // The sender is only ever dropped, which ends the wait.
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        // Clients that go away or are too slow are daily bread.
        tracing::debug!(%error, "a connection ended with an error");
    }
    drop(place);
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // The semaphore is never closed.
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Answers are written in one go; waiting to fill a packet only delays them.
    stream.set_nodelay(true)?;
    Ok((stream, peer, place))
}

/// The client went away between knocking and being let in.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::InvalidInput
    )
}
