//! The document guard: what a GraphQL document may ask for, decided before anything of it runs.
//!
//! The engine's own limits expand every fragment spread, so a few hundred bytes of fragments that spread each other twice
//! cost it seconds and all memory. Here the text is scanned once, parsed, and walked once per fragment definition, so
//! the work is bounded by the length of the text whatever it expands to. Nothing here waits, and nothing asks the database.

#[cfg(test)]
mod properties;
pub mod refusal;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod variables;
mod walk;
mod weight;

use std::sync::Arc;

use async_graphql::{
    Variables,
    parser::{
        parse_query,
        types::{ExecutableDocument, OperationType},
    },
};

use moka::sync::Cache;

pub use refusal::Refusal;

use self::{
    shape::Shapes,
    walk::{Selected, Walk},
};
use crate::config::{Limits, PageConfig};

/// How often the expansion of a whole document may exceed that of one operation: validation visits the operations that
/// were not chosen too, and each fragment for itself.
const DOCUMENT_FACTOR: u64 = 4;

/// Longest document text that is kept with what it parses to.
const REMEMBERED_BYTES: usize = 8 << 10;

/// Most documents that are kept.
const REMEMBERED: u64 = 500;

/// Checks documents. Made once, when the schema is known.
pub struct Guard {
    limits: Limits,
    pages: PageConfig,
    introspection: bool,
    shapes: Arc<Shapes>,
    documents: Cache<String, Arc<ExecutableDocument>>,
}

/// A document that may run.
#[derive(Debug)]
pub struct Checked {
    /// The parsed document, for `Request::set_parsed_query`.
    pub document: ExecutableDocument,
    /// The operation that will run; `None` when the document does not say which, which validation refuses.
    pub operation: Option<Operation>,
    /// What the operation costs: its fields times the sizes of the pages they are on.
    pub cost: u64,
    /// How many selections the guard looked at; never more than the text holds.
    pub visited: u64,
}

/// The operation of a document that will run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Query, mutation or subscription.
    pub kind: OperationType,
}

impl Guard {
    /// A guard for the schema written out as `sdl`, from which it learns which fields are lists.
    pub fn new(limits: Limits, pages: PageConfig, introspection: bool, sdl: &str) -> Self {
        Self { limits, pages, introspection, shapes: Shapes::of(sdl), documents: Cache::new(REMEMBERED) }
    }

    /// Parses and measures a document.
    ///
    /// # Errors
    /// A [`Refusal`] that says which limit the document breaks, or where it cannot be read.
    pub fn check(&self, query: &str, operation_name: Option<&str>, variables: &Variables) -> Result<Checked, Refusal> {
        if query.len() > self.limits.query_bytes {
            return Err(Refusal::too_much("bytes of query text", "queryBytes", self.limits.query_bytes as u64));
        }
        let document = self.parse(query)?;
        let selected = select(&document, operation_name);
        let (cost, visited) = self.measure(&document, selected, variables)?;
        let operation = selected.map(|(name, operation)| Operation { name: name.map(str::to_owned), kind: operation.ty });
        variables::known(&document, &self.shapes)?;
        if let Some((_, operation)) = selected {
            variables::required(operation, variables)?;
        }
        Ok(Checked { document, operation, cost, visited })
    }

    /// Scans and parses a document, or copies it when its text came before: clients send the same few texts again and again,
    /// and parsing costs several times as much as copying. A text with values written into it is hardly sent twice, and may
    /// hold a password: it is not kept.
    fn parse(&self, query: &str) -> Result<ExecutableDocument, Refusal> {
        if let Some(known) = self.documents.get(query) {
            return Ok((*known).clone());
        }
        scan::scan(query, self.limits.tokens)?;
        let document = parse_query(query).map_err(|error| Refusal::syntax(&error))?;
        if query.len() <= REMEMBERED_BYTES && !query.contains('"') {
            self.documents.insert(query.to_owned(), Arc::new(document.clone()));
        }
        Ok(document)
    }

    fn measure(
        &self,
        document: &ExecutableDocument,
        selected: Option<Selected>,
        variables: &Variables,
    ) -> Result<(u64, u64), Refusal> {
        let mut walk = Walk::new(document, &self.shapes, &self.pages, selected.map(|(_, operation)| operation), variables);
        let mut cost = 0;
        let mut expanded: u64 = 0;
        let mut introspects = false;
        for (_, operation) in document.operations.iter() {
            let weight = walk.operation(&operation.node)?;
            expanded = expanded.saturating_add(weight.selections);
            introspects |= weight.introspects;
            if selected.is_some_and(|(_, chosen)| std::ptr::eq(chosen, &operation.node)) {
                weight.within(&self.limits)?;
                if operation.node.ty == OperationType::Subscription && weight.fields != 1 {
                    return Err(Refusal::several_subscriptions(operation.pos));
                }
                cost = weight.cost();
            }
            // Depth bounds the recursion of validation, which visits every operation.
            weight.not_too_deep(&self.limits)?;
        }
        let mut in_fragments: u64 = 0;
        for name in document.fragments.keys() {
            let weight = walk.fragment(name)?;
            introspects |= weight.introspects;
            in_fragments = in_fragments.saturating_add(weight.selections);
        }
        if expanded.max(in_fragments) > self.limits.selections.saturating_mul(DOCUMENT_FACTOR) {
            return Err(Refusal::too_much("selections in all operations", "selections", self.limits.selections));
        }
        if introspects && !self.introspection {
            return Err(Refusal::introspection_disabled());
        }
        Ok((cost, walk.visited))
    }
}

/// The operation that will run, by the rules of the specification.
fn select<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<Selected<'a>> {
    let mut operations = document.operations.iter();
    match name {
        Some(wanted) => operations
            .find(|(name, _)| name.is_some_and(|name| name == wanted))
            .map(|(name, operation)| (name.map(|name| name.as_str()), &operation.node)),
        None if operations.len() == 1 => {
            operations.next().map(|(name, operation)| (name.map(|name| name.as_str()), &operation.node))
        }
        None => None,
    }
}
