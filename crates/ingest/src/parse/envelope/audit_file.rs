//! The file of pgauditlogtofile, which keeps audit rows out of the server's log.
//!
//! Versions 1.6 to 1.8 write a line per record: CSV whose fields are JSON
//! strings or nothing (34 columns with execution time and memory, 27 without,
//! fewer where the message is not an audit row), or JSON. Versions before write
//! CSV without any quoting, told by its `session_line_num` column, whose audit
//! row is read and whose later columns, which hold raw SQL, are not.

use bumpalo::Bump;
use kumki_model::{Location, LogLevel, Record};
use serde::Deserialize;

use super::framing::Framing;
use super::parser::Wrapping;
use super::scalar::Scalar;
use super::sink::Sink;
use super::typed;
use crate::parse::FailureKind;
use crate::parse::assemble::Draft;
use crate::parse::prefix::PrefixFields;
use crate::parse::text::decode;
use crate::parse::time::TimeReader;

/// Columns before the message: time, user, database, pid, client, session,
/// command tag, virtual transaction, transaction, SQLSTATE.
const BEFORE_MESSAGE: usize = 10;
/// Columns of an audit row; SQL and parameters share the last one.
const AUDIT_COLUMNS: usize = 8;
/// Most columns of a line.
const MAX_COLUMNS: usize = 64;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow, rename = "log.source")]
    source: Scalar<'a>,
    timestamp: Scalar<'a>,
    #[serde(rename = "db.user")]
    user: Scalar<'a>,
    #[serde(rename = "db.name")]
    database: Scalar<'a>,
    #[serde(rename = "custom.process_id")]
    pid: Scalar<'a>,
    #[serde(rename = "net.peer.name")]
    host: Scalar<'a>,
    #[serde(rename = "net.peer.port")]
    port: Scalar<'a>,
    #[serde(rename = "custom.session_id")]
    session: Scalar<'a>,
    #[serde(rename = "custom.command_tag")]
    tag: Scalar<'a>,
    #[serde(rename = "custom.virtual_transaction_id")]
    vxid: Scalar<'a>,
    #[serde(rename = "custom.transaction_id")]
    xid: Scalar<'a>,
    #[serde(rename = "custom.state_code")]
    sqlstate: Scalar<'a>,
    #[serde(rename = "custom.audit_type")]
    audit_type: Scalar<'a>,
    #[serde(rename = "custom.statement_id")]
    statement_id: Scalar<'a>,
    #[serde(rename = "custom.substatement_id")]
    substatement_id: Scalar<'a>,
    #[serde(rename = "custom.class")]
    class: Scalar<'a>,
    #[serde(rename = "custom.command")]
    command: Scalar<'a>,
    #[serde(rename = "custom.object_type")]
    object_type: Scalar<'a>,
    #[serde(rename = "custom.object_name")]
    object_name: Scalar<'a>,
    content: Scalar<'a>,
    #[serde(rename = "custom.detail_log")]
    detail: Scalar<'a>,
    #[serde(rename = "custom.err_hint")]
    hint: Scalar<'a>,
    #[serde(rename = "custom.application_name")]
    application: Scalar<'a>,
}

/// A line of any version, as text.
#[derive(Default)]
struct Row<'a> {
    time: &'a str,
    user: &'a str,
    database: &'a str,
    pid: &'a str,
    client: (Option<&'a str>, Option<u16>),
    session: &'a str,
    tag: &'a str,
    vxid: &'a str,
    xid: &'a str,
    sqlstate: &'a str,
    message: &'a str,
    detail: &'a str,
    hint: &'a str,
    application: &'a str,
}

/// The file of pgauditlogtofile.
pub(crate) struct AuditFile {
    times: TimeReader,
}

impl AuditFile {
    /// Lines whose times are read by `times`.
    pub(crate) fn new(times: TimeReader) -> Self {
        Self { times }
    }

