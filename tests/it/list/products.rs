//! `products` against the model.

use serde_json::Value;

use super::{Noun, one, searched, shop, some, text, words};

const PRODUCTS: Noun = Noun {
    list: "products",
    fields: "id name status createdAt store { id } variants { sku available }",
    sorts: &["CREATED_AT", "NAME"],
    by: |field, a, b| match field {
        "NAME" => text(a, "name").cmp(text(b, "name")),
        _ => text(a, "createdAt").cmp(text(b, "createdAt")),
    },
    condition: |chance, rows| {
        let row = some(chance, rows).clone();
        let with = |field, (value, holds)| (field, value, holds);
        match one(chance, &["status", "store", "search", "search", "inStock", "ids"]) {
            "status" => with("status", words(chance, "status", &["DRAFT", "PUBLISHED", "ACTIVE", "ARCHIVED"])),
            "store" => ("store", row["store"]["id"].to_string(), Box::new(move |other| other["store"] == row["store"])),
            "search" => with("search", searched(chance, rows, texts)),
            "ids" => {
                let ids: Vec<Value> = (0..9).map(|_| some(chance, rows)["id"].clone()).collect();
                ("ids", serde_json::to_string(&ids).unwrap(), Box::new(move |other| ids.contains(&other["id"])))
            }
            _ => {
                let wanted = one(chance, &[true, false]);
                let can_be_had = |row: &Value| row["variants"].as_array().unwrap().iter().any(|one| one["available"] != 0);
                ("inStock", wanted.to_string(), Box::new(move |other| can_be_had(other) == wanted))
            }
        }
    },
};

fn texts(row: &Value) -> Vec<String> {
    let skus = row["variants"].as_array().unwrap().iter().map(|variant| text(variant, "sku").to_owned());
    [text(row, "name").to_owned()].into_iter().chain(skus).collect()
}

#[tokio::test]
async fn products_are_as_modelled() {
    let (app, staff) = shop().await;
    let rows = PRODUCTS.rows(&staff).await;
    assert_eq!(rows.len() as i64, app.rows("products").await);
    PRODUCTS.is_as_modelled(&staff, &rows).await;
}

#[tokio::test]
async fn the_public_lists_what_is_on_sale_and_sellers_their_own_too() {
    let (app, staff) = shop().await;
    let rows = PRODUCTS.rows(&staff).await;
    let store = text(&rows[0]["store"], "id").to_owned();
    let seller = app.seller(store.parse().unwrap()).await;
    let shown = |row: &Value| ["PUBLISHED", "ACTIVE"].contains(&text(row, "status"));
    let public: Vec<Value> = rows.iter().filter(|row| shown(row)).cloned().collect();
    let sellers: Vec<Value> = rows.iter().filter(|row| shown(row) || row["store"]["id"] == *store).cloned().collect();
    assert!(public.len() < sellers.len() && sellers.len() < rows.len());
    PRODUCTS.is_as_modelled(&app.anonymous(), &public).await;
    PRODUCTS.is_as_modelled(&seller, &sellers).await;
}
