//! One log record as it was written, before it is joined to its session.
//!
//! Texts borrow from the block of input they were read from. Whatever the
//! format and language of the log, equal activity gives equal records, apart
//! from fields a format does not carry.

use serde::Serialize;

use crate::severity::{LogLevel, SqlState};
use crate::text::Sql;
use crate::time::Timestamp;

/// Which input a record came from: an index into the run's list of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SourceId(pub u32);

/// Where in its input a record starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Location {
    /// The input.
    pub source: SourceId,
    /// Line number in the (decompressed) input, from 1.
    pub line: u64,
    /// Byte offset in the (decompressed) input, from 0.
    pub offset: u64,
}

/// Fields of a record that could have been forged by the client, because the
/// text around them can be read in more than one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Ambiguity(u8);

impl Ambiguity {
    /// Nothing is in doubt.
    pub const NONE: Self = Self(0);
    /// The user or database read from the prefix is in doubt.
    pub const IDENTITY: Self = Self(1);
    /// The client address read from the prefix is in doubt.
    pub const CLIENT: Self = Self(2);
    /// Where the prefix ends and the message begins is in doubt.
    pub const MESSAGE: Self = Self(4);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every doubt of `other` is among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether anything is in doubt.
    pub const fn any(self) -> bool {
        self.0 != 0
    }
}

/// One log record.
#[derive(Debug, Clone)]
pub struct Record<'a> {
    /// Event time from the record itself.
    pub time: Timestamp,
    /// Level in PostgreSQL's English words.
    pub level: LogLevel,
    /// SQLSTATE, `00000` when the format does not carry one.
    pub sqlstate: SqlState,
    /// Process id of the backend (`%p`).
    pub pid: Option<u32>,
    /// Session id (`%c`, hexadecimal start time and pid).
    pub session_id: Option<&'a str>,
    /// Per-session record number (`%l`), from 1.
    pub line_num: Option<u64>,
    /// When the session started (`%s`), where the format carries it.
    pub session_start: Option<Timestamp>,
    /// Session user (`%u`); empty and `[unknown]` are absent.
    pub user: Option<&'a str>,
    /// Database (`%d`).
    pub database: Option<&'a str>,
    /// Application name (`%a`), chosen by the client.
    pub application: Option<&'a str>,
    /// Client address or host name (`%h`); `[local]` for a Unix socket.
    pub client: Option<&'a str>,
    /// Client port (`%r`).
    pub client_port: Option<u16>,
    /// Backend type (`%b`), for example `client backend`.
    pub backend_type: Option<&'a str>,
    /// Command tag (`%i`), for example `SELECT` or `authentication`.
    pub command_tag: Option<&'a str>,
    /// Virtual transaction id (`%v`).
    pub vxid: Option<&'a str>,
    /// Transaction id (`%x`), absent when 0.
    pub xid: Option<u64>,
    /// Query id (`%Q`), absent when 0.
    pub query_id: Option<i64>,
    /// The server the record is about, where the log says so.
    pub server: Option<&'a str>,
    /// What the record says, classified.
    pub body: Body<'a>,
    /// The primary message as written, passwords masked.
    pub message: &'a str,
    /// `DETAIL`.
    pub detail: Option<&'a str>,
    /// `HINT`.
    pub hint: Option<&'a str>,
    /// `CONTEXT`.
    pub context: Option<&'a str>,
    /// `STATEMENT`: the SQL that was running when the record was written.
    pub statement: Option<Sql<'a>>,
    /// What the client could have forged.
    pub ambiguous: Ambiguity,
    /// Where the record starts.
    pub location: Location,
}

impl<'a> Record<'a> {
    /// A record at `time` that says `message` and nothing else.
    pub fn new(time: Timestamp, message: &'a str) -> Self {
        Self {
            time,
            level: LogLevel::Log,
            sqlstate: SqlState::SUCCESS,
            pid: None,
            session_id: None,
            line_num: None,
            session_start: None,
            user: None,
            database: None,
            application: None,
            client: None,
            client_port: None,
            backend_type: None,
            command_tag: None,
            vxid: None,
            xid: None,
            query_id: None,
            server: None,
            body: Body::Message,
            message,
            detail: None,
            hint: None,
            context: None,
            statement: None,
            ambiguous: Ambiguity::NONE,
            location: Location::default(),
        }
    }
}

