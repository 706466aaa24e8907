//! Sessions and how records find theirs.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use kumki_model::{Ambiguity, Body, Record, SessionContext, Timestamp};

use super::context::Contexts;
use super::open::Open;
use super::role::RoleInForce;

/// What tells sessions apart: where the log comes from, and `%c` or the pid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SessionKey {
    scope: u32,
    pid: u32,
    /// Start time from `%c`; `u64::MAX` when only the pid is known.
    start: u64,
}

const PID_ONLY: u64 = u64::MAX;

impl SessionKey {
    /// The key of a record, if it carries a session id or a pid.
    pub(super) fn of(record: &Record<'_>, scope: u32) -> Option<Self> {
        let scope = match record.server {
            Some(server) => (FixedState::default().hash_one(server) as u32) ^ scope,
            None => scope,
        };
        if let Some(id) = record.session_id {
            let (start, pid) = parse_session_id(id);
            return Some(Self { scope, pid, start });
        }
        record.pid.map(|pid| Self {
            scope,
            pid,
            start: PID_ONLY,
        })
    }

    /// Whether the key may come to mean another session later.
    pub(super) fn is_reusable(self) -> bool {
        self.start == PID_ONLY
    }
}

/// `%c` is two hexadecimal numbers; other sources use ids of their own.
fn parse_session_id(id: &str) -> (u64, u32) {
    id.split_once('.')
        .and_then(|(start, pid)| {
            Some((
                u64::from_str_radix(start, 16).ok()?,
                u32::from_str_radix(pid, 16).ok()?,
            ))
        })
        .unwrap_or_else(|| (FixedState::default().hash_one(id) & !(1 << 63), u32::MAX))
}

/// A statement that has been handed over, in case a record about it comes late.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finished {
    pub(super) audit_id: Option<u64>,
    pub(super) text_hash: u64,
    pub(super) lacks_duration: bool,
}

/// What is known of one session.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) context: SessionContext,
    pub(super) open: Open,
    pub(super) is_open: bool,
    /// Counts statements, so that a timer can tell whether its statement is still the open one.
    pub(super) generation: u32,
    pub(super) finished: Option<Finished>,
    pub(super) role: RoleInForce,
    last_line: Option<u64>,
    address_is_certain: bool,
    identity_is_certain: bool,
    ended: bool,
}

impl Session {
    /// Takes over what the record says of the session. Connection records win
    /// over the prefix, which the client can forge.
    pub(super) fn update(&mut self, record: &Record<'_>, contexts: &mut Contexts) {
        let mut changed = self.context.id.is_none();
        if changed {
            self.begin(record);
        }
        let doubtful = record.ambiguous;
        changed |= adopt(&mut self.context.server, record.server);
        if !(self.identity_is_certain && doubtful.contains(Ambiguity::IDENTITY)) {
            changed |= adopt(&mut self.context.user, record.user);
            changed |= adopt(&mut self.context.database, record.database);
        }
        changed |= adopt(&mut self.context.application, record.application);
        changed |= adopt(&mut self.context.backend_type, record.backend_type);
        if !(self.address_is_certain && doubtful.contains(Ambiguity::CLIENT)) {
            changed |= adopt(&mut self.context.client, record.client);
            if record.client_port.is_some() {
                self.context.client_port = record.client_port;
            }
        }
        changed |= self.update_from_body(&record.body);
        if changed {
            contexts.assign(&mut self.context);
        }
    }

    fn begin(&mut self, record: &Record<'_>) {
        let started = record.session_start.unwrap_or(record.time);
        self.context.id = match (record.session_id, record.pid) {
            (Some(id), _) => Some(id.to_owned()),
            (None, Some(pid)) => Some(format!("{pid}@{started}")),
            (None, None) => None,
        };
        self.context.pid = record.pid;
        self.context.started = Some(started);
    }

    fn update_from_body(&mut self, body: &Body<'_>) -> bool {
        match *body {
            Body::ConnectionReceived { host, port } => {
                self.address_is_certain = true;
                self.context.client_port = port;
                adopt(&mut self.context.client, Some(host))
            }
            Body::ConnectionAuthorized {
                user,
                database,
                application,
                encrypted,
                ..
            } => {
                self.identity_is_certain = true;
                let mut changed = adopt(&mut self.context.user, Some(user));
                changed |= adopt(&mut self.context.database, database);
                changed |= adopt(&mut self.context.application, application);
                changed |= self.context.encrypted.replace(encrypted) != Some(encrypted);
                changed
            }
            Body::AuthenticationFailed {
                user,
                database,
                host,
                ..
            } => {
                let mut changed = adopt(&mut self.context.user, user);
                changed |= adopt(&mut self.context.database, database);
                if !self.address_is_certain {
                    changed |= adopt(&mut self.context.client, host);
                }
                changed
            }
            Body::Disconnection {
                user,
                database,
                host,
                port,
                ..
            } => {
                self.ended = true;
                let mut changed = adopt(&mut self.context.user, user);
                changed |= adopt(&mut self.context.database, database);
                if !self.address_is_certain {
                    changed |= adopt(&mut self.context.client, host);
                    self.context.client_port = self.context.client_port.or(port);
                }
                changed
            }
            _ => false,
        }
    }

