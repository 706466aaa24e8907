//! What calling a function of the server or of a well-known extension means.

use kumki_model::Sign;
use pg_query::Node;

use super::names::{inner, text, value};
use super::{Sheet, body, setting};

/// What a function is known for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Gives a sign, nothing more.
    Sign(Sign),
    /// Reads a file or directory named by its first argument, if it has one.
    FileRead,
    /// Writes, renames or removes the file named by its first argument.
    FileWrite,
    /// `lo_import(path)`.
    LargeObjectImport,
    /// `lo_export(oid, path)`.
    LargeObjectExport,
    /// Renders the result of the query in its first argument.
    QueryToXml,
    /// Encrypts its first argument.
    Encrypts,
    SetConfig,
    CurrentSetting,
    /// Asks for what every client may ask at connect; telling only beside data.
    Version,
}

/// Settings whose values tell where the server's files are or what it loads.
const TELLING_SETTINGS: &[&str] = &[
    "archive_command",
    "config_file",
    "data_directory",
    "dynamic_library_path",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "is_superuser",
    "krb_server_keyfile",
    "log_directory",
    "log_filename",
    "shared_preload_libraries",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_key_file",
    "ssl_passphrase_command",
    "unix_socket_directories",
];

/// Whether asking for a setting is asking the server about itself.
pub(super) fn is_telling_setting(name: &str) -> bool {
    TELLING_SETTINGS.contains(&name.to_ascii_lowercase().as_str())
}

/// What the function is known for. Names of the server count without schema or
/// with `pg_catalog`; those of extensions with any.
pub(super) fn known(schema: &str, name: &str) -> Option<Known> {
    let of_server = schema.is_empty() || schema == "pg_catalog";
    of_server
        .then(|| builtin(name))
        .flatten()
        .or_else(|| extension(name))
}

fn builtin(name: &str) -> Option<Known> {
    use Known::Sign as Gives;
    Some(match name {
        "pg_sleep" | "pg_sleep_for" | "pg_sleep_until" => Gives(Sign::TimeDelay),
        "version" => Known::Version,
        "inet_server_addr"
        | "inet_server_port"
        | "pg_hba_file_rules"
        | "pg_ident_file_mappings"
        | "pg_config"
        | "pg_show_all_file_settings" => Gives(Sign::ServerProbe),
        "current_setting" => Known::CurrentSetting,
        "set_config" => Known::SetConfig,
        "pg_read_file"
        | "pg_read_binary_file"
        | "pg_ls_dir"
        | "pg_stat_file"
        | "pg_ls_logdir"
        | "pg_ls_waldir"
        | "pg_ls_tmpdir"
        | "pg_ls_archive_statusdir"
        | "pg_ls_logicalsnapdir"
        | "pg_ls_logicalmapdir"
        | "pg_ls_replslotdir"
        | "pg_ls_summariesdir" => Known::FileRead,
        "lo_import" => Known::LargeObjectImport,
        "lo_export" => Known::LargeObjectExport,
        "lo_create" | "lo_creat" | "lo_open" | "lo_close" | "lo_put" | "lo_get"
        | "lo_from_bytea" | "lo_unlink" | "lo_truncate" | "lo_truncate64" | "lo_lseek"
        | "lo_lseek64" | "lo_tell" | "lo_tell64" | "loread" | "lowrite" => Gives(Sign::LargeObject),
        "query_to_xml" | "query_to_xmlschema" | "query_to_xml_and_xmlschema" => Known::QueryToXml,
        "table_to_xml"
        | "table_to_xmlschema"
        | "table_to_xml_and_xmlschema"
        | "schema_to_xml"
        | "schema_to_xmlschema"
        | "schema_to_xml_and_xmlschema"
        | "database_to_xml"
        | "database_to_xmlschema"
        | "database_to_xml_and_xmlschema"
        | "cursor_to_xml"
        | "cursor_to_xmlschema" => Gives(Sign::XmlExport),
        "pg_terminate_backend" | "pg_cancel_backend" => Gives(Sign::BackendSignal),
        "pg_reload_conf"
        | "pg_rotate_logfile"
        | "pg_logfile_rotate"
        | "pg_switch_wal"
        | "pg_switch_xlog"
        | "pg_promote"
        | "pg_wal_replay_pause" => Gives(Sign::ServerControl),
        "pg_create_physical_replication_slot"
        | "pg_create_logical_replication_slot"
        | "pg_copy_physical_replication_slot"
        | "pg_copy_logical_replication_slot"
        | "pg_logical_slot_get_changes"
        | "pg_logical_slot_peek_changes"
        | "pg_logical_slot_get_binary_changes"
        | "pg_logical_slot_peek_binary_changes"
        | "pg_replication_slot_advance"
        | "pg_drop_replication_slot" => Gives(Sign::ReplicationSlot),
        _ if name.starts_with("pg_stat_reset") => Gives(Sign::TraceRemoval),
        _ => return None,
    })
}

