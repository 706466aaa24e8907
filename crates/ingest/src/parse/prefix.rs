//! `log_line_prefix`: compiled once, then lines are split into its fields and
//! the rest, which begins with the severity.
//!
//! Application, user and database names are chosen by clients, and may hold
//! whatever stands between the fields. A line that can be read in more than one
//! way is read so that names are longest, and what differs is marked in doubt.

use std::ops::ControlFlow;

use kumki_model::{Ambiguity, LogLevel, SqlState};

use super::label;
use super::template::{
    Coverage, Element, Grammar, NAME_BYTES, Slot, Spans, Tail, Template, WINDOW,
};

/// Most bytes of a `log_line_prefix`.
const LONGEST_PREFIX: usize = 1024;

/// Most fields of a `log_line_prefix`.
const MOST_FIELDS: usize = 48;

/// Why a `log_line_prefix` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// An escape PostgreSQL does not have.
    #[error(
        "unknown escape `%{0}` in the log_line_prefix; PostgreSQL has %a %u %d %r %h %L %b %p %P %t %m %n %i %e %c %l %s %v %x %q %Q %%"
    )]
    UnknownEscape(char),
    /// It ends within an escape.
    #[error("the log_line_prefix ends within an escape; a percent sign is written `%%`")]
    Unfinished,
    /// It is longer, or has more fields, than any real one.
    #[error(
        "the log_line_prefix is too long: at most {LONGEST_PREFIX} bytes and {MOST_FIELDS} fields"
    )]
    TooLong,
}

/// A compiled `log_line_prefix`.
#[derive(Debug, Clone)]
pub struct Prefix {
    text: String,
    session: Template,
    background: Option<Template>,
    /// What stands before the first name a client chooses.
    opening: Option<Template>,
}

/// What a prefix says. Empty fields and `[unknown]` are absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PrefixFields<'a> {
    /// `%t`, `%m` or `%n`, as written.
    pub time: Option<&'a str>,
    /// `%p`.
    pub pid: Option<u32>,
    /// `%c`.
    pub session_id: Option<&'a str>,
    /// `%l`.
    pub line_num: Option<u64>,
    /// `%s`, as written.
    pub session_start: Option<&'a str>,
    /// `%u`.
    pub user: Option<&'a str>,
    /// `%d`.
    pub database: Option<&'a str>,
    /// `%a`.
    pub application: Option<&'a str>,
    /// `%h`, or the host of `%r`.
    pub client: Option<&'a str>,
    /// The port of `%r`.
    pub client_port: Option<u16>,
    /// `%b`.
    pub backend_type: Option<&'a str>,
    /// `%i`.
    pub command_tag: Option<&'a str>,
    /// `%v`.
    pub vxid: Option<&'a str>,
    /// `%x`, absent when 0.
    pub xid: Option<u64>,
    /// `%Q`, absent when 0.
    pub query_id: Option<i64>,
    /// `%e`.
    pub sqlstate: Option<SqlState>,
    /// What could have been forged by the client.
    pub ambiguous: Ambiguity,
}

impl PrefixFields<'_> {
    /// How many fields hold something.
    pub fn filled(&self) -> usize {
        let texts = [
            self.time,
            self.session_id,
            self.session_start,
            self.user,
            self.database,
            self.application,
            self.client,
            self.backend_type,
            self.command_tag,
            self.vxid,
        ];
        texts.iter().flatten().count()
            + usize::from(self.pid.is_some())
            + usize::from(self.line_num.is_some())
            + usize::from(self.client_port.is_some())
            + usize::from(self.xid.is_some())
            + usize::from(self.query_id.is_some())
            + usize::from(self.sqlstate.is_some())
    }
}

/// A line split by a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrefixMatch<'a> {
    /// The prefix's fields.
    pub fields: PrefixFields<'a>,
    /// What follows, beginning with the severity.
    pub rest: &'a str,
}

