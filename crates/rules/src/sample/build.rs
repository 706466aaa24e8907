//! Builds real events from sample events.
//!
//! Comes in: fields by name, SQL text, offsets. Goes out: [`OwnedEvent`]s that
//! lend an [`Event`] just as the pipeline does, statement facts included.

use std::collections::HashMap;
use std::sync::Arc;

use kumki_model::{
    Ambiguity, AuthFailure, ContextId, Event, EventKind, Location, LogLevel, Relation,
    SessionContext, Setting, Shape, ShapeId, Sign, SourceId, SqlState, Statement, Timestamp,
};
use serde_json::Value as Json;

use super::SampleEvent;
use crate::error::nearest;
use crate::field::Field;

/// 2026-01-05T10:00:00Z: when every test begins.
const START: i64 = 1_767_607_200_000_000;

/// An event that owns its texts.
#[derive(Debug, Clone)]
pub struct OwnedEvent {
    time: Timestamp,
    kind: EventKind,
    level: LogLevel,
    sqlstate: SqlState,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    context: Option<String>,
    session: SessionContext,
    statement: Option<OwnedStatement>,
    auth_failure: Option<AuthFailure>,
    subject: Option<(String, Option<String>)>,
    session_duration_us: Option<u64>,
    missing_records: Option<u64>,
    ambiguous: Ambiguity,
    location: Location,
}

#[derive(Debug, Clone, Default)]
struct OwnedStatement {
    shape: Option<Arc<Shape>>,
    text: Option<String>,
    length: u32,
    command: String,
    class: String,
    objects: Vec<String>,
    audited: bool,
    object_audit: bool,
    rows: Option<u64>,
    duration_us: Option<u64>,
    nested: u32,
}

impl OwnedEvent {
    /// The event, borrowed.
    pub fn event(&self) -> Event<'_> {
        Event {
            time: self.time,
            kind: self.kind,
            level: self.level,
            sqlstate: self.sqlstate,
            message: &self.message,
            detail: self.detail.as_deref(),
            hint: self.hint.as_deref(),
            context: self.context.as_deref(),
            session: &self.session,
            statement: self.statement.as_ref().map(|statement| Statement {
                shape: statement.shape.as_deref(),
                text: statement.text.as_deref(),
                length: statement.length,
                command: &statement.command,
                class: &statement.class,
                objects: &statement.objects,
                audited: statement.audited,
                object_audit: statement.object_audit,
                rows: statement.rows,
                duration_us: statement.duration_us,
                parameters: None,
                nested: statement.nested,
            }),
            auth_failure: self.auth_failure,
            subject: self
                .subject
                .as_ref()
                .map(|(name, value)| (name.as_str(), value.as_deref())),
            session_duration_us: self.session_duration_us,
            missing_records: self.missing_records,
            ambiguous: self.ambiguous,
            location: self.location,
            records: 1,
        }
    }
}

type ContextKey = [Option<String>; 8];

/// Builds events and gives equal session contexts equal ids.
#[derive(Debug, Default)]
pub struct EventBuilder {
    contexts: HashMap<ContextKey, ContextId>,
    shapes: HashMap<String, Arc<Shape>>,
    next_shape: u32,
    next_line: u64,
    clock: Option<i64>,
}

impl EventBuilder {
    /// A builder whose first event happens at 2026-01-05T10:00:00Z.
    pub fn new() -> Self {
        Self::default()
    }

    /// The events a sample stands for, in order.
    pub fn build(&mut self, sample: &SampleEvent) -> Vec<OwnedEvent> {
        let every = sample.every.unwrap_or(1_000_000);
        let first = sample
            .at
            .or_else(|| self.clock.map(|last| last.saturating_add(1_000_000)))
            .unwrap_or(0);
        let count = sample.repeat.unwrap_or(1);
        (0..count)
            .map(|index| {
                let steps = i64::try_from(index).unwrap_or(i64::MAX);
                let offset = first.saturating_add(every.saturating_mul(steps));
                self.clock = Some(offset);
                self.one(sample, offset, index)
            })
            .collect()
    }

