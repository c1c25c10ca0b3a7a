//! The schema: the file is current, and everything in it is described.

use serde_json::{Value, json};

use crate::support::TestApp;

const INTROSPECTION: &str = include_str!("../http/documents/introspection.graphql");

/// The schema as tools see it.
pub async fn introspected(app: &TestApp) -> Value {
    app.anonymous().ask(INTROSPECTION, json!({})).await["__schema"].clone()
}

/// The items of a list, none for null.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The name of something in the schema.
pub fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap()
}

#[test]
fn the_schema_file_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(stored == ordergraph::graphql::sdl(), "run: cargo run -- schema > schema.graphql");
}

#[tokio::test]
async fn everything_is_described() {
    let schema = introspected(&TestApp::new().await).await;
    let mut silent = Vec::new();
    let mut ask = |path: String, thing: &Value| {
        if thing["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            silent.push(path);
        }
    };
    for kind in items(&schema["types"]).iter().filter(|kind| !name(kind).starts_with("__")) {
        // The roots are described by their fields, the built-in scalars by the specification.
        let is_known =
            |name: &str| ["Query", "Mutation", "Subscription", "ID", "Int", "Float", "String", "Boolean"].contains(&name);
        if !is_known(name(kind)) {
            ask(name(kind).to_owned(), kind);
        }
        for field in items(&kind["fields"]) {
            ask(format!("{}.{}", name(kind), name(field)), field);
            for argument in items(&field["args"]) {
                ask(format!("{}.{}({}:)", name(kind), name(field), name(argument)), argument);
            }
        }
        for part in items(&kind["inputFields"]).iter().chain(items(&kind["enumValues"])) {
            ask(format!("{}.{}", name(kind), name(part)), part);
        }
    }
    assert!(silent.is_empty(), "without a description:\n{}", silent.join("\n"));
}

#[tokio::test]
async fn every_mutation_takes_one_input_and_answers_with_a_payload() {
    let schema = introspected(&TestApp::new().await).await;
    let types = items(&schema["types"]);
    let mutation = types.iter().find(|kind| name(kind) == "Mutation").unwrap();
    for field in items(&mutation["fields"]) {
        let arguments: Vec<&str> = items(&field["args"]).iter().map(name).collect();
        assert_eq!(arguments, ["input"], "{}", name(field));
        let payload = name(&field["type"]["ofType"]);
        assert!(payload.ends_with("Payload"), "{}: {payload}", name(field));
        let payload = types.iter().find(|kind| name(kind) == payload).unwrap();
        let has_errors = items(&payload["fields"]).iter().any(|part| name(part) == "userErrors");
        assert!(has_errors || name(field) == "signOut", "{} has no userErrors", name(field));
    }
}
