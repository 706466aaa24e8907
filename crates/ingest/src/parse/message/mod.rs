//! What a server message says, told by its level, its SQLSTATE and the
//! server's own sentences in every language it speaks.
//!
//! Text that a client controls is never taken for the server's: connection,
//! statement and audit messages come from level LOG (pgaudit: any level below
//! ERROR) without `CONTEXT` and `STATEMENT`, which a `RAISE LOG` carries;
//! refused connections come from level FATAL, which no client can raise.

use bumpalo::Bump;
use kumki_model::{Ambiguity, AuthFailure, Body, LogLevel, Sql, SqlState};

use super::audit;
use super::template::Slot;
use forms::{CATALOGUE, Form, Match, Meaning};

mod forms;

/// What a record says, before it is understood.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Its level.
    pub level: LogLevel,
    /// Its SQLSTATE, `00000` when unknown.
    pub sqlstate: SqlState,
    /// The primary message.
    pub message: &'a str,
    /// `DETAIL`.
    pub detail: Option<&'a str>,
    /// Whether it came with `CONTEXT` or `STATEMENT`.
    pub from_statement: bool,
}

/// Classifies a message; also says whether the names in it could have been
/// forged because the sentence can be read in more than one way.
pub fn classify<'a>(said: &Said<'a>, arena: &'a Bump) -> (Body<'a>, Ambiguity) {
    let body = match said.level {
        LogLevel::Fatal => refused(said),
        LogLevel::Error | LogLevel::Panic => None,
        _ if said.from_statement => None,
        _ => match said.message.strip_prefix("AUDIT: ") {
            Some(payload) => {
                audit::parse(payload, arena).map(|row| (Body::Audit(row), Ambiguity::NONE))
            }
            None if said.level == LogLevel::Log => logged(said.message),
            None => None,
        },
    };
    body.unwrap_or((Body::Message, Ambiguity::NONE))
}

fn doubt(found: &Match) -> Ambiguity {
    if found.in_doubt {
        Ambiguity::IDENTITY
    } else {
        Ambiguity::NONE
    }
}

fn refused<'a>(said: &Said<'a>) -> Option<(Body<'a>, Ambiguity)> {
    let message = said.message;
    let found = CATALOGUE.find(message, |meaning| matches!(meaning, Meaning::Refused(_)));
    let Some((
        Form {
            meaning: Meaning::Refused(cause),
            ..
        },
        found,
    )) = found
    else {
        let cause = cause_of(said.sqlstate)?;
        let body = Body::AuthenticationFailed {
            cause,
            user: None,
            database: None,
            host: None,
        };
        return Some((body, Ambiguity::NONE));
    };
    let mut cause = *cause;
    if cause == AuthFailure::Password
        && said
            .detail
            .is_some_and(|detail| CATALOGUE.says_role_missing(detail))
    {
        cause = AuthFailure::UnknownRole;
    }
    let get = |slot| found.spans.text(message, slot);
    let body = Body::AuthenticationFailed {
        cause,
        user: get(Slot::User),
        database: get(Slot::Database),
        host: get(Slot::Host),
    };
    Some((body, doubt(&found)))
}

/// The cause by SQLSTATE alone, for sentences that are not in the catalogue.
fn cause_of(sqlstate: SqlState) -> Option<AuthFailure> {
    match sqlstate.as_str() {
        "28P01" => Some(AuthFailure::Password),
        "3D000" => Some(AuthFailure::UnknownDatabase),
        "53300" => Some(AuthFailure::TooManyConnections),
        code if code.starts_with("28") => Some(AuthFailure::Other),
        _ => None,
    }
}

