//! How many rows the lists have: few counts, kept by triggers, so that they follow every way in which rows are written. Both
//! databases side by side. On PostgreSQL each connection adds to rows of its own, so that writers do not wait for each other;
//! the sum counts.

use sea_orm_migration::sea_orm::DbBackend;

/// Payments by state, way, provider and currency.
pub fn of_payments(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "CREATE TABLE payment_counts (
                status varchar(24) NOT NULL, type varchar(24) NOT NULL, gateway varchar(24) NOT NULL, currency varchar(3) NOT NULL,
                slot integer NOT NULL, n bigint NOT NULL,
                PRIMARY KEY (status, type, gateway, currency, slot)) WITH (fillfactor = 50)",
            "INSERT INTO payment_counts SELECT status, type, gateway, currency, 0, COUNT(*) FROM payments GROUP BY 1, 2, 3, 4",
            // In one order, so that two that share a slot do not wait for each other in a circle.
            "CREATE FUNCTION payment_counts_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO payment_counts AS c SELECT status, type, gateway, currency, pg_backend_pid() % 64, COUNT(*)
                    FROM new_payments GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
                    ON CONFLICT (status, type, gateway, currency, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION payment_counts_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO payment_counts AS c SELECT status, type, gateway, currency, pg_backend_pid() % 64, -COUNT(*)
                    FROM old_payments GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
                    ON CONFLICT (status, type, gateway, currency, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION payment_counts_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO payment_counts AS c SELECT status, type, gateway, currency, pg_backend_pid() % 64, n
                    FROM (VALUES (OLD.status, OLD.type, OLD.gateway, OLD.currency, -1),
                        (NEW.status, NEW.type, NEW.gateway, NEW.currency, 1)) AS both_sides (status, type, gateway, currency, n)
                    ORDER BY 1, 2, 3, 4
                    ON CONFLICT (status, type, gateway, currency, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE TRIGGER payment_counts_added AFTER INSERT ON payments
                REFERENCING NEW TABLE AS new_payments FOR EACH STATEMENT EXECUTE FUNCTION payment_counts_added()",
            "CREATE TRIGGER payment_counts_removed AFTER DELETE ON payments
                REFERENCING OLD TABLE AS old_payments FOR EACH STATEMENT EXECUTE FUNCTION payment_counts_removed()",
            "CREATE TRIGGER payment_counts_changed AFTER UPDATE OF status, type, gateway, currency ON payments FOR EACH ROW
                WHEN ((NEW.status, NEW.type, NEW.gateway, NEW.currency)
                    IS DISTINCT FROM (OLD.status, OLD.type, OLD.gateway, OLD.currency))
                EXECUTE FUNCTION payment_counts_changed()",
        ],
        _ => &[
            "CREATE TABLE payment_counts (
                status varchar(24) NOT NULL, type varchar(24) NOT NULL, gateway varchar(24) NOT NULL, currency varchar(3) NOT NULL,
                n bigint NOT NULL, PRIMARY KEY (status, type, gateway, currency)) WITHOUT ROWID",
            "INSERT INTO payment_counts SELECT status, type, gateway, currency, COUNT(*) FROM payments GROUP BY 1, 2, 3, 4",
            "CREATE TRIGGER payment_counts_added AFTER INSERT ON payments BEGIN
                INSERT INTO payment_counts VALUES (NEW.status, NEW.type, NEW.gateway, NEW.currency, 1)
                    ON CONFLICT DO UPDATE SET n = n + 1;
            END",
            "CREATE TRIGGER payment_counts_removed AFTER DELETE ON payments BEGIN
                UPDATE payment_counts SET n = n - 1 WHERE status = OLD.status AND type = OLD.type AND gateway = OLD.gateway
                    AND currency = OLD.currency;
            END",
            "CREATE TRIGGER payment_counts_changed AFTER UPDATE OF status, type, gateway, currency ON payments
                WHEN (NEW.status, NEW.type, NEW.gateway, NEW.currency) <> (OLD.status, OLD.type, OLD.gateway, OLD.currency) BEGIN
                UPDATE payment_counts SET n = n - 1 WHERE status = OLD.status AND type = OLD.type AND gateway = OLD.gateway
                    AND currency = OLD.currency;
                INSERT INTO payment_counts VALUES (NEW.status, NEW.type, NEW.gateway, NEW.currency, 1)
                    ON CONFLICT DO UPDATE SET n = n + 1;
            END",
        ],
    }
}

