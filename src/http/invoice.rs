//! `GET /invoices/{id}.html` and `.pdf`: billing documents by the signed links that the API hands out.

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use entity::id::InvoiceId;

use super::{
    Edge,
    file::{Seal, plain, plain_name, sealed},
};
use crate::{
    app::App,
    fault::Fault,
    invoice::{
        html,
        link::{self, Bad, Format},
        pdf, query,
        sheet::Sheet,
    },
};

/// A document by a link. What is wrong with a link is told in a line of plain text; whether the document exists is told only
/// to who holds a good one.
pub(crate) async fn document(State(edge): State<Edge>, Path(file): Path<String>, RawQuery(seal): RawQuery) -> Response {
    let app = &edge.api.app;
    let Some((id, format)) = Format::of_file(&file) else {
        return plain(StatusCode::NOT_FOUND, "There is no such document.\n");
    };
    let seal = Seal::of(seal);
    match link::check(app, id, format, &seal.expires, &seal.signature) {
        Ok(()) => {}
        Err(Bad::Forged) => return plain(StatusCode::FORBIDDEN, "This link is not a good one. Ask for a new one.\n"),
        Err(Bad::Expired) => return plain(StatusCode::FORBIDDEN, "The time of this link is over. Ask for a new one.\n"),
    }
    match read(app, id, format).await {
        Ok(Some((body, name))) => found(body, &name, format),
        Ok(None) => plain(StatusCode::NOT_FOUND, "There is no such document.\n"),
        Err(fault) => {
            tracing::error!(invoice = %id, error = %fault, "a document could not be shown");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "The document cannot be shown now.\n")
        }
    }
}

/// The document and the name of its file.
async fn read(app: &App, id: InvoiceId, format: Format) -> Result<Option<(Vec<u8>, String)>, Fault> {
    let Some(row) = query::by_id(app.db.reader(), id).await? else { return Ok(None) };
    let sheet = Sheet::of(&row)?;
    let name = format!("{}.{}", row.number, format.extension());
    // Laying out a long document computes for a while; other requests go on meanwhile.
    let rendered = tokio::task::spawn_blocking(move || match format {
        Format::Html => html::render(&sheet).map(String::into_bytes),
        Format::Pdf => pdf::render(&sheet),
    });
    let body = rendered.await.map_err(|error| Fault::Internal(error.to_string()))??;
    Ok(Some((body, name)))
}

fn found(body: Vec<u8>, name: &str, format: Format) -> Response {
    let (media_type, policy) = match format {
        Format::Html => ("text/html; charset=utf-8", html::POLICY.as_str()),
        Format::Pdf => ("application/pdf", "default-src 'none'; frame-ancestors 'none'"),
    };
    let mut response = sealed((StatusCode::OK, body).into_response(), media_type);
    let shown = format!("inline; filename=\"{}\"", plain_name(name));
    for (header, value) in [(header::CONTENT_SECURITY_POLICY, policy), (header::CONTENT_DISPOSITION, shown.as_str())] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(header, value);
        }
    }
    response
}
