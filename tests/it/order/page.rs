//! Pages of orders: cursors, offsets, counts, and what is wrong with arguments.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{id::CustomerId, stored::OrderStatus};
use serde_json::{Value, json};

use crate::support::{Client, NOW, TestApp};

/// Eleven orders, of which several share each sort key, and staff.
async fn shop() -> (TestApp, Client, CustomerId) {
    let app = TestApp::new().await;
    let customer = app.customer("Ada", None, None).await;
    let statuses = [OrderStatus::Pending, OrderStatus::Shipped, OrderStatus::Cancelled];
    for index in 0..11_usize {
        app.order_row(&format!("ORD-{index:02}"), customer, &[], |order| {
            let third = i64::try_from(index / 3).unwrap();
            order.placed_at = NOW.plus_seconds(-third);
            order.updated_at = NOW.plus_seconds(third * 7 % 3);
            order.total_minor = third % 2 * 100;
            order.status = statuses[index % 3];
            order.customer_name = ["Zoë", "ada", "Émile", "Bob", "bob", "Å"][index % 6].to_owned();
        })
        .await;
    }
    let staff = app.staff().await;
    (app, staff, customer)
}

const PAGE: &str = "nodes { number } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

async fn page(client: &Client, arguments: &str) -> (Vec<String>, Value) {
    let data = client.ask(&format!("{{ orders({arguments}) {{ {PAGE} }} }}"), json!({})).await;
    let nodes = data["orders"]["nodes"].as_array().unwrap();
    (nodes.iter().map(|node| node["number"].as_str().unwrap().to_owned()).collect(), data["orders"]["pageInfo"].clone())
}

/// All orders by pages of a size, forward or backward, in the order of the list.
async fn walk(client: &Client, size: usize, sort: &str, forward: bool) -> Vec<String> {
    let (count, cursor, more, end) = if forward {
        ("first", "after", "hasNextPage", "endCursor")
    } else {
        ("last", "before", "hasPreviousPage", "startCursor")
    };
    let mut all: Vec<String> = Vec::new();
    let mut arguments = format!("{count}: {size}, sort: {sort}");
    loop {
        let (numbers, info) = page(client, &arguments).await;
        assert!(numbers.len() <= size);
        all = if forward { [all, numbers].concat() } else { [numbers, all].concat() };
        if info[more] == false {
            return all;
        }
        arguments = format!("{count}: {size}, {cursor}: {}, sort: {sort}", info[end]);
    }
}

#[tokio::test]
async fn each_order_of_a_list_is_walked_through_once_both_ways() {
    let (_app, staff, _) = shop().await;
    let fields = ["PLACED_AT", "UPDATED_AT", "TOTAL", "NUMBER", "STATUS", "CUSTOMER_NAME"];
    let mut sorts: Vec<String> = fields.iter().map(|field| format!("[{{ field: {field} }}]")).collect();
    sorts.extend(fields.iter().map(|field| format!("[{{ field: {field}, direction: ASC }}]")));
    sorts.push("[{ field: STATUS, direction: ASC }, { field: TOTAL }, { field: NUMBER, direction: ASC }]".into());
    sorts.push("[{ field: TOTAL }, { field: TOTAL, direction: ASC }]".into());
    sorts.push("[]".into());
    for sort in sorts {
        let whole = staff.numbers(&format!("first: 100, sort: {sort}")).await;
        assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 11, "{sort}");
        assert_eq!(walk(&staff, 3, &sort, true).await, whole, "forward by {sort}");
        assert_eq!(walk(&staff, 4, &sort, false).await, whole, "backward by {sort}");
    }
    assert_eq!(staff.numbers("sort: [{ field: NUMBER, direction: ASC }], first: 2").await, ["ORD-00", "ORD-01"]);
    assert_eq!(
        staff.numbers("sort: [{ field: TOTAL }, { field: NUMBER, direction: ASC }], first: 2").await,
        ["ORD-03", "ORD-04"]
    );
}

#[tokio::test]
async fn a_walk_misses_and_doubles_nothing_while_orders_come_and_change() {
    let (app, staff, customer) = shop().await;
    let whole = staff.numbers("").await;
    let mut walked: Vec<String> = Vec::new();
    let mut arguments = "first: 3".to_owned();
    for round in 0.. {
        let (numbers, info) = page(&staff, &arguments).await;
        walked.extend(numbers);
        if info["hasNextPage"] == false {
            break;
        }
        arguments = format!("first: 3, after: {}", info["endCursor"]);
        // A newer order comes, and one that was seen and one that was not are changed.
        app.order_row(&format!("NEW-{round}"), customer, &[], |order| order.placed_at = NOW.plus_seconds(60 + round)).await;
        app.sql("UPDATE orders SET version = version + 1, updated_at = updated_at + 99, total_minor = total_minor + 1, subtotal_minor = subtotal_minor + 1").await;
        if round == 1 {
            let last = walked.last().unwrap();
            app.sql(&format!("DELETE FROM orders WHERE number = '{last}'")).await;
        }
    }
    assert_eq!(walked, whole);
}

