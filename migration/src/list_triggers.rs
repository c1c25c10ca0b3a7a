//! Tables that follow orders, and what keeps them: both databases side by side.

use sea_orm_migration::sea_orm::DbBackend;

/// Which stores an order has goods of, sorted as lists are: a seller's page is read from it without looking at the orders of
/// others.
pub fn stores(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "CREATE TABLE order_stores (
                store_id uuid NOT NULL, placed_at bigint NOT NULL,
                order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
                PRIMARY KEY (store_id, placed_at, order_id))",
            "CREATE INDEX order_stores_order ON order_stores (order_id)",
            "INSERT INTO order_stores (store_id, placed_at, order_id)
                SELECT DISTINCT i.store_id, o.placed_at, i.order_id FROM order_items i JOIN orders o ON o.id = i.order_id",
            "CREATE FUNCTION order_stores_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO order_stores (store_id, placed_at, order_id)
                    SELECT DISTINCT n.store_id, o.placed_at, n.order_id FROM new_lines n JOIN orders o ON o.id = n.order_id
                    ON CONFLICT DO NOTHING;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION order_stores_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                DELETE FROM order_stores s USING old_lines l
                    WHERE s.order_id = l.order_id AND s.store_id = l.store_id AND NOT EXISTS (
                        SELECT 1 FROM order_items i WHERE i.order_id = l.order_id AND i.store_id = l.store_id);
                RETURN NULL;
            END $$",
            "CREATE TRIGGER order_stores_added AFTER INSERT ON order_items
                REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION order_stores_added()",
            "CREATE TRIGGER order_stores_removed AFTER DELETE ON order_items
                REFERENCING OLD TABLE AS old_lines FOR EACH STATEMENT EXECUTE FUNCTION order_stores_removed()",
        ],
        _ => &[
            "CREATE TABLE order_stores (
                store_id uuid_text NOT NULL, placed_at bigint NOT NULL,
                order_id uuid_text NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
                PRIMARY KEY (store_id, placed_at, order_id)) WITHOUT ROWID",
            "CREATE INDEX order_stores_order ON order_stores (order_id)",
            "INSERT INTO order_stores (store_id, placed_at, order_id)
                SELECT DISTINCT i.store_id, o.placed_at, i.order_id FROM order_items i JOIN orders o ON o.id = i.order_id",
            "CREATE TRIGGER order_stores_added AFTER INSERT ON order_items BEGIN
                INSERT INTO order_stores (store_id, placed_at, order_id)
                    SELECT NEW.store_id, o.placed_at, o.id FROM orders o WHERE o.id = NEW.order_id
                    ON CONFLICT DO NOTHING;
            END",
            "CREATE TRIGGER order_stores_removed AFTER DELETE ON order_items BEGIN
                DELETE FROM order_stores WHERE order_id = OLD.order_id AND store_id = OLD.store_id AND NOT EXISTS (
                    SELECT 1 FROM order_items i WHERE i.order_id = OLD.order_id AND i.store_id = OLD.store_id);
            END",
        ],
    }
}

