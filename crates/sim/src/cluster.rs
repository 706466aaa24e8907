//! The servers: processes come and go, transactions get their numbers, and
//! everything worth a record is written to the journal.

use crate::entry::{Entry, Level, Origin};
use crate::error::SimError;
use crate::journal::Journal;
use crate::options::{Options, Pgaudit, StatementLogging};
use crate::process::{Identity, Port, Process};
use crate::random::Random;

/// Largest process id before the numbers begin again.
const LAST_PID: u32 = 4_194_303;
const FIRST_PID: u32 = 700;

/// One database server.
pub(crate) struct Server {
    /// Host name.
    pub(crate) name: String,
    /// The process that starts the others.
    pub(crate) postmaster: Process,
    /// The process that writes checkpoints.
    pub(crate) checkpointer: Process,
    /// Whether `pgaudit.log` is set.
    pub(crate) audit: bool,
    next_pid: u32,
    next_xid: u32,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    used: bool,
    transactions: u32,
}

/// The servers and their journal.
pub(crate) struct Cluster {
    /// The servers.
    pub(crate) servers: Vec<Server>,
    /// Where records go.
    pub(crate) journal: Journal,
    /// How pgaudit is configured.
    pub(crate) pgaudit: Option<Pgaudit>,
    /// Which statements are logged.
    pub(crate) logging: StatementLogging,
    /// Text of the record in the making.
    pub(crate) message: String,
    /// `DETAIL` of the record in the making.
    pub(crate) detail: String,
}

/// Why a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The password is wrong.
    Password,
    /// The role does not exist.
    UnknownRole,
}

impl Cluster {
    /// The servers of `options`, started a while before the log begins.
    pub(crate) fn new(options: &Options, random: &mut Random) -> Result<Self, SimError> {
        let start = options.start.as_micros();
        let servers = (0..options.servers as usize)
            .map(|index| {
                let started = start - random.micros(3_600_000_000, 20 * 86_400_000_000);
                let pid = FIRST_PID + (random.below(200) as u32);
                Server {
                    name: format!("db-{:02}", index + 1),
                    postmaster: Process::new(index, pid, started, "postmaster"),
                    checkpointer: Process::new(index, pid + 2, started, "checkpointer"),
                    audit: true,
                    next_pid: pid + 100 + (random.below(90_000) as u32),
                    next_xid: 700_000 + (random.below(90_000_000) as u32),
                    slots: vec![Slot::default(); 3],
                }
            })
            .collect();
        Ok(Self {
            servers,
            journal: Journal::new(options)?,
            pgaudit: options.pgaudit,
            logging: options.statements,
            message: String::new(),
            detail: String::new(),
        })
    }

    /// Starts a process of a server.
    pub(crate) fn spawn(
        &mut self,
        server: usize,
        time: i64,
        backend: &'static str,
        random: &mut Random,
    ) -> Process {
        let mut pid = 1;
        if let Some(server) = self.servers.get_mut(server) {
            server.next_pid += random.between(1, 7) as u32;
            if server.next_pid > LAST_PID {
                server.next_pid = FIRST_PID + 1_000;
            }
            pid = server.next_pid;
        }
        let mut process = Process::new(server, pid, time, backend);
        process.audit = self.pgaudit.is_some();
        process
    }

    /// Gives a process a backend number.
    pub(crate) fn enter(&mut self, process: &mut Process) {
        let Some(server) = self.servers.get_mut(process.server) else {
            return;
        };
        let free = server.slots.iter().skip(3).position(|slot| !slot.used);
        let index = free.map_or(server.slots.len(), |index| index + 3);
        if index == server.slots.len() {
            server.slots.push(Slot::default());
        }
        if let Some(slot) = server.slots.get_mut(index) {
            slot.used = true;
            process.slot = index as u32;
        }
    }

