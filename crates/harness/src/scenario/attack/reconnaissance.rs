//! Attacks that find out what is there: catalogues, schemas, errors, rights.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "error_spike",
            "18 queries of tables and 5 of columns that do not exist",
            errors,
        )
        .technique(&["T1213.006"])
        .role("eve_errors", "IN ROLE app_reader"),
        Scenario::attack(
            "cross_schema",
            "one session looks into all five business schemas and the catalogue",
            cross_schema,
        )
        .technique(&["T1213.006"])
        .role("eve_schemas", "IN ROLE app_reader"),
        Scenario::attack(
            "deep_enumeration",
            "25 catalogue queries in six phases",
            deep_enumeration,
        )
        .technique(&["T1087", "T1069", "T1213.006"])
        .role("eve_catalogue", "IN ROLE app_reader"),
        Scenario::attack(
            "permission_probing",
            "16 objects are tried that the role may not read",
            permission_probing,
        )
        .technique(&["T1069", "T1087"])
        .role("eve_probing", ""),
    ]
}

fn errors(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    for n in 1..=18 {
        session.fails("42P01", &format!("SELECT * FROM secret_table_{n}"))?;
    }
    for column in ["password", "iban", "ssn", "pin", "token"] {
        session.fails("42703", &format!("SELECT {column} FROM sales.customer"))?;
    }
    Ok(())
}

fn cross_schema(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SELECT * FROM sales.customer LIMIT 5",
        "SELECT * FROM person.person LIMIT 5",
        "SELECT * FROM production.product LIMIT 5",
        "SELECT * FROM humanresources.employee LIMIT 5",
        "SELECT * FROM purchasing.vendor LIMIT 5",
        "SELECT nspname FROM pg_catalog.pg_namespace",
        "SELECT schemaname, tablename FROM pg_catalog.pg_tables",
        "SELECT table_schema FROM information_schema.tables GROUP BY 1",
    ])
}

fn deep_enumeration(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        // Tables and columns.
        "SELECT schemaname, tablename FROM pg_tables",
        "SELECT oid, relname, relkind FROM pg_class",
        "SELECT attrelid, attname FROM pg_attribute WHERE attnum > 0",
        "SELECT table_name FROM information_schema.tables",
        "SELECT column_name FROM information_schema.columns",
        // Functions and types.
        "SELECT proname, prosrc FROM pg_proc",
        "SELECT typname FROM pg_type",
        "SELECT routine_name FROM information_schema.routines",
        "SELECT lanname, lanpltrusted FROM pg_language",
        // Constraints and indexes.
        "SELECT conname FROM pg_constraint",
        "SELECT indexname, indexdef FROM pg_indexes",
        "SELECT constraint_name FROM information_schema.table_constraints",
        "SELECT tgname FROM pg_trigger",
        // Roles and rights.
        "SELECT rolname, rolsuper, rolcreaterole FROM pg_roles",
        "SELECT roleid, member FROM pg_auth_members",
        "SELECT grantee, privilege_type FROM information_schema.table_privileges",
        "SELECT usename, usesuper FROM pg_user",
        "SELECT defaclrole FROM pg_default_acl",
        // The server.
        "SELECT name, setting FROM pg_settings",
        "SELECT datname FROM pg_database",
        "SELECT spcname FROM pg_tablespace",
        "SELECT extname, extversion FROM pg_extension",
        // What is going on.
        "SELECT pid, usename, client_addr, query FROM pg_stat_activity",
        "SELECT relname, n_live_tup FROM pg_stat_user_tables",
        "SELECT nspname FROM pg_namespace",
    ])
}

fn permission_probing(stage: &Stage<'_>) -> Result<()> {
    const TABLES: [&str; 12] = [
        "sales.customer",
        "sales.credit_card",
        "sales.order_header",
        "person.person",
        "person.login",
        "person.email_address",
        "humanresources.employee",
        "humanresources.pay_history",
        "production.product",
        "purchasing.vendor",
        "pg_catalog.pg_authid",
        "pg_catalog.pg_shadow",
    ];
    let mut session = stage.connect()?;
    for table in TABLES {
        session.fails("42501", &format!("SELECT * FROM {table}"))?;
    }
    for attempt in [
        "ALTER SYSTEM SET log_statement = 'none'",
        "SELECT pg_read_file('/etc/passwd')",
        "CREATE ROLE eve_second SUPERUSER",
        "SELECT pg_ls_dir('.')",
    ] {
        session.fails("42501", attempt)?;
    }
    Ok(())
}
