//! Schema changes. A migration is never edited once it has been released; the next one mends it.

pub use sea_orm_migration::prelude::*;

mod m20261120_000001_order_core;
mod m20261121_000001_event_feed;
mod m20261121_000004_fulfillment;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_order_core::Migration),
            Box::new(m20261121_000001_event_feed::Migration),
            Box::new(m20261121_000004_fulfillment::Migration),
        ]
    }
}
