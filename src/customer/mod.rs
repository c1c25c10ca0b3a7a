//! Customers and their addresses (CUST-01 to CUST-08, ADDR-01 to ADDR-04).

pub mod address;
pub mod bulk;
pub mod change;
pub mod create;
pub mod query;
pub mod update;

use crate::search::folded;

/// What a customer is searched by, folded, a line each.
pub fn search_text(name: &str, email: Option<&str>, phone: Option<&str>, external_id: Option<&str>) -> String {
    let parts: Vec<&str> =
        [Some(name), email, phone, external_id].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    folded(&parts.join("\n"))
}