#[tokio::test]
async fn numbered_pages_and_page_info() {
    let (_app, staff, _) = shop().await;
    let whole = staff.numbers("").await;
    let (numbers, info) = page(&staff, "first: 4, offset: 4").await;
    assert_eq!(numbers, whole[4..8]);
    assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(true), &json!(true)));
    let (numbers, info) = page(&staff, "first: 4, offset: 8").await;
    assert_eq!((numbers.len(), &info["hasNextPage"]), (3, &json!(false)));
    let (numbers, info) = page(&staff, "first: 11").await;
    assert_eq!((numbers.len(), &info["hasNextPage"], &info["hasPreviousPage"]), (11, &json!(false), &json!(false)));
    let (numbers, info) = page(&staff, "first: 0").await;
    assert_eq!((numbers.len(), &info["hasNextPage"], &info["startCursor"]), (0, &json!(true), &Value::Null));
    let (numbers, info) = page(&staff, "last: 2").await;
    assert_eq!(numbers, whole[9..]);
    assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(false), &json!(true)));
    assert_eq!(page(&staff, "offset: 100").await.0, Vec::<String>::new());
}

#[tokio::test]
async fn wrong_arguments_are_named() {
    let (app, staff, _) = shop().await;
    let (_, info) = page(&staff, "first: 1").await;
    let cursor = info["endCursor"].as_str().unwrap().to_owned();
    let made_up = |text: String| URL_SAFE_NO_PAD.encode(text);
    let id = "00000000-0000-0000-0000-000000000000";
    let products = staff.ask("{ payments(first: 1) { pageInfo { endCursor } } }", json!({})).await;
    assert_eq!(products["payments"]["pageInfo"]["endCursor"], Value::Null);
    let table = [
        ("first: -1".to_owned(), "first"),
        ("first: 101".into(), "first"),
        ("first: 100000".into(), "first"),
        ("first: 2147483648".into(), "first"),
        ("last: -1".into(), "last"),
        ("last: 101".into(), "last"),
        ("first: 1, last: 1".into(), "last"),
        ("offset: -1".into(), "offset"),
        ("offset: 10000001".into(), "offset"),
        (format!("first: 1, offset: 1, after: \"{cursor}\""), "offset"),
        ("last: 1, offset: 1".into(), "offset"),
        (format!("last: 1, after: \"{cursor}\""), "after"),
        (format!("first: 1, before: \"{cursor}\""), "before"),
        ("after: \"\"".into(), "after"),
        ("after: \"nonsense\"".into(), "after"),
        (format!("after: \"{cursor}\", sort: [{{ field: TOTAL }}]"), "after"),
        (format!("after: \"{cursor}\", sort: [{{ field: PLACED_AT, direction: ASC }}]"), "after"),
        // Made up: values of another type, too few, too many, another list.
        (format!("after: \"{}\"", made_up(format!(r#"["-placedAt-id",[{{"t":"x"}},{{"u":"{id}"}}]]"#))), "after"),
        (format!("after: \"{}\"", made_up(format!(r#"["-placedAt-id",[{{"u":"{id}"}}]]"#))), "after"),
        (format!("after: \"{}\"", made_up(r#"["-placedAt-id",[{"i":1},{"i":1}]]"#.to_owned())), "after"),
        (format!("last: 1, before: \"{}\"", made_up(format!(r#"["-createdAt-id",[{{"i":1}},{{"u":"{id}"}}]]"#))), "before"),
        (format!("sort: [{}]", "{ field: TOTAL },".repeat(7)), "sort"),
    ];
    for (arguments, field) in table {
        let answer = staff.send(&format!("{{ orders({arguments}) {{ nodes {{ id }} }} }}"), json!({})).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{arguments}: {:#}", answer.body);
        assert_eq!(answer.body["errors"][0]["extensions"]["field"], json!([field]), "{arguments}");
    }
    // The lines of an order are a list of their own.
    let pouch = app.goods(app.store("pouches").await, "POUCH", 100, 10).await;
    let order = staff.places(&pouch, 1).await;
    let query = format!("{{ order(id: \"{order}\") {{ items(after: \"{cursor}\") {{ totalCount }} }} }}");
    assert_eq!(staff.send(&query, json!({})).await.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn rows_are_counted_only_when_it_is_asked_for() {
    let (app, staff, _) = shop().await;
    let app = app.copy(|config| config.cache.cache_memory_mb = 0).await;
    let staff = staff.at(&app.router);
    let count = async |selection: &str| {
        let query = format!("{{ orders(first: 2, filter: {{ status: {{ in: [PENDING] }} }}) {{ {selection} }} }}");
        staff.ask("{ viewer { role } }", json!({})).await;
        let (data, statements) = app.statements_of(staff.ask(&query, json!({}))).await;
        (data["orders"]["totalCount"].clone(), statements.len())
    };
    assert_eq!(count("nodes { id }").await, (Value::Null, 1));
    assert_eq!(count("nodes { id } totalCount").await, (json!(4), 2));
    let query = "{ orders(first: 2) { ...F } } fragment F on OrderConnection { all: totalCount nodes { id } }";
    let (data, statements) = app.statements_of(staff.ask(query, json!({}))).await;
    assert_eq!((&data["orders"]["all"], statements.len()), (&json!(11), 2));
}

#[tokio::test]
async fn a_page_has_the_size_the_shop_is_set_to() {
    let app = TestApp::with(|config| (config.pages.page_size, config.pages.max_page_size) = (2, 3)).await;
    let customer = app.customer("Ada", None, None).await;
    for index in 0..5 {
        app.order_row(&format!("ORD-{index}"), customer, &[], |_| {}).await;
    }
    let staff = app.staff().await;
    assert_eq!(staff.numbers("").await.len(), 2);
    assert_eq!(staff.numbers("first: 3").await.len(), 3);
    assert_eq!(staff.send("{ orders(first: 4) { totalCount } }", json!({})).await.code(), "BAD_USER_INPUT");
}