    /// Takes a process's backend number back.
    pub(crate) fn leave(&mut self, process: &mut Process) {
        let server = self.servers.get_mut(process.server);
        if let Some(slot) = server.and_then(|server| server.slots.get_mut(process.slot as usize)) {
            slot.used = false;
        }
        process.slot = 0;
        process.local_xid = 0;
        process.xid = 0;
    }

    /// Begins a transaction unless one is in progress.
    pub(crate) fn begin(&mut self, process: &mut Process) {
        if process.local_xid != 0 {
            return;
        }
        let server = self.servers.get_mut(process.server);
        if let Some(slot) = server.and_then(|server| server.slots.get_mut(process.slot as usize)) {
            slot.transactions = slot.transactions.wrapping_add(1).max(1);
            process.local_xid = slot.transactions;
        }
    }

    /// Gives the transaction a number, as its first write does.
    pub(crate) fn assign_xid(&mut self, process: &mut Process) {
        if process.xid == 0
            && let Some(server) = self.servers.get_mut(process.server)
        {
            server.next_xid = server.next_xid.wrapping_add(1).max(3);
            process.xid = server.next_xid;
        }
    }

    /// Ends the transaction.
    pub(crate) fn end(process: &mut Process) {
        process.local_xid = 0;
        process.xid = 0;
    }

    /// Writes one record.
    pub(crate) fn record(&mut self, process: &mut Process, entry: &Entry<'_>) {
        let name = self
            .servers
            .get(process.server)
            .map_or("db", |server| server.name.as_str());
        self.journal.write(name, process, entry);
    }

    /// Writes the record whose text is in `message`.
    pub(crate) fn record_message(&mut self, process: &mut Process, time: i64, origin: Origin) {
        let name = self
            .servers
            .get(process.server)
            .map_or("db", |server| server.name.as_str());
        self.journal
            .write(name, process, &Entry::log(time, &self.message, origin));
    }

    /// Writes one record of the postmaster.
    pub(crate) fn record_postmaster(&mut self, server: usize, entry: &Entry<'_>) {
        if let Some(server) = self.servers.get_mut(server) {
            self.journal
                .write(&server.name, &mut server.postmaster, entry);
        }
    }

    /// Writes one record of the checkpointer.
    pub(crate) fn record_checkpointer(&mut self, server: usize, entry: &Entry<'_>) {
        if let Some(server) = self.servers.get_mut(server) {
            self.journal
                .write(&server.name, &mut server.checkpointer, entry);
        }
    }

    /// Accepts a connection whose client is not yet known.
    fn receive(
        &mut self,
        server: usize,
        time: i64,
        identity: &Identity,
        label: Option<usize>,
        random: &mut Random,
    ) -> Process {
        let mut process = self.spawn(server, time, "not initialized", random);
        process.label = label;
        let number = if identity.is_local() {
            0
        } else {
            random.between(32_768, 60_999) as u16
        };
        process.port = Some(Port {
            identity: identity.clone(),
            number,
            known: false,
            ready: false,
        });
        self.message.clear();
        self.message.push_str("connection received: host=");
        self.message.push_str(&identity.host);
        push_port(&mut self.message, number);
        self.record_message(
            &mut process,
            time,
            Origin::new("BackendInitialize", "postmaster.c", 4416),
        );
        process.backend = "client backend";
        process.tag = "authentication";
        if let Some(port) = &mut process.port {
            port.known = true;
        }
        self.enter(&mut process);
        self.begin(&mut process);
        process
    }