impl Prefix {
    /// Compiles a `log_line_prefix` as it stands in `postgresql.conf`.
    ///
    /// # Errors
    /// When it holds an escape PostgreSQL does not have or is unreasonably long.
    pub fn compile(text: &str) -> Result<Self, PrefixError> {
        if text.len() > LONGEST_PREFIX {
            return Err(PrefixError::TooLong);
        }
        let mut parts = Parts::default();
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            if character == '%' {
                parts.escape(&mut rest)?;
            } else {
                parts.literal.push(character);
            }
        }
        parts.flush();
        if parts.elements.len() > 2 * MOST_FIELDS {
            return Err(PrefixError::TooLong);
        }
        let background = parts
            .session_only_at
            .map(|at| Template::new(parts.elements[..at.min(parts.elements.len())].to_vec()));
        let opening = parts
            .elements
            .iter()
            .position(is_client_name)
            .map(|at| Template::new(parts.elements[..at].to_vec()));
        Ok(Self {
            text: text.to_owned(),
            session: Template::new(parts.elements),
            background,
            opening,
        })
    }

    /// The prefix as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many fields it has.
    pub fn field_count(&self) -> usize {
        let fields = self.session.elements().iter();
        fields
            .filter(|element| matches!(element, Element::Field { .. }))
            .count()
    }

    /// Whether it carries the time of a record.
    pub fn has_time(&self) -> bool {
        self.session.elements().iter().any(|element| {
            matches!(
                element,
                Element::Field {
                    slot: Slot::Time,
                    ..
                }
            )
        })
    }

    /// Splits a line. Nothing when the prefix does not fit it or no severity
    /// (or `DETAIL`, `STATEMENT`, …) follows.
    pub fn read<'a>(&self, line: &'a str) -> Option<PrefixMatch<'a>> {
        self.read_to(line, Tail::Label)
    }

    /// Splits a text that is the prefix and nothing else.
    pub fn read_alone<'a>(&self, text: &'a str) -> Option<PrefixFields<'a>> {
        self.read_to(text, Tail::End).map(|found| found.fields)
    }

    /// Whether `line` begins as this prefix does up to the first name a client
    /// chooses, and that beginning has the time or the process in it.
    pub fn begins(&self, line: &str) -> bool {
        let Some(opening) = &self.opening else {
            return false;
        };
        let tells = |slot: &Slot| matches!(slot, Slot::Time | Slot::Pid | Slot::SessionId);
        let mut elements = opening.elements().iter();
        let has_anchor =
            elements.any(|element| matches!(element, Element::Field { slot, .. } if tells(slot)));
        let mut fits = false;
        opening.readings(line, Tail::Anywhere, 0, &mut |_, _| {
            fits = true;
            ControlFlow::Break(())
        });
        has_anchor && fits
    }

    fn read_to<'a>(&self, line: &'a str, tail: Tail) -> Option<PrefixMatch<'a>> {
        let window = match tail {
            Tail::Label => &line[..line.floor_char_boundary(WINDOW)],
            Tail::End | Tail::Anywhere => line,
        };
        let has_host = self.session.elements().iter().any(is_host);
        let mut readings = Readings {
            text: window,
            tail,
            has_host,
            found: None,
            oddity: 0,
            weak: None,
            ambiguous: Ambiguity::NONE,
        };
        if let Some(background) = &self.background {
            readings.visit(background);
            readings.oddity = usize::MAX;
        }
        readings.visit(&self.session);
        if self.opening.is_some() {
            readings.visit_refused(&self.session);
        }
        let (spans, end) = readings.found.or(readings.weak)?;
        let mut fields = fields_of(&spans, window);
        fields.ambiguous = readings.ambiguous;
        Some(PrefixMatch {
            fields,
            rest: line.get(end..)?,
        })
    }
}

fn is_host(element: &Element) -> bool {
    matches!(
        element,
        Element::Field {
            slot: Slot::Host,
            ..
        }
    )
}

fn is_client_name(element: &Element) -> bool {
    matches!(
        element,
        Element::Field {
            slot: Slot::User | Slot::Database,
            ..
        }
    )
}

/// The elements of a prefix while it is compiled.
#[derive(Default)]
struct Parts {
    elements: Vec<Element>,
    literal: String,
    session_only_at: Option<usize>,
}

