//! The guard against documents that were made to stop the service. What counts is how much work it does, not how long
//! it takes: `visited` is at most the number of selections that stand in the text.

use async_graphql::{Value, Variables, value};

use super::*;
use crate::http::errors::Code;

pub(super) const SDL: &str = "
    type Query { orders(first: Int = 20, last: Int): OrderConnection!  hello: String  node(id: ID!): Node  nodes(ids: [ID!]!): [Node]!  things(first: Int): [Thing!]! }
    type Mutation { bump: Int }
    interface Node { id: ID! }
    type OrderConnection { edges: [OrderEdge!]!  nodes: [Order!]!  totalCount: Int!  pageInfo: PageInfo! }
    type OrderEdge { node: Order!  cursor: String! }
    type PageInfo { hasNextPage: Boolean! }
    type Order implements Node { id: ID!  number: String!  items(first: Int): ItemConnection!  customer: Customer }
    type ItemConnection { nodes: [Item!]! totalCount: Int! }
    type Item { id: ID! }
    type Customer { id: ID! orders(first: Int): OrderConnection! }
    type Thing { id: ID! }
    schema { query: Query mutation: Mutation }
";

/// The introspection query of the reference implementation with everything it can ask for.
const INTROSPECTION: &str = include_str!("../../../tests/it/http/documents/introspection.graphql");

fn guard() -> Guard {
    Guard::new(Limits { cost: 5_000, ..Limits::default() }, PageConfig::default(), true, SDL)
}

fn check(query: &str) -> Result<Checked, Refusal> {
    guard().check(query, None, &Variables::default())
}

fn cost(query: &str) -> u64 {
    check(query).expect("a harmless document").cost
}

fn cost_with(query: &str, variables: Value) -> u64 {
    guard().check(query, None, &Variables::from_value(variables)).expect("a harmless document").cost
}

#[track_caller]
fn refused(query: &str, code: Code, limit: Option<&str>) {
    let refusal = check(query).expect_err("a harmful document");
    assert_eq!((refusal.code, refusal.limit.map(|(name, _)| name)), (code, limit), "{}", refusal.message);
    assert!(refusal.message.len() < 600);
}

/// `levels` fragments that each spread the next one twice.
fn bomb(levels: usize) -> String {
    let fragments: String = (0..levels).map(|at| format!(" fragment F{at} on Query{{...F{0} ...F{0}}}", at + 1)).collect();
    format!("{{...F0}}{fragments} fragment F{levels} on Query{{__typename}}")
}

#[test]
fn a_fragment_bomb_is_refused_after_one_look_at_each_fragment() {
    refused(&bomb(25), Code::QueryTooComplex, Some("selections"));
    refused(&bomb(90), Code::QueryTooComplex, Some("selections"));
    // The work is that of the text: 25 fragments of two spreads, one root, one leaf.
    let document = parse_query(bomb(25)).expect("a document");
    let (guard, variables) = (guard(), Variables::default());
    let mut walk = Walk::new(&document, &guard.shapes, &guard.pages, None, &variables);
    let operation = select(&document, None).expect("an operation").1;
    let weight = walk.operation(operation).expect("a weight");
    assert!(weight.selections > 1 << 25);
    assert_eq!(walk.visited, 52);
}

#[test]
fn a_bomb_in_an_operation_that_does_not_run_is_refused_too() {
    let document = format!("query A {{ hello }} query B {}", bomb(25));
    let refusal = guard().check(&document, Some("A"), &Variables::default()).expect_err("a bomb");
    assert_eq!(refusal.code, Code::QueryTooComplex);
    refused(&format!("{{hello}} {}", bomb(25).trim_start_matches("{...F0}")), Code::QueryTooComplex, Some("selections"));
}

#[test]
fn wide_spreads_are_refused() {
    let fields: String = (0..100).map(|_| "__typename ").collect();
    let spreads = "...F ".repeat(100);
    refused(&format!("{{{spreads}}} fragment F on Query{{{fields}}}"), Code::QueryTooComplex, Some("selections"));
}

#[test]
fn cycles_are_refused() {
    refused("{...A} fragment A on Query{...A}", Code::GraphqlValidationFailed, None);
    refused("{...A} fragment A on Query{...B} fragment B on Query{hello ...A}", Code::GraphqlValidationFailed, None);
    refused("{hello} fragment A on Query{...B} fragment B on Query{hello ...A}", Code::GraphqlValidationFailed, None);
}

