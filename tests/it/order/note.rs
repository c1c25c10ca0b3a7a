//! `orderNoteAdd`, `orderNoteUpdate`, `orderNoteDelete`, and who sees which note.

use serde_json::{Value, json};

use crate::support::{Client, TestApp, refusals};

const NOTED: &str = "replayed note { id text isPublic store { slug } authorKind author { email } } order { version } userErrors { code field message }";

struct Shop {
    app: TestApp,
    buyer: Client,
    staff: Client,
    left: Client,
    right: Client,
    order: String,
}

/// An order with goods of two stores, and a seller of each.
async fn shop() -> Shop {
    let app = TestApp::new().await;
    let (left, right) = (app.store("left").await, app.store("right").await);
    let (pouch, mug) = (app.goods(left, "POUCH", 2999, 10).await, app.goods(right, "MUG", 1850, 10).await);
    let (buyer, _) = app.buyer("ada").await;
    let input = json!({ "items": [{ "sku": pouch.sku, "quantity": 1 }, { "sku": mug.sku, "quantity": 1 }] });
    let order = buyer.mutate("orderCreate", input, "order { id }").await["order"]["id"].as_str().unwrap().to_owned();
    let staff = app.staff().await;
    let (left, right) = (app.seller(left).await, app.seller(right).await);
    Shop { app, buyer, staff, left, right, order }
}

impl Shop {
    async fn notes(&self, client: &Client, text: &str, is_public: bool) -> Value {
        let input = json!({ "order": self.order, "text": text, "isPublic": is_public });
        let payload = client.mutate("orderNoteAdd", input, NOTED).await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
        payload["note"]["id"].clone()
    }

    async fn seen(&self, client: &Client) -> Vec<String> {
        let order = client.order(&self.order, "notes { nodes { text } }").await;
        order["notes"]["nodes"].as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap().to_owned()).collect()
    }

    async fn refused(&self, client: &Client, mutation: &str, input: Value, reason: &str) {
        let before = self.app.state().await;
        let payload = client.mutate(mutation, input, "userErrors { code field }").await;
        assert_eq!(refusals(&payload), [reason], "{mutation}");
        assert_eq!(self.app.state().await, before);
    }
}

#[tokio::test]
async fn each_sees_the_notes_that_are_for_them() {
    let shop = shop().await;
    let private = shop.notes(&shop.staff, "pays late", false).await;
    shop.notes(&shop.staff, "packed as a gift", true).await;
    shop.notes(&shop.left, "left is out of boxes", false).await;
    shop.notes(&shop.right, "right ships on Monday", true).await;
    assert_eq!(shop.seen(&shop.staff).await, ["pays late", "packed as a gift", "left is out of boxes", "right ships on Monday"]);
    assert_eq!(shop.seen(&shop.buyer).await, ["packed as a gift", "right ships on Monday"]);
    assert_eq!(shop.seen(&shop.left).await, ["packed as a gift", "left is out of boxes", "right ships on Monday"]);
    assert_eq!(shop.seen(&shop.right).await, ["packed as a gift", "right ships on Monday"]);
    let node = "query($id: ID!) { node(id: $id) { ... on OrderNote { text author { email } order { number } } } }";
    let found = shop.staff.ask(node, json!({ "id": private })).await;
    assert_eq!((&found["node"]["text"], &found["node"]["author"]["email"]), (&json!("pays late"), &json!("staff@shop.test")));
    for client in [&shop.buyer, &shop.left, &shop.app.anonymous()] {
        assert_eq!(client.ask(node, json!({ "id": private })).await["node"], Value::Null);
    }
    let page = shop
        .buyer
        .order(
            &shop.order,
            "notes(first: 1) { totalCount nodes { author { email } authorKind store { slug } } pageInfo { hasNextPage } }",
        )
        .await;
    assert_eq!(
        page["notes"],
        json!({ "totalCount": 2, "nodes": [{ "author": null, "authorKind": "STAFF", "store": null }], "pageInfo": { "hasNextPage": true } })
    );
}

#[tokio::test]
async fn events_never_hold_what_a_private_note_says() {
    let shop = shop().await;
    let note = shop.notes(&shop.staff, "SECRET", false).await;
    shop.notes(&shop.staff, "gift", true).await;
    shop.staff.mutate("orderNoteUpdate", json!({ "note": note, "text": "SECRET too" }), NOTED).await;
    shop.staff.mutate("orderNoteDelete", json!({ "note": note }), "deletedId").await;
    let events = shop.app.events(shop.order.parse().unwrap()).await;
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["ORDER_CREATED", "ORDER_NOTE_ADDED", "ORDER_NOTE_ADDED", "ORDER_NOTE_UPDATED", "ORDER_NOTE_DELETED"]);
    assert!(events.iter().all(|event| !event.changes.as_deref().unwrap_or_default().contains("SECRET")), "{events:#?}");
    let told = shop.buyer.order(&shop.order, "events { nodes { changes { field new } } }").await;
    let notes: Vec<&Value> = told["events"]["nodes"].as_array().unwrap().iter().skip(1).map(|event| &event["changes"]).collect();
    assert_eq!((notes[0], notes[2], notes[3]), (&json!([]), &json!([]), &json!([])));
    assert_eq!(notes[1][0]["new"]["text"], "gift");
    let told = shop.staff.order(&shop.order, "version events { nodes { changes { field } } }").await;
    assert_eq!((&told["version"], &told["events"]["nodes"][1]["changes"][0]["field"]), (&json!(5), &json!("notes")));
}

