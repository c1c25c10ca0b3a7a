//! In which ways an order is paid, as one number: a bit for each way, of its payments and of what the buyer means to use. It is
//! kept by triggers, and orders are counted by it too. Both databases side by side.

use sea_orm_migration::sea_orm::DbBackend;

/// The ways to pay as stored, in the order of their bits.
const KINDS: [&str; 6] = ["CASH", "CREDIT", "DEBIT", "TRANSFER", "VOUCHER", "OTHER"];

/// What orders are counted by.
const COUNTED: &str = "status, payment_status, fulfillment_status, type, currency, payment_kinds";

/// The bit of the way in a column.
fn bit(column: &str) -> String {
    let each: Vec<_> = KINDS.iter().enumerate().map(|(place, kind)| format!("WHEN '{kind}' THEN {}", 1 << place)).collect();
    format!("(CASE {column} {} ELSE 0 END)", each.join(" "))
}

/// The bits of an order as its rows have it: `order` is the table or record whose columns are read.
fn bits(backend: DbBackend, order: &str) -> String {
    let paid = match backend {
        DbBackend::Postgres => {
            format!("COALESCE((SELECT bit_or({}) FROM payments p WHERE p.order_id = {order}.id), 0)", bit("p.type"))
        }
        _ => {
            let each: Vec<_> =
                KINDS.iter().enumerate().map(|(place, kind)| format!("MAX(p.type = '{kind}') * {}", 1 << place)).collect();
            format!("COALESCE((SELECT {} FROM payments p WHERE p.order_id = {order}.id), 0)", each.join(" + "))
        }
    };
    format!("({} | {paid})", bit(&format!("{order}.payment_type")))
}

/// Without what kept counts of orders before.
pub fn uncounted(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "DROP TRIGGER order_counts_added ON orders",
            "DROP TRIGGER order_counts_removed ON orders",
            "DROP TRIGGER order_counts_changed ON orders",
            "DROP FUNCTION order_counts_added(), order_counts_removed(), order_counts_changed()",
            "DROP TABLE order_counts",
        ],
        _ => &[
            "DROP TRIGGER order_counts_added",
            "DROP TRIGGER order_counts_removed",
            "DROP TRIGGER order_counts_changed",
            "DROP TABLE order_counts",
        ],
    }
}

/// The number of each order.
pub fn filled(backend: DbBackend) -> Vec<String> {
    vec![
        "ALTER TABLE orders ADD COLUMN payment_kinds integer NOT NULL DEFAULT 0".to_owned(),
        format!("UPDATE orders SET payment_kinds = {}", bits(backend, "orders")),
    ]
}

/// What keeps the numbers, and the counts of orders with them.
pub fn kept(backend: DbBackend) -> Vec<String> {
    match backend {
        DbBackend::Postgres => postgres(),
        _ => sqlite(),
    }
}

