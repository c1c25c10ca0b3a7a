//! What carriers ask for parcels, and the labels that are bought.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A parcel has one label at a time, bought or being bought.
const LIVE: &str = "CREATE UNIQUE INDEX shipping_labels_live ON shipping_labels (fulfillment_id) WHERE state IN ('STARTED', 'UNKNOWN', 'SUCCEEDED')";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(offers()).await?;
        manager.create_table(labels()).await?;
        let by_fulfillment = Index::create()
            .name("shipping_labels_fulfillment")
            .table("shipping_labels")
            .col("fulfillment_id")
            .col("created_at")
            .col("id")
            .to_owned();
        manager.create_index(by_fulfillment).await?;
        manager.get_connection().execute_unprepared(LIVE).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["shipping_labels", "shipping_offers"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn of_fulfillment(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "fulfillment_id").to("fulfillments", "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn offers() -> TableCreateStatement {
    Table::create()
        .table("shipping_offers")
        .col(uuid("fulfillment_id"))
        .col(text("reference"))
        .col(text("carrier"))
        .col(text("service"))
        .col(big_integer("amount_minor"))
        .col(string_len("currency", 3))
        .col(integer_null("estimated_days"))
        .col(big_integer("offered_at"))
        .primary_key(Index::create().col("fulfillment_id").col("reference"))
        .foreign_key(&mut of_fulfillment("shipping_offers"))
        .to_owned()
}

fn labels() -> TableCreateStatement {
    Table::create()
        .table("shipping_labels")
        .col(pk_uuid("id"))
        .col(uuid("fulfillment_id"))
        .col(string_len("provider", 24))
        .col(text("rate"))
        .col(string_len("state", 24))
        .col(text("carrier"))
        .col(text("service"))
        .col(big_integer("amount_minor"))
        .col(string_len("currency", 3))
        .col(text_null("reference"))
        .col(text_null("error"))
        .col(big_integer("asking_until"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut of_fulfillment("shipping_labels"))
        .to_owned()
}
