//! Payments through providers: attempts, refunds that take time, saved methods, webhooks.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Columns that payments and refunds get: table, name, type.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("payments", "authorized_minor", "BIGINT NOT NULL DEFAULT 0"),
    ("payments", "capture_mode", "VARCHAR(24) NOT NULL DEFAULT 'AUTOMATIC'"),
    ("payments", "card_brand", "TEXT"),
    ("payments", "last4", "TEXT"),
    ("payments", "failure_code", "TEXT"),
    ("payments", "failure_message", "TEXT"),
    ("payments", "client_secret", "TEXT"),
    ("payments", "redirect_url", "TEXT"),
    ("payments", "note", "TEXT"),
    ("payments", "looked_at", "BIGINT"),
    ("payments", "updated_at", "BIGINT NOT NULL DEFAULT 0"),
    // What was recorded as given back so far was given back by hand.
    ("refunds", "status", "VARCHAR(24) NOT NULL DEFAULT 'SUCCEEDED'"),
    ("refunds", "reference", "TEXT"),
    ("refunds", "failure_message", "TEXT"),
    ("refunds", "updated_at", "BIGINT NOT NULL DEFAULT 0"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for (table, column, kind) in COLUMNS {
            conn.execute_unprepared(&format!("ALTER TABLE {table} ADD COLUMN {column} {kind}")).await?;
        }
        conn.execute_unprepared("UPDATE payments SET updated_at = created_at").await?;
        conn.execute_unprepared("UPDATE refunds SET updated_at = created_at").await?;
        for table in [attempts(), methods(), webhooks()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns, unique) in [
            ("payment_attempts_payment", "payment_attempts", &["payment_id"][..], false),
            ("payment_attempts_state", "payment_attempts", &["state", "updated_at"], false),
            ("payment_methods_customer", "payment_methods", &["customer_id"], false),
            ("payment_methods_token", "payment_methods", &["gateway", "token"], true),
            ("gateway_webhooks_reference", "gateway_webhooks", &["reference"], false),
            ("gateway_webhooks_received", "gateway_webhooks", &["received_at"], false),
            ("payments_status", "payments", &["status", "created_at"], false),
            ("refunds_status", "refunds", &["status"], false),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            if unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["gateway_webhooks", "payment_methods", "payment_attempts"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let conn = manager.get_connection();
        for index in ["refunds_status", "payments_status"] {
            conn.execute_unprepared(&format!("DROP INDEX {index}")).await?;
        }
        for (table, column, _) in COLUMNS.iter().rev() {
            conn.execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN {column}")).await?;
        }
        Ok(())
    }
}

/// A reference that goes with what it refers to.
fn reference(table: &'static str, column: &'static str, target: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(target, "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn attempts() -> TableCreateStatement {
    Table::create()
        .table("payment_attempts")
        .col(pk_uuid("id"))
        .col(uuid("payment_id"))
        .col(string_len("kind", 24))
        .col(big_integer("amount_minor"))
        .col(string_len("state", 24))
        .col(uuid_null("refund_id"))
        .col(text_null("request"))
        .col(text_null("error"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("payment_attempts", "payment_id", "payments"))
        .foreign_key(&mut reference("payment_attempts", "refund_id", "refunds"))
        .check(Expr::cust("amount_minor >= 0"))
        .to_owned()
}

fn methods() -> TableCreateStatement {
    Table::create()
        .table("payment_methods")
        .col(pk_uuid("id"))
        .col(uuid("customer_id"))
        .col(string_len("gateway", 24))
        .col(text("token"))
        .col(text_null("provider_customer"))
        .col(text_null("brand"))
        .col(text_null("last4"))
        .col(integer_null("exp_month"))
        .col(integer_null("exp_year"))
        .col(big_integer("created_at"))
        .foreign_key(&mut reference("payment_methods", "customer_id", "customers"))
        .to_owned()
}

fn webhooks() -> TableCreateStatement {
    Table::create()
        .table("gateway_webhooks")
        .col(string_len("gateway", 24))
        .col(text("event"))
        .col(text("kind"))
        .col(text_null("reference"))
        .col(big_integer("received_at"))
        .col(big_integer_null("looked_at"))
        .primary_key(Index::create().col("gateway").col("event"))
        .to_owned()
}
