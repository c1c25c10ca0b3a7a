//! Goods that come back.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(returns()).await?;
        manager.create_table(lines()).await?;
        manager
            .create_index(
                Index::create().name("returns_order").table("returns").col("order_id").col("position").unique().to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("return_lines_item").table("return_lines").col("order_item_id").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["return_lines", "returns"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn reference(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(to, "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn returns() -> TableCreateStatement {
    Table::create()
        .table("returns")
        .col(pk_uuid("id"))
        .col(uuid("order_id"))
        .col(integer("position"))
        .col(string_len("status", 24))
        .col(text_null("note"))
        .col(big_integer("refund_minor").default(0).to_owned())
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer_null("received_at"))
        .foreign_key(&mut reference("returns", "order_id", "orders"))
        .to_owned()
}

fn lines() -> TableCreateStatement {
    Table::create()
        .table("return_lines")
        .col(uuid("return_id"))
        .col(uuid("order_item_id"))
        .col(integer("quantity"))
        .col(string_len("reason", 24))
        .col(integer("received").default(0).to_owned())
        .col(integer("restocked").default(0).to_owned())
        .primary_key(Index::create().col("return_id").col("order_item_id"))
        .foreign_key(&mut reference("return_lines", "return_id", "returns"))
        .foreign_key(&mut reference("return_lines", "order_item_id", "order_items"))
        .check(Expr::cust("quantity > 0 AND received BETWEEN 0 AND quantity AND restocked BETWEEN 0 AND received"))
        .to_owned()
}
