//! Progress of a scan on a terminal's standard error: share done, records and
//! bytes per second, time left. Hidden when standard error is not a terminal, so
//! callers need not care.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{Style, figures};

/// Redraws per second.
const REDRAWS: u8 = 8;
/// Columns from which on the bar itself is shown.
const WIDE: u16 = 70;

/// A progress bar. Cloning gives another handle to the same bar; all methods
/// may be called from any thread.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    records: Arc<AtomicU64>,
    style: Style,
}

impl Progress {
    /// A bar on standard error.
    ///
    /// `total_bytes` is the size of all inputs as they lie on disk, `None` when
    /// one of them has no known size (then there is neither share nor time
    /// left). `shown` is whether standard error is a terminal and nobody asked
    /// for quiet.
    pub(crate) fn new(total_bytes: Option<u64>, style: Style, shown: bool) -> Self {
        let target = if shown {
            ProgressDrawTarget::stderr_with_hz(REDRAWS)
        } else {
            ProgressDrawTarget::hidden()
        };
        Self::on(target, total_bytes, style)
    }

    fn on(target: ProgressDrawTarget, total_bytes: Option<u64>, style: Style) -> Self {
        let records = Arc::new(AtomicU64::new(0));
        let bar = ProgressBar::with_draw_target(total_bytes, target);
        bar.set_style(layout(total_bytes.is_some(), style, Arc::clone(&records)));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self {
            bar,
            records,
            style,
        }
    }

    /// `bytes` more were read from disk, and `records` more records from them.
    pub(crate) fn advance(&self, bytes: u64, records: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
        self.bar.inc(bytes);
    }

    /// Names what is being read.
    pub(crate) fn reading(&self, path: &str) {
        self.bar.set_message(self.style.safe(path).into_owned());
    }

    /// Takes the bar off the terminal.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn layout(sized: bool, style: Style, records: Arc<AtomicU64>) -> ProgressStyle {
    let template = match (sized, style.width >= WIDE) {
        (true, true) => "{percent:>3} % {bar:24} {rate}, {left} left  {wide_msg}",
        (true, false) => "{percent:>3} % {rate}, {left} left",
        (false, true) => "{done} read, {rate}  {wide_msg}",
        (false, false) => "{done} read, {rate}",
    };
    // The templates are ours; should one be wrong, the plain bar still works.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars(if style.unicode { "━╸─" } else { "=> " })
        .with_key(
            "rate",
            move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = out.write_str(&rate(
                    records.load(Ordering::Relaxed),
                    state.pos(),
                    state.elapsed(),
                ));
            },
        )
        .with_key(
            "done",
            |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = out.write_str(&figures::bytes(state.pos()));
            },
        )
        .with_key(
            "left",
            |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let seconds = i64::try_from(state.eta().as_secs()).unwrap_or(i64::MAX / 1_000_000);
                let shown = seconds.clamp(1, 1_000_000_000);
                let _ = out.write_str(&figures::duration(shown * 1_000_000));
            },
        )
}

/// `1,023,000 records/s, 412 MB/s` over the time since the start.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded positive rates; the cast saturates"
)]
fn rate(records: u64, bytes: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let per_second = |number: u64| (number as f64 / seconds) as u64;
    // Three digits: the rest would only flicker.
    let steady = |number: u64| {
        let unit = 10_u64.pow(number.checked_ilog10().unwrap_or(0).saturating_sub(2));
        number / unit * unit
    };
    let records = figures::count(steady(per_second(records)));
    format!(
        "{records} records/s, {}/s",
        figures::bytes(per_second(bytes))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::{InMemoryTerm, TermLike};

    #[test]
    fn rates_are_steady_and_never_divide_by_zero() {
        assert_eq!(
            rate(2_469_134, 900_000_000, Duration::from_secs(2)),
            "1,230,000 records/s, 450 MB/s"
        );
        assert_eq!(rate(0, 0, Duration::ZERO), "0 records/s, 0 B/s");
        assert!(rate(u64::MAX, u64::MAX, Duration::ZERO).ends_with("/s"));
    }

    #[test]
    fn shows_share_rate_and_a_harmless_path() {
        let terminal = InMemoryTerm::new(10, 120);
        let style = Style {
            color: false,
            width: 120,
            unicode: true,
        };
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let progress = Progress::on(target, Some(1_000_000), style);
        progress.reading("evil\x1b[31m.log");
        progress.advance(420_000, 1000);
        progress.bar.force_draw();
        let shown = terminal.contents();
        assert!(shown.contains(" 42 %"), "{shown}");
        assert!(shown.contains("records/s"), "{shown}");
        assert!(shown.contains(" left"), "{shown}");
        assert!(shown.contains("evil\\x1b[31m.log"), "{shown}");
        progress.finish();
        assert_eq!(terminal.contents(), "");
        assert_eq!(terminal.width(), 120);
    }
}
