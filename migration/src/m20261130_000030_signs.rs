//! On PostgreSQL signs that stand beside no letter or digit are found: its index of texts has letters and digits alone, and a
//! search for `@` or `--` would read all texts.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::signs::{ALL, BUT_PLUS, Signs};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables, their texts and what these are found by.
const TEXTS: [([&str; 3], Signs); 5] = [
    (["orders", "search_text", "id"], ALL),
    (["customers", "search_text", "id"], BUT_PLUS),
    (["payment_search", "text", "payment_id"], ALL),
    (["product_search", "text", "product_id"], ALL),
    (["item_texts", "text", "id"], ALL),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for ([table, text, id], Signs { condition, .. }) in TEXTS {
                // Few texts have such signs.
                let sql = format!("CREATE INDEX {table}_signs ON {table} ({id}) WHERE {text} {condition}");
                manager.get_connection().execute_unprepared(&sql).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for ([table, ..], _) in TEXTS {
                manager.get_connection().execute_unprepared(&format!("DROP INDEX {table}_signs")).await?;
            }
        }
        Ok(())
    }
}