/// Line items; customers and products by state.
pub fn of_lists(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "CREATE TABLE list_counts (
                list varchar(24) NOT NULL, kind varchar(24) NOT NULL, slot integer NOT NULL, n bigint NOT NULL,
                PRIMARY KEY (list, kind, slot)) WITH (fillfactor = 50)",
            "INSERT INTO list_counts SELECT 'order_items', '', 0, COUNT(*) FROM order_items",
            "INSERT INTO list_counts SELECT 'customers', status, 0, COUNT(*) FROM customers GROUP BY status",
            "INSERT INTO list_counts SELECT 'products', status, 0, COUNT(*) FROM products GROUP BY status",
            "CREATE FUNCTION order_items_counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO list_counts AS c SELECT 'order_items', '', pg_backend_pid() % 64, COUNT(*) FROM new_rows
                    GROUP BY 2 ORDER BY 2 ON CONFLICT (list, kind, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION order_items_uncounted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO list_counts AS c SELECT 'order_items', '', pg_backend_pid() % 64, -COUNT(*) FROM old_rows
                    GROUP BY 2 ORDER BY 2 ON CONFLICT (list, kind, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE TRIGGER order_items_counted AFTER INSERT ON order_items
                REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION order_items_counted()",
            "CREATE TRIGGER order_items_uncounted AFTER DELETE ON order_items
                REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION order_items_uncounted()",
            "CREATE FUNCTION customers_counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO list_counts AS c SELECT 'customers', status, pg_backend_pid() % 64, COUNT(*) FROM new_rows
                    GROUP BY 2 ORDER BY 2 ON CONFLICT (list, kind, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION customers_uncounted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO list_counts AS c SELECT 'customers', status, pg_backend_pid() % 64, -COUNT(*) FROM old_rows
                    GROUP BY 2 ORDER BY 2 ON CONFLICT (list, kind, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE TRIGGER customers_counted AFTER INSERT ON customers
                REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION customers_counted()",
            "CREATE TRIGGER customers_uncounted AFTER DELETE ON customers
                REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION customers_uncounted()",
            "CREATE FUNCTION customers_recounted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO list_counts AS c SELECT 'customers', kind, pg_backend_pid() % 64, n
                    FROM (VALUES (OLD.status, -1), (NEW.status, 1)) AS both_sides (kind, n)
                    ORDER BY kind ON CONFLICT (list, kind, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE TRIGGER customers_recounted AFTER UPDATE OF status ON customers FOR EACH ROW
                WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION customers_recounted()",
            "CREATE FUNCTION products_counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO list_counts AS c SELECT 'products', status, pg_backend_pid() % 64, COUNT(*) FROM new_rows
                    GROUP BY 2 ORDER BY 2 ON CONFLICT (list, kind, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE FUNCTION products_uncounted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO list_counts AS c SELECT 'products', status, pg_backend_pid() % 64, -COUNT(*) FROM old_rows
                    GROUP BY 2 ORDER BY 2 ON CONFLICT (list, kind, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE TRIGGER products_counted AFTER INSERT ON products
                REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products_counted()",
            "CREATE TRIGGER products_uncounted AFTER DELETE ON products
                REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION products_uncounted()",
            "CREATE FUNCTION products_recounted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO list_counts AS c SELECT 'products', kind, pg_backend_pid() % 64, n
                    FROM (VALUES (OLD.status, -1), (NEW.status, 1)) AS both_sides (kind, n)
                    ORDER BY kind ON CONFLICT (list, kind, slot) DO UPDATE SET n = c.n + excluded.n;
                RETURN NULL;
            END $$",
            "CREATE TRIGGER products_recounted AFTER UPDATE OF status ON products FOR EACH ROW
                WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION products_recounted()",
        ],
        _ => &[
            "CREATE TABLE list_counts (
                list varchar(24) NOT NULL, kind varchar(24) NOT NULL, n bigint NOT NULL,
                PRIMARY KEY (list, kind)) WITHOUT ROWID",
            "INSERT INTO list_counts SELECT 'order_items', '', COUNT(*) FROM order_items",
            "INSERT INTO list_counts SELECT 'customers', status, COUNT(*) FROM customers GROUP BY status",
            "INSERT INTO list_counts SELECT 'products', status, COUNT(*) FROM products GROUP BY status",
            "CREATE TRIGGER order_items_counted AFTER INSERT ON order_items BEGIN
                INSERT INTO list_counts VALUES ('order_items', '', 1) ON CONFLICT DO UPDATE SET n = n + 1;
            END",
            "CREATE TRIGGER order_items_uncounted AFTER DELETE ON order_items BEGIN
                UPDATE list_counts SET n = n - 1 WHERE list = 'order_items' AND kind = '';
            END",
            "CREATE TRIGGER customers_counted AFTER INSERT ON customers BEGIN
                INSERT INTO list_counts VALUES ('customers', NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
            END",
            "CREATE TRIGGER customers_uncounted AFTER DELETE ON customers BEGIN
                UPDATE list_counts SET n = n - 1 WHERE list = 'customers' AND kind = OLD.status;
            END",
            "CREATE TRIGGER customers_recounted AFTER UPDATE OF status ON customers WHEN NEW.status <> OLD.status BEGIN
                UPDATE list_counts SET n = n - 1 WHERE list = 'customers' AND kind = OLD.status;
                INSERT INTO list_counts VALUES ('customers', NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
            END",
            "CREATE TRIGGER products_counted AFTER INSERT ON products BEGIN
                INSERT INTO list_counts VALUES ('products', NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
            END",
            "CREATE TRIGGER products_uncounted AFTER DELETE ON products BEGIN
                UPDATE list_counts SET n = n - 1 WHERE list = 'products' AND kind = OLD.status;
            END",
            "CREATE TRIGGER products_recounted AFTER UPDATE OF status ON products WHEN NEW.status <> OLD.status BEGIN
                UPDATE list_counts SET n = n - 1 WHERE list = 'products' AND kind = OLD.status;
                INSERT INTO list_counts VALUES ('products', NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
            END",
        ],
    }
}

/// Takes all of it back.
pub fn down(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "DROP TRIGGER payment_counts_added ON payments",
            "DROP TRIGGER payment_counts_removed ON payments",
            "DROP TRIGGER payment_counts_changed ON payments",
            "DROP TRIGGER order_items_counted ON order_items",
            "DROP TRIGGER order_items_uncounted ON order_items",
            "DROP TRIGGER customers_counted ON customers",
            "DROP TRIGGER customers_uncounted ON customers",
            "DROP TRIGGER customers_recounted ON customers",
            "DROP TRIGGER products_counted ON products",
            "DROP TRIGGER products_uncounted ON products",
            "DROP TRIGGER products_recounted ON products",
            "DROP FUNCTION payment_counts_added(), payment_counts_removed(), payment_counts_changed(), order_items_counted(),
                order_items_uncounted(), customers_counted(), customers_uncounted(), customers_recounted(), products_counted(),
                products_uncounted(), products_recounted()",
            "DROP TABLE payment_counts, list_counts",
        ],
        _ => &[
            "DROP TRIGGER payment_counts_added",
            "DROP TRIGGER payment_counts_removed",
            "DROP TRIGGER payment_counts_changed",
            "DROP TRIGGER order_items_counted",
            "DROP TRIGGER order_items_uncounted",
            "DROP TRIGGER customers_counted",
            "DROP TRIGGER customers_uncounted",
            "DROP TRIGGER customers_recounted",
            "DROP TRIGGER products_counted",
            "DROP TRIGGER products_uncounted",
            "DROP TRIGGER products_recounted",
            "DROP TABLE payment_counts",
            "DROP TABLE list_counts",
        ],
    }
}
