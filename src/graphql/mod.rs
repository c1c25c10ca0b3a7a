//! The GraphQL edge: types, loaders, resolvers. No rule lives here; each resolver asks a command or a query of the domain.

pub mod audit;
pub mod auth;
pub mod bulk;
pub mod catalogue;
pub mod connection;
pub mod customer;
pub mod error;
pub mod event;
pub mod export;
pub mod fulfillment;
pub mod inventory;
pub mod invoice;
pub mod job;
pub mod limit;
pub mod live;
pub mod loader;
pub mod node;
pub mod notification;
pub mod nul;
pub mod order;
pub mod order_return;
pub mod payment;
pub mod row;
pub mod saved_view;
pub mod scalar;
pub mod shipping;
pub mod statistics;
pub mod store;
pub mod webhook;

use async_graphql::{Context, MergedObject, Request, Response, SDLExportOptions, SchemaBuilder, parser::types::OperationType};

use crate::{
    app::App,
    auth::{
        actor::Actor,
        policy::{Reach, Right, authorise},
    },
    config::ServeConfig,
    event::Origin,
    http::request_id::RequestId,
};

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    auth::AuthQuery,
    order::OrderQuery,
    order::OrderTabsQuery,
    payment::PaymentQuery,
    customer::CustomerQuery,
    store::StoreQuery,
    catalogue::CatalogueQuery,
    catalogue::ProductTabsQuery,
    shipping::ShippingQuery,
    statistics::StatisticsQuery,
    statistics::FiguresQuery,
    invoice::InvoiceQuery,
    audit::AuditQuery,
    notification::NotificationQuery,
    job::JobQuery,
    webhook::WebhookQuery,
    saved_view::SavedViewQuery,
    bulk::BulkQuery,
    export::ExportQuery,
);

/// Everything that can be changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    auth::AuthMutation,
    order::OrderMutation,
    order_return::ReturnMutation,
    payment::PaymentMutation,
    customer::CustomerMutation,
    store::StoreMutation,
    catalogue::CatalogueMutation,
    inventory::InventoryMutation,
    shipping::ShippingMutation,
    notification::NotificationMutation,
    job::JobMutation,
    webhook::WebhookMutation,
    export::ExportMutation,
    fulfillment::FulfillmentMutation,
    saved_view::SavedViewMutation,
    bulk::BulkMutation,
);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, live::Subscription>;

/// What requests of one operation share.
#[derive(Default)]
pub struct Loaders {
    /// Lines by order.
    pub items: loader::Lazy<order::loader::ItemsByOrderId>,
    /// Payments by order.
    pub payments: loader::Lazy<order::loader::PaymentsByOrderId>,
    /// Orders by id, whoever asks: for objects whose caller may see the order already.
    pub orders: loader::Lazy<order::loader::OrderById>,
    /// Groups by order.
    pub order_groups: loader::Lazy<order::loader::GroupByOrderId>,
    /// Returns by order.
    pub returns: loader::Lazy<order_return::loader::ReturnsByOrderId>,
    /// Events by order.
    pub events: loader::Lazy<order::loader::EventsByOrderId>,
    /// Notes by order.
    pub notes: loader::Lazy<order::loader::NotesByOrderId>,
    /// Refunds by payment.
    pub refunds: loader::Lazy<payment::loader::RefundsByPaymentId>,
    /// Saved methods of payment by customer.
    pub payment_methods: loader::Lazy<payment::loader::MethodsByCustomerId>,
    /// Customers by id.
    pub customers: loader::Lazy<customer::loader::CustomerById>,
    /// Addresses by customer.
    pub addresses: loader::Lazy<customer::loader::AddressesByCustomerId>,
    /// Order counts and sums by customer.
    pub customer_orders: loader::Lazy<customer::loader::OrderSumsByCustomerId>,
    /// Stores by id.
    pub stores: loader::Lazy<store::loader::StoreById>,
    /// Members by store.
    pub store_members: loader::Lazy<store::loader::MembersByStoreId>,
    /// Products by id.
    pub products: loader::Lazy<catalogue::loader::ProductById>,
    /// Variants by id.
    pub variants: loader::Lazy<catalogue::loader::VariantById>,
    /// Variants by product.
    pub product_variants: loader::Lazy<catalogue::loader::VariantsByProductId>,
    /// Ways of shipping by id.
    pub shipping_methods: loader::Lazy<shipping::loader::ShippingMethodById>,
    /// Billing documents by order.
    pub invoices: loader::Lazy<invoice::loader::InvoicesByOrderId>,
    /// Billing documents by id, whoever asks: for objects whose caller may see the document already.
    pub invoices_by_id: loader::Lazy<invoice::loader::InvoiceById>,
    /// Fulfillments by order and version of the order.
    pub fulfillments: loader::Lazy<fulfillment::loader::FulfillmentsByOrder>,
    /// Lines by fulfillment.
    pub fulfillment_lines: loader::Lazy<fulfillment::loader::LinesByFulfillmentId>,
    /// The latest label by fulfillment.
    pub labels: loader::Lazy<fulfillment::loader::LabelByFulfillmentId>,
    /// Tracking events by order and version of the order.
    pub tracking_events: loader::Lazy<fulfillment::loader::TrackingEventsByOrder>,
    /// Holds by order and version of the order.
    pub holds: loader::Lazy<order::hold::HoldsByOrder>,
    /// Users by id.
    pub users: loader::Lazy<auth::loader::UserById>,
    /// Attempts by delivery of a webhook.
    pub webhook_attempts: loader::Lazy<webhook::loader::AttemptsByDeliveryId>,
    /// The snapshot that figures are read in.
    pub figures: crate::statistics::rollup::reading::Shared,
}