    fn record<'a>(&mut self, row: &Row<'a>, sink: &Sink<'_, 'a>) -> Option<Record<'a>> {
        let time = self.times.read(row.time)?;
        let some = |text: &'a str| (!text.is_empty()).then_some(text);
        let mut draft = Draft::new(time, LogLevel::Log, row.message, Location::default());
        draft.sqlstate = typed::sqlstate(row.sqlstate);
        draft.fields = PrefixFields {
            pid: row.pid.parse().ok(),
            session_id: some(row.session),
            user: typed::name(row.user),
            database: typed::name(row.database),
            application: typed::name(row.application),
            client: row.client.0,
            client_port: row.client.1,
            command_tag: some(row.tag),
            vxid: some(row.vxid),
            xid: row.xid.parse().ok().filter(|xid| *xid != 0),
            ..PrefixFields::default()
        };
        draft.detail = some(row.detail);
        draft.hint = some(row.hint);
        Some(sink.assembler().record(draft))
    }
}

impl Wrapping for AuditFile {
    const NAME: &'static str = "pgauditlogtofile";
    const FRAMING: Framing = Framing::Lines;

    fn unwrap<'a>(&mut self, line: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let arena = sink.arena();
        let text = decode(line, arena);
        let row = match text.as_bytes().first() {
            Some(b'{') => json_row(text, arena),
            Some(b'"') => quoted_row(text, arena),
            _ => plain_row(text, arena),
        };
        let Some(row) = row else { return false };
        match self.record(&row, sink) {
            Some(record) => sink.record(record),
            None => sink.fail(FailureKind::BadTime, line),
        }
        true
    }

    fn fork(&self) -> Self {
        Self {
            times: self.times.clone(),
        }
    }
}

fn json_row<'a>(line: &'a str, arena: &'a Bump) -> Option<Row<'a>> {
    let entry: Entry<'a> = serde_json::from_str(line).ok()?;
    if entry.source.as_str() != "pgauditlogtofile" {
        return None;
    }
    let audit = [
        entry.audit_type.as_str(),
        entry.statement_id.as_str(),
        entry.substatement_id.as_str(),
        entry.class.as_str(),
        entry.command.as_str(),
        entry.object_type.as_str(),
        entry.object_name.as_str(),
        entry.content.as_str(),
    ];
    let message = if entry.audit_type.is_empty() {
        entry.content.keep(arena)
    } else {
        audit_message(&audit, arena)
    };
    Some(Row {
        time: entry.timestamp.keep(arena),
        user: entry.user.keep(arena),
        database: entry.database.keep(arena),
        pid: entry.pid.keep(arena),
        client: (entry.host.keep_some(arena), entry.port.number()),
        session: entry.session.keep(arena),
        tag: entry.tag.keep(arena),
        vxid: entry.vxid.keep(arena),
        xid: entry.xid.keep(arena),
        sqlstate: entry.sqlstate.keep(arena),
        message,
        detail: entry.detail.keep(arena),
        hint: entry.hint.keep(arena),
        application: entry.application.keep(arena),
    })
}

/// The file splits pgaudit's row at its first seven commas, whatever is quoted;
/// joined by commas again, the parts are the row.
fn audit_message<'a>(parts: &[&str], arena: &'a Bump) -> &'a str {
    arena.alloc_str(&["AUDIT: ", &parts.join(",")].concat())
}

fn quoted_row<'a>(line: &'a str, arena: &'a Bump) -> Option<Row<'a>> {
    let fields = json_fields(line, arena)?;
    let is_audit = matches!(*fields.get(BEFORE_MESSAGE)?, "SESSION" | "OBJECT")
        && fields.len() >= BEFORE_MESSAGE + AUDIT_COLUMNS + 9;
    let columns = if is_audit { AUDIT_COLUMNS } else { 1 };
    let message = fields.get(BEFORE_MESSAGE..BEFORE_MESSAGE + columns)?;
    let after = fields.get(BEFORE_MESSAGE + columns..)?;
    let &[
        time,
        user,
        database,
        pid,
        client,
        session,
        tag,
        vxid,
        xid,
        sqlstate,
    ] = fields.first_chunk::<BEFORE_MESSAGE>()?;
    // Detail, hint, internal query and position, context, query and position,
    // place in the source, application.
    let &[detail, hint, _, _, _, _, _, _, application] = after.first_chunk::<9>()?;
    Some(Row {
        time,
        user,
        database,
        pid,
        client: typed::client(client),
        session,
        tag,
        vxid,
        xid,
        sqlstate,
        message: if is_audit {
            audit_message(message, arena)
        } else {
            message.first()?
        },
        detail,
        hint,
        application,
    })
}

