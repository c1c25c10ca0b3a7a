//! The layers point one way: `entity` ← the domain ← `graphql` and `http`; rules do not wait and do not ask the database.

use std::path::{Path, PathBuf};

/// Folders and files, and what they may not name.
const USES: &[(&str, &[&str])] = &[
    ("entity/src", &["ordergraph"]),
    ("migration/src", &["ordergraph"]),
    ("src/order", DOMAIN),
    ("src/inventory", DOMAIN),
    ("src/payment", DOMAIN),
    ("src/fulfillment", DOMAIN),
    ("src/catalogue", DOMAIN),
    ("src/store", DOMAIN),
    ("src/customer", DOMAIN),
    ("src/shipping", DOMAIN),
    ("src/statistics", DOMAIN),
    ("src/event", DOMAIN),
    ("src/bulk", DOMAIN),
    ("src/auth", DOMAIN),
    ("src/doctor", DOMAIN),
    ("src/notification", DOMAIN),
    ("src/job", DOMAIN),
    ("src/import", DOMAIN),
    ("src/invoice", DOMAIN),
    ("src/invoice/share.rs", PURE),
    ("src/webhook", DOMAIN),
    ("src/saved_view", DOMAIN),
    ("src/export", DOMAIN),
    ("src/export/cell.rs", PURE),
    ("src/amqp", DOMAIN),
    ("src/graphql", &["axum", "crate::cli", "migration"]),
    ("src/http", &["crate::cli"]),
    ("src/inventory", &["crate::order"]),
    ("src/payment", &["crate::statistics"]),
    ("src/catalogue", &["crate::order"]),
    ("src/store", &["crate::order"]),
    ("src/event", &["crate::order"]),
    ("src/order", &["crate::statistics", "crate::import"]),
    ("src/order/state.rs", PURE),
    ("src/order/pricing.rs", PURE),
    ("src/payment/state.rs", PURE),
    ("src/payment/snapshot.rs", PURE),
    ("src/payment/card_number.rs", PURE),
    ("src/fulfillment/state.rs", PURE),
    ("src/money.rs", PURE),
    ("src/auth/policy.rs", PURE),
];

const DOMAIN: &[&str] = &["crate::graphql", "crate::http", "async_graphql", "axum", "crate::cli"];

const PURE: &[&str] = &["sea_orm", "crate::db", "crate::clock", "tokio"];

/// Rules: no `async` anywhere.
const RULES: &[&str] = &[
    "src/payment/state.rs",
    "src/payment/snapshot.rs",
    "src/payment/card_number.rs",
    "src/fulfillment/state.rs",
    "src/invoice/share.rs",
    "src/order_return/share.rs",
    "src/order/state.rs",
    "src/order/pricing.rs",
    "src/auth/policy.rs",
    "src/money.rs",
];

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.flat_map(|entry| sources(&entry.unwrap().path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files
}

/// The paths that a source names: those of its `use` declarations, written out, and those in its text from `crate::` on.
fn paths(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
    let code = code.join(" ");
    let mut paths = Vec::new();
    for declaration in code.split(';') {
        if let Some((_, tree)) =
            declaration.rsplit_once("use ").filter(|(before, _)| before.trim_end().is_empty() || before.ends_with("pub "))
        {
            expand("", tree.trim(), &mut paths);
        }
    }
    for (index, _) in code.match_indices("crate::") {
        let path: String = code[index..].chars().take_while(|c| c.is_alphanumeric() || ['_', ':'].contains(c)).collect();
        paths.push(path);
    }
    paths
}

/// Writes out `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((head, rest)) = tree.split_once('{') else {
        paths.push(format!("{prefix}{}", tree.trim()));
        return;
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let prefix = format!("{prefix}{}", head.trim());
    let (mut depth, mut begin) = (0_usize, 0);
    for (index, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = inner[begin..index].trim();
                if !part.is_empty() {
                    expand(&prefix, part, paths);
                }
                begin = index + 1;
            }
            _ => {}
        }
    }
}

#[test]
fn the_layers_point_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for (place, forbidden) in USES {
        for file in sources(&root.join(place)) {
            for path in paths(&std::fs::read_to_string(&file).unwrap()) {
                if forbidden.iter().any(|word| path == *word || path.starts_with(&format!("{word}::"))) {
                    broken.push(format!("{} uses {path}", file.strip_prefix(root).unwrap().display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let text =
        "//! use nothing::here;\npub use a::b;\nuse crate::{\n    c::{self, d},\n    e as f,\n};\nfn g() { crate::h::i(); }";
    let mut found = paths(text);
    found.sort();
    found.dedup();
    assert_eq!(found, ["a::b", "crate::", "crate::c::d", "crate::c::self", "crate::e as f", "crate::h::i"]);
}

#[test]
fn rules_do_not_wait() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in RULES {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        assert!(!text.contains("async ") && !text.contains(".await"), "{file} is a rule and does not wait");
    }
}
