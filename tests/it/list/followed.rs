//! Counts and pages that are followed along the event log: whatever happens to orders, they are those of the rows.

use std::collections::BTreeMap;

use ordergraph::{
    clock::Clock,
    import::{
        Options,
        generate::{self, Wanted},
        progress::Silent,
    },
};
use serde_json::{Value, json};

use crate::{
    statistics::orders::place,
    support::{Client, Goods, NOW, TestApp},
};

/// What the statement says that asks what happened since.
pub(super) const FOLLOWING: &str = "told_since";

/// The orders of a filter in a sort order, id and status, by a walk through all of them.
async fn walked(client: &Client, filter: &Value, sort: &Value) -> Vec<[String; 2]> {
    let query = "query($f: OrderFilter, $s: [OrderSort!], $c: String) { orders(first: 100, after: $c, filter: $f, sort: $s) \
                 { nodes { id status } pageInfo { hasNextPage endCursor } } }";
    let (mut orders, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = client.ask(query, json!({ "f": filter, "s": sort, "c": cursor })).await["orders"].clone();
        let nodes = page["nodes"].as_array().unwrap().iter();
        orders.extend(nodes.map(|node| ["id", "status"].map(|field| node[field].as_str().unwrap().to_owned())));
        if page["pageInfo"]["hasNextPage"] == false {
            return orders;
        }
        cursor = page["pageInfo"]["endCursor"].clone();
    }
}

/// A service, a caller of it, and the same caller at a copy of the service that follows nothing.
pub(super) struct Asked<'a> {
    pub(super) app: &'a TestApp,
    pub(super) client: &'a Client,
    pub(super) plain: Client,
}

impl<'a> Asked<'a> {
    pub(super) async fn of(app: &'a TestApp, client: &'a Client) -> Self {
        let plain = app.copy(|config| config.cache.cache_memory_mb = 0).await;
        Self { app, client, plain: client.at(&plain.router) }
    }

    /// What is answered, and whether it was followed.
    async fn ask(&self, query: &str, variables: Value) -> (Value, bool) {
        let (answer, statements) = self.app.statements_of(self.client.ask(query, variables.clone())).await;
        // Ids that were found by a statement before are of another moment.
        let searched = |sql: &String| !sql.contains(FOLLOWING) || sql.contains(" LIKE ");
        let searches = variables["f"].to_string().contains("search");
        assert!(!searches || statements.iter().all(searched), "{variables}: {statements:#?}");
        (answer, statements.iter().any(|sql| sql.contains(FOLLOWING)))
    }

    /// Compares counts and tabs of filters with walks; how many counts and tabs were followed.
    async fn agree(&self, filters: &[Value]) -> usize {
        let mut followed = 0;
        for filter in filters {
            let mut counts: BTreeMap<String, i64> = BTreeMap::new();
            for [_, status] in walked(&self.plain, filter, &json!([])).await {
                *counts.entry(status).or_insert(0) += 1;
            }
            let query = "query($f: OrderFilter) { orders(first: 0, filter: $f) { totalCount } }";
            let (total, is_followed) = self.ask(query, json!({ "f": filter })).await;
            assert_eq!(total["orders"]["totalCount"], counts.values().sum::<i64>(), "{filter}");
            followed += usize::from(is_followed);
            let tabs = "query($f: OrderFilter) { orderStatusCounts(filter: $f) { tabs { status count } } }";
            let (found, is_followed) = self.ask(tabs, json!({ "f": filter })).await;
            let asked = filter["status"]["in"].as_array();
            for tab in found["orderStatusCounts"]["tabs"].as_array().unwrap() {
                let status = tab["status"].as_str().unwrap();
                if asked.is_none_or(|asked| asked.contains(&json!(status))) {
                    assert_eq!(tab["count"], counts.get(status).copied().unwrap_or(0), "{status} of {filter}");
                }
            }
            followed += usize::from(is_followed);
        }
        followed
    }

