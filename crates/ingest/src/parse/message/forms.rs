//! The server's sentences in every language, compiled for matching.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use hashbrown::HashMap;
use kumki_model::{AuthFailure, Phase};
use memchr::memmem::Finder;

use crate::parse::template::{Coverage, Element, Grammar, NAME_BYTES, Slot, Spans, Tail, Template};

/// What a sentence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// `connection received`.
    Received,
    /// `connection authenticated`.
    Authenticated,
    /// `connection authorized`.
    Authorized {
        /// Whether it is a replication connection.
        replication: bool,
    },
    /// `disconnection`.
    Disconnection,
    /// A connection was refused.
    Refused(AuthFailure),
    /// A duration and nothing else.
    Duration,
    /// A statement, with or without its duration.
    Statement(Phase),
    /// `received SIGHUP`.
    Reloaded,
    /// A setting changed.
    ParameterChanged,
    /// A setting went back to its default.
    ParameterReset,
    /// The server accepts connections.
    Started,
    /// The server was shut down.
    Stopped,
    /// Something crashed or recovers from a crash.
    Crashed,
    /// The end of `connection authorized` that says TLS is on.
    TlsSuffix,
    /// The end of `connection authorized` that tells of GSSAPI.
    GssSuffix,
    /// `DETAIL` of a refused password: there is no such role.
    DetailRoleMissing,
}

/// One sentence in one language.
#[derive(Debug)]
pub(crate) struct Form {
    /// What it means.
    pub(crate) meaning: Meaning,
    /// The language, as a locale names it.
    pub(crate) language: &'static str,
    template: Template,
    /// Bytes before the first bracket, for what stands at the end of a sentence.
    before_bracket: usize,
}

/// What a sentence was matched to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Match {
    /// What fills its gaps.
    pub(crate) spans: Spans,
    /// Whether names in it can be read in more than one way.
    pub(crate) in_doubt: bool,
}

