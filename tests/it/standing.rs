//! Standing tests: what must stay true of the whole, whatever is added.

use crate::support::TestDb;
use migration::{Migrator, MigratorTrait as _};

#[test]
fn the_schema_file_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(stored, ordergraph::graphql::sdl(), "run: cargo run -- schema > schema.graphql");
}

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
