//! Work at night: much data moves, and nobody is attacking.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::error::{Error, Result};
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::benign(
            "nightly_load",
            "20,000 rows are copied into a staging table and merged",
            nightly_load,
        )
        .role("etl_loader", "")
        .application("airflow")
        .own_empty()
        .prepare(
            "SET ROLE etl_loader;
             CREATE TABLE public.staging (id int, amount numeric);
             CREATE TABLE public.fact (id int PRIMARY KEY, amount numeric)",
        ),
        Scenario::benign(
            "large_report",
            "one report of 300,000 rows, read with a cursor",
            large_report,
        )
        .role("bi_report", "IN ROLE app_reader")
        .application("tableau"),
        Scenario::benign(
            "retention",
            "old rows are deleted in ten batches, with conditions",
            retention,
        )
        .role("job_retention", "")
        .application("cron")
        .own_empty()
        .prepare(
            "CREATE TABLE public.visit AS SELECT n AS id, date '2025-01-01' + n / 100 AS day \
             FROM generate_series(1, 5000) AS n; ALTER TABLE public.visit OWNER TO job_retention",
        ),
    ]
}

fn nightly_load(stage: &Stage<'_>) -> Result<()> {
    let mut rows = String::with_capacity(300_000);
    for n in 1..=20_000_u32 {
        // Writing to a String cannot fail.
        let _ = writeln!(rows, "{n}\t{}", n % 900);
    }
    let mut session = stage.connect()?;
    session.run_each(["BEGIN", "TRUNCATE staging"])?;
    let mut writer = session
        .client()
        .copy_in("COPY staging (id, amount) FROM STDIN")
        .map_err(Error::sql("COPY FROM STDIN"))?;
    writer
        .write_all(rows.as_bytes())
        .map_err(Error::io("COPY FROM STDIN"))?;
    writer.finish().map_err(Error::sql("COPY FROM STDIN"))?;
    session.run_each([
        "INSERT INTO fact SELECT id, amount FROM staging \
         ON CONFLICT (id) DO UPDATE SET amount = excluded.amount",
        "MERGE INTO fact f USING staging s ON f.id = s.id \
         WHEN MATCHED AND s.amount = 0 THEN DELETE \
         WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.amount)",
        "COMMIT",
        "ANALYZE fact",
    ])
}

fn large_report(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run_each([
        "BEGIN READ ONLY",
        "DECLARE report CURSOR FOR SELECT n, n * 2 AS twice, p.name \
         FROM generate_series(1, 1500) AS n CROSS JOIN production.product p",
    ])?;
    for _ in 0..6 {
        session.run("FETCH 50000 FROM report")?;
    }
    session.run_each(["CLOSE report", "COMMIT"])
}

fn retention(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    for _ in 0..10 {
        session.run(
            "DELETE FROM visit WHERE ctid IN (SELECT ctid FROM visit \
             WHERE day < date '2025-02-01' LIMIT 300)",
        )?;
    }
    Ok(())
}
