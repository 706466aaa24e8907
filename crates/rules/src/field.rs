//! The names of the fields that rules can read, and how each one behaves.
//!
//! Comes in: a name as a rule writes it. Goes out: a [`Field`], its value in
//! an event, and whether the value is *stable*, that is, decided by the
//! event's kind, codes, session context and statement shape alone.
//! `docs/reference/fields.md` is the contract; a test compares the two.

use std::borrow::Cow;

use kumki_model::{Ambiguity, Event, EventKind, Relation, Shape};
use rsigma_eval::EventValue;

macro_rules! fields {
    ($($variant:ident = $name:literal, $stable:literal;)+) => {
        /// One field of an event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Field { $(#[doc = concat!("`", $name, "`")] $variant,)+ }

        impl Field {
            /// Every field, in the order of the reference page.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name rules use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The field of that name. Names are case-sensitive.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// Whether the value depends only on what a remembered outcome is
            /// keyed by: kind, level, SQLSTATE, session context, statement
            /// shape, command, class, authentication failure and flags.
            pub const fn is_stable(self) -> bool {
                match self { $(Self::$variant => $stable,)+ }
            }
        }
    };
}

fields! {
    Kind = "kind", true;
    Level = "level", true;
    SqlState = "sqlstate", true;
    SqlStateClass = "sqlstate.class", true;
    User = "user", true;
    Role = "role", true;
    RoleSwitched = "role.switched", true;
    Database = "database", true;
    Client = "client", true;
    Application = "application", true;
    Server = "server", true;
    Session = "session", false;
    BackendType = "backend_type", true;
    Encrypted = "encrypted", true;
    Ambiguous = "ambiguous", true;
    AuthFailure = "auth.failure", true;
    AuthMethod = "auth.method", false;
    ParameterName = "parameter.name", false;
    ParameterValue = "parameter.value", false;
    GapMissing = "gap.missing", false;
    SessionDuration = "session.duration_ms", false;
    Message = "message", false;
    Detail = "detail", false;
    Hint = "hint", false;
    Context = "context", false;
    Command = "statement.command", true;
    Commands = "statement.commands", true;
    Class = "statement.class", true;
    Signs = "statement.signs", true;
    Tables = "statement.tables", true;
    Reads = "statement.reads", true;
    Writes = "statement.writes", true;
    Schemas = "statement.schemas", true;
    UserSchemas = "statement.user_schemas", true;
    SystemTables = "statement.system_tables", true;
    Functions = "statement.functions", true;
    Roles = "statement.roles", true;
    Privileges = "statement.privileges", true;
    Settings = "statement.settings", true;
    SettingValues = "statement.setting_values", true;
    SettingScopes = "statement.setting_scopes", true;
    Languages = "statement.languages", true;
    Extensions = "statement.extensions", true;
    Paths = "statement.paths", true;
    ObjectsDefined = "statement.objects_defined", true;
    Objects = "statement.objects", false;
    Fingerprint = "statement.fingerprint", true;
    Normalised = "statement.normalised", true;
    Text = "statement.text", false;
    Length = "statement.length", false;
    Rows = "statement.rows", false;
    Duration = "statement.duration_ms", false;
    Parsed = "statement.parsed", true;
    Audited = "statement.audited", true;
    ObjectAudit = "statement.object_audit", true;
    Nested = "statement.nested", false;
}

impl Field {
    /// Whether reading the field needs the texts a run may otherwise drop:
    /// `message` of statements and `statement.text`.
    pub const fn needs_text(self) -> bool {
        matches!(self, Self::Message | Self::Text)
    }

    /// Whether the value is free text in which literals may stand, so that it
    /// is masked before it is shown.
    pub const fn is_free_text(self) -> bool {
        matches!(
            self,
            Self::Message | Self::Detail | Self::Hint | Self::Context | Self::Text
        )
    }

    /// Whether the field holds a list.
    pub const fn is_list(self) -> bool {
        use Field as F;
        matches!(
            self,
            F::Ambiguous
                | F::Commands
                | F::Signs
                | F::Tables
                | F::Reads
                | F::Writes
                | F::Schemas
                | F::UserSchemas
                | F::SystemTables
                | F::Functions
                | F::Roles
                | F::Privileges
                | F::Settings
                | F::SettingValues
                | F::SettingScopes
                | F::Languages
                | F::Extensions
                | F::Paths
                | F::ObjectsDefined
                | F::Objects
        )
    }

