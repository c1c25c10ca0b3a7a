//! What the two layouts have in common: orders stream, the files beside them are read first.

use super::{
    ImportError,
    directory::{Fate, Orders},
    parties::PartyFiles,
    progress::Progress,
    record::{Loaded, OrderRecord},
    report::Report,
    side::{Side, SideRow, Sorted},
    table::{Row, Table},
};

/// Gives the orders of a source, one after the other.
pub trait Feed {
    /// The files that the parties were read from.
    fn parties(&self) -> PartyFiles;

    /// The file that the orders are read from.
    fn table(&self) -> &Table;

    /// The next order. Rows that are wrong are refused on the way.
    ///
    /// # Errors
    /// When the file cannot be read on.
    fn next(&mut self, loaded: &mut Loaded, report: &mut Report) -> Result<Option<OrderRecord>, ImportError>;
}

/// Reads on to the next order that `read` can make of a row.
///
/// # Errors
/// When the file cannot be read on.
pub fn next_order(
    table: &mut Table,
    id_column: &str,
    loaded: &mut Loaded,
    report: &mut Report,
    read: impl Fn(&Row<'_>, u32, &Loaded) -> Result<OrderRecord, String>,
) -> Result<Option<OrderRecord>, ImportError> {
    let file = table.file;
    while let Some(row) = table.next()? {
        report.of(file).read += 1;
        let Some(id) = row.word(id_column) else {
            let reason = row.check().err().unwrap_or_else(|| format!("{id_column}: missing"));
            report.refuse(file, row.line, reason);
            continue;
        };
        let order = loaded.orders.place(id);
        let claimed = loaded.orders.claim(order, row.line);
        match claimed.and_then(|()| row.check()).and_then(|()| read(&row, order, loaded)) {
            Ok(record) => return Ok(Some(record)),
            Err(reason) => {
                report.refuse(file, row.line, reason);
                // An earlier row of the same order keeps its own fate.
                if loaded.orders.fate(order) == Fate::Waiting(row.line) {
                    loaded.orders.decide(order, Fate::Refused(row.line));
                }
            }
        }
    }
    Ok(None)
}

/// Reads a file beside the orders. With `whole`, an order of which a row is refused is refused too.
///
/// # Errors
/// When the file cannot be read on.
pub fn read_side<T: Sorted>(
    mut table: Table,
    (order_column, whole): (&str, bool),
    orders: &mut Orders,
    (report, progress): (&mut Report, &dyn Progress),
    mut read: impl FnMut(&Row<'_>, u32) -> Result<T, String>,
) -> Result<Side<T>, ImportError> {
    /// Rows between two looks at the progress.
    const STRIDE: u64 = 4_096;
    let file = table.file;
    let mut rows = Vec::new();
    progress.phase(report.name(file), table.bytes());
    loop {
        let position = table.position();
        let Some(row) = table.next()? else { break };
        let counts = report.of(file);
        counts.read += 1;
        if counts.read % STRIDE == 0 {
            progress.at(position);
        }
        let order = row.word(order_column).map(|id| orders.place(id));
        let record = row.check().and_then(|()| {
            let order = order.ok_or_else(|| format!("{order_column}: missing"))?;
            Ok((order, read(&row, order)?))
        });
        match record {
            Ok((order, record)) => rows.push(SideRow { order, line: row.line, record }),
            Err(reason) => {
                report.refuse(file, row.line, reason);
                if let Some(order) = order.filter(|_| whole) {
                    orders.break_up(order, format!("{}:{} was refused", report.name(file), row.line));
                }
            }
        }
    }
    Ok(Side::sorted(file, rows, whole, orders, report))
}