fn postgres() -> Vec<String> {
    const HELD: &str = "CASE WHEN held_at IS NULL THEN 0 ELSE 1 END";
    let add = format!("ON CONFLICT ({COUNTED}, held, slot) DO UPDATE SET n = c.n + excluded.n; RETURN NULL; END $$");
    // In one order, so that two that share a slot do not wait for each other in a circle.
    let order = "ORDER BY 1, 2, 3, 4, 5, 6, 7";
    let function =
        |name: &str, body: String| format!("CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}");
    let of_statement = |name: &str, sign: &str, rows: &str| {
        function(
            name,
            format!(
                "INSERT INTO order_counts AS c SELECT {COUNTED}, {HELD}, pg_backend_pid() % 64, {sign}COUNT(*) FROM {rows} \
                 GROUP BY 1, 2, 3, 4, 5, 6, 7 {order} {add}"
            ),
        )
    };
    let bits = bits(DbBackend::Postgres, "o");
    vec![
        "CREATE TABLE order_counts (
            status varchar(24) NOT NULL, payment_status varchar(24) NOT NULL, fulfillment_status varchar(24) NOT NULL,
            type varchar(24) NOT NULL, currency varchar(3) NOT NULL, payment_kinds integer NOT NULL, held bigint NOT NULL,
            slot integer NOT NULL, n bigint NOT NULL,
            PRIMARY KEY (status, payment_status, fulfillment_status, type, currency, payment_kinds, held, slot))
            WITH (fillfactor = 50)"
            .to_owned(),
        format!("INSERT INTO order_counts SELECT {COUNTED}, {HELD}, 0, COUNT(*) FROM orders GROUP BY 1, 2, 3, 4, 5, 6, 7"),
        of_statement("order_counts_added", "", "new_orders"),
        of_statement("order_counts_removed", "-", "old_orders"),
        function(
            "order_counts_changed",
            format!(
                "INSERT INTO order_counts AS c SELECT {COUNTED}, held, pg_backend_pid() % 64, SUM(n)
                    FROM (SELECT {COUNTED}, {HELD} AS held, 1 AS n FROM new_orders
                        UNION ALL SELECT {COUNTED}, {HELD}, -1 FROM old_orders) AS both_sides
                    GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING SUM(n) <> 0 {order} {add}"
            ),
        ),
        "CREATE TRIGGER order_counts_added AFTER INSERT ON orders
            REFERENCING NEW TABLE AS new_orders FOR EACH STATEMENT EXECUTE FUNCTION order_counts_added()"
            .to_owned(),
        "CREATE TRIGGER order_counts_removed AFTER DELETE ON orders
            REFERENCING OLD TABLE AS old_orders FOR EACH STATEMENT EXECUTE FUNCTION order_counts_removed()"
            .to_owned(),
        "CREATE TRIGGER order_counts_changed AFTER UPDATE ON orders
            REFERENCING OLD TABLE AS old_orders NEW TABLE AS new_orders FOR EACH STATEMENT
            EXECUTE FUNCTION order_counts_changed()"
            .to_owned(),
        function(
            "order_payment_kinds_meant",
            format!("NEW.payment_kinds = NEW.payment_kinds | {}; RETURN NEW; END $$", bit("NEW.payment_type")),
        ),
        "CREATE TRIGGER order_payment_kinds_meant BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.payment_type IS NOT NULL)
            EXECUTE FUNCTION order_payment_kinds_meant()"
            .to_owned(),
        function(
            "order_payment_kinds_changed",
            format!(
                "UPDATE orders o SET payment_kinds = {bits} WHERE o.id = NEW.id AND o.payment_kinds <> {bits}; RETURN NULL; END $$"
            ),
        ),
        "CREATE TRIGGER order_payment_kinds_changed AFTER UPDATE OF payment_type ON orders FOR EACH ROW
            WHEN (NEW.payment_type IS DISTINCT FROM OLD.payment_type) EXECUTE FUNCTION order_payment_kinds_changed()"
            .to_owned(),
        function(
            "payment_kinds_added",
            format!(
                "UPDATE orders o SET payment_kinds = o.payment_kinds | k.bits
                    FROM (SELECT order_id, bit_or({}) AS bits FROM new_payments GROUP BY order_id) AS k
                    WHERE o.id = k.order_id AND (o.payment_kinds & k.bits) <> k.bits; RETURN NULL; END $$",
                bit("type")
            ),
        ),
        "CREATE TRIGGER payment_kinds_added AFTER INSERT ON payments
            REFERENCING NEW TABLE AS new_payments FOR EACH STATEMENT EXECUTE FUNCTION payment_kinds_added()"
            .to_owned(),
        function(
            "payment_kinds_changed",
            format!(
                "UPDATE orders o SET payment_kinds = {bits}
                    WHERE o.id IN (OLD.order_id, NEW.order_id) AND o.payment_kinds <> {bits}; RETURN NULL; END $$"
            ),
        ),
        "CREATE TRIGGER payment_kinds_changed AFTER UPDATE OF type, order_id ON payments FOR EACH ROW
            WHEN ((NEW.type, NEW.order_id) IS DISTINCT FROM (OLD.type, OLD.order_id)) EXECUTE FUNCTION payment_kinds_changed()"
            .to_owned(),
        function(
            "payment_kinds_removed",
            format!(
                "UPDATE orders o SET payment_kinds = {bits} WHERE o.id = OLD.order_id AND o.payment_kinds <> {bits}; RETURN NULL; END $$"
            ),
        ),
        "CREATE TRIGGER payment_kinds_removed AFTER DELETE ON payments FOR EACH ROW EXECUTE FUNCTION payment_kinds_removed()"
            .to_owned(),
    ]
}

