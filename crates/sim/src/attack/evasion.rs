//! Hiding: logging switched off, records removed.

use super::{Plan, SECOND};
use crate::actor::Step;
use crate::command::Command;

/// Logging and auditing switched off.
pub(super) fn audit_off(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.administrator());
    plan.connect(&user, "psql", &host);
    let who = Command::select("", "select current_user, pg_backend_pid();");
    plan.run(SECOND, 4 * SECOND, who);
    for (tag, sql) in [
        (
            "ALTER ROLE",
            format!("alter role {user} set pgaudit.log = 'none';"),
        ),
        (
            "ALTER ROLE",
            format!("alter role {user} set log_statement = 'none';"),
        ),
        (
            "ALTER SYSTEM",
            "alter system set pgaudit.log = 'none';".to_owned(),
        ),
    ] {
        plan.run(2 * SECOND, 9 * SECOND, Command::utility(tag, sql));
    }
    plan.run(
        SECOND,
        3 * SECOND,
        Command::select("", "select pg_reload_conf();"),
    );
    plan.step(
        8_000,
        20_000,
        Step::Reload {
            name: "pgaudit.log",
            value: "none",
            audit: Some(false),
        },
    );
    in_silence(plan);
}

/// What is done while nobody writes it down, and the way back.
fn in_silence(plan: &mut Plan<'_>) {
    // A superuser's SET takes effect before pgaudit would write it down.
    plan.step(SECOND, 2 * SECOND, Step::Silence);
    plan.run(
        SECOND,
        4 * SECOND,
        Command::utility("SET", "set pgaudit.log = 'none';"),
    );
    let read = Command::select("hr.salary", "select * from hr.salary;");
    plan.run(3 * SECOND, 20 * SECOND, read.rows(900));
    let delete = Command::write(
        "DELETE",
        "auth.session",
        400,
        "delete from auth.session where account_id = 7;",
    );
    plan.run(3 * SECOND, 20 * SECOND, delete);
    plan.run(
        SECOND,
        9 * SECOND,
        Command::utility("ALTER SYSTEM", "alter system reset pgaudit.log;"),
    );
    plan.run(
        SECOND,
        3 * SECOND,
        Command::select("", "select pg_reload_conf();"),
    );
    plan.step(
        8_000,
        20_000,
        Step::Reload {
            name: "pgaudit.log",
            value: "read, write, ddl, role",
            audit: Some(true),
        },
    );
}

/// Records removed from the log.
pub(super) fn log_gap(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.administrator());
    plan.connect(&user, "psql", &host);
    let look = |relation: &'static str, sql: &'static str| Command::select(relation, sql).rows(30);
    plan.run(SECOND, 4 * SECOND, look("", "select current_user;"));
    plan.run(
        SECOND,
        4 * SECOND,
        look("hr.employee", "select id, name from hr.employee limit 30;"),
    );
    plan.step(SECOND, 2 * SECOND, Step::Remove(true));
    for _ in 0..plan.random.between(3, 20) {
        let id = plan.random.between(1, 900);
        let sql = format!("update hr.salary set amount = amount * 2 where employee_id = {id};");
        plan.run(
            SECOND / 2,
            2 * SECOND,
            Command::write("UPDATE", "hr.salary", 1, sql),
        );
    }
    plan.step(SECOND, 2 * SECOND, Step::Remove(false));
    plan.run(
        SECOND,
        4 * SECOND,
        look("hr.employee", "select count(*) from hr.employee;"),
    );
    plan.run(SECOND, 4 * SECOND, look("", "select now();"));
}
