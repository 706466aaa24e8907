//! pgbench: many small transactions, which is what most of a real log is.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::benign(
            "pgbench_simple",
            "pgbench fills its tables and runs 200 transactions with simple queries",
            |stage| bench(stage, "simple"),
        )
        .role("bench_simple", "")
        .application("pgbench")
        .own_empty(),
        Scenario::benign(
            "pgbench_prepared",
            "pgbench fills its tables and runs 200 transactions with prepared statements",
            |stage| bench(stage, "prepared"),
        )
        .role("bench_prepared", "")
        .application("pgbench")
        .own_empty(),
    ]
}

fn bench(stage: &Stage<'_>, protocol: &str) -> Result<()> {
    stage.execute("pgbench", &["-i", "-q", "-s", "1"])?;
    stage.execute(
        "pgbench",
        &["-M", protocol, "-c", "2", "-j", "2", "-t", "100", "-n"],
    )?;
    Ok(())
}
