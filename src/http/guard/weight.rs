//! How heavy a selection is, and whether that is too heavy.

use super::Refusal;
use crate::config::Limits;

/// How deep selections below `__schema` and `__type` may nest: the standard introspection query needs 15 with its root.
const INTROSPECTION_DEPTH: usize = 20;

/// How many lists of the schema may nest in one another: types → fields is what tools ask for, and each further level
/// multiplies the answer by the size of the schema.
const INTROSPECTION_LISTS: usize = 2;

/// How often parts of the schema may be asked for again under another name.
const INTROSPECTION_COPIES: u64 = 8;

/// How deep selections and fragments may nest in one another; the engine's own limit, which it words otherwise.
const NESTING: usize = 32;

/// How heavy a selection is, its fragments expanded. All sums saturate: expansion doubles with every level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// Fields, spreads and inline fragments.
    pub selections: u64,
    /// Fields that are renamed.
    pub aliases: u64,
    /// Directives.
    pub directives: u64,
    /// Fields at the top of the selection.
    pub fields: u64,
    /// Nesting of fields.
    pub depth: usize,
    /// Nesting of selections, counting fragments as levels of their own: how deep validation will recurse.
    pub nesting: usize,
    /// Cost of the fields that are there once.
    pub once: u64,
    /// Cost of one item of the connection that this is a selection of: what stands below `edges` and `nodes`.
    pub per_item: u64,
    /// Nesting of lists of the schema, of meaning only below `__schema` and `__type`.
    pub meta_lists: usize,
    /// How often parts of the schema are asked for again.
    pub meta_copies: u64,
    /// True when the schema is asked for.
    pub introspects: bool,
}

impl Weight {
    /// What the selection costs.
    pub fn cost(&self) -> u64 {
        self.once.saturating_add(self.per_item)
    }

    /// Adds what stands beside it.
    pub fn add(&mut self, other: &Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth);
        self.nesting = self.nesting.max(other.nesting);
        self.once = self.once.saturating_add(other.once);
        self.per_item = self.per_item.saturating_add(other.per_item);
        self.meta_lists = self.meta_lists.max(other.meta_lists);
        self.meta_copies = self.meta_copies.saturating_add(other.meta_copies);
        self.introspects |= other.introspects;
    }

    /// The weight of `__schema` or `__type` over `below`: free and shallow, but with limits of its own.
    pub fn introspection(name: &str, below: &Self) -> Result<Self, Refusal> {
        if below.depth > INTROSPECTION_DEPTH {
            return Err(Refusal::too_much(
                "levels below the schema's own fields",
                "introspectionDepth",
                INTROSPECTION_DEPTH as u64,
            ));
        }
        if below.meta_lists > INTROSPECTION_LISTS {
            return Err(Refusal::too_much(
                "lists of the schema in one another",
                "introspectionLists",
                INTROSPECTION_LISTS as u64,
            ));
        }
        Ok(Self {
            selections: below.selections,
            aliases: below.aliases,
            directives: below.directives,
            nesting: below.nesting,
            meta_copies: below.aliases.saturating_add(u64::from(name == "__schema")),
            introspects: true,
            ..Self::default()
        })
    }

    /// Whether an operation of this weight may run.
    pub fn within(&self, limits: &Limits) -> Result<(), Refusal> {
        for (value, limit, name, what) in [
            (self.selections, limits.selections, "selections", "selections, with its fragments expanded"),
            (self.aliases, limits.aliases, "aliases", "aliases"),
            (self.directives, limits.directives, "directives", "directives"),
            (self.fields, limits.root_fields, "rootFields", "fields at its root"),
            (self.meta_copies, INTROSPECTION_COPIES, "introspectionCopies", "repeated parts of the schema"),
        ] {
            if value > limit {
                return Err(Refusal::too_much(what, name, limit));
            }
        }
        if self.cost() > limits.cost {
            let (cost, limit) = (self.cost(), limits.cost);
            return Err(Refusal {
                limit: Some(("cost", limit)),
                ..Refusal::too_complex(format!(
                    "The query costs {cost} and may cost {limit}: its fields, times the sizes of the pages they are on. \
                     Ask for smaller pages or for fewer fields"
                ))
            });
        }
        self.not_too_deep(limits)
    }

    /// Whether fields or selections nest too deep.
    pub fn not_too_deep(&self, limits: &Limits) -> Result<(), Refusal> {
        if self.nesting > NESTING {
            return Err(Refusal::too_much("levels of selections and fragments", "nesting", NESTING as u64));
        }
        if self.depth > limits.depth {
            return Err(Refusal::too_much("levels of fields", "depth", limits.depth as u64));
        }
        Ok(())
    }
}
