//! Attacks that read what they should not, or far more than they should, over the
//! connection they have.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "data_exfiltration",
            "20 selects in a row: catalogue, whole tables, counts",
            exfiltration,
        )
        .technique(&["T1213.006"])
        .role("eve_exfiltration", "IN ROLE app_reader"),
        Scenario::attack(
            "query_burst",
            "52 queries in a burst: selects, counts, aggregates, joins",
            burst,
        )
        .technique(&["T1213.006"])
        .role("eve_burst", "IN ROLE app_reader"),
        Scenario::attack(
            "bulk_read",
            "an application role reads 30,000 order lines at a time, four times",
            bulk_read,
        )
        .technique(&["T1213.006"])
        .role("eve_bulk", "IN ROLE app_reader")
        .application("webshop"),
        Scenario::attack(
            "copy_sweep",
            "an application role copies every table of every business schema out",
            copy_sweep,
        )
        .technique(&["T1213.006", "T1048"])
        .role("eve_copy", "IN ROLE app_reader")
        .application("webshop"),
        Scenario::attack(
            "xml_export",
            "tables, a schema and a query result are exported as XML in one call each",
            xml_export,
        )
        .technique(&["T1213.006"])
        .role("eve_xml", "IN ROLE app_reader"),
        Scenario::attack(
            "password_hash_read",
            "a superuser reads password hashes from pg_authid and pg_shadow",
            password_hashes,
        )
        .technique(&["T1003", "T1087"])
        .role("eve_hashes", "SUPERUSER"),
        Scenario::attack(
            "dump_by_application",
            "an application role runs pg_dump over the whole database",
            dump,
        )
        .technique(&["T1213.006"])
        .role("eve_dump", "IN ROLE app_reader"),
        Scenario::attack(
            "secret_hunt",
            "columns that sound like secrets are searched for and then read",
            secret_hunt,
        )
        .technique(&["T1213.006", "T1552"])
        .role("eve_secrets", "IN ROLE app_reader"),
    ]
}

/// Every table of the shop.
pub(super) const TABLES: [&str; 17] = [
    "person.person",
    "person.email_address",
    "person.address",
    "person.login",
    "sales.customer",
    "sales.credit_card",
    "sales.order_header",
    "sales.order_line",
    "production.product",
    "production.inventory",
    "production.work_order",
    "humanresources.department",
    "humanresources.employee",
    "humanresources.pay_history",
    "purchasing.vendor",
    "purchasing.purchase_order",
    "sales.order_total",
];

fn exfiltration(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run_each([
        "SELECT datname FROM pg_database",
        "SELECT schemaname, tablename FROM pg_tables",
        "SELECT table_schema, table_name FROM information_schema.tables",
        "SELECT column_name, data_type FROM information_schema.columns",
        "SELECT rolname FROM pg_roles",
        "SELECT nspname FROM pg_namespace",
    ])?;
    session.run_each([
        "SELECT * FROM sales.customer",
        "SELECT * FROM sales.credit_card",
        "SELECT * FROM person.person",
        "SELECT * FROM person.email_address",
        "SELECT * FROM production.product",
        "SELECT * FROM humanresources.employee",
        "SELECT * FROM humanresources.pay_history",
        "SELECT * FROM purchasing.vendor",
    ])?;
    session.run_each(
        TABLES
            .iter()
            .take(6)
            .map(|table| format!("SELECT COUNT(*) FROM {table}")),
    )
}

fn burst(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    for n in 0..20 {
        session.run(&format!(
            "SELECT * FROM sales.customer WHERE id > {n} LIMIT 50"
        ))?;
    }
    session.run_each(
        TABLES
            .iter()
            .take(10)
            .map(|table| format!("SELECT count(*) FROM {table}")),
    )?;
    for n in 1..=10 {
        session.run(&format!(
            "SELECT product_id, sum(quantity), avg(price) FROM sales.order_line \
             WHERE line <= {n} GROUP BY product_id"
        ))?;
    }
    for n in 1..=12 {
        session.run(&format!(
            "SELECT p.last_name, c.credit_limit FROM person.person p \
             JOIN sales.customer c ON c.person_id = p.id WHERE c.id % 12 = {n}"
        ))?;
    }
    Ok(())
}

fn bulk_read(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    (0..4).try_for_each(|_| session.run("SELECT * FROM sales.order_line").map(drop))
}

fn copy_sweep(stage: &Stage<'_>) -> Result<()> {
    let script: String = TABLES
        .iter()
        .map(|table| match table.strip_suffix("_total") {
            Some(_) => format!("COPY (SELECT * FROM {table}) TO STDOUT;\n"),
            None => format!("COPY {table} TO STDOUT;\n"),
        })
        .collect();
    stage.psql(&script).map(drop)
}

fn xml_export(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SELECT query_to_xml('SELECT * FROM sales.credit_card', true, false, '')",
        "SELECT table_to_xml('person.login', true, false, '')",
        "SELECT schema_to_xml('humanresources', true, false, '')",
        "SELECT query_to_xml('SELECT * FROM person.email_address', true, true, '')",
    ])
}

fn password_hashes(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SELECT usename, passwd FROM pg_shadow",
        "SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin",
    ])
}

fn dump(stage: &Stage<'_>) -> Result<()> {
    stage.execute(
        "pg_dump",
        &[
            "--no-owner",
            "--no-privileges",
            "-n",
            "sales",
            "-n",
            "person",
        ],
    )?;
    Ok(())
}

fn secret_hunt(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SELECT table_schema, table_name, column_name FROM information_schema.columns \
         WHERE column_name ~* '(passw|secret|token|card|iban|ssn|api_?key)'",
        "SELECT attrelid::regclass, attname FROM pg_attribute WHERE attname ILIKE '%password%'",
        "SELECT person_id, password_hash FROM person.login",
        "SELECT customer_id, card_number FROM sales.credit_card",
    ])
}
