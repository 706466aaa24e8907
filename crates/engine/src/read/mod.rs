//! Inputs in, prepared records out, in the order of event time.

mod batch;
mod merge;
mod progress;
mod stream;

pub use batch::{Judged, Prepared};
pub use merge::{MergeError, MergeErrorKind, Merged, Reading};
pub use progress::Progress;
