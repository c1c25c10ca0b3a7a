//! Histograms as they are kept: many bins in few bytes, and adding to many histograms at once.
//!
//! A histogram is the bins that are not empty, by their numbers. Each is written as its distance from the one before and its
//! sums, all as numbers of seven bits a byte (LEB128), those that may be negative folded (zigzag).

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult};
use serde_json::Value as Json;

use super::table::{Key, Kind, column, grow, listed};
use crate::{db::statement, fault::Fault};

/// Sums by bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram<const N: usize>(pub BTreeMap<i32, [i64; N]>);

impl<const N: usize> Default for Histogram<N> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<const N: usize> Histogram<N> {
    /// Adds to a bin.
    ///
    /// # Errors
    /// Beyond 64 bits.
    pub fn add(&mut self, bin: i32, times: i64, amounts: [i64; N]) -> Result<(), Fault> {
        grow(self.0.entry(bin).or_insert([0; N]), times, amounts)
    }

    /// Adds all bins of another.
    ///
    /// # Errors
    /// Beyond 64 bits.
    pub fn add_all(&mut self, other: &Self) -> Result<(), Fault> {
        other.0.iter().try_for_each(|(bin, amounts)| self.add(*bin, 1, *amounts))
    }

    /// Reads what [`Self::write`] wrote.
    ///
    /// # Errors
    /// For anything else.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let mut histogram = Self::default();
        histogram.add_written(bytes)?;
        Ok(histogram)
    }

    /// Adds all bins of one that [`Self::write`] wrote.
    ///
    /// # Errors
    /// For anything else, or beyond 64 bits.
    pub fn add_written(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        each(bytes, |bin, amounts| self.add(bin, 1, amounts))
    }

    /// Adds all that a [`list_cell`] lists.
    ///
    /// # Errors
    /// For anything else, or beyond 64 bits.
    pub fn add_list(&mut self, row: &QueryResult, at: usize) -> Result<(), Fault> {
        let list: Option<String> = row.try_get_by_index(at)?;
        self.add_listed(list.as_deref().unwrap_or_default())
    }

    fn add_listed(&mut self, list: &str) -> Result<(), Fault> {
        let (mut near, mut bytes) = (Near::<N>::default(), Vec::new());
        for written in list.split(',').filter(|written| !written.is_empty()) {
            bytes.clear();
            unhex(written, &mut bytes).ok_or_else(corrupt)?;
            each(&bytes, |bin, amounts| match near.of(bin) {
                Some(sums) => grow(sums, 1, amounts),
                None => self.add(bin, 1, amounts),
            })?;
        }
        near.sums().try_for_each(|(bin, amounts)| self.add(bin, 1, amounts))
    }

    /// As bytes; bins without anything are left out.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * (N + 1) * 2);
        let mut before = 0;
        for (bin, sums) in self.0.iter().filter(|(_, sums)| sums.iter().any(|sum| *sum != 0)) {
            put(&mut bytes, folded(i64::from(*bin) - before));
            before = i64::from(*bin);
            sums.iter().for_each(|sum| put(&mut bytes, folded(*sum)));
        }
        bytes
    }
}

/// Gives each bin of what [`Histogram::write`] wrote.
fn each<const N: usize>(bytes: &[u8], mut give: impl FnMut(i32, [i64; N]) -> Result<(), Fault>) -> Result<(), Fault> {
    let (mut rest, mut bin) = (bytes, 0_i64);
    while !rest.is_empty() {
        bin = bin.checked_add(signed(take(&mut rest).ok_or_else(corrupt)?)).ok_or_else(corrupt)?;
        let mut sums = [0; N];
        for sum in &mut sums {
            *sum = signed(take(&mut rest).ok_or_else(corrupt)?);
        }
        give(i32::try_from(bin).map_err(|_| corrupt())?, sums)?;
    }
    Ok(())
}

/// Sums of bins near to each other, side by side: hundreds of histograms have the same few hundred bins, and a map would look
/// each of them up.
#[derive(Default)]
struct Near<const N: usize> {
    first: i64,
    sums: Vec<[i64; N]>,
}

impl<const N: usize> Near<N> {
    /// How many bins: more than lengths of up to a million years need.
    const BINS: i64 = 1_024;

