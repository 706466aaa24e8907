//! One thing that happened: records joined to their session and folded.
//!
//! An event borrows from the records it was made of and from the session
//! table; it lives as long as the call that hands it over.

use serde::Serialize;
use serde::ser::SerializeMap;

use crate::record::{Ambiguity, AuthFailure, Location};
use crate::session::SessionContext;
use crate::severity::{LogLevel, SqlState};
use crate::shape::Shape;
use crate::time::Timestamp;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum EventKind {
    /// A statement ran (or tried to): one event however many records it wrote.
    Statement,
    /// A client connected; nothing is known of it but its address.
    ConnectionReceived,
    /// A client proved who it is.
    ConnectionAuthenticated,
    /// A client may use the database.
    ConnectionAuthorized,
    /// A connection was refused before it could run anything.
    AuthenticationFailed,
    /// A session ended.
    Disconnection,
    /// A record of level ERROR, FATAL or PANIC that is no authentication failure.
    Error,
    /// The server read its configuration again.
    ConfigReloaded,
    /// A setting changed in the server's configuration.
    ParameterChanged,
    /// The server accepts connections.
    ServerStarted,
    /// The server was shut down.
    ServerStopped,
    /// A process of the server crashed.
    ServerCrashed,
    /// Per-session record numbers jump: records were lost or removed.
    LogGap,
    /// Anything else.
    Message,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Statement,
        Self::ConnectionReceived,
        Self::ConnectionAuthenticated,
        Self::ConnectionAuthorized,
        Self::AuthenticationFailed,
        Self::Disconnection,
        Self::Error,
        Self::ConfigReloaded,
        Self::ParameterChanged,
        Self::ServerStarted,
        Self::ServerStopped,
        Self::ServerCrashed,
        Self::LogGap,
        Self::Message,
    ];

    /// The word used on every surface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::ConnectionReceived => "connection_received",
            Self::ConnectionAuthenticated => "connection_authenticated",
            Self::ConnectionAuthorized => "connection_authorized",
            Self::AuthenticationFailed => "authentication_failed",
            Self::Disconnection => "disconnection",
            Self::Error => "error",
            Self::ConfigReloaded => "config_reloaded",
            Self::ParameterChanged => "parameter_changed",
            Self::ServerStarted => "server_started",
            Self::ServerStopped => "server_stopped",
            Self::ServerCrashed => "server_crashed",
            Self::LogGap => "log_gap",
            Self::Message => "message",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, Copy)]
pub struct Event<'e> {
    /// When it happened: event time of its first record.
    pub time: Timestamp,
    /// What kind of thing.
    pub kind: EventKind,
    /// Level of its first record.
    pub level: LogLevel,
    /// SQLSTATE.
    pub sqlstate: SqlState,
    /// The primary message, passwords masked. For a statement it is empty
    /// unless the run keeps texts; use the statement's facts.
    pub message: &'e str,
    /// `DETAIL`.
    pub detail: Option<&'e str>,
    /// `HINT`.
    pub hint: Option<&'e str>,
    /// `CONTEXT`.
    pub context: Option<&'e str>,
    /// Who is behind it.
    pub session: &'e SessionContext,
    /// The statement: what ran, or what was running when the error came.
    pub statement: Option<Statement<'e>>,
    /// Why authentication failed.
    pub auth_failure: Option<AuthFailure>,
    /// Name and new value of a changed parameter; method and identity of an authentication.
    pub subject: Option<(&'e str, Option<&'e str>)>,
    /// Length of the session in microseconds, for a disconnection.
    pub session_duration_us: Option<u64>,
    /// Number of records missing, for a gap.
    pub missing_records: Option<u64>,
    /// What the client could have forged.
    pub ambiguous: Ambiguity,
    /// Where its first record stands.
    pub location: Location,
    /// How many records were folded into it.
    pub records: u32,
}

