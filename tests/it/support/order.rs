//! Orders for tests: placed through the API, or written as rows when a test needs many or unusual ones; and the whole state
//! of a shop as text, to say that nothing changed.

use std::fmt::Write as _;

use entity::{
    event,
    id::{CustomerId, OrderId, OrderItemId, PaymentId},
    order, order_item, payment,
    stored::{
        CaptureMode, FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType, PaymentGateway, PaymentStatus, PaymentType,
    },
};
use ordergraph::{clock::random_bytes, db::statement, search::folded};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};
use serde_json::{Value, json};

use super::{Client, Goods, NOW, TestApp, refusals};

/// The selection of a payload that changes an order.
pub const CHANGED: &str = "replayed order { id number status version paymentStatus fulfillmentStatus trackingNumber note
    totals { paid refunded balance } }
    userErrors { code field message allowedStatuses changedFields currentVersion }";

impl Client {
    /// Places an order of one kind of goods; its id.
    pub async fn places(&self, goods: &Goods, quantity: i64) -> String {
        let input = json!({ "items": [{ "variant": goods.variant.to_string(), "quantity": quantity }] });
        let payload = self.mutate("orderCreate", input, "order { id } userErrors { code field message }").await;
        assert_eq!(refusals(&payload), Vec::<String>::new());
        payload["order"]["id"].as_str().unwrap().to_owned()
    }

    /// Runs a mutation that changes an order; its payload.
    pub async fn change(&self, mutation: &str, input: Value) -> Value {
        self.mutate(mutation, input, CHANGED).await
    }

    /// Brings an order to a status by plain steps that must succeed.
    pub async fn moves(&self, order: &str, mutations: &[&str]) {
        for mutation in mutations {
            let payload = self.change(mutation, json!({ "order": order })).await;
            assert_eq!(refusals(&payload), Vec::<String>::new(), "{mutation}");
        }
    }

    /// An order as its caller sees it.
    pub async fn order(&self, id: &str, selection: &str) -> Value {
        let query = format!("query($id: ID!) {{ order(id: $id) {{ {selection} }} }}");
        self.ask(&query, json!({ "id": id })).await["order"].clone()
    }

    /// The numbers of the orders of a list, in its order. `arguments` are those of `orders`, as in a document.
    pub async fn numbers(&self, arguments: &str) -> Vec<String> {
        let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
        let data = self.ask(&format!("{{ orders{arguments} {{ nodes {{ number }} }} }}"), json!({})).await;
        let nodes = data["orders"]["nodes"].as_array().unwrap();
        nodes.iter().map(|node| node["number"].as_str().unwrap().to_owned()).collect()
    }
}

impl TestApp {
    /// Writes an order of EUR with these lines: what of which goods at which price in cents. `change` may alter its row.
    pub async fn order_row(
        &self,
        number: &str,
        customer: CustomerId,
        lines: &[(&Goods, i32, i64)],
        change: impl FnOnce(&mut order::Model),
    ) -> OrderId {
        let total = lines.iter().map(|(_, quantity, price)| i64::from(*quantity) * price).sum();
        let mut row = order::Model {
            id: OrderId::at(NOW, random_bytes()),
            number: number.to_owned(),
            status: OrderStatus::Pending,
            payment_status: OrderPaymentStatus::Unpaid,
            fulfillment_status: FulfillmentStatus::Unfulfilled,
            kind: OrderType::Standard,
            payment_type: None,
            currency: "EUR".to_owned(),
            customer_id: Some(customer),
            customer_name: "Ada".to_owned(),
            customer_email: Some("ada@buyer.test".to_owned()),
            subtotal_minor: total,
            shipping_minor: 0,
            tax_minor: 0,
            discount_minor: 0,
            total_minor: total,
            paid_minor: 0,
            refunded_minor: 0,
            shipping_address: None,
            billing_address: None,
            shipping_method_id: None,
            tracking_number: None,
            note: None,
            estimated_delivery: None,
            ship_by: None,
            overdue_at: None,
            held_at: None,
            external_id: None,
            search_text: String::new(),
            event_seq: 0,
            version: 1,
            placed_at: NOW,
            created_at: NOW,
            updated_at: NOW,
        };
        change(&mut row);
        if row.total_minor != total {
            row.subtotal_minor = row.total_minor;
        }
        if row.search_text.is_empty() {
            let known = [&row.tracking_number, &row.customer_email, &row.external_id].into_iter().filter_map(Option::as_deref);
            let lines: Vec<&str> = [row.number.as_str(), row.customer_name.as_str()].into_iter().chain(known).collect();
            row.search_text = folded(&lines.join("\n"));
        }
        let (conn, id) = (self.db().writer(), row.id);
        order::Entity::insert(row.into_active_model()).exec_without_returning(conn).await.unwrap();
        for (position, (goods, quantity, price)) in (0..).zip(lines) {
            let line = order_item::Model {
                id: OrderItemId::at(NOW, random_bytes()),
                order_id: id,
                position,
                store_id: goods.store,
                product_id: Some(goods.product),
                variant_id: Some(goods.variant),
                name: format!("Product {}", goods.sku),
                sku: Some(goods.sku.clone()),
                image_url: None,
                quantity: *quantity,
                unit_price_minor: *price,
                total_minor: i64::from(*quantity) * price,
                stock_taken: 0,
            };
            order_item::Entity::insert(line.into_active_model()).exec_without_returning(conn).await.unwrap();
        }
        id
    }

