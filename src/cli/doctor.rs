//! `ordergraph doctor`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::{
    db::Db,
    doctor::{self, Finding, Invariant, Report},
    fault::Fault,
};

/// Checks that what must always hold does; changes nothing.
#[derive(Args)]
pub struct DoctorArgs {
    /// Print the result as one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Runs `ordergraph doctor`: the findings, then a line for each invariant. The exit code is 1 when one is broken.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn run(db: &Db, json: bool) -> Result<ExitCode, Fault> {
    let report = doctor::report(db).await?;
    match json {
        true => println!("{}", as_json(&report)),
        false => print!("{}", as_text(&report)),
    }
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_text(report: &Report) -> String {
    let mut text: String = report
        .findings()
        .iter()
        .map(|Finding { invariant, subject, message }| format!("{invariant}\t{subject}\t{message}\n"))
        .collect();
    for invariant in Invariant::ALL {
        let state = match report.broken(invariant) {
            0 => "ok".to_owned(),
            1 => "BROKEN, 1 finding".to_owned(),
            many if many > doctor::MAX_KEPT => format!("BROKEN, {many} findings, the first {} above", doctor::MAX_KEPT),
            many => format!("BROKEN, {many} findings"),
        };
        let (code, title, checked) = (invariant.code(), invariant.title(), report.checked(invariant));
        text.push_str(&format!("{code} {title}: {state}, {checked} {}\n", invariant.unit()));
    }
    text
}

fn as_json(report: &Report) -> serde_json::Value {
    let findings = report
        .findings()
        .iter()
        .map(|finding| json!({ "invariant": finding.invariant, "subject": finding.subject, "message": finding.message }));
    let invariants = Invariant::ALL.map(|invariant| {
        json!({
            "invariant": invariant.code(),
            "title": invariant.title(),
            "findings": report.broken(invariant),
            "checked": report.checked(invariant),
            "unit": invariant.unit(),
        })
    });
    json!({ "healthy": report.is_healthy(), "invariants": invariants, "findings": findings.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_database_gets_a_line_for_each_invariant() {
        let text = as_text(&Report::default());
        assert_eq!(text.lines().next(), Some("I1 stock: ok, 0 variants"));
        assert_eq!(text.lines().count(), Invariant::ALL.len());
        assert_eq!(as_json(&Report::default())["healthy"], true);
    }
}
