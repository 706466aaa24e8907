//! Records that arrive as named fields instead of a log line.
//!
//! Fields come in as a service wrote them; out go the values a record takes, so
//! that it equals the one the core formats read from the same activity. Audit
//! fields are put back into pgaudit's row, which the core reads again.

use bumpalo::Bump;
use kumki_model::{LogLevel, SqlState};

use crate::parse::label;

/// The level a service names, in any language; `LOG` for what is unknown.
pub(crate) fn level(word: &str) -> LogLevel {
    let word = word.trim().trim_end_matches(':');
    label::level(word)
        .or_else(|| label::level(&word.to_ascii_uppercase()))
        .unwrap_or_default()
}

/// The SQLSTATE a service names; success for what is none.
pub(crate) fn sqlstate(text: &str) -> SqlState {
    SqlState::parse(text.trim().as_bytes()).unwrap_or_default()
}

/// A name as the server prints it: absent when empty or unknown.
pub(crate) fn name(text: &str) -> Option<&str> {
    (!text.is_empty() && !label::is_unknown(text)).then_some(text)
}

/// Host and port of csvlog's `connection_from`: `10.0.0.5:51234`, `::1:51234`,
/// `[local]`.
pub(crate) fn client(text: &str) -> (Option<&str>, Option<u16>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() => match port.parse() {
            Ok(port) => (Some(host), Some(port)),
            Err(_) => (Some(text), None),
        },
        _ => ((!text.is_empty()).then_some(text), None),
    }
}

/// The fields of a pgaudit row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AuditFields<'f> {
    /// `SESSION` or `OBJECT`.
    pub(crate) kind: &'f str,
    /// Statement number.
    pub(crate) statement_id: &'f str,
    /// Number within the statement.
    pub(crate) substatement_id: &'f str,
    /// Class.
    pub(crate) class: &'f str,
    /// Command tag.
    pub(crate) command: &'f str,
    /// Object type.
    pub(crate) object_type: &'f str,
    /// Object name.
    pub(crate) object_name: &'f str,
    /// SQL.
    pub(crate) statement: &'f str,
    /// Parameters.
    pub(crate) parameter: &'f str,
    /// Rows, where the service says so.
    pub(crate) rows: &'f str,
}

impl AuditFields<'_> {
    /// pgaudit's own message: `AUDIT: SESSION,1,1,READ,SELECT,…`.
    pub(crate) fn message<'a>(&self, arena: &'a Bump) -> &'a str {
        let fields = [
            self.kind,
            self.statement_id,
            self.substatement_id,
            self.class,
            self.command,
            self.object_type,
            self.object_name,
            self.statement,
            self.parameter,
        ];
        let mut message = String::from("AUDIT: ");
        for (at, field) in fields.into_iter().enumerate() {
            if at > 0 {
                message.push(',');
            }
            append_csv(&mut message, field);
        }
        if !self.rows.is_empty() {
            message.push(',');
            append_csv(&mut message, self.rows);
        }
        arena.alloc_str(&message)
    }
}

/// Appends a field, quoted only when it must be.
pub(crate) fn append_csv(row: &mut String, field: &str) {
    if field.contains([',', '"', '\n', '\r']) {
        row.push('"');
        row.push_str(&field.replace('"', "\"\""));
        row.push('"');
    } else {
        row.push_str(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_every_kind() {
        assert_eq!(client("10.0.0.5:51234"), (Some("10.0.0.5"), Some(51234)));
        assert_eq!(
            client("2001:db8::5:51234"),
            (Some("2001:db8::5"), Some(51234))
        );
        assert_eq!(client("[local]"), (Some("[local]"), None));
        assert_eq!(client(""), (None, None));
    }

    #[test]
    fn audit_rows_are_quoted_where_pgaudit_quotes() {
        let arena = Bump::new();
        let fields = AuditFields {
            kind: "SESSION",
            statement_id: "1",
            substatement_id: "1",
            class: "READ",
            command: "SELECT",
            statement: "select \"a\", 1",
            parameter: "<none>",
            ..AuditFields::default()
        };
        assert_eq!(
            fields.message(&arena),
            "AUDIT: SESSION,1,1,READ,SELECT,,,\"select \"\"a\"\", 1\",<none>"
        );
    }
}
