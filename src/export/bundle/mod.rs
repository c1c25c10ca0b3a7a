//! The bundle that `ordergraph import bundle` reads (`docs/import.md`): everything an import can bring back. What the import
//! would fill in is filled in here already, so that the bundle of what was imported is the same, byte for byte.

mod orders;
mod parties;

use std::{
    fs::File,
    future::ready,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use futures_util::TryStreamExt as _;
use sea_orm::{DatabaseTransaction, DbBackend, DbErr, StreamTrait as _};
use uuid::Uuid;

use super::{
    cell::{Form, Lines},
    read::typed,
};
use crate::{
    db::{Db, statement},
    fault::Fault,
};

/// Orders read at once.
const CHUNK: usize = 500;

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The folder cannot be written.
    #[error("{0}: {1}")]
    Folder(PathBuf, io::Error),
    /// The folder holds something.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// The service failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<DbErr> for BundleError {
    fn from(error: DbErr) -> Self {
        Self::Fault(error.into())
    }
}

/// Writes a bundle; how many rows it has. All is of one moment. The folder is there only once it is whole.
///
/// # Errors
/// [`BundleError`]; nothing is left behind.
pub async fn write(db: &Db, folder: &Path, progress: &(dyn Fn(&str, u64, u64) + Sync)) -> Result<u64, BundleError> {
    let broken = |error| BundleError::Folder(folder.to_owned(), error);
    match std::fs::read_dir(folder) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(BundleError::NotEmpty(folder.to_owned()));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(broken(error)),
    }
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let unfinished = Unfinished(folder.with_file_name(name));
    std::fs::create_dir_all(&unfinished.0).map_err(broken)?;
    let snapshot = db.snapshot().await?;
    let tx = snapshot.conn();
    let mut rows = 0;
    let goods = parties::write(tx, &unfinished.0, &mut rows).await?;
    let ids = ordered(tx).await?;
    let total = ids.len() as u64;
    let mut files = orders::Files::create(&unfinished.0)?;
    for (place, chunk) in ids.chunks(CHUNK).enumerate() {
        progress("orders", (place * CHUNK) as u64, total);
        rows += files.add(tx, &goods, chunk).await?;
    }
    files.finish()?;
    std::fs::rename(&unfinished.0, folder).map_err(broken)?;
    Ok(rows)
}

/// All orders by their numbers: those are the same wherever the bundle comes to.
async fn ordered(tx: &DatabaseTransaction) -> Result<Vec<Uuid>, DbErr> {
    let sql = match tx.get_database_backend() {
        DbBackend::Postgres => "SELECT id FROM orders ORDER BY number COLLATE \"C\"",
        _ => "SELECT id FROM orders ORDER BY number",
    };
    let rows = tx.stream_raw(statement(tx, sql, [])).await?;
    rows.and_then(|row| ready(row.try_get_by_index::<Uuid>(0))).try_collect().await
}

/// A folder that goes away unless it is moved.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A file of the bundle.
struct Table {
    path: PathBuf,
    out: BufWriter<File>,
    lines: Lines,
}

impl Table {
    fn create(folder: &Path, name: &str, header: &[&str]) -> Result<Self, BundleError> {
        let path = folder.join(name);
        let file = File::create_new(&path).map_err(|error| BundleError::Folder(path.clone(), error))?;
        let mut table = Self { path, out: BufWriter::new(file), lines: Lines::new(Form { delimiter: ',', for_people: false }) };
        table.row(header)?;
        Ok(table)
    }

    fn row<T: AsRef<str>>(&mut self, cells: &[T]) -> Result<(), BundleError> {
        for cell in cells {
            self.lines.cell(cell.as_ref());
        }
        self.lines.end();
        match self.lines.len() {
            0..32_768 => Ok(()),
            _ => self.flush(),
        }
    }

    fn flush(&mut self) -> Result<(), BundleError> {
        let bytes = self.lines.take();
        self.out.write_all(&bytes).map_err(|error| BundleError::Folder(self.path.clone(), error))
    }

    fn finish(mut self) -> Result<(), BundleError> {
        self.flush()?;
        let whole = self.out.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
        whole.map_err(|error| BundleError::Folder(self.path, error))
    }
}

/// What a row is called in the bundle: as where it came from, or else by its id here.
fn called(prefix: &str, id: Uuid, external_id: Option<String>) -> String {
    external_id.unwrap_or_else(|| typed(prefix, id))
}

/// A text of which an import takes the blanks around away.
fn word(text: Option<String>) -> String {
    text.map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// A text that an import keeps as it is, unless it is blank.
fn text(text: Option<String>) -> String {
    text.filter(|text| !text.trim().is_empty()).unwrap_or_default()
}
