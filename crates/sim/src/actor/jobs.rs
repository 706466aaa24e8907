//! What recurs: monitoring, the hourly load, the nightly dump, migrations, a
//! configuration read again, and mishaps.

use super::script::reload;
use super::{Act, Actor, Script, Step};
use crate::attack::TABLES;
use crate::command::Command;
use crate::process::{Identity, LOCAL};
use crate::random::Random;
use crate::statement::Template;
use crate::workload::DATABASE;
use crate::world::{Mishap, World};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// The exporter of metrics, every so many microseconds.
    Monitoring(i64),
    /// The load of the analytics schema, every hour.
    Loading,
    /// pg_dump, every night.
    Dump,
    /// A migration, some mornings.
    Migration,
    /// A setting changed and the configuration read again, some weeks.
    Reload,
    /// A mishap in an application, some a day.
    Mishap,
}

/// A job of one server.
pub(crate) struct Job {
    server: usize,
    task: Task,
    first: bool,
    random: Random,
}

impl Job {
    /// A job of `server`.
    pub(crate) fn new(server: usize, task: Task, random: Random) -> Self {
        Self {
            server,
            task,
            first: true,
            random,
        }
    }

    /// Does what is due and returns when it is due again.
    pub(crate) fn act(&mut self, world: &mut World, time: i64) -> i64 {
        if !std::mem::take(&mut self.first) {
            self.perform(world, time);
        }
        match self.task {
            Task::Monitoring(interval) => time + interval + self.random.micros(0, interval / 50),
            Task::Loading => {
                let minute = world.calendar.local(time).minute;
                time + (i64::from(65_u8.saturating_sub(minute)) * 60 + 2) * 1_000_000
            }
            Task::Dump => time + world.until(time, 2, 10),
            Task::Migration => time + world.until(time, 10, 40),
            Task::Reload => time + world.until(time, 9, 15),
            Task::Mishap => time + self.random.exponential(3 * 3_600_000_000),
        }
    }

    fn perform(&mut self, world: &mut World, time: i64) {
        let random = &mut self.random;
        let local = world.calendar.local(time);
        let acts = match self.task {
            Task::Mishap => {
                let mishap = match random.below(5) {
                    0 => Mishap::Deadlock,
                    1 | 2 => Mishap::Timeout,
                    _ => Mishap::Duplicate,
                };
                if let Some(waiting) = world.mishaps.get_mut(self.server) {
                    *waiting = Some(mishap);
                }
                return;
            }
            Task::Reload => {
                if local.weekday == 1 && random.chance(250_000) {
                    reload(world, self.server, time, "work_mem", "32MB", None);
                }
                return;
            }
            Task::Migration => {
                // Tuesdays and Thursdays, one in three.
                if !matches!(local.weekday, 1 | 3) || !random.chance(333_000) {
                    return;
                }
                migration(&world.catalogue.migrations, random)
            }
            Task::Monitoring(_) => {
                let who = Identity::new("monitoring", "postgres", "postgres_exporter", "10.40.0.9");
                session(who, &world.catalogue.monitoring, random, 3_000)
            }
            Task::Loading => {
                let who = Identity::new("etl", DATABASE, "airflow-load", "10.40.0.20");
                session(who, &world.catalogue.loading, random, 400_000)
            }
            Task::Dump => dump(&world.catalogue.dump, random),
        };
        let script = Script::new(self.server, acts, random.fork(23));
        world
            .entering
            .push((time + 1, Actor::Script(Box::new(script))));
    }
}

/// A session that runs every template once, in order.
fn session(who: Identity, templates: &[Template], random: &mut Random, wait: i64) -> Vec<Act> {
    let mut acts = vec![Act {
        wait: 0,
        step: Step::Connect(who),
    }];
    for template in templates {
        let step = Step::Run(Command::from_template(template, random));
        acts.push(Act {
            wait: random.micros(wait / 4 + 8_000, wait + 16_000),
            step,
        });
    }
    acts.push(Act {
        wait: 5_000,
        step: Step::Disconnect,
    });
    acts
}

/// One migration: its statements in a transaction of their own each.
fn migration(templates: &[Template], random: &mut Random) -> Vec<Act> {
    let who = Identity::new("migrator", DATABASE, "Flyway by Redgate", "10.40.0.31");
    let mut acts = vec![Act {
        wait: 0,
        step: Step::Connect(who),
    }];
    let chosen = random.index(templates.len().saturating_sub(1));
    for template in templates.get(chosen).into_iter().chain(templates.last()) {
        let step = Step::Run(Command::from_template(template, random));
        acts.push(Act {
            wait: random.micros(30_000, 400_000),
            step,
        });
    }
    acts
}

/// A dump of every table in one transaction.
fn dump(templates: &[Template], random: &mut Random) -> Vec<Act> {
    let who = Identity::new("backup", DATABASE, "pg_dump", LOCAL);
    let mut acts = vec![Act {
        wait: 0,
        step: Step::Connect(who),
    }];
    let mut run = |wait, command| {
        acts.push(Act {
            wait,
            step: Step::Run(command),
        })
    };
    for template in templates {
        let command = Command::from_template(template, random);
        if command.run().sql.starts_with("SET TRANSACTION") {
            run(900, Command::utility("BEGIN", "BEGIN"));
        }
        run(random.micros(300, 4_000), command);
    }
    for table in TABLES {
        let lock = format!("LOCK TABLE {table} IN ACCESS SHARE MODE");
        run(
            random.micros(200, 900),
            Command::utility("LOCK TABLE", lock),
        );
    }
    for table in TABLES {
        let copy = format!("COPY {table} TO stdout;");
        let micros = random.log_uniform(60_000, 90_000_000) as i64;
        run(
            random.micros(500, 9_000),
            Command::copy_out(table, copy).lasting(micros),
        );
    }
    run(900, Command::utility("COMMIT", "COMMIT"));
    acts
}
