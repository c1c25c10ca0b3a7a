//! Who reads which documents.

use entity::stored::PaymentGateway;
use serde_json::{Value, json};

use super::{cancels, documents};
use crate::{
    statistics::orders::place,
    support::{Client, NOW, TestApp},
};

async fn numbers(client: &Client, arguments: &str) -> Vec<String> {
    let data = client.ask(&format!("{{ invoices{arguments} {{ totalCount nodes {{ number }} }} }}"), json!({})).await;
    let nodes = data["invoices"]["nodes"].as_array().unwrap();
    assert_eq!(data["invoices"]["totalCount"], nodes.len());
    let mut numbers: Vec<String> = nodes.iter().map(|node| node["number"].as_str().unwrap().to_owned()).collect();
    numbers.sort();
    numbers
}

#[tokio::test]
async fn staff_see_all_sellers_their_stores_and_buyers_their_orders() {
    let app = TestApp::new().await;
    let (pens, inks) = (app.store("pens").await, app.store("inks").await);
    let (pen, ink) = (app.goods(pens, "PEN", 1_000, 1_000).await, app.goods(inks, "INK", 333, 1_000).await);
    let ((ada, _), (bob, _)) = (app.buyer("ada").await, app.buyer("bob").await);
    let (staff, seller) = (app.staff().await, app.seller(pens).await);
    let mixed = place(&ada, &[(&pen, 1), (&ink, 1)], json!({})).await;
    let other = place(&bob, &[(&ink, 1)], json!({})).await;
    for order in [&mixed, &other] {
        staff.moves(order, &["orderConfirm"]).await;
        app.work().await;
    }
    assert_eq!(numbers(&staff, "").await, ["INKS-INV-2026-000001", "INKS-INV-2026-000002", "PENS-INV-2026-000001"]);
    assert_eq!(numbers(&seller, "").await, ["PENS-INV-2026-000001"]);
    assert_eq!(numbers(&ada, "").await, ["INKS-INV-2026-000001", "PENS-INV-2026-000001"]);
    assert_eq!(numbers(&bob, "").await, ["INKS-INV-2026-000002"]);
    assert_eq!(documents(&seller, &mixed).await.len(), 1);
    let foreign = documents(&bob, &other).await[0]["id"].clone();
    let query = "query($id: ID!) { invoice(id: $id) { number order { id total } } node(id: $id) { id } }";
    let seen = bob.ask(query, json!({ "id": foreign })).await;
    assert_eq!(seen["invoice"], json!({ "number": "INKS-INV-2026-000002", "order": { "id": other, "total": "3.33" } }));
    assert_eq!(seen["node"]["id"], foreign);
    for client in [&ada, &seller] {
        assert_eq!(client.ask(query, json!({ "id": foreign })).await, json!({ "invoice": null, "node": null }));
    }
    assert_eq!(
        app.anonymous().ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": foreign })).await["node"],
        Value::Null
    );
    for field in ["invoices { totalCount }", "invoice(id: \"x\") { id }"] {
        assert_eq!(app.anonymous().send(&format!("{{ {field} }}"), json!({})).await.code(), "UNAUTHENTICATED");
    }
    // A seller sees of the order behind it only the own lines.
    let own = documents(&seller, &mixed).await[0]["id"].clone();
    let seen = seller.ask("query($id: ID!) { invoice(id: $id) { order { total customerEmail } } }", json!({ "id": own })).await;
    assert_eq!(seen["invoice"]["order"], json!({ "total": "10.00", "customerEmail": null }));
}

