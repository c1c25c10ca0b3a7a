//! The layers point one way: `entity` ← the domain ← `graphql` and `http`; rules do not wait and do not ask the database.

use std::path::{Path, PathBuf};

/// Folders and files, and what their `use` lines may not name.
const USES: &[(&str, &[&str])] = &[
    ("entity/src", &["ordergraph"]),
    ("migration/src", &["ordergraph"]),
    ("src/order", DOMAIN),
    ("src/inventory", DOMAIN),
    ("src/payment", DOMAIN),
    ("src/catalogue", DOMAIN),
    ("src/store", DOMAIN),
    ("src/customer", DOMAIN),
    ("src/shipping", DOMAIN),
    ("src/statistics", DOMAIN),
    ("src/event", DOMAIN),
    ("src/auth", DOMAIN),
    ("src/doctor", DOMAIN),
    ("src/import", DOMAIN),
    ("src/graphql", &["axum", "crate::cli", "migration::"]),
    ("src/http", &["crate::cli", "migration::", "sea_orm"]),
    ("src/inventory", &["crate::order", "order::"]),
    ("src/payment", &["crate::statistics"]),
    ("src/catalogue", &["crate::order"]),
    ("src/customer", &["crate::order"]),
    ("src/store", &["crate::order"]),
    ("src/event", &["crate::order"]),
    ("src/order", &["crate::statistics", "crate::import"]),
    ("src/order/state.rs", PURE),
    ("src/order/pricing.rs", PURE),
    ("src/money.rs", PURE),
    ("src/auth/policy.rs", PURE),
];

const DOMAIN: &[&str] = &["graphql::", "crate::graphql", "http::", "crate::http", "async_graphql", "axum", "crate::cli"];

const PURE: &[&str] = &["sea_orm", "crate::db", "crate::clock", "tokio"];

/// Rules: no `async` anywhere.
const RULES: &[&str] = &["src/order/state.rs", "src/order/pricing.rs", "src/auth/policy.rs", "src/money.rs"];

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.flat_map(|entry| sources(&entry.unwrap().path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files
}

/// The `use` declarations of a source, each in one line, and paths that are written out start with `crate::`.
fn uses(text: &str) -> Vec<String> {
    let mut declarations = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        let begins = ["use ", "pub use ", "pub(crate) use ", "pub(super) use "].iter().any(|prefix| line.starts_with(prefix));
        if begins || open.is_some() {
            let mut declaration = open.take().unwrap_or_default();
            declaration.push_str(line);
            declaration.push(' ');
            match line.ends_with(';') {
                // What is in the braces of `use crate::{…}` is of the crate too.
                true => declarations.push(declaration.replace("crate::{", "crate::{ crate::").replace(", ", ", crate::")),
                false => open = Some(declaration),
            }
        } else if line.contains("crate::") {
            declarations.push(line.to_owned());
        }
    }
    declarations
}

#[test]
fn the_layers_point_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for (place, forbidden) in USES {
        for file in sources(&root.join(place)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for declaration in uses(&text) {
                for word in forbidden.iter().filter(|word| mentions(&declaration, word)) {
                    broken.push(format!("{} uses {word}: {declaration}", file.strip_prefix(root).unwrap().display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Whether a declaration names a path; `order::` is not found in `reorder::`.
fn mentions(declaration: &str, word: &str) -> bool {
    declaration.match_indices(word).any(|(index, _)| {
        let before = declaration[..index].chars().next_back();
        let own = declaration[..index].ends_with("entity::") || declaration[..index].ends_with("super::");
        !own && before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })
}

#[test]
fn rules_do_not_wait() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in RULES {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        assert!(!text.contains("async ") && !text.contains(".await"), "{file} is a rule and does not wait");
    }
}
