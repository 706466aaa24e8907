//! A whole run: one server, the scenarios asked for, their logs and labels.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::cluster::{Cluster, LogFiles};
use crate::error::{Error, Result};
use crate::preparation;
use crate::scenario::{self, Company, Nature, Scenario, Stage};
use crate::settings::LogSettings;

/// Which scenarios to run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    /// All of them.
    #[default]
    All,
    /// Attacks only, or ordinary work only.
    Nature(Nature),
    /// Those with these labels.
    Slugs(Vec<String>),
}

/// What to run, and how the server logs it.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How the server logs.
    pub settings: LogSettings,
    /// Which scenarios.
    pub selection: Selection,
    /// Where the logs and `labels.json` go; a temporary directory when absent.
    pub directory: Option<PathBuf>,
    /// How many scenarios run at a time; 0 for the default of four.
    pub workers: usize,
}

/// What a scenario was, when it ran and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Stable name.
    pub slug: String,
    /// Attack or ordinary work.
    pub nature: Nature,
    /// For a person.
    pub description: String,
    /// ATT&CK techniques.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<String>,
    /// The roles that logged in, the acting one first.
    pub roles: Vec<String>,
    /// The address the server saw.
    pub address: String,
    /// The database connected to.
    pub database: String,
    /// The application name it connected with.
    pub application: String,
    /// Not after the first record, to the millisecond as the logs are.
    pub start: Timestamp,
    /// Not before the last record.
    pub end: Timestamp,
}

/// The logs and labels of a finished run.
#[derive(Debug)]
pub struct RunOutput {
    /// The directory that holds everything.
    pub directory: PathBuf,
    /// The logs, the same activity in three formats.
    pub logs: LogFiles,
    /// `labels.json`.
    pub labels_file: PathBuf,
    /// What ran, in order of its start.
    pub labels: Vec<Label>,
    /// Removes a temporary directory with the output.
    _temporary: Option<TempDir>,
}

/// Starts a server, runs the scenarios against it, stops it, and returns its logs
/// with the labels. Roles and tables are prepared before the logs are open, so
/// the logs hold nothing but the scenarios.
///
/// # Errors
/// What is missing, or which scenarios did not do what their labels say.
pub fn run_all(options: &Options) -> Result<RunOutput> {
    let scenarios = select(&options.selection)?;
    let temporary = match options.directory {
        Some(_) => None,
        None => Some(
            tempfile::Builder::new()
                .prefix("kumki-run-")
                .tempdir()
                .map_err(Error::io("making a temporary directory"))?,
        ),
    };
    let directory = match (&options.directory, &temporary) {
        (Some(directory), _) => directory.clone(),
        (None, Some(temporary)) => temporary.path().to_owned(),
        (None, None) => std::env::temp_dir(),
    };
    fs::create_dir_all(&directory).map_err(Error::io(directory.display().to_string()))?;

    let mut cluster = Cluster::create(&options.settings)?;
    preparation::prepare(&cluster, &scenarios)?;
    cluster.begin_logging()?;
    let labels = play_all(&cluster, &scenarios, options.workers)?;
    cluster.stop()?;

    let logs = LogFiles::in_directory(&directory);
    let written = cluster.logs();
    for (from, to) in [
        (&written.stderr, &logs.stderr),
        (&written.csv, &logs.csv),
        (&written.json, &logs.json),
    ] {
        fs::copy(from, to).map_err(Error::io(to.display().to_string()))?;
    }
    let labels_file = directory.join("labels.json");
    write_labels(&labels_file, &labels)?;
    Ok(RunOutput {
        directory,
        logs,
        labels_file,
        labels,
        _temporary: temporary,
    })
}

/// Writes labels as a JSON array, one label a line.
///
/// # Errors
/// When the file cannot be written.
pub fn write_labels(file: &Path, labels: &[Label]) -> Result<()> {
    let lines = labels
        .iter()
        .map(serde_json::to_string)
        .collect::<serde_json::Result<Vec<_>>>()?;
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    fs::write(file, text).map_err(Error::io(file.display().to_string()))
}

fn select(selection: &Selection) -> Result<Vec<Scenario>> {
    let all = scenario::all();
    match selection {
        Selection::All => Ok(all),
        Selection::Nature(nature) => Ok(all
            .into_iter()
            .filter(|scenario| scenario.nature() == *nature)
            .collect()),
        Selection::Slugs(slugs) => slugs
            .iter()
            .map(|slug| {
                all.iter()
                    .find(|scenario| scenario.slug() == slug)
                    .cloned()
                    .ok_or_else(|| Error::UnknownScenario { slug: slug.clone() })
            })
            .collect(),
    }
}

/// Runs what can share the server in a few threads, then the rest one by one.
fn play_all(cluster: &Cluster, scenarios: &[Scenario], workers: usize) -> Result<Vec<Label>> {
    const WORKERS: usize = 4;
    let (shared, alone): (Vec<_>, Vec<_>) = scenarios
        .iter()
        .partition(|scenario| scenario.company() == Company::Shared);
    let queue = Mutex::new(VecDeque::from(shared));
    let outcomes = Mutex::new(Vec::with_capacity(scenarios.len()));
    let record = |outcome| {
        outcomes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(outcome);
    };
    thread::scope(|scope| {
        for _ in 0..if workers == 0 { WORKERS } else { workers } {
            scope.spawn(|| {
                while let Some(scenario) = next(&queue) {
                    record(play(cluster, scenario));
                }
            });
        }
    });
    for scenario in alone {
        record(play(cluster, scenario));
    }
    let outcomes = outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let mut labels = all_or_errors(outcomes)?;
    labels.sort_by(|a, b| (a.start, &a.slug).cmp(&(b.start, &b.slug)));
    Ok(labels)
}

fn all_or_errors(outcomes: Vec<Result<Label>>) -> Result<Vec<Label>> {
    let mut labels = Vec::with_capacity(outcomes.len());
    let mut errors = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(label) => labels.push(label),
            Err(error) => errors.push(error),
        }
    }
    match errors.len() {
        0 => Ok(labels),
        1 => Err(errors.swap_remove(0)),
        _ => Err(Error::Scenarios(errors)),
    }
}

fn next<'a>(queue: &Mutex<VecDeque<&'a Scenario>>) -> Option<&'a Scenario> {
    queue
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop_front()
}

fn play(cluster: &Cluster, scenario: &Scenario) -> Result<Label> {
    let in_scenario = |source| Error::Scenario {
        slug: scenario.slug().to_owned(),
        source: Box::new(source),
    };
    let stage = Stage::new(cluster, scenario).map_err(in_scenario)?;
    let start = whole_milliseconds(Timestamp::now());
    scenario.play(&stage).map_err(in_scenario)?;
    stage.drain();
    Ok(Label {
        slug: scenario.slug().to_owned(),
        nature: scenario.nature(),
        description: scenario.description().to_owned(),
        techniques: scenario
            .techniques()
            .iter()
            .map(ToString::to_string)
            .collect(),
        roles: scenario.roles().map(str::to_owned).collect(),
        address: scenario.address().to_string(),
        database: scenario.database(),
        application: scenario.application_name().to_owned(),
        start,
        end: Timestamp::now(),
    })
}

/// The logs cut their times to milliseconds, so a label's start is cut too.
fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
