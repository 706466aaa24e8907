//! Tier 1 of detection: Sigma rules and correlations over log events.
//!
//! Comes in: rule files (YAML, plain Sigma plus one key) and events. Goes out:
//! findings with reasons and evidence. The crate does no I/O, reads no clock
//! and runs synchronously; the same events give the same findings, whether
//! they are watched live or read back years later.
//!
//! - [`load()`] turns texts into a [`RuleSet`] or says, with line and column,
//!   everything that is wrong with them.
//! - A [`Detector`] runs a set over a stream of events.
//! - [`run_tests`] runs the tests rules carry, [`lint()`] judges their style,
//!   [`explain`](RuleSet::explain) says why an event matched or nearly did.
//!
//! The format of rule files is documented in `docs/reference/rule-format.md`.

mod correlation;
mod detect;
mod error;
mod explain;
mod field;
mod finding;
mod lint;
mod load;
mod pack;
mod rule;
mod sample;
mod template;
mod testing;
mod view;

pub use correlation::Quota;
pub use detect::{Counters, Detector, Memory, Offsets, Options, SourceNames};
pub use error::{Error, RuleError, RuleErrors};
pub use explain::{Closeness, Obstacle, Progress, RuleExplanation};
pub use field::Field;
pub use lint::{Lint, LintSeverity, lint};
pub use load::{LOCAL_PACK, RuleSource, load};
pub use pack::{pack, packs};
pub use rule::{RuleInfo, RuleSet, RuleType};
pub use sample::{EventBuilder, OwnedEvent, RuleTest, SampleEvent};
pub use template::template;
pub use testing::{TestReport, TestResult, run_tests};
pub use view::EventView;
