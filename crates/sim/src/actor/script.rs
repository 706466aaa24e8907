//! A series of steps: a person's session, a job, an attack.

use std::collections::VecDeque;

use crate::cluster::Refusal;
use crate::command::Command;
use crate::entry::{Entry, Origin};
use crate::execution::Failure;
use crate::options::AttackKind;
use crate::process::{Identity, Process};
use crate::random::Random;
use crate::world::World;

/// One step.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Opens a session; an open one is closed first.
    Connect(Identity),
    /// Tries to open a session and is refused.
    Refuse(Identity, Refusal),
    /// Runs a statement.
    Run(Command),
    /// Runs a statement that fails.
    Fail(Command, Failure),
    /// The session is no longer audited.
    Silence,
    /// From here on, the session's records are removed, or no longer.
    Remove(bool),
    /// The server reads its configuration again; a setting has a new value.
    Reload {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: &'static str,
        /// Whether the server is audited from here on, if that changes.
        audit: Option<bool>,
    },
    /// Closes the session.
    Disconnect,
}

/// A step and the time before it.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    /// Microseconds between the end of the step before and this one.
    pub(crate) wait: i64,
    /// The step.
    pub(crate) step: Step,
}

/// A series of steps.
pub(crate) struct Script {
    server: usize,
    acts: VecDeque<Act>,
    attack: Option<AttackKind>,
    label: Option<usize>,
    process: Option<Process>,
    running: Option<Command>,
    in_transaction: bool,
    random: Random,
}

impl Script {
    /// A script on one server; it ends by itself with the session closed.
    pub(crate) fn new(server: usize, acts: Vec<Act>, random: Random) -> Self {
        Self {
            server,
            acts: acts.into(),
            attack: None,
            label: None,
            process: None,
            running: None,
            in_transaction: false,
            random,
        }
    }

    /// The same script as an attack of one kind.
    pub(crate) fn attacking(mut self, kind: AttackKind) -> Self {
        self.attack = Some(kind);
        self
    }

    /// Takes the next step.
    pub(crate) fn act(&mut self, world: &mut World, time: i64) -> Option<i64> {
        if let Some(kind) = self.attack.take() {
            self.label = Some(self.announce(world, kind));
        }
        if let (Some(command), Some(process)) = (self.running.take(), &mut self.process) {
            match command.tag {
                "BEGIN" => self.in_transaction = true,
                "COMMIT" | "ROLLBACK" => self.in_transaction = false,
                _ => {}
            }
            world
                .cluster
                .finish(process, time, &command.run(), self.in_transaction);
            return self.next(world, time);
        }
        match self.acts.pop_front() {
            Some(act) => match self.take(world, time, act.step) {
                Some(micros) => Some(time + micros),
                None => self.next(world, time),
            },
            None => self.next(world, time),
        }
    }

    /// When the next step is due; at the end, closes what is open.
    fn next(&mut self, world: &mut World, time: i64) -> Option<i64> {
        if let Some(act) = self.acts.front() {
            return Some(time + act.wait);
        }
        if let Some(process) = self.process.take() {
            world.cluster.close(process, time);
        }
        if let Some(label) = self.label {
            world.cluster.journal.complete(label);
        }
        None
    }

    /// Takes a step; returns how long it runs, if it is a statement.
    fn take(&mut self, world: &mut World, time: i64, step: Step) -> Option<i64> {
        let cluster = &mut world.cluster;
        match (step, &mut self.process) {
            (Step::Connect(identity), _) => {
                if let Some(process) = self.process.take() {
                    cluster.close(process, time);
                }
                self.in_transaction = false;
                let label = self.label;
                let process = cluster.open(self.server, time, &identity, label, &mut self.random);
                self.process = Some(process);
            }
            (Step::Refuse(identity, refusal), _) => {
                cluster.refuse(
                    self.server,
                    time,
                    &identity,
                    refusal,
                    self.label,
                    &mut self.random,
                );
            }
            (Step::Run(command), Some(process)) => {
                let micros = command.micros;
                cluster.start(process, time, &command.run());
                self.running = Some(command);
                return Some(micros);
            }
            (Step::Fail(command, failure), Some(process)) => {
                cluster.fail(process, time, &command.run(), &failure);
                self.in_transaction = false;
            }
            (Step::Silence, Some(process)) => process.audit = false,
            (Step::Remove(removed), Some(process)) => process.removed = removed,
            (Step::Reload { name, value, audit }, _) => {
                reload(world, self.server, time, name, value, audit);
            }
            (Step::Disconnect, _) => {
                if let Some(process) = self.process.take() {
                    cluster.close(process, time);
                }
            }
            (_, None) => {}
        }
        None
    }

    fn announce(&self, world: &mut World, kind: AttackKind) -> usize {
        let client = self.acts.iter().find_map(|act| match &act.step {
            Step::Connect(identity) | Step::Refuse(identity, _) => Some(&*identity.host),
            _ => None,
        });
        let cluster = &mut world.cluster;
        let server = cluster
            .servers
            .get(self.server)
            .map_or("", |server| server.name.as_str());
        cluster
            .journal
            .attack(kind, server, client.unwrap_or_default())
    }
}

/// The postmaster reads its configuration again.
pub(crate) fn reload(
    world: &mut World,
    server: usize,
    time: i64,
    name: &str,
    value: &str,
    audit: Option<bool>,
) {
    let origin = Origin::new("SIGHUP_handler", "postmaster.c", 2833);
    let text = "received SIGHUP, reloading configuration files";
    world
        .cluster
        .record_postmaster(server, &Entry::log(time, text, origin));
    let origin = Origin::new("ProcessConfigFileInternal", "guc.c", 5021);
    let text = format!("parameter \"{name}\" changed to \"{value}\"");
    world
        .cluster
        .record_postmaster(server, &Entry::log(time, &text, origin));
    if let (Some(audit), Some(server)) = (audit, world.cluster.servers.get_mut(server)) {
        server.audit = audit;
    }
}