/// The running API. Cloning shares it.
#[derive(Clone)]
pub struct Api {
    /// The service.
    pub app: App,
    /// The schema.
    pub schema: Schema,
}

impl Api {
    /// The API of a service.
    pub fn new(app: App) -> Self {
        let schema = build(&app.config).data(app.clone()).finish();
        Self { app, schema }
    }

    /// Runs an operation for a caller, with loaders of its own: every transport comes through here.
    pub(crate) async fn execute(&self, request: Request, actor: Actor, request_id: RequestId) -> Response {
        if let Some(refused) = nul::refused(&request.query, &request.variables) {
            return refused;
        }
        let origin = Origin { actor, request_id: Some(request_id.0) };
        let mut request = request;
        let writes = request
            .parsed_query()
            .is_ok_and(|document| document.operations.iter().any(|(_, operation)| operation.node.ty == OperationType::Mutation));
        let response = self.schema.execute(request.data(origin).data(Loaders::default())).await;
        if writes {
            self.app.changed().await;
        }
        response
    }
}

fn build(config: &ServeConfig) -> SchemaBuilder<Query, Mutation, live::Subscription> {
    let builder = Schema::build(Query::default(), Mutation::default(), live::Subscription);
    match config.introspection {
        true => builder,
        // Suggestions would rebuild the schema from typing errors.
        false => builder.disable_introspection().disable_suggestions(),
    }
}

/// The schema as text, the same for the same schema: `schema.graphql`.
pub fn sdl() -> String {
    let schema = build(&ServeConfig::default()).finish();
    schema.sdl_with_options(SDLExportOptions::new().sorted_fields().sorted_arguments())
}

/// The service, the caller and the loaders of a request.
pub struct Here<'a> {
    /// The service.
    pub app: &'a App,
    /// Who began the request.
    pub origin: &'a Origin,
    /// The request's loaders.
    pub loaders: &'a Loaders,
}

impl<'a> Here<'a> {
    /// Of a request.
    ///
    /// # Errors
    /// When the request did not come through [`Api::execute`].
    pub fn of(ctx: &Context<'a>) -> async_graphql::Result<Self> {
        Ok(Self { app: ctx.data::<App>()?, origin: ctx.data::<Origin>()?, loaders: ctx.data::<Loaders>()? })
    }

    /// Asks the table of rights before the input is looked at: what is wrong with it is not told to a caller without the
    /// right.
    ///
    /// # Errors
    /// For a caller without the right.
    pub fn authorise(&self, right: Right) -> async_graphql::Result<Reach> {
        authorise(self.actor(), right, &self.app.config.orders).map_err(error::denied)
    }

    /// The caller.
    pub fn actor(&self) -> &'a Actor {
        &self.origin.actor
    }
}
