//! Counts over events for the summary, in bounded memory.

mod coverage;
mod timeline;
mod top;

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use kumki_model::{ContextId, Event, EventKind, SessionContext, ShapeId, Timestamp};

pub use coverage::Coverage;
use timeline::Timeline;
use top::Top;

use crate::summary::Summary;

/// Names shown per list.
const SHOWN: usize = 10;
/// Contexts and shapes counted before their counts are moved to their names.
const PENDING_LIMIT: usize = 50_000;

/// What a context stands for in the lists.
struct Who {
    user: Option<String>,
    client: Option<String>,
    database: Option<String>,
    count: u64,
}

/// Counts over the events of a run.
#[derive(Default)]
pub struct Tally {
    kinds: [u64; EventKind::ALL.len()],
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    timeline: Timeline,
    contexts: HashMap<ContextId, Who, FixedState>,
    shapes: HashMap<ShapeId, (Box<[String]>, u64), FixedState>,
    users: Top,
    clients: Top,
    databases: Top,
    tables: Top,
    errors: Top,
    coverage: Coverage,
}

impl Tally {
    /// Takes note of an event.
    pub fn push(&mut self, event: &Event<'_>) {
        if let Some(count) = self.kinds.get_mut(event.kind as usize) {
            *count += 1;
        }
        self.first = Some(self.first.map_or(event.time, |first| first.min(event.time)));
        self.last = self.last.max(Some(event.time));
        let failed = matches!(
            event.kind,
            EventKind::Error | EventKind::AuthenticationFailed
        );
        self.timeline.push(event.time, failed);
        self.count_context(event.session);
        self.count_tables(event);
        if failed {
            let message = kumki_sql::mask_literals(event.message);
            self.errors
                .add(&format!("{} {}", event.sqlstate, shorten(&message)), 1);
        }
        self.coverage.push(event);
    }

    fn count_context(&mut self, session: &SessionContext) {
        if let Some(who) = self.contexts.get_mut(&session.context) {
            who.count += 1;
            return;
        }
        if self.contexts.len() >= PENDING_LIMIT {
            self.flush_contexts();
        }
        let who = Who {
            user: session.user.clone(),
            client: session.client.clone(),
            database: session.database.clone(),
            count: 1,
        };
        self.contexts.insert(session.context, who);
    }

    fn flush_contexts(&mut self) {
        for (_, who) in self.contexts.drain() {
            for (top, name) in [
                (&mut self.users, &who.user),
                (&mut self.clients, &who.client),
                (&mut self.databases, &who.database),
            ] {
                if let Some(name) = name {
                    top.add(name, who.count);
                }
            }
        }
    }

    fn count_tables(&mut self, event: &Event<'_>) {
        if event.kind != EventKind::Statement {
            return;
        }
        let Some(shape) = event.statement.and_then(|statement| statement.shape) else {
            return;
        };
        if let Some((_, count)) = self.shapes.get_mut(&shape.id) {
            *count += 1;
            return;
        }
        let mut names: Vec<String> = shape
            .reads
            .iter()
            .chain(&shape.writes)
            .filter(|relation| !relation.is_system())
            .map(ToString::to_string)
            .collect();
        names.sort_unstable();
        names.dedup();
        if self.shapes.len() >= PENDING_LIMIT {
            self.flush_shapes();
        }
        self.shapes.insert(shape.id, (names.into_boxed_slice(), 1));
    }

    fn flush_shapes(&mut self) {
        for (_, (names, count)) in self.shapes.drain() {
            for name in &names {
                self.tables.add(name, count);
            }
        }
    }

    /// Fills in what the tally knows.
    pub fn fill(mut self, summary: &mut Summary) {
        self.flush_contexts();
        self.flush_shapes();
        summary.events = EventKind::ALL
            .iter()
            .zip(self.kinds)
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| (kind.as_str(), count))
            .collect::<BTreeMap<_, _>>();
        summary.first = self.first;
        summary.last = self.last;
        summary.timeline = self.timeline.buckets();
        summary.top_users = self.users.most(SHOWN);
        summary.top_clients = self.clients.most(SHOWN);
        summary.top_databases = self.databases.most(SHOWN);
        summary.top_tables = self.tables.most(SHOWN);
        summary.top_errors = self.errors.most(SHOWN);
        summary.coverage = self.coverage.gaps();
    }
}

fn shorten(text: &str) -> &str {
    match text.char_indices().nth(120) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}
