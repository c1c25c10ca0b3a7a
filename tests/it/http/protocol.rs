//! GraphQL over HTTP: methods, media types, and what an answer looks like.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::json;

use super::{edge, edge_with, get, get_query, post, query, send};

const GRAPHQL: &str = "application/graphql-response+json";

fn accepting(mut request: Request<Body>, accept: &'static str) -> Request<Body> {
    request.headers_mut().insert("accept", accept.parse().expect("a header"));
    request
}

#[tokio::test]
async fn the_accept_header_decides_media_type_and_status() {
    let edge = edge().await;
    for (accept, document, status, media_type) in [
        (GRAPHQL, "{__typename}", 200, GRAPHQL),
        (GRAPHQL, "{", 400, GRAPHQL),
        (GRAPHQL, "{nothing}", 400, GRAPHQL),
        ("application/json", "{__typename}", 200, "application/json"),
        ("application/json", "{", 200, "application/json"),
        ("application/json", "{nothing}", 200, "application/json"),
        ("*/*", "{", 200, "application/json"),
        ("application/graphql-response+json, application/json;q=0.9", "{", 400, GRAPHQL),
        ("image/png", "{__typename}", 406, "application/json"),
    ] {
        let answer = send(&edge, accepting(post(json!({ "query": document }).to_string()), accept)).await;
        assert_eq!(answer.status.as_u16(), status, "{accept} {document}");
        let expected = format!("{media_type}; charset=utf-8");
        assert_eq!(answer.header("content-type"), Some(expected.as_str()), "{accept} {document}");
        let expects_data = document == "{__typename}" && status == 200;
        assert_eq!(answer.json().get("data").is_some(), expects_data, "{accept} {document}");
    }
}

#[tokio::test]
async fn a_parse_error_has_a_place_and_no_data() {
    let answer = query(&edge().await, "{ __typename\n  )").await;
    assert_eq!(answer.code(), "GRAPHQL_PARSE_FAILED");
    assert!(answer.json().get("data").is_none());
    assert_eq!(answer.json()["errors"][0]["locations"], json!([{ "line": 2, "column": 3 }]));
}

#[tokio::test]
async fn only_json_is_taken_so_that_no_foreign_page_can_post() {
    let edge = edge().await;
    let body = json!({ "query": "mutation { __typename }" }).to_string();
    for content_type in [
        "text/plain",
        "text/plain; charset=utf-8; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
    ] {
        let request = Request::post("/graphql").header("content-type", content_type).body(Body::from(body.clone()));
        let answer = send(&edge, request.expect("a request")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST"),
            "{content_type}"
        );
    }
    let answer = send(&edge, Request::post("/graphql").body(Body::from(body)).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn queries_may_come_by_get_and_mutations_may_not() {
    let edge = edge().await;
    let answer = send(&edge, get_query("{__typename}")).await;
    assert_eq!((answer.status, &answer.json()["data"]["__typename"]), (StatusCode::OK, &json!("Query")));
    for document in ["mutation { __typename }", "query A{__typename} mutation B{__typename}"] {
        let mut uri = get_query(document).uri().to_string();
        if document.contains("query A") {
            uri.push_str("&operationName=B");
        }
        let answer = send(&edge, get(&uri)).await;
        assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("POST")), "{document}");
        assert!(answer.json().get("data").is_none());
    }
}

#[tokio::test]
async fn get_takes_variables_and_refuses_what_is_none() {
    let edge = edge().await;
    let uri = |variables: &str| {
        let pairs = [("query", "query($n:String!){__type(name:$n){name}}"), ("variables", variables)];
        format!("/graphql?{}", serde_urlencoded::to_string(pairs).expect("encoded"))
    };
    let answer = send(&edge, get(&uri(r#"{"n":"Query"}"#))).await;
    assert_eq!(answer.json()["data"]["__type"]["name"], "Query");
    for wrong in ["[1]", "{", "1", "\"x\""] {
        assert_eq!(send(&edge, get(&uri(wrong))).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    assert_eq!(send(&edge, get("/graphql")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let edge = edge().await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let request = Request::builder().method(method).uri("/graphql").body(Body::empty()).expect("a request");
        let answer = send(&edge, request).await;
        assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("GET, POST")));
    }
    let request = Request::post("/version").body(Body::empty()).expect("a request");
    let answer = send(&edge, request).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "BAD_REQUEST"));
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let answer = send(&edge().await, get("/api/v1/orders")).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "NOT_FOUND"));
}

#[tokio::test]
async fn batches_are_refused() {
    let answer = send(&edge().await, post(r#" [{"query":"{__typename}"},{"query":"{__typename}"}]"#)).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
}

#[tokio::test]
async fn malformed_bodies_are_refused_and_not_quoted() {
    let edge = edge().await;
    for body in [
        "",
        "{",
        "null",
        "1",
        r#"{"query":1}"#,
        r#"{"query":"{__typename}","variables":"secret"}"#,
        r#"{"query":"a","query":"b"}"#,
        "\u{feff}{}",
    ] {
        let answer = send(&edge, post(body)).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"), "{body}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    }
    let not_utf8 = [br#"{"query":"{__typename #"#.as_slice(), &[0xff], b"\\n}\"}"].concat();
    assert_eq!(send(&edge, post(not_utf8)).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_empty_operation_name_is_none() {
    let answer =
        send(&edge().await, post(r#"{"query":"{__typename}","operationName":"","variables":null,"extensions":null}"#)).await;
    assert_eq!(answer.json()["data"]["__typename"], "Query");
}

#[tokio::test]
async fn a_token_that_is_none_is_401_in_both_media_types() {
    let edge = edge().await;
    for accept in ["application/json", GRAPHQL] {
        let mut request = accepting(post(r#"{"query":"{__typename}"}"#), accept);
        request.headers_mut().insert("authorization", "Bearer nonsense".parse().expect("a header"));
        let answer = send(&edge, request).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!(answer.json()["errors"][0]["message"], "Token is invalid or expired");
    }
}

#[tokio::test]
async fn a_browser_gets_the_page_unless_it_is_turned_off() {
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let answer = send(&edge().await, accepting(get("/graphql"), accept)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-type").is_some_and(|value| value.starts_with("text/html")));
    let without = edge_with(|config| config.graphiql = false).await;
    assert_eq!(send(&without, accepting(get("/graphql"), accept)).await.status, StatusCode::BAD_REQUEST);
    let answer = send(&without, accepting(get_query("{__typename}"), accept)).await;
    assert_eq!(answer.json()["data"]["__typename"], "Query");
}
