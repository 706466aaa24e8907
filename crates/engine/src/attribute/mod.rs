//! Records in, events out: joins records to their sessions and folds the
//! records of one statement into one event.
//!
//! Events leave in the order in which they are complete. A statement waits for
//! its remaining records (audit rows, duration) until the session does
//! something else or event time has moved on by [`Options::fold_wait_us`];
//! consumers allow for that much lateness.

mod context;
mod names;
mod nested;
mod open;
mod role;
mod session;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use kumki_model::{
    Ambiguity, Body, Event, EventKind, Phase, Record, SessionContext, Shape, Statement, Timestamp,
};

pub use open::Texts;

use crate::read::Prepared;
use context::Contexts;
use nested::NestedShapes;
use session::{Finished, Session, SessionKey, SessionTable, Timer};

/// How records become events.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which texts of statements to keep.
    pub texts: Texts,
    /// How long a statement waits for its remaining records, in microseconds
    /// of event time.
    pub fold_wait_us: i64,
    /// Sessions kept in memory, in each of two generations.
    pub sessions: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            texts: Texts::None,
            fold_wait_us: 10_000_000,
            sessions: 250_000,
        }
    }
}

/// Counts of what attribution did with records.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Records taken in.
    pub records: u64,
    /// Records that came after their statement's event had left.
    pub late: u64,
    /// Sessions begun.
    pub sessions: u64,
    /// Gaps in per-session record numbers.
    pub gaps: u64,
    /// Records missing in those gaps.
    pub missing_records: u64,
    /// Records accounted for by the events handed over so far.
    pub in_events: u64,
}

/// Receives events.
pub type EventSink<'s> = dyn FnMut(&Event<'_>) + 's;

/// Joins records to sessions and folds them into events.
pub struct Attributor {
    options: Options,
    sessions: SessionTable,
    contexts: Contexts,
    nested: NestedShapes,
    timers: VecDeque<Timer>,
    clock: Timestamp,
    counts: Counts,
    nobody: Session,
}

