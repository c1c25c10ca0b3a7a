//! What holds for every text: the guard never panics, and its work is that of reading the text once.

use async_graphql::Variables;
use proptest::prelude::*;

use super::{tests::SDL, *};

fn guard() -> Guard {
    Guard::new(Limits::default(), PageConfig::default(), true, SDL)
}

/// Texts that look like documents more often than random characters do.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("{"),
        Just("}"),
        Just("("),
        Just(")"),
        Just("["),
        Just("]"),
        Just("..."),
        Just(":"),
        Just("@"),
        Just("$"),
        Just("!"),
        Just("\""),
        Just("\"\"\""),
        Just("\\"),
        Just("#"),
        Just("\n"),
        Just("query"),
        Just("mutation"),
        Just("fragment"),
        Just("on"),
        Just("A"),
        Just("B"),
        Just("hello"),
        Just("orders"),
        Just("first"),
        Just("1"),
        Just("-1.5e9"),
        Just("true"),
        Just("null"),
        Just("\u{feff}"),
        Just("é"),
        Just(" "),
    ];
    prop::collection::vec(word, 0..200).prop_map(|words| words.join(" "))
}

/// Documents that parse: operations and fragments that spread each other at will.
fn document() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::collection::vec(0..12_usize, 1..6), 1..12).prop_map(|fragments| {
        let body = |spreads: &Vec<usize>| {
            spreads.iter().map(|to| format!("...F{to} a:hello orders{{nodes{{id ...F{to}}}}} ")).collect::<String>()
        };
        let fragments =
            fragments.iter().enumerate().map(|(at, spreads)| format!("fragment F{at} on Query{{{}}} ", body(spreads)));
        format!("{{...F0}} {}", fragments.collect::<String>())
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_guard_panic(text in prop_oneof![text(), ".{0,300}"]) {
        let _ = guard().check(&text, None, &Variables::default());
    }

    #[test]
    fn the_scan_takes_one_step_per_byte(text in text()) {
        if let Ok(scan) = scan::scan(&text, usize::MAX) {
            prop_assert_eq!(scan.steps, text.len());
        }
    }

    #[test]
    fn the_walk_looks_at_each_selection_once(text in document()) {
        let document = parse_query(&text).expect("a document");
        let (guard, variables) = (guard(), Variables::default());
        let mut walk = Walk::new(&document, &guard.shapes, &guard.pages, None, &variables);
        let operation = select(&document, None).expect("an operation").1;
        let _ = walk.operation(operation);
        prop_assert!(walk.visited <= text.split_whitespace().count() as u64 * 4);
    }
}
