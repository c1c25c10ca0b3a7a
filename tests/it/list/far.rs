//! What is found far from where a sort order begins: a walk that comes to its end without a page is left for collecting.

use entity::{customer, id::CustomerId, stored::CustomerStatus, time::Timestamp};
use sea_orm::{DbBackend, EntityTrait as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;

/// So many rows that a walk has an end.
const ROWS: u128 = 21_000;

#[tokio::test]
async fn what_is_at_the_other_end_is_collected() {
    let app = TestApp::new().await;
    // All over the table, and together by name.
    let name = |at: u128| if at.is_multiple_of(8) { format!("adam {at:05}") } else { format!("zoe {at:05}") };
    let rows = (0..ROWS).map(|at| customer::Model {
        id: CustomerId(Uuid::from_u128((0x0190_0000_0000_7000 << 64) + at)),
        user_id: None,
        name: name(at),
        email: None,
        phone: None,
        status: if at.is_multiple_of(16) { CustomerStatus::Blocked } else { CustomerStatus::Active },
        external_id: None,
        search_text: name(at),
        created_at: Timestamp(1_700_000_000_000_000 + at as i64),
        updated_at: Timestamp(1_700_000_000_000_000 + at as i64),
    });
    let rows: Vec<customer::ActiveModel> = rows.map(Into::into).collect();
    for chunk in rows.chunks(1_000) {
        customer::Entity::insert_many(chunk.to_vec()).exec_without_returning(app.db().writer()).await.unwrap();
    }
    let staff = app.staff().await;
    let query = |direction: &str| {
        format!(
            "query($filter: CustomerFilter, $after: String) {{ customers(first: 2, after: $after, filter: $filter, \
             sort: [{{ field: NAME, direction: {direction} }}]) {{ nodes {{ name }} pageInfo {{ endCursor hasNextPage }} }} }}"
        )
    };
    let page = async |direction: &str, filter: &Value, after: &Value| {
        let (data, statements) =
            app.statements_of(staff.ask(&query(direction), json!({ "filter": filter, "after": after }))).await;
        let page = data["customers"].clone();
        let names: Vec<String> =
            page["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect();
        let has_end = |sql: &&String| sql.contains(r#""name" >= "#) || sql.contains(r#""name" <= "#);
        let with_end = statements.iter().filter(has_end).count();
        // PostgreSQL would read the whole row of whatever it walks over, and a sample by ids knows the first rows alone.
        if app.db().backend() == DbBackend::Postgres {
            let ids_first = |sql: &String| sql.contains(r#""id" IN ((SELECT "customers"."id""#);
            assert!(statements.iter().filter(has_end).all(ids_first), "{statements:#?}");
            let samples = || statements.iter().filter(|sql| sql.starts_with(r#"SELECT "customers"."name" FROM"#));
            assert!(samples().all(|sql| sql.contains("TABLESAMPLE")), "{statements:#?}");
        }
        (names, page["pageInfo"]["endCursor"].clone(), with_end)
    };
    let common = json!({ "search": "ad" });
    let (names, cursor, with_end) = page("DESC", &common, &Value::Null).await;
    assert_eq!((names, with_end), (vec!["adam 20992".to_owned(), "adam 20984".to_owned()], 1));
    assert_eq!(page("DESC", &common, &cursor).await.0, ["adam 20976", "adam 20968"]);
    // Where the walk finds a page it is all there is.
    let (names, cursor, with_end) = page("ASC", &common, &Value::Null).await;
    assert_eq!((names, with_end), (vec!["adam 00000".to_owned(), "adam 00008".to_owned()], 1));
    assert_eq!(page("ASC", &common, &cursor).await.0, ["adam 00016", "adam 00024"]);
    let blocked = json!({ "search": "zo", "status": ["BLOCKED"] });
    assert_eq!(page("DESC", &blocked, &Value::Null).await.0, Vec::<String>::new());
    let blocked = json!({ "search": "adam", "status": ["BLOCKED"] });
    assert_eq!(page("DESC", &blocked, &Value::Null).await.0, ["adam 20992", "adam 20976"]);
    // What a good part of the table has is walked for to the end.
    assert_eq!(page("ASC", &json!({ "search": "zo" }), &Value::Null).await.0, ["zoe 00001", "zoe 00002"]);
}
