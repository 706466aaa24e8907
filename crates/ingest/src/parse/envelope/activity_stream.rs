//! Aurora Database Activity Streams, decrypted.
//!
//! `DatabaseActivityMonitoringRecord` objects, by themselves or inside the
//! `DatabaseActivityMonitoringRecords` they are delivered in, each with a list of
//! events that resemble pgaudit's rows. Logins, logouts and errors become the
//! records the server's log has for them. Heartbeats and events of other engines
//! are set aside and counted. An object whose events are still encrypted is a
//! failure.

use bumpalo::Bump;
use kumki_model::{AuthFailure, Body, Location, LogLevel, Record, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::framing::Framing;
use super::parser::Wrapping;
use super::scalar::Scalar;
use super::sink::Sink;
use super::typed::{self, AuditFields, append_csv};
use crate::parse::FailureKind;
use crate::parse::assemble::Draft;
use crate::parse::prefix::PrefixFields;
use crate::parse::text::decode;
use crate::parse::time::TimeReader;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    instance_id: Scalar<'a>,
    cluster_id: Scalar<'a>,
    database_activity_event_list: Option<Vec<Event<'a>>>,
    database_activity_events: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    class: Scalar<'a>,
    client_application: Scalar<'a>,
    command: Scalar<'a>,
    command_text: Scalar<'a>,
    database_name: Scalar<'a>,
    db_user_name: Scalar<'a>,
    error_message: Scalar<'a>,
    log_time: Scalar<'a>,
    start_time: Scalar<'a>,
    object_name: Scalar<'a>,
    object_type: Scalar<'a>,
    #[serde(deserialize_with = "parameters")]
    param_list: Vec<String>,
    pid: Scalar<'a>,
    remote_host: Scalar<'a>,
    remote_port: Scalar<'a>,
    row_count: Scalar<'a>,
    server_type: Scalar<'a>,
    session_id: Scalar<'a>,
    statement_id: Scalar<'a>,
    substatement_id: Scalar<'a>,
    transaction_id: Scalar<'a>,
}

/// A list of parameters; anything else is none.
fn parameters<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(list
        .iter()
        .map(|item| {
            item.as_str()
                .map_or_else(|| item.to_string(), str::to_owned)
        })
        .collect())
}

/// An activity stream.
pub(crate) struct ActivityStream {
    times: TimeReader,
}

impl ActivityStream {
    /// Events whose times without a zone are read by `times`.
    pub(crate) fn new(times: TimeReader) -> Self {
        Self { times }
    }

    fn take<'a>(&mut self, envelope: Envelope<'a>, piece: &[u8], sink: &mut Sink<'_, 'a>) {
        let Some(events) = envelope.database_activity_event_list else {
            return match envelope.kind.as_str() {
                "heartbeat" => sink.ignore(),
                _ => sink.fail(FailureKind::Unrecognised, piece),
            };
        };
        let name = if envelope.instance_id.is_empty() {
            envelope.cluster_id
        } else {
            envelope.instance_id
        };
        let server = name.keep_some(sink.arena());
        for event in events {
            let is_ours = matches!(event.server_type.as_str(), "" | "PostgreSQL");
            if event.kind.as_str() == "heartbeat" || !is_ours {
                sink.ignore();
                continue;
            }
            match self.record(event, server, sink) {
                Some(record) => sink.record(record),
                None => sink.fail(FailureKind::BadTime, piece),
            }
        }
    }

    fn record<'a>(
        &mut self,
        event: Event<'a>,
        server: Option<&'a str>,
        sink: &Sink<'_, 'a>,
    ) -> Option<Record<'a>> {
        let arena = sink.arena();
        let time = self.times.read(event.log_time.as_str());
        let time = time.or_else(|| self.times.read(event.start_time.as_str()))?;
        let says = Says::of(&event);
        let message = match says {
            Says::Error | Says::Refused => event.error_message.clone().keep(arena),
            Says::Login => "connection authorized",
            Says::Logout => "disconnection",
            Says::Audit => audit_message(&event, arena),
        };
        let level = match says {
            Says::Refused => LogLevel::Fatal,
            Says::Error => LogLevel::Error,
            _ => LogLevel::Log,
        };
        let mut draft = Draft::new(time, level, message, Location::default());
        draft.server = server;
        draft.fields = PrefixFields {
            pid: event.pid.number(),
            session_id: event.session_id.keep_some(arena),
            user: typed::name(event.db_user_name.keep(arena)),
            database: typed::name(event.database_name.keep(arena)),
            application: typed::name(event.client_application.keep(arena)),
            client: event.remote_host.keep_some(arena),
            client_port: event.remote_port.number(),
            xid: event.transaction_id.number().filter(|xid| *xid != 0),
            ..PrefixFields::default()
        };
        if says == Says::Error {
            draft.statement = event.command_text.keep_some(arena);
        }
        let mut record = sink.assembler().record(draft);
        record.body = says.body(record.body.clone(), &record);
        Some(record)
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Login,
    Refused,
    Logout,
    Error,
    Audit,
}

