//! A connection of an application's pool: it opens a session, runs statements
//! and transactions of its application, closes, and begins again.

use std::sync::Arc;

use crate::command::failure;
use crate::digits::hexadecimal;
use crate::entry::Origin;
use crate::execution::{Failure, Run, Way};
use crate::process::{Identity, Process};
use crate::random::Random;
use crate::statement::{Rendered, Template};
use crate::workload::{Application, Comment, Protocol};
use crate::world::{Catalogue, Mishap, World};

/// What the connections of one pool have in common.
pub(crate) struct Pool {
    /// What the application is like.
    pub(crate) application: &'static Application,
    /// Its place in the workload.
    pub(crate) number: usize,
    /// Sums of the weights of its statements.
    pub(crate) weights: Vec<u32>,
    /// Microseconds between two units of work of one connection, on average.
    pub(crate) pause: i64,
    /// Mean length of a session in microseconds.
    pub(crate) session: i64,
}

/// A connection.
pub(crate) struct Connection {
    pool: Arc<Pool>,
    server: usize,
    identity: Identity,
    process: Option<Process>,
    rendered: Rendered,
    prepared: Vec<bool>,
    doing: Doing,
    /// Statements left in the transaction; absent outside of one.
    transaction: Option<u32>,
    until: i64,
    startup: usize,
    rolls_back: bool,
    random: Random,
}

/// What a connection is doing.
#[derive(Clone, Copy)]
enum Doing {
    Nothing,
    Running(Current),
}

/// The statement that is running.
#[derive(Clone, Copy)]
struct Current {
    which: Which,
    micros: i64,
    rows: u64,
    prepared: bool,
    mishap: Option<Mishap>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Template(usize),
    Startup(usize),
    Begin,
    Commit,
    Rollback,
}

impl Connection {
    /// A connection of `pool` to `server`.
    pub(crate) fn new(pool: Arc<Pool>, server: usize, identity: Identity, random: Random) -> Self {
        Self {
            prepared: vec![false; pool.weights.len()],
            pool,
            server,
            identity,
            process: None,
            rendered: Rendered::default(),
            doing: Doing::Nothing,
            transaction: None,
            until: 0,
            startup: 0,
            rolls_back: false,
            random,
        }
    }

    /// Does the next thing and returns when the one after it is due.
    pub(crate) fn act(&mut self, world: &mut World, time: i64) -> i64 {
        let Some(mut process) = self.process.take() else {
            return self.open(world, time);
        };
        if let Doing::Running(current) = self.doing {
            self.doing = Doing::Nothing;
            let next = self.finish(world, &mut process, time, current);
            self.process = Some(process);
            return next;
        }
        if time > self.until && self.transaction.is_none() {
            world.cluster.close(process, time);
            return time + self.random.exponential(800_000);
        }
        let current = self.choose(world);
        self.render(&world.catalogue, current.which);
        let World {
            cluster, catalogue, ..
        } = &mut *world;
        let template = template_of(catalogue, self.pool.number, current.which);
        let run = run_of(
            self.pool.application.protocol,
            template,
            current,
            &self.rendered,
        );
        cluster.start(&mut process, time, &run);
        self.doing = Doing::Running(current);
        self.process = Some(process);
        time + current.micros
    }

    fn open(&mut self, world: &mut World, time: i64) -> i64 {
        let cluster = &mut world.cluster;
        self.process =
            Some(cluster.open(self.server, time, &self.identity, None, &mut self.random));
        self.prepared.fill(false);
        self.startup = 0;
        self.transaction = None;
        let mean = self.pool.session;
        self.until = time + mean / 2 + self.random.exponential(mean / 2);
        time + self.random.micros(10_000, 40_000)
    }

