//! Logs in, records out: sources (I/O) and parsers (pure).

pub mod parse;
pub mod source;
