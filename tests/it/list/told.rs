//! Payments, customers, products and line items that are followed: whatever happens to them and whoever does it, they are those of
//! the rows.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DbBackend, TransactionTrait as _};
use serde_json::{Value, json};

use super::{
    followed::{Asked, FOLLOWING},
    shop,
};

/// A list: its filter's and its sort's type, and its sort fields.
type Noun = (&'static str, &'static str, &'static [&'static str]);

const PAYMENTS: Noun = ("payments", "Payment", &["CREATED_AT", "AMOUNT"]);
const CUSTOMERS: Noun = ("customers", "Customer", &["CREATED_AT", "NAME"]);
const PRODUCTS: Noun = ("products", "Product", &["CREATED_AT", "NAME"]);
const ITEMS: Noun = ("orderItems", "OrderItem", &[]);

impl Asked<'_> {
    /// Compares counts and pages of filters; which of them were not followed, and how many were.
    async fn compare(&self, (list, noun, sorts): Noun, filters: &[Value]) -> (Vec<String>, usize) {
        let (mut unfollowed, mut followed) = (Vec::new(), 0);
        let mut ask = async |query: &str, variables: Value| {
            let (found, statements) = self.app.statements_of(self.client.ask(query, variables.clone())).await;
            assert_eq!(found, self.plain.ask(query, variables.clone()).await, "{query} {variables}");
            match statements.iter().any(|sql| sql.contains(FOLLOWING)) {
                true => followed += 1,
                false => unfollowed.push(format!("{query} {variables}")),
            }
        };
        for filter in filters {
            let count = format!("query($f: {noun}Filter) {{ {list}(first: 0, filter: $f) {{ totalCount }} }}");
            ask(&count, json!({ "f": filter })).await;
            let sorts = if sorts.is_empty() { &[""][..] } else { sorts };
            for (sort, end) in sorts.iter().flat_map(|sort| [(sort, "first"), (sort, "last")]) {
                let sort = if sort.is_empty() { String::new() } else { format!(", sort: [{{ field: {sort}, direction: ASC }}]") };
                let page = format!(
                    "query($f: {noun}Filter) {{ {list}({end}: 5, filter: $f{sort}) {{ nodes {{ id }} edges {{ cursor }} \
                     pageInfo {{ hasNextPage hasPreviousPage }} }} }}"
                );
                ask(&page, json!({ "f": filter })).await;
            }
        }
        (unfollowed, followed)
    }

    /// Compares until all of it is followed, and then after each change.
    async fn follow(&self, noun: Noun, filters: &[Value], changes: &[&str]) {
        for _ in 0..2 {
            assert_eq!(self.compare(noun, filters).await.1, 0, "{filters:?}");
        }
        self.still(noun, filters, "two questions").await;
        for change in changes {
            self.app.sql(change).await;
            self.still(noun, filters, change).await;
        }
    }

    /// Compares, and asks that all of it is still followed.
    async fn still(&self, noun: Noun, filters: &[Value], what: &str) {
        let (unfollowed, _) = self.compare(noun, filters).await;
        assert_eq!(unfollowed, Vec::<String>::new(), "after {what}");
    }
}