impl Attributor {
    /// An attributor that knows no session yet. `shapes` is the table the
    /// records' shapes come from.
    pub fn new(options: Options, shapes: kumki_sql::Shapes) -> Self {
        Self {
            sessions: SessionTable::new(options.sessions),
            options,
            contexts: Contexts::default(),
            nested: NestedShapes::new(shapes),
            timers: VecDeque::new(),
            clock: Timestamp::MIN,
            counts: Counts::default(),
            nobody: Session::default(),
        }
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes in the next record. `scope` tells apart logs that share pids.
    pub fn push(&mut self, prepared: &Prepared<'_>, scope: u32, sink: &mut EventSink<'_>) {
        let record = prepared.record;
        self.counts.records += 1;
        if record.time > self.clock {
            self.clock = record.time;
            self.expire(sink);
        }
        let Some(key) = SessionKey::of(record, scope) else {
            self.push_without_session(prepared, sink);
            return;
        };
        if key.is_reusable() {
            self.close_if_over(key, record, sink);
        }
        let (session, is_new) = self.sessions.entry(key);
        self.counts.sessions += u64::from(is_new);
        session.update(record, &mut self.contexts);
        if let Some(missing) = session.missing_before(record.line_num) {
            self.counts.gaps += 1;
            self.counts.missing_records += missing;
            let mut event = bare_event(record, EventKind::LogGap, &session.context);
            event.message = "";
            event.missing_records = Some(missing);
            event.records = 0;
            sink(&event);
        }
        let mut step = Step {
            options: &self.options,
            contexts: &mut self.contexts,
            nested: &mut self.nested,
            counts: &mut self.counts,
            sink,
        };
        let opened = step.take(session, prepared);
        if session.has_ended() && !key.is_reusable() {
            self.sessions.remove(key);
        } else if opened {
            let timer = Timer {
                due: record.time.saturating_add(self.options.fold_wait_us),
                key,
                generation: session.generation,
            };
            self.timers.push_back(timer);
        }
        if is_new {
            for mut fallen in self.sessions.age() {
                self.finish_session(&mut fallen, sink);
            }
        }
    }

    /// Hands over every statement that still waits.
    pub fn finish(&mut self, sink: &mut EventSink<'_>) {
        for mut session in self.sessions.drain() {
            self.finish_session(&mut session, sink);
        }
        self.timers.clear();
    }

    fn finish_session(&mut self, session: &mut Session, sink: &mut EventSink<'_>) {
        Step {
            options: &self.options,
            contexts: &mut self.contexts,
            nested: &mut self.nested,
            counts: &mut self.counts,
            sink,
        }
        .close_statement(session);
    }

    fn push_without_session(&mut self, prepared: &Prepared<'_>, sink: &mut EventSink<'_>) {
        // Nothing ties such records together, so each is an event of its own.
        let mut session = std::mem::take(&mut self.nobody);
        session.update(prepared.record, &mut self.contexts);
        let mut step = Step {
            options: &self.options,
            contexts: &mut self.contexts,
            nested: &mut self.nested,
            counts: &mut self.counts,
            sink,
        };
        step.take(&mut session, prepared);
        step.close_statement(&mut session);
        session.forget();
        self.nobody = session;
    }

    fn close_if_over(&mut self, key: SessionKey, record: &Record<'_>, sink: &mut EventSink<'_>) {
        let over = self
            .sessions
            .get_mut(key)
            .is_some_and(|session| session.is_over_for(record));
        if over && let Some(mut session) = self.sessions.remove(key) {
            self.finish_session(&mut session, sink);
        }
    }

    /// Hands over statements that have waited long enough.
    fn expire(&mut self, sink: &mut EventSink<'_>) {
        while let Some(timer) = self.timers.front().copied() {
            if timer.due >= self.clock {
                return;
            }
            self.timers.pop_front();
            let Some(session) = self.sessions.get_mut(timer.key) else {
                continue;
            };
            if !session.is_open || session.generation != timer.generation {
                continue;
            }
            Step {
                options: &self.options,
                contexts: &mut self.contexts,
                nested: &mut self.nested,
                counts: &mut self.counts,
                sink,
            }
            .close_statement(session);
        }
    }
}

/// One record's way through its session.
struct Step<'s, 'k> {
    options: &'s Options,
    contexts: &'s mut Contexts,
    nested: &'s mut NestedShapes,
    counts: &'s mut Counts,
    sink: &'s mut EventSink<'k>,
}

impl Step<'_, '_> {
    /// Returns whether the record began a statement.
    fn take(&mut self, session: &mut Session, prepared: &Prepared<'_>) -> bool {
        match prepared.record.body {
            Body::Audit(_) | Body::Statement { .. } => self.take_statement(session, prepared),
            Body::Duration { duration_us } => {
                if session.is_open && session.open.lacks_duration() {
                    session.open.add_duration(prepared, duration_us);
                } else {
                    self.counts.late += 1;
                }
                false
            }
            _ => {
                self.take_other(session, prepared);
                false
            }
        }
    }

    fn take_statement(&mut self, session: &mut Session, prepared: &Prepared<'_>) -> bool {
        let texts = self.options.texts;
        match &prepared.record.body {
            Body::Audit(audit) => {
                if session.is_open && session.open.takes_audit(prepared, audit) {
                    if let Some(inner) = session.open.add_audit(prepared, audit, texts) {
                        session.open.shape = self.nested.with(session.open.shape.take(), inner);
                    }
                    return false;
                }
                if session
                    .finished
                    .is_some_and(|last| last.audit_id == Some(audit.statement_id))
                {
                    self.counts.late += 1;
                    return false;
                }
                self.close_statement(session);
                session.open.begin_audited(prepared, audit, texts);
            }
            Body::Statement {
                text,
                phase,
                duration_us,
                ..
            } => {
                if session.is_open && session.open.takes_logged(prepared, *phase, *duration_us) {
                    session
                        .open
                        .add_logged(prepared, *phase, *duration_us, texts);
                    return false;
                }
                if self.is_late_duration(session, prepared, *phase, *duration_us) {
                    self.counts.late += 1;
                    return false;
                }
                self.close_statement(session);
                session
                    .open
                    .begin_logged(prepared, text.expose(), *phase, *duration_us, texts);
            }
            _ => return false,
        }
        session.is_open = true;
        session.generation = session.generation.wrapping_add(1);
        session.finished = None;
        true
    }