    fn one(&mut self, sample: &SampleEvent, offset: i64, index: u64) -> OwnedEvent {
        self.next_line += 1;
        let mut event = OwnedEvent {
            time: Timestamp::from_micros(START.saturating_add(offset)),
            kind: default_kind(sample),
            level: LogLevel::Log,
            sqlstate: SqlState::SUCCESS,
            message: String::new(),
            detail: None,
            hint: None,
            context: None,
            session: SessionContext::default(),
            statement: None,
            auth_failure: None,
            subject: None,
            session_duration_us: None,
            missing_records: None,
            ambiguous: Ambiguity::NONE,
            location: Location {
                source: SourceId(0),
                line: self.next_line,
                offset: self.next_line,
            },
        };
        let number = index.to_string();
        let mut shape = sample.sql.as_deref().map(|sql| {
            let sql = sql.replace("$i", &number);
            let shape = Shape::clone(&self.shape(&sql));
            event.statement = Some(OwnedStatement {
                length: u32::try_from(sql.len()).unwrap_or(u32::MAX),
                command: shape.command().to_owned(),
                class: shape.class.to_owned(),
                audited: true,
                text: Some(sql),
                ..OwnedStatement::default()
            });
            shape
        });
        for (field, value) in &sample.fields {
            set(&mut event, &mut shape, *field, &numbered(value, &number));
        }
        finish_defaults(&mut event, sample);
        self.finish_shape(&mut event, shape, sample);
        self.finish_context(&mut event.session);
        event
    }

    fn shape(&mut self, sql: &str) -> Arc<Shape> {
        let judged = kumki_sql::shape(sql);
        self.identify(judged)
    }

    /// Gives equal shapes the same id.
    fn identify(&mut self, mut shape: Shape) -> Arc<Shape> {
        shape.id = ShapeId(0);
        let key = format!("{shape:?}");
        let next = &mut self.next_shape;
        let known = self.shapes.entry(key).or_insert_with(|| {
            *next += 1;
            shape.id = ShapeId(*next);
            Arc::new(shape)
        });
        Arc::clone(known)
    }

    fn finish_shape(&mut self, event: &mut OwnedEvent, shape: Option<Shape>, sample: &SampleEvent) {
        let Some(mut shape) = shape else { return };
        let overridden = sample
            .fields
            .iter()
            .any(|(field, _)| is_shape_field(*field));
        let Some(statement) = event.statement.as_mut() else {
            return;
        };
        if overridden && shape.commands.is_empty() && !statement.command.is_empty() {
            shape.commands.push(statement.command.clone());
        }
        statement.shape = Some(self.identify(shape));
    }

    fn finish_context(&mut self, session: &mut SessionContext) {
        let key = [
            session.server.clone(),
            session.user.clone(),
            session.role.clone(),
            session.database.clone(),
            session.client.clone(),
            session.application.clone(),
            session.backend_type.clone(),
            session.encrypted.map(|encrypted| encrypted.to_string()),
        ];
        let next = ContextId(u32::try_from(self.contexts.len()).unwrap_or(u32::MAX));
        session.context = *self.contexts.entry(key).or_insert(next);
    }
}

fn default_kind(sample: &SampleEvent) -> EventKind {
    let has_statement = sample.sql.is_some()
        || sample
            .fields
            .iter()
            .any(|(field, _)| field.name().starts_with("statement."));
    if has_statement {
        EventKind::Statement
    } else {
        EventKind::Message
    }
}

fn finish_defaults(event: &mut OwnedEvent, sample: &SampleEvent) {
    let given = |wanted: Field| sample.fields.iter().any(|(field, _)| *field == wanted);
    if !given(Field::Level) {
        event.level = match event.kind {
            EventKind::AuthenticationFailed => LogLevel::Fatal,
            EventKind::Error => LogLevel::Error,
            _ => LogLevel::Log,
        };
    }
    if !given(Field::SqlState) && event.auth_failure == Some(AuthFailure::Password) {
        event.sqlstate = SqlState::parse(b"28P01").unwrap_or_default();
    }
}

/// The value with `$i` replaced in every text.
fn numbered(value: &Json, number: &str) -> Json {
    match value {
        Json::String(text) => Json::String(text.replace("$i", number)),
        Json::Array(items) => {
            Json::Array(items.iter().map(|item| numbered(item, number)).collect())
        }
        other => other.clone(),
    }
}

fn is_shape_field(field: Field) -> bool {
    use Field as F;
    matches!(
        field,
        F::Commands
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
            | F::Fingerprint
            | F::Normalised
            | F::Parsed
    )
}