    /// Compares pages of filters in several orders with walks: from the begin, from the end, and about the order in the middle
    /// of `among` in both directions; how many pages were followed, of how many.
    async fn pages_agree(&self, filters: &[Value], among: &str) -> (usize, usize) {
        const PAGE: usize = 3;
        let query = "query($f: OrderFilter, $s: [OrderSort!], $n: Int, $a: String, $l: Int, $b: String) \
                     { orders(first: $n, after: $a, last: $l, before: $b, filter: $f, sort: $s) \
                     { nodes { id status ITEMS } pageInfo { hasNextPage hasPreviousPage } } }";
        let (mut followed, mut pages) = (0, 0);
        for filter in filters {
            for (field, direction) in [("PLACED_AT", "DESC"), ("CUSTOMER_NAME", "ASC"), ("TOTAL", "DESC"), ("SHIP_BY", "ASC")] {
                let sort = json!([{ "field": field, "direction": direction }]);
                let orders: Vec<String> = walked(&self.plain, filter, &sort).await.into_iter().map(|[id, _]| id).collect();
                let middle = orders.iter().position(|id| id == among);
                let cursor = match middle {
                    Some(at) => self.cursor(filter, &sort, at).await,
                    None => Value::Null,
                };
                let end = |at: usize| Ord::min(at + PAGE, orders.len());
                let mut wanted = vec![
                    (json!({ "n": PAGE }), &orders[..end(0)], [orders.len() > PAGE, false]),
                    (json!({ "l": PAGE }), &orders[orders.len() - end(0)..], [false, orders.len() > PAGE]),
                ];
                if let Some(at) = middle {
                    let after = json!({ "n": PAGE, "a": cursor });
                    wanted.push((after, &orders[at + 1..end(at + 1)], [at + 1 + PAGE < orders.len(), true]));
                    let before = json!({ "l": PAGE, "b": cursor });
                    wanted.push((before, &orders[at.saturating_sub(PAGE)..at], [true, at > PAGE]));
                }
                for (mut page, orders, more) in wanted {
                    // Orders alone, and orders with what is read beside them.
                    let query = query.replace("ITEMS", if page["n"].is_null() { "items { nodes { id } }" } else { "" });
                    (page["f"], page["s"]) = (filter.clone(), sort.clone());
                    let (answer, is_followed) = self.ask(&query, page.clone()).await;
                    let found = answer["orders"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap());
                    assert_eq!(found.collect::<Vec<_>>(), orders, "{page}");
                    let info = &answer["orders"]["pageInfo"];
                    assert_eq!([&info["hasNextPage"], &info["hasPreviousPage"]], more.map(Value::from).each_ref(), "{page}");
                    followed += usize::from(is_followed);
                    pages += 1;
                }
            }
        }
        (followed, pages)
    }

    /// The cursor of the order at a place.
    async fn cursor(&self, filter: &Value, sort: &Value, at: usize) -> Value {
        let query = "query($f: OrderFilter, $s: [OrderSort!], $o: Int) \
                     { orders(first: 1, offset: $o, filter: $f, sort: $s) { pageInfo { endCursor } } }";
        let page = self.plain.ask(query, json!({ "f": filter, "s": sort, "o": at })).await;
        page["orders"]["pageInfo"]["endCursor"].clone()
    }
}