/// How many orders there are by status, payment, goods, way, currency and hold: few rows, whatever the number of orders. On
/// PostgreSQL each connection adds to rows of its own, so that writers do not wait for each other; the sum counts.
pub fn counts(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "CREATE TABLE order_counts (
                status varchar(24) NOT NULL, payment_status varchar(24) NOT NULL, fulfillment_status varchar(24) NOT NULL,
                type varchar(24) NOT NULL, currency varchar(3) NOT NULL, held bigint NOT NULL, slot integer NOT NULL,
                n bigint NOT NULL,
                PRIMARY KEY (status, payment_status, fulfillment_status, type, currency, held, slot)) WITH (fillfactor = 50)",
            "INSERT INTO order_counts SELECT status, payment_status, fulfillment_status, type, currency,
                CASE WHEN held_at IS NULL THEN 0 ELSE 1 END, 0, COUNT(*) FROM orders GROUP BY 1, 2, 3, 4, 5, 6",
            // In one order, so that two that share a slot do not wait for each other in a circle.
            "CREATE FUNCTION order_counts_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO order_counts AS c SELECT status, payment_status, fulfillment_status, type, currency,
                        CASE WHEN held_at IS NULL THEN 0 ELSE 1 END, pg_backend_pid() % 64, COUNT(*)
                    FROM new_orders GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
                    ON CONFLICT (status, payment_status, fulfillment_status, type, currency, held, slot)
                    DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION order_counts_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO order_counts AS c SELECT status, payment_status, fulfillment_status, type, currency,
                        CASE WHEN held_at IS NULL THEN 0 ELSE 1 END, pg_backend_pid() % 64, -COUNT(*)
                    FROM old_orders GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
                    ON CONFLICT (status, payment_status, fulfillment_status, type, currency, held, slot)
                    DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION order_counts_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO order_counts AS c SELECT status, payment_status, fulfillment_status, type, currency, held,
                        pg_backend_pid() % 64, SUM(n)
                    FROM (SELECT status, payment_status, fulfillment_status, type, currency,
                            CASE WHEN held_at IS NULL THEN 0 ELSE 1 END AS held, 1 AS n FROM new_orders
                        UNION ALL SELECT status, payment_status, fulfillment_status, type, currency,
                            CASE WHEN held_at IS NULL THEN 0 ELSE 1 END, -1 FROM old_orders) AS both_sides
                    GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6
                    ON CONFLICT (status, payment_status, fulfillment_status, type, currency, held, slot)
                    DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE TRIGGER order_counts_added AFTER INSERT ON orders
                REFERENCING NEW TABLE AS new_orders FOR EACH STATEMENT EXECUTE FUNCTION order_counts_added()",
            "CREATE TRIGGER order_counts_removed AFTER DELETE ON orders
                REFERENCING OLD TABLE AS old_orders FOR EACH STATEMENT EXECUTE FUNCTION order_counts_removed()",
            "CREATE TRIGGER order_counts_changed AFTER UPDATE ON orders
                REFERENCING OLD TABLE AS old_orders NEW TABLE AS new_orders FOR EACH STATEMENT
                EXECUTE FUNCTION order_counts_changed()",
        ],
        _ => &[
            "CREATE TABLE order_counts (
                status varchar(24) NOT NULL, payment_status varchar(24) NOT NULL, fulfillment_status varchar(24) NOT NULL,
                type varchar(24) NOT NULL, currency varchar(3) NOT NULL, held bigint NOT NULL, n bigint NOT NULL,
                PRIMARY KEY (status, payment_status, fulfillment_status, type, currency, held)) WITHOUT ROWID",
            "INSERT INTO order_counts SELECT status, payment_status, fulfillment_status, type, currency, held_at IS NOT NULL,
                COUNT(*) FROM orders GROUP BY 1, 2, 3, 4, 5, 6",
            "CREATE TRIGGER order_counts_added AFTER INSERT ON orders BEGIN
                INSERT INTO order_counts VALUES (NEW.status, NEW.payment_status, NEW.fulfillment_status, NEW.type, NEW.currency,
                    NEW.held_at IS NOT NULL, 1) ON CONFLICT DO UPDATE SET n = n + 1;
            END",
            "CREATE TRIGGER order_counts_removed AFTER DELETE ON orders BEGIN
                UPDATE order_counts SET n = n - 1 WHERE status = OLD.status AND payment_status = OLD.payment_status
                    AND fulfillment_status = OLD.fulfillment_status AND type = OLD.type AND currency = OLD.currency
                    AND held = (OLD.held_at IS NOT NULL);
            END",
            "CREATE TRIGGER order_counts_changed AFTER UPDATE ON orders
                WHEN NEW.status <> OLD.status OR NEW.payment_status <> OLD.payment_status OR NEW.type <> OLD.type
                    OR NEW.fulfillment_status <> OLD.fulfillment_status OR NEW.currency <> OLD.currency
                    OR (NEW.held_at IS NULL) <> (OLD.held_at IS NULL) BEGIN
                UPDATE order_counts SET n = n - 1 WHERE status = OLD.status AND payment_status = OLD.payment_status
                    AND fulfillment_status = OLD.fulfillment_status AND type = OLD.type AND currency = OLD.currency
                    AND held = (OLD.held_at IS NOT NULL);
                INSERT INTO order_counts VALUES (NEW.status, NEW.payment_status, NEW.fulfillment_status, NEW.type, NEW.currency,
                    NEW.held_at IS NOT NULL, 1) ON CONFLICT DO UPDATE SET n = n + 1;
            END",
        ],
    }
}