    /// Whether the field describes who is behind the event, not what happened.
    pub const fn is_identity(self) -> bool {
        matches!(
            self,
            Self::User
                | Self::Role
                | Self::Database
                | Self::Client
                | Self::Application
                | Self::Server
                | Self::Session
                | Self::BackendType
        )
    }

    /// The value in `event`; `None` when the field is absent.
    pub fn value<'a>(self, event: &'a Event<'_>) -> Option<EventValue<'a>> {
        match self {
            Self::Kind => word(event.kind.as_str()),
            Self::Level => word(event.level.as_str()),
            Self::SqlState => word(event.sqlstate.as_str()),
            Self::SqlStateClass => word(event.sqlstate.class()),
            Self::Ambiguous => ambiguity_words(event.ambiguous),
            Self::AuthFailure => word(event.auth_failure?.as_str()),
            Self::AuthMethod if event.kind == EventKind::ConnectionAuthenticated => {
                word(event.subject?.0)
            }
            Self::ParameterName if event.kind == EventKind::ParameterChanged => {
                word(event.subject?.0)
            }
            Self::ParameterValue if event.kind == EventKind::ParameterChanged => {
                word(event.subject?.1?)
            }
            Self::AuthMethod | Self::ParameterName | Self::ParameterValue => None,
            Self::GapMissing => Some(number(event.missing_records?)),
            Self::SessionDuration => Some(milliseconds(event.session_duration_us?)),
            Self::Message => word(event.message),
            Self::Detail => word(event.detail?),
            Self::Hint => word(event.hint?),
            Self::Context => word(event.context?),
            Self::User
            | Self::Role
            | Self::RoleSwitched
            | Self::Database
            | Self::Client
            | Self::Application
            | Self::Server
            | Self::Session
            | Self::BackendType
            | Self::Encrypted => self.session_value(event),
            _ => self.statement_value(event),
        }
    }

    fn session_value<'a>(self, event: &'a Event<'_>) -> Option<EventValue<'a>> {
        let session = event.session;
        let text = match self {
            Self::User => &session.user,
            Self::Role if session.role.is_some() => &session.role,
            Self::Role => &session.user,
            Self::Database => &session.database,
            Self::Client => &session.client,
            Self::Application => &session.application,
            Self::Server => &session.server,
            Self::Session => &session.id,
            Self::BackendType => &session.backend_type,
            Self::RoleSwitched => {
                let switched = session.role.is_some() && session.role != session.user;
                return Some(EventValue::Bool(switched));
            }
            Self::Encrypted => return session.encrypted.map(EventValue::Bool),
            _ => return None,
        };
        text.as_deref()
            .map(|text| EventValue::Str(Cow::Borrowed(text)))
    }

    fn statement_value<'a>(self, event: &'a Event<'_>) -> Option<EventValue<'a>> {
        let statement = event.statement.as_ref()?;
        match self {
            Self::Command => non_empty(statement.command),
            Self::Commands => match statement.shape {
                Some(shape) => strings(&shape.commands),
                None => non_empty(statement.command),
            },
            Self::Class => non_empty(statement.class),
            Self::Objects => strings(statement.objects),
            Self::Text => word(statement.text?),
            Self::Length => Some(number(u64::from(statement.length))),
            Self::Rows => Some(number(statement.rows?)),
            Self::Duration => Some(milliseconds(statement.duration_us?)),
            Self::Audited => Some(EventValue::Bool(statement.audited)),
            Self::ObjectAudit => Some(EventValue::Bool(statement.object_audit)),
            Self::Nested => Some(number(u64::from(statement.nested))),
            _ => self.shape_value(statement.shape?),
        }
    }

