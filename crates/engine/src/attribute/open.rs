//! The statement a session is running: what its records have said so far.

use std::borrow::Cow;
use std::sync::Arc;

use kumki_model::{
    Ambiguity, Audit, AuditKind, Event, EventKind, Location, LogLevel, Phase, SessionContext,
    Shape, SqlState, Statement, Timestamp,
};

use super::names::Names;
use crate::read::Prepared;

/// Distinct nested statements whose facts are added to the outer one's.
const NESTED_LIMIT: u32 = 64;

/// Which records of one statement have been seen. A second record of the same
/// kind begins another statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Seen {
    /// `statement: …` or `execute …: …` without a duration.
    announced: bool,
    /// Any record with its duration.
    timed: bool,
    /// Only `parse` and `bind` so far.
    prepared_only: bool,
}

/// A statement whose records are still coming in. Buffers are kept between
/// statements of the session.
#[derive(Debug, Default)]
pub(super) struct Open {
    time: Timestamp,
    location: Location,
    level: LogLevel,
    pub(super) last_time: Timestamp,
    pub(super) shape: Option<Arc<Shape>>,
    pub(super) text_hash: u64,
    has_text: bool,
    text: String,
    message: String,
    keeps_text: bool,
    keeps_message: bool,
    length: u32,
    pub(super) audit_id: Option<u64>,
    last_substatement: u64,
    command: Cow<'static, str>,
    class: &'static str,
    objects: Names,
    object_audit: bool,
    rows: Option<u64>,
    duration_us: Option<u64>,
    parameters: Option<String>,
    nested: u32,
    ambiguous: Ambiguity,
    records: u32,
    pub(super) failed: bool,
    seen: Seen,
}

/// Which texts the run keeps for statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Texts {
    /// None: facts suffice.
    #[default]
    None,
    /// The SQL and its parameters.
    Statement,
    /// The SQL, its parameters and the record's message.
    All,
}

impl Open {
    fn restart(&mut self, prepared: &Prepared<'_>, texts: Texts, sql: Option<&str>) {
        let record = prepared.record;
        self.time = record.time;
        self.last_time = record.time;
        self.location = record.location;
        self.level = record.level;
        self.shape = prepared.shape.cloned();
        self.text_hash = prepared.text_hash;
        self.has_text = sql.is_some();
        self.length = sql.map_or(0, |sql| u32::try_from(sql.len()).unwrap_or(u32::MAX));
        self.text.clear();
        self.message.clear();
        self.keeps_text = texts >= Texts::Statement && sql.is_some();
        self.keeps_message = texts == Texts::All;
        if self.keeps_text {
            self.text.push_str(sql.unwrap_or_default());
        }
        if self.keeps_message {
            self.message.push_str(record.message);
        }
        self.audit_id = None;
        self.last_substatement = 0;
        self.command = Cow::Borrowed("");
        self.class = "";
        self.objects.clear();
        self.object_audit = false;
        self.rows = None;
        self.duration_us = None;
        self.parameters = None;
        self.nested = 0;
        self.ambiguous = record.ambiguous;
        self.records = 1;
        self.failed = false;
        self.seen = Seen::default();
    }

    /// Begins a statement with a pgaudit row.
    pub(super) fn begin_audited(
        &mut self,
        prepared: &Prepared<'_>,
        audit: &Audit<'_>,
        texts: Texts,
    ) {
        self.restart(prepared, texts, audit.text.map(|sql| sql.expose()));
        self.adopt_audit(audit, texts);
    }

    /// Begins a statement with one of the server's own statement records.
    pub(super) fn begin_logged(
        &mut self,
        prepared: &Prepared<'_>,
        sql: &str,
        phase: Phase,
        duration_us: Option<u64>,
        texts: Texts,
    ) {
        self.restart(prepared, texts, Some(sql));
        self.note_logged(phase, duration_us);
        self.keep_parameters(prepared, texts);
    }

