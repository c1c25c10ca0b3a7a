//! Which orders a list holds: every condition of `OrderFilter`.

use entity::{
    id::CustomerId,
    stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType, PaymentGateway, PaymentType},
};
use serde_json::json;

use crate::support::{Client, Goods, NOW, TestApp};

/// Four orders that differ in everything, A to D, newest first.
struct Shop {
    app: TestApp,
    staff: Client,
    pouch: Goods,
    mug: Goods,
    ada: CustomerId,
}

async fn shop() -> Shop {
    let app = TestApp::new().await;
    let (left, right) = (app.store("left").await, app.store("right").await);
    let (pouch, mug) = (app.goods(left, "POUCH", 1000, 100).await, app.goods(right, "MUG", 2000, 100).await);
    let (_, ada) = app.buyer("ada").await;
    let bob = app.customer("Bob", None, None).await;
    let day = |days: i64| NOW.plus_seconds(-days * 86_400);
    let parcel = app.shipping_method(499).await;
    let paid = app
        .order_row("A", ada, &[(&pouch, 1, 1000)], |order| {
            order.status = OrderStatus::Delivered;
            order.fulfillment_status = FulfillmentStatus::Delivered;
            order.shipping_method_id = Some(parcel);
            order.payment_type = Some(PaymentType::Cash);
            order.tracking_number = Some("TRACK%_1".into());
            order.updated_at = day(0);
        })
        .await;
    app.paid(paid, PaymentGateway::Manual, 1_000).await;
    app.order_row("B", ada, &[(&mug, 1, 2000)], |order| {
        order.kind = OrderType::Express;
        order.payment_type = Some(PaymentType::Credit);
        order.placed_at = day(1);
        order.customer_name = "ÅSA Ölund".into();
        order.updated_at = day(2);
    })
    .await;
    app.order_row("C", bob, &[(&pouch, 1, 1000), (&mug, 1, 2000)], |order| {
        order.status = OrderStatus::Cancelled;
        order.external_id = Some("ext-7".into());
        order.customer_name = "Bob".into();
        order.customer_email = None;
        order.placed_at = day(2);
        order.updated_at = day(1);
    })
    .await;
    app.order_row("D", bob, &[], |order| {
        order.currency = "JPY".into();
        order.total_minor = 30;
        order.payment_status = OrderPaymentStatus::Failed;
        order.customer_name = "Bob".into();
        order.customer_email = None;
        order.placed_at = day(3);
        order.updated_at = day(3);
    })
    .await;
    let staff = app.staff().await;
    Shop { app, staff, pouch, mug, ada }
}

/// The numbers of the orders for which a filter holds, as one text.
async fn matching(client: &Client, filter: &str) -> String {
    client.numbers(&format!("filter: {{ {filter} }}")).await.concat()
}

