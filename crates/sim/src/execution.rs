//! A statement runs: what the server and pgaudit write before and after it.
//!
//! The order of records, the command tag and the transaction numbers in them
//! are those of PostgreSQL 15 with pgaudit 1.7.

use crate::cluster::Cluster;
use crate::digits::decimal_text;
use crate::entry::{Entry, Level, Origin};
use crate::options::StatementLogging;
use crate::process::Process;
use crate::statement::{Object, Rendered, field};

const AUDIT: Origin = Origin::new("log_audit_event", "pgaudit.c", 783);
const SIMPLE: Origin = Origin::new("exec_simple_query", "postgres.c", 1314);
const SIMPLE_TEXT: Origin = Origin::new("exec_simple_query", "postgres.c", 1003);
const PARSE: Origin = Origin::new("exec_parse_message", "postgres.c", 1550);
const BIND: Origin = Origin::new("exec_bind_message", "postgres.c", 2021);
const EXECUTE: Origin = Origin::new("exec_execute_message", "postgres.c", 2277);
const EXECUTE_TEXT: Origin = Origin::new("exec_execute_message", "postgres.c", 2122);

/// How a statement reaches the server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way<'a> {
    /// As text with literals.
    Simple,
    /// With parameters.
    Extended {
        /// The parameters.
        values: &'a Rendered,
        /// Number of the prepared statement; absent when it has no name.
        name: Option<usize>,
        /// Whether it was prepared before.
        prepared: bool,
    },
}

/// One execution of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    /// The SQL as it was sent.
    pub(crate) sql: &'a str,
    /// The SQL as pgaudit writes it: passwords taken out.
    pub(crate) audited: &'a str,
    /// Command tag.
    pub(crate) tag: &'static str,
    /// pgaudit's class of the statement.
    pub(crate) class: &'static str,
    /// Relations and objects.
    pub(crate) objects: &'a [Object],
    /// How it arrives.
    pub(crate) way: Way<'a>,
    /// Rows returned or changed.
    pub(crate) rows: u64,
    /// Query id.
    pub(crate) query_id: i64,
    /// Duration in microseconds.
    pub(crate) micros: i64,
}

/// How a statement fails.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// SQLSTATE.
    pub(crate) sqlstate: &'static str,
    /// Primary message.
    pub(crate) message: String,
    /// `DETAIL`.
    pub(crate) detail: Option<String>,
    /// `HINT`.
    pub(crate) hint: Option<String>,
    /// `CONTEXT`.
    pub(crate) context: Option<String>,
    /// Character in the statement, from 1; 0 when unknown.
    pub(crate) position: u32,
    /// Where it is reported.
    pub(crate) origin: Origin,
    /// Whether the statement had begun to run, so that pgaudit saw it.
    pub(crate) late: bool,
}

impl Run<'_> {
    fn writes(&self) -> bool {
        matches!(self.class, "WRITE" | "DDL" | "ROLE")
    }

    fn is_query(&self) -> bool {
        matches!(
            self.tag,
            "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "MERGE"
        )
    }

    /// Whether pgaudit writes its rows only when the statement is done: with
    /// rows to count, and for what event triggers report.
    fn audited_late(&self, rows: bool) -> bool {
        (rows && self.is_query()) || self.class == "DDL" || self.class == "ROLE"
    }
}

impl Cluster {
    /// Writes what precedes the execution of a statement.
    pub(crate) fn start(&mut self, process: &mut Process, time: i64, run: &Run<'_>) {
        self.begin(process);
        process.query_id = run.query_id;
        self.journal.statement(process.label);
        let audit_now = self
            .pgaudit
            .is_some_and(|pgaudit| !run.audited_late(pgaudit.rows));
        match run.way {
            Way::Simple => {
                process.tag = "idle";
                self.statement_text(process, time, run);
                process.tag = run.tag;
                if audit_now {
                    self.audit(process, time, run);
                }
            }
            Way::Extended {
                values, prepared, ..
            } => {
                if !prepared {
                    process.tag = "PARSE";
                    self.step(process, time, run, "parse", run.micros / 4 + 11, None);
                }
                process.tag = "BIND";
                let select = run.tag == "SELECT";
                if audit_now && select {
                    self.audit(process, time, run);
                }
                let values = (!values.is_plain()).then_some(values);
                self.step(process, time, run, "bind", run.micros / 5 + 7, values);
                process.tag = run.tag;
                self.statement_text(process, time, run);
                if audit_now && !select {
                    self.audit(process, time, run);
                }
            }
        }
    }

