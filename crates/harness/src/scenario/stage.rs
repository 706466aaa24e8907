//! Where a scenario plays: its way to the server, under its own address.

use std::fs;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use postgres::config::SslMode;
use postgres::{Client, Config, NoTls};

use super::session::{Session, check_refusal};
use super::{PASSWORD, Scenario};
use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::installation::run;
use crate::relay::Relay;

/// What a running scenario has in hand.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    cluster: &'a Cluster,
    scenario: &'a Scenario,
    relay: Relay,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(cluster: &'a Cluster, scenario: &'a Scenario) -> Result<Self> {
        let relay = cluster.client_from(scenario.address())?;
        Ok(Self {
            cluster,
            scenario,
            relay,
        })
    }

    /// Undoes every `ALTER SYSTEM`, and waits until the server has reloaded. It
    /// logs the signal's name in every language.
    pub(crate) fn restore_settings(&self) -> Result<()> {
        const SIGNAL: &str = "SIGHUP";
        const SECONDS: u64 = 30;
        let log = self.cluster.logs().json;
        let mentions =
            || fs::read(&log).map(|text| String::from_utf8_lossy(&text).matches(SIGNAL).count());
        let before = mentions().map_err(Error::io("reading the log"))?;
        self.cluster.forget_system_settings()?;
        let deadline = Instant::now() + Duration::from_secs(SECONDS);
        while mentions().map_err(Error::io("reading the log"))? == before {
            if Instant::now() > deadline {
                let output = "the configuration was not reloaded".to_owned();
                return Err(Error::Timeout {
                    seconds: SECONDS,
                    output,
                });
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The port through which the server sees the scenario's address.
    pub(crate) fn port(&self) -> u16 {
        self.relay.port()
    }

    /// The database the scenario works in.
    pub(crate) fn database(&self) -> String {
        self.scenario.database()
    }

    /// A file the server may write.
    pub(crate) fn scratch_file(&self, name: &str) -> String {
        self.cluster.scratch().join(name).display().to_string()
    }

    /// Waits until the server has logged the end of every session.
    pub(crate) fn drain(&self) {
        self.relay.drain();
    }

    /// Connects as the scenario's role to its database.
    pub(crate) fn connect(&self) -> Result<Session> {
        self.connect_as(self.scenario.role)
    }

    /// Connects as another role of the scenario.
    pub(crate) fn connect_as(&self, role: &str) -> Result<Session> {
        self.connect_named(role, self.scenario.application)
    }

    /// Connects under another application name.
    pub(crate) fn connect_named(&self, role: &str, application: &str) -> Result<Session> {
        let mut config = self.settings(role, PASSWORD, &self.scenario.database());
        config.application_name(application);
        config
            .connect(NoTls)
            .map(Session::new)
            .map_err(Error::sql(format!(
                "{role} connecting from {}",
                self.relay.address()
            )))
    }

    /// One attempt that the server must refuse with this SQLSTATE.
    pub(crate) fn refused(
        &self,
        sqlstate: &str,
        role: &str,
        password: &str,
        database: &str,
    ) -> Result<()> {
        let outcome = self.settings(role, password, database).connect(NoTls);
        check_refusal(
            sqlstate,
            outcome.map(drop),
            &format!("{role} logging in to {database}"),
        )
    }

    /// One attempt from another address that the server must refuse with this SQLSTATE.
    pub(crate) fn refused_from(&self, from: Ipv4Addr, sqlstate: &str, role: &str) -> Result<()> {
        let relay = self.cluster.client_from(from)?;
        let mut config = settings(relay.port(), role, PASSWORD, &self.scenario.database());
        let outcome = config
            .application_name(self.scenario.application)
            .connect(NoTls);
        check_refusal(
            sqlstate,
            outcome.map(drop),
            &format!("{role} coming from {from}"),
        )?;
        relay.drain();
        Ok(())
    }

    /// An attempt as it comes: whether the server let the client in.
    pub(crate) fn attempt(&self) -> std::result::Result<Client, postgres::Error> {
        self.settings(self.scenario.role, PASSWORD, &self.scenario.database())
            .connect(NoTls)
    }

    /// A client program that connects as the scenario's role, ready for arguments.
    pub(crate) fn program(&self, name: &str) -> Result<Command> {
        let mut command = self.cluster.program(name)?;
        command
            .env("PGHOST", self.relay.host())
            .env("PGPORT", self.relay.port().to_string())
            .env("PGUSER", self.scenario.role)
            .env("PGPASSWORD", PASSWORD)
            .env("PGDATABASE", self.scenario.database())
            .env("PGSSLMODE", "disable")
            .env("PGGSSENCMODE", "disable");
        Ok(command)
    }

    /// Runs a client program to its end.
    pub(crate) fn execute(&self, name: &str, arguments: &[&str]) -> Result<String> {
        run(self.program(name)?.args(arguments), name)
    }

    /// Runs psql with a script on its standard input, as a person would type it.
    pub(crate) fn psql(&self, script: &str) -> Result<String> {
        use std::io::Write;
        let mut input = tempfile::tempfile().map_err(Error::io("psql script"))?;
        input
            .write_all(script.as_bytes())
            .and_then(|()| std::io::Seek::rewind(&mut input))
            .map_err(Error::io("psql script"))?;
        let mut command = self.program("psql")?;
        command
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1"])
            .stdin(Stdio::from(input));
        run(&mut command, "psql")
    }

    fn settings(&self, role: &str, password: &str, database: &str) -> Config {
        let mut config = settings(self.relay.port(), role, password, database);
        config.application_name(self.scenario.application);
        config
    }
}

fn settings(port: u16, role: &str, password: &str, database: &str) -> Config {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user(role)
        .password(password)
        .dbname(database)
        .ssl_mode(SslMode::Disable)
        .connect_timeout(Duration::from_secs(20));
    config
}
