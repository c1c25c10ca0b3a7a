//! Stores, customers, products.

use std::{collections::HashMap, path::Path};

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{BundleError, Table, called, text, word};
use crate::{
    db::statement,
    export::read::{currency, money},
    import::time::written,
};

/// What orders refer to, by the ids of the rows.
#[derive(Default)]
pub struct Goods {
    /// Stores, as the bundle calls them.
    pub stores: HashMap<Uuid, String>,
    /// Customers, as the bundle calls them.
    pub customers: HashMap<Uuid, String>,
    /// Products, as the bundle calls them, each with the SKU of its first variant.
    pub products: HashMap<Uuid, (String, String)>,
}

/// Writes the three files, each by the names its rows have in the bundle.
pub(crate) async fn write(conn: &impl ConnectionTrait, folder: &Path, rows: &mut u64) -> Result<Goods, BundleError> {
    let mut goods = Goods::default();
    let (stores, customers) = (stores(conn, &mut goods).await?, customers(conn, &mut goods).await?);
    let products = products(conn, &mut goods).await?;
    #[allow(clippy::type_complexity, reason = "a name, a header and the rows of three files")]
    let files: [(&str, &[&str], Vec<Vec<String>>); 3] = [
        ("stores.csv", &["id", "name", "slug", "currency"], stores),
        ("customers.csv", &["id", "name", "email", "phone", "status", "created_at"], customers),
        ("products.csv", &["id", "store", "name", "description", "sku", "price", "currency", "status", "physical"], products),
    ];
    for (name, header, mut lines) in files {
        let mut table = Table::create(folder, name, header)?;
        // The first cell is unique in each file.
        lines.sort_unstable();
        for line in &lines {
            table.row(line)?;
        }
        *rows += lines.len() as u64;
        table.finish()?;
    }
    Ok(goods)
}

async fn stores(conn: &impl ConnectionTrait, goods: &mut Goods) -> Result<Vec<Vec<String>>, DbErr> {
    let sql = "SELECT id, external_id, name, slug, currency FROM stores";
    let mut lines = Vec::new();
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        let id: Uuid = row.try_get_by_index(0)?;
        let name = called("store", id, row.try_get_by_index(1)?);
        goods.stores.insert(id, name.clone());
        lines.push(vec![name, word(row.try_get_by_index(2)?), row.try_get_by_index(3)?, row.try_get_by_index(4)?]);
    }
    Ok(lines)
}

async fn customers(conn: &impl ConnectionTrait, goods: &mut Goods) -> Result<Vec<Vec<String>>, DbErr> {
    let sql = "SELECT id, external_id, name, email, phone, status, created_at FROM customers";
    let mut lines = Vec::new();
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        let id: Uuid = row.try_get_by_index(0)?;
        let name = called("customer", id, row.try_get_by_index(1)?);
        goods.customers.insert(id, name.clone());
        lines.push(vec![
            name,
            word(row.try_get_by_index(2)?),
            word(row.try_get_by_index(3)?),
            word(row.try_get_by_index(4)?),
            row.try_get_by_index(5)?,
            written(row.try_get_by_index(6)?),
        ]);
    }
    Ok(lines)
}

async fn products(conn: &impl ConnectionTrait, goods: &mut Goods) -> Result<Vec<Vec<String>>, BundleError> {
    // The first variant comes last and stays.
    let sql = "SELECT p.id, p.external_id, p.store_id, p.name, p.description, p.status, p.is_physical, v.sku, v.price_minor, \
         v.currency FROM products p JOIN product_variants v ON v.product_id = p.id ORDER BY v.position DESC, v.id DESC";
    let mut lines: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        let cell = |index: usize| row.try_get_by_index::<Option<String>>(index);
        let id: Uuid = row.try_get_by_index(0)?;
        let name = called("product", id, cell(1)?);
        let store: Uuid = row.try_get_by_index(2)?;
        let is_physical: bool = row.try_get_by_index(6)?;
        let code = word(cell(9)?);
        let price = money(row.try_get_by_index(8)?, currency(&code)?);
        let sku = word(cell(7)?);
        goods.products.insert(id, (name.clone(), sku.clone()));
        let store = goods.stores.get(&store).cloned().unwrap_or_default();
        let line = vec![name, store, word(cell(3)?), text(cell(4)?), sku, price, code, word(cell(5)?), is_physical.to_string()];
        lines.insert(id, line);
    }
    Ok(lines.into_values().collect())
}