#[tokio::test]
async fn what_is_followed_is_that_of_the_rows() {
    let app = TestApp::new().await;
    let store = app.store("left").await;
    let (pen, mug) = (app.goods(store, "PEN-1", 100, 500).await, app.goods(store, "MUG-2", 3_000, 500).await);
    let (staff, admin) = (app.staff().await, app.admin().await);
    let (ada, _) = app.buyer("ada").await;
    let (bob, _) = app.buyer("bob").await;
    let mut orders = Vec::new();
    for index in 0..7 {
        orders.push(if index < 3 { &ada } else { &bob }.places(&pen, index + 1).await);
    }
    let since = NOW.plus_seconds(30).datetime().to_rfc3339();
    let filters = [
        // What most have, and what few have.
        json!({ "search": "ord-2" }),
        json!({ "search": "ada" }),
        json!({ "search": "track" }),
        json!({ "search": "mug-2", "status": { "in": ["PENDING", "SHIPPED"] } }),
        json!({ "total": { "gte": "3" }, "currency": "EUR" }),
        json!({ "not": { "search": "bob" } }),
        json!({ "or": [{ "search": "mug" }, { "total": { "lt": "2.50" } }] }),
        json!({ "and": [{ "store": store.to_string() }, { "search": "o" }, { "not": { "status": { "in": ["CANCELLED"] } } }] }),
        json!({ "search": "ord", "updatedAt": { "gte": since } }),
        json!({ "search": "e", "shipBy": { "lt": since } }),
    ];
    let asked = Asked::of(&app, &staff).await;
    // The first time they are counted, the second time it is kept which they are.
    assert_eq!(asked.agree(&filters).await, 0);
    asked.agree(&filters).await;
    assert_eq!(asked.agree(&filters).await, 2 * filters.len());
    let among = orders[6].clone();
    for _ in 0..2 {
        let (followed, pages) = asked.pages_agree(&filters, &among).await;
        assert!(followed == 0 && pages > 100, "{pages}");
    }
    let all = asked.pages_agree(&filters, &among).await;
    assert_eq!(all.0, all.1);
    app.clock.advance_seconds(60);
    let other = app.copy(|_| {}).await;
    for round in 0..12 {
        match round {
            // Not yet placed in the log; then placed; then both.
            0 => orders.push(ada.places(&mug, 1).await),
            1 | 5 | 9 => app.work().await,
            2 => {
                orders.push(bob.places(&mug, 2).await);
                orders.push(ada.places(&pen, 9).await);
                staff.moves(&orders[0], &["orderConfirm"]).await;
                staff.moves(&orders[7], &["orderCancel"]).await;
            }
            3 => {
                let tracked = json!({ "order": orders[1], "trackingNumber": "TRACK-1" });
                assert_eq!(staff.change("orderUpdate", tracked).await["userErrors"], json!([]));
            }
            4 => {
                // Born and gone between two questions, and gone that was counted.
                let short = bob.places(&pen, 1).await;
                for order in [&short, &orders[2]] {
                    staff.moves(order, &["orderCancel"]).await;
                    let gone = admin.mutate("orderDelete", json!({ "order": order }), "userErrors { code }").await;
                    assert_eq!(gone["userErrors"], json!([]));
                }
            }
            6 => {
                let tracked = json!({ "order": orders[1], "trackingNumber": "OTHER-1" });
                assert_eq!(staff.change("orderUpdate", tracked).await["userErrors"], json!([]));
            }
            // Another copy of the service, whose events this one gets to know from the database alone.
            7 => {
                let bob = bob.at(&other.router);
                orders.push(bob.places(&mug, 1).await);
                staff.at(&other.router).moves(&orders[4], &["orderCancel"]).await;
            }
            8 => generate(&app, 3).await,
            10 => {
                let input = json!({ "orders": [orders[5], orders[6]], "action": { "updateStatus": { "status": "CANCELLED" } } });
                let done = staff.mutate("ordersBulkAction", input, "processed userErrors { code message }").await;
                assert_eq!(done["processed"], 2, "{done}");
            }
            _ => {
                let edit = json!({ "order": orders[3], "add": [{ "sku": "MUG-2", "quantity": 1 }] });
                let edited = bob.mutate("orderEdit", edit, "userErrors { code message }").await;
                assert_eq!(edited["userErrors"], json!([]));
            }
        }
        assert_eq!(asked.agree(&filters).await, 2 * filters.len(), "round {round}");
        let (followed, pages) = asked.pages_agree(&filters, &among).await;
        // Those about an order that has only now come into a list, or to another place of it, are new.
        assert!(pages - followed <= 8, "{followed} of {pages} in round {round}");
        app.clock.advance_seconds(1);
    }
    // After more than is worth looking at one by one they are counted again, and then followed again.
    generate(&app, 900).await;
    asked.agree(&filters).await;
    asked.agree(&filters).await;
    assert_eq!(asked.agree(&filters).await, 2 * filters.len());
    staff.moves(&orders[3], &["orderConfirm"]).await;
    assert_eq!(asked.agree(&filters).await, 2 * filters.len());
}