    fn note_logged(&mut self, phase: Phase, duration_us: Option<u64>) {
        let preparing = matches!(phase, Phase::Parse | Phase::Bind);
        let first = self.records == 1 && self.audit_id.is_none();
        self.seen.prepared_only = preparing && (first || self.seen.prepared_only);
        match duration_us {
            Some(duration) if preparing => {
                self.duration_us = Some(self.duration_us.unwrap_or(0).saturating_add(duration));
            }
            Some(duration) => {
                self.seen.timed = true;
                self.duration_us = Some(self.duration_us.unwrap_or(0).saturating_add(duration));
            }
            None if !preparing => self.seen.announced = true,
            None => {}
        }
    }

    fn keep_parameters(&mut self, prepared: &Prepared<'_>, texts: Texts) {
        // log_parameter and log_statement put bind values into DETAIL.
        if texts >= Texts::Statement && self.parameters.is_none() {
            self.parameters = prepared.record.detail.map(str::to_owned);
        }
    }

    /// Whether a pgaudit row belongs to this statement.
    pub(super) fn takes_audit(&self, prepared: &Prepared<'_>, audit: &Audit<'_>) -> bool {
        match self.audit_id {
            Some(id) => id == audit.statement_id,
            None => {
                !self.seen.timed
                    && (audit.text.is_none()
                        || self.text_hash == prepared.text_hash
                        || self.redacted_twin(prepared))
            }
        }
    }

    /// pgaudit cuts a statement at its password; the server's record carries it
    /// whole. Both are about the same roles with the same command.
    fn redacted_twin(&self, prepared: &Prepared<'_>) -> bool {
        match (&self.shape, prepared.shape) {
            (Some(mine), Some(other)) => {
                mine.class == "ROLE"
                    && other.class == "ROLE"
                    && mine.commands == other.commands
                    && mine.roles == other.roles
            }
            _ => false,
        }
    }

    /// Adds a pgaudit row. Returns the nested statement's shape when the row is
    /// about another statement that runs inside this one.
    pub(super) fn add_audit(
        &mut self,
        prepared: &Prepared<'_>,
        audit: &Audit<'_>,
        texts: Texts,
    ) -> Option<Arc<Shape>> {
        let nested = self.audit_id.is_some()
            && audit.substatement_id > self.last_substatement
            && audit.text.is_some()
            && prepared.text_hash != self.text_hash;
        self.touch(prepared);
        if self.audit_id.is_none() {
            self.adopt_audit(audit, texts);
            return None;
        }
        self.last_substatement = self.last_substatement.max(audit.substatement_id);
        self.object_audit |= audit.kind == AuditKind::Object;
        self.add_object(audit);
        if !nested {
            self.rows = self.rows.max(audit.rows);
            return None;
        }
        self.nested = self.nested.saturating_add(1);
        if self.nested > NESTED_LIMIT {
            None
        } else {
            prepared.shape.cloned()
        }
    }

    fn adopt_audit(&mut self, audit: &Audit<'_>, texts: Texts) {
        self.audit_id = Some(audit.statement_id);
        self.last_substatement = audit.substatement_id;
        self.command = command_tag(audit.command);
        self.class = class_word(audit.class);
        self.object_audit |= audit.kind == AuditKind::Object;
        self.rows = self.rows.max(audit.rows);
        self.seen.prepared_only = false;
        self.add_object(audit);
        if texts >= Texts::Statement && self.parameters.is_none() {
            self.parameters = audit.parameters.map(str::to_owned);
        }
    }

    fn add_object(&mut self, audit: &Audit<'_>) {
        if let Some(name) = audit.object_name {
            self.objects.insert(name);
        }
    }

    /// Whether one of the server's statement records belongs to this statement.
    pub(super) fn takes_logged(
        &self,
        prepared: &Prepared<'_>,
        phase: Phase,
        duration_us: Option<u64>,
    ) -> bool {
        let same = self.text_hash == prepared.text_hash
            || !self.has_text
            || (self.audit_id.is_some() && self.redacted_twin(prepared));
        if !same {
            return false;
        }
        match (phase, duration_us) {
            (Phase::Fetch, _) => true,
            (Phase::Parse, _) => false,
            (Phase::Bind, _) => self.seen.prepared_only,
            (_, Some(_)) => !self.seen.timed,
            (_, None) => !self.seen.announced && !self.seen.timed && self.audit_id.is_none(),
        }
    }

