//! The words every part of kumki speaks.
//!
//! A log is read into [`Record`]s (one per log record, as written), records are
//! attributed to sessions and folded into [`Event`]s (one per thing that
//! happened), rules and detectors turn events into [`Finding`]s.
//!
//! This crate holds data and its renderings only. It decides nothing, does no
//! I/O and reads no clock.

pub mod event;
pub mod finding;
pub mod record;
pub mod session;
pub mod severity;
pub mod shape;
pub mod text;
pub mod time;

pub use event::{Event, EventKind, Statement};
pub use finding::{EntityRef, Evidence, Finding, FindingId, Reason, RuleRef, Status, Tier, Window};
pub use record::{
    Ambiguity, Audit, AuditKind, AuthFailure, Body, Location, Phase, Record, SourceId,
};
pub use session::{ContextId, SessionContext};
pub use severity::{LogLevel, Severity, SqlState};
pub use shape::{Relation, Setting, Shape, ShapeId, Sign, Signs};
pub use text::{Secret, Sql};
pub use time::{Clock, Timestamp};