#[tokio::test]
async fn only_the_author_and_administrators_change_a_note() {
    let shop = shop().await;
    let admin = shop.app.admin().await;
    let note = shop.notes(&shop.left, "fragile", true).await;
    let edit = json!({ "note": note, "text": "very fragile", "isPublic": false });
    for client in [&shop.staff, &shop.right] {
        shop.refused(client, "orderNoteUpdate", edit.clone(), "FORBIDDEN at note").await;
        shop.refused(client, "orderNoteDelete", json!({ "note": note }), "FORBIDDEN at note").await;
    }
    let payload = shop.left.mutate("orderNoteUpdate", edit.clone(), NOTED).await;
    assert_eq!(
        (&payload["note"]["text"], &payload["note"]["isPublic"], &payload["order"]["version"]),
        (&json!("very fragile"), &json!(false), &json!(3))
    );
    let before = shop.app.state().await;
    shop.left.mutate("orderNoteUpdate", edit, NOTED).await;
    assert_eq!(shop.app.state().await, before);
    // Now it is nothing to the other store.
    shop.refused(&shop.right, "orderNoteDelete", json!({ "note": note }), "NOT_FOUND at note").await;
    let tried = admin
        .mutate("orderNoteDelete", json!({ "note": note, "dryRun": true }), "deletedId order { notes { totalCount } }")
        .await;
    assert_eq!(tried["deletedId"], note);
    assert_eq!(shop.app.state().await, before);
    let input = json!({ "note": note, "idempotencyKey": "gone" });
    let deleted = admin.mutate("orderNoteDelete", input.clone(), "deletedId replayed").await;
    assert_eq!(deleted, json!({ "deletedId": note, "replayed": false }));
    let again = admin.mutate("orderNoteDelete", input, "deletedId replayed").await;
    assert_eq!(again, json!({ "deletedId": note, "replayed": true }));
    assert_eq!(shop.seen(&shop.staff).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_wrong_with_a_note_is_named() {
    let shop = shop().await;
    let with = |more: Value| {
        let mut input = json!({ "order": shop.order, "text": "x" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    shop.refused(&shop.staff, "orderNoteAdd", with(json!({ "text": " " })), "INVALID_INPUT at text").await;
    shop.refused(&shop.staff, "orderNoteAdd", with(json!({ "text": "x".repeat(5_001) })), "INVALID_INPUT at text").await;
    shop.refused(&shop.staff, "orderNoteAdd", with(json!({ "order": "x" })), "NOT_FOUND at order").await;
    shop.refused(&shop.staff, "orderNoteAdd", with(json!({ "expectedVersion": 4 })), "CONFLICT at expectedVersion").await;
    let elsewhere = shop.app.store("elsewhere").await;
    shop.refused(&shop.staff, "orderNoteAdd", with(json!({ "store": elsewhere.to_string() })), "NOT_FOUND at store").await;
    shop.refused(&shop.app.seller(elsewhere).await, "orderNoteAdd", with(json!({})), "NOT_FOUND at order").await;
    shop.refused(&shop.staff, "orderNoteUpdate", json!({ "note": "x", "text": "x" }), "NOT_FOUND at note").await;
    let buyer = shop.buyer.try_mutate("orderNoteAdd", with(json!({})), "replayed").await;
    assert_eq!(buyer.code(), "FORBIDDEN");
    // One who sells for both says for which.
    let stores = shop.staff.order(&shop.order, "stores { id }").await;
    let ids: Vec<_> =
        stores["stores"].as_array().unwrap().iter().map(|store| store["id"].as_str().unwrap().parse().unwrap()).collect();
    let (both, _) = shop.app.user("both@seller.test", entity::stored::Role::Customer, &ids).await;
    shop.refused(&both, "orderNoteAdd", with(json!({})), "INVALID_INPUT at store").await;
    let payload = both.mutate("orderNoteAdd", with(json!({ "store": stores["stores"][0]["id"] })), NOTED).await;
    assert_eq!(payload["note"]["authorKind"], "SELLER");
}
