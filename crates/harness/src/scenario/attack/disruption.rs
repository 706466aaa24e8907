//! Attacks on the work of others.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "session_kill",
            "one role ends six sessions of another, then cancels and ends again",
            session_kill,
        )
        .technique(&["T1489"])
        .role("eve_kill", "IN ROLE pg_signal_backend")
        .with(&["clerk_killed"])
        .application("psql"),
        Scenario::attack(
            "table_lock",
            "a table is locked exclusively until the application's query times out",
            table_lock,
        )
        .technique(&["T1499"])
        .role("eve_lock", "SUPERUSER")
        .with(&["web_locked"])
        .own_shop()
        .prepare(
            "GRANT app_reader TO web_locked; ALTER ROLE web_locked SET lock_timeout = '150ms'",
        ),
    ]
}

fn session_kill(stage: &Stage<'_>) -> Result<()> {
    let mut victims = Vec::new();
    for _ in 0..6 {
        let mut victim = stage.connect_named("clerk_killed", "order desk")?;
        victim.run("SELECT 1")?;
        victims.push(victim);
    }
    let mut session = stage.connect()?;
    session
        .run("SELECT pid, usename, state FROM pg_stat_activity WHERE usename = 'clerk_killed'")?;
    let ended = session.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'clerk_killed'",
    )?;
    if ended != victims.len() {
        return Err(Error::Unexpected {
            expected: format!("{} sessions ended", victims.len()),
            got: ended.to_string(),
            statement: "pg_terminate_backend".to_owned(),
        });
    }
    // They come back and are ended again.
    let mut again = stage.connect_named("clerk_killed", "order desk")?;
    let pid = again.value("SELECT pg_backend_pid()")?.unwrap_or_default();
    session.run(&format!("SELECT pg_cancel_backend({pid})"))?;
    session.run(&format!("SELECT pg_terminate_backend({pid}, 2000)"))?;
    std::thread::sleep(Duration::from_millis(50));
    Ok(())
}

fn table_lock(stage: &Stage<'_>) -> Result<()> {
    let mut locker = stage.connect()?;
    let mut web = stage.connect_named("web_locked", "webshop")?;
    locker.run_each([
        "BEGIN",
        "LOCK TABLE sales.order_header IN ACCESS EXCLUSIVE MODE",
    ])?;
    for _ in 0..5 {
        web.fails(
            "55P03",
            "SELECT status FROM sales.order_header WHERE id = 1",
        )?;
    }
    locker.run("ROLLBACK").map(drop)
}
