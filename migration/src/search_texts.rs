//! The texts that payments, products and line items are found by, and what keeps them: both databases side by side. Lines of a
//! text are set apart by two line ends on SQLite, as in the search of orders.
//!
//! On PostgreSQL the texts are in tables of their own, so that a payment whose state changes, or a product's other fields, do
//! not write the index anew.

use sea_orm_migration::sea_orm::DbBackend;

/// Payments: the number of their order, and their reference.
pub fn payments(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "CREATE TABLE payment_search (
                payment_id uuid NOT NULL PRIMARY KEY REFERENCES payments (id) ON DELETE CASCADE, text text NOT NULL)",
            "INSERT INTO payment_search (payment_id, text)
                SELECT p.id, lower((o.number || COALESCE(E'\\n' || p.reference, '')) COLLATE \"default\")
                FROM payments p JOIN orders o ON o.id = p.order_id",
            "DO $$ BEGIN
                IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
                    CREATE INDEX payment_search_text ON payment_search USING gin (text gin_trgm_ops);
                END IF;
            END $$",
            "CREATE FUNCTION payment_search_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO payment_search (payment_id, text)
                    SELECT p.id, lower((o.number || COALESCE(E'\\n' || p.reference, '')) COLLATE \"default\")
                    FROM new_payments p JOIN orders o ON o.id = p.order_id;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION payment_search_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                UPDATE payment_search SET text = (
                        SELECT lower((o.number || COALESCE(E'\\n' || NEW.reference, '')) COLLATE \"default\")
                        FROM orders o WHERE o.id = NEW.order_id)
                    WHERE payment_id = NEW.id;
                RETURN NULL;
            END $$",
            "CREATE TRIGGER payment_search_added AFTER INSERT ON payments
                REFERENCING NEW TABLE AS new_payments FOR EACH STATEMENT EXECUTE FUNCTION payment_search_added()",
            "CREATE TRIGGER payment_search_changed AFTER UPDATE OF reference ON payments FOR EACH ROW
                WHEN (NEW.reference IS DISTINCT FROM OLD.reference) EXECUTE FUNCTION payment_search_changed()",
        ],
        _ => &[
            "CREATE TABLE payment_search_rows (row INTEGER PRIMARY KEY, payment_id uuid_text NOT NULL UNIQUE)",
            "CREATE VIRTUAL TABLE payment_search USING fts5(text, content='', contentless_delete=1, tokenize='trigram')",
            "CREATE VIEW payment_search_texts AS
                SELECT r.row AS row, p.id AS payment_id, p.reference AS reference,
                    replace(char(10) || o.number || COALESCE(char(10) || p.reference, ''), char(10), char(10, 10)) AS text
                FROM payment_search_rows r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id",
            "INSERT INTO payment_search_rows (payment_id) SELECT id FROM payments ORDER BY created_at, id",
            "INSERT INTO payment_search (rowid, text) SELECT row, text FROM payment_search_texts ORDER BY row",
            // Each write of the index costs about as much as one of many texts: they are put in by the dozen, and those not yet in
            // it are looked through. These are of plain letters, which LIKE judges as the index does.
            "CREATE TABLE payment_search_tail (row INTEGER PRIMARY KEY)",
            "CREATE TRIGGER payment_search_filled AFTER INSERT ON payment_search_tail
                WHEN NEW.row % 64 = 0
                    OR EXISTS (SELECT 1 FROM payment_search_texts WHERE row = NEW.row AND reference GLOB '*[^ -~]*') BEGIN
                INSERT INTO payment_search (rowid, text)
                    SELECT t.row, x.text FROM payment_search_tail t CROSS JOIN payment_search_texts x WHERE x.row = t.row;
                DELETE FROM payment_search_tail;
            END",
            "CREATE TRIGGER payment_search_added AFTER INSERT ON payments BEGIN
                INSERT INTO payment_search_rows (payment_id) VALUES (NEW.id);
                INSERT INTO payment_search_tail (row) SELECT row FROM payment_search_rows WHERE payment_id = NEW.id;
            END",
            "CREATE TRIGGER payment_search_changed AFTER UPDATE OF reference ON payments
                WHEN NEW.reference IS NOT OLD.reference BEGIN
                DELETE FROM payment_search WHERE rowid = (SELECT row FROM payment_search_rows WHERE payment_id = OLD.id);
                DELETE FROM payment_search_tail WHERE row = (SELECT row FROM payment_search_rows WHERE payment_id = OLD.id);
                INSERT INTO payment_search_tail (row) SELECT row FROM payment_search_rows WHERE payment_id = NEW.id;
            END",
            "CREATE TRIGGER payment_search_removed AFTER DELETE ON payments BEGIN
                DELETE FROM payment_search WHERE rowid = (SELECT row FROM payment_search_rows WHERE payment_id = OLD.id);
                DELETE FROM payment_search_tail WHERE row = (SELECT row FROM payment_search_rows WHERE payment_id = OLD.id);
                DELETE FROM payment_search_rows WHERE payment_id = OLD.id;
            END",
        ],
    }
}

