//! `tokenRefresh` and `signOut`.

use entity::stored::Role;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{PASSWORD, client, reasons, refresh, registered, role, sign_in};
use crate::support::TestApp;

const REFUSED: [&str; 1] = ["INVALID_TOKEN at refreshToken"];

async fn signed_in() -> (TestApp, Value) {
    let app = TestApp::new().await;
    registered(&app, "ada@shop.test", Role::Customer).await;
    let session = sign_in(&app, "ada@shop.test", PASSWORD).await;
    (app, session)
}

#[tokio::test]
async fn a_refresh_token_gives_the_next_pair() {
    let (app, session) = signed_in().await;
    app.clock.advance_seconds(1_000);
    let next = refresh(&app, &session["refreshToken"]).await;
    assert_eq!(reasons(&next), Vec::<String>::new());
    assert_ne!(next["refreshToken"], session["refreshToken"]);
    assert_eq!(role(&client(&app, &next["accessToken"])).await, "CUSTOMER");
    let after = refresh(&app, &next["refreshToken"]).await;
    assert_eq!(reasons(&after), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_that_is_used_twice_revokes_its_family() {
    let (app, session) = signed_in().await;
    let other = sign_in(&app, "ada@shop.test", PASSWORD).await;
    let next = refresh(&app, &session["refreshToken"]).await;
    assert_eq!(reasons(&refresh(&app, &session["refreshToken"]).await), REFUSED);
    assert_eq!(reasons(&refresh(&app, &next["refreshToken"]).await), REFUSED);
    assert_eq!(reasons(&refresh(&app, &other["refreshToken"]).await), Vec::<String>::new(), "another sign-in is another family");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_exchanges_at_once_at_most_one_succeeds() {
    let (app, session) = signed_in().await;
    let calls: JoinSet<_> = (0..8)
        .map(|_| {
            let (anonymous, token) = (app.anonymous(), session["refreshToken"].clone());
            async move {
                anonymous
                    .mutate("tokenRefresh", json!({ "refreshToken": token }), "refreshToken userErrors { code field message }")
                    .await
            }
        })
        .collect();
    let mut given = Vec::new();
    for payload in calls.join_all().await {
        given.extend(payload["refreshToken"].as_str().map(str::to_owned));
    }
    assert_eq!(given.len(), 1);
    // The others were reuse: what was given is revoked with its family.
    assert_eq!(reasons(&refresh(&app, &json!(given[0])).await), REFUSED);
}

#[tokio::test]
async fn what_is_no_token_or_no_longer_one_is_refused() {
    let (app, session) = signed_in().await;
    for token in ["", "x", session["accessToken"].as_str().unwrap()] {
        assert_eq!(reasons(&refresh(&app, &json!(token)).await), REFUSED);
    }
    app.clock.advance_seconds(30 * 24 * 60 * 60);
    assert_eq!(reasons(&refresh(&app, &session["refreshToken"]).await), REFUSED);
}

#[tokio::test]
async fn a_disabled_user_gets_no_next_pair() {
    let (app, session) = signed_in().await;
    app.sql("UPDATE users SET is_active = FALSE").await;
    assert_eq!(reasons(&refresh(&app, &session["refreshToken"]).await), REFUSED);
    // The refused exchange did not use the token up.
    app.sql("UPDATE users SET is_active = TRUE").await;
    assert_eq!(reasons(&refresh(&app, &session["refreshToken"]).await), Vec::<String>::new());
    app.sql("UPDATE customers SET status = 'BLOCKED'").await;
    let again = sign_in(&app, "ada@shop.test", PASSWORD).await;
    assert_eq!(reasons(&again), ["INVALID_CREDENTIALS at password"]);
}

#[tokio::test]
async fn signing_out_revokes_the_family() {
    let (app, session) = signed_in().await;
    let next = refresh(&app, &session["refreshToken"]).await;
    for token in [&session["refreshToken"], &json!("nonsense")] {
        let payload = app.anonymous().mutate("signOut", json!({ "refreshToken": token }), "signedOut").await;
        assert_eq!(payload["signedOut"], true);
    }
    assert_eq!(reasons(&refresh(&app, &next["refreshToken"]).await), REFUSED);
}
