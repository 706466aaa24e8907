//! Seeded PostgreSQL logs of any size, for benches, tests and the demo.
//!
//! [`Options`] go in; a log in any of PostgreSQL's forms comes out, with
//! [`Labels`] that say which attacks are hidden in it. The activity is that of
//! a healthy production server: applications with connection pools, people,
//! jobs, checkpoints, a few mishaps a day. Equal options give equal bytes on
//! every machine, and the same seed gives the same activity in every form.
//!
//! Records are written in the order in which they happen, but for the end of
//! an authentication, which may be up to 60 ms ahead of its neighbours, as in
//! the logs of a real server.
//!
//! [`damage`] breaks a log on purpose, with a seed of its own.
//!
//! This crate does no I/O but to the sink it is given, and reads no clock.

mod actor;
mod attack;
mod calendar;
mod cluster;
mod command;
pub mod damage;
mod digits;
mod entry;
mod error;
mod execution;
mod format;
mod journal;
mod label;
mod options;
mod process;
mod random;
mod simulation;
mod statement;
mod workload;
mod world;

pub use error::SimError;
pub use label::{Label, Labels};
pub use options::{
    AttackKind, Attacks, CsvColumns, Format, Limit, Options, Pgaudit, StatementLogging, SyslogForm,
    Verbosity,
};
pub use simulation::Simulation;
