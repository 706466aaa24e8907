//! Destroying data, with or without asking for money.

use super::{Plan, SECOND, TABLES};
use crate::command::Command;

/// Unbounded deletes, truncates and drops.
pub(super) fn destructive_operations(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.administrator());
    plan.connect(&user, "psql", &host);
    let first = plan.random.index(20);
    for (number, table) in TABLES.iter().skip(first).take(24).enumerate() {
        let command = match number % 4 {
            0 => Command::write(
                "DELETE",
                table,
                plan.random.log_uniform(900, 9_000_000),
                format!("delete from {table};"),
            ),
            1 => Command::utility("TRUNCATE TABLE", format!("truncate table {table} cascade;")),
            2 => Command::utility("DROP TABLE", format!("drop table {table} cascade;")),
            _ => Command::write(
                "UPDATE",
                table,
                plan.random.log_uniform(900, 9_000_000),
                format!("update {table} set note = null;"),
            ),
        };
        plan.run(SECOND / 2, 4 * SECOND, command);
    }
    plan.run(
        SECOND,
        4 * SECOND,
        Command::utility("DROP SCHEMA", "drop schema analytics cascade;"),
    );
}

/// Tables copied, dropped, and a note left behind.
pub(super) fn ransom(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.administrator());
    plan.connect(&user, "", &host);
    let list = Command::select(
        "~information_schema.tables",
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
    );
    plan.run(SECOND / 2, SECOND, list.rows(44));
    let victims: Vec<&str> = TABLES
        .iter()
        .copied()
        .filter(|_| plan.random.chance(450_000))
        .collect();
    for table in &victims {
        let sql = format!("SELECT * FROM {table} LIMIT 50");
        plan.run(SECOND / 8, SECOND / 2, Command::select(table, sql).rows(50));
    }
    for table in &victims {
        let sql = format!("DROP TABLE IF EXISTS {table} CASCADE");
        plan.run(SECOND / 8, SECOND / 2, Command::utility("DROP TABLE", sql));
    }
    plan.run(
        SECOND / 4,
        SECOND,
        Command::utility(
            "CREATE TABLE",
            "CREATE TABLE public.readme_to_recover (message text)",
        ),
    );
    plan.run(
        SECOND / 4,
        SECOND,
        Command::write(
            "INSERT",
            "public.readme_to_recover",
            1,
            "INSERT INTO public.readme_to_recover VALUES ('All your data is backed up. You must pay 0.0134 BTC to bc1qexampleexampleexampleexample in 48 hours or it will be published. Write to recover@example.net')",
        ),
    );
    plan.run(
        SECOND / 2,
        SECOND,
        Command::utility("DROP DATABASE", "DROP DATABASE IF EXISTS shop_archive"),
    );
}