fn extension(name: &str) -> Option<Known> {
    use Known::Sign as Gives;
    Some(match name {
        "pgp_sym_encrypt"
        | "pgp_sym_encrypt_bytea"
        | "pgp_pub_encrypt"
        | "pgp_pub_encrypt_bytea"
        | "encrypt"
        | "encrypt_iv" => Known::Encrypts,
        "pg_file_read" | "pg_logdir_ls" | "pg_file_length" => Known::FileRead,
        "pg_file_write" | "pg_file_rename" | "pg_file_unlink" | "pg_file_sync" => Known::FileWrite,
        "pg_stat_statements_reset" | "pg_stat_kcache_reset" | "pg_qualstats_reset" => {
            Gives(Sign::TraceRemoval)
        }
        "sys_eval" | "sys_exec" | "sys_bineval" | "system" => Gives(Sign::UntrustedCode),
        _ if name == "dblink" || name.starts_with("dblink_") => Gives(Sign::RemoteConnection),
        _ => return None,
    })
}

/// Notes a call.
pub(super) fn call(sheet: &mut Sheet, name: &[&str], arguments: &[Node]) {
    sheet.function(&name.join("."));
    let (schema, name) = super::names::schema_and_name(name);
    let Some(known) = known(schema, name) else {
        return;
    };
    let argument = |index: usize| arguments.get(index).and_then(inner);
    let argument_text = |index: usize| argument(index).and_then(text);
    match known {
        Known::SetConfig => {
            if let Some(name) = argument_text(0) {
                setting::change(sheet, name, argument(1).and_then(value), "session");
            }
        }
        Known::CurrentSetting => {
            if argument_text(0).is_some_and(is_telling_setting) {
                sheet.sign(Sign::ServerProbe);
            }
        }
        Known::QueryToXml => {
            sheet.sign(Sign::XmlExport);
            if let Some(query) = argument_text(0) {
                body::query_text(sheet, query);
            }
        }
        other => note(sheet, other, |sheet, index| {
            if let Some(path) = argument_text(index) {
                sheet.path(path);
            }
        }),
    }
}

/// Gives the signs of a known function; `path` notes the path in an argument.
pub(super) fn note(sheet: &mut Sheet, known: Known, path: impl Fn(&mut Sheet, usize)) {
    match known {
        Known::Sign(sign) => sheet.sign(sign),
        Known::FileRead => {
            sheet.sign(Sign::ServerFileRead);
            path(sheet, 0);
        }
        Known::FileWrite => {
            sheet.sign(Sign::ServerFileWrite);
            path(sheet, 0);
        }
        Known::LargeObjectImport => {
            sheet.sign(Sign::ServerFileRead);
            sheet.sign(Sign::LargeObject);
            path(sheet, 0);
        }
        Known::LargeObjectExport => {
            sheet.sign(Sign::ServerFileWrite);
            sheet.sign(Sign::LargeObject);
            path(sheet, 1);
        }
        Known::QueryToXml => sheet.sign(Sign::XmlExport),
        Known::Encrypts => {
            if sheet.changes_rows {
                sheet.sign(Sign::EncryptionInWrite);
            }
        }
        Known::Version => sheet.weak_probe(),
        Known::SetConfig | Known::CurrentSetting => {}
    }
}
