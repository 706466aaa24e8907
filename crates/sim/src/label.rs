//! The truth about a generated log: which attacks are in it, where, by whom.

use kumki_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::options::AttackKind;

/// One attack in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// What the attacker did.
    pub kind: AttackKind,
    /// Server attacked, as syslog names it.
    pub server: String,
    /// Roles the attacker used or tried, in order of first use.
    pub users: Vec<String>,
    /// Client address.
    pub client: String,
    /// Database, absent when none was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Application name the attacker gave; absent when no session began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Session ids (`%c`) of its connections, in order.
    pub sessions: Vec<String>,
    /// Time of its first record.
    pub start: Timestamp,
    /// Time of its last record.
    pub end: Timestamp,
    /// Number of its first record in the log, from 0.
    pub first_record: u64,
    /// Number of its last record in the log, from 0.
    pub last_record: u64,
    /// Records it wrote.
    pub records: u64,
    /// Records it removed.
    pub removed: u64,
    /// Statements it ran, failed ones included.
    pub statements: u64,
    /// Whether it came to its end before the log did.
    pub complete: bool,
}

/// The truth about a generated log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Seed of the simulation.
    pub seed: u64,
    /// Time of the first record; of the simulation's start when there is none.
    pub start: Timestamp,
    /// Time of the last record.
    pub end: Timestamp,
    /// Records written.
    pub records: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Records removed by attacks.
    pub removed: u64,
    /// Attacks, by their first record.
    pub attacks: Vec<Label>,
}