/// Says what is wrong with a sample's value, if anything.
pub(crate) fn check(field: Field, value: &Json) -> Result<(), String> {
    let word_in = |words: Vec<&str>| -> Result<(), String> {
        let text = value.as_str().unwrap_or_default();
        if words.contains(&text) || text.contains("$i") {
            return Ok(());
        }
        let near = nearest(text, words.iter().copied())
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        Err(format!(
            "`{text}` is none of the words of `{}`{near}",
            field.name()
        ))
    };
    match field {
        Field::Kind => word_in(EventKind::ALL.iter().map(|kind| kind.as_str()).collect()),
        Field::Level => word_in(LEVELS.iter().map(|level| level.as_str()).collect()),
        Field::AuthFailure => word_in(FAILURES.iter().map(|failure| failure.as_str()).collect()),
        Field::Signs => {
            for sign in texts(value) {
                if !Sign::ALL.iter().any(|known| known.as_str() == sign) {
                    let near = nearest(&sign, Sign::ALL.iter().map(|known| known.as_str()))
                        .map(|near| format!("; did you mean `{near}`?"))
                        .unwrap_or_default();
                    return Err(format!("unknown sign `{sign}`{near}"));
                }
            }
            Ok(())
        }
        Field::RoleSwitched | Field::SqlStateClass => Err(format!(
            "`{}` follows from other fields; set those",
            field.name()
        )),
        Field::Rows | Field::Length | Field::Nested | Field::GapMissing => value
            .as_u64()
            .map(|_| ())
            .ok_or_else(|| "must be a whole number".to_owned()),
        Field::Duration | Field::SessionDuration => value
            .as_f64()
            .map(|_| ())
            .ok_or_else(|| "must be a number".to_owned()),
        Field::SqlState => SqlState::parse(text(value).as_bytes())
            .map(|_| ())
            .ok_or_else(|| "must be five characters, in quotes".to_owned()),
        _ => Ok(()),
    }
}

const LEVELS: [LogLevel; 8] = [
    LogLevel::Debug,
    LogLevel::Info,
    LogLevel::Notice,
    LogLevel::Warning,
    LogLevel::Log,
    LogLevel::Error,
    LogLevel::Fatal,
    LogLevel::Panic,
];

const FAILURES: [AuthFailure; 9] = [
    AuthFailure::Password,
    AuthFailure::Method,
    AuthFailure::UnknownRole,
    AuthFailure::RoleCannotLogin,
    AuthFailure::HostRejected,
    AuthFailure::UnknownDatabase,
    AuthFailure::DatabaseDenied,
    AuthFailure::TooManyConnections,
    AuthFailure::Other,
];

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::Array(items) => items.iter().map(text).collect(),
        Json::Null => Vec::new(),
        other => vec![text(other)],
    }
}

fn micros(value: &Json) -> Option<u64> {
    let milliseconds = value.as_f64()?;
    (milliseconds >= 0.0).then_some((milliseconds * 1000.0) as u64)
}

fn small(value: &Json) -> u32 {
    value
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(u32::MAX)
}

fn set(event: &mut OwnedEvent, shape: &mut Option<Shape>, field: Field, value: &Json) {
    let word = text(value);
    match field {
        Field::Kind => {
            let kind = EventKind::ALL
                .into_iter()
                .find(|kind| kind.as_str() == word);
            event.kind = kind.unwrap_or(event.kind);
        }
        Field::Level => {
            let level = LEVELS.into_iter().find(|level| level.as_str() == word);
            event.level = level.unwrap_or(event.level);
        }
        Field::SqlState => event.sqlstate = SqlState::parse(word.as_bytes()).unwrap_or_default(),
        Field::User => event.session.user = Some(word),
        Field::Role => event.session.role = Some(word),
        Field::Database => event.session.database = Some(word),
        Field::Client => event.session.client = Some(word),
        Field::Application => event.session.application = Some(word),
        Field::Server => event.session.server = Some(word),
        Field::Session => event.session.id = Some(word),
        Field::BackendType => event.session.backend_type = Some(word),
        Field::Encrypted => event.session.encrypted = value.as_bool(),
        Field::Ambiguous => {
            event.ambiguous = texts(value).iter().fold(Ambiguity::NONE, |all, word| {
                all.with(match word.as_str() {
                    "identity" => Ambiguity::IDENTITY,
                    "client" => Ambiguity::CLIENT,
                    "message" => Ambiguity::MESSAGE,
                    _ => Ambiguity::NONE,
                })
            });
        }
        Field::AuthFailure => {
            event.auth_failure = FAILURES
                .into_iter()
                .find(|failure| failure.as_str() == word);
        }
        Field::AuthMethod => event.subject = Some((word, None)),
        Field::ParameterName => {
            let value = event.subject.take().and_then(|(_, value)| value);
            event.subject = Some((word, value));
        }
        Field::ParameterValue => {
            let name = event
                .subject
                .take()
                .map(|(name, _)| name)
                .unwrap_or_default();
            event.subject = Some((name, Some(word)));
        }
        Field::GapMissing => event.missing_records = value.as_u64(),
        Field::SessionDuration => event.session_duration_us = micros(value),
        Field::Message => event.message = word,
        Field::Detail => event.detail = Some(word),
        Field::Hint => event.hint = Some(word),
        Field::Context => event.context = Some(word),
        Field::RoleSwitched | Field::SqlStateClass => {}
        _ => {
            let statement = event.statement.get_or_insert_with(OwnedStatement::default);
            if is_shape_field(field) {
                set_shape(shape.get_or_insert_with(Shape::default), field, value);
            } else {
                set_statement(statement, field, value);
            }
        }
    }
}

