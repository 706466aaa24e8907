//! Roles, rights, settings and guards.

use kumki_model::{Setting, Sign};
use kumki_sql::shape;

use crate::support::{gives, harmless, spares};

#[test]
fn roles_and_grants() {
    gives(
        Sign::SuperuserGrant,
        &[
            "CREATE ROLE a SUPERUSER",
            "ALTER USER a WITH SUPERUSER",
            "GRANT postgres TO a",
            "DO $$ BEGIN EXECUTE 'ALTER ROLE a SUPERUSER'; END $$",
        ],
    );
    spares(
        Sign::SuperuserGrant,
        &[
            "ALTER ROLE a NOSUPERUSER",
            "CREATE ROLE superuser_like LOGIN",
            "REVOKE postgres FROM a",
        ],
    );
    gives(
        Sign::PrivilegedAttribute,
        &[
            "CREATE USER a CREATEROLE",
            "ALTER ROLE a REPLICATION",
            "ALTER ROLE a BYPASSRLS",
        ],
    );
    spares(
        Sign::PrivilegedAttribute,
        &[
            "ALTER ROLE a NOCREATEROLE NOREPLICATION NOBYPASSRLS",
            "CREATE ROLE a CREATEDB",
        ],
    );
    gives(
        Sign::PredefinedRoleGrant,
        &[
            "GRANT pg_read_server_files TO a",
            "GRANT b, pg_execute_server_program TO a",
            "CREATE ROLE a IN ROLE pg_write_all_data",
            "ALTER GROUP pg_read_all_data ADD USER a",
        ],
    );
    spares(
        Sign::PredefinedRoleGrant,
        &[
            "GRANT pg_monitor TO a",
            "REVOKE pg_read_all_data FROM a",
            "GRANT SELECT ON pg_class TO a",
        ],
    );
    gives(
        Sign::PublicGrant,
        &[
            "GRANT SELECT ON t TO PUBLIC",
            "GRANT ALL ON ALL TABLES IN SCHEMA s TO a, PUBLIC",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        ],
    );
    spares(
        Sign::PublicGrant,
        &[
            "REVOKE ALL ON t FROM PUBLIC",
            "GRANT SELECT ON public.t TO a",
        ],
    );
    gives(
        Sign::GrantOption,
        &[
            "GRANT a TO b WITH ADMIN OPTION",
            "GRANT SELECT ON t TO b WITH GRANT OPTION",
            "CREATE ROLE a ADMIN b",
        ],
    );
    spares(
        Sign::GrantOption,
        &["GRANT a TO b", "REVOKE GRANT OPTION FOR SELECT ON t FROM b"],
    );
    gives(
        Sign::PasswordSet,
        &[
            "ALTER ROLE a PASSWORD 'x'",
            "CREATE USER a ENCRYPTED PASSWORD 'x'",
            "ALTER USER CURRENT_USER PASSWORD 'x'",
        ],
    );
    gives(
        Sign::PasswordWeakened,
        &[
            "ALTER ROLE a PASSWORD NULL",
            "ALTER ROLE a VALID UNTIL 'infinity'",
        ],
    );
    spares(
        Sign::PasswordSet,
        &[
            "ALTER ROLE a PASSWORD NULL",
            "CREATE TABLE t (password text)",
            "SELECT password FROM t",
        ],
    );
    spares(
        Sign::PasswordWeakened,
        &[
            "ALTER ROLE a VALID UNTIL '2031-01-01'",
            "ALTER ROLE a PASSWORD 'x'",
        ],
    );
    gives(
        Sign::RoleSwitch,
        &[
            "SET ROLE a",
            "SET LOCAL ROLE a",
            "SET SESSION AUTHORIZATION a",
            "RESET ROLE",
            "SET ROLE 'a'",
        ],
    );
    spares(
        Sign::RoleSwitch,
        &["SET search_path = a", "UPDATE t SET role = 'a' WHERE b = 1"],
    );
    gives(
        Sign::OwnerChange,
        &[
            "ALTER TABLE t OWNER TO a",
            "REASSIGN OWNED BY a TO b",
            "ALTER FUNCTION f() OWNER TO a",
            "ALTER DATABASE d OWNER TO a",
        ],
    );
    spares(
        Sign::OwnerChange,
        &["ALTER TABLE t ADD COLUMN owner text", "DROP OWNED BY a"],
    );
}

