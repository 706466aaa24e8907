//! Reads a server's settings over a connection.

use anyhow::{Context, Result};
use postgres::{Client, Config};

use super::settings::{Override, Settings};
use crate::command::tls::{self, Verification};

const SETTINGS: &str = "SELECT name, coalesce(setting, '') , pending_restart FROM pg_settings";
const OVERRIDES: &str = "\
SELECT r.rolname::text, d.datname::text, split_part(c, '=', 1), substr(c, strpos(c, '=') + 1) \
FROM pg_db_role_setting s \
LEFT JOIN pg_roles r ON r.oid = s.setrole \
LEFT JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c \
ORDER BY 1, 2, 3";
const RIGHTS: &str = "\
SELECT pg_has_role(current_user, 'pg_read_all_settings', 'USAGE'), \
EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pgaudit'), \
current_setting('server_version_num')::int";

/// Connects and reads. The session is read-only.
pub(super) fn read(url: &str, verification: Verification) -> Result<Settings> {
    let mut config: Config = url
        .parse()
        .context("the connection string cannot be read; write postgres://user@host/database")?;
    if config.get_password().is_none()
        && let Ok(password) = std::env::var("PGPASSWORD")
    {
        config.password(password);
    }
    config.application_name("kumki doctor");
    config.connect_timeout(std::time::Duration::from_secs(10));
    let mut client: Client = tls::connect(&config, verification).context("cannot connect")?;
    client.batch_execute("SET default_transaction_read_only = on")?;
    let mut settings = Settings::default();
    for row in client.query(SETTINGS, &[])? {
        let (name, value): (String, String) = (row.get(0), row.get(1));
        if row.get(2) {
            settings.pending_restart.push(name.clone());
        }
        settings.values.insert(name, value);
    }
    for row in client.query(OVERRIDES, &[])? {
        settings.overrides.push(Override {
            role: row.get(0),
            database: row.get(1),
            name: row.get(2),
            value: row.get(3),
        });
    }
    let rights = client.query_one(RIGHTS, &[])?;
    settings.sees_everything = rights.get(0);
    settings.pgaudit_available = rights.get(1);
    settings.version = rights.get::<_, i32>(2).unsigned_abs();
    Ok(settings)
}
