//! Google Cloud SQL and AlloyDB: entries of Cloud Logging.
//!
//! `textPayload` entries of `postgres.log` are lines with the service's prefix.
//! `protoPayload.request` of type `PgAuditEntry` is a pgaudit row, in chunks when
//! long: they are put together by session and statement, in whatever order they
//! come. A row whose chunks do not all arrive is a failure. Entries of other
//! logs are set aside and counted. The resource's labels name the server.

use std::collections::{BTreeMap, HashMap};

use kumki_model::{Location, LogLevel, Timestamp};
use serde::Deserialize;

use super::framing::Framing;
use super::parser::Wrapping;
use super::scalar::Scalar;
use super::sink::{Origin, Sink};
use super::typed::{self, AuditFields};
use crate::parse::FailureKind;
use crate::parse::assemble::Draft;
use crate::parse::text::decode;
use crate::parse::time::TimeReader;

/// The prefix of Cloud SQL, which cannot be changed there.
pub(crate) const PREFIX: &str = "%m [%p]: [%l-1] db=%d,user=%u ";

/// Rows whose chunks are waited for at once.
const MAX_ROWS: usize = 4096;
/// Bytes of chunks kept at once.
const MAX_BYTES: usize = 64 << 20;
/// Most chunks of a row; Cloud Logging takes 256 KB an entry.
const MAX_CHUNKS: u32 = 4096;
/// Entries after which a row's missing chunks are no longer waited for.
const PATIENCE: u64 = 100_000;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    log_name: Scalar<'a>,
    timestamp: Scalar<'a>,
    receive_timestamp: Scalar<'a>,
    resource: Option<Resource<'a>>,
    text_payload: Option<Scalar<'a>>,
    proto_payload: Option<Payload<'a>>,
    json_payload: Option<serde::de::IgnoredAny>,
    insert_id: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow)]
    labels: Labels<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Labels<'a> {
    #[serde(borrow)]
    database_id: Scalar<'a>,
    cluster_id: Scalar<'a>,
    instance_id: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Payload<'a> {
    #[serde(borrow)]
    request: Option<Chunk<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Chunk<'a> {
    #[serde(borrow, rename = "@type")]
    kind: Scalar<'a>,
    audit_type: Scalar<'a>,
    audit_class: Scalar<'a>,
    statement_id: Scalar<'a>,
    substatement_id: Scalar<'a>,
    command: Scalar<'a>,
    object_type: Scalar<'a>,
    object: Scalar<'a>,
    statement: Scalar<'a>,
    parameter: Scalar<'a>,
    chunk_count: Scalar<'a>,
    chunk_index: Scalar<'a>,
    database_session_id: Scalar<'a>,
    database: Scalar<'a>,
    user: Scalar<'a>,
}

/// What tells rows apart: server, session, statement and sub-statement, and for
/// statements with several objects what the row is about.
type RowKey = [String; 8];

/// A row some of whose chunks have come.
struct Row {
    time: Timestamp,
    location: Location,
    chunks: BTreeMap<u32, (String, String)>,
    count: u32,
    bytes: usize,
    last_entry: u64,
    user: String,
    database: String,
}

/// Cloud Logging's entries.
pub(crate) struct CloudSql {
    times: TimeReader,
    rows: HashMap<RowKey, Row>,
    bytes: usize,
    entries: u64,
}

impl CloudSql {
    /// Entries whose times without a zone are read by `times`.
    pub(crate) fn new(times: TimeReader) -> Self {
        Self {
            times,
            rows: HashMap::new(),
            bytes: 0,
            entries: 0,
        }
    }

    fn take_chunk<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        server: Option<&str>,
        time: Option<Timestamp>,
        sink: &mut Sink<'_, 'a>,
    ) {
        let Some(time) = time else {
            return sink.fail(FailureKind::BadTime, chunk.statement.as_str().as_bytes());
        };
        let count = chunk.chunk_count.number::<u32>().unwrap_or(1).max(1);
        let index = chunk.chunk_index.number::<u32>().unwrap_or(1);
        if count > MAX_CHUNKS {
            return sink.fail(FailureKind::TooLarge, chunk.statement.as_str().as_bytes());
        }
        let key = row_key(chunk, server);
        let part = (
            chunk.statement.as_str().to_owned(),
            chunk.parameter.as_str().to_owned(),
        );
        let new_row = || Row {
            time,
            location: sink.location,
            chunks: BTreeMap::new(),
            count,
            bytes: 0,
            last_entry: 0,
            user: chunk.user.as_str().to_owned(),
            database: chunk.database.as_str().to_owned(),
        };
        if count == 1 {
            let mut row = new_row();
            row.chunks.insert(1, part);
            return row.emit(&key, sink);
        }
        let row = self.rows.entry(key.clone()).or_insert_with(new_row);
        row.last_entry = self.entries;
        row.time = row.time.min(time);
        let size = part.0.len() + part.1.len() + 128;
        if row.chunks.insert(index, part).is_none() {
            row.bytes += size;
            self.bytes += size;
        }
        if row.is_whole()
            && let Some(row) = self.rows.remove(&key)
        {
            self.bytes = self.bytes.saturating_sub(row.bytes);
            row.emit(&key, sink);
        }
        self.make_room(sink);
    }

    /// Gives up on rows that have waited too long, and on the older half when
    /// there are too many.
    fn make_room(&mut self, sink: &mut Sink<'_, '_>) {
        let is_full = self.rows.len() > MAX_ROWS || self.bytes > MAX_BYTES;
        if is_full {
            let mut ages: Vec<u64> = self.rows.values().map(|row| row.last_entry).collect();
            ages.sort_unstable();
            let median = ages.get(ages.len() / 2).copied().unwrap_or(u64::MAX);
            self.give_up(|row| row.last_entry <= median, sink);
        } else if self.entries.is_multiple_of(PATIENCE / 4) {
            let entries = self.entries;
            self.give_up(|row| entries - row.last_entry > PATIENCE, sink);
        }
    }

    fn give_up(&mut self, chosen: impl Fn(&Row) -> bool, sink: &mut Sink<'_, '_>) {
        let mut rows: Vec<Row> = self
            .rows
            .extract_if(|_, row| chosen(row))
            .map(|(_, row)| row)
            .collect();
        rows.sort_unstable_by_key(|row| row.location);
        for row in rows {
            self.bytes = self.bytes.saturating_sub(row.bytes);
            let first = row
                .chunks
                .values()
                .next()
                .map_or("", |part| part.0.as_str());
            sink.fail_at(FailureKind::MissingParts, first.as_bytes(), row.location);
        }
    }
}