fn set_statement(statement: &mut OwnedStatement, field: Field, value: &Json) {
    match field {
        Field::Command => statement.command = text(value),
        Field::Class => statement.class = text(value),
        Field::Objects => statement.objects = texts(value),
        Field::Text => statement.text = Some(text(value)),
        Field::Length => statement.length = small(value),
        Field::Rows => statement.rows = value.as_u64(),
        Field::Duration => statement.duration_us = micros(value),
        Field::Audited => statement.audited = value.as_bool().unwrap_or_default(),
        Field::ObjectAudit => statement.object_audit = value.as_bool().unwrap_or_default(),
        Field::Nested => statement.nested = small(value),
        _ => {}
    }
}

fn set_shape(shape: &mut Shape, field: Field, value: &Json) {
    let values = texts(value);
    match field {
        Field::Commands => shape.commands = values,
        Field::Signs => {
            let known = Sign::ALL.iter().copied();
            shape.signs = known
                .filter(|sign| values.iter().any(|word| word == sign.as_str()))
                .collect();
        }
        Field::Tables | Field::Reads => {
            shape.reads = values.iter().map(|name| relation(name)).collect()
        }
        Field::Writes => shape.writes = values.iter().map(|name| relation(name)).collect(),
        Field::Schemas | Field::UserSchemas => {
            shape
                .reads
                .extend(values.into_iter().map(|schema| Relation {
                    schema: Some(schema),
                    name: "t".to_owned(),
                }))
        }
        Field::SystemTables => shape.reads.extend(values.into_iter().map(|name| Relation {
            schema: Some("pg_catalog".to_owned()),
            name,
        })),
        Field::Functions => shape.functions = values,
        Field::Roles => shape.roles = values,
        Field::Privileges => shape.privileges = values,
        Field::Settings => shape
            .settings
            .extend(values.into_iter().map(|name| Setting {
                name,
                value: None,
                scope: "session",
            })),
        Field::SettingValues => shape.settings.extend(values.iter().map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Setting {
                name: name.to_owned(),
                value: Some(value.to_owned()),
                scope: "session",
            }
        })),
        Field::SettingScopes => {
            let known = ["session", "system", "role", "database"];
            let scope = known
                .into_iter()
                .find(|scope| values.iter().any(|word| word == scope));
            for setting in &mut shape.settings {
                setting.scope = scope.unwrap_or(setting.scope);
            }
        }
        Field::Languages => shape.languages = values,
        Field::Extensions => shape.extensions = values,
        Field::Paths => shape.paths = values,
        Field::ObjectsDefined => shape.objects = values,
        Field::Fingerprint => {
            shape.fingerprint = u64::from_str_radix(&text(value), 16).unwrap_or_default();
        }
        Field::Normalised => shape.normalised = text(value),
        Field::Parsed => shape.parsed = value.as_bool().unwrap_or_default(),
        _ => {}
    }
}

fn relation(name: &str) -> Relation {
    match name.split_once('.') {
        Some((schema, name)) => Relation {
            schema: Some(schema.to_owned()),
            name: name.to_owned(),
        },
        None => Relation {
            schema: None,
            name: name.to_owned(),
        },
    }
}
