//! Whoever decides when attacks begin: spread evenly over the log, or at
//! random moments.

use super::{Actor, Script};
use crate::attack;
use crate::options::AttackKind;
use crate::random::Random;
use crate::world::World;

/// When attacks begin.
pub(crate) struct AttackClock {
    plan: Plan,
    servers: usize,
    people: usize,
    random: Random,
}

enum Plan {
    /// Each once, in order.
    Once {
        /// What is left, last first.
        left: Vec<AttackKind>,
        /// How many there are in all.
        all: u64,
        /// Microseconds between two looks at the progress.
        glance: i64,
    },
    /// Any of these, so many microseconds apart on average.
    Rate(Vec<AttackKind>, i64),
}

impl AttackClock {
    /// Each of `kinds` once, in order, spread over the log.
    pub(crate) fn once(
        kinds: &[AttackKind],
        glance: i64,
        servers: usize,
        people: usize,
        random: Random,
    ) -> Self {
        let mut left = kinds.to_vec();
        left.reverse();
        let plan = Plan::Once {
            all: left.len() as u64,
            left,
            glance,
        };
        Self {
            plan,
            servers,
            people,
            random,
        }
    }

    /// Any of `kinds`, `mean` microseconds apart on average.
    pub(crate) fn rate(
        kinds: &[AttackKind],
        mean: i64,
        servers: usize,
        people: usize,
        random: Random,
    ) -> Self {
        Self {
            plan: Plan::Rate(kinds.to_vec(), mean),
            servers,
            people,
            random,
        }
    }

    /// When to act first.
    pub(crate) fn first(&mut self, start: i64) -> i64 {
        match self.plan {
            Plan::Once { .. } => start,
            Plan::Rate(_, mean) => start + self.random.exponential(mean),
        }
    }

    /// Begins the attacks that are due.
    pub(crate) fn act(&mut self, world: &mut World, time: i64) -> Option<i64> {
        let (kind, next) = match &mut self.plan {
            Plan::Rate(kinds, mean) => {
                let index = self.random.index(kinds.len());
                (
                    Some(*kinds.get(index)?),
                    time + self.random.exponential(*mean),
                )
            }
            Plan::Once { left, all, glance } => {
                // From a twentieth of the log to three quarters of it.
                let done = all.saturating_sub(left.len() as u64);
                let due = 50_000 + done * 700_000 / (*all).max(1);
                let next = time + *glance;
                if left.is_empty() {
                    return None;
                }
                (
                    if world.cluster.journal.progress() >= due {
                        left.pop()
                    } else {
                        None
                    },
                    next,
                )
            }
        };
        if let Some(kind) = kind {
            let server = self.random.index(self.servers);
            let acts = attack::plan(kind, self.people, &mut self.random);
            let begin = time + self.random.micros(1_000, 900_000);
            let script = Script::new(server, acts, self.random.fork(31)).attacking(kind);
            world
                .entering
                .push((begin, Actor::Script(Box::new(script))));
        }
        Some(next)
    }
}