    /// Opens a session: received, authenticated, authorized.
    pub(crate) fn open(
        &mut self,
        server: usize,
        time: i64,
        identity: &Identity,
        label: Option<usize>,
        random: &mut Random,
    ) -> Process {
        let mut process = self.receive(server, time, identity, label, random);
        let authorized = time + random.micros(900, 9_000);
        self.message.clear();
        let (method, line) = if identity.is_local() {
            ("peer", 90)
        } else {
            ("scram-sha-256", 97)
        };
        for part in [
            "connection authenticated: identity=\"",
            &identity.user,
            "\" method=",
            method,
            " (/etc/postgresql/15/main/pg_hba.conf:",
        ] {
            self.message.push_str(part);
        }
        crate::digits::decimal_text(&mut self.message, line);
        self.message.push(')');
        self.record_message(
            &mut process,
            authorized,
            Origin::new("set_authn_id", "auth.c", 358),
        );
        self.message.clear();
        for part in [
            "connection authorized: user=",
            &identity.user,
            " database=",
            &identity.database,
        ] {
            self.message.push_str(part);
        }
        if !identity.application.is_empty() {
            self.message.push_str(" application_name=");
            self.message.push_str(&identity.application);
        }
        if identity.encrypted {
            self.message.push_str(
                " SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)",
            );
        }
        self.record_message(
            &mut process,
            authorized,
            Origin::new("PerformAuthentication", "postinit.c", 296),
        );
        Self::end(&mut process);
        process.tag = "idle";
        if let Some(port) = &mut process.port {
            port.ready = true;
        }
        process
    }

    /// Refuses a connection: received, FATAL.
    pub(crate) fn refuse(
        &mut self,
        server: usize,
        time: i64,
        identity: &Identity,
        refusal: Refusal,
        label: Option<usize>,
        random: &mut Random,
    ) {
        let mut process = self.receive(server, time, identity, label, random);
        self.message.clear();
        for part in [
            "password authentication failed for user \"",
            &identity.user,
            "\"",
        ] {
            self.message.push_str(part);
        }
        self.detail.clear();
        if refusal == Refusal::UnknownRole {
            for part in ["Role \"", &identity.user, "\" does not exist.\n"] {
                self.detail.push_str(part);
            }
        }
        self.detail.push_str(
            "Connection matched pg_hba.conf line 97: \"hostssl all all 0.0.0.0/0 scram-sha-256\"",
        );
        let name = self
            .servers
            .get(server)
            .map_or("db", |server| server.name.as_str());
        let entry = Entry {
            level: Level::Fatal,
            sqlstate: "28P01",
            detail: Some(&self.detail),
            ..Entry::log(
                time + random.micros(2_000, 60_000),
                &self.message,
                Origin::new("auth_failed", "auth.c", 333),
            )
        };
        self.journal.write(name, &mut process, &entry);
        self.leave(&mut process);
    }

    /// Ends a session.
    pub(crate) fn close(&mut self, mut process: Process, time: i64) {
        let started = process.started;
        self.leave(&mut process);
        process.tag = "idle";
        process.query_id = 0;
        self.message.clear();
        self.message.push_str("disconnection: session time: ");
        push_span(&mut self.message, time - started);
        if let Some(port) = &process.port {
            for part in [
                " user=",
                &port.identity.user,
                " database=",
                &port.identity.database,
                " host=",
                &port.identity.host,
            ] {
                self.message.push_str(part);
            }
            push_port(&mut self.message, port.number);
        }
        self.record_message(
            &mut process,
            time,
            Origin::new("log_disconnections", "postgres.c", 5087),
        );
    }
}

fn push_port(out: &mut String, number: u16) {
    if number != 0 {
        out.push_str(" port=");
        crate::digits::decimal_text(out, number);
    }
}

/// Appends a span as hours, minutes, seconds and milliseconds.
fn push_span(out: &mut String, micros: i64) {
    let millis = micros.max(0).unsigned_abs() / 1_000;
    crate::digits::decimal_text(out, millis / 3_600_000);
    for (mark, part, width) in [
        (':', millis / 60_000 % 60, 2),
        (':', millis / 1_000 % 60, 2),
        ('.', millis % 1_000, 3),
    ] {
        out.push(mark);
        crate::digits::padded_text(out, part, width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_printed_as_the_server_does() {
        let mut out = String::new();
        push_span(&mut out, 16_000);
        push_span(&mut out, 100 * 3_600_000_000 + 61_234_567);
        assert_eq!(out, "0:00:00.016100:01:01.234");
    }
}