#[tokio::test]
async fn a_page_that_is_followed_has_an_end() {
    let app = TestApp::new().await;
    let pen = app.goods(app.store("left").await, "PEN-1", 100, 500).await;
    let (staff, admin) = (app.staff().await, app.admin().await);
    let (zoe, _) = app.buyer("zoe").await;
    generate(&app, 120).await;
    let place_many = async || {
        let mut orders = Vec::new();
        for _ in 0..40 {
            app.clock.advance_seconds(1);
            orders.push(zoe.places(&pen, 1).await);
        }
        orders
    };
    let orders = place_many().await;
    let asked = Asked::of(&app, &staff).await;
    let filters = [json!({}), json!({ "not": { "search": "nowhere" } })];
    let among = walked(&asked.plain, &filters[0], &json!([])).await[100][0].clone();
    for _ in 0..2 {
        assert_eq!(asked.pages_agree(&filters, &among).await.0, 0);
    }
    let (followed, pages) = asked.pages_agree(&filters, &among).await;
    assert_eq!(followed, pages);
    // All that is kept of a page goes, and more comes than was kept.
    for order in &orders {
        staff.moves(order, &["orderCancel"]).await;
        let gone = admin.mutate("orderDelete", json!({ "order": order }), "userErrors { code }").await;
        assert_eq!(gone["userErrors"], json!([]));
    }
    assert_eq!(asked.pages_agree(&filters, &among).await, (pages, pages));
    place_many().await;
    assert_eq!(asked.pages_agree(&filters, &among).await, (pages, pages));
}

/// Makes orders up, as an import does.
async fn generate(app: &TestApp, orders: u32) {
    let wanted = Wanted { orders, seed: 5, until: NOW, from: None };
    generate::run(app.db(), &Clock::held(NOW), &wanted, Options::default(), &Silent).await.unwrap();
}

#[tokio::test]
async fn what_others_see_and_what_no_event_tells_is_not_followed() {
    let app = TestApp::new().await;
    let pen = app.goods(app.store("left").await, "PEN-1", 100, 500).await;
    let staff = app.staff().await;
    let (ada, customer) = app.buyer("ada").await;
    ada.places(&pen, 1).await;
    let asked = Asked::of(&app, &staff).await;
    for filter in [
        json!({ "search": "ada", "overdue": true }),
        json!({ "search": "ada", "paymentType": { "in": ["CASH"] } }),
        json!({ "not": { "customer": customer.to_string() } }),
    ] {
        for _ in 0..3 {
            assert_eq!(asked.agree(std::slice::from_ref(&filter)).await, 0, "{filter}");
            assert_eq!(asked.pages_agree(std::slice::from_ref(&filter), "").await.0, 0, "{filter}");
        }
    }
    let asked = Asked::of(&app, &ada).await;
    for _ in 0..3 {
        assert_eq!(asked.agree(&[json!({ "search": "ada" })]).await, 0);
        assert_eq!(asked.pages_agree(&[json!({ "search": "ada" })], "").await.0, 0);
    }
}

#[tokio::test]
async fn pages_of_what_may_be_deleted_are_followed() {
    let app = TestApp::new().await;
    let store = app.store("left").await;
    let (pen, mug) = (app.goods(store, "PEN-1", 100, 500).await, app.goods(store, "MUG-2", 3_000, 500).await);
    let staff = app.staff().await;
    let carl = app.customer("carl", None, None).await;
    let place = async |goods: &Goods| place(&staff, &[(goods, 1)], json!({ "customer": carl.to_string() })).await;
    for goods in [&pen, &pen, &mug, &pen, &mug] {
        app.clock.advance_seconds(1);
        place(goods).await;
    }
    let filters = [
        json!({ "or": [{ "customer": carl.to_string() }] }),
        json!({ "search": "carl", "product": pen.product.to_string() }),
        json!({ "and": [{ "customer": carl.to_string() }, { "product": mug.product.to_string() }] }),
    ];
    let asked = Asked::of(&app, &staff).await;
    for _ in 0..2 {
        asked.pages_agree(&filters, "").await;
        // Whoever is deleted is gone from orders that no event tells of: their counts are read.
        assert_eq!(asked.agree(&filters).await, 0);
    }
    let all_followed = async || {
        let (followed, pages) = asked.pages_agree(&filters, "").await;
        assert_eq!((followed, pages), (24, 24));
    };
    all_followed().await;
    place(&mug).await;
    all_followed().await;
    // Nothing in the API does so, for they are of orders.
    for gone in
        ["products WHERE id IN (SELECT product_id FROM product_variants WHERE sku = 'PEN-1')", "customers WHERE name = 'carl'"]
    {
        app.sql(&format!("DELETE FROM {gone}")).await;
        asked.pages_agree(&filters, "").await;
    }
    assert_eq!(walked(&asked.plain, &filters[0], &json!([])).await, Vec::<[String; 2]>::new());
}
