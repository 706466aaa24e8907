//! Azure Database for PostgreSQL, Flexible Server: diagnostic settings.
//!
//! Event Hub and storage envelopes (`records[].properties`), and the flat rows
//! that a stream processor such as Fabric makes of them. `message` is the whole stderr line, read by its
//! prefix; the fields around it fill what the line does not carry, and stand in
//! where no prefix fits. Other categories are set aside and counted. The
//! envelope's time may lag and is used only when there is no other.

use bumpalo::Bump;
use kumki_model::{Ambiguity, Record, SqlState};
use serde::Deserialize;

use super::framing::Framing;
use super::parser::Wrapping;
use super::scalar::Scalar;
use super::sink::{Origin, Sink};
use super::typed;
use crate::parse::FailureKind;
use crate::parse::assemble::Draft;
use crate::parse::label::{self, Label};
use crate::parse::stderr::line::unfold;
use crate::parse::text::{decode, keep};
use crate::parse::time::TimeReader;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow)]
    records: Option<Vec<Entry<'a>>>,
}

/// One log entry, nested or flat.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    category: Scalar<'a>,
    #[serde(alias = "ResourceId", alias = "resourceid")]
    #[serde(rename = "resourceId")]
    resource_id: Scalar<'a>,
    #[serde(rename = "LogicalServerName", alias = "logicalServerName")]
    server: Scalar<'a>,
    #[serde(alias = "TimeGenerated", alias = "EventProcessedUtcTime")]
    time: Option<Scalar<'a>>,
    properties: Option<Fields<'a>>,
    message: Scalar<'a>,
    #[serde(rename = "errorLevel")]
    level: Scalar<'a>,
    #[serde(rename = "sqlerrcode")]
    sqlstate: Scalar<'a>,
    #[serde(rename = "processId")]
    process_id: Scalar<'a>,
    #[serde(alias = "backendType")]
    backend_type: Scalar<'a>,
    detail: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    timestamp: Scalar<'a>,
    #[serde(rename = "processId")]
    process_id: Scalar<'a>,
    #[serde(rename = "errorLevel")]
    level: Scalar<'a>,
    #[serde(rename = "sqlerrcode")]
    sqlstate: Scalar<'a>,
    message: Scalar<'a>,
    detail: Scalar<'a>,
    #[serde(alias = "backendType")]
    backend_type: Scalar<'a>,
}

/// One row, whatever it came in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Row<'a> {
    /// `PostgreSQLLogs` for the server's log.
    pub(crate) category: &'a str,
    /// Server name.
    pub(crate) server: Option<&'a str>,
    /// The event's own time, then the envelope's.
    pub(crate) times: [&'a str; 2],
    /// Process id.
    pub(crate) process_id: &'a str,
    /// Level, in English.
    pub(crate) level: &'a str,
    /// SQLSTATE.
    pub(crate) sqlstate: &'a str,
    /// The stderr line.
    pub(crate) message: &'a str,
    /// `DETAIL`.
    pub(crate) detail: &'a str,
    /// Backend type.
    pub(crate) backend_type: &'a str,
}

impl<'a> Entry<'a> {
    fn row(self, arena: &'a Bump) -> Row<'a> {
        let server = match self.server.keep_some(arena) {
            Some(name) => Some(name),
            None => server_of(self.resource_id.as_str(), arena),
        };
        let time = self.time.unwrap_or_default().keep(arena);
        let nested = self.properties.unwrap_or_default();
        let either = |nested: Scalar<'a>, flat: Scalar<'a>| {
            if nested.is_empty() {
                flat.keep(arena)
            } else {
                nested.keep(arena)
            }
        };
        Row {
            category: self.category.keep(arena),
            server,
            times: [nested.timestamp.keep(arena), time],
            process_id: either(nested.process_id, self.process_id),
            level: either(nested.level, self.level),
            sqlstate: either(nested.sqlstate, self.sqlstate),
            message: either(nested.message, self.message),
            detail: either(nested.detail, self.detail),
            backend_type: either(nested.backend_type, self.backend_type),
        }
    }
}

/// The last segment of a resource id, which Azure writes in capitals.
fn server_of<'a>(resource_id: &str, arena: &'a Bump) -> Option<&'a str> {
    let name = resource_id.trim_end_matches('/').rsplit('/').next()?;
    (!name.is_empty()).then(|| &*arena.alloc_str(&name.to_ascii_lowercase()))
}

