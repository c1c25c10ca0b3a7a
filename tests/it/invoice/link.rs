//! Signed links.

use axum::http::StatusCode;
use serde_json::json;

use super::open;
use crate::{statistics::orders::place, support::TestApp};

/// A shop with two invoices of two buyers, and the links to them.
async fn shop(public_url: Option<&str>) -> (TestApp, Vec<(String, String)>) {
    let app = TestApp::with(|config| config.links.public_url = public_url.map(str::to_owned)).await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 1_000).await;
    let ((ada, _), (bob, _)) = (app.buyer("ada").await, app.buyer("bob").await);
    let staff = app.staff().await;
    let mut links = Vec::new();
    for buyer in [&ada, &bob] {
        let order = place(buyer, &[(&pen, 1)], json!({})).await;
        staff.moves(&order, &["orderConfirm"]).await;
        app.work().await;
        let seen = buyer.order(&order, "invoices { htmlUrl pdfUrl linksExpireAt }").await;
        assert_eq!(seen["invoices"][0]["linksExpireAt"], "2026-01-15T12:15:00Z");
        let link = |name: &str| seen["invoices"][0][name].as_str().unwrap().to_owned();
        links.push((link("htmlUrl"), link("pdfUrl")));
    }
    (app, links)
}

#[tokio::test]
async fn a_link_opens_the_document_for_a_browser_and_nobody_keeps_it() {
    let (app, links) = shop(None).await;
    let page = open(&app, &links[0].0).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(page.text().contains("PENS-INV-2026-000001"));
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    let file = open(&app, &links[0].1).await;
    assert_eq!((file.status, file.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert!(file.body.starts_with(b"%PDF-"));
    assert_eq!(file.header("content-disposition"), "inline; filename=\"PENS-INV-2026-000001.pdf\"");
    for found in [&page, &file] {
        assert_eq!(found.header("x-content-type-options"), "nosniff");
        assert!(found.header("cache-control").starts_with("private"));
    }
}

#[tokio::test]
async fn a_link_that_was_tampered_with_is_refused() {
    let (app, links) = shop(None).await;
    let (html, pdf) = &links[0];
    let (path, seal) = html.split_once('?').unwrap();
    let (_, other_seal) = links[1].0.split_once('?').unwrap();
    let (expires, signature) = seal.split_once("&signature=").unwrap();
    let until: i64 = expires.strip_prefix("expires=").unwrap().parse().unwrap();
    let mut flipped = signature.to_owned();
    let first = if flipped.starts_with('A') { "B" } else { "A" };
    flipped.replace_range(0..1, first);
    let bad = [
        format!("{path}?{expires}&signature={flipped}"),
        format!("{path}?expires={}&signature={signature}", until + 1),
        format!("{path}?expires=+{until}&signature={signature}"),
        format!("{path}?{expires}"),
        format!("{path}?{expires}&signature="),
        format!("{path}?{expires}&signature=%00%ff"),
        format!("{path}?{}", &seal[..seal.len() - 2]),
        path.to_owned(),
        // The seal of somebody else's document, and of the other form of the same one.
        format!("{path}?{other_seal}"),
        format!("{path}?{}", pdf.split_once('?').unwrap().1),
    ];
    for link in bad {
        let found = open(&app, &link).await;
        assert_eq!(found.status, StatusCode::FORBIDDEN, "{link}");
        assert_eq!(found.header("content-type"), "text/plain; charset=utf-8");
        assert!(found.text().lines().count() == 1 && !found.text().contains("PENS"));
    }
    for path in [
        "/invoices/x",
        "/invoices/x.html",
        "/invoices/invoice_01h455vb4pex5vsknk084sn02q",
        "/invoices/order_01h455vb4pex5vsknk084sn02q.pdf",
    ] {
        assert_eq!(open(&app, &format!("{path}?{seal}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_link_ends_after_fifteen_minutes() {
    let (app, links) = shop(None).await;
    app.clock.advance_seconds(15 * 60 - 1);
    assert_eq!(open(&app, &links[0].0).await.status, StatusCode::OK);
    app.clock.advance_seconds(1);
    let found = open(&app, &links[0].0).await;
    assert_eq!(found.status, StatusCode::FORBIDDEN);
    assert!(found.text().contains("over"));
}

#[tokio::test]
async fn a_link_to_what_is_gone_finds_nothing() {
    let (app, links) = shop(None).await;
    app.sql("DELETE FROM invoices").await;
    let found = open(&app, &links[0].1).await;
    assert_eq!((found.status, found.header("content-type")), (StatusCode::NOT_FOUND, "text/plain; charset=utf-8"));
}

#[tokio::test]
async fn links_begin_with_the_public_address() {
    let (app, links) = shop(Some("https://shop.test/api/")).await;
    let path = links[0].0.strip_prefix("https://shop.test/api/invoices/").unwrap();
    assert_eq!(open(&app, &format!("/invoices/{path}")).await.status, StatusCode::OK);
}
