//! `payments` against the model.

use super::{Noun, minor, one, quoted, searched, shop, since, some, text, words};

const PAYMENTS: Noun = Noun {
    list: "payments",
    fields: "id status type gateway currency amount reference createdAt order { id number customer { id } }",
    sorts: &["CREATED_AT", "AMOUNT"],
    by: |field, a, b| match field {
        "AMOUNT" => minor(a, "amount").cmp(&minor(b, "amount")),
        _ => text(a, "createdAt").cmp(text(b, "createdAt")),
    },
    condition: |chance, rows| {
        let row = some(chance, rows).clone();
        let with = |field, (value, holds)| (field, value, holds);
        match one(
            chance,
            &["status", "type", "gateway", "currency", "createdAt", "search", "search", "reference", "customer", "order"],
        ) {
            "status" => with("status", words(chance, "status", &["PAID", "FAILED", "PENDING", "REFUNDED"])),
            "type" => with("type", words(chance, "type", &["CREDIT", "VOUCHER", "TRANSFER", "DEBIT", "CASH"])),
            "gateway" => with("gateway", words(chance, "gateway", &["MANUAL", "STRIPE", "PAYPAL"])),
            "createdAt" => with("createdAt", since(chance, "createdAt", rows)),
            "search" => with(
                "search",
                searched(chance, rows, |row| {
                    [&row["order"]["number"], &row["reference"]]
                        .into_iter()
                        .filter_map(|text| text.as_str())
                        .map(str::to_owned)
                        .collect()
                }),
            ),
            "currency" => {
                ("currency", quoted(text(&row, "currency")), Box::new(move |other| other["currency"] == row["currency"]))
            }
            "order" => {
                ("order", row["order"]["id"].to_string(), Box::new(move |other| other["order"]["id"] == row["order"]["id"]))
            }
            "customer" => {
                let customer = row["order"]["customer"]["id"].clone();
                ("customer", customer.to_string(), Box::new(move |other| other["order"]["customer"]["id"] == customer))
            }
            _ => {
                let reference = row["reference"].as_str().unwrap_or("none of these").to_owned();
                ("reference", quoted(&reference), Box::new(move |other| other["reference"] == *reference))
            }
        }
    },
};

#[tokio::test]
async fn payments_are_as_modelled() {
    let (app, staff) = shop().await;
    let rows = PAYMENTS.rows(&staff).await;
    assert_eq!(rows.len() as i64, app.rows("payments").await);
    PAYMENTS.is_as_modelled(&staff, &rows).await;
}

#[tokio::test]
async fn buyers_list_payments_of_own_orders_only() {
    let (app, staff) = shop().await;
    let rows = PAYMENTS.rows(&staff).await;
    let (buyer, ada) = app.buyer("ada").await;
    assert!(PAYMENTS.rows(&buyer).await.is_empty());
    let theirs = text(&rows[0]["order"]["customer"], "id").to_owned();
    // What the other customer bought is now Ada's.
    let uuid = |id: &str| id.parse::<entity::id::CustomerId>().unwrap().0;
    let (from, to) = (uuid(&theirs), ada.0);
    app.sql(&format!("UPDATE orders SET customer_id = {} WHERE customer_id = {}", app.literal(to), app.literal(from))).await;
    let mine: Vec<_> = rows
        .into_iter()
        .filter(|row| row["order"]["customer"]["id"] == *theirs)
        .map(|mut row| {
            row["order"]["customer"]["id"] = ada.to_string().into();
            row
        })
        .collect();
    assert_eq!(PAYMENTS.rows(&buyer).await.len(), mine.len());
    PAYMENTS.is_as_modelled(&buyer, &mine).await;
    let seller = app.seller(app.store("own").await).await;
    assert!(PAYMENTS.rows(&seller).await.is_empty());
}
