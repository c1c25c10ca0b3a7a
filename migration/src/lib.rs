//! Schema changes. A migration is never edited once it has been released; the next one mends it.

pub use sea_orm_migration::prelude::*;

pub mod letters;
mod list_counts;
mod list_triggers;
mod m20261120_000001_order_core;
mod m20261121_000001_event_feed;
mod m20261121_000002_payments;
mod m20261121_000003_order_notes;
mod m20261121_000004_fulfillment;
mod m20261121_000005_invoices;
mod m20261121_000007_notifications;
mod m20261121_000008_webhooks;
mod m20261121_000009_order_return;
mod m20261121_000010_statistics_rollups;
mod m20261121_000011_statistics_rankings;
mod m20261121_000012_list_indexes;
mod m20261121_000013_bulk_operations;
mod m20261121_000014_exports;
mod m20261121_000015_saved_views;
mod m20261121_000015_shipping_labels;
mod m20261121_000016_order_groups;
mod m20261121_000017_statistics_anew;
mod m20261121_000020_list_search;
mod m20261121_000021_list_counts;
mod m20261121_000022_search_tails;
mod m20261121_000023_planner;
mod m20261121_000024_transition_histograms;
mod m20261122_000025_sort_indexes;
mod m20261128_000026_payment_kinds;
mod m20261129_000027_weeks;
mod m20261129_000028_kept_edges;
mod m20261130_000029_letters;
mod m20261130_000030_signs;
mod m20261130_000031_changes;
mod m20261130_000032_store_groups;
mod payment_kinds;
mod search_texts;
pub mod signs;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_order_core::Migration),
            Box::new(m20261121_000001_event_feed::Migration),
            Box::new(m20261121_000002_payments::Migration),
            Box::new(m20261121_000003_order_notes::Migration),
            Box::new(m20261121_000004_fulfillment::Migration),
            Box::new(m20261121_000005_invoices::Migration),
            Box::new(m20261121_000007_notifications::Migration),
            Box::new(m20261121_000008_webhooks::Migration),
            Box::new(m20261121_000009_order_return::Migration),
            Box::new(m20261121_000010_statistics_rollups::Migration),
            Box::new(m20261121_000011_statistics_rankings::Migration),
            Box::new(m20261121_000012_list_indexes::Migration),
            Box::new(m20261121_000013_bulk_operations::Migration),
            Box::new(m20261121_000014_exports::Migration),
            Box::new(m20261121_000015_saved_views::Migration),
            Box::new(m20261121_000015_shipping_labels::Migration),
            Box::new(m20261121_000016_order_groups::Migration),
            Box::new(m20261121_000017_statistics_anew::Migration),
            Box::new(m20261121_000020_list_search::Migration),
            Box::new(m20261121_000021_list_counts::Migration),
            Box::new(m20261121_000022_search_tails::Migration),
            Box::new(m20261121_000023_planner::Migration),
            Box::new(m20261121_000024_transition_histograms::Migration),
            Box::new(m20261122_000025_sort_indexes::Migration),
            Box::new(m20261128_000026_payment_kinds::Migration),
            Box::new(m20261129_000027_weeks::Migration),
            Box::new(m20261129_000028_kept_edges::Migration),
            Box::new(m20261130_000029_letters::Migration),
            Box::new(m20261130_000030_signs::Migration),
            Box::new(m20261130_000031_changes::Migration),
            Box::new(m20261130_000032_store_groups::Migration),
        ]
    }
}
