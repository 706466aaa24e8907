//! Rules as their users see them: loaded from text, run over events.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod acceptance;
mod explaining;
mod findings;
mod loading;
mod memory;
mod packs;
mod stage;