impl Says {
    fn of(event: &Event<'_>) -> Self {
        let failed = !event.error_message.is_empty();
        match event.command.as_str() {
            "CONNECT" if failed => Self::Refused,
            "CONNECT" => Self::Login,
            "DISCONNECT" => Self::Logout,
            _ if failed => Self::Error,
            _ => Self::Audit,
        }
    }

    fn body<'a>(self, read: Body<'a>, record: &Record<'a>) -> Body<'a> {
        match self {
            Self::Login => match record.user {
                Some(user) => Body::ConnectionAuthorized {
                    user,
                    database: record.database,
                    application: record.application,
                    encrypted: false,
                    replication: false,
                },
                None => read,
            },
            Self::Logout => Body::Disconnection {
                duration_us: session_length(record),
                user: record.user,
                database: record.database,
                host: record.client,
                port: record.client_port,
            },
            Self::Refused if read == Body::Message => Body::AuthenticationFailed {
                cause: AuthFailure::Other,
                user: record.user,
                database: record.database,
                host: record.client,
            },
            _ => read,
        }
    }
}

/// Microseconds since the session's start, which its id begins with (`%c`).
fn session_length(record: &Record<'_>) -> u64 {
    let start = record
        .session_id
        .and_then(|id| i64::from_str_radix(id.split('.').next()?, 16).ok());
    let start = start.and_then(|seconds| seconds.checked_mul(1_000_000));
    let length = start.map_or(0, |start| {
        record.time.micros_since(Timestamp::from_micros(start))
    });
    u64::try_from(length).unwrap_or(0)
}

fn audit_message<'a>(event: &Event<'_>, arena: &'a Bump) -> &'a str {
    let mut parameter = String::new();
    for (at, value) in event.param_list.iter().enumerate() {
        if at > 0 {
            parameter.push(',');
        }
        append_csv(&mut parameter, value);
    }
    let fields = AuditFields {
        kind: "SESSION",
        statement_id: event.statement_id.as_str(),
        substatement_id: event.substatement_id.as_str(),
        class: event.class.as_str(),
        command: event.command.as_str(),
        object_type: event.object_type.as_str(),
        object_name: event.object_name.as_str(),
        statement: event.command_text.as_str(),
        parameter: if parameter.is_empty() {
            "<none>"
        } else {
            &parameter
        },
        rows: event.row_count.as_str(),
    };
    fields.message(arena)
}

impl Wrapping for ActivityStream {
    const NAME: &'static str = "aurora";
    const FRAMING: Framing = Framing::Json;

    fn unwrap<'a>(&mut self, piece: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let text = decode(piece, sink.arena());
        let Ok(mut envelope) = serde_json::from_str::<Envelope<'a>>(text) else {
            return false;
        };
        if let Some(events) = envelope.database_activity_events {
            match serde_json::from_str(events.get()) {
                Ok(inner) => envelope = inner,
                Err(_) => {
                    sink.fail(
                        FailureKind::Unrecognised,
                        b"encrypted database activity events",
                    );
                    return true;
                }
            }
        }
        if envelope.kind.is_empty() && envelope.database_activity_event_list.is_none() {
            return false;
        }
        self.take(envelope, piece, sink);
        true
    }

    fn fork(&self) -> Self {
        Self {
            times: self.times.clone(),
        }
    }
}

/// How surely `head` is an activity stream, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    let is_ours = super::mentions(head, "\"DatabaseActivityMonitoringRecord")
        || super::mentions(head, "\"databaseActivityEventList\"");
    (is_ours && super::starts_with_object(head)).then_some(97)
}
