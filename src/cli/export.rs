//! `ordergraph export`: the files that the API makes, written to disk or to stdout, with a bar on a terminal.

use std::{
    fs::File,
    io::{BufWriter, IsTerminal as _, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use async_graphql::{InputType as _, Value};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::stop::{INTERRUPTED, told_to_stop};
use crate::{
    clock::Clock,
    config::DataConfig,
    db::Db,
    export::{
        bundle, create,
        spec::Spec,
        write::{self, Progress, Sink, Stopped},
    },
    fault::{Failure, Fault},
    graphql::export::input::{ExportOf, columns, delimiter, zone},
};

/// What to write.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// What the file has lines of.
    #[command(subcommand)]
    noun: Noun,
}

/// What a file has lines of.
#[derive(Subcommand, Clone, Debug)]
enum Noun {
    /// Orders, a line each or a line an item.
    Orders(Orders),
    /// Lines of orders.
    Items(Unsorted),
    /// Payments.
    Payments(Sorted),
    /// Customers.
    Customers(Sorted),
    /// Products, a line a variant.
    Products(Products),
    /// A folder that `ordergraph import bundle` reads.
    Bundle {
        /// The folder; it is made, and must be empty if it is there.
        dir: PathBuf,
    },
}

#[derive(Args, Clone, Debug)]
struct Orders {
    /// What a line is: order or item.
    #[arg(long, default_value = "order")]
    rows_per: String,
    #[command(flatten)]
    sorted: Sorted,
}

#[derive(Args, Clone, Debug)]
struct Products {
    /// Pieces at or below which stock is low.
    #[arg(long, env = "LOW_STOCK_THRESHOLD", default_value_t = 10)]
    low_stock_threshold: i64,
    #[command(flatten)]
    sorted: Sorted,
}

#[derive(Args, Clone, Debug)]
struct Sorted {
    /// In which order: the JSON of the list's argument `sort`.
    #[arg(long)]
    sort: Option<String>,
    #[command(flatten)]
    file: Unsorted,
}

#[derive(Args, Clone, Debug)]
struct Unsorted {
    /// Which: the JSON of the list's argument `filter`, such as {"status":{"in":["PENDING"]}}.
    #[arg(long)]
    filter: Option<String>,
    /// Columns by their names in the API, comma separated, small letters are fine: number,total,currency.
    #[arg(long, value_delimiter = ',')]
    columns: Vec<String>,
    /// IANA time zone of days and times.
    #[arg(long, default_value = "UTC")]
    timezone: String,
    /// Begin with the byte order mark by which spreadsheets know UTF-8.
    #[arg(long)]
    bom: bool,
    /// What stands between cells: comma, semicolon, tab or vertical bar.
    #[arg(long, default_value = ",")]
    delimiter: String,
    /// Where to; - is stdout.
    #[arg(long, default_value = "-")]
    output: String,
}

/// Runs the subcommand: 0 when all was written, 130 when it was interrupted, 1 when it failed.
pub(crate) async fn run(data: &DataConfig, args: ExportArgs) -> ExitCode {
    let work = async {
        let db = super::open_alone(data).await?;
        let written = match &args.noun {
            Noun::Bundle { dir } => {
                let bar = Bar::new();
                let written = bundle::write(&db, dir, &|name, done, total| bar.at(name, done, total)).await;
                bar.0.finish_and_clear();
                written.map_err(|error| error.to_string())
            }
            noun => one(&db, noun).await,
        };
        db.close().await;
        written
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = told_to_stop() => return ExitCode::from(INTERRUPTED),
    };
    match outcome {
        Ok(rows) => {
            eprintln!("{rows} rows written");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("ordergraph export: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn one(db: &Db, noun: &Noun) -> Result<u64, String> {
    let none = &None;
    let (name, file, sort, low_stock) = match noun {
        Noun::Orders(orders) => ("orders", &orders.sorted.file, &orders.sorted.sort, 0),
        Noun::Items(file) => ("orderItems", file, none, 0),
        Noun::Payments(sorted) => ("payments", &sorted.file, &sorted.sort, 0),
        Noun::Customers(sorted) => ("customers", &sorted.file, &sorted.sort, 0),
        Noun::Products(products) => ("products", &products.sorted.file, &products.sorted.sort, products.low_stock_threshold),
        Noun::Bundle { .. } => return Err("a bundle is a folder".into()),
    };
    let mut of = json!({});
    for (field, text) in [("filter", &file.filter), ("sort", sort)] {
        if let Some(text) = text {
            of[field] = serde_json::from_str(text).map_err(|error| format!("--{field} is not JSON: {error}"))?;
        }
    }
    if !file.columns.is_empty() {
        let (there_are, mut asked) = (columns(name), Vec::new());
        for column in file.columns.iter().map(|column| column.trim()) {
            let known = column.to_uppercase().replace('-', "_");
            if !there_are.contains(&known.as_str()) {
                let all = there_are.join(", ").to_lowercase();
                return Err(format!("--columns: there is no column {column:?}; there are {all}"));
            }
            asked.push(known);
        }
        of["columns"] = asked.into();
    }
    if let Noun::Orders(orders) = noun {
        of["rowsPer"] = orders.rows_per.to_uppercase().into();
    }
    let given = Value::from_json(json!({ name: of })).map_err(|error| error.to_string())?;
    let of = ExportOf::parse(Some(given.clone())).map_err(|error| error.into_server_error(Default::default()).message)?;
    if let Some(name) = unknown(&given, &of.to_value()) {
        return Err(format!("there is no field {name:?}"));
    }
    let spec = Spec {
        what: of.what(Clock::System.now()).map_err(|error| error.message)?,
        zone: zone(Some(&file.timezone)).map_err(|refusal| format!("--timezone: {}", refusal.message))?,
        bom: file.bom,
        delimiter: delimiter(Some(&file.delimiter)).map_err(|refusal| format!("--delimiter: {}", refusal.message))?,
    };
    let spec = create::checked(spec).map_err(in_words)?;
    let broken = |error: std::io::Error| format!("{}: {error}", file.output);
    let mut sink = ToDisk { out: Out::open(&file.output).map_err(broken)?, bar: Bar::new(), name };
    let written = write::write(db, &spec, low_stock, &mut sink).await;
    sink.bar.0.finish_and_clear();
    match written {
        Ok(rows) => sink.out.finish().map(|()| rows).map_err(broken),
        Err(Stopped::Unwanted) => Err("it is not wanted any more".into()),
        Err(Stopped::Fault(fault)) => Err(fault.to_string()),
    }
}

/// A field that was given and not read: reading by the types alone passes over it.
fn unknown(given: &Value, read: &Value) -> Option<String> {
    match (given, read) {
        (Value::Object(given), Value::Object(read)) => given.iter().find_map(|(name, value)| match read.get(name) {
            Some(read) => unknown(value, read),
            None => Some(name.to_string()),
        }),
        (Value::List(given), Value::List(read)) => given.iter().zip(read).find_map(|(given, read)| unknown(given, read)),
        _ => None,
    }
}

fn in_words(failure: Failure<crate::export::change::Code>) -> String {
    match failure {
        Failure::Refused(refusals) => refusals
            .iter()
            .map(|refusal| format!("{}: {}", refusal.field.join("."), refusal.message))
            .collect::<Vec<_>>()
            .join("; "),
        Failure::Denied(_) => "not allowed".into(),
        Failure::Fault(fault) => fault.to_string(),
    }
}

/// Where a file goes: under another name until it is whole.
struct Out {
    out: Box<dyn Write + Send>,
    to: Option<(Unfinished, PathBuf)>,
}

/// A file that goes away unless it is kept.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Out {
    fn open(output: &str) -> std::io::Result<Self> {
        if output == "-" {
            return Ok(Self { out: Box::new(BufWriter::new(std::io::stdout())), to: None });
        }
        let path = Path::new(output);
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let unfinished = path.with_file_name(name);
        let file = File::create_new(&unfinished)?;
        Ok(Self { out: Box::new(BufWriter::new(file)), to: Some((Unfinished(unfinished), path.to_owned())) })
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.out.flush()?;
        drop(self.out);
        if let Some((unfinished, path)) = self.to {
            File::open(&unfinished.0)?.sync_all()?;
            std::fs::rename(&unfinished.0, path)?;
        }
        Ok(())
    }
}

struct ToDisk<'a> {
    out: Out,
    bar: Bar,
    name: &'a str,
}

impl Sink for ToDisk<'_> {
    async fn take(&mut self, part: Vec<u8>, progress: Progress) -> Result<(), Stopped> {
        self.bar.at(self.name, progress.done, progress.total);
        self.out.out.write_all(&part).map_err(|error| Fault::Internal(error.to_string()))?;
        Ok(())
    }
}

/// A bar on stderr, when that is a terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let hidden = !std::io::stderr().is_terminal();
        let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{prefix:16} [{bar:30}] {pos}/{len} {per_sec} {eta}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    fn at(&self, name: &str, done: u64, total: u64) {
        self.0.set_prefix(name.to_owned());
        self.0.set_length(total);
        self.0.set_position(done);
    }
}
