//! Fulfillments, their lines, tracking events, holds, and the day an order must be shipped by.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Columns of tables that are there already: table, column, type.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("orders", "ship_by", "BIGINT"),
    ("orders", "overdue_at", "BIGINT"),
    ("orders", "held_at", "BIGINT"),
    ("shipping_methods", "handling_days", "INTEGER"),
];

/// Name, table, columns, unique.
const INDEXES: &[(&str, &str, &[&str], bool)] = &[
    ("fulfillments_order", "fulfillments", &["order_id", "position"], true),
    ("fulfillments_store", "fulfillments", &["store_id"], false),
    ("fulfillments_tracking", "fulfillments", &["tracking_number"], false),
    ("fulfillments_reference", "fulfillments", &["provider_reference"], false),
    ("fulfillment_lines_item", "fulfillment_lines", &["order_item_id"], false),
    ("tracking_events_order", "tracking_events", &["order_id", "occurred_at", "id"], false),
    ("tracking_events_fulfillment", "tracking_events", &["fulfillment_id"], false),
    ("tracking_events_external", "tracking_events", &["order_id", "source", "external_id"], true),
    ("order_holds_order", "order_holds", &["order_id", "created_at"], false),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for (table, column, kind) in COLUMNS {
            conn.execute_unprepared(&format!("ALTER TABLE {table} ADD COLUMN {column} {kind}")).await?;
        }
        // What is due, and what is held: few orders of many.
        conn.execute_unprepared("CREATE INDEX orders_ship_by ON orders (ship_by, id) WHERE ship_by IS NOT NULL").await?;
        conn.execute_unprepared("CREATE INDEX orders_held ON orders (held_at) WHERE held_at IS NOT NULL").await?;
        for table in [fulfillments(), fulfillment_lines(), tracking_events(), order_holds()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns, unique) in INDEXES {
            let mut index = Index::create();
            index.name(*name).table(*table);
            for column in *columns {
                index.col(*column);
            }
            if *unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["order_holds", "tracking_events", "fulfillment_lines", "fulfillments"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let conn = manager.get_connection();
        for index in ["orders_held", "orders_ship_by"] {
            conn.execute_unprepared(&format!("DROP INDEX {index}")).await?;
        }
        for (table, column, _) in COLUMNS.iter().rev() {
            conn.execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN {column}")).await?;
        }
        Ok(())
    }
}

/// A short text with a known set of values.
fn word(name: &'static str) -> ColumnDef {
    string_len(name, 24)
}

fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(to, "id").on_delete(on_delete).to_owned()
}

fn fulfillments() -> TableCreateStatement {
    Table::create()
        .table("fulfillments")
        .col(pk_uuid("id"))
        .col(uuid("order_id"))
        .col(uuid("store_id"))
        .col(integer("position"))
        .col(word("status"))
        .col(text_null("carrier"))
        .col(text_null("tracking_number"))
        .col(text_null("tracking_url"))
        .col(text_null("label_url"))
        .col(word("provider"))
        .col(text_null("provider_reference"))
        .col(string_len_null("estimated_delivery", 10))
        .col(big_integer_null("shipped_at"))
        .col(big_integer_null("delivered_at"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("fulfillments", "order_id", "orders", ForeignKeyAction::Cascade))
        .foreign_key(&mut reference("fulfillments", "store_id", "stores", ForeignKeyAction::Restrict))
        .to_owned()
}

fn fulfillment_lines() -> TableCreateStatement {
    Table::create()
        .table("fulfillment_lines")
        .col(uuid("fulfillment_id"))
        .col(uuid("order_item_id"))
        .col(integer("quantity"))
        .primary_key(Index::create().col("fulfillment_id").col("order_item_id"))
        .foreign_key(&mut reference("fulfillment_lines", "fulfillment_id", "fulfillments", ForeignKeyAction::Cascade))
        .foreign_key(&mut reference("fulfillment_lines", "order_item_id", "order_items", ForeignKeyAction::Cascade))
        .check(Expr::cust("quantity > 0"))
        .to_owned()
}

fn tracking_events() -> TableCreateStatement {
    Table::create()
        .table("tracking_events")
        .col(pk_uuid("id"))
        .col(uuid("order_id"))
        .col(uuid_null("fulfillment_id"))
        .col(word("status"))
        .col(text_null("location"))
        .col(text_null("description"))
        .col(big_integer("occurred_at"))
        .col(big_integer("recorded_at"))
        .col(word("source"))
        .col(text_null("external_id"))
        .foreign_key(&mut reference("tracking_events", "order_id", "orders", ForeignKeyAction::Cascade))
        .foreign_key(&mut reference("tracking_events", "fulfillment_id", "fulfillments", ForeignKeyAction::Cascade))
        .to_owned()
}

fn order_holds() -> TableCreateStatement {
    Table::create()
        .table("order_holds")
        .col(pk_uuid("id"))
        .col(uuid("order_id"))
        .col(word("reason"))
        .col(text_null("note"))
        .col(uuid_null("held_by"))
        .col(big_integer("created_at"))
        .col(big_integer_null("released_at"))
        .col(uuid_null("released_by"))
        .foreign_key(&mut reference("order_holds", "order_id", "orders", ForeignKeyAction::Cascade))
        .foreign_key(&mut reference("order_holds", "held_by", "users", ForeignKeyAction::SetNull))
        .foreign_key(&mut reference("order_holds", "released_by", "users", ForeignKeyAction::SetNull))
        .to_owned()
}
