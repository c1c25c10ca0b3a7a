//! `paymentStatistics`.

use entity::{
    id::{OrderId, PaymentId},
    payment,
    stored::{PaymentGateway, PaymentStatus, PaymentType},
};
use ordergraph::clock::random_bytes;
use sea_orm::{ActiveValue::Set, EntityTrait as _};
use serde_json::{Value, json};

use super::orders::place;
use crate::support::{NOW, TestApp};

/// Writes a payment of an order.
pub async fn pay(
    app: &TestApp,
    order: &str,
    position: i32,
    status: PaymentStatus,
    kind: PaymentType,
    [amount, captured, refunded]: [i64; 3],
) {
    let order: OrderId = order.parse().unwrap();
    let row = payment::ActiveModel {
        id: Set(PaymentId::at(NOW, random_bytes())),
        order_id: Set(order),
        position: Set(position),
        status: Set(status),
        kind: Set(kind),
        gateway: Set(PaymentGateway::Manual),
        currency: Set("EUR".to_owned()),
        amount_minor: Set(amount),
        captured_minor: Set(captured),
        refunded_minor: Set(refunded),
        reference: Set(None),
        method: Set(String::new()),
        external_id: Set(None),
        created_at: Set(NOW),
        processed_at: Set(None),
        ..Default::default()
    };
    payment::Entity::insert(row).exec_without_returning(app.db().writer()).await.unwrap();
}

#[tokio::test]
async fn payments_are_counted_for_staff_and_their_buyer_only() {
    let app = TestApp::new().await;
    let store = app.store("pens").await;
    let pen = app.goods(store, "PEN", 1_000, 100).await;
    let (ada, _) = app.buyer("ada").await;
    let (bob, _) = app.buyer("bob").await;
    let first = place(&ada, &[(&pen, 1)], json!({})).await;
    let second = place(&bob, &[(&pen, 2)], json!({})).await;
    pay(&app, &first, 1, PaymentStatus::Failed, PaymentType::Credit, [1_000, 0, 0]).await;
    pay(&app, &first, 2, PaymentStatus::PartiallyRefunded, PaymentType::Credit, [1_000, 1_000, 250]).await;
    pay(&app, &second, 1, PaymentStatus::Paid, PaymentType::Cash, [2_000, 2_000, 0]).await;
    let query = "query($filter: PaymentFilter, $period: StatisticsPeriod) { paymentStatistics(filter: $filter, period: $period) {
        currency totalPayments totalAmount paidAmount refundedAmount netAmount successRate
        byStatus { status count amount } byType { type count amount } byGateway { gateway count amount } } }";
    let all = app.staff().await.ask(query, json!({})).await["paymentStatistics"].clone();
    let sums = json!({ "currency": "EUR", "totalPayments": 3, "totalAmount": "40.00", "paidAmount": "30.00",
        "refundedAmount": "2.50", "netAmount": "27.50", "successRate": 66.67 });
    for (name, value) in sums.as_object().unwrap() {
        assert_eq!(&all[name], value, "{name}");
    }
    let rows = |name: &str| all[name].as_array().unwrap().len();
    assert_eq!((rows("byStatus"), rows("byType"), rows("byGateway")), (7, 6, 4));
    assert_eq!(all["byType"][1], json!({ "type": "CREDIT", "count": 2, "amount": "20.00" }));
    let own = bob.ask(query, json!({ "period": "DAY" })).await["paymentStatistics"].clone();
    assert_eq!((&own["totalPayments"], &own["netAmount"], &own["successRate"]), (&json!(1), &json!("20.00"), &json!(100.0)));
    let none = app.seller(store).await.ask(query, json!({})).await["paymentStatistics"].clone();
    assert_eq!((&none["totalPayments"], &none["currency"], &none["netAmount"]), (&json!(0), &Value::Null, &json!("0.00")));
    let cash = app.admin().await.ask(query, json!({ "filter": { "type": ["CASH"] } })).await["paymentStatistics"].clone();
    assert_eq!(cash["totalAmount"], "20.00");
}
