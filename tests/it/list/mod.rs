//! Lists against a plain model: whichever way their rows are found, they are those that the filter says in the order the sort
//! says, walked forward or backward, and as many as they are counted.

use std::cmp::Ordering;

use ordergraph::{
    clock::Clock,
    import::{
        Options,
        generate::{self, Wanted},
        progress::Silent,
    },
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use crate::support::{Client, NOW, TestApp};

mod counted;
mod counts;
mod customers;
mod far;
mod followed;
mod items;
mod payments;
mod products;
mod search;
mod told;

/// So many orders that some filters let many rows through and others few.
const ORDERS: u32 = 300;

/// Filters and sort orders that are tried of each list.
const ROUNDS: usize = 30;

/// A shop with rows of every kind.
async fn shop() -> (TestApp, Client) {
    let app = TestApp::new().await;
    let wanted = Wanted { orders: ORDERS, seed: 5, until: NOW, from: None };
    generate::run(app.db(), &Clock::held(NOW), &wanted, Options::default(), &Silent).await.unwrap();
    for sql in [
        "UPDATE payments SET status = 'FAILED' WHERE amount_minor % 7 = 0",
        "UPDATE payments SET type = 'VOUCHER' WHERE amount_minor % 5 = 0",
        "UPDATE payments SET gateway = 'STRIPE' WHERE amount_minor % 3 = 0",
        "UPDATE payments SET reference = NULL WHERE amount_minor % 11 = 0",
        "UPDATE payments SET reference = 'Größe_%\\' || currency || '\"' || type WHERE amount_minor % 13 = 0",
        "UPDATE payments SET amount_minor = amount_minor - amount_minor % 5000",
        "UPDATE payments SET created_at = created_at - created_at % 864000000000",
        "UPDATE customers SET status = 'BLOCKED' WHERE length(name) % 4 = 0",
        "UPDATE customers SET created_at = created_at - created_at % 8640000000000",
        "UPDATE products SET status = 'DRAFT' WHERE length(name) % 5 = 0",
        "UPDATE products SET status = 'PUBLISHED' WHERE length(name) % 5 = 1",
        "UPDATE products SET name = 'ÄPFEL 100% ' || name WHERE length(name) % 6 = 0",
        "UPDATE products SET created_at = created_at - 1000000 * (length(name) % 3)",
        "UPDATE product_variants SET available = 0, received = reserved + sold + written_off WHERE price_minor % 3 = 0",
        "UPDATE product_variants SET available = 5, received = 5 + reserved + sold + written_off WHERE price_minor % 3 = 1",
        "UPDATE order_items SET sku = NULL WHERE unit_price_minor % 4 = 0",
        "UPDATE order_items SET name = 'Öl ' || name WHERE unit_price_minor % 5 = 0",
    ] {
        app.sql(sql).await;
    }
    let staff = app.staff().await;
    (app, staff)
}

type Holds = Box<dyn Fn(&Value) -> bool>;

/// A list, and what its conditions and sort orders mean.
struct Noun {
    list: &'static str,
    fields: &'static str,
    sorts: &'static [&'static str],
    /// How two rows stand by a sort field.
    by: fn(&str, &Value, &Value) -> Ordering,
    /// A condition by chance: its field, its value, and for which rows it holds.
    condition: fn(&mut StdRng, &[Value]) -> (&'static str, String, Holds),
}

impl Noun {
    /// A page: its rows, whether there is more in the direction of the walk, where to go on, and the count of the whole.
    async fn page(&self, client: &Client, fields: &str, arguments: &str) -> Value {
        let page = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
        let query = format!("{{ {}({arguments}) {{ nodes {{ {fields} }} {page} }} }}", self.list);
        client.ask(&query, json!({})).await[self.list].clone()
    }

    /// All rows page by page, from the front or from the back, in the list's order, and their count.
    async fn walk(&self, client: &Client, fields: &str, list: &str, size: usize, forward: bool) -> (Vec<Value>, i64) {
        let (count, cursor, more, end) = match forward {
            true => ("first", "after", "hasNextPage", "endCursor"),
            false => ("last", "before", "hasPreviousPage", "startCursor"),
        };
        let (mut all, mut from) = (Vec::new(), String::new());
        loop {
            let page = self.page(client, fields, &format!("{count}: {size}{from}{list}")).await;
            let rows = page["nodes"].as_array().unwrap().clone();
            assert!(rows.len() <= size);
            all = if forward { [all, rows].concat() } else { [rows, all].concat() };
            if page["pageInfo"][more] == false {
                return (all, page["totalCount"].as_i64().unwrap());
            }
            from = format!(", {cursor}: {}", page["pageInfo"][end]);
        }
    }

    /// Every row that a caller sees, as the model knows them.
    async fn rows(&self, client: &Client) -> Vec<Value> {
        self.walk(client, self.fields, "", 100, true).await.0
    }

    /// Filters and sort orders by chance, each walked through both ways.
    async fn is_as_modelled(&self, client: &Client, rows: &[Value]) {
        let mut chance = StdRng::seed_from_u64(11);
        let mut seen = 0;
        for _ in 0..ROUNDS {
            let (filter, holds) = self.filter(&mut chance, rows);
            let (sort, by) = self.sort(&mut chance);
            let mut wanted: Vec<&Value> = rows.iter().filter(|row| holds.iter().all(|holds| holds(row))).collect();
            wanted.sort_by(|a, b| by(a, b));
            let wanted: Vec<&Value> = wanted.into_iter().map(|row| &row["id"]).collect();
            seen += wanted.len();
            let list = format!(", filter: {{ {filter} }}{sort}");
            for forward in [true, false] {
                let (found, total) = self.walk(client, "id", &list, chance.random_range(20..=100), forward).await;
                let found: Vec<&Value> = found.iter().map(|row| &row["id"]).collect();
                assert!(found == wanted, "{}{list}: {} rows, not {}, forward: {forward}", self.list, found.len(), wanted.len());
                assert_eq!(total, wanted.len() as i64, "{}{list}", self.list);
            }
            let offset = chance.random_range(0..=wanted.len());
            let page = self.page(client, "id", &format!("first: 7, offset: {offset}{list}")).await;
            let found: Vec<&Value> = page["nodes"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
            assert_eq!(found, wanted[offset..].iter().take(7).copied().collect::<Vec<_>>(), "{}{list} at {offset}", self.list);
        }
        assert!(seen > rows.len(), "the filters let hardly anything through");
    }

    fn filter(&self, chance: &mut StdRng, rows: &[Value]) -> (String, Vec<Holds>) {
        let (mut fields, mut filter, mut all) = (Vec::new(), String::new(), Vec::new());
        for _ in 0..chance.random_range(0..4) {
            let (field, value, holds) = (self.condition)(chance, rows);
            if !fields.contains(&field) {
                fields.push(field);
                filter.push_str(&format!("{field}: {value} "));
                all.push(holds);
            }
        }
        (filter, all)
    }

    #[allow(clippy::type_complexity, reason = "a comparison and how it is written")]
    fn sort(&self, chance: &mut StdRng) -> (String, Box<dyn Fn(&Value, &Value) -> Ordering>) {
        let keys: Vec<(&'static str, bool)> = match self.sorts {
            [] => Vec::new(),
            sorts => (0..chance.random_range(0..3)).map(|_| (one(chance, sorts), chance.random_bool(0.5))).collect(),
        };
        let written = keys
            .iter()
            .map(|(field, descending)| format!("{{ field: {field}, direction: {} }}", if *descending { "DESC" } else { "ASC" }));
        let sort = match keys.is_empty() {
            true => String::new(),
            false => format!(", sort: [{}]", written.collect::<Vec<_>>().join(", ")),
        };
        let by = self.by;
        let keys = if keys.is_empty() { vec![("", true)] } else { keys };
        let compare = move |a: &Value, b: &Value| {
            let way = |order: Ordering, descending: bool| if descending { order.reverse() } else { order };
            let first = keys.iter().map(|(field, descending)| way(by(field, a, b), *descending)).find(|order| order.is_ne());
            first.unwrap_or_else(|| way(text(a, "id").cmp(text(b, "id")), keys[0].1))
        };
        (sort, Box::new(compare))
    }
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

/// An amount in minor units.
fn minor(row: &Value, field: &str) -> i64 {
    text(row, field).replace('.', "").parse().unwrap()
}

fn one<T: Copy>(chance: &mut StdRng, of: &[T]) -> T {
    of[chance.random_range(0..of.len())]
}

fn some<'a>(chance: &mut StdRng, rows: &'a [Value]) -> &'a Value {
    &rows[chance.random_range(0..rows.len())]
}

/// Some of the values of an enum.
fn words(chance: &mut StdRng, field: &'static str, values: &[&'static str]) -> (String, Holds) {
    let chosen: Vec<&'static str> = values.iter().copied().filter(|_| chance.random_bool(0.5)).collect();
    (format!("[{}]", chosen.join(", ")), Box::new(move |row| chosen.contains(&text(row, field))))
}

