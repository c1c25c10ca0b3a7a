//! Migrations and the entities that stand for their tables.

use std::collections::BTreeSet;

use migration::{Migrator, MigratorTrait as _};
use sea_orm::EntityTrait as _;

use crate::support::TestDb;

#[tokio::test]
async fn migrations_go_up_and_down_and_up() {
    let database = TestDb::empty().await;
    let db = database.open().await;
    for _ in 0..2 {
        Migrator::up(db.writer(), None).await.unwrap();
        assert!(Migrator::get_pending_migrations(db.writer()).await.unwrap().is_empty());
        Migrator::down(db.writer(), None).await.unwrap();
    }
}

/// Selects every column of each entity and gives the names.
macro_rules! select_each {
    ($db:expr, $($entity:ident,)*) => {{
        $(entity::$entity::Entity::find().all($db.reader()).await.unwrap_or_else(|error| panic!("{}: {error}", stringify!($entity)));)*
        BTreeSet::from([$(stringify!($entity).to_owned(),)*])
    }};
}

#[tokio::test]
async fn every_entity_is_a_table() {
    let database = TestDb::migrated().await;
    let db = database.open().await;
    let selected = select_each!(
        db,
        address,
        bulk_chunk,
        bulk_operation,
        bulk_result,
        cursor,
        customer,
        event,
        export,
        export_part,
        gateway_webhook,
        fulfillment,
        fulfillment_line,
        idempotency_key,
        invoice,
        invoice_counter,
        job,
        lease,
        notification,
        notification_preference,
        number_counter,
        order,
        order_group,
        order_group_member,
        order_hold,
        order_item,
        order_return,
        order_store,
        order_note,
        payment,
        payment_attempt,
        payment_method,
        product,
        product_variant,
        refresh_token,
        refund,
        return_line,
        review,
        saved_view,
        shipping_label,
        shipping_method,
        shipping_offer,
        store,
        store_member,
        tracking_event,
        user,
        webhook_attempt,
        webhook_delivery,
        webhook_endpoint,
    );
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/entity/src");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| !["id", "lib", "stored", "time"].contains(&name.as_str()))
        .collect();
    assert_eq!(selected, files, "an entity is missing in the list above, or one too many is in it");
}