/// Fields that are JSON strings or empty, between commas.
fn json_fields<'a>(line: &'a str, arena: &'a Bump) -> Option<Vec<&'a str>> {
    let mut fields = Vec::with_capacity(40);
    let mut rest = line;
    loop {
        if fields.len() >= MAX_COLUMNS {
            return None;
        }
        if rest.starts_with('"') {
            let end = string_end(rest)?;
            let field: Scalar<'a> = serde_json::from_str(rest.get(..end)?).ok()?;
            fields.push(field.keep(arena));
            rest = rest.get(end..)?;
        } else {
            fields.push("");
        }
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => return rest.is_empty().then_some(fields),
        }
    }
}

/// Where the JSON string at the start of `text` ends.
fn string_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Versions before 1.6: `time,user,database,pid,client,session,line,tag,session
/// start,vxid,xid,sqlstate,` and pgaudit's row, which quotes its own fields,
/// followed by columns that are not quoted.
fn plain_row<'a>(line: &'a str, arena: &'a Bump) -> Option<Row<'a>> {
    let mut fields = line.splitn(13, ',');
    let mut next = || fields.next();
    let (time, user, database, pid) = (next()?, next()?, next()?, next()?);
    let (client, session, number, tag) = (next()?, next()?, next()?, next()?);
    let (_, vxid, xid, sqlstate) = (next()?, next()?, next()?, next()?);
    let rest = next()?;
    if number.parse::<u64>().is_err() || sqlstate.len() != 5 {
        return None;
    }
    let message = if rest.starts_with("SESSION,") || rest.starts_with("OBJECT,") {
        audit_message(&[rest.get(..csv_columns(rest, 9)?)?], arena)
    } else {
        rest.trim_end_matches(',')
    };
    Some(Row {
        time,
        user,
        database,
        pid,
        client: typed::client(client),
        session,
        tag,
        vxid,
        xid,
        sqlstate,
        message,
        ..Row::default()
    })
}

/// How many bytes the first `count` columns of a CSV row take.
fn csv_columns(row: &str, count: usize) -> Option<usize> {
    let mut in_quotes = false;
    let mut left = count;
    for (at, byte) in row.bytes().enumerate() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b',' if !in_quotes => {
                left -= 1;
                if left == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    (left == 1 && !in_quotes).then_some(row.len())
}

/// How surely `head` is the file, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| !line.is_empty())?;
    let line = std::str::from_utf8(line).ok()?;
    let arena = Bump::new();
    if line.starts_with('{') {
        return super::mentions(head, "\"log.source\":\"pgauditlogtofile\"").then_some(99);
    }
    if line.starts_with('"') {
        return quoted_row(line, &arena).map(|_| 95);
    }
    plain_row(line, &arena)
        .filter(|row| row.message.starts_with("AUDIT: "))
        .map(|_| 70)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_are_json_strings() {
        let arena = Bump::new();
        let found = json_fields(r#""a","b \"c\"\n",,"#, &arena).unwrap();
        assert_eq!(found, ["a", "b \"c\"\n", "", ""]);
        assert!(json_fields(r#""a" b"#, &arena).is_none());
        assert!(json_fields(r#""a"#, &arena).is_none());
    }

    #[test]
    fn columns_of_a_row_are_counted_outside_of_quotes() {
        assert_eq!(csv_columns("a,\"b,c\",d,e", 3), Some(9));
        assert_eq!(csv_columns("a,b", 2), Some(3));
        assert_eq!(csv_columns("a", 2), None);
    }
}