fn logged(message: &str) -> Option<(Body<'_>, Ambiguity)> {
    let (form, found) = match find_logged(message) {
        Some(found) => found,
        None => return authorized_encrypted(message),
    };
    let get = |slot| found.spans.text(message, slot);
    let number = |slot| get(slot).and_then(|text| text.parse::<u64>().ok());
    let port = || get(Slot::Port).and_then(|text| text.parse().ok());
    let body = match form.meaning {
        Meaning::Received => Body::ConnectionReceived {
            host: get(Slot::Host)?,
            port: port(),
        },
        Meaning::Authenticated => Body::ConnectionAuthenticated {
            identity: get(Slot::Value).unwrap_or_default(),
            method: get(Slot::Method).unwrap_or_default(),
        },
        Meaning::Authorized { .. } => return authorized(message, form, &found),
        Meaning::Disconnection => Body::Disconnection {
            duration_us: session_micros(
                number(Slot::Hours)?,
                number(Slot::Minutes)?,
                number(Slot::Seconds)?,
                number(Slot::Thousandths)?,
            ),
            user: get(Slot::User),
            database: get(Slot::Database),
            host: get(Slot::Host),
            port: port(),
        },
        Meaning::Duration => Body::Duration {
            duration_us: micros(get(Slot::Millis)?)?,
        },
        Meaning::Statement(phase) => Body::Statement {
            text: Sql::new(get(Slot::Sql).unwrap_or_default()),
            phase,
            name: get(Slot::Name).filter(|name| *name != "<unnamed>"),
            duration_us: get(Slot::Millis).and_then(micros),
        },
        Meaning::Reloaded => Body::ConfigReloaded,
        Meaning::ParameterChanged => Body::ParameterChanged {
            name: get(Slot::Name)?,
            value: Some(get(Slot::Value).unwrap_or_default()),
        },
        Meaning::ParameterReset => Body::ParameterChanged {
            name: get(Slot::Name)?,
            value: None,
        },
        Meaning::Started => Body::ServerStarted,
        Meaning::Stopped => Body::ServerStopped,
        Meaning::Crashed => Body::ServerCrashed,
        Meaning::Refused(_)
        | Meaning::TlsSuffix
        | Meaning::GssSuffix
        | Meaning::DetailRoleMissing => return None,
    };
    Some((body, doubt(&found)))
}

fn find_logged(message: &str) -> Option<(&'static Form, Match)> {
    CATALOGUE.find(message, |meaning| !matches!(meaning, Meaning::Refused(_)))
}

/// `connection authorized`, read again without what it says about encryption.
fn authorized<'a>(
    message: &'a str,
    form: &'static Form,
    found: &Match,
) -> Option<(Body<'a>, Ambiguity)> {
    let (names, encrypted) = CATALOGUE.split_encryption(message, Some(form.language));
    let (form, found) = if names.len() == message.len() {
        (form, *found)
    } else {
        find_logged(names)?
    };
    let Meaning::Authorized { replication } = form.meaning else {
        return None;
    };
    let get = |slot| found.spans.text(names, slot);
    let body = Body::ConnectionAuthorized {
        user: get(Slot::User).unwrap_or_default(),
        database: get(Slot::Database),
        application: get(Slot::Application),
        encrypted,
        replication,
    };
    Some((body, doubt(&found)))
}

/// `connection authorized` whose names only fit once the rest is cut off.
fn authorized_encrypted(message: &str) -> Option<(Body<'_>, Ambiguity)> {
    if !message.ends_with(')') {
        return None;
    }
    let (names, _) = CATALOGUE.split_encryption(message, None);
    let (form, found) = find_logged(names).filter(|_| names.len() < message.len())?;
    authorized(message, form, &found)
}

/// Microseconds of `12.345` milliseconds.
fn micros(millis: &str) -> Option<u64> {
    let (whole, fraction) = millis.split_once('.').unwrap_or((millis, ""));
    let mut micros = whole.parse::<u64>().ok()?.checked_mul(1000)?;
    let mut unit = 100;
    for digit in fraction.bytes().take(3) {
        micros = micros.checked_add(u64::from(digit.wrapping_sub(b'0')) * unit)?;
        unit /= 10;
    }
    Some(micros)
}

fn session_micros(hours: u64, minutes: u64, seconds: u64, millis: u64) -> u64 {
    let minutes = hours.saturating_mul(60).saturating_add(minutes);
    let seconds = minutes.saturating_mul(60).saturating_add(seconds);
    seconds
        .saturating_mul(1000)
        .saturating_add(millis)
        .saturating_mul(1000)
}

#[cfg(test)]
mod tests;
