//! A process of the server: who is behind it, and the counters that its log
//! records carry.

use std::sync::Arc;

use crate::digits::{decimal_text, hexadecimal};

/// Who connects, from where, to what.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Role.
    pub(crate) user: Arc<str>,
    /// Database.
    pub(crate) database: Arc<str>,
    /// Application name.
    pub(crate) application: Arc<str>,
    /// Address, or `[local]` for a Unix socket.
    pub(crate) host: Arc<str>,
    /// Whether the connection is encrypted.
    pub(crate) encrypted: bool,
}

impl Identity {
    /// An identity from its parts, encrypted when it comes over the network.
    pub(crate) fn new(user: &str, database: &str, application: &str, host: &str) -> Self {
        Self {
            user: user.into(),
            database: database.into(),
            application: application.into(),
            host: host.into(),
            encrypted: host != LOCAL,
        }
    }

    /// Whether the connection comes over a Unix socket.
    pub(crate) fn is_local(&self) -> bool {
        &*self.host == LOCAL
    }
}

/// What the server prints for a Unix socket.
pub(crate) const LOCAL: &str = "[local]";

/// The connection of a client backend.
#[derive(Debug, Clone)]
pub(crate) struct Port {
    /// Who is at the other end.
    pub(crate) identity: Identity,
    /// Client port; 0 for a Unix socket.
    pub(crate) number: u16,
    /// Whether the startup packet was read: user and database are known.
    pub(crate) known: bool,
    /// Whether the session began: the application name is known.
    pub(crate) ready: bool,
}

/// A process of the server.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    /// Index of its server.
    pub(crate) server: usize,
    /// Process id.
    pub(crate) pid: u32,
    /// When it started, in microseconds since the epoch.
    pub(crate) started: i64,
    /// `%c`: start and pid in hexadecimal.
    pub(crate) session: String,
    /// Backend type.
    pub(crate) backend: &'static str,
    /// Its connection; absent for background processes.
    pub(crate) port: Option<Port>,
    /// What `ps` shows: a command tag.
    pub(crate) tag: &'static str,
    /// Backend number of the virtual transaction id; 0 when it has none.
    pub(crate) slot: u32,
    /// Local transaction number; 0 between transactions.
    pub(crate) local_xid: u32,
    /// Transaction id; 0 before the first write.
    pub(crate) xid: u32,
    /// Query id of the statement in progress.
    pub(crate) query_id: i64,
    /// Records written so far, as csvlog and jsonlog count.
    pub(crate) line: u64,
    /// Lines with a prefix written so far, as stderr and syslog count.
    pub(crate) prefixed: u64,
    /// Records handed to syslog so far.
    pub(crate) sequence: u64,
    /// pgaudit statements so far.
    pub(crate) audited: u64,
    /// Whether this session is audited.
    pub(crate) audit: bool,
    /// Attack it belongs to.
    pub(crate) label: Option<usize>,
    /// Whether its records are removed from the log.
    pub(crate) removed: bool,
}

impl Process {
    /// A process of `server` that starts now.
    pub(crate) fn new(server: usize, pid: u32, started: i64, backend: &'static str) -> Self {
        let mut session = String::with_capacity(16);
        let seconds = started.div_euclid(1_000_000).unsigned_abs();
        hexadecimal(&mut session, seconds, hex_width(seconds));
        session.push('.');
        hexadecimal(&mut session, u64::from(pid), hex_width(u64::from(pid)));
        Self {
            server,
            pid,
            started,
            session,
            backend,
            port: None,
            tag: "",
            slot: 0,
            local_xid: 0,
            xid: 0,
            query_id: 0,
            line: 0,
            prefixed: 0,
            sequence: 0,
            audited: 0,
            audit: true,
            label: None,
            removed: false,
        }
    }

    /// Appends the virtual transaction id, nothing when there is none.
    pub(crate) fn virtual_xid(&self, out: &mut String) {
        if self.slot != 0 {
            decimal_text(out, self.slot);
            out.push('/');
            decimal_text(out, self.local_xid);
        }
    }

    /// User and database, once the startup packet was read.
    pub(crate) fn known(&self) -> Option<&Identity> {
        self.port
            .as_ref()
            .filter(|port| port.known)
            .map(|port| &port.identity)
    }

    /// Application name, once the session began; empty before and elsewhere.
    pub(crate) fn application(&self) -> &str {
        match &self.port {
            Some(port) if port.ready => &port.identity.application,
            _ => "",
        }
    }
}

fn hex_width(value: u64) -> u32 {
    (67 - (value | 1).leading_zeros()) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_id_is_start_and_pid_in_hexadecimal() {
        let process = Process::new(0, 15_651, 1_795_199_113_286_000, "client backend");
        assert_eq!(process.session, "6b009089.3d23");
    }

    #[test]
    fn session_id_has_no_leading_zeros() {
        assert_eq!(Process::new(0, 16, 1_000_000, "x").session, "1.10");
        assert_eq!(Process::new(0, 0, 0, "x").session, "0.0");
    }
}