#[test]
fn passwords_are_in_no_fact() {
    for sql in [
        "ALTER ROLE a PASSWORD 'PLANTED'",
        "ALTER SYSTEM SET primary_conninfo = 'host=h password=PLANTED'",
        "ALTER DATABASE d SET app.jwt_secret = 'PLANTED'",
        "SELECT set_config('app.api_key', 'PLANTED', false)",
        "COPY t TO PROGRAM 'psql postgres://u:PLANTED@h/d'",
        "CREATE SUBSCRIPTION s CONNECTION 'password=PLANTED' PUBLICATION p",
        "ALTER SYSTEM SET archive_command = 'PGPASSWORD=PLANTED cp %p x'",
        "ALTER ROLE a SET app.token TO 'PLANTED' oops",
    ] {
        let text = format!("{:?}", shape(sql));
        assert!(!text.contains("PLANTED"), "{sql}: {text}");
    }
}

#[test]
fn audit_is_weakened() {
    gives(
        Sign::AuditWeakened,
        &[
            "SET pgaudit.log = 'none'",
            "SET pgaudit.log TO ''",
            "SET LOCAL pgaudit.log = 'misc'",
            "ALTER SYSTEM SET pgaudit.log = 'all, -role'",
            "ALTER SYSTEM RESET pgaudit.log",
            "ALTER ROLE a SET pgaudit.log = 'none'",
            "ALTER DATABASE d SET pgaudit.log_parameter = off",
            "ALTER ROLE a RESET ALL",
            "SELECT set_config('pgaudit.log', 'none', false)",
            "SELECT pg_catalog.set_config('log_statement', 'none', true)",
            "ALTER SYSTEM SET pgaudit.role = ''",
            "SET log_statement = none",
            "SET log_min_duration_statement = -1",
            "ALTER SYSTEM SET log_connections = off",
            "ALTER SYSTEM SET log_disconnections TO false",
            "ALTER SYSTEM SET logging_collector = 'off'",
            "ALTER SYSTEM SET log_destination = ''",
            "ALTER SYSTEM SET log_line_prefix = ''",
            "ALTER SYSTEM SET log_directory = '/dev/shm'",
            "SET log_min_messages = panic",
            "SET log_error_verbosity = terse",
            "SET track_activities = off",
            "DROP EXTENSION pgaudit",
            "DO $$ BEGIN PERFORM set_config('pgaudit.log', 'none', false); END $$",
            "DO $$ BEGIN ALTER SYSTEM SET log_statement = 'none'; END $$",
        ],
    );
    spares(
        Sign::AuditWeakened,
        &[
            "SET pgaudit.log = 'all'",
            "ALTER SYSTEM SET pgaudit.log = 'ddl, role, write'",
            "RESET pgaudit.log",
            "RESET ALL",
            "DISCARD ALL",
            "SET log_statement = 'all'",
            "ALTER SYSTEM SET log_min_duration_statement = 250",
            "ALTER SYSTEM SET log_line_prefix = '%m [%p] %q%u@%d '",
            "SET client_min_messages = error",
            "ALTER SYSTEM SET log_connections = on",
            "SELECT set_config('search_path', '', false)",
        ],
    );
}

#[test]
fn security_settings_and_code_loading() {
    gives(
        Sign::SecuritySettingWeakened,
        &[
            "ALTER SYSTEM SET ssl = off",
            "SET password_encryption = 'md5'",
            "ALTER ROLE a SET row_security = off",
            "ALTER SYSTEM SET hba_file = '/tmp/h'",
            "ALTER SYSTEM SET listen_addresses = '*'",
            "ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1'",
            "SET allow_system_table_mods = on",
        ],
    );
    spares(
        Sign::SecuritySettingWeakened,
        &[
            "SET row_security = off",
            "ALTER SYSTEM SET ssl = on",
            "SET password_encryption = 'scram-sha-256'",
            "ALTER SYSTEM SET listen_addresses = 'localhost'",
        ],
    );
    gives(
        Sign::CodeLoadingSetting,
        &[
            "ALTER SYSTEM SET shared_preload_libraries = 'evil'",
            "ALTER SYSTEM SET archive_command = 'sh -c x'",
            "SET session_preload_libraries = '/tmp/x'",
            "SET local_preload_libraries = 'x'",
            "ALTER SYSTEM SET ssl_passphrase_command = 'x'",
            "LOAD '/tmp/x.so'",
        ],
    );
    spares(
        Sign::CodeLoadingSetting,
        &[
            "SET search_path = x",
            "ALTER SYSTEM SET archive_mode = on",
            "SHOW archive_command",
            "ALTER SYSTEM RESET archive_command",
        ],
    );
    gives(
        Sign::TraceRemoval,
        &[
            "SELECT pg_stat_reset()",
            "SELECT pg_stat_statements_reset()",
            "SET application_name = 'walreceiver'",
        ],
    );
    spares(
        Sign::TraceRemoval,
        &[
            "SET application_name = 'shop'",
            "SET application_name = ''",
            "SELECT * FROM pg_stat_activity",
        ],
    );
}

