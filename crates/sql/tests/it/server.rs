//! Files, programs, code, data leaving, and destruction.

use kumki_model::Sign;
use kumki_sql::shape;

use crate::support::{gives, spares};

#[test]
fn files_and_programs() {
    gives(
        Sign::ServerFileRead,
        &[
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT * FROM pg_ls_dir('/')",
            "COPY t FROM '/etc/passwd'",
            "SELECT pg_catalog.pg_read_binary_file('x')",
            "SELECT (pg_stat_file('x')).size",
            "SELECT lo_import('/etc/passwd')",
            "SELECT * FROM pg_ls_waldir()",
            "CREATE FOREIGN TABLE f (l text) SERVER s OPTIONS (filename '/etc/passwd')",
            "CREATE SERVER s FOREIGN DATA WRAPPER file_fdw",
            "DO $$ BEGIN PERFORM pg_read_file('x'); END $$",
        ],
    );
    spares(
        Sign::ServerFileRead,
        &[
            "COPY t FROM STDIN",
            "SELECT pg_current_logfile()",
            "SELECT app.pg_read_file('x')",
            "SELECT pg_relation_filepath('t')",
        ],
    );
    gives(
        Sign::ServerFileWrite,
        &[
            "COPY t TO '/tmp/x'",
            "COPY (SELECT 1) TO '/tmp/x' (FORMAT csv)",
            "SELECT lo_export(1, '/tmp/x')",
            "SELECT pg_file_write('a', 'b', true)",
        ],
    );
    spares(
        Sign::ServerFileWrite,
        &[
            "COPY t TO STDOUT",
            "COPY t FROM '/tmp/x'",
            "SELECT lo_get(1)",
        ],
    );
    gives(
        Sign::ProgramExecution,
        &[
            "COPY t FROM PROGRAM 'id'",
            "COPY (SELECT 1) TO PROGRAM 'sh'",
            "DO $$ BEGIN COPY t FROM PROGRAM 'id'; END $$",
            "DO $$ BEGIN EXECUTE 'COPY t FROM PROGRAM ''id'''; END $$",
            "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $x$ BEGIN EXECUTE $$COPY t TO PROGRAM 'x'$$; END $x$",
            "CREATE FOREIGN TABLE f (l text) SERVER s OPTIONS (program 'id')",
        ],
    );
    spares(
        Sign::ProgramExecution,
        &[
            "COPY t FROM '/tmp/program'",
            "SELECT program FROM t",
            "SELECT 'COPY t FROM PROGRAM ''id'''",
        ],
    );
    gives(
        Sign::LargeObject,
        &[
            "SELECT lo_create(0)",
            "SELECT loread(1, 2)",
            "SELECT * FROM pg_largeobject",
            "ALTER LARGE OBJECT 5 OWNER TO a",
            "SELECT lo_from_bytea(0, 'x')",
        ],
    );
    spares(
        Sign::LargeObject,
        &["SELECT lo_total FROM t", "SELECT lower(a) FROM t"],
    );
    assert_eq!(shape("COPY t TO PROGRAM 'curl x'").paths, ["curl x"]);
    assert_eq!(
        shape("SELECT pg_read_file('/a'), lo_export(5, '/b')").paths,
        ["/a", "/b"]
    );
    assert_eq!(shape("CREATE TABLESPACE s LOCATION '/c'").paths, ["/c"]);
}

