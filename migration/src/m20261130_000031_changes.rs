//! What happened to payments, customers and products, so that lists which are kept in memory are brought up to date instead of
//! being read again: triggers write it down, so that it is told of every way in which rows are written.
//!
//! On PostgreSQL a change is known by its transaction, whose changes are seen all at once when it is over; on SQLite, where one
//! writes after the other, by its place.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A table, its changes, and the columns that lists filter, search or sort by.
const ROWS: [(&str, &str, &[&str]); 3] = [
    (
        "payments",
        "payment_changes",
        &["order_id", "status", "type", "gateway", "reference", "currency", "amount_minor", "created_at"],
    ),
    ("customers", "customer_changes", &["search_text", "status", "name", "created_at", "external_id"]),
    ("products", "product_changes", &["name", "store_id", "status", "created_at"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let (variants, orders) = match backend {
            DbBackend::Postgres => (variants_on_postgres(), orders_on_postgres()),
            _ => (variants_on_sqlite(), orders_on_sqlite()),
        };
        let rows = ROWS.into_iter().flat_map(|(table, changes, columns)| match backend {
            DbBackend::Postgres => on_postgres(table, changes, columns),
            _ => on_sqlite(table, changes, columns),
        });
        for sql in rows.chain(variants).chain(orders) {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let triggers = ROWS
            .iter()
            .flat_map(|(table, changes, _)| ["added", "removed", "changed"].map(|what| (format!("{changes}_{what}"), *table)));
        let of_variants = ["added", "removed", "changed"].map(|what| (format!("variant_{what}"), "product_variants"));
        let of_orders = [("payments_change_hands".to_owned(), "orders")];
        for (trigger, table) in triggers.chain(of_variants).chain(of_orders) {
            let sql = match manager.get_database_backend() {
                DbBackend::Postgres => format!("DROP TRIGGER {trigger} ON {table}"),
                _ => format!("DROP TRIGGER {trigger}"),
            };
            conn.execute_unprepared(&sql).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            for (_, changes, _) in ROWS {
                let functions = format!("DROP FUNCTION {changes}_added(), {changes}_removed(), {changes}_changed()");
                conn.execute_unprepared(&functions).await?;
            }
            conn.execute_unprepared("DROP FUNCTION variant_changed(), payments_change_hands()").await?;
        }
        for (_, changes, _) in ROWS {
            conn.execute_unprepared(&format!("DROP TABLE {changes}")).await?;
        }
        Ok(())
    }
}

fn on_sqlite(table: &str, changes: &str, columns: &[&str]) -> Vec<String> {
    let insert = |of: &str, is_new: u8| format!("INSERT INTO {changes} (thing, is_new) VALUES ({of}.id, {is_new});");
    let of = |row: &str| columns.iter().map(|column| format!("{row}.{column}")).collect::<Vec<_>>();
    let differ = of("NEW").iter().zip(of("OLD")).map(|(new, old)| format!("{new} IS NOT {old}")).collect::<Vec<_>>().join(" OR ");
    vec![
        format!("CREATE TABLE {changes} (seq INTEGER PRIMARY KEY, thing uuid_text NOT NULL, is_new integer NOT NULL)"),
        format!("CREATE TRIGGER {changes}_added AFTER INSERT ON {table} BEGIN {} END", insert("NEW", 1)),
        format!("CREATE TRIGGER {changes}_removed AFTER DELETE ON {table} BEGIN {} END", insert("OLD", 0)),
        format!(
            "CREATE TRIGGER {changes}_changed AFTER UPDATE OF {} ON {table} WHEN {differ} BEGIN {} END",
            columns.join(", "),
            insert("NEW", 0)
        ),
    ]
}

fn on_postgres(table: &str, changes: &str, columns: &[&str]) -> Vec<String> {
    // Of what a transaction does to a row the first is kept, which says whether it is new: it would not if another trigger changed
    // the row before it is told that it was added.
    let function = |name: &str, rows: &str| {
        format!(
            "CREATE FUNCTION {changes}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO {changes} (tx, thing, is_new) {rows} ON CONFLICT DO NOTHING;
                RETURN NULL;
            END $$"
        )
    };
    let of = |row: &str| columns.iter().map(|column| format!("{row}.{column}")).collect::<Vec<_>>().join(", ");
    vec![
        format!(
            "CREATE TABLE {changes} (tx bigint NOT NULL, thing uuid NOT NULL, is_new integer NOT NULL, PRIMARY KEY (tx, thing))"
        ),
        function("added", &format!("SELECT {THIS}, id, 1 FROM new_rows")),
        function("removed", &format!("SELECT {THIS}, id, 0 FROM old_rows")),
        function("changed", &format!("VALUES ({THIS}, NEW.id, 0)")),
        format!(
            "CREATE TRIGGER {changes}_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION {changes}_added()"
        ),
        format!(
            "CREATE TRIGGER {changes}_removed AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows
                FOR EACH STATEMENT EXECUTE FUNCTION {changes}_removed()"
        ),
        format!(
            "CREATE TRIGGER {changes}_changed AFTER UPDATE OF {} ON {table} FOR EACH ROW
                WHEN (({}) IS DISTINCT FROM ({})) EXECUTE FUNCTION {changes}_changed()",
            columns.join(", "),
            of("NEW"),
            of("OLD"),
        ),
    ]
}

/// The transaction at work, on PostgreSQL.
const THIS: &str = "CAST(CAST(pg_current_xact_id() AS text) AS bigint)";

/// Of a variant it matters to its product what its SKU is and whether it can be had, not how many there are.
fn variants_on_sqlite() -> Vec<String> {
    let insert = |of: &str| format!("INSERT INTO product_changes (thing, is_new) VALUES ({of}.product_id, 0);");
    vec![
        format!("CREATE TRIGGER variant_added AFTER INSERT ON product_variants BEGIN {} END", insert("NEW")),
        format!("CREATE TRIGGER variant_removed AFTER DELETE ON product_variants BEGIN {} END", insert("OLD")),
        "CREATE TRIGGER variant_changed AFTER UPDATE OF sku, available, product_id ON product_variants
                WHEN NEW.sku <> OLD.sku OR (NEW.available > 0) <> (OLD.available > 0) OR NEW.product_id <> OLD.product_id BEGIN
                INSERT INTO product_changes (thing, is_new) SELECT NEW.product_id, 0 UNION SELECT OLD.product_id, 0;
            END"
        .to_owned(),
    ]
}

fn variants_on_postgres() -> Vec<String> {
    let trigger = |name: &str, after: &str, when: &str| {
        format!(
            "CREATE TRIGGER variant_{name} AFTER {after} ON product_variants FOR EACH ROW {when} EXECUTE FUNCTION variant_changed()"
        )
    };
    let differs = "WHEN (NEW.sku <> OLD.sku OR (NEW.available > 0) <> (OLD.available > 0) OR NEW.product_id <> OLD.product_id)";
    vec![
        format!(
            "CREATE FUNCTION variant_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO product_changes (tx, thing, is_new)
                    SELECT DISTINCT {THIS}, product, 0 FROM (VALUES (NEW.product_id), (OLD.product_id)) AS both_sides (product)
                    WHERE product IS NOT NULL ON CONFLICT DO NOTHING;
                RETURN NULL;
            END $$"
        ),
        trigger("added", "INSERT", ""),
        trigger("removed", "DELETE", ""),
        trigger("changed", "UPDATE OF sku, available, product_id", differs),
    ]
}

/// Payments are of whom their order is of.
fn orders_on_sqlite() -> Vec<String> {
    vec![
        "CREATE TRIGGER payments_change_hands AFTER UPDATE OF customer_id ON orders WHEN NEW.customer_id IS NOT OLD.customer_id BEGIN
                INSERT INTO payment_changes (thing, is_new) SELECT id, 0 FROM payments WHERE order_id = NEW.id;
            END"
        .to_owned(),
    ]
}

fn orders_on_postgres() -> Vec<String> {
    vec![
        format!(
            "CREATE FUNCTION payments_change_hands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO payment_changes (tx, thing, is_new) SELECT {THIS}, id, 0 FROM payments WHERE order_id = NEW.id
                    ON CONFLICT DO NOTHING;
                RETURN NULL;
            END $$"
        ),
        "CREATE TRIGGER payments_change_hands AFTER UPDATE OF customer_id ON orders FOR EACH ROW
            WHEN (NEW.customer_id IS DISTINCT FROM OLD.customer_id) EXECUTE FUNCTION payments_change_hands()"
            .to_owned(),
    ]
}
