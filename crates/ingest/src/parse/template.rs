//! Sentences with gaps: the literal text of a prefix or server message and the
//! fields between it, and every way a line can be read by it.
//!
//! Names are chosen by clients, so a line may have more than one reading. All
//! of them are visited, in bounded time; the caller decides what it means.

use std::ops::ControlFlow;

use memchr::memmem::Finder;

use super::label;

/// What a gap stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Slot {
    /// `%t`, `%m` or `%n`.
    Time,
    /// `%p`.
    Pid,
    /// `%P`.
    LeaderPid,
    /// `%c`.
    SessionId,
    /// `%l`.
    LineNum,
    /// `%s`.
    SessionStart,
    /// `%u`.
    User,
    /// `%d`.
    Database,
    /// `%a`.
    Application,
    /// `%h`, and the host of `%r`.
    Host,
    /// The port of `%r`.
    Port,
    /// `%b`.
    Backend,
    /// `%i`.
    CommandTag,
    /// `%v`.
    Vxid,
    /// `%x`.
    Xid,
    /// `%Q`.
    QueryId,
    /// `%e`.
    SqlState,
    /// SQL text.
    Sql,
    /// Name of a prepared statement or setting.
    Name,
    /// Value of a setting, or the name an authentication method proved.
    Value,
    /// Authentication method.
    Method,
    /// Milliseconds with a fraction.
    Millis,
    /// The four parts of a session's length.
    Hours,
    /// See `Hours`.
    Minutes,
    /// See `Hours`.
    Seconds,
    /// See `Hours`.
    Thousandths,
    /// Whether GSSAPI encrypts.
    Encrypted,
    /// Anything, not kept.
    Nothing,
}

impl Slot {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Nothing as usize + 1;
}

/// What a gap can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// Date, time, optional fraction, optional zone.
    Time,
    /// Digits with an optional fraction.
    Number,
    /// Digits, possibly none.
    Digits,
    /// Digits with an optional sign.
    Signed,
    /// `65b2f1a3.1f4`.
    SessionId,
    /// Five digits or upper-case letters.
    SqlState,
    /// `3/1234`, or nothing.
    Vxid,
    /// Address or host name, `[local]`, or nothing.
    Host,
    /// A host, and a port in brackets.
    Remote,
    /// ` port=…` with any word for port, or nothing.
    PortSuffix,
    /// A name of at most so many bytes, chosen by a client.
    Name {
        /// Most bytes it can have.
        longest: usize,
    },
    /// An application name: printable ASCII of at most 63 bytes.
    Application,
    /// A word without blanks, commas or brackets.
    Word,
    /// Anything.
    Free,
}

/// Most bytes of a PostgreSQL name.
pub(crate) const NAME_BYTES: usize = 63;

/// Start and end of what a slot holds; absent when both are 0.
pub(crate) type Span = (u32, u32);

/// What every slot holds in one reading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spans([Span; Slot::COUNT]);

impl Spans {
    /// The text of a slot, absent when the template has none or it is empty.
    pub(crate) fn text<'t>(&self, text: &'t str, slot: Slot) -> Option<&'t str> {
        let (start, end) = self.0[slot as usize];
        (start < end)
            .then(|| text.get(start as usize..end as usize))
            .flatten()
    }

    /// Where the slot begins and ends.
    pub(crate) fn get(&self, slot: Slot) -> Span {
        self.0[slot as usize]
    }
}

/// One part of a template.
#[derive(Debug, Clone)]
pub(crate) enum Element {
    /// Text that stands there as it is.
    Literal(Box<Finder<'static>>),
    /// A gap.
    Field {
        /// What it stands for.
        slot: Slot,
        /// What it can hold.
        grammar: Grammar,
        /// Padding: positive on the left, negative on the right.
        width: i32,
    },
}

impl Element {
    /// Literal text.
    pub(crate) fn literal(text: &str) -> Self {
        Self::Literal(Box::new(Finder::new(text).into_owned()))
    }
}

/// Where a template must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// At the end of the text.
    End,
    /// Where a label such as `LOG:` begins.
    Label,
    /// Anywhere.
    Anywhere,
}

/// Literals and gaps in order.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    elements: Vec<Element>,
}

/// Candidates tried for one text before the search gives up.
const BUDGET: u32 = 512;

/// Bytes of a text in which the gaps of a prefix are looked for.
pub(crate) const WINDOW: usize = 12 << 10;

/// Whether every reading was visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// Every one, or the caller stopped.
    Complete,
    /// The text has more readings than can be visited.
    Exhausted,
}

/// Called with each reading and where it ends.
type Accept<'f> = dyn FnMut(&Spans, usize) -> ControlFlow<()> + 'f;

