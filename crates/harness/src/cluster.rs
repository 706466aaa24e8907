//! A throw-away PostgreSQL server: a directory of its own, a port of its own, an
//! unprivileged account, and nothing left behind. It never touches a cluster
//! that exists, nor port 5432.

use std::collections::hash_map::RandomState;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, Config, NoTls};
use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::installation::{Account, Installation, run, tail};
use crate::locale;
use crate::relay::Relay;
use crate::settings::{LogSettings, QUIET, Surroundings};

/// The superuser of every throw-away server.
pub const SUPERUSER: &str = "postgres";
/// An address from which the server accepts nobody.
pub const REJECTED_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 250);

const START_SECONDS: u64 = 60;
const START_TRIES: u32 = 3;
const STOP_SECONDS: u64 = 30;
/// The port of the default cluster, which is never ours to take.
const DEFAULT_PORT: u16 = 5432;

/// The log files of one server, the same activity in three formats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFiles {
    /// `postgresql.log`: text with the prefix.
    pub stderr: PathBuf,
    /// `postgresql.csv`.
    pub csv: PathBuf,
    /// `postgresql.json`.
    pub json: PathBuf,
}

impl LogFiles {
    /// The three files in one directory.
    #[must_use]
    pub fn in_directory(directory: &Path) -> Self {
        Self {
            stderr: directory.join("postgresql.log"),
            csv: directory.join("postgresql.csv"),
            json: directory.join("postgresql.json"),
        }
    }
}

/// A running server. Dropping it stops the server and removes its directory.
#[derive(Debug)]
pub struct Cluster {
    installation: Installation,
    account: Account,
    password: String,
    port: u16,
    locales: bool,
    server: Option<Child>,
    directory: TempDir,
}

impl Cluster {
    /// Makes a server and starts it with its logs open.
    ///
    /// # Errors
    /// What is missing, or why the server does not start.
    pub fn start(settings: &LogSettings) -> Result<Self> {
        let mut cluster = Self::create(settings)?;
        cluster.begin_logging()?;
        Ok(cluster)
    }

    /// Makes a server that logs nothing yet, so that roles and tables can be
    /// prepared unseen. [`Self::begin_logging`] puts the settings into force.
    ///
    /// # Errors
    /// What is missing, or why the server does not start.
    pub fn create(settings: &LogSettings) -> Result<Self> {
        let installation = Installation::find()?;
        let directory = tempfile::Builder::new()
            .prefix("kumki-pg-")
            .tempdir()
            .map_err(Error::io("making a temporary directory"))?;
        let account = Account::for_owner_of(directory.path())?;
        let mut cluster = Self {
            installation,
            account,
            password: random_word(),
            port: DEFAULT_PORT,
            locales: !locale::is_built_in(&settings.lc_messages),
            server: None,
            directory,
        };
        cluster.lay_out()?;
        if cluster.locales {
            locale::compile(&settings.lc_messages, &cluster.path("locale"))?;
        }
        cluster.initialise()?;
        cluster.configure(settings)?;
        cluster.launch(&QUIET, Self::answers)?;
        Ok(cluster)
    }

    /// Restarts the server with its log settings in force.
    ///
    /// # Errors
    /// Why it does not stop or start.
    pub fn begin_logging(&mut self) -> Result<()> {
        self.stop()?;
        // A connection would be the first record of the logs, so the server is
        // asked through its pid file.
        self.launch(&[], Self::says_ready)
    }

