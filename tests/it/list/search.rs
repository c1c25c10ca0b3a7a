//! Searching payments, products and line items: parts of texts, and what follows when these change.

use std::collections::HashSet;

use entity::{
    customer,
    id::CustomerId,
    stored::{CustomerStatus, PaymentGateway},
    time::Timestamp,
};
use migration::{
    Migrator, MigratorTrait as _,
    letters::{folded, folded_letter},
    signs::{ALL, BUT_PLUS, Signs},
};
use ordergraph::db::statement;
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Client, TestApp};

/// The number of rows of a list that a search finds.
async fn found(client: &Client, list: &str, needle: &str) -> i64 {
    let query = format!(
        "query($filter: {}) {{ list: {list}(filter: $filter) {{ totalCount nodes {{ id }} }} }}",
        match list {
            "payments" => "PaymentFilter",
            "products" => "ProductFilter",
            "customers" => "CustomerFilter",
            "orders" => "OrderFilter",
            _ => "OrderItemFilter",
        }
    );
    let data = client.ask(&query, json!({ "filter": { "search": needle } })).await;
    let total = data["list"]["totalCount"].as_i64().unwrap();
    assert_eq!(data["list"]["nodes"].as_array().unwrap().len() as i64, total, "{list} by {needle:?}");
    total
}

#[tokio::test]
async fn payments_are_found_by_parts_of_reference_and_order_number() {
    let app = TestApp::new().await;
    let pouch = app.goods(app.store("own").await, "POUCH", 1000, 100).await;
    let ((ada, id), (bob, _)) = (app.buyer("ada").await, app.buyer("bob").await);
    let order = app.order_row("ORD-2026-7", id, &[(&pouch, 1, 1000)], |_| {}).await;
    let other = app.order_row("ORD-2026-8", id, &[(&pouch, 1, 1000)], |_| {}).await;
    app.paid(order, PaymentGateway::Stripe, 400).await;
    app.paid(order, PaymentGateway::Manual, 600).await;
    app.paid(other, PaymentGateway::Manual, 1000).await;
    app.sql("UPDATE payments SET reference = 'pi_3N%x\\Y' WHERE amount_minor = 400").await;
    app.sql("UPDATE payments SET reference = 'Überweisung 77' WHERE amount_minor = 600").await;
    app.sql("UPDATE payments SET reference = NULL WHERE amount_minor = 1000").await;
    let staff = app.staff().await;
    let table = [
        ("PI_3n", 1),
        ("_3N%", 1),
        ("%", 0),
        ("3_N", 0),
        ("%x\\y", 1),
        ("überw", 1),
        ("ÜB", 1),
        ("rweisung 77", 1),
        ("p", 1),
        ("77", 0),
        ("ord-2026", 3),
        ("2026-7", 2),
        ("or", 3),
        ("  pi_3N ", 1),
        ("", 3),
        ("ada", 0),
        // Long ones: an index is asked for a part of them.
        ("ORD-2026-7", 2),
        ("xxx-2026-7", 0),
        ("ORD-2026-7x", 0),
        ("_3n%x\\yy", 0),
        ("pi_3n_x\\y", 0),
        ("pi_3N%x\\Y", 1),
        ("PI_3N%X\\y", 1),
        ("überweisung 77", 1),
        ("berweisung 77", 1),
        ("berweisung 78", 0),
        ("7\npi_3N%x\\Y", 1),
        ("7\nüBERweisung 7", 1),
    ];
    for (needle, count) in table {
        assert_eq!(found(&staff, "payments", needle).await, count, "{needle:?}");
    }
    // What is not to be seen is not found.
    assert_eq!((found(&ada, "payments", "pi_3N").await, found(&bob, "payments", "pi_3N").await), (1, 0));
    let seller = app.seller(pouch.store).await;
    assert_eq!(found(&seller, "payments", "ord-2026").await, 0);
    let too_long = staff
        .send("query($f: PaymentFilter) { payments(filter: $f) { totalCount } }", json!({ "f": { "search": "x".repeat(201) } }))
        .await;
    assert_eq!((too_long.code(), &too_long.body["errors"][0]["extensions"]["field"]), ("BAD_USER_INPUT", &json!(["search"])));
    // Another reference takes the place of the one before; deleted payments are not found.
    app.sql("UPDATE payments SET reference = 'pi_other' WHERE amount_minor = 400").await;
    assert_eq!((found(&staff, "payments", "3N%x").await, found(&staff, "payments", "pi_other").await), (0, 1));
    app.sql("DELETE FROM payments WHERE amount_minor = 400").await;
    assert_eq!(found(&staff, "payments", "pi_other").await, 0);
    app.sql("DELETE FROM orders").await;
    assert_eq!(found(&staff, "payments", "ord").await, 0);
}

