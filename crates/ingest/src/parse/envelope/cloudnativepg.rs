//! CloudNativePG: what the instance manager writes to the pod's standard output.
//!
//! One JSON object per line; `logger` says what it is. `postgres` records carry
//! csvlog's columns by name, `pgaudit` records pgaudit's fields as well. The
//! operator's own messages are set aside and counted. The pod is the server.

use bumpalo::Bump;
use kumki_model::{Location, Record};
use serde::Deserialize;

use super::framing::Framing;
use super::parser::Wrapping;
use super::scalar::Scalar;
use super::sink::Sink;
use super::typed::{self, AuditFields};
use crate::parse::FailureKind;
use crate::parse::assemble::{Assembler, Draft};
use crate::parse::prefix::PrefixFields;
use crate::parse::text::decode;
use crate::parse::time::TimeReader;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    logger: Scalar<'a>,
    msg: Scalar<'a>,
    #[serde(alias = "logging_podName")]
    logging_pod: Scalar<'a>,
    record: Option<Row<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Logger<'a> {
    #[serde(borrow)]
    logger: Option<Scalar<'a>>,
    msg: Option<Scalar<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    log_time: Scalar<'a>,
    user_name: Scalar<'a>,
    database_name: Scalar<'a>,
    process_id: Scalar<'a>,
    connection_from: Scalar<'a>,
    session_id: Scalar<'a>,
    session_line_num: Scalar<'a>,
    command_tag: Scalar<'a>,
    session_start_time: Scalar<'a>,
    virtual_transaction_id: Scalar<'a>,
    transaction_id: Scalar<'a>,
    error_severity: Scalar<'a>,
    sql_state_code: Scalar<'a>,
    message: Scalar<'a>,
    detail: Scalar<'a>,
    hint: Scalar<'a>,
    context: Scalar<'a>,
    query: Scalar<'a>,
    application_name: Scalar<'a>,
    backend_type: Scalar<'a>,
    query_id: Scalar<'a>,
    audit: Option<AuditRow<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AuditRow<'a> {
    #[serde(borrow)]
    audit_type: Scalar<'a>,
    statement_id: Scalar<'a>,
    substatement_id: Scalar<'a>,
    class: Scalar<'a>,
    command: Scalar<'a>,
    object_type: Scalar<'a>,
    object_name: Scalar<'a>,
    statement: Scalar<'a>,
    parameter: Scalar<'a>,
    rows: Scalar<'a>,
}

/// What a line of the instance manager is.
pub(crate) enum Said<'a> {
    /// A record of the server.
    Record(Box<Record<'a>>),
    /// Something else, well-formed.
    Other,
    /// A record without a time.
    BadTime,
}

/// Reads one line. Nothing when it is none of the instance manager's.
pub(crate) fn read<'a>(
    line: &'a str,
    times: &mut TimeReader,
    assembler: &Assembler<'a>,
    arena: &'a Bump,
) -> Option<Said<'a>> {
    let Ok(entry) = serde_json::from_str::<Entry<'a>>(line) else {
        let logger = serde_json::from_str::<Logger<'a>>(line).ok()?;
        return (logger.logger.is_some() && logger.msg.is_some()).then_some(Said::Other);
    };
    let is_ours = matches!(entry.logger.as_str(), "postgres" | "pgaudit");
    match entry.record {
        Some(row) if is_ours => {
            let Some(mut draft) = draft(row, times, arena) else {
                return Some(Said::BadTime);
            };
            draft.server = entry.logging_pod.keep_some(arena);
            Some(Said::Record(Box::new(assembler.record(draft))))
        }
        _ if entry.logger.is_empty() && entry.msg.is_empty() => None,
        _ => Some(Said::Other),
    }
}

fn draft<'a>(row: Row<'a>, times: &mut TimeReader, arena: &'a Bump) -> Option<Draft<'a>> {
    let time = times.read(row.log_time.as_str())?;
    let message = match row.audit {
        Some(audit) => audit.message(arena),
        None => row.message.keep(arena),
    };
    let level = typed::level(row.error_severity.as_str());
    let mut draft = Draft::new(time, level, message, Location::default());
    let (client, client_port) = typed::client(row.connection_from.keep(arena));
    draft.fields = PrefixFields {
        pid: row.process_id.number(),
        session_id: row.session_id.keep_some(arena),
        line_num: row.session_line_num.number(),
        user: typed::name(row.user_name.keep(arena)),
        database: typed::name(row.database_name.keep(arena)),
        application: typed::name(row.application_name.keep(arena)),
        client,
        client_port,
        backend_type: row.backend_type.keep_some(arena),
        command_tag: row.command_tag.keep_some(arena),
        vxid: row.virtual_transaction_id.keep_some(arena),
        xid: row.transaction_id.number().filter(|xid| *xid != 0),
        query_id: row.query_id.number().filter(|id| *id != 0),
        ..PrefixFields::default()
    };
    draft.sqlstate = typed::sqlstate(row.sql_state_code.as_str());
    draft.session_start = times.read(row.session_start_time.as_str());
    draft.detail = row.detail.keep_some(arena);
    draft.hint = row.hint.keep_some(arena);
    draft.context = row.context.keep_some(arena);
    draft.statement = row.query.keep_some(arena);
    Some(draft)
}

impl AuditRow<'_> {
    fn message<'a>(&self, arena: &'a Bump) -> &'a str {
        let fields = AuditFields {
            kind: self.audit_type.as_str(),
            statement_id: self.statement_id.as_str(),
            substatement_id: self.substatement_id.as_str(),
            class: self.class.as_str(),
            command: self.command.as_str(),
            object_type: self.object_type.as_str(),
            object_name: self.object_name.as_str(),
            statement: self.statement.as_str(),
            parameter: self.parameter.as_str(),
            rows: self.rows.as_str(),
        };
        fields.message(arena)
    }
}

/// CloudNativePG's standard output.
pub(crate) struct CloudNativePg {
    times: TimeReader,
}

impl CloudNativePg {
    /// Lines whose times without a zone are read by `times`.
    pub(crate) fn new(times: TimeReader) -> Self {
        Self { times }
    }
}

impl Wrapping for CloudNativePg {
    const NAME: &'static str = "cloudnativepg";
    const FRAMING: Framing = Framing::Json;

    fn unwrap<'a>(&mut self, piece: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let line = decode(piece, sink.arena());
        match read(line, &mut self.times, &sink.assembler(), sink.arena()) {
            Some(Said::Record(record)) => sink.record(*record),
            Some(Said::Other) => sink.ignore(),
            Some(Said::BadTime) => sink.fail(FailureKind::BadTime, piece),
            None => return false,
        }
        true
    }

    fn fork(&self) -> Self {
        Self {
            times: self.times.clone(),
        }
    }
}

/// How surely `head` is CloudNativePG's output, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    let line = super::first_object(head)?;
    let logger: Logger<'_> = serde_json::from_slice(line).ok()?;
    if logger.logger.is_none() || logger.msg.is_none() {
        return None;
    }
    let is_named = super::mentions(head, "\"logging_pod") || super::mentions(head, "\"record\":");
    Some(if is_named { 95 } else { 70 })
}
