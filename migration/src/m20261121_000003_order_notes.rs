//! Notes of staff and sellers on orders.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(notes()).await?;
        let index =
            Index::create().name("order_notes_order").table("order_notes").col("order_id").col("position").unique().to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("order_notes").to_owned()).await
    }
}

fn notes() -> TableCreateStatement {
    use ForeignKeyAction::{Cascade, SetNull};
    let reference = |column: &'static str, to: &'static str, on_delete| {
        ForeignKey::create().from("order_notes", column).to(to, "id").on_delete(on_delete).to_owned()
    };
    Table::create()
        .table("order_notes")
        .col(pk_uuid("id"))
        .col(uuid("order_id"))
        .col(integer("position"))
        .col(uuid_null("store_id"))
        .col(uuid_null("author_id"))
        .col(string_len("author_kind", 24))
        .col(text("text"))
        .col(boolean("is_public"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("order_id", "orders", Cascade))
        .foreign_key(&mut reference("store_id", "stores", SetNull))
        .foreign_key(&mut reference("author_id", "users", SetNull))
        .to_owned()
}
