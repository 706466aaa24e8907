//! Reading whole logs: goldens, cuts, languages, envelopes, sources.

// Functions shared by tests may fail as tests do.
#![allow(clippy::unwrap_used)]

mod cuts;
mod envelopes;
mod equality;
mod golden;
mod reading;
mod sources;
