//! Variables that must be given, and their types.
//!
//! The engine notices a missing one only when the field that uses it runs, with half a mutation done. Whether a value fits
//! its type is left to validation, which knows the types.

use async_graphql::{
    Value, Variables,
    parser::types::{ExecutableDocument, OperationDefinition},
};

use super::{
    Refusal,
    shape::{Shapes, unwrapped},
};

/// Refuses an operation that lacks a variable it requires.
pub(super) fn required(operation: &OperationDefinition, variables: &Variables) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        if definition.var_type.node.nullable {
            continue;
        }
        let given = variables.get(&definition.name.node);
        let is_null = matches!(given, Some(Value::Null));
        if is_null || (given.is_none() && definition.default_value.is_none()) {
            let kind = definition.var_type.node.to_string();
            return Err(Refusal::missing_variable(&definition.name.node, &kind, is_null, definition.name.pos));
        }
    }
    Ok(())
}

/// Refuses variables of types that do not exist: the engine panics at the default value of `[Nothing]`.
pub(super) fn known(document: &ExecutableDocument, shapes: &Shapes) -> Result<(), Refusal> {
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            let (name, _) = unwrapped(&definition.node.var_type.node);
            if !shapes.knows(&name) {
                return Err(Refusal::unknown_type(&name, definition.node.var_type.pos));
            }
        }
    }
    Ok(())
}
