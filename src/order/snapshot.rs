//! An order as a document.

use entity::{order, order_item, payment};

/// All of an order as a document, for the event of its deletion.
pub fn of(order: &order::Model, lines: &[order_item::Model], payments: &[payment::Model]) -> serde_json::Value {
    let items: Vec<serde_json::Value> = lines
        .iter()
        .map(|line| {
            serde_json::json!({
                "id": line.id,
                "store": line.store_id,
                "product": line.product_id,
                "variant": line.variant_id,
                "name": line.name,
                "sku": line.sku,
                "quantity": line.quantity,
                "unitPriceMinor": line.unit_price_minor,
                "totalMinor": line.total_minor,
            })
        })
        .collect();
    let payments: Vec<serde_json::Value> = payments
        .iter()
        .map(|payment| {
            serde_json::json!({
                "id": payment.id,
                "status": payment.status,
                "type": payment.kind,
                "gateway": payment.gateway,
                "amountMinor": payment.amount_minor,
                "capturedMinor": payment.captured_minor,
                "refundedMinor": payment.refunded_minor,
                "reference": payment.reference,
                "method": payment.method,
                "createdAt": payment.created_at.datetime(),
            })
        })
        .collect();
    serde_json::json!({
        "id": order.id,
        "number": order.number,
        "status": order.status,
        "paymentStatus": order.payment_status,
        "fulfillmentStatus": order.fulfillment_status,
        "type": order.kind,
        "paymentType": order.payment_type,
        "currency": order.currency,
        "customer": order.customer_id,
        "customerName": order.customer_name,
        "customerEmail": order.customer_email,
        "subtotalMinor": order.subtotal_minor,
        "shippingMinor": order.shipping_minor,
        "taxMinor": order.tax_minor,
        "discountMinor": order.discount_minor,
        "totalMinor": order.total_minor,
        "paidMinor": order.paid_minor,
        "refundedMinor": order.refunded_minor,
        "shippingAddress": order.shipping_address,
        "billingAddress": order.billing_address,
        "shippingMethod": order.shipping_method_id,
        "trackingNumber": order.tracking_number,
        "estimatedDelivery": order.estimated_delivery,
        "shipBy": order.ship_by.map(entity::time::Timestamp::datetime),
        "note": order.note,
        "externalId": order.external_id,
        "placedAt": order.placed_at.datetime(),
        "createdAt": order.created_at.datetime(),
        "updatedAt": order.updated_at.datetime(),
        "version": order.version,
        "items": items,
        "payments": payments,
    })
}