struct Search<'t, 'f> {
    text: &'t str,
    tail: Tail,
    names: usize,
    budget: u32,
    spans: Spans,
    accept: &'f mut Accept<'f>,
}

impl Template {
    /// A template of these parts.
    pub(crate) fn new(elements: Vec<Element>) -> Self {
        Self { elements }
    }

    /// Its parts.
    pub(crate) fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// How much of it is literal text.
    pub(crate) fn literal_bytes(&self) -> usize {
        let literals = self.elements.iter().map(|element| match element {
            Element::Literal(literal) => literal.needle().len(),
            Element::Field { .. } => 0,
        });
        literals.sum()
    }

    /// The literal text it begins with, empty when it begins with a gap.
    pub(crate) fn head(&self) -> &[u8] {
        match self.elements.first() {
            Some(Element::Literal(literal)) => literal.needle(),
            _ => b"",
        }
    }

    /// Visits every reading of `text`, the one with the shortest names first.
    /// `names` lengthens how long names may be.
    pub(crate) fn readings<'f>(
        &self,
        text: &str,
        tail: Tail,
        names: usize,
        accept: &'f mut Accept<'f>,
    ) -> Coverage {
        let spans = Spans([(0, 0); Slot::COUNT]);
        let mut search = Search {
            text,
            tail,
            names,
            budget: BUDGET,
            spans,
            accept,
        };
        let _ = search.run(&self.elements, 0);
        if search.budget == 0 {
            Coverage::Exhausted
        } else {
            Coverage::Complete
        }
    }
}

impl Search<'_, '_> {
    fn run(&mut self, elements: &[Element], at: usize) -> ControlFlow<()> {
        let Some((element, rest)) = elements.split_first() else {
            return self.finish(at);
        };
        match element {
            Element::Literal(literal) => {
                let matches = self
                    .text
                    .as_bytes()
                    .get(at..)
                    .is_some_and(|t| t.starts_with(literal.needle()));
                if matches {
                    return self.run(rest, at + literal.needle().len());
                }
                ControlFlow::Continue(())
            }
            Element::Field {
                slot,
                grammar,
                width,
            } => self.field(*slot, *grammar, *width, rest, at),
        }
    }

    fn finish(&mut self, at: usize) -> ControlFlow<()> {
        let fits = match self.tail {
            Tail::End => at == self.text.len(),
            Tail::Anywhere => true,
            Tail::Label => self
                .text
                .get(at..)
                .is_some_and(|text| label::read(text).is_some()),
        };
        if fits {
            (self.accept)(&self.spans, at)
        } else {
            ControlFlow::Continue(())
        }
    }

