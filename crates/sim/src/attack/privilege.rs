//! Raising one's own rights.

use super::{Plan, SECOND};
use crate::command::Command;

/// Roles created, raised and granted.
pub(super) fn privilege_escalation(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.administrator());
    plan.connect(&user, "psql", &host);
    let hidden = plan
        .random
        .pick(&["svc_maint", "pg_monitor2", "replicator_b", "tmp_admin"]);
    let victim = plan.person();
    plan.denied(
        Command::utility("ALTER ROLE", format!("alter role {user} superuser;")),
        "role",
    );
    plan.run(
        2 * SECOND,
        9 * SECOND,
        Command::utility("SET", "set role postgres;"),
    );
    for (tag, sql, secret) in [
        (
            "CREATE ROLE",
            format!("create role {hidden} login superuser password 'Winter2026!';"),
            true,
        ),
        (
            "ALTER ROLE",
            format!("alter role {victim} with superuser createrole bypassrls;"),
            false,
        ),
        (
            "GRANT ROLE",
            format!("grant pg_execute_server_program, pg_read_server_files to {victim};"),
            false,
        ),
        (
            "GRANT ROLE",
            format!("grant pg_write_all_data to {hidden} with admin option;"),
            false,
        ),
        (
            "GRANT",
            format!("grant all privileges on all tables in schema hr to {victim};"),
            false,
        ),
        (
            "GRANT",
            format!("grant all on table auth.account to {hidden};"),
            false,
        ),
        (
            "ALTER ROLE",
            format!("alter role {victim} password 'letmein-77' valid until 'infinity';"),
            true,
        ),
        (
            "REVOKE",
            format!("revoke all on table jobs.run from {user};"),
            false,
        ),
    ] {
        let command = Command::utility(tag, sql);
        let command = if secret { command.redacted() } else { command };
        plan.run(SECOND, 9 * SECOND, command);
    }
    plan.connect(hidden, "psql", &host);
    plan.run(
        SECOND,
        4 * SECOND,
        Command::select("hr.salary", "select * from hr.salary;").rows(900),
    );
}