#[tokio::test]
async fn payments_that_are_followed_are_those_of_the_rows() {
    let (app, staff) = shop().await;
    let asked = Asked::of(&app, &staff).await;
    let filters = [
        // What most have, what few have, and what none has.
        json!({ "search": "ord-2" }),
        json!({ "search": "pi_e" }),
        json!({ "search": "größe" }),
        json!({ "search": "-1" }),
        json!({ "search": "nowhere" }),
        json!({ "createdAt": { "gte": "2018-03-01T00:00:00Z" }, "status": ["PAID", "FAILED"] }),
        json!({ "search": "ord", "gateway": ["MANUAL"], "type": ["CREDIT", "VOUCHER"], "currency": "BRL" }),
    ];
    let changes = [
        "UPDATE payments SET status = 'PENDING' WHERE amount_minor % 3 = 0",
        "UPDATE payments SET reference = 'pi_e' || amount_minor WHERE amount_minor % 4 = 0",
        "UPDATE payments SET reference = 'GRÖSSE größe', amount_minor = amount_minor + 1 WHERE amount_minor % 5 = 0",
        "UPDATE payments SET created_at = created_at + 86400000000000 WHERE amount_minor % 5 = 1",
        "UPDATE payments SET type = 'CREDIT', gateway = 'MANUAL', currency = 'EUR' WHERE amount_minor % 5 = 2",
        "DELETE FROM payments WHERE amount_minor % 7 = 0",
        "DELETE FROM orders WHERE total_minor % 5 = 0",
    ];
    asked.follow(PAYMENTS, &filters, &changes).await;
    let pen = app.goods(app.store("left").await, "PEN-1", 100, 500).await;
    let (ada, _) = app.buyer("ada").await;
    for _ in 0..3 {
        let order = ada.places(&pen, 3).await;
        let cash = json!({ "order": order, "type": "CASH", "amount": "1.00", "gateway": "MANUAL" });
        let begun = staff.mutate("paymentCreate", cash, "payment { id } userErrors { code }").await;
        assert_eq!(begun["userErrors"], json!([]));
        asked.still(PAYMENTS, &filters, "a payment").await;
    }
    // Whose an order is: given to another, and to nobody.
    let (cleo, carl) = (app.customer("cleo", None, None).await, app.customer("carl", None, None).await);
    let of_one = [json!({ "customer": carl.to_string() }), json!({ "customer": cleo.to_string(), "search": "ord" })];
    let give = |name: &str| {
        format!("UPDATE orders SET customer_id = (SELECT id FROM customers WHERE name = '{name}') WHERE total_minor % 2 = 0")
    };
    app.sql(&give("cleo")).await;
    asked.follow(PAYMENTS, &of_one, &[&give("carl"), "DELETE FROM customers WHERE name = 'carl'", &give("cleo")]).await;
}

#[tokio::test]
async fn customers_that_are_followed_are_those_of_the_rows() {
    let (app, staff) = shop().await;
    let asked = Asked::of(&app, &staff).await;
    let filters = [
        json!({ "search": "example" }),
        json!({ "search": "an" }),
        json!({ "search": "+" }),
        json!({ "search": "zoë" }),
        json!({ "status": ["ACTIVE", "BLOCKED"], "search": "a" }),
        json!({ "createdAt": { "lt": "2018-06-01T00:00:00Z" }, "search": "e" }),
    ];
    let changes = [
        "UPDATE customers SET status = 'ACTIVE' WHERE length(name) % 2 = 0",
        "UPDATE customers SET name = 'An ' || name, search_text = 'an ' || search_text WHERE length(name) % 3 = 0",
        "UPDATE customers SET created_at = created_at - 86400000000000 WHERE length(name) % 3 = 1",
        "DELETE FROM customers WHERE length(name) % 5 = 0 AND id NOT IN (SELECT customer_id FROM orders WHERE customer_id IS NOT NULL)",
    ];
    asked.follow(CUSTOMERS, &filters, &changes).await;
    let zoe = staff.mutate("customerCreate", json!({ "name": "Zoë" }), "customer { id } userErrors { code }").await;
    asked.still(CUSTOMERS, &filters, "a new one").await;
    let zoe = zoe["customer"]["id"].clone();
    for change in [
        json!({ "customer": zoe, "email": "zoe@shop.example", "phone": "+49 30 1" }),
        json!({ "customer": zoe, "name": "Ann" }),
        json!({ "customer": zoe, "phone": "" }),
    ] {
        let changed = staff.mutate("customerUpdate", change.clone(), "userErrors { code message }").await;
        assert_eq!(changed["userErrors"], json!([]));
        asked.still(CUSTOMERS, &filters, &change.to_string()).await;
    }
    for name in ["anton", "zoë", "+"] {
        app.customer(name, Some(&format!("{}@x.example", name.len())), None).await;
        asked.still(CUSTOMERS, &filters, name).await;
    }
}