#[tokio::test]
async fn each_condition_holds_for_the_orders_it_is_about() {
    let Shop { app, staff, pouch, mug, ada } = shop().await;
    let method = staff.ask("{ orders(filter: { number: \"A\" }) { nodes { id shippingMethod { id } } } }", json!({})).await;
    let (id, method) = (&method["orders"]["nodes"][0]["id"], &method["orders"]["nodes"][0]["shippingMethod"]["id"]);
    let table = [
        (String::new(), "ABCD"),
        ("status: { in: [DELIVERED, CANCELLED] }".into(), "AC"),
        ("status: { notIn: [DELIVERED] }".into(), "BCD"),
        ("status: { in: [DELIVERED, CANCELLED], notIn: [CANCELLED] }".into(), "A"),
        ("status: { in: [] }".into(), ""),
        ("status: { notIn: [] }".into(), "ABCD"),
        ("status: {}".into(), "ABCD"),
        ("paymentStatus: { in: [PAID] }".into(), "A"),
        ("paymentStatus: { notIn: [PAID, FAILED] }".into(), "BC"),
        ("fulfillmentStatus: { in: [DELIVERED] }".into(), "A"),
        // A was paid by transfer though cash was meant; C and D say nothing.
        ("paymentType: { in: [TRANSFER] }".into(), "A"),
        ("paymentType: { in: [CREDIT] }".into(), "B"),
        ("paymentType: { notIn: [TRANSFER] }".into(), "BCD"),
        ("paymentType: { notIn: [CREDIT] }".into(), "ACD"),
        ("type: { in: [EXPRESS] }".into(), "B"),
        (format!("ids: [{id}, \"x\"]"), "A"),
        ("ids: []".into(), ""),
        (format!("shippingMethod: {method}"), "A"),
        (format!("store: \"{}\"", pouch.store), "AC"),
        (format!("product: \"{}\"", mug.product), "BC"),
        (format!("customer: \"{ada}\""), "AB"),
        (format!("customer: \"{}\"", pouch.product), ""),
        (format!("not: {{ customer: \"{}\" }}", pouch.product), "ABCD"),
        ("number: \" B \"".into(), "B"),
        ("number: \"b\"".into(), ""),
        ("externalId: \"ext-7\"".into(), "C"),
        ("currency: \"JPY\"".into(), "D"),
        ("placedAt: { gte: \"2026-01-13T12:00:00Z\", lt: \"2026-01-15T12:00:00Z\" }".into(), "BC"),
        ("placedAt: { gt: \"2026-01-13T13:00:00+01:00\" }".into(), "AB"),
        ("updatedAt: { lte: \"2026-01-13T12:00:00Z\" }".into(), "BD"),
        ("total: { gte: \"20\" }".into(), "BCD"),
        ("total: { gt: \"20\" }".into(), "CD"),
        ("total: { gt: \"19.999\", lt: \"30.001\" }".into(), "BCD"),
        ("total: { lte: \"10.005\" }".into(), "A"),
        ("total: { gte: \"30\" }, currency: \"JPY\"".into(), "D"),
        ("total: { gte: \"-99999999999999999999\", lte: \"99999999999999999999\" }".into(), "ABCD"),
    ];
    for (filter, expected) in table {
        assert_eq!(matching(&staff, &filter).await, expected, "{filter}");
    }
    assert_eq!(app.rows("orders").await, 4);
}

#[tokio::test]
async fn conditions_are_combined() {
    let Shop { app: _app, staff, .. } = shop().await;
    let table = [
        ("and: [{ status: { in: [PENDING] } }, { currency: \"EUR\" }]", "B"),
        ("and: []", "ABCD"),
        ("or: [{ number: \"A\" }, { number: \"D\" }]", "AD"),
        ("or: []", ""),
        ("or: [{}]", "ABCD"),
        ("or: [{ number: \"none\" }, {}]", "ABCD"),
        ("not: {}", ""),
        ("not: { status: {} }", ""),
        ("not: { not: {} }", "ABCD"),
        ("not: { or: [] }", "ABCD"),
        ("not: { number: \"A\" }", "BCD"),
        // Columns that are empty: what is not known to hold does not hold, so its opposite does.
        ("not: { externalId: \"ext-7\" }", "ABD"),
        ("not: { paymentType: { in: [CREDIT] } }", "ACD"),
        ("not: { search: \"@buyer\" }", "CD"),
        ("not: { not: { externalId: \"ext-7\" } }", "C"),
        ("status: { in: [PENDING] }, or: [{ number: \"A\" }, { number: \"D\" }]", "D"),
        ("or: [{ and: [{ number: \"A\" }, { number: \"B\" }] }, { not: { currency: \"EUR\" } }]", "D"),
    ];
    for (filter, expected) in table {
        assert_eq!(matching(&staff, filter).await, expected, "{filter}");
    }
    for filter in ["not: { not: { not: { not: { not: {} } } } }".to_owned(), format!("or: [{}]", "{},".repeat(60))] {
        let answer = staff.send(&format!("{{ orders(filter: {{ {filter} }}) {{ totalCount }} }}"), json!({})).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{filter}");
    }
}

