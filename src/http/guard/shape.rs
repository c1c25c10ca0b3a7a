//! What the guard knows of the schema: which type a field gives, and which fields are pages.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{
    Value,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, OperationType, Type, TypeKind, TypeSystemDefinition},
    },
};

/// The composite types of a schema.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    types: HashMap<String, Fields>,
    names: HashSet<String>,
    query: String,
    mutation: String,
    subscription: String,
}

/// The fields of a type.
pub(super) type Fields = HashMap<String, Shape>;

/// What a field gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// The type, lists unwrapped.
    pub ty: String,
    /// True for a list, false for a connection or a single value.
    pub is_list: bool,
    /// True when the field takes `first` or `last`.
    pub is_paged: bool,
    /// The size of a page that is not asked for, where the schema says it.
    pub default_size: Option<u64>,
}

impl Shapes {
    /// What a schema says. The last one is remembered: services of one process have the same, and reading it takes longer than
    /// all else that a service begins with.
    pub fn of(sdl: &str) -> Arc<Self> {
        static LAST: Mutex<Option<(String, Arc<Shapes>)>> = Mutex::new(None);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, shapes)) if known == sdl => shapes.clone(),
            _ => {
                let shapes = Arc::new(Self::read(sdl));
                *last = Some((sdl.to_owned(), shapes.clone()));
                shapes
            }
        }
    }

    /// Reads a schema. One that cannot be read leaves the guard with the names of arguments alone, which only counts more.
    fn read(sdl: &str) -> Self {
        let mut shapes =
            Self { query: "Query".into(), mutation: "Mutation".into(), subscription: "Subscription".into(), ..Self::default() };
        let Ok(document) = parse_schema(sdl) else {
            tracing::warn!("the schema could not be read for the document guard");
            return shapes;
        };
        for definition in document.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let name =
                        |root: Option<async_graphql::Positioned<async_graphql::Name>>| root.map(|name| name.node.to_string());
                    shapes.query = name(schema.node.query).unwrap_or_default();
                    shapes.mutation = name(schema.node.mutation).unwrap_or_default();
                    shapes.subscription = name(schema.node.subscription).unwrap_or_default();
                }
                TypeSystemDefinition::Type(definition) => {
                    shapes.names.insert(definition.node.name.node.to_string());
                    let fields = match definition.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        _ => continue,
                    };
                    let fields = fields.into_iter().map(|field| (field.node.name.node.to_string(), shape(&field.node)));
                    shapes.types.entry(definition.node.name.node.to_string()).or_default().extend(fields);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        shapes
    }

    /// Whether there is such a type, as far as the guard knows.
    pub fn knows(&self, name: &str) -> bool {
        matches!(name, "Int" | "Float" | "String" | "Boolean" | "ID") || self.names.is_empty() || self.names.contains(name)
    }

    /// The fields of a type.
    pub fn fields(&self, name: &str) -> Option<&Fields> {
        self.types.get(name)
    }

    /// The fields of the type that operations of a kind start from.
    pub fn root(&self, kind: OperationType) -> Option<&Fields> {
        self.fields(match kind {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        })
    }
}

fn shape(field: &FieldDefinition) -> Shape {
    let paging = field.arguments.iter().filter(|argument| matches!(argument.node.name.node.as_str(), "first" | "last"));
    let mut shape = Shape::default();
    for argument in paging {
        shape.is_paged = true;
        if let Some(Value::Number(number)) = argument.node.default_value.as_ref().map(|value| &value.node) {
            shape.default_size = shape.default_size.or(number.as_u64());
        }
    }
    let (ty, is_list) = unwrapped(&field.ty.node);
    Shape { ty, is_list, ..shape }
}

/// The name inside the brackets of a type, and whether there are brackets.
pub(super) fn unwrapped(ty: &Type) -> (String, bool) {
    match &ty.base {
        BaseType::Named(name) => (name.to_string(), false),
        BaseType::List(inner) => (unwrapped(inner).0, true),
    }
}
