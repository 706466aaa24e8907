//! How a terminal wants its text: colour, width, Unicode. Resolved once, from
//! `--color`, `NO_COLOR`, `COLUMNS` and the terminal itself, and passed down.

use std::borrow::Cow;
use std::fmt;

use anstyle::{AnsiColor, Effects};
use clap::ValueEnum;
use kumki_model::Severity;

use super::visible;

/// Columns assumed when nobody says.
const DEFAULT_WIDTH: u16 = 80;
/// Columns assumed for a table in a pipe or a file.
const PIPE_WIDTH: u16 = 120;
/// Below this nothing can be aligned any more.
const LEAST_WIDTH: u16 = 20;

/// What `--color` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How text is laid out and coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Whether to write colours.
    pub(crate) color: bool,
    /// Columns.
    pub(crate) width: u16,
    /// Whether the output takes UTF-8. Without it every character above ASCII
    /// is escaped: an eight-bit terminal reads some of their bytes as commands.
    pub(crate) unicode: bool,
}

impl Style {
    /// Resolves the style of one stream.
    ///
    /// `environment` looks a variable up; `columns` is what the terminal itself
    /// says, `None` when the stream is not a terminal. `COLUMNS` wins over it.
    pub(crate) fn resolve(
        choice: ColorChoice,
        columns: Option<u16>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => columns.is_some() && set("NO_COLOR").is_none() && !dumb,
        };
        let width = set("COLUMNS")
            .and_then(|text| text.parse().ok())
            .or(columns.map(|width| if width == 0 { DEFAULT_WIDTH } else { width }))
            .unwrap_or(PIPE_WIDTH)
            .max(LEAST_WIDTH);
        let locale = set("LC_ALL")
            .or_else(|| set("LC_CTYPE"))
            .or_else(|| set("LANG"));
        let unicode = match locale {
            Some(locale) => {
                let locale = locale.to_ascii_lowercase();
                locale.contains("utf-8") || locale.contains("utf8")
            }
            // No locale: pipes and files are UTF-8, Windows and macOS
            // terminals too; elsewhere it means the C locale.
            None => columns.is_none() || cfg!(any(windows, target_os = "macos")),
        };
        Self {
            color,
            width,
            unicode,
        }
    }

    /// Columns of the terminal behind a stream; `None` when it is not one.
    pub(crate) fn columns_of(stream: &impl TerminalStream) -> Option<u16> {
        stream.is_terminal().then(|| stream.columns().unwrap_or(0))
    }

    /// Foreign text, safe for this terminal, on one line.
    pub(crate) fn safe<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.unicode {
            visible::line(text)
        } else {
            visible::ascii_line(text)
        }
    }

    /// `text` painted, when colours are on.
    pub(crate) fn paint<T: fmt::Display>(&self, paint: anstyle::Style, text: T) -> Painted<T> {
        Painted {
            paint: if self.color {
                paint
            } else {
                anstyle::Style::new()
            },
            text,
        }
    }

    /// Mark of a severity, one or two columns wide.
    pub(crate) const fn glyph(&self, severity: Severity) -> &'static str {
        match (severity, self.unicode) {
            (Severity::Critical, true) => "◆",
            (Severity::High, true) => "▲",
            (Severity::Medium, true) => "●",
            (Severity::Low, true) => "○",
            (Severity::Info, true) => "·",
            (Severity::Critical, false) => "#",
            (Severity::High, false) => "!",
            (Severity::Medium, false) => "*",
            (Severity::Low, false) => "-",
            (Severity::Info, false) => ".",
        }
    }

    /// What stands for text that was cut off.
    pub(crate) const fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

/// A stream that may be a terminal and know its width.
pub(crate) trait TerminalStream: std::io::IsTerminal {
    /// Columns, when known.
    fn columns(&self) -> Option<u16>;
}

#[cfg(any(unix, windows))]
macro_rules! terminal_stream {
    ($($stream:ty),+) => {$(
        impl TerminalStream for $stream {
            fn columns(&self) -> Option<u16> {
                terminal_size::terminal_size_of(self).map(|(width, _)| width.0)
            }
        }
    )+};
}
#[cfg(any(unix, windows))]
terminal_stream!(std::io::Stdout, std::io::Stderr);

/// Colour of a severity. Grey is normal; colour means act.
pub(crate) const fn severity_paint(severity: Severity) -> anstyle::Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().effects(Effects::BOLD),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => anstyle::Style::new(),
        Severity::Info => FAINT,
    }
}

/// For what matters less.
pub(crate) const FAINT: anstyle::Style = anstyle::Style::new().effects(Effects::DIMMED);
/// For headings.
pub(crate) const STRONG: anstyle::Style = anstyle::Style::new().effects(Effects::BOLD);
/// For what wants an action.
pub(crate) const WARN: anstyle::Style = AnsiColor::Yellow.on_default();

/// Text with its colour.
pub(crate) struct Painted<T> {
    paint: anstyle::Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}{}",
            self.paint.render(),
            self.text,
            self.paint.render_reset()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(choice: ColorChoice, columns: Option<u16>, set: &[(&str, &str)]) -> Style {
        Style::resolve(choice, columns, |name| {
            set.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn colours_need_a_terminal_and_no_objection() {
        assert!(resolve(ColorChoice::Auto, Some(80), &[]).color);
        assert!(resolve(ColorChoice::Auto, Some(80), &[("NO_COLOR", "")]).color);
        assert!(!resolve(ColorChoice::Auto, Some(80), &[("NO_COLOR", "1")]).color);
        assert!(!resolve(ColorChoice::Auto, Some(80), &[("TERM", "dumb")]).color);
        assert!(!resolve(ColorChoice::Auto, None, &[]).color);
        assert!(resolve(ColorChoice::Always, None, &[("NO_COLOR", "1")]).color);
        assert!(!resolve(ColorChoice::Never, Some(80), &[]).color);
    }

    #[test]
    fn width_comes_from_columns_then_terminal() {
        assert_eq!(
            resolve(ColorChoice::Auto, Some(90), &[("COLUMNS", "132")]).width,
            132
        );
        assert_eq!(
            resolve(ColorChoice::Auto, Some(90), &[("COLUMNS", "wide")]).width,
            90
        );
        assert_eq!(
            resolve(ColorChoice::Auto, Some(0), &[]).width,
            DEFAULT_WIDTH
        );
        assert_eq!(resolve(ColorChoice::Auto, Some(3), &[]).width, LEAST_WIDTH);
        assert_eq!(resolve(ColorChoice::Auto, None, &[]).width, PIPE_WIDTH);
    }

    #[test]
    fn unicode_follows_the_locale() {
        assert!(resolve(ColorChoice::Auto, Some(80), &[("LANG", "en_GB.UTF-8")]).unicode);
        assert!(resolve(ColorChoice::Auto, Some(80), &[("LANG", "C.utf8")]).unicode);
        let overruled = [("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")];
        assert!(!resolve(ColorChoice::Auto, Some(80), &overruled).unicode);
        assert!(resolve(ColorChoice::Auto, None, &[]).unicode);
    }
}
