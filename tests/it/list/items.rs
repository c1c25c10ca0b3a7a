//! `orderItems` against the model.

use serde_json::Value;

use super::{Noun, one, quoted, searched, shop, some, text};

const ITEMS: Noun = Noun {
    list: "orderItems",
    fields: "id name sku store { id } product { id } variant { id } order { id }",
    sorts: &[],
    // Told apart by the id alone.
    by: |_, _, _| std::cmp::Ordering::Equal,
    condition: |chance, rows| {
        let row = some(chance, rows).clone();
        let field = one(chance, &["order", "store", "store", "product", "variant", "sku", "search", "search", "search"]);
        match field {
            "search" => {
                let (value, holds) = searched(chance, rows, texts);
                (field, value, holds)
            }
            "sku" => {
                let sku = row["sku"].as_str().unwrap_or("none of these").to_owned();
                (field, quoted(&sku), Box::new(move |other| other["sku"] == *sku))
            }
            _ => (field, row[field]["id"].to_string(), Box::new(move |other| other[field]["id"] == row[field]["id"])),
        }
    },
};

fn texts(row: &Value) -> Vec<String> {
    ["name", "sku"].into_iter().filter_map(|field| row[field].as_str()).map(str::to_owned).collect()
}

#[tokio::test]
async fn line_items_are_as_modelled() {
    let (app, staff) = shop().await;
    let rows = ITEMS.rows(&staff).await;
    assert_eq!(rows.len() as i64, app.rows("order_items").await);
    ITEMS.is_as_modelled(&staff, &rows).await;
}

#[tokio::test]
async fn sellers_list_lines_of_their_stores_and_what_they_bought() {
    let (app, staff) = shop().await;
    let rows = ITEMS.rows(&staff).await;
    let of = |stores: &[&str], more: &[Value]| -> Vec<Value> {
        let seen = |row: &&Value| stores.contains(&text(&row["store"], "id")) || more.contains(&row["order"]["id"]);
        rows.iter().filter(seen).cloned().collect()
    };
    let one = text(&rows[0]["store"], "id").to_owned();
    let other = rows.iter().map(|row| text(&row["store"], "id")).find(|id| **id != one).unwrap().to_owned();
    let (a, b) = (one.parse().unwrap(), other.parse().unwrap());
    let seller = app.seller(a).await;
    ITEMS.is_as_modelled(&seller, &of(&[&one], &[])).await;
    let (both, customer) = app.user("both@seller.example", entity::stored::Role::Customer, &[a, b]).await;
    ITEMS.is_as_modelled(&both, &of(&[&one, &other], &[])).await;
    // Bought elsewhere.
    let order =
        rows.iter().find(|row| ![&one, &other].contains(&&text(&row["store"], "id").to_owned())).unwrap()["order"]["id"].clone();
    let (id, customer) = (order.as_str().unwrap().parse::<entity::id::OrderId>().unwrap().0, customer.0);
    app.sql(&format!("UPDATE orders SET customer_id = {} WHERE id = {}", app.literal(customer), app.literal(id))).await;
    ITEMS.is_as_modelled(&both, &of(&[&one, &other], &[order])).await;
}