impl Parts {
    fn flush(&mut self) {
        if !self.literal.is_empty() {
            self.elements.push(Element::literal(&self.literal));
            self.literal.clear();
        }
    }

    fn escape(&mut self, rest: &mut std::str::Chars<'_>) -> Result<(), PrefixError> {
        let mut character = rest.next().ok_or(PrefixError::Unfinished)?;
        let mut negative = false;
        let mut width = 0i32;
        if character == '-' {
            negative = true;
            character = rest.next().ok_or(PrefixError::Unfinished)?;
        }
        while let Some(digit) = character.to_digit(10) {
            width = (width * 10 + i32::try_from(digit).unwrap_or(0)).min(1000);
            character = rest.next().ok_or(PrefixError::Unfinished)?;
        }
        let width = if negative { -width } else { width };
        let name = Grammar::Name {
            longest: NAME_BYTES,
        };
        let (slot, grammar) = match character {
            '%' => {
                self.literal.push('%');
                return Ok(());
            }
            'q' => {
                self.flush();
                self.session_only_at.get_or_insert(self.elements.len());
                return Ok(());
            }
            'a' => (Slot::Application, Grammar::Application),
            'u' => (Slot::User, name),
            'd' => (Slot::Database, name),
            'r' => (Slot::Host, Grammar::Remote),
            'h' => (Slot::Host, Grammar::Host),
            'L' => (Slot::Nothing, Grammar::Host),
            'b' => (Slot::Backend, name),
            'p' => (Slot::Pid, Grammar::Digits),
            'P' => (Slot::LeaderPid, Grammar::Digits),
            't' | 'm' => (Slot::Time, Grammar::Time),
            'n' => (Slot::Time, Grammar::Number),
            'i' => (Slot::CommandTag, name),
            'e' => (Slot::SqlState, Grammar::SqlState),
            'c' => (Slot::SessionId, Grammar::SessionId),
            'l' => (Slot::LineNum, Grammar::Digits),
            's' => (Slot::SessionStart, Grammar::Time),
            'v' => (Slot::Vxid, Grammar::Vxid),
            'x' => (Slot::Xid, Grammar::Digits),
            'Q' => (Slot::QueryId, Grammar::Signed),
            other => return Err(PrefixError::UnknownEscape(other)),
        };
        self.flush();
        self.elements.push(Element::Field {
            slot,
            grammar,
            width,
        });
        Ok(())
    }
}

/// The readings of one line: the likeliest one, and what they disagree about.
struct Readings<'t> {
    text: &'t str,
    tail: Tail,
    has_host: bool,
    found: Option<(Spans, usize)>,
    /// How unlikely the names of `found` are.
    oddity: usize,
    /// A reading to fall back on when there is no other.
    weak: Option<(Spans, usize)>,
    ambiguous: Ambiguity,
}

impl Readings<'_> {
    fn visit(&mut self, template: &Template) {
        let (text, tail) = (self.text, self.tail);
        let coverage = template.readings(text, tail, 0, &mut |spans, end| {
            self.add(spans, end);
            ControlFlow::Continue(())
        });
        if coverage == Coverage::Exhausted {
            self.ambiguous = EVERYTHING;
        }
    }

    fn add(&mut self, spans: &Spans, end: usize) {
        let name = |slot| spans.text(self.text, slot);
        let is_named = [Slot::User, Slot::Database]
            .iter()
            .any(|slot| name(*slot).is_some_and(|name| !label::is_unknown(name)));
        // Whoever has a name has an address, or is `[local]`.
        if self.has_host && is_named && name(Slot::Host).is_none() {
            self.weak = Some((*spans, end));
            return;
        }
        let oddity = oddity(name(Slot::User), false) + oddity(name(Slot::Database), true);
        match &self.found {
            Some(before) => {
                self.ambiguous = self.ambiguous.with(difference(before, spans, end));
                if oddity <= self.oddity {
                    self.found = Some((*spans, end));
                    self.oddity = oddity;
                }
            }
            None => {
                self.found = Some((*spans, end));
                self.oddity = oddity;
            }
        }
    }

    /// From PostgreSQL 17 on the names of a refused client are printed whole
    /// however long, so a longer name is possible before `FATAL`.
    fn visit_refused(&mut self, template: &Template) {
        let from = match &self.found {
            Some((spans, end)) if self.tail == Tail::Label => {
                let (start, _) = spans.get(Slot::User);
                let (other, _) = spans.get(Slot::Database);
                (*end).max(start.min(other) as usize + NAME_BYTES)
            }
            Some(_) => return,
            None => 0,
        };
        if self.tail == Tail::Label && !label::mentions_fatal(self.text, from) {
            return;
        }
        let (text, tail) = (self.text, self.tail);
        let coverage = template.readings(text, tail, WINDOW, &mut |spans, end| {
            let is_long = [Slot::User, Slot::Database].iter().any(|slot| {
                let (start, end) = spans.get(*slot);
                (end - start) as usize > NAME_BYTES
            });
            let label = text.get(end..).and_then(label::read);
            let is_fatal = matches!(label, Some((label::Label::Level(LogLevel::Fatal), _)));
            if is_long && (is_fatal || tail == Tail::End) {
                self.add(spans, end);
            }
            ControlFlow::Continue(())
        });
        if coverage == Coverage::Exhausted {
            self.ambiguous = EVERYTHING;
        }
    }
}

