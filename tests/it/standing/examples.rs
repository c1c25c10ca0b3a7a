//! `examples/*.graphql`: each operation of each file runs, one after the other, as an administrator of the demo shop.
//!
//! A variable of an operation is filled with what an earlier one answered: `$order`, `$item` and their like with the last such
//! id, `$refreshToken`, `$filter` and `$sort` with the last such field. Labels are bought of a fake Shippo.

use async_graphql::parser::parse_query;
use ordergraph::cli::demo;
use serde_json::{Map, Value, json};

use crate::support::{Client, TestApp, fake_shippo::FakeShippo};

/// What ids begin with that are remembered.
const KINDS: &[&str] = &["order", "item", "fulfillment", "rate", "payment", "return", "view"];

#[tokio::test]
async fn every_example_runs_on_the_demo_shop() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "graphql"));
    files.sort();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        run(&file.file_name().unwrap().to_string_lossy(), &text).await;
    }
}

async fn run(file: &str, text: &str) {
    let shippo = FakeShippo::start().await;
    let app = TestApp::with(|config| config.shipping = shippo.config()).await;
    demo::prepare(&app.app).await.unwrap();
    let signed_in = app
        .anonymous()
        .mutate("signIn", json!({ "email": "admin@example.com", "password": demo::PASSWORD }), "accessToken")
        .await;
    let admin = Client::new(app.router.clone(), signed_in["accessToken"].as_str().map(str::to_owned));
    let document = parse_query(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut operations: Vec<_> = document.operations.iter().collect();
    operations.sort_by_key(|(_, operation)| operation.pos);
    let mut known = Map::new();
    for (operation, definition) in operations {
        let operation = operation.unwrap_or_else(|| panic!("{file}: an operation without a name")).as_str();
        let mut variables = Map::new();
        for variable in &definition.node.variable_definitions {
            let variable = variable.node.name.node.as_str();
            let value = known.get(variable).unwrap_or_else(|| panic!("{file}: {operation} needs ${variable}"));
            variables.insert(variable.to_owned(), value.clone());
        }
        let answer = admin.send_named(text, operation, Value::Object(variables)).await;
        assert!(answer.body.get("errors").is_none(), "{file}: {operation}: {:#}", answer.body);
        for (field, value) in answer.body["data"].as_object().unwrap() {
            assert!(!value.is_null(), "{file}: {operation}: {field} is null");
            assert!(value.get("userErrors").is_none_or(|errors| *errors == json!([])), "{file}: {operation}: {value:#}");
        }
        remember(&mut known, &answer.body["data"]);
    }
}

/// Keeps the ids and fields that an answer holds.
fn remember(known: &mut Map<String, Value>, answer: &Value) {
    match answer {
        Value::Object(fields) => {
            for (field, value) in fields {
                let prefix = value.as_str().and_then(|id| id.split_once('_')).map(|(prefix, _)| prefix);
                let named = prefix.filter(|prefix| field == "id" && KINDS.contains(prefix));
                if let Some(named) = named {
                    known.insert(named.into(), value.clone());
                } else if ["refreshToken", "filter", "sort"].contains(&field.as_str()) {
                    known.insert(field.clone(), value.clone());
                }
                remember(known, value);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| remember(known, value)),
        _ => {}
    }
}
