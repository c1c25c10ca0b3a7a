//! Documents made to stop the service are refused before anything runs.

use super::{edge, post, query, send};
use axum::http::StatusCode;
use serde_json::json;

#[track_caller]
fn assert_complex(answer: &super::Answer, limit: &str) {
    assert_eq!(answer.code(), "QUERY_TOO_COMPLEX");
    assert_eq!(answer.json()["errors"][0]["extensions"]["limit"], limit);
    assert!(answer.json().get("data").is_none());
    assert!(answer.body.len() < 1_000);
}

#[tokio::test]
async fn a_fragment_bomb_is_refused() {
    let fragments: String = (0..25).map(|at| format!(" fragment F{at} on Query{{...F{0} ...F{0}}}", at + 1)).collect();
    let document = format!("{{...F0}}{fragments} fragment F25 on Query{{__typename}}");
    assert_complex(&query(&edge().await, &document).await, "selections");
}

#[tokio::test]
async fn wide_spreads_are_refused() {
    let document = format!("{{{}}} fragment F on Query{{{}}}", "...F ".repeat(100), "__typename ".repeat(100));
    assert_complex(&query(&edge().await, &document).await, "selections");
}

#[tokio::test]
async fn fragment_cycles_are_refused() {
    let answer = query(&edge().await, "{...A} fragment A on Query{...B} fragment B on Query{__typename ...A}").await;
    assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let edge = edge().await;
    for document in ["{a".repeat(10_000), format!("{{a(b:{}", "[".repeat(10_000)), format!("query($a:{}", "[".repeat(10_000))] {
        assert_complex(&query(&edge, &document).await, "nesting");
    }
    let document = format!("{}__typename{}", "{a".repeat(20), "}".repeat(20));
    assert_complex(&query(&edge, &document).await, "depth");
}

#[tokio::test]
async fn a_thousand_aliases_are_refused() {
    let aliases: String = (0..1_000).map(|at| format!("a{at}:__typename ")).collect();
    assert_complex(&query(&edge().await, &format!("{{{aliases}}}")).await, "aliases");
}

#[tokio::test]
async fn long_documents_are_refused_and_not_quoted() {
    let edge = edge().await;
    assert_complex(&query(&edge, &format!("{{__typename #{}\n}}", "x".repeat(200_000))).await, "queryBytes");
    let answer = query(&edge, &format!("{{ {} }}", "x".repeat(60_000))).await;
    assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
    assert!(answer.body.len() < 1_000, "{} bytes", answer.body.len());
}

#[tokio::test]
async fn a_variable_of_an_unknown_list_type_does_not_make_the_engine_panic() {
    let answer = query(&edge().await, "query($a:[Nothing]=[1]){__typename}").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::OK, "GRAPHQL_VALIDATION_FAILED"));
}

#[tokio::test]
async fn wrong_values_are_bad_input_and_say_which() {
    let edge = edge().await;
    let answer = query(&edge, "{__type(name:1){name}}").await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
    assert_eq!(answer.json()["errors"][0]["extensions"]["field"], json!(["name"]));
    let body = json!({ "query": "query($n:String!){__type(name:$n){name}}", "variables": { "n": 1 } });
    assert_eq!(send(&edge, post(body.to_string())).await.code(), "BAD_USER_INPUT");
    let answer = query(&edge, "query($n:String!){__type(name:$n){name}}").await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
    assert_eq!(answer.json()["errors"][0]["extensions"]["field"], json!(["n"]));
}

#[tokio::test]
async fn unknown_fields_fail_validation() {
    let answer = query(&edge().await, "{nothingOfTheKind}").await;
    assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(answer.json()["errors"][0]["locations"], json!([{ "line": 1, "column": 2 }]));
}