#[test]
fn settings_carry_name_value_and_scope() {
    let of = |sql: &str| shape(sql).settings;
    let setting = |name: &str, value: Option<&str>, scope| Setting {
        name: name.into(),
        value: value.map(Into::into),
        scope,
    };
    for (sql, expected) in [
        (
            "SET search_path TO A, \"B\"",
            setting("search_path", Some("a, B"), "session"),
        ),
        (
            "SET Work_Mem = '4MB'",
            setting("work_mem", Some("4MB"), "session"),
        ),
        ("SET a.b = 5", setting("a.b", Some("5"), "session")),
        (
            "SET work_mem TO DEFAULT",
            setting("work_mem", None, "session"),
        ),
        ("RESET work_mem", setting("work_mem", None, "session")),
        (
            "ALTER SYSTEM SET a.b = 'c'",
            setting("a.b", Some("c"), "system"),
        ),
        ("ALTER ROLE r SET x = 'c'", setting("x", Some("c"), "role")),
        ("ALTER DATABASE d RESET x", setting("x", None, "database")),
        (
            "SELECT set_config('app.user', 'alice', true)",
            setting("app.user", Some("alice"), "session"),
        ),
        (
            "SET my.user = 'alice' and more",
            setting("my.user", Some("alice, and, more"), "session"),
        ),
    ] {
        assert_eq!(of(sql), [expected], "{sql}");
    }
}

#[test]
fn guards_and_definitions() {
    gives(
        Sign::GuardDisabled,
        &[
            "ALTER TABLE t DISABLE TRIGGER ALL",
            "ALTER TABLE t DISABLE ROW LEVEL SECURITY",
            "DROP POLICY p ON t",
            "ALTER EVENT TRIGGER e DISABLE",
            "SET session_replication_role = replica",
            "ALTER TABLE t NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE t DISABLE RULE r",
        ],
    );
    spares(
        Sign::GuardDisabled,
        &[
            "ALTER TABLE t ENABLE TRIGGER ALL",
            "CREATE POLICY p ON t USING (true)",
            "SET session_replication_role = origin",
            "ALTER EVENT TRIGGER e ENABLE",
        ],
    );
    gives(
        Sign::TriggerDefinition,
        &[
            "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
            "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
            "CREATE RULE r AS ON INSERT TO t DO ALSO SELECT 1",
        ],
    );
    spares(
        Sign::TriggerDefinition,
        &["DROP TRIGGER g ON t", "CREATE TABLE trigger_log (a int)"],
    );
    gives(
        Sign::SecurityDefiner,
        &[
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "ALTER FUNCTION f() SECURITY DEFINER",
        ],
    );
    spares(
        Sign::SecurityDefiner,
        &[
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY INVOKER AS 'SELECT 1'",
            "ALTER FUNCTION f() SECURITY INVOKER",
        ],
    );
    harmless(&[
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql STABLE SET search_path = '' AS $$ BEGIN RETURN (SELECT count(*) FROM app.t WHERE b = a); END $$",
        "CREATE TABLE app.t (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'x', CHECK (name <> ''))",
        "ALTER TABLE app.t ADD COLUMN email text",
        "CREATE INDEX ON app.t (lower(name))",
        "CREATE VIEW v AS SELECT id FROM app.t WHERE name = 'x'",
        "GRANT SELECT ON app.t TO reader",
        "CREATE SCHEMA app AUTHORIZATION owner",
        "COMMENT ON TABLE app.t IS 'things'",
    ]);
}
