//! Repeated calls and trial runs, over the whole schema: what creates something or moves goods or money takes an idempotency
//! key and says when it repeats, and what changes an order can be tried (IDEM-01).

use serde_json::{Value, json};

use super::schema::{introspected, items, name};
use crate::support::{Client, TestApp, refusals};

/// Ends of names of mutations that create something or move goods or money.
const CREATING: &[&str] = &["Create", "Add", "Adjust", "Refund", "Capture", "Process", "Reserve", "Place"];

/// Mutations of orders that take no dry run, and why.
const NOT_TRIED: &[(&str, &str)] = &[];

/// Mutations that create something and take no key, and why.
const UNKEYED: &[(&str, &str)] = &[];

struct Mutation {
    name: String,
    inputs: Vec<String>,
    answers: Vec<String>,
}

async fn mutations(app: &TestApp) -> Vec<Mutation> {
    let schema = introspected(app).await;
    let types = items(&schema["types"]);
    let find = |wanted: &str| types.iter().find(|kind| name(kind) == wanted).unwrap();
    let names = |list: &Value| items(list).iter().map(|part| name(part).to_owned()).collect();
    items(&find("Mutation")["fields"])
        .iter()
        .map(|field| Mutation {
            name: name(field).to_owned(),
            inputs: names(&find(name(&items(&field["args"])[0]["type"]["ofType"]))["inputFields"]),
            answers: names(&find(name(&field["type"]["ofType"]))["fields"]),
        })
        .collect()
}

fn creates(name: &str) -> bool {
    CREATING.iter().any(|end| name.ends_with(end))
}

fn is_of_orders(name: &str) -> bool {
    name.starts_with("order")
}

fn is_excused(list: &[(&str, &str)], mutation: &Mutation) -> bool {
    list.iter().any(|(name, reason)| *name == mutation.name && !reason.is_empty())
}

#[tokio::test]
async fn what_creates_or_changes_an_order_takes_a_key_and_says_when_it_repeats() {
    let mutations = mutations(&TestApp::new().await).await;
    let has = |names: &[String], wanted: &str| names.iter().any(|name| name == wanted);
    let mut wrong = Vec::new();
    for mutation in mutations.iter().filter(|mutation| creates(&mutation.name) || is_of_orders(&mutation.name)) {
        let keyed = has(&mutation.inputs, "idempotencyKey") && has(&mutation.answers, "replayed");
        if !keyed && !is_excused(UNKEYED, mutation) {
            wrong.push(format!("{} has not both idempotencyKey and replayed", mutation.name));
        }
        if is_of_orders(&mutation.name) && !has(&mutation.inputs, "dryRun") && !is_excused(NOT_TRIED, mutation) {
            wrong.push(format!("{} has no dryRun", mutation.name));
        }
    }
    assert!(mutations.len() > 30 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Everything there is, as numbers of rows, beside the state of orders and stock.
async fn state(app: &TestApp) -> String {
    let mut state = app.state().await;
    for table in
        ["stores", "store_members", "products", "addresses", "shipping_methods", "order_notes", "payments", "jobs", "saved_views"]
    {
        state.push_str(&format!("{table}: {}\n", app.rows(table).await));
    }
    state
}

/// An input of each mutation that creates something and that this test knows.
async fn inputs(app: &TestApp, staff: &Client) -> Vec<(&'static str, Value)> {
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let customer = app.customer("Ada", None, None).await;
    let input = json!({ "items": [{ "sku": "POUCH", "quantity": 1 }], "customer": customer.to_string() });
    let order = staff.mutate("orderCreate", input.clone(), "order { id }").await["order"]["id"].clone();
    let (_, _) = app.buyer("bob").await;
    let address = json!({ "customer": customer.to_string(), "fullName": "Ada", "streetAddress": "Quay 1", "city": "Bergen", "country": "NO" });
    vec![
        ("orderCreate", input),
        ("orderItemAdd", json!({ "order": order, "sku": "POUCH", "quantity": 1 })),
        ("orderNoteAdd", json!({ "order": order, "text": "fragile" })),
        ("stockAdjust", json!({ "variant": pouch.variant.to_string(), "delta": 3 })),
        ("storeCreate", json!({ "name": "Mugs" })),
        ("storeMemberAdd", json!({ "store": store.to_string(), "user": "bob@buyer.test" })),
        (
            "productCreate",
            json!({ "store": store.to_string(), "name": "Bag", "variants": [{ "sku": "BAG", "price": "5", "stock": 2 }] }),
        ),
        ("productVariantAdd", json!({ "product": pouch.product.to_string(), "sku": "POUCH-2", "price": "5", "stock": 2 })),
        ("customerCreate", json!({ "name": "Cy" })),
        ("addressCreate", address),
        ("savedViewCreate", json!({ "name": "Mine", "content": { "orders": {} } })),
        ("shippingMethodCreate", json!({ "name": "Bike", "currency": "EUR", "price": "3", "estimatedDays": 1 })),
    ]
}

#[tokio::test]
async fn a_creating_mutation_called_twice_with_one_key_has_one_effect() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    for (mutation, mut input) in inputs(&app, &staff).await {
        input["idempotencyKey"] = json!("once");
        let before = state(&app).await;
        let first = staff.mutate(mutation, input.clone(), "replayed userErrors { code field message }").await;
        assert_eq!(refusals(&first), Vec::<String>::new(), "{mutation}: {first:#}");
        assert_eq!(first["replayed"], false, "{mutation}");
        let once = state(&app).await;
        assert_ne!(once, before, "{mutation} did nothing");
        let second = staff.mutate(mutation, input.clone(), "replayed userErrors { code field message }").await;
        assert_eq!((refusals(&second), &second["replayed"]), (Vec::new(), &json!(true)), "{mutation}");
        assert_eq!(state(&app).await, once, "{mutation} was done twice");
    }
}

#[tokio::test]
async fn a_deletion_and_its_repetition_say_the_same() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let pouch = app.goods(store, "POUCH", 2999, 10).await;
    let (buyer, _) = app.buyer("ada").await;
    let admin = app.admin().await;
    let order = buyer.places(&pouch, 3).await;
    let input = json!({ "order": order, "idempotencyKey": "once" });
    let first = admin.mutate("orderDelete", input.clone(), "deletedId number replayed").await;
    assert_eq!(first, json!({ "deletedId": order, "number": "ORD-20260115-0001", "replayed": false }));
    let before = state(&app).await;
    let again = admin.mutate("orderDelete", input, "deletedId number replayed").await;
    assert_eq!(again, json!({ "deletedId": order, "number": "ORD-20260115-0001", "replayed": true }));
    assert_eq!(state(&app).await, before);
}
