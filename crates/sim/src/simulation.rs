//! The simulation: actors called in the order of their moments, records out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Write;
use std::sync::Arc;

use kumki_model::Timestamp;

use crate::actor::{
    Actor, AttackClock, Autovacuum, Checkpoints, Connection, Job, Person, Pool, Task,
};
use crate::error::SimError;
use crate::label::Labels;
use crate::options::{Attacks, Options};
use crate::process::Identity;
use crate::random::Random;
use crate::workload::{APPLICATIONS, Application, DATABASE};
use crate::world::{World, records_per_statement};

/// Bytes gathered before they are handed over.
const CHUNK: usize = 1 << 16;
/// Connections of one server at most.
const MAX_CONNECTIONS: i64 = 2_000;
/// Transactions of several statements have so many, with `BEGIN` and `COMMIT`.
const TRANSACTION: i64 = 4;
const DAY: f64 = 86_400_000_000.0;

/// A simulation in progress: an iterator over stretches of the log.
///
/// ```
/// use kumki_sim::{Limit, Options, Simulation};
///
/// let options = Options { limit: Limit::Records(1_000), ..Options::default() };
/// let mut log = Vec::new();
/// let labels = Simulation::new(options)?.write_to(&mut log)?;
/// assert_eq!(labels.records, 1_000);
/// assert_eq!(labels.bytes, log.len() as u64);
/// # Ok::<(), kumki_sim::SimError>(())
/// ```
pub struct Simulation {
    seed: u64,
    world: World,
    actors: Vec<Option<Actor>>,
    vacant: Vec<usize>,
    queue: BinaryHeap<Reverse<(i64, u64, usize)>>,
    calls: u64,
    start: i64,
}

impl Simulation {
    /// Prepares a simulation.
    ///
    /// # Errors
    /// When an option is outside what can be simulated.
    pub fn new(options: Options) -> Result<Self, SimError> {
        options.check()?;
        let mut random = Random::new(options.seed);
        let mut simulation = Self {
            seed: options.seed,
            world: World::new(&options, &mut random)?,
            actors: Vec::new(),
            vacant: Vec::new(),
            queue: BinaryHeap::new(),
            calls: 0,
            start: options.start.as_micros(),
        };
        for server in 0..options.servers as usize {
            simulation.settle_server(&options, server, &mut random);
        }
        simulation.settle_attackers(&options, &mut random);
        Ok(simulation)
    }

    /// Writes the whole log to `sink` and returns the truth about it.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn write_to(mut self, sink: &mut impl Write) -> Result<Labels, SimError> {
        while self.fill() {
            sink.write_all(&self.world.cluster.journal.buffer)?;
            self.world.cluster.journal.buffer.clear();
        }
        sink.flush()?;
        Ok(self.labels())
    }

    /// The truth about what was written so far.
    pub fn labels(&self) -> Labels {
        let journal = &self.world.cluster.journal;
        Labels {
            seed: self.seed,
            start: Timestamp::from_micros(journal.first.unwrap_or(self.start)),
            end: Timestamp::from_micros(journal.last),
            records: journal.records,
            bytes: journal.bytes,
            removed: journal.removed,
            attacks: journal.labels(),
        }
    }

    /// Simulates until a stretch of the log is in the buffer; false at the end.
    fn fill(&mut self) -> bool {
        while self.world.cluster.journal.buffer.len() < CHUNK && !self.world.cluster.journal.full {
            let Some(Reverse((time, _, index))) = self.queue.pop() else {
                break;
            };
            self.call(time, index);
        }
        !self.world.cluster.journal.buffer.is_empty()
    }

    fn call(&mut self, time: i64, index: usize) {
        let Some(actor) = self.actors.get_mut(index).and_then(Option::as_mut) else {
            return;
        };
        match actor.act(&mut self.world, time) {
            Some(next) => self.enqueue(next, index),
            None => {
                if let Some(place) = self.actors.get_mut(index) {
                    *place = None;
                }
                self.vacant.push(index);
            }
        }
        while let Some((time, actor)) = self.world.entering.pop() {
            self.add(time, actor);
        }
    }

    fn enqueue(&mut self, time: i64, index: usize) {
        self.calls += 1;
        self.queue.push(Reverse((time, self.calls, index)));
    }

    fn add(&mut self, time: i64, actor: Actor) {
        let index = self.vacant.pop().unwrap_or(self.actors.len());
        match self.actors.get_mut(index) {
            Some(place) => *place = Some(actor),
            None => self.actors.push(Some(actor)),
        }
        self.enqueue(time, index);
    }

    /// Adds everyone who works with one server.
    fn settle_server(&mut self, options: &Options, server: usize, random: &mut Random) {
        let start = self.start;
        for number in 0..options.applications as usize {
            self.add_pool(options, server, number, random);
        }
        for number in 0..options.users as usize {
            // People belong to one server, or to all when there is one.
            if number % options.servers as usize == server || options.users < options.servers {
                let actor = Person::new(number, server, random.fork(3));
                let time = start + random.micros(1_000_000, 5_400_000_000);
                self.add(time, Actor::Person(Box::new(actor)));
            }
        }
        let share = options.events_per_second / f64::from(options.servers);
        let interval = (120.0 / share).clamp(5.0, 300.0);
        for task in [
            Task::Monitoring((interval * 1e6) as i64),
            Task::Loading,
            Task::Dump,
            Task::Migration,
            Task::Reload,
            Task::Mishap,
        ] {
            let time = start + random.micros(1_000, 900_000);
            self.add(time, Actor::Job(Job::new(server, task, random.fork(5))));
        }
        let checkpoints = Checkpoints::new(server, random.fork(7));
        self.add(
            start + random.micros(1_000_000, 300_000_000),
            Actor::Checkpoints(checkpoints),
        );
        let autovacuum = Autovacuum::new(server, random.fork(9));
        self.add(
            start + random.exponential(60_000_000),
            Actor::Autovacuum(autovacuum),
        );
    }

    fn add_pool(&mut self, options: &Options, server: usize, number: usize, random: &mut Random) {
        let profile = number % APPLICATIONS.len();
        let Some(application) = APPLICATIONS.get(profile) else {
            return;
        };
        let round = number / APPLICATIONS.len();
        let (pool, connections) = pool_of(options, profile, application, &self.world);
        let pool = Arc::new(pool);
        let suffix = if round == 0 {
            String::new()
        } else {
            format!("_{}", round + 1)
        };
        let (clients, applications) = (options.clients as usize, options.applications as usize);
        for connection in 0..connections {
            // Hosts are dealt out to the applications in turn.
            let host = if clients >= applications {
                number + connection % (clients / applications) * applications
            } else {
                number % clients
            };
            let address = format!("10.20.{}.{}", host / 250, host % 250 + 1);
            let identity = Identity::new(
                &format!("{}{suffix}", application.user),
                DATABASE,
                &format!("{}{}", application.name, suffix.replace('_', "-")),
                &address,
            );
            let actor = Connection::new(Arc::clone(&pool), server, identity, random.fork(1));
            let ramp = (pool.pause * 2).clamp(200_000, 20_000_000);
            let time = self.start + random.micros(0, ramp);
            self.add(time, Actor::Connection(Box::new(actor)));
        }
    }

    fn settle_attackers(&mut self, options: &Options, random: &mut Random) {
        let (servers, people) = (options.servers as usize, options.users as usize);
        let random = random.fork(13);
        let mut clock = match &options.attacks {
            Attacks::None => return,
            Attacks::Once(kinds) => {
                let glance = (20e6 / options.events_per_second).clamp(1_000.0, 1e6) as i64;
                AttackClock::once(kinds, glance, servers, people, random)
            }
            Attacks::Rate { kinds, per_day } => {
                AttackClock::rate(kinds, (DAY / per_day) as i64, servers, people, random)
            }
        };
        let time = clock.first(self.start);
        self.add(time, Actor::AttackClock(Box::new(clock)));
    }
}

