//! Tests of the program as a user runs it.

// Functions shared by tests may fail as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bad_input;
mod doctor;
mod equality;
mod explain;
mod program;
mod rules;
mod scan;
mod scenarios;
