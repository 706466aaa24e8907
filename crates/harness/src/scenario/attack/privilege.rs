//! Attacks that gain, pass on or hide rights.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "privilege_escalation",
            "four roles are made, seven grants and two revokes, then the traces removed",
            escalation,
        )
        .technique(&["T1098", "T1136"])
        .role("eve_escalation", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "superuser_creation",
            "a new superuser is made and an ordinary role is made superuser",
            superuser_creation,
        )
        .technique(&["T1136", "T1098"])
        .role("eve_superuser", "SUPERUSER")
        .with(&["clerk_raised"]),
        Scenario::attack(
            "server_role_grant",
            "the roles that run programs and read files on the server are granted",
            server_role_grant,
        )
        .technique(&["T1098"])
        .role("eve_server_roles", "SUPERUSER")
        .with(&["clerk_granted"]),
        Scenario::attack(
            "createrole_abuse",
            "a role that may create roles grants itself the right to run programs, and runs one",
            createrole_abuse,
        )
        .technique(&["T1098", "T1059"])
        .role("eve_createrole", "CREATEROLE"),
        Scenario::attack(
            "grant_use_revoke",
            "a right is granted, used at once by its receiver, and taken back",
            grant_use_revoke,
        )
        .technique(&["T1098", "T1070"])
        .role("eve_grantor", "SUPERUSER")
        .with(&["eve_receiver"])
        .own_shop(),
        Scenario::attack(
            "short_lived_role",
            "a role is made, logs in, reads, and is dropped within seconds",
            short_lived_role,
        )
        .technique(&["T1136", "T1070"])
        .role("eve_maker", "SUPERUSER"),
        Scenario::attack(
            "password_never_expires",
            "passwords of three roles are set to never expire",
            password_never_expires,
        )
        .technique(&["T1098"])
        .role("eve_expiry", "SUPERUSER")
        .with(&["clerk_expiring_1", "clerk_expiring_2", "clerk_expiring_3"])
        .prepare(
            "ALTER ROLE clerk_expiring_1 VALID UNTIL '2030-01-01';
             ALTER ROLE clerk_expiring_2 VALID UNTIL '2030-01-01';
             ALTER ROLE clerk_expiring_3 VALID UNTIL '2030-01-01'",
        ),
        Scenario::attack(
            "account_takeover",
            "the password of another role is changed and then used from the same address",
            account_takeover,
        )
        .technique(&["T1098", "T1078"])
        .role("eve_takeover", "CREATEROLE")
        .with(&["clerk_taken"]),
        Scenario::attack(
            "role_switch",
            "a member of a superuser role switches to it and works as it",
            role_switch,
        )
        .technique(&["T1078", "T1098"])
        .role("eve_switch", "")
        .prepare("CREATE ROLE maintenance_admin SUPERUSER; GRANT maintenance_admin TO eve_switch"),
        Scenario::attack(
            "public_grant",
            "everybody is given all rights on tables, present and future",
            public_grant,
        )
        .technique(&["T1098"])
        .role("eve_public", "SUPERUSER")
        .own_shop(),
    ]
}

fn escalation(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE ROLE shadow_admin LOGIN PASSWORD 'example'",
        "CREATE ROLE shadow_reader",
        "CREATE ROLE shadow_writer",
        "CREATE ROLE shadow_auditor",
        "GRANT USAGE ON SCHEMA sales TO shadow_reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA sales TO shadow_reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA humanresources TO shadow_reader",
        "GRANT INSERT, UPDATE, DELETE ON sales.customer TO shadow_writer",
        "GRANT shadow_reader TO shadow_admin",
        "GRANT shadow_writer TO shadow_admin WITH ADMIN OPTION",
        "GRANT ALL ON SCHEMA sales TO shadow_admin",
        "REVOKE INSERT ON sales.customer FROM shadow_writer",
        "REVOKE shadow_reader FROM shadow_admin",
        "REVOKE ALL ON ALL TABLES IN SCHEMA sales FROM shadow_reader, shadow_writer",
        "REVOKE ALL ON ALL TABLES IN SCHEMA humanresources FROM shadow_reader",
        "REVOKE ALL ON SCHEMA sales FROM shadow_admin, shadow_reader",
        "DROP ROLE shadow_admin",
        "DROP ROLE shadow_reader",
        "DROP ROLE shadow_writer",
        "DROP ROLE shadow_auditor",
    ])
}

fn superuser_creation(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE ROLE support_admin SUPERUSER LOGIN PASSWORD 'example'",
        "ALTER ROLE clerk_raised SUPERUSER CREATEROLE BYPASSRLS",
    ])
}

fn server_role_grant(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "GRANT pg_execute_server_program TO clerk_granted",
        "GRANT pg_read_server_files, pg_write_server_files TO clerk_granted",
    ])
}

fn createrole_abuse(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "GRANT pg_execute_server_program TO eve_createrole",
        "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'",
    ])
}

fn grant_use_revoke(stage: &Stage<'_>) -> Result<()> {
    let mut grantor = stage.connect()?;
    let mut receiver = stage.connect_as("eve_receiver")?;
    receiver.fails("42501", "SELECT * FROM humanresources.pay_history")?;
    grantor.run_each([
        "GRANT USAGE ON SCHEMA humanresources TO eve_receiver",
        "GRANT SELECT ON humanresources.pay_history TO eve_receiver",
    ])?;
    receiver.run("SELECT * FROM humanresources.pay_history")?;
    grantor.run_each([
        "REVOKE SELECT ON humanresources.pay_history FROM eve_receiver",
        "REVOKE USAGE ON SCHEMA humanresources FROM eve_receiver",
    ])
}

fn short_lived_role(stage: &Stage<'_>) -> Result<()> {
    let mut maker = stage.connect()?;
    maker.run_each([
        "CREATE ROLE helper_7 LOGIN PASSWORD 'example'",
        "GRANT pg_read_all_data TO helper_7",
    ])?;
    stage.connect_as("helper_7")?.run_each([
        "SELECT * FROM sales.credit_card",
        "SELECT * FROM person.login",
    ])?;
    maker.run("DROP ROLE helper_7").map(drop)
}

fn password_never_expires(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session
        .run_each((1..=3).map(|n| format!("ALTER ROLE clerk_expiring_{n} VALID UNTIL 'infinity'")))
}

fn account_takeover(stage: &Stage<'_>) -> Result<()> {
    stage
        .connect()?
        .run("ALTER ROLE clerk_taken PASSWORD 'example'")?;
    stage
        .connect_as("clerk_taken")?
        .run("SELECT current_user")
        .map(drop)
}

fn role_switch(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SET ROLE maintenance_admin",
        "SELECT rolname, rolpassword FROM pg_authid",
        "SET SESSION AUTHORIZATION DEFAULT",
        "SET ROLE maintenance_admin",
        "ALTER ROLE eve_switch CREATEROLE",
        "RESET ROLE",
    ])
}

fn public_grant(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "GRANT ALL ON ALL TABLES IN SCHEMA sales TO PUBLIC",
        "GRANT USAGE ON SCHEMA sales TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT ALL ON TABLES TO PUBLIC",
    ])
}
