//! Gives every combination of who, where and with what an id.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use kumki_model::{ContextId, SessionContext};

/// Combinations remembered before the table starts over. Ids keep counting, so
/// an id always means one combination; a combination may get a second id.
const LIMIT: usize = 100_000;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Combination {
    server: Option<String>,
    user: Option<String>,
    role: Option<String>,
    database: Option<String>,
    client: Option<String>,
    application: Option<String>,
    backend_type: Option<String>,
    encrypted: Option<bool>,
}

/// Hands out [`ContextId`]s.
#[derive(Default)]
pub(super) struct Contexts {
    known: HashMap<Combination, ContextId, FixedState>,
    next: u32,
}

impl Contexts {
    /// Sets `session.context` to the id of its combination.
    pub(super) fn assign(&mut self, session: &mut SessionContext) {
        let combination = Combination {
            server: session.server.clone(),
            user: session.user.clone(),
            role: session.role.clone(),
            database: session.database.clone(),
            client: session.client.clone(),
            application: session.application.clone(),
            backend_type: session.backend_type.clone(),
            encrypted: session.encrypted,
        };
        if let Some(id) = self.known.get(&combination) {
            session.context = *id;
            return;
        }
        if self.known.len() >= LIMIT {
            self.known.clear();
        }
        // Id 0 stays with the empty context of a default session.
        self.next = self.next.wrapping_add(1).max(1);
        session.context = ContextId(self.next);
        self.known.insert(combination, session.context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_combinations_share_an_id_and_others_do_not() {
        let mut contexts = Contexts::default();
        let mut first = SessionContext {
            user: Some("a".into()),
            ..SessionContext::default()
        };
        let mut second = SessionContext {
            pid: Some(7),
            ..first.clone()
        };
        let mut third = SessionContext {
            user: Some("b".into()),
            ..SessionContext::default()
        };
        contexts.assign(&mut first);
        contexts.assign(&mut second);
        contexts.assign(&mut third);
        assert_eq!(first.context, second.context);
        assert_ne!(first.context, third.context);
    }
}
