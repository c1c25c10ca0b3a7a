//! Signing in, staying signed in, signing out.

mod refresh;
mod sign_in;
mod token;

use entity::{id::StoreId, stored::Role};
use ordergraph::auth::user::{self, NewUser};
use serde_json::{Value, json};

use crate::support::{Client, TestApp, refusals};

const PASSWORD: &str = "correct horse";

const SESSION: &str = "accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user { email role }
    userErrors { code field message }";

/// A user with a password.
async fn registered(app: &TestApp, email: &str, role: Role) {
    let new = NewUser { email: email.to_owned(), name: String::new(), role, password: PASSWORD.to_owned(), stores: Vec::new() };
    user::create(&app.app, new).await.unwrap();
}

/// Signs in; the payload.
async fn sign_in(app: &TestApp, email: &str, password: &str) -> Value {
    app.anonymous().mutate("signIn", json!({ "email": email, "password": password }), SESSION).await
}

/// Exchanges a refresh token; the payload.
async fn refresh(app: &TestApp, token: &Value) -> Value {
    app.anonymous().mutate("tokenRefresh", json!({ "refreshToken": token }), SESSION).await
}

/// A client that sends this access token.
fn client(app: &TestApp, token: &Value) -> Client {
    Client::new(app.router.clone(), token.as_str().map(str::to_owned))
}

/// Who a client is, by the API.
async fn role(client: &Client) -> Value {
    client.ask("{ viewer { role } }", json!({})).await["viewer"]["role"].clone()
}

#[tokio::test]
async fn the_viewer_is_who_is_signed_in() {
    let app = TestApp::new().await;
    let store: StoreId = app.store("pouches").await;
    let query = "{ viewer { role user { email } customer { id } stores { slug } } }";
    let (buyer, customer) = app.buyer("ada").await;
    assert_eq!(
        buyer.ask(query, json!({})).await["viewer"],
        json!({ "role": "CUSTOMER", "user": { "email": "ada@buyer.test" }, "customer": { "id": customer.to_string() }, "stores": [] })
    );
    let seller = app.seller(store).await.ask(query, json!({})).await;
    assert_eq!((&seller["viewer"]["role"], &seller["viewer"]["stores"]), (&json!("CUSTOMER"), &json!([{ "slug": "pouches" }])));
    assert_eq!(role(&app.staff().await).await, "STAFF");
    assert_eq!(role(&app.admin().await).await, "ADMIN");
    assert_eq!(app.anonymous().ask(query, json!({})).await["viewer"], Value::Null);
}

fn reasons(payload: &Value) -> Vec<String> {
    refusals(payload)
}