#[test]
fn code() {
    gives(
        Sign::UntrustedCode,
        &[
            "CREATE FUNCTION f() RETURNS void LANGUAGE plpython3u AS 'import os'",
            "DO LANGUAGE plperlu 'system(1)'",
            "CREATE EXTENSION plpython3u",
            "CREATE LANGUAGE plperlu",
            "CREATE FUNCTION f() RETURNS void LANGUAGE C AS 'x', 'y'",
            "SELECT sys_eval('id')",
        ],
    );
    spares(
        Sign::UntrustedCode,
        &[
            "CREATE FUNCTION f() RETURNS void LANGUAGE plperl AS 'x'",
            "CREATE EXTENSION plv8",
            "CREATE EXTENSION plpgsql",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ],
    );
    gives(
        Sign::LibraryFunction,
        &[
            "CREATE FUNCTION system(cstring) RETURNS int AS '/lib/x86_64-linux-gnu/libc.so.6', 'system' LANGUAGE c",
            "CREATE FUNCTION x() RETURNS int AS '/tmp/evil.so' LANGUAGE 'C'",
            "LOAD '/tmp/x.so'",
        ],
    );
    spares(
        Sign::LibraryFunction,
        &[
            "CREATE FUNCTION x() RETURNS int AS '$libdir/pgcrypto', 'x' LANGUAGE c",
            "LOAD 'auto_explain'",
        ],
    );
    gives(
        Sign::AnonymousCode,
        &["DO 'BEGIN END'", "DO LANGUAGE plpgsql $$ BEGIN END $$"],
    );
    spares(
        Sign::AnonymousCode,
        &[
            "SELECT 1",
            "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        ],
    );
    assert_eq!(shape("DO LANGUAGE plperlu 'x'").languages, ["plperlu"]);
    assert_eq!(
        shape("CREATE EXTENSION IF NOT EXISTS \"PostGIS\"").extensions,
        ["postgis"]
    );
}

#[test]
fn data_leaving() {
    gives(
        Sign::CopyOut,
        &[
            "COPY t TO STDOUT",
            "COPY (SELECT a FROM t) TO STDOUT WITH (FORMAT csv)",
        ],
    );
    spares(Sign::CopyOut, &["COPY t FROM STDIN", "COPY t TO '/tmp/x'"]);
    gives(
        Sign::WholeTable,
        &[
            "SELECT * FROM t",
            "TABLE t",
            "SELECT t.* FROM s.t ORDER BY 1",
            "SELECT * FROM t WHERE true",
            "COPY (SELECT * FROM t) TO STDOUT",
            "DECLARE c CURSOR FOR SELECT * FROM t",
        ],
    );
    spares(
        Sign::WholeTable,
        &[
            "SELECT * FROM t LIMIT 10",
            "SELECT * FROM t WHERE id = 1",
            "SELECT id FROM t",
            "SELECT * FROM pg_settings",
            "WITH x AS (SELECT 1) SELECT * FROM x",
            "SELECT * FROM t JOIN u USING (id)",
            "SELECT * FROM f()",
        ],
    );
    gives(
        Sign::XmlExport,
        &[
            "SELECT query_to_xml('SELECT 1', true, true, '')",
            "SELECT database_to_xml(true, true, '')",
            "SELECT table_to_xml('t', true, false, '')",
        ],
    );
    spares(
        Sign::XmlExport,
        &[
            "SELECT xmlelement(name a)",
            "SELECT to_json(t) FROM t WHERE id = 1",
        ],
    );
    gives(
        Sign::CredentialRead,
        &[
            "SELECT usename, passwd FROM pg_shadow",
            "SELECT rolpassword FROM pg_catalog.pg_authid",
            "SELECT umoptions FROM pg_user_mappings",
            "SELECT * FROM pg_user_mapping",
            "SELECT subconninfo FROM pg_subscription",
            "SELECT * FROM information_schema.user_mapping_options",
            "SELECT query_to_xml('select * from pg_shadow', true, true, '')",
        ],
    );
    spares(
        Sign::CredentialRead,
        &[
            "SELECT * FROM pg_roles",
            "SELECT usename FROM pg_user",
            "SELECT subname FROM pg_subscription",
            "SELECT srvname, usename FROM pg_user_mappings",
            "SELECT 'pg_shadow'",
        ],
    );
    gives(
        Sign::CatalogRead,
        &[
            "SELECT relname FROM pg_class",
            "SELECT table_name FROM information_schema.tables",
            "SELECT a FROM t WHERE b IN (SELECT oid FROM pg_catalog.pg_type)",
        ],
    );
    spares(
        Sign::CatalogRead,
        &["SELECT a FROM t", "SELECT pg_table_size('t')"],
    );
    gives(
        Sign::RemoteConnection,
        &[
            "SELECT dblink_connect('host=x')",
            "SELECT * FROM dblink('x', 'y') AS t(a int)",
            "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
            "CREATE EXTENSION dblink",
        ],
    );
    spares(
        Sign::RemoteConnection,
        &[
            "CREATE PUBLICATION p FOR TABLE t",
            "SELECT link FROM t",
            "DROP SERVER s",
        ],
    );
    gives(
        Sign::ReplicationSlot,
        &[
            "SELECT pg_create_logical_replication_slot('a', 'b')",
            "SELECT * FROM pg_logical_slot_get_changes('a', NULL, NULL)",
            "START_REPLICATION SLOT \"x\" LOGICAL 0/0",
            "BASE_BACKUP LABEL 'x'",
        ],
    );
    spares(
        Sign::ReplicationSlot,
        &["SELECT * FROM pg_replication_slots", "IDENTIFY_SYSTEM"],
    );
}

#[test]
fn destruction() {
    gives(
        Sign::NoWhere,
        &[
            "DELETE FROM t",
            "UPDATE t SET a = 1",
            "DELETE FROM t WHERE 1=1",
            "UPDATE t SET a = 1 WHERE true",
            "WITH d AS (DELETE FROM t RETURNING a) SELECT a FROM d",
        ],
    );
    spares(
        Sign::NoWhere,
        &[
            "DELETE FROM t WHERE id = 1",
            "UPDATE t SET a = 1 WHERE false",
            "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1",
        ],
    );
    gives(
        Sign::Destruction,
        &[
            "DROP TABLE t",
            "TRUNCATE t",
            "DROP DATABASE d",
            "DROP SCHEMA s",
            "ALTER TABLE t DROP COLUMN a",
            "DROP FUNCTION f()",
        ],
    );
    spares(
        Sign::Destruction,
        &[
            "DROP INDEX i",
            "DELETE FROM t WHERE id = 1",
            "DEALLOCATE p",
            "DROP ROLE a",
        ],
    );
    gives(
        Sign::MassDestruction,
        &[
            "DROP DATABASE d",
            "DROP SCHEMA public CASCADE",
            "DROP OWNED BY a",
        ],
    );
    spares(
        Sign::MassDestruction,
        &["DROP SCHEMA s", "DROP TABLE t CASCADE"],
    );
    gives(
        Sign::RansomNote,
        &[
            "CREATE TABLE readme_to_recover (note text)",
            "INSERT INTO warning VALUES ('send 0.1 BTC')",
            "CREATE TABLE IF NOT EXISTS \"RECOVER_YOUR_DATA\" (a text)",
            "CREATE DATABASE readme_to_recover",
            "ALTER TABLE t RENAME TO how_to_recover",
        ],
    );
    spares(
        Sign::RansomNote,
        &[
            "SELECT * FROM readme",
            "CREATE TABLE early_warnings (a int)",
            "INSERT INTO recovery_codes VALUES (1)",
            "CREATE TABLE subtcode (a int)",
        ],
    );
    gives(
        Sign::EncryptionInWrite,
        &[
            "UPDATE t SET a = pgp_sym_encrypt(a, 'k')",
            "UPDATE t SET a = public.encrypt(a, 'k', 'aes') WHERE true",
            "CREATE TABLE x AS SELECT pgp_sym_encrypt(a, 'k') FROM t",
            "INSERT INTO x SELECT pgp_sym_encrypt(a, 'k') FROM t",
        ],
    );
    spares(
        Sign::EncryptionInWrite,
        &[
            "INSERT INTO t VALUES (pgp_sym_encrypt('a', 'k'))",
            "SELECT pgp_sym_decrypt(a, 'k') FROM t",
            "UPDATE t SET password = crypt('a', gen_salt('bf')) WHERE id = 1",
        ],
    );
    gives(
        Sign::CatalogWrite,
        &[
            "UPDATE pg_authid SET rolsuper = true WHERE rolname = 'a'",
            "DELETE FROM pg_catalog.pg_depend WHERE objid = 1",
            "INSERT INTO pg_proc VALUES (1)",
        ],
    );
    spares(
        Sign::CatalogWrite,
        &[
            "UPDATE t SET a = 1 WHERE b IN (SELECT oid FROM pg_class)",
            "CREATE TABLE pages (a int)",
        ],
    );
    gives(
        Sign::BackendSignal,
        &[
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
            "SELECT pg_cancel_backend(5)",
        ],
    );
    spares(
        Sign::BackendSignal,
        &[
            "SELECT pg_backend_pid()",
            "SELECT pid FROM pg_stat_activity",
        ],
    );
    gives(
        Sign::ServerControl,
        &[
            "SELECT pg_reload_conf()",
            "SELECT pg_rotate_logfile()",
            "SELECT pg_switch_wal()",
        ],
    );
    spares(
        Sign::ServerControl,
        &["SELECT pg_current_wal_lsn()", "CHECKPOINT"],
    );
}

#[test]
fn size() {
    let long = format!(
        "SELECT a FROM t WHERE b IN ({})",
        vec!["12345"; 4_000].join(", ")
    );
    gives(Sign::Oversized, &[&long]);
    spares(Sign::Oversized, &["SELECT 1"]);
    let shape = shape(&long);
    assert!(shape.parsed && shape.normalised == "select a from t where b in ($1)");
}
