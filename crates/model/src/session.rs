//! Who is behind a record: the session, joined from all its records.

use serde::Serialize;

use crate::time::Timestamp;

/// Identity of a combination of server, user, role, database, client and
/// application within one run. Equal combinations share an id, so an outcome
/// that depends only on them can be remembered by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ContextId(pub u32);

/// What is known of a session at one moment.
///
/// Absent fields are unknown; they are never filled with a placeholder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SessionContext {
    /// Identity of everything below but `id`, `pid`, `client_port` and `started`.
    #[serde(skip)]
    pub context: ContextId,
    /// Session id: `%c` where the log carries it, otherwise made from the pid
    /// and the first record seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Process id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Server, where the log names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The user who logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The role in force after `SET ROLE` or `SET SESSION AUTHORIZATION`, when
    /// it is not `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Client address or host name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Client port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_port: Option<u16>,
    /// Application name, chosen by the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Backend type, for example `client backend`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_type: Option<String>,
    /// Whether the connection is encrypted, where the log says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// When the session started, or was first seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
}