#[test]
fn unknown_fragments_are_left_to_validation() {
    assert!(check("{hello ...Nowhere}").is_ok());
}

#[test]
fn deep_nesting_never_reaches_the_parser() {
    for text in [
        "{a".repeat(10_000),
        format!("{{a(b:{}", "[".repeat(10_000)),
        format!("query($a:{}", "[".repeat(10_000)),
        format!("{{a(b:{}", "{c:".repeat(3_000)),
    ] {
        refused(&text, Code::QueryTooComplex, Some("nesting"));
    }
    refused(&format!("{}id{}", "{node ".repeat(16), "}".repeat(16)), Code::QueryTooComplex, Some("depth"));
    refused(&format!("{{{}hello{}}}", "...{".repeat(33), "}".repeat(33)), Code::QueryTooComplex, Some("nesting"));
    assert!(check(&format!("{{{}hello{}}}", "...{".repeat(32), "}".repeat(32))).is_ok());
    let chain: String = (0..300).map(|at| format!(" fragment F{at} on Query{{...F{}}}", at + 1)).collect();
    refused(&format!("{{...F0}}{chain} fragment F300 on Query{{hello}}"), Code::QueryTooComplex, Some("nesting"));
}

#[test]
fn masses_are_refused() {
    let aliases: String = (0..1_000).map(|at| format!("a{at}:hello ")).collect();
    refused(&format!("{{{aliases}}}"), Code::QueryTooComplex, Some("aliases"));
    refused(&format!("{{hello {}}}", "@include(if:true)".repeat(51)), Code::QueryTooComplex, Some("directives"));
    refused(&format!("{{{}}}", "hello ".repeat(21)), Code::QueryTooComplex, Some("rootFields"));
    refused(&format!("{{{}}}", "hello ".repeat(4_000)), Code::QueryTooComplex, Some("tokens"));
    refused(&format!("{{hello #{}\n}}", "x".repeat(70_000)), Code::QueryTooComplex, Some("queryBytes"));
    let operations: String = (0..600).map(|at| format!("query Q{at}{{...F}}")).collect();
    let document = format!("{operations} fragment F on Query{{{}}}", "hello ".repeat(19));
    let refusal = guard().check(&document, Some("Q1"), &Variables::default()).expect_err("too much in all");
    assert_eq!(refusal.limit, Some(("selections", 1_500)));
}

#[test]
fn pages_multiply_what_is_on_them() {
    assert_eq!(cost("{hello}"), 1);
    assert_eq!(cost("{orders{totalCount pageInfo{hasNextPage}}}"), 4);
    assert_eq!(cost("{orders(first:10){totalCount nodes{id number}}}"), 1 + 1 + 10 * 3);
    assert_eq!(cost("{orders{nodes{id}}}"), 1 + 20 * 2);
    assert_eq!(cost("{orders(last:7){edges{cursor node{id}}}}"), 1 + 7 * 4);
    assert_eq!(cost("{orders(first:5){nodes{items(first:3){nodes{id}}}}}"), 1 + 5 * (1 + 1 + 3 * 2));
    assert_eq!(cost("{things(first:5){id}}"), 1 + 5);
    assert_eq!(
        cost("{...F} fragment F on Query{orders(first:2){...C}} fragment C on OrderConnection{totalCount nodes{id}}"),
        1 + 1 + 2 * 2
    );
    refused("{orders(first:100){nodes{items(first:100){nodes{id}}}}}", Code::QueryTooComplex, Some("cost"));
}

#[test]
fn sizes_come_from_variables_and_are_bounded() {
    let query = "query($n:Int=4){orders(first:$n){nodes{id}}}";
    assert_eq!(cost(query), 1 + 4 * 2);
    assert_eq!(cost_with(query, value!({"n": 6})), 1 + 6 * 2);
    assert_eq!(cost_with(query, value!({"n": null})), 1 + 20 * 2);
    for wrong in [value!({"n": -1}), value!({"n": 1_000_000}), value!({"n": "x"}), value!({"n": [1]})] {
        assert_eq!(cost_with(query, wrong), 1 + 100 * 2);
    }
    assert_eq!(cost("{nodes(ids:[\"a\",\"b\",\"c\"]){id}}"), 1 + 3);
    assert_eq!(cost_with("query($i:[ID!]!){nodes(ids:$i){id}}", value!({"i": ["a", "b"]})), 1 + 2);
}