    fn shape_value(self, shape: &Shape) -> Option<EventValue<'_>> {
        match self {
            Self::Signs => list(shape.signs.iter().map(|sign| Cow::Borrowed(sign.as_str()))),
            Self::Tables => {
                let mut seen: Vec<&Relation> = shape.reads.iter().chain(&shape.writes).collect();
                seen.sort_unstable();
                seen.dedup();
                list(seen.into_iter().map(relation_name))
            }
            Self::Reads => list(shape.reads.iter().map(relation_name)),
            Self::Writes => list(shape.writes.iter().map(relation_name)),
            Self::Schemas => list(shape.schemas().into_iter().map(Cow::Borrowed)),
            Self::UserSchemas => list(
                shape
                    .schemas()
                    .into_iter()
                    .filter(|name| !is_system_schema(name))
                    .map(Cow::Borrowed),
            ),
            Self::SystemTables => list(
                shape
                    .reads
                    .iter()
                    .filter(|relation| relation.is_system())
                    .map(|relation| Cow::Borrowed(relation.name.as_str())),
            ),
            Self::Functions => list(
                function_names(&shape.functions)
                    .into_iter()
                    .map(Cow::Borrowed),
            ),
            Self::Roles => strings(&shape.roles),
            Self::Privileges => strings(&shape.privileges),
            Self::Settings => list(
                shape
                    .settings
                    .iter()
                    .map(|setting| Cow::Borrowed(setting.name.as_str())),
            ),
            Self::SettingValues => list(shape.settings.iter().filter_map(|setting| {
                let value = setting.value.as_deref()?;
                Some(Cow::Owned(format!("{}={value}", setting.name)))
            })),
            Self::SettingScopes => list(
                shape
                    .settings
                    .iter()
                    .map(|setting| Cow::Borrowed(setting.scope)),
            ),
            Self::Languages => strings(&shape.languages),
            Self::Extensions => strings(&shape.extensions),
            Self::Paths => strings(&shape.paths),
            Self::ObjectsDefined => strings(&shape.objects),
            Self::Fingerprint => Some(EventValue::Str(Cow::Owned(format!(
                "{:016x}",
                shape.fingerprint
            )))),
            Self::Normalised => non_empty(&shape.normalised),
            Self::Parsed => Some(EventValue::Bool(shape.parsed)),
            _ => None,
        }
    }
}

/// The words for what is in doubt.
pub(crate) fn doubts(ambiguous: Ambiguity) -> impl Iterator<Item = &'static str> {
    [
        (Ambiguity::IDENTITY, "identity"),
        (Ambiguity::CLIENT, "client"),
        (Ambiguity::MESSAGE, "message"),
    ]
    .into_iter()
    .filter_map(move |(doubt, word)| ambiguous.contains(doubt).then_some(word))
}

fn ambiguity_words(ambiguous: Ambiguity) -> Option<EventValue<'static>> {
    if !ambiguous.any() {
        return None;
    }
    list(doubts(ambiguous).map(Cow::Borrowed))
}

fn word(text: &str) -> Option<EventValue<'_>> {
    Some(EventValue::Str(Cow::Borrowed(text)))
}

fn non_empty(text: &str) -> Option<EventValue<'_>> {
    if text.is_empty() { None } else { word(text) }
}

fn number(value: u64) -> EventValue<'static> {
    EventValue::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Microseconds as milliseconds with up to three decimals.
fn milliseconds(micros: u64) -> EventValue<'static> {
    if micros.is_multiple_of(1000) {
        number(micros / 1000)
    } else {
        EventValue::Float(micros as f64 / 1000.0)
    }
}

fn strings(values: &[String]) -> Option<EventValue<'_>> {
    list(values.iter().map(|text| Cow::Borrowed(text.as_str())))
}

/// A list value; an empty list is an absent field.
fn list<'a>(values: impl Iterator<Item = Cow<'a, str>>) -> Option<EventValue<'a>> {
    let values: Vec<_> = values.map(EventValue::Str).collect();
    if values.is_empty() {
        None
    } else {
        Some(EventValue::Array(values))
    }
}

fn relation_name(relation: &Relation) -> Cow<'_, str> {
    match &relation.schema {
        Some(_) => Cow::Owned(relation.to_string()),
        None => Cow::Borrowed(relation.name.as_str()),
    }
}

fn is_system_schema(name: &str) -> bool {
    matches!(name, "pg_catalog" | "information_schema" | "pg_toast")
}

/// Functions as written, then without their schema, each once.
fn function_names(functions: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::with_capacity(functions.len());
    for function in functions {
        let bare = function
            .rsplit_once('.')
            .map_or(function.as_str(), |(_, name)| name);
        for name in [function.as_str(), bare] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Field names of the reference page, from the first column of its table.
    fn documented() -> Vec<String> {
        let page = include_str!("../../../docs/reference/fields.md");
        page.lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .flat_map(|line| {
                let cell = line.split('|').next().unwrap_or_default();
                format!("`{cell}")
                    .split('`')
                    .filter(|part| !part.trim_matches([',', ' ']).is_empty())
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn the_reference_page_lists_exactly_these_fields() {
        let mut documented = documented();
        let mut known: Vec<String> = Field::ALL.iter().map(|f| f.name().to_owned()).collect();
        assert_eq!(documented.len(), known.len(), "{documented:?}");
        documented.sort();
        known.sort();
        assert_eq!(documented, known);
    }

    #[test]
    fn names_read_back() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.name()), Some(*field));
        }
        assert_eq!(Field::parse("statement.tabels"), None);
    }
}
