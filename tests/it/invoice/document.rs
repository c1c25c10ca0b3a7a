//! What stands on the documents.

use entity::stored::PaymentGateway;
use lopdf::Document;
use serde_json::json;

use super::{cancels, open};
use crate::support::{Client, TestApp};

const HOSTILE: &str = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}";

/// The page and the file of the newest document.
async fn newest(app: &TestApp, staff: &Client) -> (String, Vec<u8>) {
    let data = staff.ask("{ invoices(first: 1) { nodes { htmlUrl pdfUrl } } }", json!({})).await;
    let link = |name: &str| data["invoices"]["nodes"][0][name].as_str().unwrap().to_owned();
    (open(app, &link("htmlUrl")).await.text(), open(app, &link("pdfUrl")).await.body)
}

/// The text of each page, without its white space: how a reader sets spaces is its own affair.
fn pages(file: &[u8]) -> Vec<String> {
    let document = Document::load_mem(file).unwrap();
    let numbers: Vec<u32> = document.get_pages().keys().copied().collect();
    numbers.iter().map(|page| document.extract_text(&[*page]).unwrap().split_whitespace().collect::<Vec<_>>().concat()).collect()
}

#[tokio::test]
async fn names_are_text_and_never_markup() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    app.goods(store, "PEN", 1_000, 1_000).await;
    let (ada, _) = app.buyer("ada").await;
    let staff = app.staff().await;
    for table in ["customers", "products"] {
        app.sql(&format!("UPDATE {table} SET name = '{}'", HOSTILE.replace('\'', "''"))).await;
    }
    app.sql(&format!("UPDATE stores SET name = '{}'", HOSTILE.replace('\'', "''"))).await;
    let address = json!({ "structured": { "fullName": HOSTILE, "streetAddress": HOSTILE, "city": HOSTILE, "country": "NO" } });
    let input = json!({ "items": [{ "sku": "PEN", "quantity": 1 }], "billingAddress": address, "shippingAddress": { "freeText": HOSTILE } });
    let order =
        ada.mutate("orderCreate", input, "order { id } userErrors { code }").await["order"]["id"].as_str().unwrap().to_owned();
    staff.moves(&order, &["orderConfirm"]).await;
    app.paid(order.parse().unwrap(), PaymentGateway::Manual, 1_000).await;
    app.work().await;
    let (page, file) = newest(&app, &staff).await;
    assert!(page.matches("&lt;script&gt;alert(").count() >= 6, "{page}");
    assert!(!page.contains("<script") && !page.contains("<img") && page.contains("{{ 7*7 }}"), "{page}");
    assert!(pages(&file)[0].contains("<script>alert('x')</script>"));
    app.clock.advance_seconds(1);
    cancels(&staff, &order).await;
    app.work().await;
    let (page, file) = newest(&app, &staff).await;
    assert!(page.contains("Credit note") && page.contains("sold &lt;out&gt;") && page.contains("PENS-INV-2026-000001"), "{page}");
    assert!(pages(&file)[0].contains("PENS-CN-2026-000001"));
}

#[tokio::test]
async fn a_long_invoice_in_many_scripts_has_every_line_on_its_pages() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 1_000).await;
    let customer = app.customer("Łukasz Ærø Καζαντζάκης Київ", None, None).await;
    let lines: Vec<_> = (1..=200).map(|quantity| (&pen, quantity, 101_i64)).collect();
    let order =
        app.order_row("ORD-LONG", customer, &lines, |order| order.customer_name = "Łukasz Ærø Καζαντζάκης Київ".into()).await;
    app.sql("UPDATE order_items SET name = 'Écritoire nº ' || (position + 1) || ' — ' || 'a rather long name that does not fit on one line of the sheet'").await;
    let staff = app.staff().await;
    staff.moves(&order.to_string(), &["orderConfirm"]).await;
    app.work().await;
    let (page, file) = newest(&app, &staff).await;
    assert!(page.contains("Łukasz Ærø Καζαντζάκης Київ") && page.contains("Écritoire nº 200"));
    let pages = pages(&file);
    assert!(pages.len() > 5, "{} pages", pages.len());
    let whole = pages.concat();
    assert!(pages[0].contains("ŁukaszÆrøΚαζαντζάκηςКиїв"), "{}", pages[0]);
    for line in 1..=200 {
        assert!(whole.contains(&format!("Écritoirenº{line}—")), "line {line}");
    }
    // 101 cents times 1 to 200.
    assert!(pages.last().unwrap().contains("20301.00EUR"), "{}", pages.last().unwrap());
    for (index, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("page{}of{}", index + 1, pages.len())), "{page}");
        assert!(page.contains("Quantity") || index + 1 == pages.len(), "each page with lines has the header");
    }
}
