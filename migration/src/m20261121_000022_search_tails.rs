//! On SQLite the texts of orders and customers come into their search indexes by the dozen, as those of payments do: each write
//! of such an index costs about as much as one of many texts.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Index, what is searched, and its name in the index's table of rows.
const INDEXES: [(&str, &str, &str); 2] =
    [("order_search", "orders", "order_id"), ("customer_search", "customers", "customer_id")];

const TRIGGERS: [&str; 3] = ["added", "changed", "removed"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            return Ok(());
        }
        let conn = manager.get_connection();
        for (index, table, id) in INDEXES {
            for trigger in TRIGGERS {
                conn.execute_unprepared(&format!("DROP TRIGGER {index}_{trigger}")).await?;
            }
            for sql in with_tail(index, table, id) {
                conn.execute_unprepared(&sql).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            return Ok(());
        }
        let conn = manager.get_connection();
        for (index, table, id) in INDEXES {
            for trigger in TRIGGERS {
                conn.execute_unprepared(&format!("DROP TRIGGER {index}_{trigger}")).await?;
            }
            for sql in without_tail(index, table, id) {
                conn.execute_unprepared(&sql).await?;
            }
        }
        Ok(())
    }
}

fn with_tail(index: &str, table: &str, id: &str) -> [String; 6] {
    let row = |of: &str| format!("(SELECT row FROM {index}_rows WHERE {id} = {of}.id)");
    [
        format!(
            "CREATE VIEW {index}_texts AS
                SELECT r.row AS row, r.{id} AS {id}, replace(char(10) || s.search_text, char(10), char(10, 10)) AS text
                FROM {index}_rows r JOIN {table} s ON s.id = r.{id}"
        ),
        format!("CREATE TABLE {index}_tail (row INTEGER PRIMARY KEY)"),
        // Texts that are not yet in the index are looked through: these are of plain letters, which LIKE judges as the index does.
        format!(
            "CREATE TRIGGER {index}_filled AFTER INSERT ON {index}_tail
                WHEN NEW.row % 64 = 0 OR EXISTS (
                    SELECT 1 FROM {index}_texts WHERE row = NEW.row AND replace(text, char(10), ' ') GLOB '*[^ -~]*') BEGIN
                INSERT INTO {index} (rowid, text)
                    SELECT t.row, x.text FROM {index}_tail t CROSS JOIN {index}_texts x WHERE x.row = t.row;
                DELETE FROM {index}_tail;
            END"
        ),
        format!(
            "CREATE TRIGGER {index}_added AFTER INSERT ON {table} BEGIN
                INSERT INTO {index}_rows ({id}) VALUES (NEW.id);
                INSERT INTO {index}_tail (row) SELECT row FROM {index}_rows WHERE {id} = NEW.id;
            END"
        ),
        format!(
            "CREATE TRIGGER {index}_changed AFTER UPDATE OF search_text ON {table} WHEN NEW.search_text <> OLD.search_text BEGIN
                DELETE FROM {index} WHERE rowid = {row};
                DELETE FROM {index}_tail WHERE row = {row};
                INSERT INTO {index}_tail (row) VALUES ({row});
            END",
            row = row("NEW"),
        ),
        format!(
            "CREATE TRIGGER {index}_removed AFTER DELETE ON {table} BEGIN
                DELETE FROM {index} WHERE rowid = {row};
                DELETE FROM {index}_tail WHERE row = {row};
                DELETE FROM {index}_rows WHERE {id} = OLD.id;
            END",
            row = row("OLD"),
        ),
    ]
}

fn without_tail(index: &str, table: &str, id: &str) -> [String; 7] {
    let insert = format!(
        "INSERT INTO {index} (rowid, text) SELECT row, replace(char(10) || NEW.search_text, char(10), char(10, 10)) \
         FROM {index}_rows WHERE {id} = NEW.id;"
    );
    let gone = format!("DELETE FROM {index} WHERE rowid = (SELECT row FROM {index}_rows WHERE {id} = OLD.id);");
    [
        format!(
            "INSERT INTO {index} (rowid, text) SELECT x.row, x.text FROM {index}_texts x JOIN {index}_tail t ON t.row = x.row"
        ),
        format!("DROP TABLE {index}_tail"),
        format!("DROP VIEW {index}_texts"),
        format!(
            "CREATE TRIGGER {index}_added AFTER INSERT ON {table} BEGIN \
             INSERT INTO {index}_rows ({id}) VALUES (NEW.id); {insert} END"
        ),
        format!(
            "CREATE TRIGGER {index}_changed AFTER UPDATE OF search_text ON {table} WHEN NEW.search_text <> OLD.search_text \
             BEGIN {gone} {insert} END"
        ),
        format!(
            "CREATE TRIGGER {index}_removed AFTER DELETE ON {table} BEGIN {gone} DELETE FROM {index}_rows WHERE {id} = OLD.id; END"
        ),
        format!("DELETE FROM {index}_rows WHERE NOT EXISTS (SELECT 1 FROM {table} s WHERE s.id = {index}_rows.{id})"),
    ]
}
