//! Tests of the page and its files, on samples: whether the build had Node does not matter here.

use super::*;

static SAMPLE: &[Asset] = &[
    Asset { path: "index.html", content_type: "text/html; charset=utf-8", gzip: b"page", etag: "\"p1\"" },
    Asset { path: "main-1.js", content_type: "text/javascript; charset=utf-8", gzip: b"script", etag: "\"s1\"" },
];

fn request(fields: &[(HeaderName, &'static str)]) -> HeaderMap {
    fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

fn browser() -> HeaderMap {
    request(&[(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")])
}

fn field(response: &Response, name: HeaderName) -> &str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

#[test]
fn the_page_is_checked_on_each_visit_and_has_a_strict_policy() {
    let response = page_from(SAMPLE, &browser());
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(field(&response, header::CONTENT_ENCODING), "gzip");
    assert_eq!(field(&response, header::CACHE_CONTROL), "no-cache");
    assert_eq!(field(&response, header::ETAG), "\"p1\"");
    assert_eq!(field(&response, header::VARY), "accept, accept-encoding");
    assert_eq!(field(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(field(&response, header::REFERRER_POLICY), "no-referrer");
    let policy = field(&response, header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    assert!(!policy.contains("  "), "one space between directives: {policy}");
    assert!(!policy.contains("unsafe-eval"));
}

#[test]
fn without_assets_the_page_says_how_to_get_them() {
    let response = page_from(&[], &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::OK);
    assert!(field(&response, header::CONTENT_TYPE).starts_with("text/html"));
    assert!(response.headers().get(header::CONTENT_ENCODING).is_none());
    assert!(NOT_BUILT.contains("install Node 20"));
}

#[test]
fn an_asset_is_cached_for_ever() {
    let response = asset_from(SAMPLE, "main-1.js", &browser());
    assert_eq!(response.status(), StatusCode::OK);
    assert!(field(&response, header::CACHE_CONTROL).contains("immutable"));
    assert_eq!(field(&response, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
}

#[test]
fn a_known_tag_is_answered_without_content() {
    for tags in ["\"s1\"", "W/\"s1\"", "\"old\", \"s1\"", "*"] {
        let mut headers = browser();
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(tags));
        let response = asset_from(SAMPLE, "main-1.js", &headers);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{tags}");
        assert_eq!(field(&response, header::ETAG), "\"s1\"");
        assert!(response.headers().get(header::CONTENT_ENCODING).is_none());
    }
}

#[test]
fn the_page_and_unknown_names_are_no_assets() {
    for path in ["index.html", "", "main-2.js", "../main-1.js"] {
        let response = asset_from(SAMPLE, path, &browser());
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(field(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    }
}

#[test]
fn gzip_is_sent_to_those_who_accept_it() {
    for accepted in ["gzip", "br, GZIP;q=0.5", "*", "identity;q=1, *;q=0.1"] {
        assert!(accepts_gzip(&request(&[(header::ACCEPT_ENCODING, accepted)])), "{accepted}");
    }
    for refused in ["", "br", "identity", "gzip;q=0", "gzip;q=0.0, *", "*;q=0"] {
        let headers = request(&[(header::ACCEPT_ENCODING, refused)]);
        assert_eq!(page_from(SAMPLE, &headers).status(), StatusCode::NOT_ACCEPTABLE, "{refused}");
    }
    assert!(accepts_gzip(&HeaderMap::new()));
}

/// Holds for an empty list too: what was built must be servable.
#[test]
fn built_assets_are_compressed_and_have_quoted_tags() {
    for asset in ASSETS {
        assert!(asset.gzip.starts_with(&[0x1f, 0x8b]), "{}", asset.path);
        assert!(asset.etag.starts_with('"') && asset.etag.ends_with('"'), "{}", asset.path);
    }
    assert!(ASSETS.is_empty() || find(ASSETS, PAGE_PATH).is_some());
}
