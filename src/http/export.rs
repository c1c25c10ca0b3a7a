//! `GET /exports/{id}.csv`: the files of exports, by the signed links that the API hands out.

use std::io;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use entity::{export, stored::ExportStatus};
use futures_util::{Stream, stream};

use super::{
    Edge,
    file::{Seal, plain, plain_name, sealed},
};
use crate::{
    app::App,
    export::{
        link::{self, Bad},
        query,
    },
};

/// A file by a link. Whether there is one is told only to who holds a good link.
pub(crate) async fn file(State(edge): State<Edge>, Path(name): Path<String>, RawQuery(seal): RawQuery) -> Response {
    let app = &edge.api.app;
    let Some(id) = link::of_file(&name) else { return plain(StatusCode::NOT_FOUND, "There is no such file.\n") };
    let seal = Seal::of(seal);
    match link::check(app, id, &seal.expires, &seal.signature) {
        Ok(()) => {}
        Err(Bad::Forged) => return plain(StatusCode::FORBIDDEN, "This link is not a good one. Ask for a new one.\n"),
        Err(Bad::Expired) => return plain(StatusCode::FORBIDDEN, "The time of this link is over. Ask for a new one.\n"),
    }
    match query::by_id(app.db.reader(), id).await {
        Ok(Some(row)) if row.status == ExportStatus::Ready => found(app, row),
        Ok(_) => plain(StatusCode::NOT_FOUND, "There is no such file.\n"),
        Err(fault) => {
            tracing::error!(export = %id, error = %fault, "a file could not be handed out");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "The file cannot be handed out now.\n")
        }
    }
}

fn found(app: &App, row: export::Model) -> Response {
    let noun = row.noun.as_str().to_lowercase().replace('_', "-");
    let day = row.created_at.datetime().format("%Y-%m-%d");
    let shown = format!("attachment; filename=\"{}\"", plain_name(&format!("{noun}-{day}.csv")));
    let bytes = row.bytes;
    let mut response = sealed(Response::new(Body::from_stream(parts(app.clone(), row))), "text/csv; charset=utf-8");
    let headers: [(HeaderName, &str); 2] = [(header::CONTENT_DISPOSITION, &shown), (header::CONTENT_LENGTH, &bytes.to_string())];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The parts of a file, each read when the one before is taken: nothing is read for a client that is gone or slow. A part
/// that is missing ends the transfer before its announced end, so nobody takes the beginning of a file for the whole.
fn parts(app: App, row: export::Model) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::try_unfold(0, move |position| {
        let (app, id, count) = (app.clone(), row.id, row.parts);
        async move {
            if position >= count {
                return Ok(None);
            }
            match query::part(app.db.reader(), id, position).await {
                Ok(Some(part)) => Ok(Some((Bytes::from(part), position + 1))),
                Ok(None) => Err(io::Error::other("the export was deleted")),
                Err(fault) => {
                    tracing::error!(export = %id, error = %fault, "a file was broken off");
                    Err(io::Error::other("the file cannot be read"))
                }
            }
        }
    })
}
