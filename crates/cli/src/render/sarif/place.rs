//! `file:line` as SARIF wants it: a URI reference (RFC 3986) and a line number.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters and the slash. The colon is encoded
/// too: in a relative reference it would end a scheme.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A place in an input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    path: &'a str,
    /// Line, counted from 1.
    pub(super) line: Option<u32>,
}

impl<'a> Place<'a> {
    /// Reads `file:line`; without a line number all of it is the file.
    pub(super) fn parse(source: &'a str) -> Self {
        let split = source.rsplit_once(':').and_then(|(path, line)| {
            let digits = line.bytes().all(|byte| byte.is_ascii_digit());
            // SARIF readers hold line numbers in 32 signed bits.
            let line = line.parse::<u32>().ok()?;
            (digits && line > 0 && line <= i32::MAX.unsigned_abs() && !path.is_empty())
                .then_some((path, line))
        });
        match split {
            Some((path, line)) => Self {
                path,
                line: Some(line),
            },
            None => Self::file(source),
        }
    }

    /// A whole file.
    pub(super) const fn file(path: &'a str) -> Self {
        Self { path, line: None }
    }

    /// The file as a URI: absolute paths with the `file` scheme, others relative.
    pub(super) fn uri(&self) -> String {
        let mut bytes = self.path.bytes();
        let drive = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && bytes.next() == Some(b':')
            && matches!(bytes.next(), Some(b'\\' | b'/'));
        let windows = drive || self.path.starts_with("\\\\");
        let path = if windows {
            self.path.replace('\\', "/")
        } else {
            self.path.to_owned()
        };
        let encode = |part: &str| utf8_percent_encode(part, PATH).to_string();
        match (drive, path.split_at_checked(2)) {
            (true, Some((letter, rest))) => format!("file:///{letter}{}", encode(rest)),
            _ if windows => format!("file:{}", encode(&path)),
            _ if path.starts_with('/') => {
                // A path that begins with slashes must not name a host.
                format!("file:///{}", encode(path.trim_start_matches('/')))
            }
            _ if path.is_empty() => "unknown".to_owned(),
            _ => encode(&path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_file_and_line() {
        assert_eq!(
            Place::parse("pg.csv:12"),
            Place {
                path: "pg.csv",
                line: Some(12)
            }
        );
        assert_eq!(
            Place::parse("C:\\pg.csv:12"),
            Place {
                path: "C:\\pg.csv",
                line: Some(12)
            }
        );
        for whole in [
            "pg.csv",
            "pg.csv:0",
            "pg.csv:+1",
            "pg.csv:",
            ":12",
            "a:99999999999",
            "",
        ] {
            assert_eq!(
                Place::parse(whole),
                Place {
                    path: whole,
                    line: None
                },
                "{whole}"
            );
        }
    }

    #[test]
    fn uris_are_references() {
        let uri = |path| Place::file(path).uri();
        assert_eq!(uri("logs/pg 1.csv"), "logs/pg%201.csv");
        assert_eq!(uri("/var/log/pg.csv"), "file:///var/log/pg.csv");
        assert_eq!(uri("//host/pg.csv"), "file:///host/pg.csv");
        assert_eq!(uri("C:\\logs\\pg.csv"), "file:///C:/logs/pg.csv");
        assert_eq!(
            uri("\\\\server\\share\\pg.csv"),
            "file://server/share/pg.csv"
        );
        assert_eq!(uri("javascript:alert(1)"), "javascript%3Aalert%281%29");
        assert_eq!(uri("a?b#c%d\u{202e}"), "a%3Fb%23c%25d%E2%80%AE");
        assert_eq!(uri("-"), "-");
        assert_eq!(uri(""), "unknown");
    }
}