/// Reads one row into the sink.
pub(crate) fn take<'a>(row: &Row<'a>, times: &mut TimeReader, sink: &mut Sink<'_, 'a>) {
    if !row.category.is_empty() && row.category != "PostgreSQLLogs" {
        return sink.ignore();
    }
    if row.message.is_empty() {
        return sink.fail(FailureKind::Unrecognised, b"no message");
    }
    let time = row.times.iter().find_map(|text| times.read(text));
    let origin = Origin {
        server: row.server,
        pid: row.process_id.parse().ok(),
        time,
    };
    let read = sink.one(row.message.as_bytes(), origin);
    let Some(mut record) = read.or_else(|| without_prefix(row, origin, sink)) else {
        return sink.fail(FailureKind::BadTime, row.message.as_bytes());
    };
    if record.sqlstate == SqlState::SUCCESS {
        record.sqlstate = typed::sqlstate(row.sqlstate);
    }
    if record.detail.is_none() && !row.detail.is_empty() {
        record.detail = Some(keep(kumki_sql::mask_secrets(row.detail), sink.arena()));
    }
    let backend_type = Some(row.backend_type).filter(|name| !name.is_empty());
    record.backend_type = record.backend_type.or(backend_type);
    sink.record(record);
}

/// A row whose message no prefix fits: what comes before the severity is
/// skipped, and since a client's names may stand there, where the message
/// begins is in doubt.
fn without_prefix<'a>(
    row: &Row<'a>,
    origin: Origin<'_>,
    sink: &Sink<'_, 'a>,
) -> Option<Record<'a>> {
    let level = typed::level(row.level);
    let mut draft = Draft::new(origin.time?, level, row.message, sink.location);
    draft.sqlstate = typed::sqlstate(row.sqlstate);
    draft.fields.pid = origin.pid;
    draft.server = row.server;
    draft.detail = Some(row.detail).filter(|text| !text.is_empty());
    let head = row.message.get(..row.message.floor_char_boundary(512))?;
    if let Some(at) = label::find(head, 0)
        && let Some(text) = row.message.get(at..)
        && let Some((Label::Level(level), begins)) = label::read(text)
    {
        draft.message = unfold(text.get(begins..).unwrap_or_default(), sink.arena());
        draft.level = level;
        let doubt = if at > 0 {
            Ambiguity::MESSAGE
        } else {
            Ambiguity::NONE
        };
        draft.fields.ambiguous = doubt;
    }
    Some(sink.assembler().record(draft))
}

/// Azure's JSON.
pub(crate) struct Azure {
    times: TimeReader,
}

impl Azure {
    /// Entries whose times without a zone are read by `times`.
    pub(crate) fn new(times: TimeReader) -> Self {
        Self { times }
    }
}

impl Wrapping for Azure {
    const NAME: &'static str = "azure";
    const FRAMING: Framing = Framing::Json;

    fn unwrap<'a>(&mut self, piece: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let text = decode(piece, sink.arena());
        let Ok(document) = serde_json::from_str::<Document<'a>>(text) else {
            return false;
        };
        let entries = match document.records {
            Some(entries) => entries,
            None => match serde_json::from_str::<Entry<'a>>(text) {
                Ok(entry) if !entry.category.is_empty() || entry.properties.is_some() => {
                    vec![entry]
                }
                Ok(entry) if !entry.message.is_empty() && !entry.level.is_empty() => vec![entry],
                _ => return false,
            },
        };
        for entry in entries {
            let row = entry.row(sink.arena());
            take(&row, &mut self.times, sink);
        }
        true
    }

    fn fork(&self) -> Self {
        Self {
            times: self.times.clone(),
        }
    }
}

/// How surely `head` is Azure's JSON, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    let start = &head[..head.len().min(16 << 10)];
    let has = |word: &str| memchr::memmem::find(start, word.as_bytes()).is_some();
    let is_object = super::starts_with_object(head);
    if !is_object || !has("\"category\"") && !has("\"errorLevel\"") {
        return None;
    }
    match (
        has("\"PostgreSQLLogs\""),
        has("\"errorLevel\""),
        has("\"resourceId\""),
    ) {
        (true, ..) => Some(95),
        (_, true, _) => Some(85),
        (_, _, true) => Some(60),
        _ => None,
    }
}