    /// Writes what follows the execution of a statement, and ends the
    /// transaction unless it goes on.
    pub(crate) fn finish(
        &mut self,
        process: &mut Process,
        time: i64,
        run: &Run<'_>,
        goes_on: bool,
    ) {
        process.tag = run.tag;
        if run.writes() {
            self.assign_xid(process);
        }
        let audit_now = self
            .pgaudit
            .is_some_and(|pgaudit| run.audited_late(pgaudit.rows));
        let extended = matches!(run.way, Way::Extended { .. });
        let audit_last = extended && run.tag == "SELECT";
        if audit_now && !audit_last {
            self.audit(process, time, run);
        }
        if run.micros > 1_500_000 && run.rows > 1 && run.tag == "SELECT" {
            self.temporary_file(process, time, run);
        }
        if !goes_on && (!extended || matches!(run.tag, "COMMIT" | "ROLLBACK")) {
            Self::end(process);
        }
        self.duration(process, time, run);
        if audit_now && audit_last {
            self.audit(process, time, run);
        }
        if !goes_on {
            Self::end(process);
        }
    }

    /// Writes the failure of a statement; the transaction ends with it.
    pub(crate) fn fail(
        &mut self,
        process: &mut Process,
        time: i64,
        run: &Run<'_>,
        failure: &Failure,
    ) {
        self.begin(process);
        self.journal.statement(process.label);
        let parsed = !failure.sqlstate.starts_with("42601");
        process.tag = if parsed { run.tag } else { "idle" };
        process.query_id = if failure.late { run.query_id } else { 0 };
        let rows = self.pgaudit.is_some_and(|pgaudit| pgaudit.rows);
        if failure.late && !run.audited_late(rows) {
            self.audit(process, time, run);
        }
        if failure.late && run.writes() {
            self.assign_xid(process);
        }
        let entry = Entry {
            level: Level::Error,
            sqlstate: failure.sqlstate,
            detail: failure.detail.as_deref(),
            hint: failure.hint.as_deref(),
            context: failure.context.as_deref(),
            statement: Some(run.sql),
            position: failure.position,
            ..Entry::log(time, &failure.message, failure.origin)
        };
        self.record(process, &entry);
        Self::end(process);
    }

    /// Writes pgaudit's rows.
    fn audit(&mut self, process: &mut Process, time: i64, run: &Run<'_>) {
        let Some(pgaudit) = self.pgaudit else { return };
        let set = self
            .servers
            .get(process.server)
            .is_some_and(|server| server.audit);
        if !process.audit
            || !set
            || (run.class == "MISC" && !pgaudit.misc && run.objects.is_empty())
        {
            return;
        }
        process.audited += 1;
        let by_relation = pgaudit.relation || !run.is_query();
        let copied = run.tag == "COPY" && pgaudit.rows;
        if run.objects.is_empty() || !by_relation || copied {
            self.audit_row(process, time, run, 1, [run.class, run.tag, "", ""]);
            return;
        }
        for object in run.objects {
            let row = [object.class, object.command, object.kind, &object.name];
            self.audit_row(process, time, run, 1, row);
            if object.kind == "VIEW" && pgaudit.misc {
                self.audit_row(process, time, run, 1, ["MISC", "???", "VIEW", &object.name]);
            }
        }
        if run.tag == "EXPLAIN" && pgaudit.misc {
            self.audit_row(process, time, run, 2, [run.class, run.tag, "", ""]);
        }
    }

    fn audit_row(
        &mut self,
        process: &mut Process,
        time: i64,
        run: &Run<'_>,
        substatement: u8,
        row: [&str; 4],
    ) {
        let (parameter, rows) = self
            .pgaudit
            .map_or((false, false), |pgaudit| (pgaudit.parameter, pgaudit.rows));
        let message = &mut self.message;
        message.clear();
        message.push_str("AUDIT: SESSION,");
        decimal_text(message, process.audited);
        message.push(',');
        decimal_text(message, substatement);
        for value in row {
            message.push(',');
            field(message, value);
        }
        message.push(',');
        field(message, run.audited);
        message.push(',');
        match run.way {
            _ if !parameter => message.push_str("<not logged>"),
            Way::Extended { values, .. } if !values.is_plain() => {
                self.detail.clear();
                values.audited(&mut self.detail);
                field(message, &self.detail);
            }
            _ => message.push_str("<none>"),
        }
        if rows {
            message.push(',');
            decimal_text(message, if run.is_query() { run.rows } else { 0 });
        }
        self.record_message(process, time, AUDIT);
    }

