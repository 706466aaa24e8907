//! Who and what an event is about, in a form that can be kept.
//!
//! Nothing leaves here unmasked: statements are shown normalised, messages
//! with their literals masked.

use std::sync::Arc;

use kumki_model::{EntityRef, Event, EventKind};

use crate::correlation::Facts;
use crate::finding::{MAX_EVIDENCE, doubt_bits};

/// Sessions remembered to share their ids.
const SESSIONS: usize = 4_096;

/// Facts that are the same for every event of equal stable fields: those of
/// statements whose SQL is known.
pub(crate) fn stable(event: &Event<'_>) -> Option<Arc<Facts>> {
    let shape = event.statement.as_ref()?.shape?;
    if event.kind != EventKind::Statement || shape.normalised.is_empty() {
        return None;
    }
    Some(Arc::new(facts(event, &shape.normalised)))
}

/// Facts of this event.
pub(crate) fn of(event: &Event<'_>) -> Arc<Facts> {
    if let Some(facts) = stable(event) {
        return facts;
    }
    let mut text = if event.message.is_empty() {
        event.kind.as_str().to_owned()
    } else {
        kumki_sql::mask_literals(event.message).into_owned()
    };
    if event.message.is_empty()
        && let Some(failure) = event.auth_failure
    {
        text = format!("{text}: {}", failure.as_str());
    }
    if let Some(statement) = &event.statement {
        let shown = match statement.shape {
            Some(shape) if !shape.normalised.is_empty() => shape.normalised.as_str(),
            _ => statement.command,
        };
        if !shown.is_empty() {
            text = format!("{text}; statement: {shown}");
        }
    }
    Arc::new(facts(event, &text))
}

fn facts(event: &Event<'_>, text: &str) -> Facts {
    let session = event.session;
    let role = session
        .role
        .clone()
        .filter(|role| Some(role) != session.user.as_ref());
    Facts {
        entity: EntityRef {
            user: session.user.clone(),
            role,
            database: session.database.clone(),
            client: session.client.clone(),
            application: session.application.clone(),
            server: session.server.clone(),
            session: None,
        },
        text: shortened(text),
        doubts: doubt_bits(event.ambiguous),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_EVIDENCE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Shares the ids of sessions seen lately.
#[derive(Debug)]
pub(crate) struct Sessions {
    slots: Vec<Option<Session>>,
}

/// A session's id, shared, with its hash.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: Arc<str>,
    pub(crate) hash: u64,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            slots: vec![None; SESSIONS],
        }
    }
}

impl Sessions {
    /// The id, shared; `hash` is its hash.
    pub(crate) fn share(&mut self, id: &str, hash: u64) -> Session {
        let slot = (hash as usize) % SESSIONS;
        let Some(place) = self.slots.get_mut(slot) else {
            return Session {
                id: id.into(),
                hash,
            };
        };
        match place {
            Some(known) if known.hash == hash && *known.id == *id => known.clone(),
            _ => {
                let shared = Session {
                    id: id.into(),
                    hash,
                };
                *place = Some(shared.clone());
                shared
            }
        }
    }
}