/// Products: their name, and the SKUs of their variants. Stock is of no account, so placing an order runs none of it.
pub fn products(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            // Volatile: who waited for another's change sees it.
            "CREATE FUNCTION product_search_text(product uuid) RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN
                RETURN (SELECT lower((p.name || COALESCE((
                    SELECT string_agg(E'\\n' || v.sku, '' ORDER BY v.sku) FROM product_variants v WHERE v.product_id = p.id), ''))
                        COLLATE \"default\")
                    FROM products p WHERE p.id = product);
            END $$",
            "CREATE TABLE product_search (
                product_id uuid NOT NULL PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE, text text NOT NULL)",
            "INSERT INTO product_search (product_id, text) SELECT id, product_search_text(id) FROM products",
            "DO $$ BEGIN
                IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
                    CREATE INDEX product_search_text ON product_search USING gin (text gin_trgm_ops);
                END IF;
            END $$",
            "CREATE FUNCTION product_search_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO product_search (product_id, text) VALUES (NEW.id, lower(NEW.name COLLATE \"default\"));
                RETURN NULL;
            END $$",
            "CREATE FUNCTION product_search_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                UPDATE product_search SET text = product_search_text(NEW.id) WHERE product_id = NEW.id;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION product_search_variants() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                UPDATE product_search SET text = product_search_text(product_id)
                    WHERE product_id = COALESCE(NEW.product_id, OLD.product_id)
                        AND EXISTS (SELECT 1 FROM products p WHERE p.id = product_search.product_id);
                RETURN NULL;
            END $$",
            "CREATE TRIGGER product_search_added AFTER INSERT ON products
                FOR EACH ROW EXECUTE FUNCTION product_search_added()",
            "CREATE TRIGGER product_search_changed AFTER UPDATE OF name ON products FOR EACH ROW
                WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION product_search_changed()",
            "CREATE TRIGGER product_search_variant_added AFTER INSERT OR DELETE ON product_variants
                FOR EACH ROW EXECUTE FUNCTION product_search_variants()",
            "CREATE TRIGGER product_search_variant_changed AFTER UPDATE OF sku ON product_variants FOR EACH ROW
                WHEN (NEW.sku <> OLD.sku) EXECUTE FUNCTION product_search_variants()",
        ],
        _ => &[
            "CREATE TABLE product_search_rows (row INTEGER PRIMARY KEY, product_id uuid_text NOT NULL UNIQUE)",
            "CREATE VIRTUAL TABLE product_search USING fts5(text, content='', contentless_delete=1, tokenize='trigram')",
            "CREATE VIEW product_search_texts AS
                SELECT r.row AS row, p.id AS product_id, replace(char(10) || p.name || COALESCE((
                    SELECT group_concat(char(10) || v.sku, '') FROM product_variants v WHERE v.product_id = p.id), ''),
                    char(10), char(10, 10)) AS text
                FROM product_search_rows r JOIN products p ON p.id = r.product_id",
            "INSERT INTO product_search_rows (product_id) SELECT id FROM products ORDER BY created_at, id",
            "INSERT INTO product_search (rowid, text) SELECT row, text FROM product_search_texts ORDER BY row",
            "CREATE TRIGGER product_search_added AFTER INSERT ON products BEGIN
                INSERT INTO product_search_rows (product_id) VALUES (NEW.id);
                INSERT INTO product_search (rowid, text) SELECT row, text FROM product_search_texts WHERE product_id = NEW.id;
            END",
            "CREATE TRIGGER product_search_changed AFTER UPDATE OF name ON products WHEN NEW.name <> OLD.name BEGIN
                DELETE FROM product_search WHERE rowid = (SELECT row FROM product_search_rows WHERE product_id = OLD.id);
                INSERT INTO product_search (rowid, text) SELECT row, text FROM product_search_texts WHERE product_id = NEW.id;
            END",
            "CREATE TRIGGER product_search_removed AFTER DELETE ON products BEGIN
                DELETE FROM product_search WHERE rowid = (SELECT row FROM product_search_rows WHERE product_id = OLD.id);
                DELETE FROM product_search_rows WHERE product_id = OLD.id;
            END",
            "CREATE TRIGGER product_search_variant_added AFTER INSERT ON product_variants BEGIN
                DELETE FROM product_search WHERE rowid = (SELECT row FROM product_search_rows WHERE product_id = NEW.product_id);
                INSERT INTO product_search (rowid, text)
                    SELECT row, text FROM product_search_texts WHERE product_id = NEW.product_id;
            END",
            "CREATE TRIGGER product_search_variant_changed AFTER UPDATE OF sku ON product_variants WHEN NEW.sku <> OLD.sku BEGIN
                DELETE FROM product_search WHERE rowid = (SELECT row FROM product_search_rows WHERE product_id = NEW.product_id);
                INSERT INTO product_search (rowid, text)
                    SELECT row, text FROM product_search_texts WHERE product_id = NEW.product_id;
            END",
            "CREATE TRIGGER product_search_variant_removed AFTER DELETE ON product_variants BEGIN
                DELETE FROM product_search WHERE rowid = (SELECT row FROM product_search_rows WHERE product_id = OLD.product_id);
                INSERT INTO product_search (rowid, text)
                    SELECT row, text FROM product_search_texts WHERE product_id = OLD.product_id;
            END",
        ],
    }
}

