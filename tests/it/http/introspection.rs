//! Asking for the schema: what tools ask passes, and nothing passes when it is off.

use super::{edge, edge_with, query};

/// What the reference implementation asks with every option on.
const INTROSPECTION: &str = include_str!("documents/introspection.graphql");

#[tokio::test]
async fn the_standard_query_passes() {
    let answer = query(&edge().await, INTROSPECTION).await.json();
    assert!(answer.get("errors").is_none(), "{answer}");
    assert!(answer["data"]["__schema"]["types"].as_array().is_some_and(|types| types.len() > 10));
}

#[tokio::test]
async fn it_can_be_turned_off() {
    let edge = edge_with(|config| config.introspection = false).await;
    for document in [
        INTROSPECTION,
        "{__type(name:\"Query\"){name}}",
        "{a:__schema{queryType{name}}}",
        "{...F} fragment F on Query{...{...G}} fragment G on Query{__schema{queryType{name}}}",
    ] {
        let answer = query(&edge, document).await;
        assert_eq!(answer.code(), "INTROSPECTION_DISABLED", "{document}");
        assert!(answer.json().get("data").is_none());
    }
    let answer = query(&edge, "{__typename}").await.json();
    assert_eq!(answer["data"]["__typename"], "Query");
    let answer = query(&edge, "{nodee(id:\"x\"){id} helo}").await.json();
    assert!(!answer.to_string().contains("Did you mean"), "{answer}");
}

#[tokio::test]
async fn nested_lists_of_the_schema_are_refused() {
    let document = format!("{{__schema{{types{{{}name{}}}}}}}", "fields{type{".repeat(3), "}}".repeat(3));
    assert_eq!(query(&edge().await, &document).await.code(), "QUERY_TOO_COMPLEX");
}
