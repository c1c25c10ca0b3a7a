//! Bulk operations: what is asked, what is still to be worked on, what came of each.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [operations(), chunks(), results()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("bulk_operations_listed", "bulk_operations", &["created_by", "id"][..]),
            ("bulk_operations_ended", "bulk_operations", &["ended_at"]),
            ("bulk_results_outcome", "bulk_results", &["operation_id", "outcome", "position"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["bulk_results", "bulk_chunks", "bulk_operations"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn of_operation(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "operation_id").to("bulk_operations", "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn operations() -> TableCreateStatement {
    Table::create()
        .table("bulk_operations")
        .col(pk_uuid("id"))
        .col(string_len("kind", 24))
        .col(text("action"))
        .col(string_len("mode", 24))
        .col(boolean("dry_run"))
        .col(string_len("status", 24))
        .col(text_null("reason"))
        .col(big_integer("total"))
        .col(big_integer("succeeded").default(0).to_owned())
        .col(big_integer("skipped").default(0).to_owned())
        .col(big_integer("failed").default(0).to_owned())
        .col(string_len_null("failure_code", 64))
        .col(text_null("failure_message"))
        .col(uuid_null("created_by"))
        .col(text_null("request_id"))
        .col(big_integer("created_at"))
        .col(big_integer_null("started_at"))
        .col(big_integer_null("ended_at"))
        .check(Expr::cust("succeeded >= 0 AND skipped >= 0 AND failed >= 0 AND succeeded + skipped + failed <= total"))
        .to_owned()
}

fn chunks() -> TableCreateStatement {
    Table::create()
        .table("bulk_chunks")
        .col(uuid("operation_id"))
        .col(big_integer("position"))
        .col(text("items"))
        .primary_key(Index::create().col("operation_id").col("position"))
        .foreign_key(&mut of_operation("bulk_chunks"))
        .to_owned()
}

fn results() -> TableCreateStatement {
    Table::create()
        .table("bulk_results")
        .col(uuid("operation_id"))
        .col(big_integer("position"))
        .col(text("item"))
        .col(text_null("number"))
        .col(string_len("outcome", 24))
        .col(string_len_null("code", 64))
        .col(text_null("message"))
        .primary_key(Index::create().col("operation_id").col("position"))
        .foreign_key(&mut of_operation("bulk_results"))
        .to_owned()
}
