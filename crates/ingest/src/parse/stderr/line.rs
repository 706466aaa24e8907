//! One line of a stderr log: prefix, severity, text. Also what every format
//! that carries such lines inside an envelope needs.

use bumpalo::Bump;
use hashbrown::HashMap;
use kumki_model::SqlState;

use crate::parse::label::{self, FollowUp, Label};
use crate::parse::prefix::{Prefix, PrefixFields};

use super::{infer, known};

/// A line split into its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// What the prefix said.
    pub fields: PrefixFields<'a>,
    /// Severity, or the kind of follow-up.
    pub label: Label,
    /// SQLSTATE, from `%e` or from verbose messages.
    pub sqlstate: SqlState,
    /// The text after the label.
    pub text: &'a str,
}

/// Reads lines: by the prefix in use, otherwise by any known one, otherwise by
/// one inferred from the line itself. The same line is always read the same.
#[derive(Debug, Clone)]
pub struct LineGrammar {
    prefix: Option<Prefix>,
    inferred: HashMap<String, Prefix>,
}

/// Inferred prefixes remembered; more are inferred again each time.
const MOST_INFERRED: usize = 64;

impl LineGrammar {
    /// A grammar with this prefix first, if there is one.
    pub fn new(prefix: Option<Prefix>) -> Self {
        Self {
            prefix,
            inferred: HashMap::new(),
        }
    }

    /// The prefix tried first.
    pub fn prefix(&self) -> Option<&Prefix> {
        self.prefix.as_ref()
    }

    /// Splits a line.
    pub fn read<'a>(&mut self, line: &'a str) -> Option<Line<'a>> {
        let found = match self.prefix.as_ref().and_then(|prefix| prefix.read(line)) {
            Some(found) => found,
            None => self.read_otherwise(line)?,
        };
        split(found.fields, found.rest)
    }

    fn read_otherwise<'a>(
        &mut self,
        line: &'a str,
    ) -> Option<crate::parse::prefix::PrefixMatch<'a>> {
        label::find(line.get(..line.floor_char_boundary(1024))?, 0)?;
        if let Some(found) = known::prefixes()
            .iter()
            .find_map(|prefix| prefix.read(line))
        {
            return Some(found);
        }
        let text = infer::prefix_of(line)?;
        if let Some(prefix) = self.inferred.get(&text) {
            return prefix.read(line);
        }
        let prefix = Prefix::compile(&text).ok()?;
        let found = prefix.read(line);
        if self.inferred.len() < MOST_INFERRED {
            self.inferred.insert(text, prefix);
        }
        found
    }

    /// Whether a line breaks off within the prefix in use, as it does when a
    /// name holds a newline.
    pub fn is_torn(&self, line: &str) -> bool {
        self.prefix
            .as_ref()
            .is_some_and(|prefix| prefix.begins(line))
    }
}

/// Splits what follows a prefix into label and text.
pub fn split<'a>(fields: PrefixFields<'a>, rest: &'a str) -> Option<Line<'a>> {
    let (label, start) = label::read(rest)?;
    let text = rest.get(start..)?;
    let sqlstate = fields.sqlstate.unwrap_or_default();
    let (sqlstate, text) = match (label, label::verbose_sqlstate(text)) {
        (Label::Level(_), Some((code, start))) => (code, text.get(start..)?),
        _ => (sqlstate, text),
    };
    Some(Line {
        fields,
        label,
        sqlstate,
        text,
    })
}

/// Joins continuation lines: strips exactly one TAB after each newline, and
/// the carriage returns before it.
pub fn unfold<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    let text = text.trim_end_matches(['\n', '\r']);
    if memchr::memchr(b'\n', text.as_bytes()).is_none() {
        return text;
    }
    let mut unfolded = bumpalo::collections::String::with_capacity_in(text.len(), arena);
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if index > 0 {
            unfolded.push('\n');
            unfolded.push_str(line.strip_prefix('\t').unwrap_or(line));
        } else {
            unfolded.push_str(line);
        }
    }
    unfolded.into_bump_str()
}

/// Texts that follow a record on lines of their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct FollowUps<'a> {
    /// `DETAIL`.
    pub detail: Option<&'a str>,
    /// `HINT`.
    pub hint: Option<&'a str>,
    /// `QUERY`.
    pub query: Option<&'a str>,
    /// `CONTEXT`.
    pub context: Option<&'a str>,
    /// `STATEMENT`.
    pub statement: Option<&'a str>,
    location: bool,
    backtrace: bool,
}

impl<'a> FollowUps<'a> {
    /// Adds one; false when there is one of its kind already.
    pub fn add(&mut self, kind: FollowUp, text: &'a str) -> bool {
        let place = match kind {
            FollowUp::Detail => &mut self.detail,
            FollowUp::Hint => &mut self.hint,
            FollowUp::Query => &mut self.query,
            FollowUp::Context => &mut self.context,
            FollowUp::Statement => &mut self.statement,
            FollowUp::Location => return !std::mem::replace(&mut self.location, true),
            FollowUp::Backtrace => return !std::mem::replace(&mut self.backtrace, true),
        };
        let is_first = place.is_none();
        place.get_or_insert(text);
        is_first
    }
}