/// Bounds of a time.
fn since(chance: &mut StdRng, field: &'static str, rows: &[Value]) -> (String, Holds) {
    let (a, b) = (text(some(chance, rows), field).to_owned(), text(some(chance, rows), field).to_owned());
    let (from, to) = if a < b { (a, b) } else { (b, a) };
    let bounds = format!("{{ gte: \"{from}\", lt: \"{to}\" }}");
    (bounds, Box::new(move |row| (from.as_str()..to.as_str()).contains(&text(row, field))))
}

/// A text as in JSON, which is how GraphQL writes it too.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A part of one of the texts of some row, in whatever letters, and for which rows it is found.
fn searched(chance: &mut StdRng, rows: &[Value], texts: fn(&Value) -> Vec<String>) -> (String, Holds) {
    let of = texts(some(chance, rows));
    let whole: Vec<char> = of[chance.random_range(0..of.len())].chars().collect();
    let length = chance.random_range(1..9).min(whole.len());
    let from = if length < 3 { 0 } else { chance.random_range(0..=whole.len() - length) };
    let part: String = whole[from..from + length].iter().collect();
    let part = match chance.random_range(0..4) {
        0 => part.to_uppercase(),
        1 => part.to_lowercase(),
        2 => part.replacen(|c: char| c.is_alphanumeric(), "_", 1),
        _ => part,
    };
    (quoted(&part), Box::new(move |row| is_found(&texts(row), &part)))
}

/// Whether a text is found: anywhere by three letters and more, else where something begins.
fn is_found(texts: &[String], needle: &str) -> bool {
    let needle = needle.trim().to_lowercase();
    let short = needle.chars().count() < 3;
    texts.iter().map(|text| text.to_lowercase()).any(|text| match short {
        true => text.starts_with(&needle),
        false => text.contains(&needle),
    })
}
