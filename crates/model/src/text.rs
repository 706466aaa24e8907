//! Text that must not leak: SQL and secrets hide themselves when printed.

use std::fmt;

/// SQL text as the log carried it, passwords already masked by the parser.
///
/// `Debug` shows its length only, so that it cannot slip into a log line, a
/// metric or a panic. [`Sql::expose`] gives the text to code that has a reason.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sql<'a>(&'a str);

impl<'a> Sql<'a> {
    /// Wraps SQL text.
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The text itself. Whoever calls this answers for where it goes.
    pub const fn expose(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Sql<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<sql, {} bytes>", self.0.len())
    }
}

/// A password, token or connection string. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        assert_eq!(format!("{:?}", Sql::new("select 'x'")), "<sql, 10 bytes>");
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "<secret>");
    }
}