    /// What to run next.
    fn choose(&mut self, world: &mut World) -> Current {
        let which = match self.transaction {
            Some(_) if std::mem::take(&mut self.rolls_back) => Which::Rollback,
            Some(0) => Which::Commit,
            Some(_) => Which::Template(self.weighted()),
            None if self.pool.application.introspects
                && self.startup < world.catalogue.orm_start.len() =>
            {
                self.startup += 1;
                Which::Startup(self.startup - 1)
            }
            None if self.random.below(1_000) < u64::from(self.pool.application.transactions) => {
                self.transaction = Some(self.random.between(2, 5) as u32);
                Which::Begin
            }
            None => Which::Template(self.weighted()),
        };
        let mut current = Current {
            which,
            micros: 30,
            rows: 0,
            prepared: true,
            mishap: None,
        };
        let template = template_of(&world.catalogue, self.pool.number, which);
        if let Some(template) = template {
            let (low, high) = template.shape.cost.micros();
            current.micros = self.random.log_uniform(low, high) as i64;
            let (fewest, most) = template.shape.cost.rows();
            current.rows = self.random.log_uniform(fewest, most);
            current.mishap = take_mishap(&mut world.mishaps, self.server, template.tag);
        } else {
            current.micros = self.random.micros(15, 400);
        }
        if let Which::Template(index) = which
            && let Some(prepared) = self.prepared.get_mut(index)
        {
            current.prepared = self.pool.application.protocol == Protocol::Named
                && std::mem::replace(prepared, true);
        }
        current
    }

    fn weighted(&mut self) -> usize {
        let all = self.pool.weights.last().copied().unwrap_or(1);
        let draw = self.random.below(u64::from(all)) as u32;
        self.pool.weights.partition_point(|&sum| sum <= draw)
    }

    fn render(&mut self, catalogue: &Catalogue, which: Which) {
        let application = self.pool.application;
        let extended = application.protocol != Protocol::Simple;
        let template = template_of(catalogue, self.pool.number, which);
        match template {
            Some(template) => {
                template.render(&mut self.rendered, &mut self.random, extended);
                if application.comment == Comment::SqlCommenter && template.shape.weight > 1 {
                    comment(&mut self.rendered.sql, application.name, &mut self.random);
                }
            }
            None => {
                self.rendered.clear();
                self.rendered.sql.push_str(match which {
                    Which::Commit => "COMMIT",
                    Which::Rollback => "ROLLBACK",
                    _ => "BEGIN",
                });
            }
        }
    }

    fn finish(
        &mut self,
        world: &mut World,
        process: &mut Process,
        time: i64,
        current: Current,
    ) -> i64 {
        let World {
            cluster, catalogue, ..
        } = &mut *world;
        let template = template_of(catalogue, self.pool.number, current.which);
        let run = run_of(
            self.pool.application.protocol,
            template,
            current,
            &self.rendered,
        );
        if let Some(mishap) = current.mishap {
            let failure = failure_of(mishap, process, template, &mut self.random);
            cluster.fail(process, time, &run, &failure);
            self.rolls_back = self.transaction.is_some();
            return time + self.random.micros(1_000, 20_000);
        }
        let goes_on = match (current.which, &mut self.transaction) {
            (Which::Commit | Which::Rollback, transaction) => {
                *transaction = None;
                false
            }
            (Which::Template(_), Some(left)) => {
                *left = left.saturating_sub(1);
                true
            }
            (_, transaction) => transaction.is_some(),
        };
        cluster.finish(process, time, &run, goes_on);
        if goes_on || matches!(current.which, Which::Startup(_)) {
            return time + self.random.micros(80, 2_500);
        }
        let rhythm = if self.pool.application.daily {
            world.rhythm(time)
        } else {
            1_000
        };
        time + self
            .random
            .exponential((self.pool.pause * 1_000 / rhythm).max(20))
    }
}

/// The template of what runs, if it has one.
fn template_of(catalogue: &Catalogue, application: usize, which: Which) -> Option<&Template> {
    match which {
        Which::Template(index) => catalogue.of(application).get(index),
        Which::Startup(index) => catalogue.orm_start.get(index),
        Which::Begin | Which::Commit | Which::Rollback => None,
    }
}