/// How little a text looks like a name. People do name roles like addresses of
/// e-mail, but not databases.
fn oddity(name: Option<&str>, at_sign_is_odd: bool) -> usize {
    let odd = |byte: &u8| match byte {
        b' ' | b':' | b',' | b'=' | b'"' | b'(' | b')' | b'[' | b']' => true,
        b'@' => at_sign_is_odd,
        _ => false,
    };
    name.map_or(0, |name| {
        name.as_bytes().iter().filter(|byte| odd(byte)).count()
    })
}

/// Every doubt there is.
pub(crate) const EVERYTHING: Ambiguity = Ambiguity::IDENTITY
    .with(Ambiguity::CLIENT)
    .with(Ambiguity::MESSAGE);

/// What two readings of a line disagree about.
fn difference(before: &(Spans, usize), spans: &Spans, end: usize) -> Ambiguity {
    let differs = |slots: &[Slot]| {
        slots
            .iter()
            .any(|slot| before.0.get(*slot) != spans.get(*slot))
    };
    let mut doubt = Ambiguity::NONE;
    let session = differs(&[Slot::Pid, Slot::SessionId, Slot::Time]);
    if session || differs(&[Slot::User, Slot::Database]) {
        doubt = doubt.with(Ambiguity::IDENTITY);
    }
    if session || differs(&[Slot::Host, Slot::Port]) {
        doubt = doubt.with(Ambiguity::CLIENT);
    }
    if before.1 != end {
        doubt = doubt.with(Ambiguity::MESSAGE);
    }
    doubt
}

fn fields_of<'a>(spans: &Spans, text: &'a str) -> PrefixFields<'a> {
    let get = |slot| spans.text(text, slot);
    let name = |slot| get(slot).filter(|name| !label::is_unknown(name));
    PrefixFields {
        time: get(Slot::Time),
        pid: get(Slot::Pid).and_then(|text| text.parse().ok()),
        session_id: get(Slot::SessionId),
        line_num: get(Slot::LineNum).and_then(|text| text.parse().ok()),
        session_start: get(Slot::SessionStart),
        user: name(Slot::User),
        database: name(Slot::Database),
        application: name(Slot::Application),
        client: name(Slot::Host).filter(|host| *host != "???"),
        client_port: get(Slot::Port).and_then(|text| text.parse().ok()),
        backend_type: name(Slot::Backend),
        command_tag: get(Slot::CommandTag),
        vxid: get(Slot::Vxid),
        xid: get(Slot::Xid)
            .and_then(|text| text.parse().ok())
            .filter(|xid| *xid != 0),
        query_id: get(Slot::QueryId)
            .and_then(|text| text.parse().ok())
            .filter(|id| *id != 0),
        sqlstate: get(Slot::SqlState).and_then(|text| SqlState::parse(text.as_bytes())),
        ambiguous: Ambiguity::NONE,
    }
}

#[cfg(test)]
mod tests;