impl Form {
    /// Matches the whole of `text`, names at their longest.
    pub(crate) fn read(&self, text: &str) -> Option<Match> {
        if !text.as_bytes().starts_with(self.template.head()) {
            return None;
        }
        let first_only = matches!(self.meaning, Meaning::Statement(_));
        let mut found: Option<Match> = None;
        let coverage = self.template.readings(text, Tail::End, 0, &mut |spans, _| {
            let in_doubt = found.is_some();
            found = Some(Match {
                spans: *spans,
                in_doubt,
            });
            if first_only {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        found.map(|found| Match {
            in_doubt: found.in_doubt || coverage == Coverage::Exhausted,
            ..found
        })
    }

    /// Where in `text`, whose last bracket stands at `bracket`, a suffix of this
    /// form begins.
    pub(crate) fn suffix_start(&self, text: &str, bracket: usize) -> Option<(usize, Match)> {
        let start = bracket.checked_sub(self.before_bracket)?;
        Some((start, self.read(text.get(start..)?)?))
    }
}

/// Every sentence, found by the bytes it begins with.
pub(crate) struct Catalogue {
    forms: Vec<Form>,
    /// By the first eight bytes, where there are as many before the first gap.
    by_long_head: HashMap<[u8; LONG_HEAD], Vec<u16>>,
    by_head: HashMap<[u8; HEAD], Vec<u16>>,
    headless: Vec<u16>,
    suffixes: Vec<u16>,
    details: Vec<u16>,
    yes: Vec<&'static str>,
    process: Finder<'static>,
}

const HEAD: usize = 4;
const LONG_HEAD: usize = 8;

/// The catalogue, compiled at first use.
pub(crate) static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::load(include_str!("catalogue/forms.tsv")));

impl Catalogue {
    fn load(table: &'static str) -> Self {
        let mut catalogue = Self {
            forms: Vec::new(),
            by_long_head: HashMap::new(),
            by_head: HashMap::new(),
            headless: Vec::new(),
            suffixes: Vec::new(),
            details: Vec::new(),
            yes: Vec::new(),
            process: Finder::new("PID"),
        };
        for line in table.lines() {
            let mut columns = line.split('\t');
            let (Some(form), Some(language), Some(text)) =
                (columns.next(), columns.next(), columns.next())
            else {
                continue;
            };
            if form == "gss_yes" {
                catalogue.yes.push(text);
            } else if let Some(meaning) = meaning_of(form) {
                let template = compile(text);
                let head = template.head();
                let before_bracket = memchr::memchr(b'(', head).unwrap_or(head.len());
                catalogue.forms.push(Form {
                    meaning,
                    language,
                    template,
                    before_bracket,
                });
            }
        }
        // Of two forms that fit, the one that says more is meant.
        catalogue.forms.sort_by_key(|form| {
            let template = &form.template;
            std::cmp::Reverse((template.elements().len(), template.literal_bytes()))
        });
        for (index, form) in (0u16..).zip(&catalogue.forms) {
            match form.meaning {
                Meaning::TlsSuffix | Meaning::GssSuffix => catalogue.suffixes.push(index),
                Meaning::DetailRoleMissing => catalogue.details.push(index),
                _ => {
                    let head = form.template.head();
                    if let Some(head) = head.first_chunk() {
                        catalogue.by_long_head.entry(*head).or_default().push(index);
                    } else if let Some(head) = head.first_chunk() {
                        catalogue.by_head.entry(*head).or_default().push(index);
                    } else {
                        catalogue.headless.push(index);
                    }
                }
            }
        }
        catalogue
    }

    fn at(&self, indices: &[u16]) -> impl Iterator<Item = &Form> {
        indices
            .iter()
            .filter_map(|index| self.forms.get(usize::from(*index)))
    }

    /// The sentence `text` is, if it is one whose meaning is wanted.
    pub(crate) fn find(
        &self,
        text: &str,
        wanted: impl Fn(Meaning) -> bool,
    ) -> Option<(&Form, Match)> {
        let bytes = text.as_bytes();
        let long = bytes
            .first_chunk()
            .and_then(|head| self.by_long_head.get(head));
        let short = bytes.first_chunk().and_then(|head| self.by_head.get(head));
        let found = [long, short].into_iter().flatten().find_map(|listed| {
            let mut forms = self.at(listed).filter(|form| wanted(form.meaning));
            forms.find_map(|form| Some((form, form.read(text)?)))
        });
        // What begins with a gap tells of a quoted name or of the end of a process.
        if found.is_some()
            || !(text.starts_with('"') || self.process.find(text.as_bytes()).is_some())
        {
            return found;
        }
        self.at(&self.headless)
            .filter(|form| wanted(form.meaning))
            .find_map(|form| Some((form, form.read(text)?)))
    }

    /// `text` without what it says about encryption at its end, and whether
    /// that says the connection is encrypted.
    pub(crate) fn split_encryption<'t>(
        &self,
        text: &'t str,
        language: Option<&str>,
    ) -> (&'t str, bool) {
        if !text.ends_with(')') {
            return (text, false);
        }
        let Some(bracket) = memchr::memrchr(b'(', text.as_bytes()) else {
            return (text, false);
        };
        for form in self.at(&self.suffixes) {
            if language.is_some_and(|language| form.language != language && form.language != "en") {
                continue;
            }
            if let Some((start, found)) = form.suffix_start(text, bracket) {
                let encrypted = form.meaning == Meaning::TlsSuffix
                    || found
                        .spans
                        .text(&text[start..], Slot::Encrypted)
                        .is_some_and(|word| self.yes.contains(&word));
                return (&text[..start], encrypted);
            }
        }
        (text, false)
    }

    /// Whether a `DETAIL` says that the role does not exist.
    pub(crate) fn says_role_missing(&self, detail: &str) -> bool {
        let line = detail.lines().next().unwrap_or_default();
        self.at(&self.details).any(|form| form.read(line).is_some())
    }
}

fn meaning_of(form: &str) -> Option<Meaning> {
    let refused = |cause| Some(Meaning::Refused(cause));
    Some(match form {
        "received_port" | "received" => Meaning::Received,
        "authenticated" => Meaning::Authenticated,
        "authorized" => Meaning::Authorized { replication: false },
        "authorized_replication" => Meaning::Authorized { replication: true },
        "disconnection" => Meaning::Disconnection,
        "failed_password" => return refused(AuthFailure::Password),
        "failed_host_rejected" => return refused(AuthFailure::HostRejected),
        "certificate_required" => return refused(AuthFailure::Method),
        "role_missing" => return refused(AuthFailure::UnknownRole),
        "role_cannot_login" => return refused(AuthFailure::RoleCannotLogin),
        "role_no_replication" => return refused(AuthFailure::Other),
        "role_full" | "database_full" | "server_full" | "server_reserved" | "senders_full" => {
            return refused(AuthFailure::TooManyConnections);
        }
        "database_missing" => return refused(AuthFailure::UnknownDatabase),
        "database_closed" | "database_denied" => return refused(AuthFailure::DatabaseDenied),
        "duration" => Meaning::Duration,
        "statement" | "duration_statement" => Meaning::Statement(Phase::Simple),
        "duration_parse" => Meaning::Statement(Phase::Parse),
        "duration_bind" => Meaning::Statement(Phase::Bind),
        "execute" | "duration_execute" => Meaning::Statement(Phase::Execute),
        "fetch" | "duration_fetch" => Meaning::Statement(Phase::Fetch),
        "reload" => Meaning::Reloaded,
        "parameter_changed" => Meaning::ParameterChanged,
        "parameter_reset" => Meaning::ParameterReset,
        "started" | "started_read_only" => Meaning::Started,
        "stopped" => Meaning::Stopped,
        "suffix_tls" => Meaning::TlsSuffix,
        "suffix_gss" => Meaning::GssSuffix,
        "detail_role_missing" => Meaning::DetailRoleMissing,
        _ if form.starts_with("failed_") => return refused(AuthFailure::Method),
        _ if form.starts_with("hba_") => return refused(AuthFailure::HostRejected),
        _ if form.starts_with("crash_") => Meaning::Crashed,
        _ => return None,
    })
}

fn compile(text: &str) -> Template {
    let mut elements = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('{') {
        if !literal.is_empty() {
            elements.push(Element::literal(literal));
        }
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let (slot, grammar) = gap(name);
        elements.push(Element::Field {
            slot,
            grammar,
            width: 0,
        });
        rest = after;
    }
    if !rest.is_empty() {
        elements.push(Element::literal(rest));
    }
    Template::new(elements)
}

fn gap(name: &str) -> (Slot, Grammar) {
    let client_name = Grammar::Name {
        longest: NAME_BYTES,
    };
    match name {
        "host" => (Slot::Host, Grammar::Host),
        "port" => (Slot::Port, Grammar::Digits),
        "port_suffix" => (Slot::Port, Grammar::PortSuffix),
        "user" => (Slot::User, client_name),
        "database" => (Slot::Database, client_name),
        "application" => (Slot::Application, Grammar::Free),
        "identity" | "value" => (Slot::Value, Grammar::Free),
        "method" => (Slot::Method, Grammar::Word),
        "hours" => (Slot::Hours, Grammar::Digits),
        "minutes" => (Slot::Minutes, Grammar::Digits),
        "seconds" => (Slot::Seconds, Grammar::Digits),
        "millis" => (Slot::Thousandths, Grammar::Digits),
        "ms" => (Slot::Millis, Grammar::Number),
        "sql" => (Slot::Sql, Grammar::Free),
        "name" | "parameter" => (Slot::Name, Grammar::Free),
        "pid" | "digits" => (Slot::Nothing, Grammar::Digits),
        "gss_encrypted" => (Slot::Encrypted, Grammar::Free),
        _ => (Slot::Nothing, Grammar::Free),
    }
}
