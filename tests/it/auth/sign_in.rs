//! `signIn`.

use entity::stored::Role;
use serde_json::{Value, json};

use super::{PASSWORD, client, reasons, registered, role, sign_in};
use crate::support::TestApp;

#[tokio::test]
async fn the_right_password_opens() {
    let app = TestApp::new().await;
    registered(&app, "Ada@shop.test", Role::Staff).await;
    let payload = sign_in(&app, " ADA@shop.test ", PASSWORD).await;
    assert_eq!(reasons(&payload), Vec::<String>::new());
    assert_eq!(payload["user"], json!({ "email": "ada@shop.test", "role": "STAFF" }));
    assert_eq!(payload["accessTokenExpiresAt"], "2026-01-15T12:15:00Z");
    assert_eq!(payload["refreshTokenExpiresAt"], "2026-02-14T12:00:00Z");
    assert_eq!(role(&client(&app, &payload["accessToken"])).await, "STAFF");
    assert_eq!(app.rows("refresh_tokens").await, 1);
    // What is stored is not the token.
    app.sql(&format!("DELETE FROM refresh_tokens WHERE token_hash LIKE '%{}%'", payload["refreshToken"].as_str().unwrap())).await;
    assert_eq!(app.rows("refresh_tokens").await, 1);
}

#[tokio::test]
async fn everything_else_gets_one_answer() {
    let app = TestApp::new().await;
    registered(&app, "ada@shop.test", Role::Customer).await;
    registered(&app, "disabled@shop.test", Role::Customer).await;
    registered(&app, "blocked@shop.test", Role::Customer).await;
    app.sql("UPDATE users SET is_active = FALSE WHERE email = 'disabled@shop.test'").await;
    app.sql("UPDATE customers SET status = 'BLOCKED' WHERE email = 'blocked@shop.test'").await;
    let mut answers = Vec::new();
    for (email, password) in [
        ("ada@shop.test", "wrong"),
        ("ada@shop.test", ""),
        ("ada@shop.test", "CORRECT HORSE"),
        ("nobody@shop.test", PASSWORD),
        ("disabled@shop.test", PASSWORD),
        ("blocked@shop.test", PASSWORD),
        ("", ""),
    ] {
        answers.push(sign_in(&app, email, password).await);
    }
    assert_eq!(reasons(&answers[0]), ["INVALID_CREDENTIALS at password"]);
    assert_eq!((&answers[0]["accessToken"], &answers[0]["user"]), (&Value::Null, &Value::Null));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(app.rows("refresh_tokens").await, 0);
}

#[tokio::test]
async fn somebody_without_a_password_does_not_sign_in() {
    let app = TestApp::new().await;
    app.buyer("ada").await;
    for password in ["", "password"] {
        assert_eq!(reasons(&sign_in(&app, "ada@buyer.test", password).await), ["INVALID_CREDENTIALS at password"]);
    }
}