/// Line items: each pair of SKU and name once, however many lines have it, so that an order of known goods adds no text. Pairs
/// that no line has any more stay; they find nothing.
pub fn items(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "CREATE TABLE item_texts (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sku text NOT NULL, name text NOT NULL, text text NOT NULL)",
            // By a digest, because a key has a greatest length.
            "CREATE UNIQUE INDEX item_texts_pair ON item_texts (md5(sku || E'\\n' || name))",
            "INSERT INTO item_texts (sku, name, text)
                SELECT sku, name, lower(name || E'\\n' || sku)
                FROM (SELECT DISTINCT COALESCE(sku, '') AS sku, name FROM order_items) AS pairs",
            "DO $$ BEGIN
                IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
                    CREATE INDEX item_texts_text ON item_texts USING gin (text gin_trgm_ops);
                END IF;
            END $$",
            // What is known is left out first: a conflict costs a number and more. In one order, so that two who add the same
            // pairs do not wait for each other in a circle.
            "CREATE FUNCTION item_texts_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO item_texts (sku, name, text)
                    SELECT n.sku, n.name, lower(n.name || E'\\n' || n.sku)
                    FROM (SELECT DISTINCT COALESCE(sku, '') AS sku, name FROM new_lines) AS n
                    WHERE NOT EXISTS (
                        SELECT 1 FROM item_texts t WHERE md5(t.sku || E'\\n' || t.name) = md5(n.sku || E'\\n' || n.name))
                    ORDER BY n.sku, n.name
                    ON CONFLICT DO NOTHING;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION item_texts_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO item_texts (sku, name, text)
                    VALUES (COALESCE(NEW.sku, ''), NEW.name, lower(NEW.name || E'\\n' || COALESCE(NEW.sku, '')))
                    ON CONFLICT DO NOTHING;
                RETURN NULL;
            END $$",
            "CREATE TRIGGER item_texts_added AFTER INSERT ON order_items
                REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION item_texts_added()",
            "CREATE TRIGGER item_texts_changed AFTER UPDATE OF sku, name ON order_items FOR EACH ROW
                WHEN (NEW.sku IS DISTINCT FROM OLD.sku OR NEW.name <> OLD.name) EXECUTE FUNCTION item_texts_changed()",
        ],
        _ => &[
            "CREATE TABLE item_texts (row INTEGER PRIMARY KEY, sku text NOT NULL, name text NOT NULL, UNIQUE (sku, name))",
            "CREATE VIRTUAL TABLE item_search USING fts5(text, content='', contentless_delete=1, tokenize='trigram')",
            "INSERT INTO item_texts (sku, name) SELECT DISTINCT COALESCE(sku, ''), name FROM order_items",
            "INSERT INTO item_search (rowid, text)
                SELECT row, replace(char(10) || name || char(10) || sku, char(10), char(10, 10)) FROM item_texts ORDER BY row",
            "CREATE TRIGGER item_texts_added AFTER INSERT ON order_items
                WHEN NOT EXISTS (SELECT 1 FROM item_texts WHERE sku = COALESCE(NEW.sku, '') AND name = NEW.name) BEGIN
                INSERT INTO item_texts (sku, name) VALUES (COALESCE(NEW.sku, ''), NEW.name);
                INSERT INTO item_search (rowid, text)
                    SELECT row, replace(char(10) || name || char(10) || sku, char(10), char(10, 10)) FROM item_texts
                    WHERE sku = COALESCE(NEW.sku, '') AND name = NEW.name;
            END",
            "CREATE TRIGGER item_texts_changed AFTER UPDATE OF sku, name ON order_items
                WHEN NOT EXISTS (SELECT 1 FROM item_texts WHERE sku = COALESCE(NEW.sku, '') AND name = NEW.name) BEGIN
                INSERT INTO item_texts (sku, name) VALUES (COALESCE(NEW.sku, ''), NEW.name);
                INSERT INTO item_search (rowid, text)
                    SELECT row, replace(char(10) || name || char(10) || sku, char(10), char(10, 10)) FROM item_texts
                    WHERE sku = COALESCE(NEW.sku, '') AND name = NEW.name;
            END",
        ],
    }
}