    /// Writes that an order was paid, as an import does.
    pub async fn paid(&self, order: OrderId, gateway: PaymentGateway, minor: i64) -> PaymentId {
        let conn = self.db().writer();
        let mut row = order::Entity::find_by_id(order).one(conn).await.unwrap().unwrap();
        let id = PaymentId::at(NOW, random_bytes());
        let payment = payment::Model {
            id,
            order_id: order,
            position: i32::try_from(self.rows("payments").await).unwrap(),
            status: PaymentStatus::Paid,
            kind: PaymentType::Transfer,
            gateway,
            currency: row.currency.clone(),
            amount_minor: minor,
            authorized_minor: 0,
            captured_minor: minor,
            refunded_minor: 0,
            reference: Some(format!("REF-{minor}")),
            capture_mode: CaptureMode::Automatic,
            card_brand: None,
            last4: None,
            failure_code: None,
            failure_message: None,
            client_secret: None,
            redirect_url: None,
            note: None,
            method: "Bank transfer".to_owned(),
            external_id: None,
            created_at: NOW,
            processed_at: Some(NOW),
            looked_at: None,
            updated_at: NOW,
        };
        payment::Entity::insert(payment.into_active_model()).exec_without_returning(conn).await.unwrap();
        row.paid_minor += minor;
        row.search_text.push_str(&format!("\nref-{minor}"));
        row.payment_status =
            if row.paid_minor < row.total_minor { OrderPaymentStatus::PartiallyPaid } else { OrderPaymentStatus::Paid };
        row.into_active_model().reset_all().update(conn).await.unwrap();
        id
    }

    /// Runs a statement that changes rows behind the API's back.
    pub async fn sql(&self, sql: &str) {
        self.db().writer().execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// An id as it stands in such a statement.
    pub fn literal(&self, id: uuid::Uuid) -> String {
        match self.db().backend() {
            sea_orm::DbBackend::Postgres => format!("'{id}'"),
            _ => format!("x'{}'", id.simple()),
        }
    }

    /// The counters of goods: available, sold, written off, received.
    pub async fn stock(&self, goods: &Goods) -> (i64, i64, i64, i64) {
        let row = entity::product_variant::Entity::find_by_id(goods.variant).one(self.db().reader()).await.unwrap().unwrap();
        (row.available, row.sold, row.written_off, row.received)
    }

    /// The events of an order, which stay when it is gone.
    pub async fn events(&self, order: OrderId) -> Vec<event::Model> {
        let events = event::Entity::find().filter(event::Column::OrderId.eq(order)).order_by_asc(event::Column::Seq);
        events.all(self.db().reader()).await.unwrap()
    }

    /// Everything that orders change, as text.
    pub async fn state(&self) -> String {
        const TABLES: &[(&str, &str)] = &[
            (
                "orders",
                "number || status || version || payment_status || fulfillment_status || paid_minor || refunded_minor \
                || COALESCE(note, '') || COALESCE(tracking_number, '') || search_text || updated_at",
            ),
            ("fulfillments", "position || status || COALESCE(tracking_number, '') || updated_at"),
            ("fulfillment_lines", "quantity || ''"),
            ("tracking_events", "status || COALESCE(location, '')"),
            ("order_holds", "reason || COALESCE(released_at, 0)"),
            ("order_items", "name || quantity || unit_price_minor || stock_taken"),
            ("order_group_members", "position || ''"),
            ("order_groups", "currency || created_at"),
            ("order_notes", "text || is_public || position"),
            ("payments", "status || captured_minor || refunded_minor"),
            ("refunds", "amount_minor || ''"),
            ("events", "kind || seq || version || COALESCE(changes, '')"),
            ("product_variants", "sku || available || ' ' || sold || ' ' || written_off || ' ' || received"),
            ("customers", "name || status"),
            ("idempotency_keys", "scope || key || answer"),
        ];
        let conn = self.db().reader();
        let mut state = String::new();
        for (table, columns) in TABLES {
            let sql = format!("SELECT {columns} AS line FROM {table} ORDER BY line");
            for row in conn.query_all_raw(statement(conn, sql, [])).await.unwrap() {
                writeln!(state, "{table}: {}", row.try_get_by_index::<String>(0).unwrap()).unwrap();
            }
        }
        state
    }
}