#[tokio::test]
async fn products_that_are_followed_are_those_of_the_rows() {
    let (app, staff) = shop().await;
    let store = app.store("left").await;
    let asked = Asked::of(&app, &staff).await;
    let filters = [
        json!({ "inStock": true }),
        json!({ "inStock": false }),
        json!({ "search": "äpfel" }),
        json!({ "search": "pen" }),
        json!({ "search": "e", "inStock": true }),
        json!({ "search": "mug-7" }),
        json!({ "store": store.to_string() }),
        json!({ "status": ["DRAFT", "PUBLISHED"], "search": "100%" }),
    ];
    let changes = [
        "UPDATE product_variants SET available = 0, received = reserved + sold + written_off WHERE price_minor % 2 = 0",
        "UPDATE product_variants SET available = 1, received = 1 + reserved + sold + written_off WHERE price_minor % 4 = 0",
        "UPDATE product_variants SET sku = 'MUG-7' || sku WHERE price_minor % 5 = 0",
        "UPDATE products SET name = 'Äpfel 100%' || name WHERE length(name) % 3 = 0",
        "UPDATE products SET status = 'DRAFT', created_at = created_at + 1000000 WHERE length(name) % 3 = 1",
        "DELETE FROM product_variants WHERE price_minor % 3 = 0 AND id NOT IN (SELECT variant_id FROM order_items WHERE variant_id IS NOT NULL)",
        "DELETE FROM products WHERE length(name) % 4 = 0 AND id NOT IN (SELECT product_id FROM order_items WHERE product_id IS NOT NULL)",
    ];
    asked.follow(PRODUCTS, &filters, &changes).await;
    let pen = app.goods(store, "PEN-1", 100, 5).await;
    asked.still(PRODUCTS, &filters, "a new one").await;
    let (ada, _) = app.buyer("ada").await;
    // Some, then all.
    for quantity in [2, 3] {
        ada.places(&pen, quantity).await;
        asked.still(PRODUCTS, &filters, "a purchase").await;
    }
    let stock = json!({ "variant": pen.variant.to_string(), "delta": 1 });
    assert_eq!(staff.mutate("stockAdjust", stock, "userErrors { code }").await["userErrors"], json!([]));
    asked.still(PRODUCTS, &filters, "a delivery").await;
    app.goods(store, "MUG-77", 100, 0).await;
    asked.still(PRODUCTS, &filters, "a new one").await;
    let name = json!({ "product": pen.product.to_string(), "name": "Pencil" });
    assert_eq!(staff.mutate("productUpdate", name, "userErrors { code }").await["userErrors"], json!([]));
    asked.still(PRODUCTS, &filters, "a new name").await;
    // What others see is not followed.
    for client in [&ada, &app.seller(store).await] {
        let asked = Asked::of(&app, client).await;
        for _ in 0..3 {
            assert_eq!(asked.compare(PRODUCTS, &filters).await.1, 0);
        }
    }
}

#[tokio::test]
async fn lines_that_are_followed_are_those_of_the_rows() {
    let (app, staff) = shop().await;
    let store = app.store("left").await;
    let (pen, mug) = (app.goods(store, "PEN-1", 100, 500).await, app.goods(store, "MUG-2", 3_000, 500).await);
    let (admin, (ada, _)) = (app.admin().await, app.buyer("ada").await);
    let asked = Asked::of(&app, &staff).await;
    let order = ada.places(&pen, 1).await;
    let filters = [
        json!({ "search": "öl" }),
        json!({ "search": "pro" }),
        json!({ "search": "mug-2" }),
        json!({ "search": "nowhere" }),
        json!({ "sku": "PEN-1" }),
        json!({ "store": store.to_string(), "search": "p" }),
        json!({ "order": order }),
    ];
    asked.follow(ITEMS, &filters, &[]).await;
    let second = ada.places(&mug, 2).await;
    asked.still(ITEMS, &filters, "an order").await;
    for add in ["MUG-2", "PEN-1"] {
        let edit = json!({ "order": order, "add": [{ "sku": add, "quantity": 1 }] });
        let edited = ada.mutate("orderEdit", edit, "userErrors { code message }").await;
        assert_eq!(edited["userErrors"], json!([]));
        asked.still(ITEMS, &filters, "an edit").await;
    }
    app.work().await;
    asked.still(ITEMS, &filters, "events that are placed").await;
    for gone in [&second, &order] {
        staff.moves(gone, &["orderCancel"]).await;
        let deleted = admin.mutate("orderDelete", json!({ "order": gone }), "userErrors { code }").await;
        assert_eq!(deleted["userErrors"], json!([]));
        asked.still(ITEMS, &filters, "an order less").await;
    }
    let of_product = [json!({ "product": pen.product.to_string() }), json!({ "variant": mug.variant.to_string() })];
    for _ in 0..3 {
        assert_eq!(asked.compare(ITEMS, &of_product).await.1, 0);
    }
}

