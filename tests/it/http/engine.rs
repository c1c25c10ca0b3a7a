//! What we rely on in the GraphQL engine. Its versions 7.1 to 7.2 answer otherwise: these tests hold the one that is pinned.

use std::time::Duration;

use async_graphql::{EmptyMutation, EmptySubscription, Error, Object, Schema};
use serde_json::{Value, json};

struct Query;

struct Child;

#[Object]
impl Query {
    async fn slow(&self) -> i32 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        1
    }

    async fn quick(&self) -> i32 {
        2
    }

    async fn child(&self) -> Option<Child> {
        Some(Child)
    }

    async fn children(&self) -> Vec<Option<Child>> {
        vec![Some(Child), Some(Child)]
    }
}

#[Object]
impl Child {
    async fn fine(&self) -> i32 {
        3
    }

    async fn failing(&self) -> Result<i32, Error> {
        Err(Error::new("required"))
    }

    /// The form for a nullable field that can fail.
    async fn failing_alone(&self) -> Option<Result<i32, Error>> {
        Some(Err(Error::new("optional")))
    }

    async fn child(&self) -> Option<Child> {
        Some(Child)
    }
}

async fn execute(query: &str) -> Value {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).finish();
    serde_json::to_value(schema.execute(query).await).expect("an answer")
}

async fn text(query: &str) -> String {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).finish();
    serde_json::to_string(&schema.execute(query).await.data).expect("an answer")
}

#[tokio::test]
async fn keys_come_in_the_order_they_were_asked_though_one_is_slow() {
    assert_eq!(text("{slow quick}").await, r#"{"slow":1,"quick":2}"#);
    assert_eq!(text("{quick slow again:quick}").await, r#"{"quick":2,"slow":1,"again":2}"#);
    assert_eq!(text("{...F quick} fragment F on Query{slow child{fine}}").await, r#"{"slow":1,"child":{"fine":3},"quick":2}"#);
}

#[tokio::test]
async fn a_required_field_that_fails_makes_its_parent_null() {
    let answer = execute("{quick child{fine failing}}").await;
    assert_eq!(answer["data"], json!({ "quick": 2, "child": null }));
    assert_eq!(answer["errors"][0]["path"], json!(["child", "failing"]));
}

#[tokio::test]
async fn an_optional_field_that_fails_makes_only_itself_null() {
    let answer = execute("{child{fine failingAlone child{failingAlone fine}}}").await;
    assert_eq!(
        answer["data"],
        json!({ "child": { "fine": 3, "failingAlone": null, "child": { "failingAlone": null, "fine": 3 } } })
    );
    let paths: Vec<&Value> = answer["errors"].as_array().expect("errors").iter().map(|error| &error["path"]).collect();
    assert!(paths.contains(&&json!(["child", "failingAlone"])), "{paths:?}");
    assert!(paths.contains(&&json!(["child", "child", "failingAlone"])), "{paths:?}");
}

#[tokio::test]
async fn failures_in_lists_say_at_which_place() {
    let answer = execute("{children{failingAlone fine}}").await;
    assert_eq!(answer["data"], json!({ "children": [{ "failingAlone": null, "fine": 3 }, { "failingAlone": null, "fine": 3 }] }));
    let mut places: Vec<i64> =
        answer["errors"].as_array().expect("errors").iter().filter_map(|error| error["path"][1].as_i64()).collect();
    places.sort_unstable();
    assert_eq!(places, [0, 1]);
    let answer = execute("{children{failing}}").await;
    assert_eq!(answer["data"], json!({ "children": [null, null] }));
}