#[test]
fn a_guard_that_does_not_know_the_schema_still_counts_pages() {
    let guard = Guard::new(Limits { cost: 5_000, ..Limits::default() }, PageConfig::default(), true, "not a schema");
    let checked = guard.check("{orders(first:10){totalCount nodes{id}}}", None, &Variables::default()).expect("harmless");
    assert_eq!(checked.cost, 1 + 1 + 10 * 2);
}

#[test]
fn only_the_chosen_operation_costs() {
    let document = "query A{hello} query B{orders(first:100){nodes{items(first:100){nodes{id}}}}}";
    let checked = guard().check(document, Some("A"), &Variables::default()).expect("A is harmless");
    assert_eq!((checked.cost, checked.operation.and_then(|operation| operation.name)), (1, Some("A".into())));
    assert!(guard().check(document, Some("B"), &Variables::default()).is_err());
    assert!(check(document).expect("left to the engine").operation.is_none());
}

#[test]
fn the_standard_introspection_query_is_free() {
    let checked = check(INTROSPECTION).expect("what every tool asks");
    assert_eq!(checked.cost, 0);
}

#[test]
fn introspection_is_bounded_too() {
    let list = "fields{type{".repeat(3);
    refused(&format!("{{__schema{{types{{{list}name{}}}}}}}", "}}".repeat(3)), Code::QueryTooComplex, Some("introspectionLists"));
    let of = "ofType{".repeat(25);
    refused(&format!("{{__type(name:\"A\"){{{of}name{}}}}}", "}".repeat(25)), Code::QueryTooComplex, Some("introspectionDepth"));
    let copies: String = (0..10).map(|at| format!("a{at}:types{{name}} ")).collect();
    refused(&format!("{{__schema{{{copies}}}}}"), Code::QueryTooComplex, Some("introspectionCopies"));
    assert!(check("{__type(name:\"A\"){fields{type{fields{name}}}}}").is_ok());
}

#[test]
fn introspection_that_is_off_is_found_wherever_it_hides() {
    let guard = Guard::new(Limits::default(), PageConfig::default(), false, SDL);
    let check = |query: &str| guard.check(query, None, &Variables::default()).map_err(|refusal| refusal.code);
    for query in [
        "{__schema{types{name}}}",
        "{a:__type(name:\"Query\"){name}}",
        "{...F} fragment F on Query{...{...G}} fragment G on Query{__schema{types{name}}}",
        "{hello ... @include(if:false){__schema{types{name}}}}",
    ] {
        assert_eq!(check(query).expect_err("introspection"), Code::IntrospectionDisabled, "{query}");
    }
    assert!(check("{__typename hello}").is_ok());
}

#[test]
fn syntax_errors_say_where_and_quote_nothing() {
    let refusal = check(&format!("{{ hello \n  ) {} }}", "secret".repeat(1_000))).expect_err("no document");
    assert_eq!(refusal.code, Code::GraphqlParseFailed);
    assert_eq!(refusal.position.map(|at| (at.line, at.column)), Some((2, 3)));
    assert!(!refusal.message.contains("secret"), "{}", refusal.message);
    refused(
        &format!("fragment {0} on Query{{hello}} fragment {0} on Query{{hello}}", "f".repeat(20_000)),
        Code::GraphqlParseFailed,
        None,
    );
    refused("", Code::GraphqlParseFailed, None);
}

#[test]
fn required_variables_must_be_given() {
    let query = "query($id:ID!){node(id:$id){id}}";
    refused(query, Code::BadUserInput, None);
    let null = guard().check(query, None, &Variables::from_value(value!({"id": null}))).expect_err("null");
    assert_eq!((null.code, null.field.as_deref()), (Code::BadUserInput, Some("id")));
    assert!(check("query($id:ID!=\"a\"){node(id:$id){id}}").is_ok());
    assert!(guard().check(query, None, &Variables::from_value(value!({"id": "a"}))).is_ok());
}

#[test]
fn types_of_variables_must_exist() {
    refused("query($a:[[Nothing!]]=[[1]]){hello}", Code::GraphqlValidationFailed, None);
    assert!(check("query($a:[[Int!]]=[[1]],$b:Customer){hello}").is_ok());
}