#[tokio::test]
async fn the_search_takes_text_as_it_is_without_regard_to_case() {
    let Shop { app, staff, .. } = shop().await;
    let paid = "UPDATE orders SET search_text = search_text || '\nref-1000' WHERE number = 'A'";
    app.sql(paid).await;
    let table = [
        ("ADA@BUYER", "AB"),
        ("åsa öl", "B"),
        ("ÖLUND", "B"),
        ("  bob ", "CD"),
        ("track%_", "A"),
        ("k%_1", "A"),
        ("%_1", "A"),
        ("k%1", ""),
        // One letter or two are found where a line begins: of number, name, e-mail, tracking number, reference.
        ("%", ""),
        ("_", ""),
        ("r", "A"),
        ("tr", "A"),
        ("ef", ""),
        ("å", "B"),
        ("REF-1000", "A"),
        ("\\\\", ""),
        ("'; --", ""),
        ("", "ABCD"),
        ("   ", "ABCD"),
        ("nobody", ""),
        ("DA@buyer.tes", "AB"),
        ("da@buyer_test", ""),
        ("nobody@buyer.test", ""),
    ];
    for (text, expected) in table {
        assert_eq!(matching(&staff, &format!("search: \"{text}\"")).await, expected, "{text}");
    }
    let long = "x".repeat(201);
    let answer = staff.send(&format!("{{ orders(filter: {{ search: \"{long}\" }}) {{ totalCount }} }}"), json!({})).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_seller_finds_out_nothing_by_filtering() {
    let Shop { app, pouch, mug, ada, .. } = shop().await;
    let seller = app.seller(pouch.store).await;
    assert_eq!(matching(&seller, "").await, "AC");
    // What these tell of is not the seller's to know, so they hold for none of these orders.
    for filter in [
        "total: { gte: \"0\" }".to_owned(),
        "paymentStatus: { in: [PAID] }".into(),
        "paymentStatus: { notIn: [FAILED] }".into(),
        "paymentType: { in: [TRANSFER] }".into(),
        "search: \"ada@buyer\"".into(),
        "search: \"bob\"".into(),
        format!("customer: \"{ada}\""),
        format!("store: \"{}\"", mug.store),
        format!("product: \"{}\"", mug.product),
    ] {
        assert_eq!(matching(&seller, &filter).await, "", "{filter}");
        assert_eq!(matching(&seller, &format!("not: {{ {filter} }}")).await, "AC", "not {filter}");
    }
    assert_eq!(matching(&seller, &format!("store: \"{}\"", pouch.store)).await, "AC");
    assert_eq!(matching(&seller, "status: { in: [CANCELLED] }").await, "C");
    // Sorting by the total tells nothing either: both directions give one order.
    let by_total =
        |direction: &str| format!("sort: [{{ field: TOTAL, direction: {direction} }}, {{ field: NUMBER, direction: ASC }}]");
    assert_eq!(seller.numbers(&by_total("ASC")).await, ["A", "C"]);
    assert_eq!(seller.numbers(&by_total("DESC")).await, ["A", "C"]);
    let own = seller.places(&mug, 1).await;
    let seen = seller.ask("{ orders(filter: { total: { gte: \"20\" } }) { nodes { id } } }", json!({})).await;
    assert_eq!(seen["orders"]["nodes"], json!([{ "id": own }]));
}

#[tokio::test]
async fn a_buyer_filters_own_orders_by_everything() {
    let Shop { app, .. } = shop().await;
    let (buyer, customer) = app.buyer("eve").await;
    let pouch = app.goods(app.store("third").await, "BAG", 500, 10).await;
    app.order_row("E", customer, &[(&pouch, 1, 500)], |_| {}).await;
    for filter in ["", "total: { lte: \"5\" }", "search: \"e\"", "paymentStatus: { in: [UNPAID] }"] {
        assert_eq!(matching(&buyer, filter).await, "E", "{filter}");
    }
    assert_eq!(matching(&buyer, "number: \"A\"").await, "");
}