fn run_of<'a>(
    protocol: Protocol,
    template: Option<&'a Template>,
    current: Current,
    rendered: &'a Rendered,
) -> Run<'a> {
    let tag = match current.which {
        Which::Commit => "COMMIT",
        Which::Rollback => "ROLLBACK",
        _ => template.map_or("BEGIN", |template| template.tag),
    };
    let way = match (protocol, current.which) {
        (Protocol::Simple, _) | (_, Which::Begin | Which::Commit | Which::Rollback) => Way::Simple,
        (Protocol::Named, Which::Template(index)) => Way::Extended {
            values: rendered,
            name: Some(index + 1),
            prepared: current.prepared,
        },
        _ => Way::Extended {
            values: rendered,
            name: None,
            prepared: false,
        },
    };
    Run {
        sql: &rendered.sql,
        audited: &rendered.sql,
        tag,
        class: template.map_or("MISC", |template| template.class),
        objects: template.map_or(&[], |template| template.objects.as_slice()),
        way,
        rows: current.rows,
        query_id: template.map_or(1, |template| template.query_id),
        micros: current.micros,
    }
}

/// Takes the mishap that waits at a server, if it fits the statement.
fn take_mishap(mishaps: &mut [Option<Mishap>], server: usize, tag: &str) -> Option<Mishap> {
    let waiting = mishaps.get_mut(server)?;
    let fits = match (*waiting)? {
        Mishap::Duplicate => tag == "INSERT",
        Mishap::Deadlock => tag == "UPDATE",
        Mishap::Timeout => tag == "SELECT",
    };
    if fits { waiting.take() } else { None }
}

fn failure_of(
    mishap: Mishap,
    process: &Process,
    template: Option<&Template>,
    random: &mut Random,
) -> Failure {
    let table = template
        .and_then(|template| template.objects.first())
        .and_then(|object| object.name.rsplit('.').next())
        .unwrap_or("orders")
        .to_owned();
    match mishap {
        Mishap::Duplicate => Failure {
            detail: Some(format!(
                "Key (id)=({}) already exists.",
                random.below(5_000_000)
            )),
            late: true,
            ..failure(
                "23505",
                format!("duplicate key value violates unique constraint \"{table}_pkey\""),
                Origin::new("_bt_check_unique", "nbtinsert.c", 664),
            )
        },
        Mishap::Deadlock => {
            let (mine, other) = (process.pid, process.pid + random.between(1, 40) as u32);
            let (first, second) = (random.between(1_000, 90_000), random.between(1_000, 90_000));
            Failure {
                detail: Some(format!(
                    "Process {mine} waits for ShareLock on transaction {first}; blocked by process {other}.\nProcess {other} waits for ShareLock on transaction {second}; blocked by process {mine}.\nProcess {mine}: <command string not enabled>\nProcess {other}: <command string not enabled>"
                )),
                hint: Some("See server log for query details.".to_owned()),
                context: Some(format!(
                    "while updating tuple ({},{}) in relation \"{table}\"",
                    first % 900,
                    second % 60
                )),
                late: true,
                ..failure(
                    "40P01",
                    "deadlock detected",
                    Origin::new("DeadLockReport", "deadlock.c", 1150),
                )
            }
        }
        Mishap::Timeout => Failure {
            late: true,
            ..failure(
                "57014",
                "canceling statement due to statement timeout",
                Origin::new("ProcessInterrupts", "postgres.c", 3403),
            )
        },
    }
}

/// Appends a comment as sqlcommenter does.
fn comment(sql: &mut String, application: &str, random: &mut Random) {
    const ROUTES: [&str; 6] = [
        "orders.detail",
        "orders.create",
        "cart.checkout",
        "customers.show",
        "payments.webhook",
        "tickets.create",
    ];
    let route = random.pick(&ROUTES);
    for part in [
        " /*application='",
        application,
        "',controller='",
        route,
        "',framework='django%3A5.1',traceparent='00-",
    ] {
        sql.push_str(part);
    }
    hexadecimal(sql, random.bits(), 16);
    hexadecimal(sql, random.bits(), 16);
    sql.push('-');
    hexadecimal(sql, random.bits(), 16);
    sql.push_str("-01'*/");
}