    /// Adds one of the server's statement records.
    pub(super) fn add_logged(
        &mut self,
        prepared: &Prepared<'_>,
        phase: Phase,
        duration_us: Option<u64>,
        texts: Texts,
    ) {
        self.touch(prepared);
        self.note_logged(phase, duration_us);
        self.keep_parameters(prepared, texts);
        if self.shape.is_none() {
            self.shape = prepared.shape.cloned();
        }
    }

    /// Adds a bare `duration: … ms`.
    pub(super) fn add_duration(&mut self, prepared: &Prepared<'_>, duration_us: u64) {
        self.touch(prepared);
        self.seen.timed = true;
        self.duration_us = Some(self.duration_us.unwrap_or(0).saturating_add(duration_us));
    }

    fn touch(&mut self, prepared: &Prepared<'_>) {
        self.records = self.records.saturating_add(1);
        self.last_time = self.last_time.max(prepared.record.time);
        self.ambiguous = self.ambiguous.with(prepared.record.ambiguous);
    }

    /// Whether a bare duration may still be about this statement.
    pub(super) fn lacks_duration(&self) -> bool {
        !self.seen.timed
    }

    /// The tree says best what a single statement is: pgaudit's first row may be
    /// about a part of it, such as the query inside `COPY … TO`. Of several
    /// statements in one text, pgaudit says which one this is.
    fn command_and_class<'e>(&'e self, shape: Option<&'e Shape>) -> (&'e str, &'e str) {
        match shape {
            Some(shape)
                if self.command.is_empty() || (shape.parsed && shape.commands.len() == 1) =>
            {
                (shape.command(), shape.class)
            }
            _ => (&self.command, self.class),
        }
    }

    /// The event, as far as it is known.
    pub(super) fn event<'e>(&'e self, session: &'e SessionContext) -> Event<'e> {
        let shape = self.shape.as_deref();
        let (command, class) = self.command_and_class(shape);
        let statement = Statement {
            shape,
            text: self.keeps_text.then_some(self.text.as_str()),
            length: self.length,
            command,
            class,
            objects: self.objects.as_slice(),
            audited: self.audit_id.is_some(),
            object_audit: self.object_audit,
            rows: self.rows,
            duration_us: self.duration_us,
            parameters: self.parameters.as_deref(),
            nested: self.nested,
        };
        Event {
            time: self.time,
            kind: EventKind::Statement,
            level: self.level,
            sqlstate: SqlState::SUCCESS,
            message: if self.keeps_message {
                &self.message
            } else {
                ""
            },
            detail: None,
            hint: None,
            context: None,
            session,
            statement: Some(statement),
            auth_failure: None,
            subject: None,
            session_duration_us: None,
            missing_records: None,
            ambiguous: self.ambiguous,
            location: self.location,
            records: self.records,
        }
    }
}

/// Common command tags without an allocation.
fn command_tag(tag: &str) -> Cow<'static, str> {
    const COMMON: [&str; 16] = [
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SET",
        "COPY",
        "SHOW",
        "CREATE TABLE",
        "ALTER TABLE",
        "DROP TABLE",
        "TRUNCATE TABLE",
        "GRANT",
        "DO",
    ];
    match COMMON.iter().find(|common| **common == tag) {
        Some(common) => Cow::Borrowed(common),
        None => Cow::Owned(tag.to_owned()),
    }
}

fn class_word(class: &str) -> &'static str {
    const CLASSES: [&str; 7] = [
        "READ", "WRITE", "FUNCTION", "ROLE", "DDL", "MISC", "MISC_SET",
    ];
    CLASSES
        .into_iter()
        .find(|known| *known == class)
        .unwrap_or("MISC")
}