/// The statement of an event.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'e> {
    /// Facts from its parse tree. Absent when the log does not carry the SQL.
    pub shape: Option<&'e Shape>,
    /// The SQL, passwords masked, where the run keeps texts.
    pub text: Option<&'e str>,
    /// Length of the SQL in bytes, 0 when the log does not carry it.
    pub length: u32,
    /// Command tag: pgaudit's where there is one, otherwise the tree's.
    pub command: &'e str,
    /// pgaudit's class, from its row or worked out from the tree.
    pub class: &'e str,
    /// Objects named in the statement's audit rows, qualified, without repetition.
    pub objects: &'e [String],
    /// Whether the statement was seen by pgaudit.
    pub audited: bool,
    /// Whether it was logged by object auditing.
    pub object_audit: bool,
    /// Rows returned or changed.
    pub rows: Option<u64>,
    /// Duration in microseconds.
    pub duration_us: Option<u64>,
    /// Parameters as written.
    pub parameters: Option<&'e str>,
    /// Nested statements (functions, triggers) folded into it.
    pub nested: u32,
}

impl Serialize for Event<'_> {
    /// The NDJSON shape of `kumki events`. Absent fields are left out.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &self.time)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("level", &self.level)?;
        if self.sqlstate != SqlState::SUCCESS {
            map.serialize_entry("sqlstate", &self.sqlstate)?;
        }
        if !self.message.is_empty() {
            map.serialize_entry("message", self.message)?;
        }
        optional(&mut map, "detail", &self.detail)?;
        optional(&mut map, "hint", &self.hint)?;
        optional(&mut map, "context", &self.context)?;
        map.serialize_entry("session", self.session)?;
        optional(&mut map, "statement", &self.statement)?;
        optional(&mut map, "auth_failure", &self.auth_failure)?;
        if let Some((name, value)) = self.subject {
            match self.kind {
                EventKind::ConnectionAuthenticated => {
                    map.serialize_entry("method", name)?;
                    optional(&mut map, "identity", &value)?;
                }
                _ => {
                    map.serialize_entry("parameter", name)?;
                    optional(&mut map, "value", &value)?;
                }
            }
        }
        optional(&mut map, "session_duration_us", &self.session_duration_us)?;
        optional(&mut map, "missing_records", &self.missing_records)?;
        if self.ambiguous.any() {
            let words: Vec<&str> = [
                (Ambiguity::IDENTITY, "identity"),
                (Ambiguity::CLIENT, "client"),
                (Ambiguity::MESSAGE, "message"),
            ]
            .into_iter()
            .filter_map(|(doubt, word)| self.ambiguous.contains(doubt).then_some(word))
            .collect();
            map.serialize_entry("ambiguous", &words)?;
        }
        map.end()
    }
}

impl Serialize for Statement<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("command", self.command)?;
        map.serialize_entry("class", self.class)?;
        optional(&mut map, "text", &self.text)?;
        if let Some(shape) = self.shape {
            map.serialize_entry("fingerprint", &format!("{:016x}", shape.fingerprint))?;
            map.serialize_entry("normalised", &shape.normalised)?;
            map.serialize_entry("parsed", &shape.parsed)?;
            list(&mut map, "reads", &shape.reads)?;
            list(&mut map, "writes", &shape.writes)?;
            list(&mut map, "functions", &shape.functions)?;
            list(&mut map, "roles", &shape.roles)?;
            list(&mut map, "privileges", &shape.privileges)?;
            list(&mut map, "settings", &shape.settings)?;
            list(&mut map, "languages", &shape.languages)?;
            list(&mut map, "extensions", &shape.extensions)?;
            list(&mut map, "paths", &shape.paths)?;
            if !shape.signs.is_empty() {
                map.serialize_entry("signs", &shape.signs)?;
            }
        }
        list(&mut map, "objects", self.objects)?;
        map.serialize_entry("audited", &self.audited)?;
        optional(&mut map, "rows", &self.rows)?;
        optional(&mut map, "duration_us", &self.duration_us)?;
        optional(&mut map, "parameters", &self.parameters)?;
        if self.nested > 0 {
            map.serialize_entry("nested", &self.nested)?;
        }
        map.end()
    }
}

fn optional<M: SerializeMap, T: Serialize>(
    map: &mut M,
    key: &'static str,
    value: &Option<T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(key, value),
        None => Ok(()),
    }
}

fn list<M: SerializeMap, T: Serialize>(
    map: &mut M,
    key: &'static str,
    values: &[T],
) -> Result<(), M::Error> {
    if values.is_empty() {
        Ok(())
    } else {
        map.serialize_entry(key, values)
    }
}