/// More changes than are kept or looked at one by one.
#[tokio::test]
async fn what_changed_too_often_is_read_again() {
    let (app, staff) = shop().await;
    let asked = Asked::of(&app, &staff).await;
    let filters = [json!({ "search": "ord-2" }), json!({ "search": "pi_e" })];
    asked.follow(PAYMENTS, &filters, &[]).await;
    for _ in 0..16 {
        app.sql("UPDATE payments SET amount_minor = amount_minor + 1").await;
    }
    let kept = async || app.sql_count("SELECT COUNT(*) FROM payment_changes").await;
    assert!(kept().await > 4_400);
    if app.db().backend() == DbBackend::Postgres {
        // A copy of another server's database has changes of transactions that are yet to come here.
        app.sql("INSERT INTO payment_changes SELECT 1000000000000 + n, gen_random_uuid(), 1 FROM generate_series(1, 4001) AS n")
            .await;
    }
    // As long as somebody who began before is still at it, in any database of the server, nothing is forgotten.
    for _ in 0..50 {
        app.clock.advance_seconds(301);
        app.work().await;
        if kept().await <= 4_300 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!((4_000..=4_300).contains(&kept().await), "{} changes", kept().await);
    let staff = app.renewed(&staff);
    let asked = Asked::of(&app, &staff).await;
    for _ in 0..3 {
        asked.compare(PAYMENTS, &filters).await;
    }
    app.sql("UPDATE payments SET reference = 'pi_e' || reference WHERE amount_minor % 20 = 0").await;
    asked.still(PAYMENTS, &filters, "changes that are forgotten").await;
}

/// Those who wrote first may be seen last.
#[tokio::test]
async fn what_is_committed_late_is_told_of() {
    let (app, staff) = shop().await;
    if app.db().backend() == DbBackend::Sqlite {
        // There one writes after the other.
        return;
    }
    let asked = Asked::of(&app, &staff).await;
    let filters = [json!({ "search": "zacharias" }), json!({ "search": "example" })];
    asked.follow(CUSTOMERS, &filters, &[]).await;
    let rename = |name: &str, at: u32| {
        format!(
            "UPDATE customers SET name = '{name}', search_text = '{name}' WHERE id = (SELECT id FROM customers ORDER BY id OFFSET {at} LIMIT 1)"
        )
    };
    let other = app.second_connection().await;
    for round in 0..3 {
        let late = other.writer().begin().await.unwrap();
        late.execute_unprepared(&rename("zacharias", 3 * round)).await.unwrap();
        let new = format!(
            "INSERT INTO customers SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'number', {}, \
             'email', NULL, 'user_id', NULL, 'external_id', NULL))).* FROM customers c ORDER BY id LIMIT 1",
            900_000 + round,
        );
        late.execute_unprepared(&new).await.unwrap();
        app.sql(&rename("zacharias", 3 * round + 1)).await;
        app.customer("zacharias", None, None).await;
        for _ in 0..2 {
            asked.still(CUSTOMERS, &filters, "one who was sooner").await;
        }
        late.commit().await.unwrap();
        for _ in 0..2 {
            asked.still(CUSTOMERS, &filters, "one who was later").await;
        }
    }
}
