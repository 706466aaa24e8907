//! From the parts of a record, whatever format they came in, to the
//! [`Record`]: classified, and masked before anything else sees it.

use bumpalo::Bump;
use kumki_model::{Audit, Body, Location, LogLevel, Record, Sql, SqlState, Timestamp};
use kumki_sql::{mask_literals, mask_secrets};

use super::label;
use super::message::{Said, classify};
use super::options::ParserOptions;
use super::prefix::PrefixFields;
use super::text::keep;

/// The parts of a record as a format carries them, unmasked.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// Event time.
    pub time: Timestamp,
    /// Level.
    pub level: LogLevel,
    /// SQLSTATE, `00000` when the format carries none.
    pub sqlstate: SqlState,
    /// Session fields; its times are not used.
    pub fields: PrefixFields<'a>,
    /// When the session started.
    pub session_start: Option<Timestamp>,
    /// The server, where the record itself names it.
    pub server: Option<&'a str>,
    /// The primary message.
    pub message: &'a str,
    /// `DETAIL`.
    pub detail: Option<&'a str>,
    /// `HINT`.
    pub hint: Option<&'a str>,
    /// `CONTEXT`.
    pub context: Option<&'a str>,
    /// `STATEMENT`.
    pub statement: Option<&'a str>,
    /// Where the record starts.
    pub location: Location,
}

impl<'a> Draft<'a> {
    /// A record at `time` of which only the message is known.
    pub fn new(time: Timestamp, level: LogLevel, message: &'a str, location: Location) -> Self {
        Self {
            time,
            level,
            sqlstate: SqlState::SUCCESS,
            fields: PrefixFields::default(),
            session_start: None,
            server: None,
            message,
            detail: None,
            hint: None,
            context: None,
            statement: None,
            location,
        }
    }
}

/// Puts records together for one block.
#[derive(Clone, Copy)]
pub struct Assembler<'a> {
    arena: &'a Bump,
    server: Option<&'a str>,
    literals: bool,
}

impl<'a> Assembler<'a> {
    /// An assembler whose texts live in `arena`.
    pub fn new(arena: &'a Bump, options: &ParserOptions) -> Self {
        let server = options
            .server
            .as_deref()
            .map(|server| &*arena.alloc_str(server));
        Self {
            arena,
            server,
            literals: options.mask_literals,
        }
    }

    /// Classifies and masks.
    pub fn record(&self, mut draft: Draft<'a>) -> Record<'a> {
        if draft.level != LogLevel::Log {
            draft.message = label::without_position(draft.message);
        }
        let said = Said {
            level: draft.level,
            sqlstate: draft.sqlstate,
            message: draft.message,
            detail: draft.detail,
            from_statement: draft.context.is_some() || draft.statement.is_some(),
        };
        let (mut body, doubt) = classify(&said, self.arena);
        let message = self.mask_message(draft.message, &mut body);
        let is_statement = matches!(body, Body::Statement { .. });
        let detail = if is_statement {
            self.sql(draft.detail)
        } else {
            self.text(draft.detail)
        };
        let fields = draft.fields;
        Record {
            time: draft.time,
            level: draft.level,
            sqlstate: draft.sqlstate,
            pid: fields.pid,
            session_id: fields.session_id,
            line_num: fields.line_num,
            session_start: draft.session_start,
            user: fields.user,
            database: fields.database,
            application: fields.application,
            client: fields.client,
            client_port: fields.client_port,
            backend_type: fields.backend_type,
            command_tag: fields.command_tag,
            vxid: fields.vxid,
            xid: fields.xid,
            query_id: fields.query_id,
            server: draft.server.or(self.server),
            body,
            message,
            detail,
            hint: self.text(draft.hint),
            context: self.sql(draft.context),
            statement: self.sql(draft.statement).map(Sql::new),
            ambiguous: fields.ambiguous.with(doubt),
            location: draft.location,
        }
    }

    /// Masks the message, and with it what its body took from it.
    fn mask_message(&self, message: &'a str, body: &mut Body<'a>) -> &'a str {
        match body {
            Body::Audit(row) => {
                let masked = self.secrets(message);
                self.mask_audit(row, !std::ptr::eq(masked, message));
                if self.literals {
                    self.audit_message(row)
                } else {
                    masked
                }
            }
            Body::Statement { text, .. } => {
                let sql = text.expose();
                let masked = self.sql_text(sql);
                *text = Sql::new(masked);
                if std::ptr::eq(masked, sql) {
                    return message;
                }
                let head = message.strip_suffix(sql).unwrap_or_default();
                self.arena.alloc_str(&[head, masked].concat())
            }
            Body::ParameterChanged {
                value: Some(value), ..
            } => {
                *value = self.secrets(value);
                self.secrets(message)
            }
            // Numbers, addresses, and names of roles and databases.
            Body::Duration { .. }
            | Body::ConnectionReceived { .. }
            | Body::Disconnection { .. }
            | Body::ConfigReloaded
            | Body::ServerStarted
            | Body::ServerStopped => message,
            _ => self.secrets(message),
        }
    }

    fn mask_audit(&self, row: &mut Audit<'a>, holds_secrets: bool) {
        let text = row.text.map(Sql::expose);
        // Text that was unquoted is no part of the message any more.
        let masked = if holds_secrets || self.literals || text.is_some_and(has_quotes) {
            (self.sql(text), self.sql(row.parameters))
        } else {
            (text, row.parameters)
        };
        row.text = masked.0.map(Sql::new);
        row.parameters = masked.1;
    }

    /// The message of an audit row whose literals are masked.
    fn audit_message(&self, row: &Audit<'a>) -> &'a str {
        let text = format!(
            "AUDIT: {},{},{},{},{},{},{},{},{}",
            match row.kind {
                kumki_model::AuditKind::Session => "SESSION",
                kumki_model::AuditKind::Object => "OBJECT",
            },
            row.statement_id,
            row.substatement_id,
            row.class,
            row.command,
            row.object_type.unwrap_or_default(),
            row.object_name.unwrap_or_default(),
            row.text.map_or("<not logged>", Sql::expose),
            row.parameters.unwrap_or("<none>"),
        );
        self.arena.alloc_str(&text)
    }

    fn secrets(&self, text: &'a str) -> &'a str {
        keep(mask_secrets(text), self.arena)
    }

    fn sql_text(&self, text: &'a str) -> &'a str {
        let masked = self.secrets(text);
        if self.literals {
            keep(mask_literals(masked), self.arena)
        } else {
            masked
        }
    }

    fn sql(&self, text: Option<&'a str>) -> Option<&'a str> {
        text.map(|text| self.sql_text(text))
    }

    fn text(&self, text: Option<&'a str>) -> Option<&'a str> {
        text.map(|text| self.secrets(text))
    }
}

fn has_quotes(text: &str) -> bool {
    memchr::memchr(b'"', text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests;
