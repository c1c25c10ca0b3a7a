//! `node` and `nodes`: anything by its id, for the caller who may see it.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object, Result};
use entity::id::{
    AddressId, BulkOperationId, CustomerId, ExportId, FulfillmentId, InvoiceId, NotificationId, OrderGroupId, OrderId,
    OrderItemId, OrderNoteId, PaymentId, ProductId, ReturnId, SavedViewId, ShippingMethodId, StoreId, VariantId,
    WebhookDeliveryId, WebhookEndpointId,
};

use super::{
    Here,
    bulk::{self, BulkOperation},
    catalogue::{Product, ProductVariant},
    customer::{Address, Customer},
    error, export,
    fulfillment::Fulfillment,
    invoice::Invoice,
    notification::Notification,
    order::{self, Order, OrderGroup, OrderItem, OrderNote},
    order_return::{self, Return},
    payment::Payment,
    saved_view::{self, SavedView},
    shipping::ShippingMethod,
    store::Store,
    webhook::{self, WebhookDelivery, WebhookEndpoint},
};
use crate::order::{item, note};

/// Anything with an id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id, of which the prefix tells the type."))]
pub enum Node {
    /// An order.
    Order(Order),
    /// Orders that were placed together.
    OrderGroup(OrderGroup),
    /// A line of an order.
    OrderItem(OrderItem),
    /// A note on an order.
    OrderNote(OrderNote),
    /// A payment.
    Payment(Payment),
    /// Goods of an order that come back.
    Return(Return),
    /// A part of an order that one store sends as one parcel.
    Fulfillment(Fulfillment),
    /// A customer.
    Customer(Customer),
    /// A saved address of a customer.
    Address(Address),
    /// A store.
    Store(Store),
    /// A product.
    Product(Product),
    /// A variant of a product.
    ProductVariant(ProductVariant),
    /// A way to ship.
    ShippingMethod(ShippingMethod),
    /// An invoice or a credit note.
    Invoice(Invoice),
    /// Something you are told.
    Notification(Notification),
    /// A view of a list that somebody keeps.
    SavedView(SavedView),
    /// An endpoint of outgoing webhooks.
    WebhookEndpoint(WebhookEndpoint),
    /// A delivery of an outgoing webhook.
    WebhookDelivery(WebhookDelivery),
    /// One thing done with many, in the background.
    BulkOperation(BulkOperation),
    /// A file of rows to take away.
    Export(export::Export),
}

/// Anything by its id.
#[derive(Default)]
pub struct NodeQuery;

/// Most ids of one call.
const MAX_IDS: usize = 100;

#[Object]
impl NodeQuery {
    /// Anything by its id; null when there is nothing that you may see.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The id.")] id: ID) -> Option<Result<Node>> {
        find(ctx, &id).await.transpose()
    }

    /// Several things by their ids, in that order; null for what does not exist or you may not see. At most 100.
    async fn nodes(&self, ctx: &Context<'_>, #[graphql(desc = "The ids.")] ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_IDS {
            return Err(error::bad_input("ids", format!("has at most {MAX_IDS} ids")));
        }
        futures_util::future::try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

pub(super) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let here = Here::of(ctx)?;
    let db = &here.app.db;
    let fault = |fault: Arc<crate::fault::Fault>| error::internal(ctx, &fault);
    let prefix = id.split_once('_').map_or("", |(prefix, _)| prefix);
    // What needs a caller is nothing to nobody: `node` never says that it exists.
    let personal = [
        OrderId::PREFIX,
        OrderGroupId::PREFIX,
        OrderItemId::PREFIX,
        OrderNoteId::PREFIX,
        PaymentId::PREFIX,
        FulfillmentId::PREFIX,
        ReturnId::PREFIX,
        InvoiceId::PREFIX,
        CustomerId::PREFIX,
        AddressId::PREFIX,
        NotificationId::PREFIX,
        SavedViewId::PREFIX,
        WebhookEndpointId::PREFIX,
        WebhookDeliveryId::PREFIX,
        BulkOperationId::PREFIX,
    ];
    if personal.contains(&prefix) && here.actor().standing().is_err() {
        return Ok(None);
    }
    Ok(match prefix {
        OrderId::PREFIX => order::query::find(ctx, id).await?.map(Node::Order),
        OrderGroupId::PREFIX => order::group::find(ctx, id).await?.map(Node::OrderGroup),
        OrderItemId::PREFIX => match id.parse() {
            Ok(id) => item::visible(db.reader(), here.actor(), id)
                .await
                .map_err(|unseen| error::unseen(ctx, unseen))?
                .map(|(row, currency)| Node::OrderItem(OrderItem::new(row, currency))),
            Err(_) => None,
        },
        OrderNoteId::PREFIX => match id.parse() {
            Ok(id) => note::visible(db.reader(), here.actor(), id)
                .await
                .map_err(|unseen| error::unseen(ctx, unseen))?
                .map(|row| Node::OrderNote(OrderNote::new(row))),
            Err(_) => None,
        },
        FulfillmentId::PREFIX => super::fulfillment::find(ctx, id).await?.map(Node::Fulfillment),
        PaymentId::PREFIX => super::payment::query::find(ctx, id).await?.map(Node::Payment),
        ReturnId::PREFIX => order_return::find(ctx, id).await?.map(Node::Return),
        CustomerId::PREFIX => super::customer::query::find(ctx, id).await?.map(Node::Customer),
        ProductId::PREFIX => super::catalogue::query::find(ctx, id).await?.map(Node::Product),
        VariantId::PREFIX => super::catalogue::query::find_variant(ctx, id).await?.map(Node::ProductVariant),
        StoreId::PREFIX => match id.parse() {
            Ok(id) => here.loaders.stores.load(db, id).await.map_err(fault)?.map(|row| Node::Store(Store::new(row))),
            Err(_) => None,
        },
        ShippingMethodId::PREFIX => super::shipping::query::find(ctx, id).await?.map(Node::ShippingMethod),
        WebhookEndpointId::PREFIX => webhook::query::find(ctx, id).await?.map(Node::WebhookEndpoint),
        WebhookDeliveryId::PREFIX => webhook::query::find_delivery(ctx, id).await?.map(Node::WebhookDelivery),
        BulkOperationId::PREFIX => bulk::find(ctx, id).await?.map(Node::BulkOperation),
        AddressId::PREFIX => super::customer::query::find_address(ctx, id).await?.map(Node::Address),
        InvoiceId::PREFIX => super::invoice::query::find(ctx, id).await?.map(Node::Invoice),
        NotificationId::PREFIX => super::notification::query::find(ctx, id).await?.map(Node::Notification),
        SavedViewId::PREFIX => saved_view::find(ctx, id).await?.map(Node::SavedView),
        // What only staff have does not exist for others here.
        ExportId::PREFIX if here.actor().sees_all() => export::query::find(ctx, id).await?.map(Node::Export),
        _ => None,
    })
}