    fn spend(&mut self) -> ControlFlow<()> {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn set(&mut self, slot: Slot, start: usize, end: usize) {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.spans.0[slot as usize] = (narrow(start), narrow(end));
    }

    fn field(
        &mut self,
        slot: Slot,
        grammar: Grammar,
        width: i32,
        rest: &[Element],
        at: usize,
    ) -> ControlFlow<()> {
        match grammar {
            Grammar::Name { longest } => self.names(slot, longest.max(self.names), width, rest, at),
            Grammar::Application => self.names(slot, NAME_BYTES, width, rest, at),
            Grammar::Free => self.names(slot, usize::MAX, width, rest, at),
            Grammar::Host | Grammar::Remote => self.hosts(slot, grammar, width, rest, at),
            _ => self.plain(slot, grammar, width, rest, at),
        }
    }

    /// A field whose end follows from its own grammar.
    fn plain(
        &mut self,
        slot: Slot,
        grammar: Grammar,
        width: i32,
        rest: &[Element],
        at: usize,
    ) -> ControlFlow<()> {
        let bytes = self.text.as_bytes();
        let mut start = at;
        if width > 0 {
            start += bytes[at..].iter().take_while(|byte| **byte == b' ').count();
        }
        let Some(length) = measure(grammar, &bytes[start..]) else {
            return ControlFlow::Continue(());
        };
        let end = start + length;
        if grammar == Grammar::PortSuffix {
            let equals = memchr::memchr(b'=', &bytes[start..end]).map_or(length, |found| found + 1);
            self.set(Slot::Port, start + equals, end);
        } else {
            self.set(slot, start, end);
        }
        let mut next = end;
        if width < 0 {
            let padded = at.saturating_add(width.unsigned_abs() as usize);
            while next < padded && bytes.get(next) == Some(&b' ') {
                next += 1;
            }
        }
        self.run(rest, next)
    }

    /// A name: every place where what follows it stands is a candidate.
    fn names(
        &mut self,
        slot: Slot,
        longest: usize,
        width: i32,
        rest: &[Element],
        at: usize,
    ) -> ControlFlow<()> {
        let padding = width.unsigned_abs() as usize;
        let reach = at.saturating_add(longest.max(padding));
        let mut from = at.saturating_add(padding);
        while let Some(end) = self.candidate(rest, from) {
            if end > reach {
                break;
            }
            if !self.text.is_char_boundary(end) {
                from = end + 1;
                continue;
            }
            self.spend()?;
            if slot != Slot::Application || is_application(&self.text[at..end]) {
                let (start, stop) = unpad(self.text.as_bytes(), at, end, width);
                self.set(slot, start, stop);
                self.run(rest, end)?;
            }
            from = end + 1;
        }
        ControlFlow::Continue(())
    }

    /// The next place at or after `from` where a field followed by `rest` can end.
    fn candidate(&self, rest: &[Element], from: usize) -> Option<usize> {
        if from > self.text.len() {
            return None;
        }
        match (rest.first(), self.tail) {
            (Some(Element::Literal(literal)), _) => literal
                .find(&self.text.as_bytes()[from..])
                .map(|found| from + found),
            (Some(Element::Field { .. }), _) => Some(from),
            (None, Tail::End | Tail::Anywhere) => Some(self.text.len()),
            (None, Tail::Label) => label::find(self.text, from),
        }
    }

    /// A host: as much as can belong to one, or less where what follows fits.
    fn hosts(
        &mut self,
        slot: Slot,
        grammar: Grammar,
        width: i32,
        rest: &[Element],
        at: usize,
    ) -> ControlFlow<()> {
        let bytes = self.text.as_bytes();
        let mut start = at;
        if width > 0 {
            start += bytes[at..].iter().take_while(|byte| **byte == b' ').count();
        }
        let longest = host_reach(&bytes[start..]);
        let whole = (0..=longest).rev().find(|length| {
            let end = start + length;
            self.host_end(grammar, rest, start, end).is_some() && is_host(&self.text[start..end])
        });
        let Some(whole) = whole else {
            return ControlFlow::Continue(());
        };
        // What is shorter must be an address: any word could be a host name.
        let first = match rest.first() {
            Some(Element::Literal(literal)) => literal.needle().first(),
            _ => None,
        };
        for length in 0..=whole {
            let end = start + length;
            let may_end = length == whole
                || first.is_none_or(|first| bytes[end] == *first)
                || matches!(bytes[end], b'(' | b' ');
            if !may_end {
                continue;
            }
            let Some((port, mut next)) = self.host_end(grammar, rest, start, end) else {
                continue;
            };
            if length != whole && self.text[start..end].parse::<std::net::IpAddr>().is_err() {
                continue;
            }
            self.spend()?;
            self.set(slot, start, end);
            self.set(Slot::Port, port.0, port.1);
            let padded = at.saturating_add(width.unsigned_abs() as usize);
            while width < 0 && next < padded && bytes.get(next) == Some(&b' ') {
                next += 1;
            }
            self.run(rest, next)?;
        }
        ControlFlow::Continue(())
    }

    /// Where the port stands and what follows begins, when a host may end at `end`.
    fn host_end(
        &self,
        grammar: Grammar,
        rest: &[Element],
        start: usize,
        end: usize,
    ) -> Option<((usize, usize), usize)> {
        let host = self.text.get(start..end)?;
        let bytes = self.text.as_bytes();
        let mut port = (0, 0);
        let mut next = end;
        if grammar == Grammar::Remote {
            match bracketed_digits(&bytes[end..]) {
                Some(digits) => {
                    port = (end + 1, end + 1 + digits);
                    next = end + digits + 2;
                }
                None if host.is_empty() || host.starts_with(['[', '?']) => {}
                None => return None,
            }
        }
        let follows = match rest.first() {
            Some(Element::Literal(literal)) => {
                let blanks = bytes[next..]
                    .iter()
                    .take_while(|byte| **byte == b' ')
                    .count();
                bytes[next..].starts_with(literal.needle())
                    || bytes[next + blanks..].starts_with(literal.needle())
            }
            _ => true,
        };
        follows.then_some((port, next))
    }
}

fn unpad(bytes: &[u8], start: usize, end: usize, width: i32) -> (usize, usize) {
    let field = &bytes[start..end];
    let blanks = |count: usize| count.min(field.len());
    if width > 0 {
        let blank = blanks(field.iter().take_while(|byte| **byte == b' ').count());
        (start + blank, end)
    } else if width < 0 {
        let blank = blanks(field.iter().rev().take_while(|byte| **byte == b' ').count());
        (start, end - blank)
    } else {
        (start, end)
    }
}

fn is_application(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || label::is_unknown(text)
}

/// How many bytes the field takes, nothing when it is none.
fn measure(grammar: Grammar, text: &[u8]) -> Option<usize> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match grammar {
        Grammar::Digits => Some(digits(text)),
        Grammar::Signed => {
            let sign = usize::from(text.first() == Some(&b'-'));
            Some(sign + digits(&text[sign..]))
        }
        Grammar::Number => {
            let whole = digits(text);
            let fraction = match text.get(whole) {
                Some(b'.') => digits(&text[whole + 1..]) + 1,
                _ => 0,
            };
            (whole > 0).then_some(whole + fraction)
        }
        Grammar::Time => measure_time(text),
        Grammar::SessionId => {
            let hex = |text: &[u8]| {
                text.iter()
                    .take_while(|byte| byte.is_ascii_hexdigit())
                    .count()
            };
            let start = hex(text);
            if start == 0 || text.get(start) != Some(&b'.') {
                return None;
            }
            let pid = hex(&text[start + 1..]);
            (pid > 0).then_some(start + 1 + pid)
        }
        Grammar::SqlState => {
            let code = text.get(..5)?;
            code.iter()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
                .then_some(5)
        }
        Grammar::Vxid => {
            let backend = text
                .iter()
                .position(|byte| !byte.is_ascii_digit() && *byte != b'-');
            match backend {
                Some(length) if length > 0 && text[length] == b'/' => {
                    Some(length + 1 + digits(&text[length + 1..]))
                }
                _ => Some(0),
            }
        }
        Grammar::Word => Some(
            text.iter()
                .take_while(|byte| !b" ,()\n".contains(byte))
                .count(),
        ),
        Grammar::PortSuffix => {
            if text.is_empty() {
                return Some(0);
            }
            let equals = memchr::memchr(b'=', &text[..text.len().min(64)])?;
            (text[0] == b' ').then(|| equals + 1 + digits(&text[equals + 1..]))
        }
        Grammar::Host
        | Grammar::Remote
        | Grammar::Name { .. }
        | Grammar::Application
        | Grammar::Free => None,
    }
}

