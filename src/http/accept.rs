//! Which media type the caller wants, and which one it sends.

use axum::http::{HeaderMap, StatusCode, header};

use super::{answer::MediaType, errors::Code, refused::Refused};

/// What a caller accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A page for a person.
    Page,
    /// A GraphQL answer.
    Answer(MediaType),
}

/// One range of an `Accept` header.
struct Range<'a> {
    name: &'a str,
    quality: f32,
}

/// Chooses by the `Accept` headers; JSON when there are none, as old clients expect.
///
/// # Errors
/// 406 when none of what is accepted can be given.
pub fn negotiate(headers: &HeaderMap) -> Result<Wanted, Refused> {
    let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if values.peek().is_none() {
        return Ok(Wanted::Answer(MediaType::Json));
    }
    let ranges: Vec<Range> = values.flat_map(|value| value.split(',')).filter_map(range).collect();
    let quality = |names: &[&str]| {
        // The most exact range decides; `*/*` says nothing about what is named beside it.
        names
            .iter()
            .find_map(|name| ranges.iter().find(|range| range.name.eq_ignore_ascii_case(name)))
            .map_or(0.0, |range| range.quality)
    };
    let page = quality(&["text/html"]);
    let graphql = quality(&["application/graphql-response+json"]);
    let json = quality(&["application/json", "application/*", "*/*"]);
    if page > 0.0 && page >= graphql && page >= json {
        Ok(Wanted::Page)
    } else if graphql > 0.0 && graphql >= json {
        Ok(Wanted::Answer(MediaType::GraphqlResponse))
    } else if json > 0.0 {
        Ok(Wanted::Answer(MediaType::Json))
    } else if page > 0.0 {
        Ok(Wanted::Page)
    } else {
        Err(Refused::new(
            StatusCode::NOT_ACCEPTABLE,
            Code::BadRequest,
            "Accept application/graphql-response+json or application/json: nothing else can be given",
        ))
    }
}

/// Reads `type/subtype; q=0.8`; `None` for what asks for another encoding than UTF-8.
fn range(text: &str) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let mut quality = 1.0;
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        if key.trim().eq_ignore_ascii_case("q") {
            quality = value.trim().parse().ok().filter(|quality| (0.0..=1.0).contains(quality))?;
        } else if key.trim().eq_ignore_ascii_case("charset") && !is_utf8(value) {
            return None;
        }
    }
    Some(Range { name, quality })
}

/// Takes JSON in UTF-8 and nothing else. A browser asks the server first before it sends that to another origin, so a
/// foreign page cannot make its visitor's browser run a mutation.
///
/// # Errors
/// 415.
pub fn content_type(headers: &HeaderMap) -> Result<(), Refused> {
    let refused = |message| Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::BadRequest, message);
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next().and_then(|value| value.to_str().ok()), values.next()) else {
        return Err(refused("Send the request with Content-Type: application/json"));
    };
    let mut parts = value.split(';').map(str::trim);
    if !parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json")) {
        return Err(refused("Send the request with Content-Type: application/json"));
    }
    let charsets = parts.filter_map(|part| part.split_once('=')).filter(|(key, _)| key.trim().eq_ignore_ascii_case("charset"));
    for (_, charset) in charsets {
        if !is_utf8(charset) {
            return Err(refused("Send the request in UTF-8"));
        }
    }
    Ok(())
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim().trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn wanted(accept: &str) -> Option<Wanted> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(accept).expect("a header"));
        negotiate(&headers).ok()
    }

    #[test]
    fn the_accept_matrix() {
        let (json, graphql) = (Wanted::Answer(MediaType::Json), Wanted::Answer(MediaType::GraphqlResponse));
        for (accept, expected) in [
            ("application/json", Some(json)),
            ("application/graphql-response+json", Some(graphql)),
            ("application/graphql-response+json, application/json", Some(graphql)),
            ("application/json, application/graphql-response+json", Some(graphql)),
            ("application/graphql-response+json;q=0.8, application/json;q=0.9", Some(json)),
            ("Application/JSON; charset=UTF-8", Some(json)),
            ("application/json; charset=latin1", None),
            ("*/*", Some(json)),
            ("application/*", Some(json)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Wanted::Page)),
            ("text/html;q=0.1, application/json", Some(json)),
            ("image/png", None),
            ("application/json;q=0", None),
            ("application/json;q=abc", None),
            ("application/json;q=NaN", None),
            ("", None),
        ] {
            assert_eq!(wanted(accept), expected, "{accept}");
        }
    }

    #[test]
    fn only_json_in_utf8_is_taken() {
        for (value, taken) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("APPLICATION/JSON;charset=\"UTF-8\"", true),
            ("application/json; charset=utf-16", false),
            ("application/jsonp", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=application/json", false),
            ("application/graphql", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
            assert_eq!(content_type(&headers).is_ok(), taken, "{value}");
        }
        assert!(content_type(&HeaderMap::new()).is_err());
    }
}