#[tokio::test]
async fn products_are_found_by_name_and_skus_as_these_change() {
    let app = TestApp::new().await;
    let goods = app.goods(app.store("own").await, "SKU-1%", 100, 1).await;
    let staff = app.staff().await;
    let product = goods.product.to_string();
    let changed = "userErrors { code message }";
    staff.mutate("productUpdate", json!({ "product": product, "name": "Ökologische Tüte" }), changed).await;
    let variant = json!({ "product": product, "sku": "BLUE_9", "name": "blue", "price": "1" });
    staff.mutate("productVariantAdd", variant, changed).await;
    for (needle, count) in [
        ("ÖKO", 1),
        ("öko", 1),
        ("tüte", 1),
        ("Product", 0),
        ("ku-1%", 1),
        ("u-1_", 0),
        ("lue_9", 1),
        ("bl", 1),
        ("ue", 0),
        ("KOLOGISCHE T", 1),
        ("kologische x", 0),
        ("kologische%", 0),
    ] {
        assert_eq!(found(&staff, "products", needle).await, count, "{needle}");
    }
    app.sql("UPDATE product_variants SET sku = 'GREEN-9' WHERE sku = 'BLUE_9'").await;
    assert_eq!((found(&staff, "products", "blue_9").await, found(&staff, "products", "green-9").await), (0, 1));
    app.sql("DELETE FROM product_variants WHERE sku = 'GREEN-9'").await;
    assert_eq!((found(&staff, "products", "green-9").await, found(&staff, "products", "sku-1").await), (0, 1));
    app.sql("DELETE FROM products").await;
    assert_eq!(found(&staff, "products", "sku-1").await, 0);
}

#[tokio::test]
async fn line_items_are_found_by_the_name_and_sku_they_were_sold_as() {
    let app = TestApp::new().await;
    let store = app.store("own").await;
    let (pouch, mug) = (app.goods(store, "POUCH_1", 1000, 100).await, app.goods(store, "Müg-1", 1000, 100).await);
    let (buyer, _) = app.buyer("ada").await;
    let order = buyer.places(&pouch, 2).await;
    buyer.places(&mug, 1).await;
    let staff = app.staff().await;
    app.sql("UPDATE products SET name = 'renamed'").await;
    for (needle, count) in
        [("pouch_", 1), ("ouch%", 0), ("product", 2), ("MÜG", 1), ("po", 1), ("renamed", 0), ("ug-1", 0), ("üg-1", 1)]
    {
        assert_eq!(found(&staff, "orderItems", needle).await, count, "{needle}");
    }
    // Sold under another name, and without a SKU.
    app.sql("UPDATE order_items SET name = 'Ein Becher aus Gold' WHERE sku = 'Müg-1'").await;
    for (needle, count) in [("EIN BECHER", 1), ("r aus gold", 1), ("ein becher x", 0), ("ein_becher", 0)] {
        assert_eq!(found(&staff, "orderItems", needle).await, count, "{needle}");
    }
    app.sql("UPDATE order_items SET name = 'Becher' WHERE sku = 'Müg-1'").await;
    assert_eq!((found(&staff, "orderItems", "product").await, found(&staff, "orderItems", "becher").await), (1, 1));
    app.sql("UPDATE order_items SET sku = NULL WHERE name = 'Becher'").await;
    assert_eq!((found(&staff, "orderItems", "müg").await, found(&staff, "orderItems", "becher").await), (0, 1));
    let (other, _) = app.buyer("bob").await;
    assert_eq!((found(&buyer, "orderItems", "pouch").await, found(&other, "orderItems", "pouch").await), (1, 0));
    // The lines of one order are searched alike.
    for (needle, count) in [("OUCH_", 1), ("po", 1), ("uch%", 0), ("müg", 0)] {
        let items = buyer.order(&order, &format!("items(filter: {{ search: \"{needle}\" }}) {{ totalCount }}")).await;
        assert_eq!(items["items"]["totalCount"], count, "{needle}");
    }
    app.sql("DELETE FROM orders").await;
    assert_eq!(found(&staff, "orderItems", "pouch").await, 0);
}

/// Texts of letters with several forms, and what finds them and nothing else.
const FORMS: [(&str, &[&str]); 3] = [
    ("ΣΊΣΥΦΟΣ ΠΈΤΡΑΣ", &["Σίσυφος", "σίσυφοσ π", "ΊΣΥΦΟΣ", "ος πέτρας", "φος", "σί", "ΣΊΣΥΦΟΣ ΠΈΤΡΑΣ"]),
    (
        "İSTANBUL ÇİÇEK",
        &["istanbul", "İstanbul", "i\u{307}stanbul", "ISTANBUL ÇI", "nbul çiç", "İS", "İSTANBUL ÇİÇEK", "stanbul"],
    ),
    ("\u{212a}ELVIN ſharp 5 µM", &["kelvin sharp", "KELVIN ſ", "5 μm", "5 µm", "ke", "harp 5 ", "Kelvin Sharp 5 µm"]),
];