    /// The sums of a bin; none for one that is far from the one first asked for.
    fn of(&mut self, bin: i32) -> Option<&mut [i64; N]> {
        if self.sums.is_empty() {
            self.first = i64::from(bin) - Self::BINS / 4;
            self.sums = vec![[0; N]; Self::BINS as usize];
        }
        self.sums.get_mut(usize::try_from(i64::from(bin) - self.first).ok()?)
    }

    /// The bins with anything in them.
    fn sums(self) -> impl Iterator<Item = (i32, [i64; N])> {
        let filled = self.sums.into_iter().zip(self.first..).filter(|(sums, _)| sums.iter().any(|sum| *sum != 0));
        filled.filter_map(|(sums, bin)| Some((i32::try_from(bin).ok()?, sums)))
    }
}

fn corrupt() -> Fault {
    Fault::Corrupt("a histogram".into())
}

const fn folded(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

const fn signed(folded: u64) -> i64 {
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, more) = rest.split_first()?;
        *rest = more;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// A table of histograms, in its column `counts`.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key.
    pub keys: &'static [(&'static str, Kind)],
}

/// Histograms that are read or written by one statement.
const AT_ONCE: usize = 500;

/// Adds to the histograms of a table.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub(crate) async fn add<K: Key, const N: usize>(
    tx: &DatabaseTransaction,
    table: &Table,
    changes: BTreeMap<K, Histogram<N>>,
) -> Result<(), Fault> {
    let backend = tx.get_database_backend();
    let is_change = |histogram: &Histogram<N>| histogram.0.values().any(|sums| sums.iter().any(|sum| *sum != 0));
    let changes: Vec<(K, Histogram<N>)> = changes.into_iter().filter(|(_, histogram)| is_change(histogram)).collect();
    for changes in changes.chunks(AT_ONCE) {
        let mut histograms: Vec<Histogram<N>> = changes.iter().map(|(_, histogram)| histogram.clone()).collect();
        let keys: Vec<Json> = changes.iter().map(|(key, _)| Json::from(key.columns())).collect();
        let list = Json::from(keys).to_string().into();
        for row in tx.query_all_raw(statement(tx, known(backend, table), [list])).await? {
            let place: i64 = row.try_get_by_index(0)?;
            let histogram = usize::try_from(place).ok().and_then(|place| histograms.get_mut(place));
            let histogram = histogram.ok_or_else(|| Fault::Internal("a histogram nobody asked for".into()))?;
            histogram.add_all(&Histogram::read(&row.try_get_by_index::<Vec<u8>>(1)?)?)?;
        }
        let row = |((key, _), histogram): (&(K, Histogram<N>), &Histogram<N>)| {
            let mut row = key.columns();
            row.push(hex(&histogram.write()).into());
            Json::from(row)
        };
        let rows: Vec<Json> = changes.iter().zip(&histograms).map(row).collect();
        tx.execute_raw(statement(tx, upsert(backend, table), [Json::from(rows).to_string().into()])).await?;
    }
    Ok(())
}

/// The histograms of a group as one text, for [`Histogram::add_list`]: handing over rows takes longer than reading them.
pub fn list_cell(backend: DbBackend, column: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("string_agg(encode({column}, 'hex'), ',')"),
        _ => format!("group_concat(hex({column}), ',')"),
    }
}

/// The value of a hexadecimal digit; above 15 for anything else.
const DIGIT_VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        let digit = DIGITS[value as usize];
        values[digit as usize] = value;
        values[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    values
};

/// Appends the bytes that a text stands for; none when it is no such text.
fn unhex(text: &str, bytes: &mut Vec<u8>) -> Option<()> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    for [high, low] in pairs {
        let (high, low) = (DIGIT_VALUES[usize::from(*high)], DIGIT_VALUES[usize::from(*low)]);
        if high > 15 || low > 15 {
            return None;
        }
        bytes.push(high << 4 | low);
    }
    rest.is_empty().then_some(())
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// What is kept of some histograms, with their places in the list.
fn known(backend: DbBackend, table: &Table) -> String {
    let (place, list, join) = match backend {
        DbBackend::Postgres => ("r.n - 1", "json_array_elements($1::json) WITH ORDINALITY AS r (value, n)", "JOIN"),
        // The order of a CROSS JOIN is kept by SQLite.
        _ => ("r.key", "json_each($1) AS r", "CROSS JOIN"),
    };
    let same: Vec<String> = columns(backend, table).map(|(name, value)| format!("t.{name} = {value}")).collect();
    format!("SELECT CAST({place} AS bigint), t.counts FROM {list} {join} {} t ON {}", table.name, same.join(" AND "))
}