#[tokio::test]
async fn documents_are_found_by_store_order_kind_number_and_day() {
    let app = TestApp::new().await;
    let (pens, inks) = (app.store("pens").await, app.store("inks").await);
    let (pen, ink) = (app.goods(pens, "PEN", 1_000, 1_000).await, app.goods(inks, "INK", 333, 1_000).await);
    let (ada, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    let first = place(&ada, &[(&pen, 1), (&ink, 1)], json!({})).await;
    staff.moves(&first, &["orderConfirm"]).await;
    app.work().await;
    app.clock.advance_seconds(60);
    let second = place(&ada, &[(&pen, 1)], json!({})).await;
    staff.moves(&second, &["orderConfirm"]).await;
    app.paid(second.parse().unwrap(), PaymentGateway::Manual, 1_000).await;
    cancels(&staff, &second).await;
    app.work().await;
    let with = async |filter: &str| numbers(&staff, &format!("(filter: {{ {filter} }})")).await.join(" ");
    assert_eq!(with(&format!("store: \"{inks}\"")).await, "INKS-INV-2026-000001");
    assert_eq!(with(&format!("order: \"{second}\"")).await, "PENS-CN-2026-000001 PENS-INV-2026-000002");
    assert_eq!(with(&format!("order: \"{second}\", kind: INVOICE")).await, "PENS-INV-2026-000002");
    assert_eq!(with("kind: CREDIT_NOTE").await, "PENS-CN-2026-000001");
    assert_eq!(with("number: \"PENS-INV-2026-000001\"").await, "PENS-INV-2026-000001");
    assert_eq!(with(&format!("order: \"{pens}\"")).await, "", "an id of another type names nothing");
    let later = NOW.plus_seconds(30).datetime().to_rfc3339();
    assert_eq!(with(&format!("issuedAt: {{ lt: \"{later}\" }}")).await, "INKS-INV-2026-000001 PENS-INV-2026-000001");
    let page = staff.ask("{ invoices(first: 3) { nodes { issuedAt } pageInfo { hasNextPage endCursor } } }", json!({})).await;
    assert_eq!(page["invoices"]["pageInfo"]["hasNextPage"], true);
    let rest = format!("{{ invoices(first: 3, after: {}) {{ nodes {{ number }} }} }}", page["invoices"]["pageInfo"]["endCursor"]);
    assert_eq!(staff.ask(&rest, json!({})).await["invoices"]["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_issued_stays_as_it_was() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 1_000).await;
    let (ada, _) = app.buyer("ada").await;
    let (staff, admin) = (app.staff().await, app.admin().await);
    let address = json!({ "structured": { "fullName": "Ada Holm", "streetAddress": "12 Harbour Lane", "city": "Bergen", "country": "NO" } });
    let order = place(&ada, &[(&pen, 2)], json!({ "billingAddress": address })).await;
    staff.moves(&order, &["orderConfirm"]).await;
    app.work().await;
    let query = "{ invoices { nodes { number storeName buyerName orderNumber total billingAddress { formatted email }
        lines { name sku quantity unitPrice total } } } }";
    let before = ada.ask(query, json!({})).await;
    assert_eq!(
        before["invoices"]["nodes"][0]["lines"],
        json!([{ "name": "Product PEN", "sku": "PEN", "quantity": 2, "unitPrice": "10.00", "total": "20.00" }])
    );
    assert_eq!(
        before["invoices"]["nodes"][0]["billingAddress"],
        json!({ "formatted": "Ada Holm, 12 Harbour Lane, Bergen, NO", "email": null })
    );
    staff.change("orderUpdate", json!({ "order": order, "billingAddress": { "freeText": "elsewhere" } })).await;
    app.sql("UPDATE stores SET name = 'New name'").await;
    app.sql("UPDATE order_items SET name = 'Other goods'").await;
    admin.mutate("orderDelete", json!({ "order": order }), "userErrors { code }").await;
    app.work().await;
    assert_eq!(ada.ask(query, json!({})).await, before);
    let gone = ada.ask("{ invoices { nodes { order { id } store { name } } } }", json!({})).await;
    assert_eq!(gone["invoices"]["nodes"], json!([{ "order": null, "store": { "name": "New name" } }]));
}
