//! The walk over a parsed document. Each fragment definition is weighed once, however often it is spread.

use std::collections::HashMap;

use async_graphql::{
    Name, Value as ConstValue, Variables,
    parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;

use super::{
    Refusal,
    shape::{Fields, Shape, Shapes},
    weight::Weight,
};
use crate::config::PageConfig;

/// How deep selections and fragments may nest in one another; bounds the stack of this walk.
const LEVELS: usize = 100;

/// An operation and its name.
pub(super) type Selected<'a> = (Option<&'a str>, &'a OperationDefinition);

/// What is known of a fragment.
enum Known {
    /// It is being weighed: whoever meets it now closes a circle.
    Open,
    /// Its weight.
    Weighed(Weight),
}

/// A walk over one document.
pub(super) struct Walk<'a> {
    document: &'a ExecutableDocument,
    shapes: &'a Shapes,
    pages: &'a PageConfig,
    /// The operation that will run: the defaults of its variables count.
    running: Option<&'a OperationDefinition>,
    variables: &'a Variables,
    fragments: HashMap<&'a str, Known>,
    level: usize,
    /// How many selections were looked at.
    pub visited: u64,
}

impl<'a> Walk<'a> {
    /// A walk that has not begun.
    pub fn new(
        document: &'a ExecutableDocument,
        shapes: &'a Shapes,
        pages: &'a PageConfig,
        running: Option<&'a OperationDefinition>,
        variables: &'a Variables,
    ) -> Self {
        Self { document, shapes, pages, running, variables, fragments: HashMap::new(), level: 0, visited: 0 }
    }

    /// The weight of an operation.
    pub fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Weight, Refusal> {
        let mut weight = self.set(&operation.selection_set.node, self.shapes.root(operation.ty))?;
        let of_variables: usize = operation.variable_definitions.iter().map(|definition| definition.node.directives.len()).sum();
        weight.directives = weight.directives.saturating_add((operation.directives.len() + of_variables) as u64);
        Ok(weight)
    }

    /// The weight of a fragment. One that is not defined weighs nothing: validation refuses it.
    pub fn fragment(&mut self, name: &Name) -> Result<Weight, Refusal> {
        let Some((name, definition)) = self.document.fragments.get_key_value(name.as_str()) else {
            return Ok(Weight::default());
        };
        match self.fragments.get(name.as_str()) {
            Some(Known::Weighed(weight)) => return Ok(*weight),
            Some(Known::Open) => return Err(Refusal::cycle(name, definition.pos)),
            None => {}
        }
        self.fragments.insert(name, Known::Open);
        let fields = self.shapes.fields(&definition.node.type_condition.node.on.node);
        let mut weight = self.set(&definition.node.selection_set.node, fields)?;
        weight.directives = weight.directives.saturating_add(definition.node.directives.len() as u64);
        self.fragments.insert(name, Known::Weighed(weight));
        Ok(weight)
    }

