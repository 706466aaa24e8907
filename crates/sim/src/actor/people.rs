//! People: analysts and administrators, who open a session in working hours,
//! look around, mistype, and leave.

use super::{Act, Actor, Script, Step};
use crate::cluster::Refusal;
use crate::command::{Command, failure};
use crate::entry::Origin;
use crate::execution::Failure;
use crate::process::Identity;
use crate::random::Random;
use crate::world::{Catalogue, World};

/// Names of people; the first in each row of six administers.
const NAMES: [&str; 24] = [
    "miriam", "anton", "bea", "carlo", "dora", "emil", "viktor", "frida", "gero", "hanna", "ivo",
    "jule", "selma", "kai", "lena", "mats", "nora", "oskar", "tom", "pia", "quirin", "ronja",
    "sven", "tilda",
];

/// A person.
pub(crate) struct Person {
    server: usize,
    identity: Identity,
    administers: bool,
    random: Random,
}

impl Person {
    /// The person with a number; every sixth administers the database.
    pub(crate) fn new(number: usize, server: usize, random: Random) -> Self {
        let (user, administers) = name_of(number);
        let application = match number % 4 {
            _ if administers => "psql",
            0 | 1 => "DBeaver 24.2.0 - SQLEditor <Script-7.sql>",
            2 => "psql",
            _ => "pgAdmin 4 - CONN:4821907",
        };
        let host = format!("10.30.{}.{}", number / 250, number % 250 + 2);
        let identity = Identity::new(&user, crate::workload::DATABASE, application, &host);
        Self {
            server,
            identity,
            administers,
            random,
        }
    }

    /// Opens a session if it is a time to work; returns when to think of it again.
    pub(crate) fn act(&mut self, world: &mut World, time: i64) -> i64 {
        let now = world.calendar.local(time);
        let working = now.weekday < 5 && (8..18).contains(&now.hour);
        // Administrators are called at any hour, now and then.
        if working || (self.administers && self.random.chance(30_000)) {
            let acts = self.session(&world.catalogue);
            let script = Script::new(self.server, acts, self.random.fork(11));
            world
                .entering
                .push((time + 1, Actor::Script(Box::new(script))));
        }
        time + self.random.micros(900_000_000, 3_600_000_000)
            + self.random.exponential(3_600_000_000)
    }

    fn session(&mut self, catalogue: &Catalogue) -> Vec<Act> {
        let random = &mut self.random;
        let mut acts = Vec::new();
        let mut add = |wait, step| acts.push(Act { wait, step });
        if random.chance(40_000) {
            add(0, Step::Refuse(self.identity.clone(), Refusal::Password));
            add(
                random.micros(4_000_000, 9_000_000),
                Step::Connect(self.identity.clone()),
            );
        } else {
            add(0, Step::Connect(self.identity.clone()));
        }
        let templates = if self.administers {
            &catalogue.administration
        } else {
            &catalogue.analysis
        };
        let weights: u32 = templates.iter().map(|template| template.shape.weight).sum();
        for _ in 0..random.between(2, 12) {
            let mut draw = random.below(u64::from(weights)) as u32;
            let template = templates.iter().find(|template| {
                let found = draw < template.shape.weight;
                draw = draw.saturating_sub(template.shape.weight);
                found
            });
            let wait = random.micros(6_000_000, 90_000_000);
            if random.chance(25_000) {
                let (command, failure) = slip(random);
                add(wait, Step::Fail(command, failure));
                continue;
            }
            if let Some(template) = template {
                add(wait, Step::Run(Command::from_template(template, random)));
            }
        }
        let wait = random.micros(3_000_000, 300_000_000);
        acts.push(Act {
            wait,
            step: Step::Disconnect,
        });
        acts
    }
}

/// The role of the person with a number, and whether they administer.
fn name_of(number: usize) -> (String, bool) {
    let base = NAMES.get(number % NAMES.len()).copied().unwrap_or("anton");
    let administers = number.is_multiple_of(6);
    let mut user = if administers {
        "dba_".to_owned()
    } else {
        String::new()
    };
    user.push_str(base);
    if number >= NAMES.len() {
        user.push_str(&(number / NAMES.len() + 1).to_string());
    }
    (user, administers)
}

/// The roles of the first `count` people.
pub(crate) fn person_names(count: usize) -> Vec<String> {
    (0..count).map(|number| name_of(number).0).collect()
}

/// A slip of a person: a typing error, a wrong name, a query given up.
fn slip(random: &mut Random) -> (Command, Failure) {
    let parser = Origin::new("scanner_yyerror", "scan.l", 1176);
    match random.below(4) {
        0 => (
            Command::utility("SELECT", "selct count(*) from sales.orders;"),
            Failure {
                position: 1,
                ..failure("42601", "syntax error at or near \"selct\"", parser)
            },
        ),
        1 => (
            Command::utility(
                "SELECT",
                "select * from sales.orders where number = 'A-1 limit 10;",
            ),
            Failure {
                position: 43,
                ..failure(
                    "42601",
                    "unterminated quoted string at or near \"'A-1 limit 10;\"",
                    parser,
                )
            },
        ),
        2 => (
            Command::utility("SELECT", "select id, placed from sales.orders limit 5;"),
            Failure {
                position: 12,
                hint: Some(
                    "Perhaps you meant to reference the column \"orders.placed_at\".".to_owned(),
                ),
                ..failure(
                    "42703",
                    "column \"placed\" does not exist",
                    Origin::new("errorMissingColumn", "parse_relation.c", 3665),
                )
            },
        ),
        _ => (
            Command::select(
                "analytics.visit",
                "select path, count(*) from analytics.visit group by path order by 2 desc",
            ),
            Failure {
                late: true,
                ..failure(
                    "57014",
                    "canceling statement due to user request",
                    Origin::new("ProcessInterrupts", "postgres.c", 3421),
                )
            },
        ),
    }
}