fn row_key(chunk: &Chunk<'_>, server: Option<&str>) -> RowKey {
    [
        server.unwrap_or_default(),
        chunk.database_session_id.as_str(),
        chunk.statement_id.as_str(),
        chunk.substatement_id.as_str(),
        chunk.audit_type.as_str(),
        chunk.audit_class.as_str(),
        chunk.command.as_str(),
        &[chunk.object_type.as_str(), chunk.object.as_str()].join("\0"),
    ]
    .map(str::to_owned)
}

impl Row {
    fn is_whole(&self) -> bool {
        self.chunks.keys().copied().eq(1..=self.count)
    }

    fn emit(self, key: &RowKey, sink: &mut Sink<'_, '_>) {
        let arena = sink.arena();
        let [
            server,
            session,
            statement_id,
            substatement_id,
            kind,
            class,
            command,
            object,
        ] = key;
        let (object_type, object_name) = object.split_once('\0').unwrap_or_default();
        let mut statement = String::new();
        let mut parameter = String::new();
        for (text, value) in self.chunks.values() {
            statement.push_str(text);
            parameter.push_str(value);
        }
        // pgaudit's `<none>` and `<not logged>` arrive in square brackets.
        let placeholder = |text: &'static str, plain: &'static str| (text, plain);
        let known = [
            placeholder("[none]", "<none>"),
            placeholder("[not logged]", "<not logged>"),
            placeholder("[previously logged]", "<previously logged>"),
        ];
        for text in [&mut statement, &mut parameter] {
            if let Some((_, plain)) = known.iter().find(|(bracketed, _)| bracketed == text) {
                *text = (*plain).to_owned();
            }
        }
        let fields = AuditFields {
            kind,
            statement_id,
            substatement_id,
            class,
            command,
            object_type,
            object_name,
            statement: &statement,
            parameter: &parameter,
            rows: "",
        };
        let message = fields.message(arena);
        let mut draft = Draft::new(self.time, LogLevel::Log, message, self.location);
        let keep =
            |text: &str| -> Option<&str> { (!text.is_empty()).then(|| &*arena.alloc_str(text)) };
        draft.server = keep(server);
        draft.fields.session_id = keep(session);
        draft.fields.user = keep(&self.user).and_then(typed::name);
        draft.fields.database = keep(&self.database).and_then(typed::name);
        let record = sink.assembler().record(draft);
        sink.out.records.push(record);
    }
}

impl Wrapping for CloudSql {
    const NAME: &'static str = "gcp";
    const FRAMING: Framing = Framing::Json;

    fn unwrap<'a>(&mut self, piece: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let Ok(entry) = serde_json::from_str::<Entry<'a>>(decode(piece, sink.arena())) else {
            return false;
        };
        if entry.log_name.is_empty() && entry.insert_id.is_empty() && entry.resource.is_none() {
            return false;
        }
        self.entries += 1;
        let labels = entry.resource.unwrap_or_default().labels;
        let server = server_of(&labels);
        let time = self
            .times
            .read(entry.timestamp.as_str())
            .or_else(|| self.times.read(entry.receive_timestamp.as_str()));
        let log = entry.log_name.as_str();
        let is_server_log = log.is_empty() || log.contains("postgres.log");
        let chunk = entry.proto_payload.and_then(|payload| payload.request);
        match (entry.text_payload, chunk) {
            (Some(text), _) if is_server_log => {
                let key = server.clone().unwrap_or_default();
                let origin = Origin {
                    server: server.as_deref(),
                    pid: None,
                    time,
                };
                sink.lines(key.as_bytes(), text.as_str().as_bytes(), true, origin);
            }
            (_, Some(chunk)) if chunk.kind.as_str().ends_with(".PgAuditEntry") => {
                self.take_chunk(&chunk, server.as_deref(), time, sink);
            }
            _ => sink.ignore(),
        }
        true
    }

    fn finish(&mut self, sink: &mut Sink<'_, '_>) {
        self.give_up(|_| true, sink);
        *self = self.fork();
    }

    fn fork(&self) -> Self {
        Self::new(self.times.clone())
    }
}

/// `project:instance` of Cloud SQL, `cluster/instance` of AlloyDB.
fn server_of(labels: &Labels<'_>) -> Option<String> {
    if !labels.database_id.is_empty() {
        return Some(labels.database_id.as_str().to_owned());
    }
    let parts: Vec<&str> = [labels.cluster_id.as_str(), labels.instance_id.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// How surely `head` is Cloud Logging's, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    if !super::starts_with_object(head) {
        return None;
    }
    let has = |word| super::mentions(head, word);
    let is_entry = has("\"insertId\"") || has("\"logName\"");
    match is_entry && (has("\"textPayload\"") || has("\"protoPayload\"")) {
        true if has("cloudsql") || has("alloydb") => Some(97),
        true => Some(80),
        false => has("audit.v1.PgAuditEntry").then_some(90),
    }
}
