//! Looking around: schemas, catalogues, and what errors give away.

use super::{Plan, SECOND};
use crate::command::{Command, failure};
use crate::entry::Origin;
use crate::execution::Failure;

/// A look into every schema.
pub(super) fn cross_schema(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.person());
    plan.connect(&user, "psql", &host);
    for table in [
        "sales.customer",
        "hr.employee",
        "billing.account",
        "auth.account",
        "crm.message",
        "inventory.supplier",
        "shipping.shipment",
        "analytics.visit",
        "catalog.product",
        "jobs.queue",
        "hr.salary",
        "billing.ledger_entry",
    ] {
        let sql = format!(
            "select * from {table} limit {};",
            plan.random.between(3, 10)
        );
        plan.run(2 * SECOND, 20 * SECOND, Command::select(table, sql).rows(5));
    }
}

/// Relations and queries that read the catalogue.
const CATALOGUES: [(&str, &str); 24] = [
    (
        "pg_catalog.pg_namespace",
        "SELECT nspname FROM pg_namespace",
    ),
    (
        "~pg_catalog.pg_tables",
        "SELECT schemaname, tablename, tableowner FROM pg_tables",
    ),
    (
        "~pg_catalog.pg_views",
        "SELECT schemaname, viewname, definition FROM pg_views",
    ),
    (
        "pg_catalog.pg_class",
        "SELECT relname, relkind, relowner FROM pg_class",
    ),
    (
        "pg_catalog.pg_attribute",
        "SELECT attrelid, attname, atttypid FROM pg_attribute WHERE attnum > 0",
    ),
    (
        "pg_catalog.pg_proc",
        "SELECT proname, prosrc FROM pg_proc WHERE prosecdef",
    ),
    (
        "pg_catalog.pg_type",
        "SELECT typname FROM pg_type WHERE typtype = 'c'",
    ),
    (
        "pg_catalog.pg_constraint",
        "SELECT conname, contype, conrelid FROM pg_constraint",
    ),
    ("~pg_catalog.pg_roles", "SELECT * FROM pg_roles"),
    (
        "pg_catalog.pg_auth_members",
        "SELECT roleid, member, admin_option FROM pg_auth_members",
    ),
    ("~pg_catalog.pg_indexes", "SELECT * FROM pg_indexes"),
    (
        "pg_catalog.pg_trigger",
        "SELECT tgname, tgrelid FROM pg_trigger",
    ),
    (
        "pg_catalog.pg_database",
        "SELECT datname, datacl FROM pg_database",
    ),
    (
        "~pg_catalog.pg_settings",
        "SELECT name, setting FROM pg_settings",
    ),
    (
        "pg_catalog.pg_extension",
        "SELECT extname, extversion FROM pg_extension",
    ),
    (
        "pg_catalog.pg_foreign_server",
        "SELECT srvname, srvoptions FROM pg_foreign_server",
    ),
    (
        "~information_schema.schemata",
        "SELECT schema_name FROM information_schema.schemata",
    ),
    (
        "~information_schema.tables",
        "SELECT table_schema, table_name FROM information_schema.tables",
    ),
    (
        "~information_schema.columns",
        "SELECT table_name, column_name FROM information_schema.columns WHERE column_name ILIKE '%pass%'",
    ),
    (
        "~information_schema.table_privileges",
        "SELECT grantee, table_name, privilege_type FROM information_schema.table_privileges",
    ),
    (
        "~information_schema.table_constraints",
        "SELECT * FROM information_schema.table_constraints",
    ),
    (
        "~information_schema.routines",
        "SELECT routine_schema, routine_name FROM information_schema.routines",
    ),
    (
        "~pg_catalog.pg_stat_user_tables",
        "SELECT relname, n_live_tup FROM pg_stat_user_tables ORDER BY 2 DESC",
    ),
    (
        "~pg_catalog.pg_stat_activity",
        "SELECT usename, client_addr, query FROM pg_stat_activity",
    ),
];

/// The catalogue read from end to end.
pub(super) fn schema_enumeration(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.person());
    plan.connect(&user, "sqlmap", &host);
    for (relations, sql) in CATALOGUES {
        let rows = plan.random.between(5, 900);
        plan.run(
            SECOND / 2,
            6 * SECOND,
            Command::select(relations, sql).rows(rows),
        );
    }
}

/// Probing that fails again and again.
pub(super) fn error_spike(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.person());
    plan.connect(&user, "", &host);
    const GUESSES: [&str; 10] = [
        "users",
        "admin_users",
        "passwords",
        "credit_cards",
        "customers_backup",
        "secrets",
        "api_keys",
        "wp_users",
        "tokens",
        "accounts_old",
    ];
    for _ in 0..plan.random.between(30, 60) {
        let guess = plan.random.pick(&GUESSES);
        match plan.random.below(4) {
            0 => {
                let sql = format!("SELECT {guess} FROM sales.customer");
                let origin = Origin::new("errorMissingColumn", "parse_relation.c", 3656);
                let text = format!("column \"{guess}\" does not exist");
                let failure = Failure {
                    position: 8,
                    ..failure("42703", text, origin)
                };
                plan.fail(Command::utility("SELECT", sql), failure);
            }
            1 => {
                let sql = "SELECT * FROM hr.salary";
                plan.denied(Command::utility("SELECT", sql), "table salary");
            }
            _ => {
                let sql = format!("SELECT * FROM {guess}");
                let origin = Origin::new("parserOpenTable", "parse_relation.c", 1392);
                let text = format!("relation \"{guess}\" does not exist");
                let failure = Failure {
                    position: 15,
                    ..failure("42P01", text, origin)
                };
                plan.fail(Command::utility("SELECT", sql), failure);
            }
        }
    }
}
