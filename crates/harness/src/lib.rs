//! Real PostgreSQL for tests: throw-away servers with pgaudit, and labelled
//! scenarios, attacks and ordinary work, that run against them.
//!
//! Goes in: how the server shall log and which scenarios shall run. Comes out: its
//! logs in three formats and, for every scenario, who did it, from where and when.
//! Nothing here decides what is an anomaly, and nothing reads the logs.
//!
//! ```no_run
//! use kumki_harness::{Options, run_all};
//!
//! let run = run_all(&Options::default())?;
//! for label in &run.labels {
//!     println!("{} by {:?} from {}", label.slug, label.roles, label.address);
//! }
//! println!("{}", run.logs.csv.display());
//! # Ok::<(), kumki_harness::Error>(())
//! ```
//!
//! The server is Debian's PostgreSQL 15 with pgaudit; another one is named by the
//! environment variable `KUMKI_PG_BIN`. When it is missing, the error says what to
//! install. A process of root runs the server as `postgres` or `nobody`.

pub mod cluster;
mod error;
pub mod installation;
mod locale;
mod preparation;
pub mod relay;
pub mod run;
pub mod scenario;
pub mod settings;

pub use cluster::{Cluster, LogFiles, SUPERUSER};
pub use error::{Error, INSTALL_HINT, Result};
pub use relay::Relay;
pub use run::{Label, Options, RunOutput, Selection, run_all, write_labels};
pub use scenario::{Nature, Scenario};
pub use settings::{LogSettings, LogStatement, PREFIX_DEBIAN, PREFIX_REFERENCE, Verbosity};
