//! Attacks on the way in: guessed passwords, guessed names, too many connections.

use crate::cluster::REJECTED_ADDRESS;
use crate::error::{Error, Result};
use crate::scenario::{PASSWORD, SHOP, Scenario, Stage};

const WRONG: &str = "wrong-example";
/// SQLSTATE for a wrong password, and for an unknown role, which looks the same.
const INVALID_PASSWORD: &str = "28P01";
const UNKNOWN_DATABASE: &str = "3D000";
const REJECTED: &str = "28000";
const TOO_MANY: &str = "53300";

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "brute_force",
            "20 wrong passwords for one role",
            brute_force,
        )
        .technique(&["T1110.001"])
        .role("victim_brute_force", ""),
        Scenario::attack(
            "password_spraying",
            "one wrong password for each of 25 roles from one address",
            spraying,
        )
        .technique(&["T1110.003"])
        .role("victim_spraying", "")
        .prepare(
            "DO $$ BEGIN FOR n IN 1..24 LOOP EXECUTE format(
                 'CREATE ROLE staff_%s LOGIN PASSWORD %L', n, 'another example');
             END LOOP; END $$",
        ),
        Scenario::attack(
            "login_after_failures",
            "eight wrong passwords, then the right one, then customer data is read",
            success_after_failures,
        )
        .technique(&["T1110.001", "T1078"])
        .role("victim_guessed", "IN ROLE app_reader"),
        Scenario::attack(
            "role_enumeration",
            "logins as 15 roles that do not exist",
            role_enumeration,
        )
        .technique(&["T1087", "T1110"])
        .role("eve_role_names", ""),
        Scenario::attack(
            "database_enumeration",
            "a valid login tries 15 databases that do not exist",
            database_enumeration,
        )
        .technique(&["T1087"])
        .role("eve_database_names", ""),
        Scenario::attack(
            "rejected_address",
            "12 logins from an address the server rejects",
            rejected_address,
        )
        .technique(&["T1078"])
        .role("victim_rejected", ""),
        Scenario::attack(
            "connection_flood",
            "connections are opened until the role's limit, and 20 beyond it",
            flood,
        )
        .technique(&["T1499"])
        .role("eve_flood", "CONNECTION LIMIT 10"),
    ]
}

fn brute_force(stage: &Stage<'_>) -> Result<()> {
    (0..20).try_for_each(|_| stage.refused(INVALID_PASSWORD, "victim_brute_force", WRONG, SHOP))
}

fn spraying(stage: &Stage<'_>) -> Result<()> {
    stage.refused(INVALID_PASSWORD, "victim_spraying", WRONG, SHOP)?;
    (1..=24).try_for_each(|n| stage.refused(INVALID_PASSWORD, &format!("staff_{n}"), WRONG, SHOP))
}

fn success_after_failures(stage: &Stage<'_>) -> Result<()> {
    for _ in 0..8 {
        stage.refused(INVALID_PASSWORD, "victim_guessed", WRONG, SHOP)?;
    }
    stage.connect()?.run_each([
        "SELECT current_user, version()",
        "SELECT first_name, last_name FROM person.person",
    ])
}

fn role_enumeration(stage: &Stage<'_>) -> Result<()> {
    const NAMES: [&str; 15] = [
        "admin",
        "root",
        "sa",
        "test",
        "oracle",
        "mysql",
        "guest",
        "dba",
        "replicator",
        "pgadmin",
        "jenkins",
        "gitlab",
        "odoo",
        "zabbix",
        "superset",
    ];
    NAMES
        .iter()
        .try_for_each(|name| stage.refused(INVALID_PASSWORD, name, WRONG, SHOP))
}

fn database_enumeration(stage: &Stage<'_>) -> Result<()> {
    const NAMES: [&str; 15] = [
        "admin",
        "backup",
        "billing",
        "crm",
        "customers",
        "data",
        "erp",
        "finance",
        "hr",
        "keycloak",
        "payments",
        "prod",
        "staging",
        "users",
        "wordpress",
    ];
    NAMES
        .iter()
        .try_for_each(|name| stage.refused(UNKNOWN_DATABASE, "eve_database_names", PASSWORD, name))
}

fn rejected_address(stage: &Stage<'_>) -> Result<()> {
    // From the scenario's own address nothing is sent: the rejected one is another.
    (0..12).try_for_each(|_| stage.refused_from(REJECTED_ADDRESS, REJECTED, "victim_rejected"))
}

fn flood(stage: &Stage<'_>) -> Result<()> {
    let mut open = Vec::new();
    let mut refused = 0;
    for _ in 0..30 {
        match stage.attempt() {
            Ok(client) => open.push(client),
            Err(error) if error.code().is_some_and(|code| code.code() == TOO_MANY) => refused += 1,
            Err(error) => return Err(Error::sql("flooding")(error)),
        }
    }
    if (open.len(), refused) == (10, 20) {
        Ok(())
    } else {
        Err(Error::Unexpected {
            expected: "10 let in, 20 refused".to_owned(),
            got: format!("{} let in, {refused} refused", open.len()),
            statement: "opening connections".to_owned(),
        })
    }
}
