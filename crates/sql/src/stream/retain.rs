//! The literals that facts depend on, kept in the cache key.
//!
//! Utility statements name files, settings and roles by literals; a few
//! functions do, too; whether `1=1` holds depends on its literals; comments and
//! unclosed quotes at the end say something. All of that goes behind the
//! normalised text into the key, so that statements which share a key share
//! their facts.

use std::ops::Range;

use crate::lex::{Kind, Raw};
use crate::text;

/// First words of statements whose facts depend on their literals.
const LITERAL_STATEMENTS: &[&[u8]] = &[
    b"alter", b"copy", b"create", b"do", b"import", b"load", b"reset", b"set",
];

/// Functions whose facts depend on their literals.
const LITERAL_FUNCTIONS: &[&[u8]] = &[
    b"current_setting",
    b"cursor_to_xml",
    b"database_to_xml",
    b"dblink",
    b"dblink_exec",
    b"lo_export",
    b"lo_import",
    b"pg_file_read",
    b"pg_file_rename",
    b"pg_file_unlink",
    b"pg_file_write",
    b"pg_ls_dir",
    b"pg_read_binary_file",
    b"pg_read_file",
    b"pg_stat_file",
    b"query_to_xml",
    b"query_to_xml_and_xmlschema",
    b"query_to_xmlschema",
    b"set_config",
];

/// Whether the facts of a call of this function, in lower case and without
/// schema, depend on its literals.
pub(super) fn is_literal_sensitive(function: &[u8]) -> bool {
    (6..=26).contains(&function.len()) && LITERAL_FUNCTIONS.binary_search(&function).is_ok()
}

/// Where the last constant was, while a comparison with the next is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Comparison {
    #[default]
    None,
    Left(usize, usize, Kind),
    Operator(usize, usize, Kind),
}

/// Collects what to keep while the tokens of a statement pass.
#[derive(Debug, Default)]
pub(super) struct Retainer {
    kept: Vec<Range<usize>>,
    statement: bool,
    /// Depth of the parenthesis inside which literals are kept.
    call: Option<usize>,
    comparison: Comparison,
    /// One bit for every open parenthesis, innermost lowest: whether it is a call's.
    calls: u64,
    odd: Vec<u8>,
    /// Where the last significant token ended.
    significant_end: usize,
    last_comment: Option<Range<usize>>,
    unclosed: bool,
}

impl Retainer {
    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.odd.clear();
        self.statement = false;
        self.call = None;
        self.comparison = Comparison::None;
        self.calls = 0;
        self.significant_end = 0;
        self.last_comment = None;
        self.unclosed = false;
    }

    pub(super) fn comment(&mut self, kind: Kind, start: usize, end: usize, terminated: bool) {
        self.unclosed |= !terminated;
        if kind == Kind::LineComment {
            self.last_comment = Some(start..end);
        }
    }

    /// A word, in lower case, ending at `end`; `begins` says that it begins a statement.
    #[inline]
    pub(super) fn word(&mut self, word: &[u8], begins: bool, end: usize) {
        self.significant_end = end;
        if begins {
            self.statement = LITERAL_STATEMENTS.contains(&word);
            self.call = None;
        }
        self.comparison = Comparison::None;
    }

    /// A comma or dot, ending at `end`.
    #[inline]
    pub(super) fn punctuation(&mut self, end: usize) {
        self.significant_end = end;
        self.comparison = Comparison::None;
    }

    /// Another significant token. `depth` says how many parentheses are open,
    /// `function` what is called if the token opens the arguments of a call.
    pub(super) fn token(
        &mut self,
        raw: Raw,
        token: &[u8],
        start: usize,
        depth: usize,
        function: Option<&[u8]>,
    ) {
        self.significant_end = raw.end;
        self.unclosed |= !raw.terminated;
        match raw.kind {
            Kind::OpenParenthesis => {
                self.calls = self.calls << 1 | u64::from(function.is_some());
                if let Some(function) = function {
                    self.comparison = Comparison::None;
                    if self.call.is_none() && sensitive(function) {
                        self.call = Some(depth);
                    }
                }
            }
            Kind::CloseParenthesis => {
                if self.call.is_some_and(|open| depth <= open + 1) {
                    self.call = None;
                }
                // The last argument of a call is not what is compared.
                if self.calls & 1 == 1 {
                    self.comparison = Comparison::None;
                }
                self.calls >>= 1;
            }
            Kind::Operator => self.operator(token),
            Kind::Other => {
                self.odd.extend_from_slice(token);
                self.comparison = Comparison::None;
            }
            kind if kind.is_literal() => self.literal(raw, start),
            _ => self.comparison = Comparison::None,
        }
    }

    fn operator(&mut self, token: &[u8]) {
        // A sign between operator and constant changes nothing here: it is in the text.
        if matches!(token, b"-" | b"+") && !matches!(self.comparison, Comparison::Left(..)) {
            return;
        }
        self.comparison = match self.comparison {
            Comparison::Left(start, end, kind) => Comparison::Operator(start, end, kind),
            _ => Comparison::None,
        };
    }

    fn literal(&mut self, raw: Raw, start: usize) {
        if self.statement || self.call.is_some() {
            self.kept.push(start..raw.end);
        }
        if let Comparison::Operator(left, left_end, _) = self.comparison {
            self.kept.push(left..left_end);
            self.kept.push(start..raw.end);
        }
        self.comparison = Comparison::Left(start, raw.end, raw.kind);
    }

    /// Writes what was kept behind the normalised text.
    pub(super) fn finish(&mut self, sql: &str, key: &mut Vec<u8>) {
        for range in &self.kept {
            key.extend_from_slice(sql.as_bytes().get(range.clone()).unwrap_or_default());
            key.push(super::SEPARATOR);
        }
        key.extend_from_slice(&self.odd);
        let cut = self
            .last_comment
            .as_ref()
            .is_some_and(|comment| text::is_cut(sql, self.significant_end, comment.clone()));
        key.push(
            u8::from(cut)
                | u8::from(self.unclosed) << 1
                | u8::from(text::is_oversized(sql)) << 2
                | u8::from(text::is_too_long(sql)) << 3,
        );
    }
}

/// Whether the literals of a call count. The name may be quoted; what an
/// escaped one says is not looked at, it is rare enough.
fn sensitive(function: &[u8]) -> bool {
    match function {
        [b'"', name @ .., b'"'] => is_literal_sensitive(name),
        [b'u' | b'U', b'&', ..] => true,
        name => is_literal_sensitive(name),
    }
}
