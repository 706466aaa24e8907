//! kumki-engine.
pub mod summary;
