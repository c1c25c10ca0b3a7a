//! `customers` against the model.

use serde_json::Value;

use super::{Noun, one, quoted, searched, shop, since, some, text, words};

const CUSTOMERS: Noun = Noun {
    list: "customers",
    fields: "id name email phone status createdAt externalId",
    sorts: &["CREATED_AT", "NAME"],
    by: |field, a, b| match field {
        "NAME" => text(a, "name").cmp(text(b, "name")),
        _ => text(a, "createdAt").cmp(text(b, "createdAt")),
    },
    condition: |chance, rows| {
        let row = some(chance, rows).clone();
        let with = |field, (value, holds)| (field, value, holds);
        match one(chance, &["status", "createdAt", "search", "search", "ids", "externalId"]) {
            "status" => with("status", words(chance, "status", &["ACTIVE", "BLOCKED"])),
            "createdAt" => with("createdAt", since(chance, "createdAt", rows)),
            "search" => with("search", searched(chance, rows, texts)),
            "ids" => {
                let ids: Vec<Value> = (0..9).map(|_| some(chance, rows)["id"].clone()).collect();
                ("ids", serde_json::to_string(&ids).unwrap(), Box::new(move |other| ids.contains(&other["id"])))
            }
            _ => {
                let id = row["externalId"].as_str().unwrap_or("none of these").to_owned();
                ("externalId", quoted(&id), Box::new(move |other| other["externalId"] == *id))
            }
        }
    },
};

fn texts(row: &Value) -> Vec<String> {
    ["name", "email", "phone", "externalId"].into_iter().filter_map(|field| row[field].as_str()).map(str::to_owned).collect()
}

#[tokio::test]
async fn customers_are_as_modelled() {
    let (app, staff) = shop().await;
    let rows = CUSTOMERS.rows(&staff).await;
    assert_eq!(rows.len() as i64, app.rows("customers").await);
    CUSTOMERS.is_as_modelled(&staff, &rows).await;
}

#[tokio::test]
async fn everybody_else_lists_themselves() {
    let (app, _staff) = shop().await;
    let (buyer, ada) = app.buyer("ada").await;
    let own = CUSTOMERS.rows(&buyer).await;
    assert_eq!(own.iter().map(|row| text(row, "id")).collect::<Vec<_>>(), [ada.to_string()]);
    CUSTOMERS.is_as_modelled(&buyer, &own).await;
}
