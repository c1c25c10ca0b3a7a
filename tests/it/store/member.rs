//! `storeMemberAdd` and `storeMemberRemove`.

use serde_json::json;

use crate::support::{TestApp, refusals};

const SELECTION: &str = "userErrors { code field } store { members { user { email } since } }";

#[tokio::test]
async fn a_membership_comes_and_goes_at_once() {
    let app = TestApp::new().await;
    let store = app.store("own").await;
    let staff = app.staff().await;
    let (ada, _) = app.buyer("ada").await;
    let edit = json!({ "store": store.to_string(), "name": "By Ada" });
    // Asked for once before, so that what is known of her is in memory.
    assert_eq!(ada.try_mutate("storeUpdate", edit.clone(), "userErrors { code field }").await.code(), "FORBIDDEN");
    let input = json!({ "store": store.to_string(), "user": "Ada@buyer.test" });
    for _ in 0..2 {
        let added = staff.mutate("storeMemberAdd", input.clone(), SELECTION).await;
        assert_eq!(
            added["store"]["members"],
            json!([{ "user": { "email": "ada@buyer.test" }, "since": "2026-01-15T12:00:00Z" }])
        );
    }
    assert_eq!(refusals(&ada.mutate("storeUpdate", edit.clone(), "userErrors { code field }").await), Vec::<String>::new());
    let query = "query($id: ID!) { store(id: $id) { members { user { email } } } }";
    let seen = ada.ask(query, json!({ "id": store.to_string() })).await;
    assert_eq!(seen["store"]["members"][0]["user"]["email"], "ada@buyer.test");
    let hidden = app.anonymous().ask(query, json!({ "id": store.to_string() })).await;
    assert_eq!(hidden["store"]["members"], json!(null));

    let removed = staff.mutate("storeMemberRemove", input.clone(), SELECTION).await;
    assert_eq!(removed["store"]["members"], json!([]));
    assert_eq!(ada.try_mutate("storeUpdate", edit, "userErrors { code field }").await.code(), "FORBIDDEN");
    assert_eq!(refusals(&staff.mutate("storeMemberRemove", input, SELECTION).await), ["NOT_FOUND at user"]);
}

#[tokio::test]
async fn only_staff_say_who_sells() {
    let app = TestApp::new().await;
    let store = app.store("own").await;
    let seller = app.seller(store).await;
    let staff = app.staff().await;
    for mutation in ["storeMemberAdd", "storeMemberRemove"] {
        let input = json!({ "store": store.to_string(), "user": "staff@shop.test" });
        assert_eq!(seller.try_mutate(mutation, input, SELECTION).await.code(), "FORBIDDEN");
        let nobody = json!({ "store": store.to_string(), "user": "nobody@shop.test" });
        assert_eq!(refusals(&staff.mutate(mutation, nobody, SELECTION).await), ["NOT_FOUND at user"]);
        let nowhere = json!({ "store": "order_01h455vb4pex5vsknk084sn02q", "user": "staff@shop.test" });
        assert_eq!(refusals(&staff.mutate(mutation, nowhere, SELECTION).await), ["NOT_FOUND at store"]);
    }
}