    /// Stops the server; its files stay until the cluster is dropped.
    ///
    /// # Errors
    /// When it does not stop, even when told to do so at once.
    pub fn stop(&mut self) -> Result<()> {
        if self.server.is_none() {
            return Ok(());
        }
        let stopped = self
            .pg_ctl_stop("fast")
            .or_else(|_| self.pg_ctl_stop("immediate"));
        if let Some(mut server) = self.server.take() {
            if stopped.is_err() {
                let _ = server.kill();
            }
            server.wait().map_err(Error::io("waiting for the server"))?;
        }
        stopped
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.port)
    }

    /// The process id of the server, while it runs.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// The directory that holds everything of this server.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A directory the server may write files to.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.path("scratch")
    }

    /// The log files. They are complete once the server has stopped.
    #[must_use]
    pub fn logs(&self) -> LogFiles {
        LogFiles::in_directory(&self.path("log"))
    }

    /// Host, port and a way to the server under another loopback address.
    ///
    /// # Errors
    /// When no port can be opened.
    pub fn client_from(&self, address: Ipv4Addr) -> Result<Relay> {
        Relay::start(address, self.address())
    }

    /// A connection of the superuser, straight to the server.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn superuser(&self, database: &str) -> Result<Client> {
        self.superuser_settings(database)
            .connect(NoTls)
            .map_err(Error::sql(format!("connecting to {database}")))
    }

    /// A program of this server's version, with nothing of the caller's PostgreSQL
    /// environment, ready for arguments.
    ///
    /// # Errors
    /// [`Error::MissingProgram`].
    pub fn program(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(self.installation.path(name)?);
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.path("scratch"))
            .current_dir(self.directory())
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Throws away what `ALTER SYSTEM` has written and reloads, without a statement in the logs.
    ///
    /// # Errors
    /// When the file cannot be written or the server not be signalled.
    pub fn forget_system_settings(&self) -> Result<()> {
        let file = self.path("data/postgresql.auto.conf");
        fs::write(&file, "").map_err(Error::io("postgresql.auto.conf"))?;
        self.server_program("pg_ctl").and_then(|mut command| {
            command
                .arg("reload")
                .arg("-s")
                .arg("-D")
                .arg(self.path("data"));
            run(&mut command, "pg_ctl reload").map(drop)
        })
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    fn superuser_settings(&self, database: &str) -> Config {
        let mut config = Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .user(SUPERUSER)
            .password(&self.password)
            .dbname(database)
            .connect_timeout(Duration::from_secs(10));
        config
    }

    /// A program that runs as the server's account.
    fn server_program(&self, name: &str) -> Result<Command> {
        let mut command = self.program(name)?;
        if self.locales {
            command.env("LOCPATH", self.path("locale"));
        }
        self.account.apply(&mut command);
        Ok(command)
    }

    fn lay_out(&self) -> Result<()> {
        for below in ["locale", "data", "log", "scratch", "sockets"] {
            let path = self.path(below);
            fs::create_dir(&path).map_err(Error::io(path.display().to_string()))?;
            self.account.own(&path)?;
        }
        self.account.own(self.directory())
    }

    fn initialise(&self) -> Result<()> {
        let password_file = self.path("password");
        fs::write(&password_file, &self.password).map_err(Error::io("password file"))?;
        self.account.own(&password_file)?;
        let mut command = self.server_program("initdb")?;
        command
            .args([
                "--locale=C.UTF-8",
                "--encoding=UTF8",
                "-A",
                "scram-sha-256",
                "-U",
                SUPERUSER,
            ])
            .args(["--no-sync", "--no-instructions"])
            .arg("--pwfile")
            .arg(&password_file)
            .arg("-D")
            .arg(self.path("data"));
        run(&mut command, "initdb")?;
        fs::remove_file(&password_file).map_err(Error::io("password file"))
    }

    fn configure(&self, settings: &LogSettings) -> Result<()> {
        let sockets = self.path("sockets");
        let logs = self.path("log");
        let around = Surroundings {
            sockets: &sockets,
            logs: &logs,
        };
        let text = settings.configuration(&around)?;
        append(&self.path("data/postgresql.conf"), &text)?;
        let access = format!(
            "host all all {REJECTED_ADDRESS}/32 reject\n\
             local all all scram-sha-256\n\
             host all all 127.0.0.0/8 scram-sha-256\n\
             host replication all 127.0.0.0/8 scram-sha-256\n"
        );
        fs::write(self.path("data/pg_hba.conf"), access).map_err(Error::io("pg_hba.conf"))
    }

    /// Starts the server on a free port and waits until it is ready.
    fn launch(&mut self, overrides: &[&str], is_ready: fn(&Self) -> bool) -> Result<()> {
        let mut tries = 0;
        loop {
            tries += 1;
            self.port = free_port()?;
            self.boot(overrides)?;
            match self.wait_until_ready(is_ready) {
                // Somebody may have taken the port between the look and the start.
                Err(Error::Program { .. }) if tries < START_TRIES => {}
                outcome => return outcome,
            }
        }
    }

    fn boot(&mut self, overrides: &[&str]) -> Result<()> {
        let output = self.path("server.out");
        let file = File::create(&output).map_err(Error::io("server output"))?;
        let errors = file.try_clone().map_err(Error::io("server output"))?;
        let mut command = self.server_program("postgres")?;
        command
            .arg("-D")
            .arg(self.path("data"))
            .stdout(file)
            .stderr(errors);
        command.arg("-p").arg(self.port.to_string());
        for setting in overrides {
            command.args(["-c", setting]);
        }
        self.server = Some(command.spawn().map_err(Error::io("starting postgres"))?);
        Ok(())
    }

    /// Whether the superuser can connect.
    fn answers(&self) -> bool {
        self.superuser("postgres").is_ok()
    }

    /// Whether the eighth line of the pid file says so.
    fn says_ready(&self) -> bool {
        fs::read_to_string(self.path("data/postmaster.pid")).is_ok_and(|text| {
            text.lines()
                .nth(7)
                .is_some_and(|status| status.trim() == "ready")
        })
    }

    /// Asks until the answer is yes, the server ends, or time is up.
    fn wait_until_ready(&mut self, is_ready: fn(&Self) -> bool) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS);
        while !is_ready(self) {
            let ended = match self.server.as_mut() {
                Some(server) => server
                    .try_wait()
                    .map_err(Error::io("watching the server"))?,
                None => None,
            };
            if let Some(status) = ended {
                self.server = None;
                return Err(Error::Program {
                    program: "postgres".to_owned(),
                    status: status.to_string(),
                    output: self.said(),
                });
            }
            if Instant::now() > deadline {
                return Err(Error::Timeout {
                    seconds: START_SECONDS,
                    output: self.said(),
                });
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn pg_ctl_stop(&self, mode: &str) -> Result<()> {
        let mut command = self.server_program("pg_ctl")?;
        command
            .args(["stop", "-s", "-w", "-m", mode, "-t"])
            .arg(STOP_SECONDS.to_string())
            .arg("-D")
            .arg(self.path("data"));
        run(&mut command, "pg_ctl stop").map(drop)
    }

    /// The last part of what the server wrote before its logs were open.
    fn said(&self) -> String {
        let text = fs::read(self.path("server.out")).unwrap_or_default();
        tail(&String::from_utf8_lossy(&text)).to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure; the directory goes in any case.
        let _ = self.stop();
    }
}

fn append(path: &Path, text: &str) -> Result<()> {
    let write = || -> io::Result<()> {
        File::options()
            .append(true)
            .open(path)?
            .write_all(text.as_bytes())
    };
    write().map_err(Error::io(path.display().to_string()))
}

/// A port nobody listens on now. The server fails to start if somebody takes it first.
fn free_port() -> Result<u16> {
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(Error::io("looking for a free port"))?
            .port();
        if port != DEFAULT_PORT {
            return Ok(port);
        }
    }
}

/// A password nobody else knows. It guards a loopback server of some seconds' life.
fn random_word() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}
