//! Guessing passwords.

use super::{Plan, SECOND};
use crate::cluster::Refusal;
use crate::command::Command;

/// Many passwords for one role from one client.
pub(super) fn brute_force(plan: &mut Plan<'_>) {
    let host = plan.outside();
    let user = match plan.random.below(3) {
        0 => "postgres".to_owned(),
        1 => plan.administrator(),
        _ => plan.person(),
    };
    for _ in 0..plan.random.between(25, 70) {
        plan.refuse(&user, &host, Refusal::Password, SECOND / 5, 3 * SECOND);
    }
}

/// Few passwords for many roles from one client.
pub(super) fn password_spraying(plan: &mut Plan<'_>) {
    const GUESSED: [&str; 14] = [
        "postgres",
        "admin",
        "root",
        "test",
        "backup",
        "replicator",
        "readonly",
        "dbadmin",
        "app",
        "user",
        "oracle",
        "metabase",
        "grafana",
        "zabbix",
    ];
    let host = plan.outside();
    let people = crate::actor::person_names(plan.people.min(20));
    let real = people.iter().map(|name| (name.as_str(), Refusal::Password));
    let guessed = GUESSED.iter().map(|name| {
        let exists = matches!(*name, "postgres" | "backup");
        (
            *name,
            if exists {
                Refusal::Password
            } else {
                Refusal::UnknownRole
            },
        )
    });
    for (user, refusal) in guessed.chain(real) {
        plan.refuse(user, &host, refusal, 2 * SECOND, 9 * SECOND);
    }
}

/// A guessed password: failures, then a session that looks around.
pub(super) fn success_after_failures(plan: &mut Plan<'_>) {
    let host = plan.outside();
    let user = plan.person();
    for _ in 0..plan.random.between(8, 24) {
        plan.refuse(&user, &host, Refusal::Password, SECOND / 2, 3 * SECOND);
    }
    plan.connect(&user, "psql", &host);
    for (relations, sql) in [
        ("", "select version(), current_user, inet_server_addr();"),
        (
            "~pg_catalog.pg_roles",
            "select rolname, rolsuper, rolcreaterole from pg_roles;",
        ),
        ("pg_catalog.pg_database", "select datname from pg_database;"),
        ("sales.customer", "select * from sales.customer limit 20;"),
    ] {
        plan.run(
            2 * SECOND,
            15 * SECOND,
            Command::select(relations, sql).rows(20),
        );
    }
}
