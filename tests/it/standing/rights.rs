//! Who may call what: every mutation of the schema, by every kind of caller, against the table in `auth/policy.rs`.

use std::collections::BTreeSet;

use ordergraph::{
    auth::policy::{Caller, Right, Verdict, verdict},
    config::OrderConfig,
};
use serde_json::{Map, Value, json};

use super::schema::{introspected, items, name};
use crate::support::{Client, TestApp};

#[tokio::test]
async fn every_mutation_has_its_right_and_every_right_its_mutation() {
    let schema = introspected(&TestApp::new().await).await;
    let mutations = mutations(&schema);
    let named: BTreeSet<&str> = mutations.iter().map(|field| name(field)).collect();
    let rights: BTreeSet<&str> = Right::ALL.iter().map(|right| right.mutation()).collect();
    assert_eq!(named, rights);
}

#[tokio::test]
async fn who_may_not_is_told_so_and_who_may_is_not() {
    let app = TestApp::new().await;
    let schema = introspected(&app).await;
    let store = app.store("pouches").await;
    let (customer, _) = app.buyer("ada").await;
    let callers = [
        (Caller::Anonymous, app.anonymous()),
        (Caller::Customer, customer),
        (Caller::Seller, app.seller(store).await),
        (Caller::Staff, app.staff().await),
        (Caller::Admin, app.admin().await),
    ];
    let rules = OrderConfig::default();
    let mut wrong = Vec::new();
    for field in mutations(&schema) {
        let Some(right) = Right::ALL.iter().find(|right| right.mutation() == name(field)) else { continue };
        for (caller, client) in &callers {
            let code = call(&schema, client, field).await;
            let fits = match (verdict(*right, *caller, &rules), *caller) {
                (Verdict::No, Caller::Anonymous) => code == "UNAUTHENTICATED",
                (Verdict::No, _) => code == "FORBIDDEN",
                // It goes on to find that nothing has the id "x".
                _ => code == "no error",
            };
            if !fits {
                wrong.push(format!("{} by {caller:?}: {code}", name(field)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn mutations(schema: &Value) -> Vec<&Value> {
    let mutation = kind(schema, "Mutation");
    items(&mutation["fields"]).iter().filter(|field| !name(field).to_lowercase().ends_with("noop")).collect()
}

fn kind<'a>(schema: &'a Value, wanted: &str) -> &'a Value {
    items(&schema["types"]).iter().find(|kind| name(kind) == wanted).unwrap()
}

/// The code of the answer to a mutation with the smallest input that fits its type.
async fn call(schema: &Value, client: &Client, field: &Value) -> String {
    let input = items(&field["args"]).iter().find(|argument| name(argument) == "input").unwrap();
    let input_type = name(&input["type"]["ofType"]);
    let query = format!("mutation($input: {input_type}!) {{ {}(input: $input) {{ __typename }} }}", name(field));
    client.send(&query, json!({ "input": smallest(schema, &input["type"]) })).await.code().to_owned()
}

/// The smallest value of a type: what must be given, made up.
fn smallest(schema: &Value, reference: &Value) -> Value {
    match reference["kind"].as_str().unwrap() {
        "NON_NULL" => smallest(schema, &reference["ofType"]),
        "LIST" => json!([smallest(schema, &reference["ofType"])]),
        "ENUM" => json!(name(&items(&kind(schema, name(reference))["enumValues"])[0])),
        "INPUT_OBJECT" => {
            let definition = kind(schema, name(reference));
            let fields = items(&definition["inputFields"]);
            let is_required = |field: &&Value| field["type"]["kind"] == "NON_NULL" && field["defaultValue"].is_null();
            let given: Vec<&Value> = match definition["isOneOf"] == true {
                true => fields.iter().take(1).collect(),
                false => fields.iter().filter(is_required).collect(),
            };
            Value::Object(
                given.into_iter().map(|field| (name(field).to_owned(), smallest(schema, &field["type"]))).collect::<Map<_, _>>(),
            )
        }
        _ => match name(reference) {
            "Int" => json!(1),
            "Float" => json!(1.0),
            "Boolean" => json!(true),
            "Money" | "Decimal" => json!("1"),
            "CurrencyCode" => json!("EUR"),
            "Date" => json!("2026-01-15"),
            "DateTime" => json!("2026-01-15T12:00:00Z"),
            _ => json!("x"),
        },
    }
}
