//! One module per command.

pub(crate) mod choice;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod input;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod tls;
