//! How fast files are written, and with how much memory: `ordergraph export` of all there is, a process for each file.
//!
//! `BENCH_DATABASES` names databases as for the other benchmarks; those without orders are filled.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and ends")]
#![allow(clippy::disallowed_methods, reason = "it reads its settings from the environment")]

use std::{
    io::Read as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use filled::Filled;

#[path = "support/filled.rs"]
#[allow(dead_code, reason = "nobody asks the service here")]
mod filled;
#[path = "support/server.rs"]
#[allow(dead_code, reason = "nobody asks the service here")]
mod server;

const FILES: [&[&str]; 6] =
    [&["orders"], &["orders", "--rows-per", "item"], &["items"], &["payments"], &["customers"], &["products"]];

fn main() {
    // Under `cargo test` benches are only built to see that they still are.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(filled::each(async |url: &str| {
        drop(Filled::open(url).await);
        println!("{:<28}{:>12}{:>14}{:>12}{:>16}", "file", "rows", "rows a second", "seconds", "most memory MiB");
        for arguments in FILES {
            measure(url, arguments);
        }
    }));
}

/// Writes one file and prints what it took.
fn measure(url: &str, arguments: &[&str]) {
    let file = std::env::temp_dir().join(format!("ordergraph-bench-{}.csv", std::process::id()));
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ordergraph"))
        .arg("export")
        .args(arguments)
        .arg("--output")
        .arg(&file)
        .env("DATABASE_URL", url)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let outcome = loop {
        if let Some(outcome) = child.try_wait().expect("its state") {
            break outcome;
        }
        most = most.max(peak(&status));
        std::thread::sleep(Duration::from_millis(5));
    };
    let seconds = begun.elapsed().as_secs_f64();
    let mut said = String::new();
    child.stderr.take().expect("its words").read_to_string(&mut said).expect("text");
    assert!(outcome.success(), "{said}");
    let rows: f64 = said.split_whitespace().next().and_then(|word| word.parse().ok()).expect("how many rows");
    println!("{:<28}{rows:>12}{:>14.0}{seconds:>12.1}{:>16.0}", arguments.join(" "), rows / seconds, most as f64 / 1_024.0);
    std::fs::remove_file(&file).expect("the file is there");
}

/// The most memory a process had so far, in KiB.
fn peak(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}