/// Takes all of it back. Indexes go with their tables.
pub fn down(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "DROP TRIGGER item_texts_added ON order_items",
            "DROP TRIGGER item_texts_changed ON order_items",
            "DROP TRIGGER product_search_added ON products",
            "DROP TRIGGER product_search_changed ON products",
            "DROP TRIGGER product_search_variant_added ON product_variants",
            "DROP TRIGGER product_search_variant_changed ON product_variants",
            "DROP TRIGGER payment_search_added ON payments",
            "DROP TRIGGER payment_search_changed ON payments",
            "DROP FUNCTION item_texts_added(), item_texts_changed(), product_search_added(), product_search_changed(), product_search_variants(),
                product_search_text(uuid), payment_search_added(), payment_search_changed()",
            "DROP TABLE item_texts, product_search, payment_search",
        ],
        _ => &[
            "DROP TRIGGER item_texts_added",
            "DROP TRIGGER item_texts_changed",
            "DROP TRIGGER product_search_added",
            "DROP TRIGGER product_search_changed",
            "DROP TRIGGER product_search_removed",
            "DROP TRIGGER product_search_variant_added",
            "DROP TRIGGER product_search_variant_changed",
            "DROP TRIGGER product_search_variant_removed",
            "DROP TRIGGER payment_search_added",
            "DROP TRIGGER payment_search_changed",
            "DROP TRIGGER payment_search_removed",
            "DROP VIEW product_search_texts",
            "DROP VIEW payment_search_texts",
            "DROP TABLE item_search",
            "DROP TABLE item_texts",
            "DROP TABLE product_search",
            "DROP TABLE product_search_rows",
            "DROP TABLE payment_search_tail",
            "DROP TABLE payment_search",
            "DROP TABLE payment_search_rows",
        ],
    }
}
