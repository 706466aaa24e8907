//! The harness against a real PostgreSQL. Nothing is skipped: without a server the
//! tests fail and say what to install.

mod cluster;
mod log;
mod run;