fn sqlite() -> Vec<String> {
    let values = |row: &str| {
        let columns: Vec<_> = COUNTED.split(", ").map(|column| format!("{row}.{column}")).collect();
        format!("{}, {row}.held_at IS NOT NULL", columns.join(", "))
    };
    let added = format!("INSERT INTO order_counts VALUES ({}, 1) ON CONFLICT DO UPDATE SET n = n + 1", values("NEW"));
    let removed = format!("UPDATE order_counts SET n = n - 1 WHERE ({COUNTED}, held) = ({})", values("OLD"));
    let bits = bits(DbBackend::Sqlite, "orders");
    let recounted =
        |order: &str| format!("UPDATE orders SET payment_kinds = {bits} WHERE id = {order} AND payment_kinds <> {bits}");
    let changes: Vec<_> = COUNTED.split(", ").map(|column| format!("NEW.{column} <> OLD.{column}")).collect();
    vec![
        "CREATE TABLE order_counts (
            status varchar(24) NOT NULL, payment_status varchar(24) NOT NULL, fulfillment_status varchar(24) NOT NULL,
            type varchar(24) NOT NULL, currency varchar(3) NOT NULL, payment_kinds integer NOT NULL, held bigint NOT NULL,
            n bigint NOT NULL,
            PRIMARY KEY (status, payment_status, fulfillment_status, type, currency, payment_kinds, held)) WITHOUT ROWID"
            .to_owned(),
        format!(
            "INSERT INTO order_counts SELECT {COUNTED}, held_at IS NOT NULL, COUNT(*) FROM orders GROUP BY 1, 2, 3, 4, 5, 6, 7"
        ),
        // Counted as it is written, then as what it means to be paid by is known: two triggers might come the other way round.
        format!(
            "CREATE TRIGGER order_counts_added AFTER INSERT ON orders BEGIN
                {added};
                UPDATE orders SET payment_kinds = payment_kinds | {bit}
                    WHERE NEW.payment_type IS NOT NULL AND id = NEW.id AND payment_kinds & {bit} = 0;
            END",
            bit = bit("NEW.payment_type")
        ),
        format!("CREATE TRIGGER order_counts_removed AFTER DELETE ON orders BEGIN {removed}; END"),
        format!(
            "CREATE TRIGGER order_counts_changed AFTER UPDATE ON orders
                WHEN {} OR (NEW.held_at IS NULL) <> (OLD.held_at IS NULL) BEGIN
                {removed};
                {added};
            END",
            changes.join(" OR ")
        ),
        format!(
            "CREATE TRIGGER order_payment_kinds_changed AFTER UPDATE OF payment_type ON orders
                WHEN NEW.payment_type IS NOT OLD.payment_type BEGIN {}; END",
            recounted("NEW.id")
        ),
        format!(
            "CREATE TRIGGER payment_kinds_added AFTER INSERT ON payments BEGIN
                UPDATE orders SET payment_kinds = payment_kinds | {bit} WHERE id = NEW.order_id AND payment_kinds & {bit} = 0;
            END",
            bit = bit("NEW.type")
        ),
        format!(
            "CREATE TRIGGER payment_kinds_changed AFTER UPDATE OF type, order_id ON payments
                WHEN NEW.type <> OLD.type OR NEW.order_id <> OLD.order_id BEGIN
                {};
                {};
            END",
            recounted("OLD.order_id"),
            recounted("NEW.order_id")
        ),
        format!("CREATE TRIGGER payment_kinds_removed AFTER DELETE ON payments BEGIN {}; END", recounted("OLD.order_id")),
    ]
}

/// Takes back what keeps them.
pub fn down(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "DROP TRIGGER payment_kinds_added ON payments",
            "DROP TRIGGER payment_kinds_changed ON payments",
            "DROP TRIGGER payment_kinds_removed ON payments",
            "DROP TRIGGER order_payment_kinds_meant ON orders",
            "DROP TRIGGER order_payment_kinds_changed ON orders",
            "DROP FUNCTION payment_kinds_added(), payment_kinds_changed(), payment_kinds_removed(), order_payment_kinds_meant(),
                order_payment_kinds_changed()",
        ],
        _ => &[
            "DROP TRIGGER payment_kinds_added",
            "DROP TRIGGER payment_kinds_changed",
            "DROP TRIGGER payment_kinds_removed",
            "DROP TRIGGER order_payment_kinds_changed",
        ],
    }
}
