//! Changes of settings, and which of them weaken what protects the server.
//!
//! The setting's former value is unknown. A change counts as weakening only
//! when the new value by itself protects less than a server set up with care:
//! `none`, `off`, `-1`, an empty list. `RESET` in a session goes back to what
//! the administrator configured and weakens nothing; in `ALTER SYSTEM`, `ALTER
//! ROLE` and `ALTER DATABASE` it takes a configured protection away.

use kumki_model::{Setting, Sign};
use pg_query::NodeEnum;
use pg_query::protobuf::{VariableSetKind, VariableSetStmt};

use super::names::{inner, value};
use super::{Sheet, sheet};
use crate::mask;

/// Settings whose change loads or runs code.
const CODE_LOADING: &[&str] = &[
    "archive_cleanup_command",
    "archive_command",
    "archive_library",
    "dynamic_library_path",
    "extension_control_path",
    "jit_provider",
    "local_preload_libraries",
    "plperl.on_init",
    "plperl.on_plperl_init",
    "plperl.on_plperlu_init",
    "pltcl.start_proc",
    "pltclu.start_proc",
    "plv8.start_proc",
    "recovery_end_command",
    "restore_command",
    "session_preload_libraries",
    "shared_preload_libraries",
    "ssl_passphrase_command",
];

/// Reads `SET`, `RESET` and the clauses that look like them.
pub(super) fn statement(sheet: &mut Sheet, statement: &VariableSetStmt, scope: &'static str) {
    use VariableSetKind as Kind;
    let name = statement.name.to_ascii_lowercase();
    let new = match VariableSetKind::try_from(statement.kind) {
        Ok(Kind::VarSetValue) => {
            let values: Vec<_> = statement
                .args
                .iter()
                .filter_map(inner)
                .filter_map(value)
                .collect();
            Some(values.join(", "))
        }
        Ok(Kind::VarResetAll) => {
            change(sheet, "all", None, scope);
            return;
        }
        Ok(Kind::VarSetMulti) => {
            multi(sheet, statement, &name);
            return;
        }
        _ => None,
    };
    if matches!(name.as_str(), "role" | "session_authorization") && scope == "session" {
        role_switch(sheet, new.as_deref());
    }
    change(sheet, &name, new, scope);
}

/// `SET TRANSACTION …`, which names settings by its options.
fn multi(sheet: &mut Sheet, statement: &VariableSetStmt, name: &str) {
    for option in super::names::options(&statement.args) {
        let new = super::names::boxed(option.arg.as_deref()).and_then(value);
        change(sheet, &option.defname, new, "session");
    }
    if statement.args.is_empty() {
        change(sheet, name, None, "session");
    }
}

fn role_switch(sheet: &mut Sheet, role: Option<&str>) {
    sheet.sign(Sign::RoleSwitch);
    if let Some(role) = role.filter(|role| *role != "none") {
        sheet.role(role);
    }
}

/// Notes that a setting gets a new value, or `None` for `RESET` and `DEFAULT`.
pub(super) fn change(sheet: &mut Sheet, name: &str, value: Option<String>, scope: &'static str) {
    let name = name.to_ascii_lowercase();
    judge(sheet, &name, value.as_deref(), scope);
    let value = value.map(|value| {
        if mask::is_secret_name(&name) {
            mask::MASK.to_owned()
        } else {
            sheet::clip(&mask::mask_secrets(&value))
        }
    });
    sheet.setting(Setting {
        name: sheet::clip(&name),
        value,
        scope,
    });
}

fn judge(sheet: &mut Sheet, name: &str, value: Option<&str>, scope: &'static str) {
    let lasting = scope != "session";
    let lower = value.map(|value| value.trim().to_ascii_lowercase());
    let new = lower.as_deref();
    if CODE_LOADING.contains(&name) && value.is_some_and(|value| !value.trim().is_empty()) {
        sheet.sign(Sign::CodeLoadingSetting);
        if name.ends_with("_command")
            && let Some(value) = value
        {
            sheet.path(&mask::mask_secrets(value));
        }
    }
    if weakens_audit(name, new, lasting) {
        sheet.sign(Sign::AuditWeakened);
    }
    if weakens_security(name, new, lasting) {
        sheet.sign(Sign::SecuritySettingWeakened);
    }
    let off = new.is_some_and(is_off);
    if name == "session_replication_role" && new == Some("replica")
        || name == "event_triggers" && off
    {
        sheet.sign(Sign::GuardDisabled);
    }
    if name == "application_name" && new.is_some_and(impersonates) {
        sheet.sign(Sign::TraceRemoval);
    }
}

fn is_off(value: &str) -> bool {
    matches!(
        value,
        "off" | "false" | "no" | "0" | "f" | "n" | "of" | "fa" | "fal" | "fals"
    )
}

/// Whether an application name is that of a process of the server or of its tools.
fn impersonates(name: &str) -> bool {
    const SERVER: &[&str] = &[
        "walreceiver",
        "walsender",
        "walwriter",
        "checkpointer",
        "background writer",
        "autovacuum",
        "logical replication",
        "pg_basebackup",
        "pg_receivewal",
        "archiver",
        "startup",
    ];
    SERVER.iter().any(|process| name.starts_with(process))
}

