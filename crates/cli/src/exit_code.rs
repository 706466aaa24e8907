//! What the program's exit code means.

use std::process::ExitCode;

/// | code | meaning |
/// |---|---|
/// | 0 | fine |
/// | 1 | something was found, with `--fail-on` |
/// | 2 | wrong usage or configuration, an input that cannot be read, or an internal error |
/// | 3 | a rule is invalid |
/// | 4 | a database could not be reached |
/// | 130 | interrupted |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Fine.
    Fine,
    /// Something was found.
    Found,
    /// Wrong usage, unreadable input, internal error.
    Failed,
    /// A rule is invalid.
    InvalidRule,
    /// A database could not be reached.
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
            Exit::InvalidRule => 3,
            Exit::Unreachable => 4,
        })
    }
}