fn upsert(backend: DbBackend, table: &Table) -> String {
    let (names, values): (Vec<&str>, Vec<String>) = columns(backend, table).unzip();
    let (names, place) = (names.join(", "), table.keys.len());
    let from = listed(backend);
    let counts = match backend {
        DbBackend::Postgres => format!("decode(r.value ->> {place}, 'hex')"),
        _ => format!("unhex(r.value ->> {place})"),
    };
    format!(
        "INSERT INTO {} ({names}, counts) SELECT {}, {counts} FROM {from} ON CONFLICT ({names}) \
         DO UPDATE SET counts = excluded.counts",
        table.name,
        values.join(", ")
    )
}

fn columns(backend: DbBackend, table: &Table) -> impl Iterator<Item = (&'static str, String)> {
    table.keys.iter().enumerate().map(move |(place, (name, kind))| (*name, column(backend, place, *kind)))
}

/// Reads the histogram of a row.
///
/// # Errors
/// When it is none.
pub fn of<const N: usize>(row: &sea_orm::QueryResult, column: usize) -> Result<Histogram<N>, Fault> {
    let bytes: Result<Vec<u8>, DbErr> = row.try_get_by_index(column);
    Histogram::read(&bytes?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_bytes_hold_a_histogram() {
        let mut histogram = Histogram::<2>::default();
        histogram.add(40, 1, [1, 1_000]).unwrap();
        histogram.add(-1, 2, [1, -7]).unwrap();
        histogram.add(41, 1, [0, 0]).unwrap();
        assert_eq!(histogram.write(), [1, 4, 27, 82, 2, 208, 15]);
        assert_eq!(hex(&[0, 255, 26]), "00ff1a");
        let read = |text| {
            let mut bytes = Vec::new();
            unhex(text, &mut bytes).map(|()| bytes)
        };
        assert_eq!(read("00FF1a"), Some(vec![0, 255, 26]));
        assert_eq!(["0", "0g", "€"].map(read), [None, None, None]);
    }

    #[test]
    fn what_is_no_histogram_is_told() {
        for bytes in [&[0x80][..], &[2], &[2, 0x80, 0x80], &[0xff; 12]] {
            assert!(Histogram::<1>::read(bytes).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            bins in prop::collection::btree_map(any::<i32>(), (any::<i64>(), any::<i64>()), 0..20)
        ) {
            let filled = bins.into_iter().filter(|(_, sums)| *sums != (0, 0));
            let histogram = Histogram(filled.map(|(bin, (count, sum))| (bin, [count, sum])).collect());
            prop_assert_eq!(Histogram::read(&histogram.write()).unwrap(), histogram);
        }

        #[test]
        fn a_list_is_the_sum_of_its_parts(
            parts in prop::collection::vec(prop::collection::btree_map(-3_000_i32..3_000, -9_i64..9, 0..9), 0..9)
        ) {
            let part = |bins: BTreeMap<i32, i64>| Histogram(bins.into_iter().map(|(bin, count)| (bin, [count])).collect());
            let (mut one_by_one, mut listed, mut list) = (Histogram::<1>::default(), Histogram::<1>::default(), Vec::new());
            for part in parts.into_iter().map(part) {
                one_by_one.add_all(&part).unwrap();
                list.push(hex(&part.write()));
            }
            listed.add_listed(&list.join(",")).unwrap();
            prop_assert_eq!(listed.write(), one_by_one.write());
        }

        #[test]
        fn no_bytes_make_it_fail_badly(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Histogram::<2>::read(&bytes);
            let _ = Histogram::<2>::default().add_listed(&hex(&bytes));
        }
    }
}
