//! The stages put together: inputs → records → events → findings.
//!
//! This crate knows every stage and does none of their work: parsing is
//! `ingest`, facts of SQL are `sql`, matching is `rules`. What it does itself:
//! read inputs in parallel and in the order of time ([`read`]), join records to
//! sessions and fold them into events ([`attribute`]), count ([`tally`]).

pub mod attribute;
pub mod findings;
pub mod read;
pub mod scan;
pub mod summary;
pub mod tally;

pub use scan::{Outcome, Scan, Span};
