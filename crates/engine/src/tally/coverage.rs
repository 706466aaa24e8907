//! What the log's settings made impossible to see.
//!
//! Judged from the events alone: an input that never shows a client address
//! was written without one, whatever the settings say today.

use kumki_model::{Event, EventKind, SqlState};

use crate::summary::CoverageGap;

/// Statements of sessions below which absence proves nothing.
const ENOUGH: u64 = 20;

/// What has been seen of each kind of information.
#[derive(Debug, Default)]
pub struct Coverage {
    client_events: u64,
    with_user: u64,
    with_client: u64,
    connections: u64,
    disconnections: u64,
    statements: u64,
    with_sql: u64,
    audited: u64,
    with_rows: u64,
    with_duration: u64,
    without_session: u64,
    failures: u64,
    with_sqlstate: u64,
}

impl Coverage {
    pub(super) fn push(&mut self, event: &Event<'_>) {
        match event.kind {
            EventKind::ConnectionReceived | EventKind::ConnectionAuthorized => {
                self.connections += 1
            }
            EventKind::Disconnection => self.disconnections += 1,
            EventKind::Error | EventKind::AuthenticationFailed => {
                self.failures += 1;
                self.with_sqlstate += u64::from(event.sqlstate != SqlState::SUCCESS);
            }
            _ => {}
        }
        let Some(statement) = event
            .statement
            .filter(|_| event.kind == EventKind::Statement)
        else {
            return;
        };
        self.client_events += 1;
        self.with_user += u64::from(event.session.user.is_some());
        self.with_client += u64::from(event.session.client.is_some());
        self.without_session += u64::from(event.session.id.is_none());
        self.statements += 1;
        self.with_sql += u64::from(statement.shape.is_some());
        self.audited += u64::from(statement.audited);
        self.with_rows += u64::from(statement.rows.is_some());
        self.with_duration += u64::from(statement.duration_us.is_some());
    }

    /// The gaps, most important first.
    pub(super) fn gaps(&self) -> Vec<CoverageGap> {
        let mut gaps = Vec::new();
        if self.statements == 0 {
            gaps.push(gap(
                "statements",
                "no rule about what was run can fire; only connections, failures and server events are seen",
                &[
                    "ALTER SYSTEM SET shared_preload_libraries = 'pgaudit'; -- then restart",
                    "ALTER SYSTEM SET pgaudit.log = 'read, write, function, role, ddl, misc';",
                ],
            ));
        } else if self.audited == 0 {
            gaps.push(gap(
                "audit rows",
                "statements are judged on their text alone; objects reached through views and functions stay unseen",
                &[
                    "ALTER SYSTEM SET shared_preload_libraries = 'pgaudit'; -- then restart",
                    "ALTER SYSTEM SET pgaudit.log = 'read, write, function, role, ddl, misc';",
                ],
            ));
        }
        if self.connections == 0 {
            gaps.push(gap(
                "connections",
                "who connected from where is unknown, and forged prefixes cannot be told from real ones",
                &["ALTER SYSTEM SET log_connections = on;"],
            ));
        }
        if self.disconnections == 0 && self.connections + self.statements > ENOUGH {
            gaps.push(gap(
                "ends of sessions",
                "how long sessions lasted is unknown",
                &["ALTER SYSTEM SET log_disconnections = on;"],
            ));
        }
        if self.failures > 0 && self.with_sqlstate == 0 {
            gaps.push(gap(
                "error codes",
                "rules that tell errors apart by SQLSTATE (refused, unknown name, syntax) cannot fire",
                &["ALTER SYSTEM SET log_line_prefix = '%m [%p] %q%u@%d %h %c:%l %e %a ';"],
            ));
        }
        self.prefix_gaps(&mut gaps);
        if self.audited > ENOUGH && self.with_rows == 0 {
            gaps.push(gap(
                "row counts",
                "bulk reads are recognised by their statements only, not by how much they returned",
                &["ALTER SYSTEM SET pgaudit.log_rows = on;"],
            ));
        }
        gaps
    }

    fn prefix_gaps(&self, gaps: &mut Vec<CoverageGap>) {
        const PREFIX: &str =
            "ALTER SYSTEM SET log_line_prefix = '%m [%p] %q%u@%d %h %c:%l %e %a ';";
        if self.client_events < ENOUGH {
            return;
        }
        let mostly_without = |seen: u64| seen * 10 < self.client_events;
        if mostly_without(self.with_client) {
            gaps.push(gap(
                "client addresses",
                "findings cannot say where a statement came from",
                &[PREFIX, "ALTER SYSTEM SET log_connections = on;"],
            ));
        }
        if mostly_without(self.with_user) {
            gaps.push(gap(
                "users",
                "findings cannot say who ran a statement",
                &[PREFIX],
            ));
        }
        if self.without_session > 0 {
            gaps.push(gap(
                "sessions",
                "records cannot be joined: statements that write several records are counted several times",
                &[PREFIX],
            ));
        }
    }
}

fn gap(missing: &str, consequence: &str, fix: &[&str]) -> CoverageGap {
    CoverageGap {
        missing: missing.to_owned(),
        consequence: consequence.to_owned(),
        fix: fix.iter().map(|&line| line.to_owned()).collect(),
    }
}