fn weakens_audit(name: &str, new: Option<&str>, lasting: bool) -> bool {
    let off = new.is_some_and(is_off);
    let emptied = new.is_some_and(str::is_empty) || lasting && new.is_none();
    match name {
        "pgaudit.log" => match new {
            Some(classes) => drops_classes(classes, lasting),
            None => lasting,
        },
        "pgaudit.role" => emptied || new == Some("none"),
        "pgaudit.log_level" => new.is_some_and(|level| level.starts_with("debug")),
        "pgaudit.log_catalog"
        | "pgaudit.log_parameter"
        | "pgaudit.log_statement"
        | "pgaudit.log_relation"
        | "pgaudit.log_rows" => off,
        _ if name.starts_with("pgaudit.") => lasting && new.is_none(),
        "all" => lasting,
        "log_statement" => new == Some("none") || lasting && new.is_none(),
        "log_connections" | "log_disconnections" => off || emptied || new == Some("none"),
        "log_replication_commands"
        | "log_duration"
        | "logging_collector"
        | "track_activities"
        | "log_parser_stats" => off,
        "log_min_duration_statement"
        | "log_min_duration_sample"
        | "auto_explain.log_min_duration" => new.is_some_and(|value| value.starts_with('-')),
        "log_parameter_max_length" | "log_parameter_max_length_on_error" => new == Some("0"),
        "log_statement_sample_rate" => new.and_then(|rate| rate.parse::<f64>().ok()) == Some(0.0),
        "log_destination" => new.is_some_and(str::is_empty),
        "log_directory" | "log_filename" => new.is_some_and(is_throwaway),
        "log_line_prefix" => new.is_some_and(|prefix| !tells_who(prefix)),
        "log_min_messages" | "log_min_error_statement" => matches!(new, Some("fatal" | "panic")),
        "log_error_verbosity" => new == Some("terse"),
        "pg_stat_statements.track" => new == Some("none"),
        _ => false,
    }
}

/// Whether a list of pgaudit classes leaves out what an attacker would leave
/// out. For a session anything but `all` does: sessions have no business there.
fn drops_classes(classes: &str, lasting: bool) -> bool {
    let classes: Vec<_> = classes
        .split(',')
        .map(|class| class.trim().trim_matches('"'))
        .collect();
    if classes.iter().any(|class| class.starts_with('-')) {
        return true;
    }
    let keeps = |wanted: &str| classes.contains(&wanted);
    if keeps("all") {
        return false;
    }
    !lasting || !(keeps("ddl") || keeps("role") || keeps("write") || keeps("read"))
}

fn is_throwaway(path: &str) -> bool {
    ["/dev/", "/tmp", "/var/tmp"]
        .iter()
        .any(|place| path.starts_with(place))
}

/// Whether records with this prefix can be told apart by session or user.
fn tells_who(prefix: &str) -> bool {
    prefix
        .split('%')
        .skip(1)
        .filter_map(|escape| {
            escape
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '-')
                .chars()
                .next()
        })
        .any(|escape| matches!(escape, 'p' | 'c' | 'u' | 'l' | 'r' | 'h'))
}

fn weakens_security(name: &str, new: Option<&str>, lasting: bool) -> bool {
    let off = new.is_some_and(is_off);
    let on = matches!(new, Some("on" | "true" | "yes" | "1"));
    match name {
        "ssl" | "ssl_prefer_server_ciphers" => off,
        "password_encryption" => matches!(new, Some("md5" | "plain")) || off || on,
        // pg_dump switches it off in its own session, to fail rather than to leave rows out.
        "row_security" => off && lasting,
        "hba_file" | "ident_file" => new.is_some(),
        "listen_addresses" => new.is_some_and(|addresses| {
            addresses
                .split(',')
                .any(|address| matches!(address.trim(), "*" | "0.0.0.0" | "::"))
        }),
        "ssl_min_protocol_version" => matches!(new, Some("" | "tlsv1" | "tlsv1.1")),
        "ssl_ciphers" => new.is_some_and(|ciphers| {
            ciphers.split([':', ',', ' ']).any(|cipher| {
                matches!(
                    cipher,
                    "all" | "null" | "anull" | "enull" | "low" | "export" | "rc4" | "md5"
                )
            })
        }),
        "ssl_ca_file" | "ssl_crl_file" | "ssl_crl_dir" => new.is_some_and(str::is_empty),
        "allow_system_table_mods" | "lo_compat_privileges" | "db_user_namespace" => on,
        _ => false,
    }
}

/// `SHOW name`.
pub(super) fn show(sheet: &mut Sheet, name: &str) {
    if super::function::is_telling_setting(name) {
        sheet.sign(Sign::ServerProbe);
    }
}

/// The `SET` clause of a function: judged, but no change that lasts.
pub(super) fn clause(sheet: &mut Sheet, node: Option<&NodeEnum>) {
    if let Some(NodeEnum::VariableSetStmt(clause)) = node {
        let values: Vec<_> = clause
            .args
            .iter()
            .filter_map(inner)
            .filter_map(value)
            .collect();
        let new = (!values.is_empty()).then(|| values.join(", "));
        judge(
            sheet,
            &clause.name.to_ascii_lowercase(),
            new.as_deref(),
            "session",
        );
    }
}