    /// Writes `statement: …` or `execute …: …` for `log_statement = 'all'`.
    fn statement_text(&mut self, process: &mut Process, time: i64, run: &Run<'_>) {
        if !matches!(
            self.logging,
            StatementLogging::All | StatementLogging::AllWithDuration
        ) {
            return;
        }
        self.message.clear();
        match run.way {
            Way::Simple => {
                self.message.push_str("statement: ");
                self.message.push_str(run.sql);
                self.record_message(process, time, SIMPLE_TEXT);
            }
            Way::Extended { values, name, .. } => {
                push_step(&mut self.message, "execute", name, run.sql);
                self.with_parameters(process, time, Some(values), EXECUTE_TEXT);
            }
        }
    }

    /// Writes the record of a protocol step, if such steps are logged.
    fn step(
        &mut self,
        process: &mut Process,
        time: i64,
        run: &Run<'_>,
        step: &str,
        micros: i64,
        values: Option<&Rendered>,
    ) {
        let Way::Extended { name, .. } = run.way else {
            return;
        };
        let origin = if step == "parse" { PARSE } else { BIND };
        match self.logging {
            StatementLogging::AllWithDuration => {
                self.bare_duration(micros);
                self.record_message(process, time, origin);
            }
            StatementLogging::Slower(millis) if micros >= i64::from(millis) * 1_000 => {
                self.bare_duration(micros);
                self.message.push_str("  ");
                push_step(&mut self.message, step, name, run.sql);
                self.with_parameters(process, time, values, origin);
            }
            _ => {}
        }
    }

    /// Writes the record of a duration, if durations are logged.
    fn duration(&mut self, process: &mut Process, time: i64, run: &Run<'_>) {
        let extended = matches!(run.way, Way::Extended { .. });
        let origin = if extended { EXECUTE } else { SIMPLE };
        match self.logging {
            StatementLogging::AllWithDuration => {
                self.bare_duration(run.micros);
                self.record_message(process, time, origin);
            }
            StatementLogging::Slower(millis) if run.micros >= i64::from(millis) * 1_000 => {
                self.bare_duration(run.micros);
                match run.way {
                    Way::Simple => {
                        self.message.push_str("  statement: ");
                        self.message.push_str(run.sql);
                        self.record_message(process, time, origin);
                    }
                    Way::Extended { values, name, .. } => {
                        self.message.push_str("  ");
                        push_step(&mut self.message, "execute", name, run.sql);
                        self.with_parameters(process, time, Some(values), origin);
                    }
                }
            }
            _ => {}
        }
    }

    fn bare_duration(&mut self, micros: i64) {
        let micros = micros.max(0).unsigned_abs();
        self.message.clear();
        self.message.push_str("duration: ");
        decimal_text(&mut self.message, micros / 1_000);
        self.message.push('.');
        crate::digits::padded_text(&mut self.message, micros % 1_000, 3);
        self.message.push_str(" ms");
    }

    fn with_parameters(
        &mut self,
        process: &mut Process,
        time: i64,
        values: Option<&Rendered>,
        origin: Origin,
    ) {
        let values = values.filter(|values| !values.is_plain());
        self.detail.clear();
        if let Some(values) = values {
            values.detail(&mut self.detail);
        }
        let name = self
            .servers
            .get(process.server)
            .map_or("db", |server| server.name.as_str());
        let entry = Entry {
            detail: values.map(|_| self.detail.as_str()),
            ..Entry::log(time, &self.message, origin)
        };
        self.journal.write(name, process, &entry);
    }

    fn temporary_file(&mut self, process: &mut Process, time: i64, run: &Run<'_>) {
        self.message.clear();
        self.message
            .push_str("temporary file: path \"base/pgsql_tmp/pgsql_tmp");
        decimal_text(&mut self.message, process.pid);
        self.message.push('.');
        decimal_text(&mut self.message, process.audited % 8);
        self.message.push_str("\", size ");
        decimal_text(
            &mut self.message,
            run.micros.unsigned_abs() / 8_192 * 81_920,
        );
        let name = self
            .servers
            .get(process.server)
            .map_or("db", |server| server.name.as_str());
        let origin = Origin::new("ReportTemporaryFileUsage", "fd.c", 1521);
        let entry = Entry {
            statement: Some(run.sql),
            ..Entry::log(time, &self.message, origin)
        };
        self.journal.write(name, process, &entry);
    }
}

/// Appends a step, the name of its statement and the SQL.
fn push_step(out: &mut String, step: &str, name: Option<usize>, sql: &str) {
    out.push_str(step);
    match name {
        Some(number) => {
            out.push_str(" S_");
            decimal_text(out, number);
        }
        None => out.push_str(" <unnamed>"),
    }
    out.push_str(": ");
    out.push_str(sql);
}