    /// A slow statement's duration arrives after its event has left.
    fn is_late_duration(
        &self,
        session: &mut Session,
        prepared: &Prepared<'_>,
        phase: Phase,
        duration_us: Option<u64>,
    ) -> bool {
        let Some(last) = &mut session.finished else {
            return false;
        };
        let late = !session.is_open
            && last.text_hash == prepared.text_hash
            && (phase == Phase::Fetch || (duration_us.is_some() && last.lacks_duration));
        if late {
            last.lacks_duration = false;
        }
        late
    }

    fn take_other(&mut self, session: &mut Session, prepared: &Prepared<'_>) {
        let record = prepared.record;
        let kind = event_kind(record);
        if kind == EventKind::Error && session.is_open {
            session.open.failed =
                session.open.text_hash == prepared.text_hash || record.statement.is_none();
            self.close_statement(session);
        }
        if kind == EventKind::Disconnection {
            self.close_statement(session);
        }
        let mut event = bare_event(record, kind, &session.context);
        event.ambiguous = session.remaining_doubt(record.ambiguous);
        describe(&mut event, record, prepared.shape);
        self.counts.in_events += 1;
        (self.sink)(&event);
    }

    /// Hands over the open statement, if there is one.
    fn close_statement(&mut self, session: &mut Session) {
        if !session.is_open {
            return;
        }
        session.is_open = false;
        let mut event = session.open.event(&session.context);
        event.ambiguous = session.remaining_doubt(event.ambiguous);
        self.counts.in_events += u64::from(event.records);
        (self.sink)(&event);
        session.finished = Some(Finished {
            audit_id: session.open.audit_id,
            text_hash: session.open.text_hash,
            lacks_duration: session.open.lacks_duration(),
        });
        if !session.open.failed
            && let Some(shape) = session.open.shape.take()
            && session.role.follow(&shape)
        {
            session.apply_role(self.contexts);
        }
    }
}

fn event_kind(record: &Record<'_>) -> EventKind {
    match record.body {
        Body::Audit(_) | Body::Statement { .. } | Body::Duration { .. } => EventKind::Statement,
        Body::ConnectionReceived { .. } => EventKind::ConnectionReceived,
        Body::ConnectionAuthenticated { .. } => EventKind::ConnectionAuthenticated,
        Body::ConnectionAuthorized { .. } => EventKind::ConnectionAuthorized,
        Body::AuthenticationFailed { .. } => EventKind::AuthenticationFailed,
        Body::Disconnection { .. } => EventKind::Disconnection,
        Body::ConfigReloaded => EventKind::ConfigReloaded,
        Body::ParameterChanged { .. } => EventKind::ParameterChanged,
        Body::ServerStarted => EventKind::ServerStarted,
        Body::ServerStopped => EventKind::ServerStopped,
        Body::ServerCrashed => EventKind::ServerCrashed,
        Body::Message if record.level.is_failure() => EventKind::Error,
        Body::Message => EventKind::Message,
    }
}

fn bare_event<'e>(record: &Record<'e>, kind: EventKind, session: &'e SessionContext) -> Event<'e> {
    Event {
        time: record.time,
        kind,
        level: record.level,
        sqlstate: record.sqlstate,
        message: record.message,
        detail: record.detail,
        hint: record.hint,
        context: record.context,
        session,
        statement: None,
        auth_failure: None,
        subject: None,
        session_duration_us: None,
        missing_records: None,
        ambiguous: Ambiguity::NONE,
        location: record.location,
        records: 1,
    }
}

fn describe<'e>(event: &mut Event<'e>, record: &Record<'e>, shape: Option<&'e Arc<Shape>>) {
    match record.body {
        Body::AuthenticationFailed { cause, .. } => event.auth_failure = Some(cause),
        Body::ConnectionAuthenticated { identity, method } => {
            event.subject = Some((method, Some(identity)));
        }
        Body::ParameterChanged { name, value } => event.subject = Some((name, value)),
        Body::Disconnection { duration_us, .. } => event.session_duration_us = Some(duration_us),
        _ => {}
    }
    if let Some(sql) = record.statement
        && record.level.is_failure()
    {
        let shape = shape.map(Arc::as_ref);
        event.statement = Some(Statement {
            shape,
            text: Some(sql.expose()),
            length: u32::try_from(sql.expose().len()).unwrap_or(u32::MAX),
            command: shape.map_or("", Shape::command),
            class: shape.map_or("", |shape| shape.class),
            objects: &[],
            audited: false,
            object_audit: false,
            rows: None,
            duration_us: None,
            parameters: None,
            nested: 0,
        });
    }
}
