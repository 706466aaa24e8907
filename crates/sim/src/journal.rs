//! Where records are written and counted, removed ones set aside, and attacks
//! noted.

use kumki_model::Timestamp;

use crate::entry::Entry;
use crate::error::SimError;
use crate::format::Form;
use crate::label::Label;
use crate::options::{AttackKind, Limit, Options};
use crate::process::Process;

/// Writes records until the limit is reached.
pub(crate) struct Journal {
    form: Form,
    limit: Limit,
    until: i64,
    /// Bytes not yet handed over.
    pub(crate) buffer: Vec<u8>,
    /// Records written.
    pub(crate) records: u64,
    /// Bytes written, with those in the buffer.
    pub(crate) bytes: u64,
    /// Records removed.
    pub(crate) removed: u64,
    /// Time of the first record.
    pub(crate) first: Option<i64>,
    /// Time of the last record.
    pub(crate) last: i64,
    /// Whether the limit is reached.
    pub(crate) full: bool,
    labels: Vec<Draft>,
}

/// A label in the making.
struct Draft {
    label: Label,
    begun: bool,
}

impl Journal {
    /// A journal in the form and up to the limit of `options`.
    pub(crate) fn new(options: &Options) -> Result<Self, SimError> {
        let start = options.start.as_micros();
        let until = match options.limit {
            Limit::Seconds(seconds) => {
                let micros = i64::try_from(seconds.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
                start.saturating_add(micros)
            }
            Limit::Records(_) | Limit::Bytes(_) => i64::MAX,
        };
        Ok(Self {
            form: Form::new(options)?,
            limit: options.limit,
            until,
            buffer: Vec::with_capacity(1 << 17),
            records: 0,
            bytes: 0,
            removed: 0,
            first: None,
            last: start,
            full: matches!(
                options.limit,
                Limit::Records(0) | Limit::Bytes(0) | Limit::Seconds(0)
            ),
            labels: Vec::new(),
        })
    }

    /// How much of the log is written, in millionths.
    pub(crate) fn progress(&self) -> u64 {
        let (done, all) = match self.limit {
            Limit::Records(limit) => (self.records, limit),
            Limit::Bytes(limit) => (self.bytes, limit),
            Limit::Seconds(limit) => {
                let start = self.first.unwrap_or(self.last);
                (
                    self.last.saturating_sub(start).unsigned_abs() / 1_000_000,
                    limit,
                )
            }
        };
        (u128::from(done) * 1_000_000 / u128::from(all.max(1))) as u64
    }

    /// Writes one record of `process`, unless it is removed or the log is full.
    pub(crate) fn write(&mut self, server: &str, process: &mut Process, entry: &Entry<'_>) {
        if entry.time >= self.until {
            self.full = true;
        }
        if self.full {
            return;
        }
        let start = self.buffer.len();
        self.form.write(&mut self.buffer, server, process, entry);
        if process.removed {
            self.buffer.truncate(start);
            self.removed += 1;
            if let Some(draft) = process.label.and_then(|label| self.labels.get_mut(label)) {
                draft.label.removed += 1;
            }
            return;
        }
        self.note(process, entry.time);
        self.bytes += (self.buffer.len() - start) as u64;
        self.records += 1;
        self.first.get_or_insert(entry.time);
        self.last = self.last.max(entry.time);
        self.full = match self.limit {
            Limit::Records(limit) => self.records >= limit,
            Limit::Bytes(limit) => self.bytes >= limit,
            Limit::Seconds(_) => false,
        };
    }

    fn note(&mut self, process: &Process, time: i64) {
        let Some(draft) = process.label.and_then(|label| self.labels.get_mut(label)) else {
            return;
        };
        let label = &mut draft.label;
        let time = Timestamp::from_micros(time);
        if !draft.begun {
            draft.begun = true;
            label.start = time;
            label.first_record = self.records;
        }
        label.end = time;
        label.last_record = self.records;
        label.records += 1;
        if label.sessions.last() != Some(&process.session) && process.port.is_some() {
            label.sessions.push(process.session.clone());
        }
        if let Some(who) = process.known() {
            if !label.users.iter().any(|user| **user == *who.user) {
                label.users.push(who.user.to_string());
            }
            if process.port.as_ref().is_some_and(|port| port.ready) {
                label
                    .database
                    .get_or_insert_with(|| who.database.to_string());
                label
                    .application
                    .get_or_insert_with(|| who.application.to_string());
            }
        }
    }

    /// Begins the label of an attack and returns its number.
    pub(crate) fn attack(&mut self, kind: AttackKind, server: &str, client: &str) -> usize {
        let start = Timestamp::from_micros(self.last);
        let label = Label {
            kind,
            server: server.to_owned(),
            users: Vec::new(),
            client: client.to_owned(),
            database: None,
            application: None,
            sessions: Vec::new(),
            start,
            end: start,
            first_record: 0,
            last_record: 0,
            records: 0,
            removed: 0,
            statements: 0,
            complete: false,
        };
        self.labels.push(Draft {
            label,
            begun: false,
        });
        self.labels.len() - 1
    }

    /// Counts a statement of an attack.
    pub(crate) fn statement(&mut self, label: Option<usize>) {
        if let Some(draft) = label.and_then(|label| self.labels.get_mut(label))
            && !self.full
        {
            draft.label.statements += 1;
        }
    }

    /// Notes that an attack came to its end.
    pub(crate) fn complete(&mut self, label: usize) {
        if let Some(draft) = self.labels.get_mut(label)
            && !self.full
        {
            draft.label.complete = true;
        }
    }

    /// The labels of the attacks that wrote something, by first record.
    pub(crate) fn labels(&self) -> Vec<Label> {
        let mut labels: Vec<Label> = self
            .labels
            .iter()
            .filter(|draft| draft.begun)
            .map(|draft| draft.label.clone())
            .collect();
        labels.sort_by_key(|label| label.first_record);
        labels
    }
}
