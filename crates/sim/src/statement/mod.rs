//! SQL text with varying literals: what a statement looks like, what pgaudit
//! says of it, and the values of one execution.

mod template;
mod values;

pub(crate) use template::{Template, class_of, compile, query_id};

use crate::digits::decimal_text;

/// A relation or object that pgaudit writes a row for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// pgaudit's class of this row.
    pub(crate) class: &'static str,
    /// Command of this row, not always the statement's.
    pub(crate) command: &'static str,
    /// Object type, empty when there is none.
    pub(crate) kind: &'static str,
    /// Qualified name, empty when there is none.
    pub(crate) name: std::borrow::Cow<'static, str>,
}

/// The text and values of one execution.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rendered {
    /// The SQL.
    pub(crate) sql: String,
    /// The parameters, one after the other.
    parameters: String,
    /// Where each parameter ends.
    ends: Vec<usize>,
}

impl Rendered {
    /// Forgets the last execution.
    pub(crate) fn clear(&mut self) {
        self.sql.clear();
        self.parameters.clear();
        self.ends.clear();
    }

    /// Whether there are no parameters.
    pub(crate) fn is_plain(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a parameter and writes its number into the SQL.
    fn parameter(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.parameters);
        self.ends.push(self.parameters.len());
        self.sql.push('$');
        decimal_text(&mut self.sql, self.ends.len());
    }

    fn parameters(&self) -> impl Iterator<Item = &str> {
        self.ends.iter().scan(0, |start, &end| {
            let value = self.parameters.get(*start..end).unwrap_or_default();
            *start = end;
            Some(value)
        })
    }

    /// Appends the `DETAIL` of a statement record.
    pub(crate) fn detail(&self, out: &mut String) {
        out.push_str("parameters: ");
        for (index, value) in self.parameters().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            out.push('$');
            decimal_text(out, index + 1);
            out.push_str(" = ");
            quote(out, value);
        }
    }

    /// Appends the parameters as pgaudit writes them inside its field.
    pub(crate) fn audited(&self, out: &mut String) {
        for (index, value) in self.parameters().enumerate() {
            if index > 0 {
                out.push(',');
            }
            field(out, value);
        }
    }
}

/// Appends a field of a pgaudit row, quoted only if it must be.
pub(crate) fn field(out: &mut String, text: &str) {
    if !text
        .bytes()
        .any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))
    {
        out.push_str(text);
        return;
    }
    out.push('"');
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'"', rest.as_bytes()) {
        let (head, next) = rest.split_at(at + 1);
        out.push_str(head);
        out.push('"');
        rest = next;
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends an SQL literal.
pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('\'');
    for piece in text.split_inclusive('\'') {
        out.push_str(piece);
        if piece.ends_with('\'') {
            out.push('\'');
        }
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_quoted_for_their_place() {
        let mut rendered = Rendered::default();
        rendered.parameter(|out| out.push('5'));
        rendered.parameter(|out| out.push_str("q,\"x' y"));
        assert_eq!(rendered.sql, "$1$2");
        let mut detail = String::new();
        rendered.detail(&mut detail);
        assert_eq!(detail, "parameters: $1 = '5', $2 = 'q,\"x'' y'");
        let mut audited = String::new();
        rendered.audited(&mut audited);
        assert_eq!(audited, "5,\"q,\"\"x' y\"");
    }
}