const LISTS: [&str; 5] = ["customers", "orders", "products", "orderItems", "payments"];

/// A customer, an order, a product, a line and a payment of each of some texts.
async fn with_texts(app: &TestApp, texts: &[(&str, &[&str])]) {
    let store = app.store("own").await;
    for (at, (text, _)) in texts.iter().enumerate() {
        let goods = app.goods(store, &format!("SKU-{at}"), 1000, 100).await;
        let customer = app.customer(text, None, None).await;
        let order = app
            .order_row(&format!("ORD-{at}"), customer, &[(&goods, 1, 1000)], |order| order.customer_name = (*text).into())
            .await;
        app.paid(order, PaymentGateway::Manual, 1000 + at as i64).await;
        app.sql(&format!("UPDATE products SET name = '{text}' WHERE name = 'Product SKU-{at}'")).await;
        app.sql(&format!("UPDATE order_items SET name = '{text}' WHERE sku = 'SKU-{at}'")).await;
        app.sql(&format!("UPDATE payments SET reference = '{text}' WHERE amount_minor = {}", 1000 + at)).await;
    }
}

async fn each_is_found(staff: &Client, texts: &[(&str, &[&str])]) {
    for (list, (text, needles)) in LISTS.into_iter().flat_map(|list| texts.iter().map(move |text| (list, text))) {
        for needle in *needles {
            // More than once: an answer may be kept and followed.
            for _ in 0..3 {
                assert_eq!(found(staff, list, needle).await, 1, "{list}: {text} by {needle}");
            }
        }
    }
}

#[tokio::test]
async fn letters_are_found_by_any_of_their_forms() {
    let app = TestApp::new().await;
    with_texts(&app, &FORMS).await;
    let staff = app.staff().await;
    each_is_found(&staff, &FORMS).await;
    for list in LISTS {
        // Other letters, however alike they look.
        for needle in ["ısta", "cicek", "πετρασ", "strass"] {
            assert_eq!(found(&staff, list, needle).await, 0, "{list} by {needle}");
        }
    }
}

/// Texts with signs that no letter is before, and what finds each of them.
const SIGNS: [(&str, &[&str]); 5] = [
    ("@home Ltd", &["@", "@H", "@home"]),
    ("€uro --- Shop", &["€", "€u", "---"]),
    ("-- Kim & Söhne", &["-", "--", "& S"]),
    ("Ann (@@) Lee", &["(@@", "@@)", "n (@"]),
    ("+@ Lee", &["+", "+@", "+@ L"]),
];

#[tokio::test]
async fn signs_are_found_that_no_letter_is_before() {
    let app = TestApp::new().await;
    with_texts(&app, &SIGNS).await;
    let staff = app.staff().await;
    each_is_found(&staff, &SIGNS).await;
    for list in LISTS {
        // One or two are found where a line begins, more anywhere.
        for needle in ["&", "(", "@@", "@)", "@@@", "----", "😀"] {
            assert_eq!(found(&staff, list, needle).await, 0, "{list} by {needle}");
        }
    }
    app.sql("UPDATE orders SET search_text = '(' || search_text, updated_at = updated_at + 1 WHERE customer_name = '@home Ltd'")
        .await;
    assert_eq!(found(&staff, "orders", "(").await, 1);
}

#[tokio::test]
async fn what_was_stored_before_letters_had_one_form_is_found() {
    let app = TestApp::new().await;
    with_texts(&app, &FORMS).await;
    let since = Migrator::migrations().iter().rev().position(|migration| migration.name().ends_with("_letters")).unwrap();
    Migrator::down(app.db().writer(), Some(since as u32 + 1)).await.unwrap();
    for (table, column) in [("customers", "name"), ("orders", "customer_name")] {
        for (text, _) in FORMS {
            let lower = text.to_lowercase();
            app.sql(&format!("UPDATE {table} SET search_text = '{lower}' WHERE {column} = '{text}'")).await;
        }
    }
    Migrator::up(app.db().writer(), None).await.unwrap();
    each_is_found(&app.staff().await, &FORMS).await;
}