    fn set(&mut self, set: &'a SelectionSet, fields: Option<&'a Fields>) -> Result<Weight, Refusal> {
        if self.level >= LEVELS {
            return Err(Refusal::too_much("levels of selections and fragments", "nesting", LEVELS as u64));
        }
        self.level += 1;
        let mut sum = Weight::default();
        for item in &set.items {
            self.visited += 1;
            let mut weight = match &item.node {
                Selection::Field(field) => self.field(&field.node, fields)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let fields = condition.map_or(fields, |condition| self.shapes.fields(&condition.node.on.node));
                    self.set(&inline.node.selection_set.node, fields)?
                }
            };
            weight.selections = weight.selections.saturating_add(1);
            weight.nesting +=
                usize::from(!matches!(&item.node, Selection::Field(field) if field.node.selection_set.node.items.is_empty()));
            weight.directives = weight.directives.saturating_add(item.node.directives().len() as u64);
            sum.add(&weight);
        }
        self.level -= 1;
        Ok(sum)
    }

    fn field(&mut self, field: &'a Field, fields: Option<&'a Fields>) -> Result<Weight, Refusal> {
        let name = field.name.node.as_str();
        let shape = fields.and_then(|fields| fields.get(name));
        let below = self.set(&field.selection_set.node, shape.and_then(|shape| self.shapes.fields(&shape.ty)))?;
        let mut weight = if matches!(name, "__schema" | "__type") {
            Weight::introspection(name, &below)?
        } else {
            let cost = self.cost(field, shape, &below).saturating_add(1);
            let is_item = matches!(name, "edges" | "nodes") && !has_page(field, shape);
            Weight { once: if is_item { 0 } else { cost }, per_item: if is_item { cost } else { 0 }, ..below }
        };
        weight.depth = weight.depth.saturating_add(1);
        weight.fields = 1;
        weight.aliases = weight.aliases.saturating_add(u64::from(field.alias.is_some()));
        // Named like lists of the schema; only looked at below `__schema` and `__type`.
        let is_meta_list = matches!(name, "types" | "fields" | "inputFields" | "interfaces" | "possibleTypes");
        weight.meta_lists += usize::from(is_meta_list);
        Ok(weight)
    }

    /// What the selection below a field costs: once, or once per item of its page.
    fn cost(&self, field: &Field, shape: Option<&Shape>, below: &Weight) -> u64 {
        if has_page(field, shape) {
            let size = self.page_size(field, shape);
            // A connection has its totals once and its items many times; a list, or what is not known, is all items.
            let is_connection = shape.map_or(below.per_item > 0, |shape| !shape.is_list);
            return if is_connection {
                below.once.saturating_add(below.per_item.saturating_mul(size))
            } else {
                below.cost().saturating_mul(size)
            };
        }
        // `nodes(ids:)` and its like give as much as they are given. Other lists are short by design and count once:
        // every list without a bound is a connection.
        let asked = if shape.is_some_and(|shape| shape.is_list) { self.longest_list(field) } else { 1 };
        below.cost().saturating_mul(asked)
    }

    fn page_size(&self, field: &Field, shape: Option<&Shape>) -> u64 {
        let largest = u64::from(self.pages.max_page_size);
        let asked = ["first", "last"].into_iter().filter_map(|name| {
            match self.value(&field.get_argument(name)?.node)? {
                ConstValue::Null => None,
                // What is not a size is refused later; until then it counts as the most that could be meant.
                value => Some(size(&value, largest)),
            }
        });
        let default = shape.and_then(|shape| shape.default_size).unwrap_or(u64::from(self.pages.page_size));
        asked.max().unwrap_or(default).clamp(1, largest.max(1))
    }

    fn longest_list(&self, field: &Field) -> u64 {
        let lengths = field.arguments.iter().map(|(_, value)| match &value.node {
            Value::List(items) => items.len(),
            Value::Variable(_) => match self.value(&value.node) {
                Some(ConstValue::List(items)) => items.len(),
                _ => 1,
            },
            _ => 1,
        });
        lengths.max().unwrap_or(1).max(1) as u64
    }

    /// The value of an argument; `None` for a variable that is not given.
    fn value(&self, value: &Value) -> Option<ConstValue> {
        let Value::Variable(name) = value else { return value.clone().into_const() };
        if let Some(given) = self.variables.get(name) {
            return Some(given.clone());
        }
        let definitions = &self.running?.variable_definitions;
        let definition = definitions.iter().find(|definition| definition.node.name.node == *name)?;
        definition.node.default_value.as_ref().map(|value| value.node.clone())
    }
}

/// Whether a field gives a page: it takes `first` or `last`, or at least is given one.
fn has_page(field: &Field, shape: Option<&Shape>) -> bool {
    shape.is_some_and(|shape| shape.is_paged) || field.get_argument("first").is_some() || field.get_argument("last").is_some()
}

/// A number, or `otherwise` for what is none.
fn size(value: &ConstValue, otherwise: u64) -> u64 {
    match value {
        ConstValue::Number(number) => number.as_u64().unwrap_or(otherwise),
        _ => otherwise,
    }
}
