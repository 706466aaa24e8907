//! What all actors share: the servers, the workload, the time of day, and what
//! is about to go wrong.

use crate::actor::Actor;
use crate::calendar::{Calendar, Local};
use crate::cluster::Cluster;
use crate::error::SimError;
use crate::options::Options;
use crate::random::Random;
use crate::statement::{Template, compile};
use crate::workload::{self, Application, Shape};

/// Load of each hour of a working day, in parts of 1,000 of the mean.
const HOURS: [i64; 24] = [
    420, 310, 260, 240, 260, 330, 520, 780, 1_080, 1_340, 1_460, 1_500, 1_440, 1_400, 1_420, 1_400,
    1_360, 1_340, 1_420, 1_560, 1_600, 1_380, 980, 640,
];
/// Load of a day at the weekend, in parts of 1,000.
const WEEKEND: i64 = 720;
/// Mean of [`HOURS`] over a week, in parts of 1,000.
const MEAN: i64 = 934;

/// What goes wrong in an application now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// A key that is there already.
    Duplicate,
    /// Two transactions wait for each other.
    Deadlock,
    /// A statement takes too long.
    Timeout,
}

/// Statements ready to be filled in.
pub(crate) struct Catalogue {
    /// Those of each application of the workload.
    pub(crate) applications: Vec<Vec<Template>>,
    /// The hourly load.
    pub(crate) loading: Vec<Template>,
    /// The exporter of metrics.
    pub(crate) monitoring: Vec<Template>,
    /// Analysts.
    pub(crate) analysis: Vec<Template>,
    /// Administrators.
    pub(crate) administration: Vec<Template>,
    /// What mappers ask at their start.
    pub(crate) orm_start: Vec<Template>,
    /// What pg_dump asks.
    pub(crate) dump: Vec<Template>,
    /// Migrations.
    pub(crate) migrations: Vec<Template>,
}

impl Catalogue {
    fn new() -> Self {
        let all = |shapes: &'static [Shape]| shapes.iter().filter_map(compile).collect();
        Self {
            applications: workload::APPLICATIONS
                .iter()
                .map(|app| all(app.shapes))
                .collect(),
            loading: all(workload::LOADING),
            monitoring: all(workload::MONITORING),
            analysis: all(workload::ANALYSIS),
            administration: all(workload::ADMINISTRATION),
            orm_start: all(workload::ORM_START),
            dump: all(workload::DUMP),
            migrations: all(workload::MIGRATIONS),
        }
    }

    /// The templates of an application.
    pub(crate) fn of(&self, application: usize) -> &[Template] {
        self.applications
            .get(application)
            .map_or(&[], Vec::as_slice)
    }
}

/// What all actors share.
pub(crate) struct World {
    /// Servers and journal.
    pub(crate) cluster: Cluster,
    /// Statements.
    pub(crate) catalogue: Catalogue,
    /// Local time.
    pub(crate) calendar: Calendar,
    /// Actors that come on, with the time they do.
    pub(crate) entering: Vec<(i64, Actor)>,
    /// A mishap of each server that waits for a statement it fits.
    pub(crate) mishaps: Vec<Option<Mishap>>,
    rhythm: (i64, i64),
}

impl World {
    /// The world of `options`.
    pub(crate) fn new(options: &Options, random: &mut Random) -> Result<Self, SimError> {
        Ok(Self {
            cluster: Cluster::new(options, random)?,
            catalogue: Catalogue::new(),
            calendar: Calendar::new(&options.timezone)?,
            entering: Vec::new(),
            mishaps: vec![None; options.servers as usize],
            rhythm: (i64::MIN, 1_000),
        })
    }

    /// Load at a moment, in parts of 1,000 of the weekly mean.
    pub(crate) fn rhythm(&mut self, time: i64) -> i64 {
        let minute = time.div_euclid(60_000_000);
        if self.rhythm.0 != minute {
            self.rhythm = (minute, load(self.calendar.local(time)));
        }
        self.rhythm.1
    }

    /// Microseconds until the clock next shows `hour`:`minute`.
    pub(crate) fn until(&mut self, time: i64, hour: i64, minute: i64) -> i64 {
        let now = self.calendar.local(time);
        let second =
            i64::from(now.hour) * 3_600 + i64::from(now.minute) * 60 + i64::from(now.second);
        let wait = (hour * 3_600 + minute * 60 - second).rem_euclid(86_400);
        (if wait == 0 { 86_400 } else { wait }) * 1_000_000
    }
}

fn load(local: Local) -> i64 {
    let at = |hour: u8| HOURS.get(usize::from(hour) % 24).copied().unwrap_or(1_000);
    let (from, to) = (at(local.hour), at(local.hour + 1));
    let day = from + (to - from) * i64::from(local.minute) / 60;
    let day = if local.weekday >= 5 {
        day * WEEKEND / 1_000
    } else {
        day
    };
    (day * 1_000 / MEAN).max(1)
}

/// Records that one statement of an application writes on average, in
/// thousandths, as the servers are configured.
pub(crate) fn records_per_statement(
    options: &Options,
    application: &Application,
    templates: &[Template],
) -> i64 {
    use crate::options::StatementLogging::{All, AllWithDuration, Off, Slower};
    use crate::workload::Protocol;
    let weight: i64 = templates
        .iter()
        .map(|each| i64::from(each.shape.weight))
        .sum();
    let rows: i64 = templates
        .iter()
        .map(|each| {
            let rows = match options.pgaudit {
                None => 0,
                Some(pgaudit) if pgaudit.relation => each.objects.len().max(1) as i64,
                Some(_) => 1,
            };
            rows * i64::from(each.shape.weight)
        })
        .sum();
    let steps = match application.protocol {
        Protocol::Simple => 1_000,
        Protocol::Unnamed => 3_000,
        Protocol::Named => 2_100,
    };
    let logged = match options.statements {
        Off => 0,
        Slower(0) => steps,
        Slower(_) => 20,
        All => 1_000,
        AllWithDuration => 1_000 + steps,
    };
    rows * 1_000 / weight.max(1) + logged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_averages_to_a_thousand_over_a_week() {
        let mut sum = 0;
        for weekday in 0..7 {
            for hour in 0..24 {
                for minute in 0..60 {
                    sum += load(Local {
                        weekday,
                        hour,
                        minute,
                        ..Local::default()
                    });
                }
            }
        }
        let mean = sum / (7 * 24 * 60);
        assert!((990..=1_010).contains(&mean), "{mean}");
    }
}
