//! Views of lists that staff keep.

use serde_json::{Value, json};

use crate::support::{Client, TestApp, refusals};

const VIEW: &str = "id list name filter sort columns shared mine owner { email }";

impl Client {
    async fn keeps(&self, input: Value) -> Value {
        self.mutate("savedViewCreate", input, &format!("view {{ {VIEW} }} replayed userErrors {{ code field message }}")).await
    }

    async fn kept(&self, input: Value) -> Value {
        let payload = self.keeps(input).await;
        assert_eq!(refusals(&payload), Vec::<String>::new(), "{payload:#}");
        payload["view"].clone()
    }

    async fn edits(&self, view: &Value, edit: Value) -> Value {
        let mut input = edit;
        input["view"] = view["id"].clone();
        self.mutate("savedViewUpdate", input, &format!("view {{ {VIEW} }} userErrors {{ code field message }}")).await
    }

    async fn drops(&self, view: &Value) -> Value {
        self.mutate("savedViewDelete", json!({ "view": view["id"] }), "deletedId userErrors { code field message }").await
    }

    async fn names(&self, arguments: &str) -> Vec<String> {
        let data = self.ask(&format!("{{ savedViews{arguments} {{ nodes {{ name }} totalCount }} }}"), json!({})).await;
        let nodes = data["savedViews"]["nodes"].as_array().unwrap().clone();
        assert_eq!(data["savedViews"]["totalCount"], nodes.len());
        // Those of one millisecond have no order, and the clock of the test stands still.
        let mut names: Vec<String> = nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }
}

fn orders(name: &str, filter: Value) -> Value {
    json!({ "name": name, "content": { "orders": { "filter": filter } } })
}

#[tokio::test]
async fn what_a_view_says_is_what_the_list_takes() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 2_000, 100).await;
    let (buyer, customer) = app.buyer("ada").await;
    let (large, small) = (buyer.places(&pen, 3).await, buyer.places(&pen, 1).await);
    let filter = json!({
        "status": { "in": ["PENDING", "CONFIRMED"] }, "type": { "notIn": ["PICKUP"] }, "total": { "gte": "50.00" },
        "placedAt": { "gte": "2026-01-01T00:00:00Z" }, "currency": "EUR", "store": store.to_string(), "onHold": false,
        "or": [{ "search": "ada" }, { "not": { "ids": [small] } }],
    });
    let sort = json!([{ "field": "TOTAL", "direction": "ASC" }, { "field": "NUMBER", "direction": "DESC" }]);
    let input = json!({ "name": "Large", "columns": ["number", "total"],
        "content": { "orders": { "filter": filter, "sort": sort } } });
    let view = staff.kept(input).await;
    assert_eq!((&view["filter"], &view["sort"], &view["columns"]), (&filter, &sort, &json!(["number", "total"])));
    assert_eq!((&view["list"], &view["shared"], &view["mine"]), (&json!("ORDERS"), &json!(false), &json!(true)));
    assert_eq!(view["owner"]["email"], "staff@shop.test");
    let query = "query($f: OrderFilter, $s: [OrderSort!]) { orders(filter: $f, sort: $s) { nodes { id } } }";
    let found = staff.ask(query, json!({ "f": view["filter"], "s": view["sort"] })).await;
    assert_eq!(found["orders"]["nodes"], json!([{ "id": large }]));

    // Each of the other lists, with everything that its filter knows of one kind.
    let lists = [
        ("customers", "CustomerFilter", "CustomerSort", json!({ "search": "ada", "ids": [customer.to_string()] }), "NAME"),
        ("products", "ProductFilter", "ProductSort", json!({ "inStock": true, "status": ["PUBLISHED"] }), "NAME"),
        (
            "payments",
            "PaymentFilter",
            "PaymentSort",
            json!({ "status": ["PAID"], "createdAt": { "lt": "2026-02-01T00:00:00Z" } }),
            "AMOUNT",
        ),
    ];
    for (list, filter_type, sort_type, filter, field) in lists {
        let sort = json!([{ "field": field, "direction": "ASC" }]);
        let input = json!({ "name": list, "content": { list: { "filter": filter, "sort": sort } } });
        let view = staff.kept(input).await;
        assert_eq!((&view["filter"], &view["sort"]), (&filter, &sort));
        let query = format!("query($f: {filter_type}, $s: [{sort_type}!]) {{ {list}(filter: $f, sort: $s) {{ totalCount }} }}");
        let found = staff.ask(&query, json!({ "f": view["filter"], "s": view["sort"] })).await;
        assert_eq!(found[list]["totalCount"], if list == "payments" { 0 } else { 1 }, "{list}");
    }
    let empty = staff.kept(json!({ "name": "All", "content": { "payments": {} } })).await;
    assert_eq!((&empty["filter"], &empty["sort"], &empty["columns"]), (&json!({}), &json!([]), &json!([])));
}

