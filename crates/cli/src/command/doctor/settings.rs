//! What a server says of its own configuration.

use std::collections::BTreeMap;

/// A setting that holds only for a role or a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Override {
    /// Role, absent when it holds for all.
    pub(super) role: Option<String>,
    /// Database, absent when it holds for all.
    pub(super) database: Option<String>,
    pub(super) name: String,
    pub(super) value: String,
}

/// Who runs the server, told from the settings only that provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    /// `ALTER SYSTEM` works.
    OwnServer,
    /// Parameter groups of Amazon RDS or Aurora.
    Amazon,
    /// Server parameters of Azure Database for PostgreSQL.
    Azure,
    /// Database flags of Cloud SQL or AlloyDB.
    Google,
}

/// The configuration of a server.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    /// `server_version_num`, for example 150018.
    pub(super) version: u32,
    pub(super) values: BTreeMap<String, String>,
    /// Settings that wait for a restart.
    pub(super) pending_restart: Vec<String>,
    pub(super) overrides: Vec<Override>,
    /// Whether pgaudit may be installed from this server's packages.
    pub(super) pgaudit_available: bool,
    /// Whether the connected role may see every setting.
    pub(super) sees_everything: bool,
}

impl Settings {
    /// The value of a setting, empty when the server has none of that name.
    pub(super) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), "on" | "true" | "yes" | "1")
    }

    /// Elements of a list setting, lower case.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.get(name)
            .split(',')
            .map(|item| item.trim().trim_matches('"').to_ascii_lowercase())
            .filter(|item| !item.is_empty())
            .collect()
    }

    pub(super) fn provider(&self) -> Provider {
        let has = |prefix: &str| self.values.keys().any(|name| name.starts_with(prefix));
        if has("rds.") {
            Provider::Amazon
        } else if has("azure.") {
            Provider::Azure
        } else if has("cloudsql.") || has("alloydb.") {
            Provider::Google
        } else {
            Provider::OwnServer
        }
    }
}
