//! Exports are for staff.

use serde_json::json;

use super::ready;
use crate::support::TestApp;

#[tokio::test]
async fn nobody_but_staff_has_exports() {
    let app = TestApp::new().await;
    let store = app.store("pouches").await;
    let export = ready(&app, &app.staff().await, json!({ "of": { "orders": {} } })).await;
    let id = export["id"].clone();
    let others =
        [(app.anonymous(), "UNAUTHENTICATED"), (app.buyer("ada").await.0, "FORBIDDEN"), (app.seller(store).await, "FORBIDDEN")];
    for (client, code) in others {
        let create = client.try_mutate("exportCreate", json!({ "of": { "orders": {} } }), "replayed").await;
        assert_eq!(create.code(), code);
        for mutation in ["exportCancel", "exportDelete"] {
            assert_eq!(client.try_mutate(mutation, json!({ "export": id }), "__typename").await.code(), code);
        }
        let one = client.send("query($id: ID!) { export(id: $id) { url } }", json!({ "id": id })).await;
        assert_eq!((one.code(), &one.body["data"]["export"]), (code, &serde_json::Value::Null));
        assert_eq!(client.send("{ exports { nodes { url } } }", json!({})).await.code(), code);
        // `node` tells nobody that it exists.
        let node = client.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert_eq!(node["node"], serde_json::Value::Null);
    }
    let admin = app.admin().await;
    let node = admin.ask("query($id: ID!) { node(id: $id) { ... on Export { noun rows } } }", json!({ "id": id })).await;
    assert_eq!(node["node"], json!({ "noun": "ORDERS", "rows": 0 }));
    let list = admin
        .ask("{ exports(status: [READY]) { totalCount nodes { id } } none: exports(status: [FAILED]) { totalCount } }", json!({}))
        .await;
    assert_eq!((&list["exports"]["nodes"][0]["id"], &list["none"]["totalCount"]), (&id, &json!(0)));
}

#[tokio::test]
async fn who_takes_data_away_is_told_in_the_audit_log() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let export = ready(&app, &staff, json!({ "of": { "customers": {} } })).await;
    staff.mutate("exportDelete", json!({ "export": export["id"] }), "deletedId userErrors { code }").await;
    let kinds = "SELECT COUNT(*) FROM events WHERE kind IN ('EXPORT_CREATED', 'EXPORT_DELETED') AND actor = 'STAFF' AND actor_id IS NOT NULL";
    assert_eq!(app.sql_count(kinds).await, 2);
}
