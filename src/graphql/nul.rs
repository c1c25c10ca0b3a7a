//! The character U+0000, which no text of PostgreSQL can hold: refused before anything runs, it is the same on both databases and
//! nobody's internal error.

use std::convert::Infallible;

use async_graphql::{
    Response, Value, Variables,
    parser::{
        parse_query,
        types::{ExecutableDocument, Selection, SelectionSet},
    },
};

use super::error;

/// How it is written in a document.
const ESCAPED: &str = "\\u0000";

/// The refusal of an operation that holds it; says in which variable or argument, if it is in one.
pub fn refused(query: &str, variables: &Variables) -> Option<Response> {
    let in_variables = variables.iter().find_map(|(name, value)| path(name, value));
    let field = match in_variables {
        None if !query.contains(ESCAPED) => return None,
        None => parse_query(query).ok().and_then(|document| in_arguments(&document)),
        found => found,
    };
    let refused = match field {
        Some(field) => error::bad_input_at(field, "text may not hold the character U+0000"),
        None => error::coded("BAD_USER_INPUT", "text may not hold the character U+0000"),
    };
    Some(Response::from_errors(vec![refused.into_server_error(Default::default())]))
}

/// The path to it in a value of this name.
fn path(name: &str, value: &Value) -> Option<Vec<String>> {
    let inner = match value {
        Value::String(text) => text.contains('\0').then(Vec::new),
        Value::List(values) => values.iter().enumerate().find_map(|(index, value)| path(&index.to_string(), value)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| path(name, value)),
        _ => None,
    }?;
    Some(std::iter::once(name.to_owned()).chain(inner).collect())
}

fn in_arguments(document: &ExecutableDocument) -> Option<Vec<String>> {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    operations.chain(fragments).find_map(in_selections)
}

fn in_selections(selections: &SelectionSet) -> Option<Vec<String>> {
    selections.items.iter().find_map(|selection| match &selection.node {
        Selection::Field(field) => field
            .node
            .arguments
            .iter()
            .find_map(|(name, value)| {
                let value = value.node.clone().into_const_with(|_| Ok::<_, Infallible>(Value::Null)).ok()?;
                path(&name.node, &value)
            })
            .or_else(|| in_selections(&field.node.selection_set.node)),
        Selection::InlineFragment(fragment) => in_selections(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => None,
    })
}
