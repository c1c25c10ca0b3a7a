//! Ids of imported rows follow from their external ids, so that they are the same in every run and a reference needs no
//! look-up.

use entity::time::Timestamp;
use sha2::{Digest as _, Sha256};

/// The time in the ids of rows that the source gives none: 2000-01-01T00:00:00Z. A constant, because the id must not
/// depend on when the import ran.
pub const UNDATED: Timestamp = Timestamp(946_684_800_000_000);

/// The bytes that stand where other ids have random ones: the beginning of SHA-256 over `table:external id`.
pub fn seed(table: &str, external_id: &str) -> [u8; 10] {
    let mut hash = Sha256::new();
    hash.update(table.as_bytes());
    hash.update(b":");
    hash.update(external_id.as_bytes());
    let digest = hash.finalize();
    let mut seed = [0; 10];
    seed.copy_from_slice(&digest[..10]);
    seed
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::id::OrderId;

    #[test]
    fn an_id_follows_from_table_and_external_id() {
        let id = |key: &str| OrderId::at(UNDATED, seed("orders", key));
        assert_eq!(id("a"), id("a"));
        assert_ne!(id("a"), id("b"));
        assert_ne!(id("a").0, OrderId::at(UNDATED, seed("stores", "a")).0);
        assert_eq!(id("a").0.get_version_num(), 7);
    }
}
