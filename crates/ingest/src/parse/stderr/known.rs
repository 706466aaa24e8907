//! Prefixes that are in wide use.

use std::sync::LazyLock;

use crate::parse::prefix::Prefix;

/// Where each is from, and the prefix.
pub const KNOWN: [(&str, &str); 22] = [
    ("PostgreSQL's default", "%m [%p] "),
    ("Debian's and Ubuntu's default", "%m [%p] %q%u@%d "),
    ("AWS RDS", "%t:%r:%u@%d:[%p]:"),
    (
        "AWS RDS with more fields",
        "%t:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:",
    ),
    (
        "AWS RDS with milliseconds",
        "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:",
    ),
    ("Google Cloud SQL", "%m [%p]: [%l-1] db=%d,user=%u "),
    ("Azure", "%t-%c-"),
    (
        "pgBadger's recommendation",
        "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    ),
    (
        "pgBadger's recommendation",
        "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    ),
    (
        "pgBadger's recommendation",
        "%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    ),
    (
        "pgBadger's recommendation",
        "%m [%p]: user=%u,db=%d,app=%a,client=%h ",
    ),
    (
        "pgBadger's recommendation",
        "%t [%p]: [%l-1] user=%u,db=%d ",
    ),
    (
        "pgBadger's recommendation",
        "%t [%p]: [%l] user=%u,db=%d,app=%a,client=%h ",
    ),
    (
        "pgBadger's recommendation",
        "%t [%p]: %q[%l-1] user=%u,db=%d,app=%a,client=%h ",
    ),
    (
        "Crunchy Data and CloudNativePG",
        "%m [%p]: [%l-1] %quser=%u,db=%d,app=%a,client=%h ",
    ),
    (
        "a common choice",
        "%t [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h ",
    ),
    ("a common choice", "%m [%p] %q[user=%u,db=%d,app=%a] "),
    ("a common choice", "%m [%p] %q%u@%d/%a "),
    ("a common choice", "%m %u@%d [%p] "),
    ("a common choice", "< %m >"),
    ("a common choice", "%t [%p] "),
    (
        "syslog, which has its own time",
        "[%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    ),
];

/// The known prefixes, compiled.
pub fn prefixes() -> &'static [Prefix] {
    static COMPILED: LazyLock<Vec<Prefix>> = LazyLock::new(|| {
        KNOWN
            .iter()
            .filter_map(|(_, text)| Prefix::compile(text).ok())
            .collect()
    });
    &COMPILED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_prefix_compiles() {
        assert_eq!(prefixes().len(), KNOWN.len());
    }
}