/// Every letter there is, as the database folds it: its index on SQLite, its function on PostgreSQL.
#[tokio::test]
async fn the_database_takes_the_same_letters_for_one() {
    let app = TestApp::new().await;
    let conn = app.db().writer();
    let is_text = |letter: &char| *letter != '\0' && !matches!(*letter, '\u{fffe}' | '\u{ffff}');
    let letters: Vec<char> = ('\0'..='\u{1ffff}').filter(is_text).collect();
    if conn.get_database_backend() == DbBackend::Postgres {
        let all: String = letters.iter().collect();
        for text in [all.as_str(), "Grüße AUS ŁÓDŹ", "PLAIN", "i\u{307}\u{307}", ""] {
            let asked = statement(conn, "SELECT search_folded($1)", [text.into()]);
            let answer: String = conn.query_one_raw(asked).await.unwrap().unwrap().try_get_by_index(0).unwrap();
            assert!(answer == folded(text), "{answer} is not {}", folded(text));
        }
        for Signs { condition, is_one } in [ALL, BUT_PLUS] {
            let sql = format!(
                "SELECT string_agg(letter, '') FROM unnest(string_to_array($1, NULL)) AS letter WHERE letter {condition}"
            );
            let signs = conn.query_one_raw(statement(conn, sql, [all.as_str().into()])).await.unwrap().unwrap();
            let signs: HashSet<char> = signs.try_get_by_index::<String>(0).unwrap().chars().collect();
            assert_eq!(signs, letters.iter().copied().filter(|letter| is_one(*letter)).collect());
        }
        return;
    }
    app.sql("CREATE VIRTUAL TABLE every_letter USING fts5(text, tokenize = 'trigram')").await;
    app.sql("CREATE VIRTUAL TABLE every_three USING fts5vocab(every_letter, instance)").await;
    for letters in letters.chunks(10_000) {
        let rows: Vec<String> = letters.iter().map(|letter| format!("({0}, 'a' || char({0}) || 'b')", *letter as u32)).collect();
        app.sql(&format!("INSERT INTO every_letter (rowid, text) VALUES {}", rows.join(", "))).await;
    }
    let rows = conn.query_all_raw(statement(conn, "SELECT doc, term FROM every_three", [])).await.unwrap();
    assert_eq!(rows.len(), letters.len());
    for row in rows {
        let (letter, three): (u32, String) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        let letter = char::from_u32(letter).unwrap();
        // This one is folded before it comes into an index.
        if letter != 'İ' {
            assert_eq!(three, format!("a{}b", folded_letter(letter)), "{:x}", letter as u32);
        }
    }
}

/// Customers by the thousand, of whom those in the middle have something in common that neither the oldest nor the newest have:
/// too many to be kept beside a filter, and not known for common.
#[tokio::test]
async fn what_many_have_between_the_ends_is_found_by_an_index() {
    let app = TestApp::new().await;
    let text = |at: u128| match at {
        0..600 => format!("early {at:04}"),
        600..1_700 => format!("middle quux {at:04}"),
        _ => format!("late {at:04}"),
    };
    let rows = (0..6_000_u128).map(|at| customer::Model {
        id: CustomerId(Uuid::from_u128((0x0190_0000_0000_7000 << 64) + at)),
        user_id: None,
        name: text(at),
        email: None,
        phone: None,
        status: CustomerStatus::Active,
        external_id: None,
        search_text: text(at),
        created_at: Timestamp(1_700_000_000_000_000 + at as i64),
        updated_at: Timestamp(1_700_000_000_000_000 + at as i64),
    });
    let rows: Vec<customer::ActiveModel> = rows.map(Into::into).collect();
    for chunk in rows.chunks(500) {
        customer::Entity::insert_many(chunk.to_vec()).exec_without_returning(app.db().writer()).await.unwrap();
    }
    let staff = app.staff().await;
    let query = "query($filter: CustomerFilter) { customers(first: 2, filter: $filter, sort: [{ field: NAME, direction: ASC }]) {
        totalCount nodes { name } } }";
    for (needle, filter, total, first) in [
        ("quux", json!({}), 1_100, "middle quux 0600"),
        ("E QUUX 1", json!({}), 700, "middle quux 1000"),
        ("quux", json!({ "status": ["ACTIVE"] }), 1_100, "middle quux 0600"),
        ("quux", json!({ "createdAt": { "gte": "2023-11-14T22:13:20.001690Z" } }), 10, "middle quux 1690"),
        ("quux 069", json!({}), 10, "middle quux 0690"),
        ("late", json!({}), 4_300, "late 1700"),
        ("l", json!({}), 4_300, "late 1700"),
        ("mi", json!({}), 1_100, "middle quux 0600"),
        ("07", json!({}), 0, ""),
        ("x 07", json!({}), 100, "middle quux 0700"),
        ("1", json!({}), 0, ""),
    ] {
        let mut wanted = filter.clone();
        wanted["search"] = needle.into();
        let data = staff.ask(query, json!({ "filter": wanted })).await;
        assert_eq!(data["customers"]["totalCount"], total, "{needle:?} {filter}");
        assert_eq!(data["customers"]["nodes"][0]["name"].as_str().unwrap_or_default(), first, "{needle:?} {filter}");
    }
}
