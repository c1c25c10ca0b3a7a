//! On PostgreSQL signs that stand beside no letter or digit are found: its index of texts has letters and digits alone, and a
//! search for `@` or `--` would read all texts.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::signs::HAS_SIGNS;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables, their texts and what these are found by.
const TEXTS: [[&str; 3]; 5] = [
    ["orders", "search_text", "id"],
    ["customers", "search_text", "id"],
    ["payment_search", "text", "payment_id"],
    ["product_search", "text", "product_id"],
    ["item_texts", "text", "id"],
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for [table, text, id] in TEXTS {
                // Few texts have such signs.
                let sql = format!("CREATE INDEX {table}_signs ON {table} ({id}) WHERE {text} {HAS_SIGNS}");
                manager.get_connection().execute_unprepared(&sql).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for [table, ..] in TEXTS {
                manager.get_connection().execute_unprepared(&format!("DROP INDEX {table}_signs")).await?;
            }
        }
        Ok(())
    }
}
