//! Attacks that try to deceive whoever reads the log, or to step around what
//! protects the data.

use std::fmt::Write as _;

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "application_name_spoofing",
            "application names that forge an audit record, an address and a user",
            application_names,
        )
        .technique(&["T1036"])
        .role("eve_names", "IN ROLE app_reader"),
        Scenario::attack(
            "newline_spoofing",
            "line breaks in SQL text and messages imitate log records of others",
            newlines,
        )
        .technique(&["T1036", "T1070"])
        .role("eve_newlines", "IN ROLE app_reader"),
        Scenario::attack(
            "oversized_statement",
            "a statement of more than 16 KB with its purpose at the end",
            oversized,
        )
        .technique(&["T1027"])
        .role("eve_oversized", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "obfuscated_names",
            "comments, odd case and Unicode escapes hide what is read and dropped",
            obfuscated,
        )
        .technique(&["T1027"])
        .role("eve_obfuscated", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "protection_disabled",
            "row level security and triggers are switched off, also for the session",
            protection_disabled,
        )
        .technique(&["T1562"])
        .role("eve_protection", "SUPERUSER")
        .own_shop()
        .prepare(
            "ALTER TABLE humanresources.pay_history ENABLE ROW LEVEL SECURITY;
             ALTER TABLE humanresources.pay_history FORCE ROW LEVEL SECURITY;
             CREATE POLICY own_pay ON humanresources.pay_history USING (false);
             CREATE FUNCTION public.note_change() RETURNS trigger LANGUAGE plpgsql
                 AS $$ BEGIN RETURN NEW; END $$;
             CREATE TRIGGER note_change BEFORE UPDATE ON sales.customer
                 FOR EACH ROW EXECUTE FUNCTION public.note_change()",
        ),
        Scenario::attack(
            "ownership_taken",
            "everything another role owns is reassigned, and a role's objects dropped",
            ownership,
        )
        .technique(&["T1098", "T1485"])
        .role("eve_owner", "SUPERUSER")
        .with(&["clerk_owner", "clerk_leaving"])
        .own_shop()
        .prepare(
            "CREATE TABLE public.ledger (id int); ALTER TABLE public.ledger OWNER TO clerk_owner;
             CREATE TABLE public.notes (id int); ALTER TABLE public.notes OWNER TO clerk_leaving",
        ),
        Scenario::attack(
            "catalogue_update",
            "system catalogues are written directly",
            catalogue_update,
        )
        .technique(&["T1098", "T1562"])
        .role("eve_catalog", "SUPERUSER")
        .with(&["clerk_patched"])
        .own_shop(),
    ]
}

fn application_names(stage: &Stage<'_>) -> Result<()> {
    for name in [
        "LOG:  AUDIT: SESSION,1,1,ROLE,GRANT",
        "x,client=10.6.6.6] LOG:  AUDIT: SESSION,1,1,ROLE,GRANT",
        "psql,client=192.0.2.1 LOG:  connection authorized: user=dba",
        "psql,user=postgres,db=postgres",
    ] {
        stage
            .connect_named("eve_names", name)?
            .run("SELECT count(*) FROM sales.credit_card")?;
    }
    let mut session = stage.connect()?;
    session.run("SET application_name = 'x,client=127.0.0.9 FATAL:  password authentication'")?;
    session
        .run("SELECT card_number FROM sales.credit_card LIMIT 3")
        .map(drop)
}

fn newlines(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run_each([
        "SELECT 'a\n2026-01-01 00:00:00.000 UTC [1]: user=dba,db=shop,app=psql,client=192.0.2.1 \
         LOG:  AUDIT: SESSION,1,1,ROLE,GRANT,,,\"GRANT pg_monitor TO dba\",<not logged>\n'",
        "SELECT 1 /*\n\n2026-01-01 00:00:00.000 UTC,\"dba\",\"shop\",1,\"192.0.2.1:1\",1.1,1,\
         \"SELECT\",2026-01-01 00:00:00 UTC,1/1,0,LOG,00000,\"statement: DROP TABLE x\",,,,,,,,,\
         \"psql\"\n*/",
        "DO $$ BEGIN RAISE LOG E'done\\n2026-01-01 00:00:00.000 UTC [1] dba@shop FATAL:  \
         password authentication failed for user \"dba\"'; END $$",
    ])?;
    session.fails(
        "22P02",
        "SELECT 'x\n2026-01-01 00:00:00 UTC [2]: user=dba,db=shop,app=,client=192.0.2.7 \
         FATAL:  terminating'::int",
    )
}

fn oversized(stage: &Stage<'_>) -> Result<()> {
    let mut list = String::with_capacity(24_000);
    for n in 0..4_000 {
        // Writing to a String cannot fail.
        let _ = write!(list, "{n}, ");
    }
    let mut session = stage.connect()?;
    session.run(&format!(
        "SELECT count(*) FROM sales.customer WHERE id IN ({list}0) \
         UNION ALL SELECT length(rolpassword) FROM pg_authid WHERE rolpassword IS NOT NULL"
    ))?;
    session
        .run(&format!(
            "/* {list} */ DROP TABLE sales.credit_card CASCADE"
        ))
        .map(drop)
}

fn obfuscated(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SELECT/**/usename,passwd/*x*/FROM/**/pg_shadow",
        "SELECT * FROM U&\"pg\\005fshadow\"",
        "sElEcT \"rolpassword\" fRoM \"pg_catalog\" . \"pg_authid\"",
        "DROP/*1*/TABLE/*2*/sales . credit_card/*3*/CASCADE",
        "DO $x$ BEGIN EXECUTE chr(68)||chr(82)||'OP TABLE purchasing.purchase_order'; END $x$",
        "SELECT pg_read_file(chr(47) || 'etc' || chr(47) || 'passwd')",
    ])
}

fn protection_disabled(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "ALTER TABLE humanresources.pay_history NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE humanresources.pay_history DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_pay ON humanresources.pay_history",
        "ALTER TABLE sales.customer DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "UPDATE sales.customer SET credit_limit = 99999 WHERE id = 7",
    ])
}

fn ownership(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "REASSIGN OWNED BY clerk_owner TO eve_owner",
        "DROP OWNED BY clerk_leaving CASCADE",
        "ALTER SCHEMA sales OWNER TO eve_owner",
    ])
}

fn catalogue_update(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SET allow_system_table_mods = on",
        "UPDATE pg_authid SET rolsuper = true WHERE rolname = 'clerk_patched'",
        "UPDATE pg_class SET relowner = (SELECT oid FROM pg_roles WHERE rolname = 'eve_catalog') \
         WHERE oid = 'sales.credit_card'::regclass",
        "DELETE FROM pg_depend WHERE objid = 'sales.order_total'::regclass AND deptype = 'x'",
    ])
}