#[tokio::test]
async fn a_filter_that_the_list_would_refuse_is_not_kept() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let deep = (0..6).fold(json!({}), |inner, _| json!({ "not": inner }));
    let long = json!({ "ids": vec!["order_01h455vb4pex5vsknk084sn02q"; 900] });
    for (input, reason) in [
        (orders("x", deep), "INVALID_FILTER at content.orders.filter"),
        (orders("x", json!({ "search": "a".repeat(201) })), "INVALID_FILTER at content.orders.filter"),
        (orders("x", long), "INVALID_FILTER at content"),
        (
            json!({ "name": "x", "content": { "products": { "sort": vec![json!({ "field": "NAME" }); 7] } } }),
            "INVALID_FILTER at content.products.sort",
        ),
        (orders("  ", json!({})), "INVALID_INPUT at name"),
        (orders(&"n".repeat(101), json!({})), "INVALID_INPUT at name"),
        (json!({ "name": "x", "content": { "orders": {} }, "columns": ["a", " "] }), "INVALID_INPUT at columns.1"),
        (json!({ "name": "x", "content": { "orders": {} }, "columns": ["a", "a"] }), "INVALID_INPUT at columns.1"),
        (json!({ "name": "x", "content": { "orders": {} }, "columns": vec!["a"; 51] }), "INVALID_INPUT at columns"),
    ] {
        assert_eq!(refusals(&staff.keeps(input).await), [reason]);
    }
    // What is not of the list's types does not get that far; the error tells where.
    for (filter, place) in [
        (json!({ "status": { "in": ["LOST"] } }), "status"),
        (json!({ "statuz": {} }), "statuz"),
        (json!({ "total": { "gte": "much" } }), "total"),
    ] {
        let answer = staff.try_mutate("savedViewCreate", orders("x", filter), "replayed").await;
        assert_ne!(answer.code(), "no error");
        assert!(answer.body["errors"][0].to_string().contains(place), "{:#}", answer.body);
    }
    let both = json!({ "name": "x", "content": { "orders": {}, "products": {} } });
    assert_ne!(staff.try_mutate("savedViewCreate", both, "replayed").await.code(), "no error");
    assert_eq!(app.rows("saved_views").await, 0);
}

#[tokio::test]
async fn own_views_are_ones_own_and_shared_ones_everybodys_to_see() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let colleague = app.user("bea@shop.test", entity::stored::Role::Staff, &[]).await.0;
    let admin = app.admin().await;
    let own = staff.kept(orders("mine", json!({}))).await;
    let shared = {
        let mut input = orders("ours", json!({}));
        input["shared"] = json!(true);
        staff.kept(input).await
    };
    staff.kept(json!({ "name": "shelf", "content": { "products": {} } })).await;
    assert_eq!(staff.names("").await, ["mine", "ours", "shelf"]);
    assert_eq!(staff.names("(list: ORDERS)").await, ["mine", "ours"]);
    assert_eq!(colleague.names("").await, ["ours"]);
    let node = |view: &Value| json!({ "id": view["id"] });
    let query = "query($id: ID!) { node(id: $id) { ... on SavedView { name mine } } }";
    assert_eq!(colleague.ask(query, node(&own)).await["node"], Value::Null);
    assert_eq!(colleague.ask(query, node(&shared)).await["node"], json!({ "name": "ours", "mine": false }));

    let rename = json!({ "name": "theirs" });
    assert_eq!(refusals(&colleague.edits(&own, rename.clone()).await), ["NOT_FOUND at view"]);
    assert_eq!(refusals(&colleague.edits(&shared, rename.clone()).await), ["FORBIDDEN at view"]);
    assert_eq!(refusals(&colleague.drops(&shared).await), ["FORBIDDEN at view"]);
    assert_eq!(refusals(&admin.drops(&own).await), ["NOT_FOUND at view"]);
    assert_eq!(staff.names("").await, ["mine", "ours", "shelf"]);
    assert_eq!(refusals(&admin.edits(&shared, rename).await), Vec::<String>::new());

    let edit = json!({ "name": "open", "shared": true, "columns": ["number"], "content": { "orders": { "filter": { "overdue": true } } } });
    let payload = staff.edits(&own, edit).await;
    assert_eq!(refusals(&payload), Vec::<String>::new());
    assert_eq!((&payload["view"]["filter"], &payload["view"]["name"]), (&json!({ "overdue": true }), &json!("open")));
    assert_eq!(colleague.names("").await, ["open", "theirs"]);
    let other_list = staff.edits(&own, json!({ "content": { "products": {} } })).await;
    assert_eq!(refusals(&other_list), ["INVALID_INPUT at content"]);
    assert_eq!(staff.drops(&own).await["deletedId"], own["id"]);
    assert_eq!(refusals(&staff.drops(&own).await), ["NOT_FOUND at view"]);
    assert_eq!(staff.names("").await, ["shelf", "theirs"]);
}

#[tokio::test]
async fn views_are_for_staff() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let mut input = orders("ours", json!({}));
    input["shared"] = json!(true);
    let view = staff.kept(input).await;
    let store = app.store("pens").await;
    let (buyer, seller) = (app.buyer("ada").await.0, app.seller(store).await);
    let query = "{ savedViews { nodes { id } } }";
    for client in [&buyer, &seller] {
        assert_eq!(client.send(query, json!({})).await.code(), "FORBIDDEN");
        let seen = client.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": view["id"] })).await;
        assert_eq!(seen["node"], Value::Null);
        assert_eq!(client.try_mutate("savedViewDelete", json!({ "view": view["id"] }), "deletedId").await.code(), "FORBIDDEN");
    }
    assert_eq!(app.anonymous().send(query, json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(app.rows("saved_views").await, 1);
}

#[tokio::test]
async fn there_are_at_most_a_hundred_of_ones_own() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    for index in 0..99 {
        staff.kept(orders(&format!("view {index}"), json!({}))).await;
    }
    let mut last = orders("last", json!({}));
    last["idempotencyKey"] = json!("once");
    let (first, second) = tokio::join!(staff.keeps(last.clone()), staff.keeps(last.clone()));
    assert_eq!((refusals(&first).len(), refusals(&second).len(), &first["view"]["id"]), (0, 0, &second["view"]["id"]));
    assert_ne!(first["replayed"], second["replayed"]);
    assert_eq!(refusals(&staff.keeps(orders("one more", json!({}))).await), ["TOO_MANY_VIEWS at name"]);
    assert_eq!(app.rows("saved_views").await, 100);
}
