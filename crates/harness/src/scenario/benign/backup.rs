//! Backups and their return: every table is read, and every table is written.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::benign(
            "nightly_dump",
            "the backup role dumps the database, twice, and the roles without passwords",
            nightly_dump,
        )
        .role("backup", "IN ROLE pg_read_all_data")
        .application("pg_dump"),
        Scenario::benign(
            "restore",
            "a dump is made and restored into an empty database with pg_restore",
            restore,
        )
        .role("backup_restore", "IN ROLE pg_read_all_data")
        .application("pg_restore")
        .own_empty(),
        Scenario::benign(
            "dump_load",
            "a plain dump is loaded with psql into an empty database",
            dump_load,
        )
        .role("backup_load", "IN ROLE pg_read_all_data")
        .own_empty(),
    ]
}

const PLAIN: [&str; 2] = ["--no-owner", "--no-privileges"];

fn nightly_dump(stage: &Stage<'_>) -> Result<()> {
    for format in ["custom", "plain"] {
        stage.execute("pg_dump", &["-F", format, "-f", "/dev/null", "--no-sync"])?;
    }
    let roles = ["--globals-only", "--no-role-passwords", "-l", "shop"];
    stage.execute("pg_dumpall", &roles).map(drop)
}

fn dump_to(stage: &Stage<'_>, format: &str, file: &str) -> Result<()> {
    let arguments = [&PLAIN[..], &["-F", format, "-f", file, "-d", "shop"]].concat();
    stage.execute("pg_dump", &arguments).map(drop)
}

fn restore(stage: &Stage<'_>) -> Result<()> {
    let file = stage.scratch_file("shop.dump");
    dump_to(stage, "custom", &file)?;
    let database = stage.database();
    let arguments = [&PLAIN[..], &["-d", &database, "--no-comments", &file]].concat();
    stage.execute("pg_restore", &arguments).map(drop)
}

fn dump_load(stage: &Stage<'_>) -> Result<()> {
    let file = stage.scratch_file("shop.sql");
    dump_to(stage, "plain", &file)?;
    stage
        .execute("psql", &["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", &file])
        .map(drop)
}
