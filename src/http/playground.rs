//! The bundled GraphiQL page: `page` answers a browser at `/graphql`, `asset`
//! its scripts, styles and workers at `/graphql/assets/{*path}`.
//!
//! `build.rs` builds the page with Node and embeds it compressed, so the server
//! needs no files next to it and no other host. A build without Node works too;
//! it has no assets, and the page then says how to get them.
//!
//! The assets are public, and so is the page: it holds no data and no secrets,
//! and everything it shows it asks of `/graphql` with the token that its user
//! pastes. The content security policy lets it talk to this server alone.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

include!(concat!(env!("OUT_DIR"), "/playground.rs"));

/// One embedded file.
pub struct Asset {
    /// Below `/graphql/assets/`.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content, compressed.
    pub gzip: &'static [u8],
    /// Changes with its content; carries its quotes.
    pub etag: &'static str,
}

/// Own files only. The one exception is `'unsafe-inline'` for styles: the editor
/// writes its theme into `<style>` elements and the position of every line into
/// `style` attributes, and offers no way to give these a nonce. Scripts, which
/// could read a pasted token, have no such exception. `data:` is for the small
/// pictures inside the editor's style sheets, such as the wave under an error.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     worker-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A worker obeys the policy of its own file, and none of ours loads anything.
const ASSET_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Checked on each visit, so that a new version of the server is seen at once.
const PAGE_CACHING: &str = "no-cache";

/// The name of an asset contains its hash, so its content never changes.
const ASSET_CACHING: &str = "public, max-age=31536000, immutable";

const PAGE_PATH: &str = "index.html";

const NOT_BUILT: &str = "<!doctype html>
<html lang=\"en\">
<head><meta charset=\"utf-8\"><title>Ordergraph</title></head>
<body>
<h1>Ordergraph</h1>
<p>This server was built without its playground, most likely because Node was missing. The API itself works: send POST requests to this address.</p>
<p>To get the playground, install Node 20 or newer (with npm), set <code>ORDERGRAPH_PLAYGROUND=on</code> and build the server again.</p>
</body>
</html>
";

/// The HTML page. It takes the request's headers for `If-None-Match` and `Accept-Encoding`.
pub fn page(headers: &HeaderMap) -> Response {
    page_from(ASSETS, headers)
}

/// One script, style sheet, worker, font or picture of the page.
pub(crate) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    asset_from(ASSETS, &path, &headers)
}

fn page_from(assets: &'static [Asset], headers: &HeaderMap) -> Response {
    let mut response = match find(assets, PAGE_PATH) {
        Some(page) => serve(page, PAGE_CACHING, headers),
        None => ([(header::CACHE_CONTROL, PAGE_CACHING)], Html(NOT_BUILT)).into_response(),
    };
    protect(&mut response, PAGE_POLICY);
    // The address also answers GraphQL requests: which one it is depends on `Accept`.
    set(&mut response, header::VARY, "accept, accept-encoding");
    response
}

fn asset_from(assets: &'static [Asset], path: &str, headers: &HeaderMap) -> Response {
    // The page itself has its own address; here it would be cached for ever.
    let found = find(assets, path).filter(|asset| asset.path != PAGE_PATH);
    let mut response = match found {
        Some(asset) => serve(asset, ASSET_CACHING, headers),
        None => (StatusCode::NOT_FOUND, "There is no such asset.\n").into_response(),
    };
    protect(&mut response, ASSET_POLICY);
    set(&mut response, header::VARY, "accept-encoding");
    response
}

fn find(assets: &'static [Asset], path: &str) -> Option<&'static Asset> {
    assets.iter().find(|asset| asset.path == path)
}

fn serve(asset: &'static Asset, caching: &'static str, headers: &HeaderMap) -> Response {
    if !accepts_gzip(headers) {
        let sentence = "The playground is available with gzip content encoding only.\n";
        return (StatusCode::NOT_ACCEPTABLE, sentence).into_response();
    }

    let mut response = if is_current(asset, headers) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(asset.gzip));
        set(&mut response, header::CONTENT_TYPE, asset.content_type);
        set(&mut response, header::CONTENT_ENCODING, "gzip");
        response
    };
    set(&mut response, header::CACHE_CONTROL, caching);
    set(&mut response, header::ETAG, asset.etag);
    response
}

/// Without the header any encoding is acceptable (RFC 9110, section 12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut named = None;
    let mut any = None;
    for coding in list(headers, header::ACCEPT_ENCODING) {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let quality = parameters.trim().strip_prefix("q=").unwrap_or("1");
        let accepted = quality.parse::<f32>().is_ok_and(|quality| quality > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") => named = Some(accepted),
            "*" => any = Some(accepted),
            _ => {}
        }
    }
    named.or(any).unwrap_or(!headers.contains_key(header::ACCEPT_ENCODING))
}

/// Compares weakly (RFC 9110, section 13.1.2): proxies mark tags as weak when they recompress.
fn is_current(asset: &Asset, headers: &HeaderMap) -> bool {
    list(headers, header::IF_NONE_MATCH).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == asset.etag)
}

/// The comma-separated parts of all headers of this name; unreadable ones count as absent.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

/// Every answer carries these, errors included: none may be framed, sniffed or leak its address.
fn protect(response: &mut Response, policy: &'static str) {
    set(response, header::CONTENT_SECURITY_POLICY, policy);
    set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(response, header::REFERRER_POLICY, "no-referrer");
}

fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

#[cfg(test)]
#[path = "playground_tests.rs"]
mod tests;
