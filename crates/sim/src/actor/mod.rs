//! Whoever makes something happen: pooled connections, people, jobs, the
//! servers' own processes, attackers. An actor is called at a moment, writes
//! what happens then, and says when it wants to be called again.

mod background;
mod clockwork;
mod jobs;
mod people;
mod pool;
mod script;

pub(crate) use background::{Autovacuum, Checkpoints};
pub(crate) use clockwork::AttackClock;
pub(crate) use jobs::{Job, Task};
pub(crate) use people::{Person, person_names};
pub(crate) use pool::{Connection, Pool};
pub(crate) use script::{Act, Script, Step};

use crate::world::World;

/// Whoever makes something happen.
pub(crate) enum Actor {
    /// A connection of an application's pool.
    Connection(Box<Connection>),
    /// A series of steps, one after the other.
    Script(Box<Script>),
    /// A person who opens sessions now and then.
    Person(Box<Person>),
    /// Something that recurs.
    Job(Job),
    /// Checkpoints of a server.
    Checkpoints(Checkpoints),
    /// Autovacuum of a server.
    Autovacuum(Autovacuum),
    /// Whoever decides when attacks begin.
    AttackClock(Box<AttackClock>),
}

impl Actor {
    /// Acts at `time`; returns when to act again, `None` when all is done.
    pub(crate) fn act(&mut self, world: &mut World, time: i64) -> Option<i64> {
        match self {
            Self::Connection(actor) => Some(actor.act(world, time)),
            Self::Script(actor) => actor.act(world, time),
            Self::Person(actor) => Some(actor.act(world, time)),
            Self::Job(actor) => Some(actor.act(world, time)),
            Self::Checkpoints(actor) => Some(actor.act(world, time)),
            Self::Autovacuum(actor) => Some(actor.act(world, time)),
            Self::AttackClock(actor) => actor.act(world, time),
        }
    }
}
