//! Saved addresses: `addressCreate`, `addressUpdate`, `addressDelete`, `addressSetDefault`.

use serde_json::{Value, json};

use crate::support::{Client, TestApp, refusals};

const SELECTION: &str = "userErrors { code field } address { id fullName isDefault formatted zipCode }";

fn address(change: Value) -> Value {
    let mut input = json!({ "streetAddress": "Main St 1", "city": "Berlin", "country": "DE" });
    for (name, value) in change.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

async fn saved(client: &Client, change: Value) -> String {
    let created = client.mutate("addressCreate", address(change), SELECTION).await;
    assert_eq!(refusals(&created), Vec::<String>::new());
    created["address"]["id"].as_str().unwrap().to_owned()
}

/// Which of a client's addresses are the default, by their place.
async fn defaults(client: &Client) -> Vec<bool> {
    let data = client.ask("{ viewer { customer { addresses { isDefault } } } }", json!({})).await;
    let addresses = data["viewer"]["customer"]["addresses"].as_array().unwrap();
    addresses.iter().map(|address| address["isDefault"] == true).collect()
}

#[tokio::test]
async fn there_is_always_exactly_one_default() {
    let app = TestApp::new().await;
    let (ada, _) = app.buyer("ada").await;
    let first = saved(&ada, json!({})).await;
    app.clock.advance_seconds(1);
    let second = saved(&ada, json!({ "fullName": "Work" })).await;
    assert_eq!(defaults(&ada).await, [true, false]);
    app.clock.advance_seconds(1);
    saved(&ada, json!({ "isDefault": true })).await;
    assert_eq!(defaults(&ada).await, [false, false, true]);
    ada.mutate("addressSetDefault", json!({ "address": second }), SELECTION).await;
    assert_eq!(defaults(&ada).await, [false, true, false]);
    let refused = ada.mutate("addressUpdate", json!({ "address": second, "isDefault": false }), SELECTION).await;
    assert_eq!(refusals(&refused), ["INVALID_INPUT at isDefault"]);
    let selection = "userErrors { code field } deletedId customer { defaultAddress { id } addresses { id } }";
    let deleted = ada.mutate("addressDelete", json!({ "address": second }), selection).await;
    assert_eq!(deleted["deletedId"], json!(second));
    assert_eq!(deleted["customer"]["defaultAddress"]["id"], json!(first));
    assert_eq!(defaults(&ada).await, [true, false]);
    assert_eq!(refusals(&ada.mutate("addressDelete", json!({ "address": second }), selection).await), ["NOT_FOUND at address"]);
}

#[tokio::test]
async fn a_list_loaded_before_is_not_shown_again_after_a_change() {
    let app = TestApp::new().await;
    let (ada, _) = app.buyer("ada").await;
    let (first, second) = (saved(&ada, json!({})).await, saved(&ada, json!({})).await);
    let mutation = "mutation($a: AddressDeleteInput!, $b: AddressDeleteInput!) {
        a: addressDelete(input: $a) { customer { addresses { id } } }
        b: addressDelete(input: $b) { customer { addresses { id } } } }";
    let data = ada.ask(mutation, json!({ "a": { "address": first }, "b": { "address": second } })).await;
    assert_eq!(data["a"]["customer"]["addresses"], json!([{ "id": second }]));
    assert_eq!(data["b"]["customer"]["addresses"], json!([]));
}

#[tokio::test]
async fn addresses_are_checked_and_belong_to_somebody() {
    let app = TestApp::new().await;
    let (ada, own) = app.buyer("ada").await;
    let (bob, other) = app.buyer("bob").await;
    for (change, refusal) in [
        (json!({ "streetAddress": " " }), "INVALID_ADDRESS at streetAddress"),
        (json!({ "country": "Germany" }), "INVALID_ADDRESS at country"),
        (json!({ "zipCode": "1".repeat(21) }), "INVALID_ADDRESS at zipCode"),
        (json!({ "email": "nobody" }), "INVALID_ADDRESS at email"),
        (json!({ "phone": "call me" }), "INVALID_ADDRESS at phone"),
        (json!({ "city": "a\tb" }), "INVALID_ADDRESS at city"),
        (json!({ "customer": other.to_string() }), "NOT_FOUND at customer"),
        (json!({ "customer": "address_01h455vb4pex5vsknk084sn02q" }), "NOT_FOUND at customer"),
    ] {
        assert_eq!(refusals(&ada.mutate("addressCreate", address(change), SELECTION).await), [refusal]);
    }
    let id = saved(&ada, json!({ "zipCode": "10115", "idempotencyKey": "k" })).await;
    assert_eq!(saved(&ada, json!({ "zipCode": "10115", "idempotencyKey": "k" })).await, id);
    assert_eq!(app.rows("addresses").await, 1);
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(ada.ask(node, json!({ "id": id })).await["node"]["id"], json!(id));
    for client in [&bob, &app.anonymous()] {
        assert_eq!(client.ask(node, json!({ "id": id })).await["node"], json!(null));
    }
    for mutation in ["addressUpdate", "addressSetDefault", "addressDelete"] {
        let refused = bob.mutate(mutation, json!({ "address": id }), "userErrors { code field }").await;
        assert_eq!(refusals(&refused), ["NOT_FOUND at address"]);
        let nobody = app.anonymous().try_mutate(mutation, json!({ "address": "" }), "userErrors { code }").await;
        assert_eq!(nobody.code(), "UNAUTHENTICATED");
    }
    let staff = app.staff().await;
    let changed = staff.mutate("addressUpdate", json!({ "address": id, "zipCode": "", "city": "Köln" }), SELECTION).await;
    assert_eq!(
        (&changed["address"]["zipCode"], &changed["address"]["formatted"]),
        (&json!(null), &json!("ada, Main St 1, Köln, DE"))
    );
    app.clock.advance_seconds(1);
    saved(&staff, json!({ "customer": own.to_string() })).await;
    assert_eq!(defaults(&ada).await, [true, false]);
}