/// Text search for parts of three letters and more. Lines are set apart by two line ends, so that one or two letters at the
/// beginning of a line are three with what is before them.
///
/// On PostgreSQL it takes the extension `pg_trgm`; where that may not be created the search works without, slowly.
pub fn search(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "DO $$ BEGIN
                CREATE EXTENSION IF NOT EXISTS pg_trgm;
            EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
                RAISE WARNING 'the extension pg_trgm cannot be created: searching is slow without';
            END $$",
            "DO $$ BEGIN
                IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
                    CREATE INDEX orders_search ON orders USING gin (search_text gin_trgm_ops);
                    CREATE INDEX customers_search ON customers USING gin (search_text gin_trgm_ops);
                END IF;
            END $$",
        ],
        _ => &[
            // Ids are looked up by the number that the index knows.
            "CREATE TABLE order_search_rows (row INTEGER PRIMARY KEY, order_id uuid_text NOT NULL UNIQUE)",
            "CREATE VIRTUAL TABLE order_search USING fts5(text, content='', contentless_delete=1, tokenize='trigram')",
            "INSERT INTO order_search_rows (order_id) SELECT id FROM orders ORDER BY placed_at, id",
            "INSERT INTO order_search (rowid, text)
                SELECT r.row, replace(char(10) || o.search_text, char(10), char(10, 10))
                FROM order_search_rows r JOIN orders o ON o.id = r.order_id ORDER BY r.row",
            "CREATE TRIGGER order_search_added AFTER INSERT ON orders BEGIN
                INSERT INTO order_search_rows (order_id) VALUES (NEW.id);
                INSERT INTO order_search (rowid, text) SELECT row, replace(char(10) || NEW.search_text, char(10), char(10, 10))
                    FROM order_search_rows WHERE order_id = NEW.id;
            END",
            "CREATE TRIGGER order_search_changed AFTER UPDATE OF search_text ON orders
                WHEN NEW.search_text <> OLD.search_text BEGIN
                DELETE FROM order_search WHERE rowid = (SELECT row FROM order_search_rows WHERE order_id = OLD.id);
                INSERT INTO order_search (rowid, text) SELECT row, replace(char(10) || NEW.search_text, char(10), char(10, 10))
                    FROM order_search_rows WHERE order_id = NEW.id;
            END",
            "CREATE TRIGGER order_search_removed AFTER DELETE ON orders BEGIN
                DELETE FROM order_search WHERE rowid = (SELECT row FROM order_search_rows WHERE order_id = OLD.id);
                DELETE FROM order_search_rows WHERE order_id = OLD.id;
            END",
            "CREATE TABLE customer_search_rows (row INTEGER PRIMARY KEY, customer_id uuid_text NOT NULL UNIQUE)",
            "CREATE VIRTUAL TABLE customer_search USING fts5(text, content='', contentless_delete=1, tokenize='trigram')",
            "INSERT INTO customer_search_rows (customer_id) SELECT id FROM customers ORDER BY created_at, id",
            "INSERT INTO customer_search (rowid, text)
                SELECT r.row, replace(char(10) || c.search_text, char(10), char(10, 10))
                FROM customer_search_rows r JOIN customers c ON c.id = r.customer_id ORDER BY r.row",
            "CREATE TRIGGER customer_search_added AFTER INSERT ON customers BEGIN
                INSERT INTO customer_search_rows (customer_id) VALUES (NEW.id);
                INSERT INTO customer_search (rowid, text)
                    SELECT row, replace(char(10) || NEW.search_text, char(10), char(10, 10))
                    FROM customer_search_rows WHERE customer_id = NEW.id;
            END",
            "CREATE TRIGGER customer_search_changed AFTER UPDATE OF search_text ON customers
                WHEN NEW.search_text <> OLD.search_text BEGIN
                DELETE FROM customer_search WHERE rowid = (SELECT row FROM customer_search_rows WHERE customer_id = OLD.id);
                INSERT INTO customer_search (rowid, text)
                    SELECT row, replace(char(10) || NEW.search_text, char(10), char(10, 10))
                    FROM customer_search_rows WHERE customer_id = NEW.id;
            END",
            "CREATE TRIGGER customer_search_removed AFTER DELETE ON customers BEGIN
                DELETE FROM customer_search WHERE rowid = (SELECT row FROM customer_search_rows WHERE customer_id = OLD.id);
                DELETE FROM customer_search_rows WHERE customer_id = OLD.id;
            END",
        ],
    }
}

/// Takes all of it back. Indexes and triggers go with their tables.
pub fn down(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "DROP INDEX IF EXISTS orders_search, customers_search",
            "DROP TRIGGER order_counts_added ON orders",
            "DROP TRIGGER order_counts_removed ON orders",
            "DROP TRIGGER order_counts_changed ON orders",
            "DROP TRIGGER order_stores_added ON order_items",
            "DROP TRIGGER order_stores_removed ON order_items",
            "DROP FUNCTION order_counts_added(), order_counts_removed(), order_counts_changed(), order_stores_added(),
                order_stores_removed()",
            "DROP TABLE order_counts, order_stores",
        ],
        _ => &[
            "DROP TRIGGER order_counts_added",
            "DROP TRIGGER order_counts_removed",
            "DROP TRIGGER order_counts_changed",
            "DROP TRIGGER order_stores_added",
            "DROP TRIGGER order_stores_removed",
            "DROP TRIGGER order_search_added",
            "DROP TRIGGER order_search_changed",
            "DROP TRIGGER order_search_removed",
            "DROP TRIGGER customer_search_added",
            "DROP TRIGGER customer_search_changed",
            "DROP TRIGGER customer_search_removed",
            "DROP TABLE order_counts",
            "DROP TABLE order_stores",
            "DROP TABLE order_search",
            "DROP TABLE order_search_rows",
            "DROP TABLE customer_search",
            "DROP TABLE customer_search_rows",
        ],
    }
}