/// Length of `2026-01-31 10:00:04[.123][ ZONE]`.
pub(super) fn measure_time(text: &[u8]) -> Option<usize> {
    let shape = b"0000-00-00 00:00:00";
    let head = text.get(..shape.len())?;
    let fits = head.iter().zip(shape).all(|(byte, pattern)| match pattern {
        b'0' => byte.is_ascii_digit(),
        b' ' => matches!(byte, b' ' | b'T'),
        _ => byte == pattern,
    });
    if !fits {
        return None;
    }
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = shape.len();
    if matches!(text.get(length), Some(b'.' | b',')) {
        length += 1 + digits(&text[length + 1..]);
    }
    let (gap, zone) = match text.get(length) {
        Some(b' ') => (1, &text[length + 1..]),
        _ => (0, &text[length..]),
    };
    let letters = zone
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let zone_length = match zone.first() {
        Some(b'+' | b'-') => {
            let count = digits(&zone[1..]);
            if count >= 2 { count + 1 } else { 0 }
        }
        _ if gap == 1 && (2..=6).contains(&letters) && !is_label(zone) => letters,
        _ if gap == 0 && zone.first() == Some(&b'Z') => 1,
        _ => 0,
    };
    if zone_length > 0 {
        length += gap + zone_length;
    }
    Some(length)
}

fn is_label(text: &[u8]) -> bool {
    let head = &text[..text.len().min(16)];
    std::str::from_utf8(head).is_ok_and(|head| label::read(head).is_some())
}

/// How many bytes could belong to a host.
fn host_reach(text: &[u8]) -> usize {
    if text.first() == Some(&b'[') {
        let window = &text[..text.len().min(32)];
        return memchr::memchr(b']', window).map_or(0, |end| end + 1);
    }
    let window = &text[..text.len().min(255)];
    window
        .iter()
        .position(|byte| {
            !byte.is_ascii_alphanumeric()
                && !matches!(byte, b'.' | b':' | b'-' | b'_' | b'%' | b'?')
        })
        .unwrap_or(window.len())
}

/// Whether the text can be what `%h` prints: nothing, `[local]`, `[unknown]`,
/// `???`, an address, or a host name.
fn is_host(text: &str) -> bool {
    if text.is_empty() || text == "[local]" || text == "???" {
        return true;
    }
    if text.starts_with('[') {
        return label::is_unknown(text);
    }
    if memchr::memchr(b':', text.as_bytes()).is_some() {
        let address = text.split_once('%').map_or(text, |(address, _)| address);
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// Number of digits between `(` and `)` at the start.
fn bracketed_digits(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"(")?;
    let digits = inner
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    (inner.get(digits) == Some(&b')')).then_some(digits)
}
