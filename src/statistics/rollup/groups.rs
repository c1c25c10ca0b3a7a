//! Groups of stores whose goods an order holds, or that sold one product in it.
//!
//! What is counted for each store alone would count an order with goods of two of them twice. So it is counted for their group
//! too: orders of some stores are those of each, less those of each group of which several are among them, as often as there are
//! more than one. Each store is a group of its own.

use std::collections::{BTreeMap, HashMap};

use entity::id::StoreId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::table::{Kind, column, listed};
use crate::{
    db::{one_of, statement},
    fault::Fault,
};

/// The first number of a group; lower ones are of other kinds of rankings.
pub const FIRST: i32 = 16;

/// The id of a group of stores, which come in order and once each: that of a store alone is its own.
pub fn id(stores: &[StoreId]) -> StoreId {
    if let [only] = stores {
        return *only;
    }
    let mut hash = Sha256::new();
    for store in stores {
        hash.update(store.0.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    // Of a version that no store has.
    StoreId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// A group as it is counted for.
struct Group {
    stores: Vec<StoreId>,
    /// Whether one product was sold by all of them in one order.
    sold: bool,
}

/// Groups by their ids.
#[derive(Default)]
pub struct Groups(BTreeMap<StoreId, Group>);

impl Groups {
    /// Adds the stores of an order, in order and once each.
    pub fn of_order(&mut self, stores: Vec<StoreId>) {
        self.add(stores, false);
    }

    /// Adds the stores that sold one product in an order, in order and once each.
    pub fn of_product(&mut self, stores: Vec<StoreId>) {
        self.add(stores, true);
    }

    fn add(&mut self, stores: Vec<StoreId>, sold: bool) {
        if !stores.is_empty() {
            self.0.entry(id(&stores)).or_insert_with(|| Group { stores, sold }).sold |= sold;
        }
    }

    /// The number of each; those without one are given one. One transaction at a time does so.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn numbers(&self, tx: &DatabaseTransaction) -> Result<HashMap<StoreId, i32>, Fault> {
        let backend = tx.get_database_backend();
        let (one_of, list) = one_of(backend, 1, self.0.keys().map(|id| id.0));
        let sql = format!("SELECT id, number, sold FROM store_groups WHERE id {one_of}");
        let mut numbers = HashMap::with_capacity(self.0.len());
        for row in tx.query_all_raw(statement(tx, sql, [list])).await? {
            let (id, number): (StoreId, i32) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            numbers.insert(id, number);
            if self.0.get(&id).is_some_and(|group| group.sold) && !row.try_get_by_index::<bool>(2)? {
                let sql = "UPDATE store_groups SET sold = true WHERE number = $1";
                tx.execute_raw(statement(tx, sql, [number.into()])).await?;
            }
        }
        if numbers.len() == self.0.len() {
            return Ok(numbers);
        }
        let last = "SELECT COALESCE(MAX(number) + 1, 0) FROM store_groups";
        let last = tx.query_one_raw(statement(tx, last, [])).await?.map(|row| row.try_get_by_index::<i32>(0));
        let next = last.transpose()?.unwrap_or_default().max(FIRST);
        let new: Vec<_> = self.0.iter().filter(|(id, _)| !numbers.contains_key(id)).collect();
        let (mut groups, mut members) = (Vec::new(), Vec::new());
        for (number, (id, group)) in (next..).zip(new) {
            let text = |id: &StoreId| Json::from(id.0.simple().to_string());
            groups.push(Json::from(vec![number.into(), text(id), group.stores.len().into(), group.sold.into()]));
            members.extend(group.stores.iter().map(|store| Json::from(vec![text(store), number.into()])));
            numbers.insert(*id, number);
        }
        for (into, kinds, rows) in [
            ("store_groups (number, id, size, sold)", &[Kind::Int, Kind::Uuid, Kind::Int, Kind::Bool][..], groups),
            ("store_group_members (store_id, number)", &[Kind::Uuid, Kind::Int], members),
        ] {
            let read: Vec<String> = kinds.iter().enumerate().map(|(at, kind)| column(backend, at, *kind)).collect();
            let sql = format!("INSERT INTO {into} SELECT {} FROM {}", read.join(", "), listed(backend));
            tx.execute_raw(statement(tx, sql, [Json::from(rows).to_string().into()])).await?;
        }
        Ok(numbers)
    }
}

/// A group whose sums are added up for some stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    /// Its id.
    pub group: StoreId,
    /// Its number.
    pub number: i32,
    /// How often its orders count: those of several of the stores are taken away, so that it is less than 0.
    pub times: i64,
}

/// The groups that are added up for some stores: each store that has any, and the groups of which several are among them; for
/// products those alone that sold one together.
///
/// # Errors
/// When the database fails.
pub(crate) async fn shares(conn: &impl ConnectionTrait, stores: &[StoreId], sold: bool) -> Result<Vec<Share>, Fault> {
    let (one_of, list) = one_of(conn.get_database_backend(), 1, stores.iter().map(|store| store.0));
    let sold = if sold { " WHERE g.sold" } else { "" };
    let several = match stores.len() {
        0 | 1 => String::new(),
        // They are counted before it is looked what they are.
        _ => format!(
            " UNION ALL SELECT g.id, g.number, several.members FROM (SELECT number, COUNT(*) AS members FROM store_group_members \
             WHERE store_id {one_of} GROUP BY number HAVING COUNT(*) > 1) AS several JOIN store_groups g ON g.number = several.number{sold}"
        ),
    };
    let sql = format!("SELECT id, number, CAST(1 AS bigint) AS members FROM store_groups WHERE id {one_of}{several}");
    let rows = conn.query_all_raw(statement(conn, sql, [list])).await?;
    let share = |row: &QueryResult| {
        let members: i64 = row.try_get_by_index(2)?;
        let times = if members > 1 { 1 - members } else { 1 };
        Ok(Share { group: row.try_get_by_index(0)?, number: row.try_get_by_index(1)?, times })
    };
    let mut shares = rows.iter().map(share).collect::<Result<Vec<_>, Fault>>()?;
    shares.sort_unstable_by_key(|share| share.number);
    Ok(shares)
}

/// The numbers of all groups, and what of them does not hold together.
///
/// # Errors
/// When the database fails.
pub(crate) async fn verify(conn: &impl ConnectionTrait) -> Result<(HashMap<StoreId, i32>, Vec<String>), Fault> {
    let mut members: HashMap<i32, Vec<StoreId>> = HashMap::new();
    let sql = "SELECT number, store_id FROM store_group_members ORDER BY store_id";
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        members.entry(row.try_get_by_index(0)?).or_default().push(row.try_get_by_index(1)?);
    }
    let (mut numbers, mut problems) = (HashMap::new(), Vec::new());
    for row in conn.query_all_raw(statement(conn, "SELECT id, number, size FROM store_groups", [])).await? {
        let (group, number, size): (StoreId, i32, i32) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let stores = members.remove(&number).unwrap_or_default();
        if usize::try_from(size) != Ok(stores.len()) || id(&stores) != group {
            problems
                .push(format!("store_groups {number} is of {size} stores, and has {} that are not those it is of", stores.len()));
        }
        numbers.insert(group, number);
    }
    problems.extend(members.keys().map(|number| format!("store_group_members has stores of {number}, which is no group")));
    Ok((numbers, problems))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_store_is_its_own_group_and_several_are_another() {
        let [one, two, three] = [1, 2, 3].map(|number| StoreId(Uuid::from_u128(number)));
        assert_eq!(id(&[one]), one);
        let groups = [id(&[one, two]), id(&[one, three]), id(&[two, three]), id(&[one, two, three])];
        assert!(groups.iter().all(|group| group.0.get_version_num() == 8));
        assert_eq!(std::collections::BTreeSet::from(groups).len(), groups.len());
        assert_eq!(groups[0], id(&[one, two]));
    }
}