    /// What of the record's doubt remains once the session is known.
    pub(super) fn remaining_doubt(&self, doubt: Ambiguity) -> Ambiguity {
        [
            (Ambiguity::IDENTITY, self.identity_is_certain),
            (Ambiguity::CLIENT, self.address_is_certain),
            (Ambiguity::MESSAGE, false),
        ]
        .into_iter()
        .filter(|(kind, certain)| doubt.contains(*kind) && !certain)
        .fold(Ambiguity::NONE, |all, (kind, _)| all.with(kind))
    }

    /// Takes note of `%l` and returns how many records are missing before this one.
    pub(super) fn missing_before(&mut self, line: Option<u64>) -> Option<u64> {
        let line = line?;
        let missing = match self.last_line {
            Some(last) if line > last + 1 => Some(line - last - 1),
            _ => None,
        };
        self.last_line = Some(self.last_line.map_or(line, |last| last.max(line)));
        missing
    }

    /// Whether the record begins another session under the same key.
    pub(super) fn is_over_for(&self, record: &Record<'_>) -> bool {
        self.ended
            || matches!(record.body, Body::ConnectionReceived { .. })
            || (record.line_num == Some(1) && self.last_line.is_some_and(|last| last > 1))
    }

    /// Applies the role in force to the context.
    pub(super) fn apply_role(&mut self, contexts: &mut Contexts) {
        let role = self
            .role
            .current()
            .filter(|role| Some(*role) != self.context.user.as_deref())
            .map(str::to_owned);
        if role != self.context.role {
            self.context.role = role;
            contexts.assign(&mut self.context);
        }
    }

    /// Forgets everything but the buffers.
    pub(super) fn forget(&mut self) {
        *self = Self {
            open: std::mem::take(&mut self.open),
            ..Self::default()
        };
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }
}

fn adopt(field: &mut Option<String>, value: Option<&str>) -> bool {
    match value {
        Some(value) if field.as_deref() != Some(value) => {
            match field {
                Some(text) => {
                    text.clear();
                    text.push_str(value);
                }
                None => *field = Some(value.to_owned()),
            }
            true
        }
        _ => false,
    }
}

/// Sessions in two generations: what is not touched while the young generation
/// fills up is handed back to be closed, so that memory stays bounded.
#[derive(Debug)]
pub(super) struct SessionTable {
    young: HashMap<SessionKey, Box<Session>, FixedState>,
    old: HashMap<SessionKey, Box<Session>, FixedState>,
    limit: usize,
}

impl SessionTable {
    /// A table that keeps at most twice `limit` sessions.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            young: HashMap::default(),
            old: HashMap::default(),
            limit: limit.max(1),
        }
    }

    /// The session under `key`, made when it is new. The flag says whether it is.
    pub(super) fn entry(&mut self, key: SessionKey) -> (&mut Session, bool) {
        let mut is_new = false;
        let session = self.young.entry(key).or_insert_with(|| {
            self.old.remove(&key).unwrap_or_else(|| {
                is_new = true;
                Box::default()
            })
        });
        (session, is_new)
    }

    pub(super) fn get_mut(&mut self, key: SessionKey) -> Option<&mut Session> {
        self.young
            .get_mut(&key)
            .or_else(|| self.old.get_mut(&key))
            .map(Box::as_mut)
    }

    pub(super) fn remove(&mut self, key: SessionKey) -> Option<Box<Session>> {
        self.young.remove(&key).or_else(|| self.old.remove(&key))
    }

    /// When the young generation is full, ages it and returns what fell out,
    /// oldest open statement first.
    pub(super) fn age(&mut self) -> Vec<Session> {
        if self.young.len() < self.limit {
            return Vec::new();
        }
        let fallen = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
        in_order(fallen)
    }

    /// Everything, oldest open statement first.
    pub(super) fn drain(&mut self) -> Vec<Session> {
        let mut all = std::mem::take(&mut self.young);
        all.extend(std::mem::take(&mut self.old));
        in_order(all)
    }
}

fn in_order(sessions: HashMap<SessionKey, Box<Session>, FixedState>) -> Vec<Session> {
    let mut sessions: Vec<(SessionKey, Box<Session>)> = sessions.into_iter().collect();
    sessions.sort_by_key(|(key, session)| (session.open.last_time, *key));
    sessions.into_iter().map(|(_, session)| *session).collect()
}

/// Where in time a timer looks at a session again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timer {
    pub(super) due: Timestamp,
    pub(super) key: SessionKey,
    pub(super) generation: u32,
}
