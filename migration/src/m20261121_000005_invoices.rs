//! Invoices and credit notes with the counters of their series; indexes for reading the whole event log.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, table, columns, unique.
const INDEXES: &[(&str, &str, &[&str], bool)] = &[
    ("invoices_source", "invoices", &["order_id", "store_id", "kind", "source_id"], true),
    ("invoices_number", "invoices", &["store_id", "kind", "year", "sequence"], true),
    ("invoices_store", "invoices", &["store_id", "issued_at", "id"], false),
    ("invoices_customer", "invoices", &["customer_id", "issued_at", "id"], false),
    ("invoices_issued", "invoices", &["issued_at", "id"], false),
    ("invoices_refers_to", "invoices", &["refers_to"], false),
];

/// Name and column of what the event log is searched by. An event is indexed when it gets its place, not when it is written.
const EVENT_INDEXES: &[(&str, &str)] = &[
    ("events_actor", "actor_id"),
    ("events_kind", "kind"),
    ("events_request", "request_id"),
    ("events_occurred", "occurred_at"),
    ("events_subject_kind", "subject"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(invoices()).await?;
        manager.create_table(invoice_counters()).await?;
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
        for (name, column) in EVENT_INDEXES {
            let sql = format!("CREATE INDEX {name} ON events ({column}, position) WHERE position IS NOT NULL");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in EVENT_INDEXES {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        for table in ["invoice_counters", "invoices"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// No foreign key to the order: a document outlives an order that is deleted.
fn invoices() -> TableCreateStatement {
    Table::create()
        .table("invoices")
        .col(uuid("id").primary_key().to_owned())
        .col(string_len("kind", 24))
        .col(text("number"))
        .col(integer("year"))
        .col(big_integer("sequence"))
        .col(uuid("store_id"))
        .col(uuid("order_id"))
        .col(uuid_null("customer_id"))
        .col(uuid("source_id"))
        .col(uuid_null("refers_to"))
        .col(string_len("currency", 3))
        .col(big_integer("subtotal_minor"))
        .col(big_integer("shipping_minor"))
        .col(big_integer("tax_minor"))
        .col(big_integer("discount_minor"))
        .col(big_integer("total_minor"))
        .col(big_integer("source_total_minor"))
        .col(text("snapshot"))
        .col(big_integer("issued_at"))
        .foreign_key(ForeignKey::create().from("invoices", "store_id").to("stores", "id"))
        .foreign_key(ForeignKey::create().from("invoices", "refers_to").to("invoices", "id"))
        .check(Expr::cust("total_minor = subtotal_minor + shipping_minor + tax_minor - discount_minor"))
        .check(Expr::cust("total_minor >= 0"))
        .to_owned()
}

fn invoice_counters() -> TableCreateStatement {
    Table::create()
        .table("invoice_counters")
        .col(uuid("store_id"))
        .col(string_len("kind", 24))
        .col(integer("year"))
        .col(big_integer("last"))
        .primary_key(Index::create().col("store_id").col("kind").col("year"))
        .to_owned()
}