impl Iterator for Simulation {
    type Item = Vec<u8>;

    /// The next stretch of the log, whole records, about 64 KiB.
    fn next(&mut self) -> Option<Vec<u8>> {
        self.fill().then(|| {
            std::mem::replace(
                &mut self.world.cluster.journal.buffer,
                Vec::with_capacity(CHUNK * 2),
            )
        })
    }
}

/// The pool of an application on one server, and how many connections it has.
fn pool_of(
    options: &Options,
    profile: usize,
    application: &'static Application,
    world: &World,
) -> (Pool, usize) {
    let templates = world.catalogue.of(profile);
    let mut sum = 0;
    let weights: Vec<u32> = templates
        .iter()
        .map(|template| {
            sum += template.shape.weight;
            sum
        })
        .collect();
    let weighted = |value: &dyn Fn(usize) -> i64| -> i64 {
        let total: i64 = (0..templates.len()).map(value).sum();
        total / i64::from(sum.max(1))
    };
    let duration = weighted(&|index| {
        templates.get(index).map_or(0, |template| {
            i64::from(template.shape.weight) * template.shape.cost.mean_micros()
        })
    });
    let copies = f64::from(options.applications) / APPLICATIONS.len() as f64;
    let share: u32 = APPLICATIONS.iter().map(|each| each.share).sum();
    let records = records_per_statement(options, application, templates).max(200) as f64 / 1e3;
    // Statements a second of this pool.
    let rate = options.events_per_second / f64::from(options.servers) / copies.max(1.0)
        * f64::from(application.share)
        / f64::from(share)
        / records;
    let unit = 1_000 + i64::from(application.transactions) * (TRANSACTION - 1);
    let busy = (rate * duration as f64 * 2.0 / 1e6) as i64;
    let connections = i64::from(application.pool)
        .max(busy)
        .clamp(1, MAX_CONNECTIONS);
    let between = 1e6 * connections as f64 / rate * (unit as f64 / 1e3);
    let pause = (between as i64)
        .saturating_sub(duration * unit / 1_000)
        .max(50);
    // On a quiet server sessions last longer, or most records were logins.
    let quiet = (20.0 / options.events_per_second).clamp(1.0, 100.0);
    let session = (application.session_seconds as f64 * quiet * 1e6) as i64;
    (
        Pool {
            application,
            number: profile,
            weights,
            pause,
            session,
        },
        connections as usize,
    )
}