/// What a record says. The variants are told apart by structure, SQLSTATE and
/// the server's message catalogue, so that every language gives the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Body<'a> {
    /// A pgaudit row, or a cloud's rendering of one.
    Audit(Audit<'a>),
    /// `statement: …`, `execute …: …` and their `duration: … ms` forms.
    Statement {
        /// The SQL.
        text: Sql<'a>,
        /// Which step of the protocol was logged.
        phase: Phase,
        /// Name of the prepared statement, absent when unnamed.
        name: Option<&'a str>,
        /// Duration in microseconds, when logged.
        duration_us: Option<u64>,
    },
    /// `duration: … ms` alone, about the statement before it in the session.
    Duration {
        /// Duration in microseconds.
        duration_us: u64,
    },
    /// `connection received`.
    ConnectionReceived {
        /// Address or host name, `[local]` for a Unix socket.
        host: &'a str,
        /// Client port.
        port: Option<u16>,
    },
    /// `connection authenticated` (14 and later).
    ConnectionAuthenticated {
        /// The name the authentication method proved.
        identity: &'a str,
        /// The method, for example `scram-sha-256`.
        method: &'a str,
    },
    /// `connection authorized`.
    ConnectionAuthorized {
        /// Session user.
        user: &'a str,
        /// Database; absent for physical replication.
        database: Option<&'a str>,
        /// Application name.
        application: Option<&'a str>,
        /// Whether the connection is encrypted (TLS or GSS).
        encrypted: bool,
        /// Whether it is a replication connection.
        replication: bool,
    },
    /// A connection that was refused before it could run anything.
    AuthenticationFailed {
        /// Why.
        cause: AuthFailure,
        /// Role that was asked for.
        user: Option<&'a str>,
        /// Database that was asked for.
        database: Option<&'a str>,
        /// Client address, where the message itself carries it.
        host: Option<&'a str>,
    },
    /// `disconnection`.
    Disconnection {
        /// Length of the session in microseconds.
        duration_us: u64,
        /// Session user.
        user: Option<&'a str>,
        /// Database.
        database: Option<&'a str>,
        /// Client address.
        host: Option<&'a str>,
        /// Client port.
        port: Option<u16>,
    },
    /// `received SIGHUP, reloading configuration files`.
    ConfigReloaded,
    /// `parameter "…" changed to "…"` and `parameter "…" removed from …, reset to default`.
    ParameterChanged {
        /// Name of the setting.
        name: &'a str,
        /// New value; absent when it was reset to its default.
        value: Option<&'a str>,
    },
    /// The server accepts connections.
    ServerStarted,
    /// The server was shut down in order.
    ServerStopped,
    /// A backend crashed or the server recovers from a crash.
    ServerCrashed,
    /// Anything else: `message`, `level` and `sqlstate` say it.
    Message,
}

/// Which step of the query protocol a statement record logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Simple query, or the statement as a whole.
    Simple,
    /// `parse` of the extended protocol.
    Parse,
    /// `bind` of the extended protocol.
    Bind,
    /// `execute` of the extended protocol.
    Execute,
    /// `execute fetch from`: more rows of a portal that ran before.
    Fetch,
}

/// Why a connection was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthFailure {
    /// Wrong password, or no password set.
    Password,
    /// Another method failed: peer, ident, GSSAPI, LDAP, RADIUS, certificate, PAM.
    Method,
    /// The role does not exist.
    UnknownRole,
    /// The role may not log in.
    RoleCannotLogin,
    /// No line of `pg_hba.conf` fits, or one rejects.
    HostRejected,
    /// The database does not exist.
    UnknownDatabase,
    /// The role lacks `CONNECT` on the database.
    DatabaseDenied,
    /// Connection limit of role, database or server.
    TooManyConnections,
    /// Refused with class 28 for a reason that is none of these.
    Other,
}

impl AuthFailure {
    /// The word used on every surface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Method => "method",
            Self::UnknownRole => "unknown_role",
            Self::RoleCannotLogin => "role_cannot_login",
            Self::HostRejected => "host_rejected",
            Self::UnknownDatabase => "unknown_database",
            Self::DatabaseDenied => "database_denied",
            Self::TooManyConnections => "too_many_connections",
            Self::Other => "other",
        }
    }
}

/// A pgaudit row: `AUDIT: TYPE,STMT,SUBSTMT,CLASS,COMMAND,OBJ_TYPE,OBJ_NAME,SQL,PARAMETER[,ROWS]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit<'a> {
    /// Session or object auditing.
    pub kind: AuditKind,
    /// Statement number within the session.
    pub statement_id: u64,
    /// Number within the statement, for nested statements and several objects.
    pub substatement_id: u64,
    /// `READ`, `WRITE`, `FUNCTION`, `ROLE`, `DDL`, `MISC` or `MISC_SET`.
    pub class: &'a str,
    /// Command tag, for example `CREATE TABLE`.
    pub command: &'a str,
    /// Object type, for example `TABLE`.
    pub object_type: Option<&'a str>,
    /// Qualified object name.
    pub object_name: Option<&'a str>,
    /// The SQL; absent when it is `<not logged>`, `<previously logged>` or empty.
    pub text: Option<Sql<'a>>,
    /// Whether the SQL stands in an earlier row of the same statement.
    pub previously_logged: bool,
    /// Parameters as written; absent when there are none or they are not logged.
    pub parameters: Option<&'a str>,
    /// Rows returned or changed (`pgaudit.log_rows`).
    pub rows: Option<u64>,
}

/// How pgaudit came to log a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AuditKind {
    /// `pgaudit.log` names the statement's class.
    Session,
    /// `pgaudit.role` holds a privilege on the object.
    Object,
}
