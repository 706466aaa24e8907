//! What a server must log for kumki to see, judged on its settings alone.

use serde::Serialize;

use super::settings::Settings;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// Works, could see more.
    Advice,
    /// Attacks will go unseen.
    Problem,
}

/// One setting that a fix changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// Whether it takes effect only after a restart.
    pub(super) restart: bool,
}

/// A check and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) verdict: Verdict,
    /// What the server has.
    pub(super) found: String,
    /// What follows, empty when all is well.
    pub(super) why: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<Change>,
}

/// The prefix that lets every record be tied to its session. `%a`, which the
/// client chooses, stands last, so that it cannot forge what stands before it.
pub(super) const PREFIX: &str = "%m [%p] %q%u@%d %h %c:%l %e %a ";

/// Classes that rules of the core pack need.
const AUDIT_CLASSES: [&str; 6] = ["read", "write", "function", "role", "ddl", "misc"];

/// Runs every check.
pub(super) fn check(settings: &Settings) -> Vec<Check> {
    let mut checks = vec![
        destination(settings),
        boolean(
            settings,
            "log_connections",
            "who connected from where is not logged",
        ),
        boolean(
            settings,
            "log_disconnections",
            "how long sessions lasted is not logged",
        ),
        prefix(settings),
        audit_library(settings),
    ];
    if is_preloaded(settings) {
        checks.push(audit_classes(settings));
        checks.push(audit_rows(settings));
        checks.push(audit_catalog(settings));
    } else {
        checks.push(statement_logging(settings));
    }
    checks.push(error_statements(settings));
    checks.push(passwords(settings));
    checks.push(overrides(settings));
    if settings
        .list("log_destination")
        .iter()
        .any(|place| place == "syslog")
    {
        checks.push(boolean(
            settings,
            "syslog_sequence_numbers",
            "parts of long records cannot be put together again",
        ));
    }
    checks.push(pending(settings));
    checks
}

fn ok(name: &'static str, found: impl Into<String>) -> Check {
    Check {
        name,
        verdict: Verdict::Ok,
        found: found.into(),
        why: String::new(),
        changes: vec![],
    }
}

fn change(name: &'static str, value: impl Into<String>) -> Change {
    Change {
        name,
        value: value.into(),
        restart: false,
    }
}

fn boolean(settings: &Settings, name: &'static str, why: &str) -> Check {
    // 18 made log_connections a list: receipt, authentication, authorization, all.
    let value = settings.get(name);
    if !matches!(value, "off" | "") {
        return ok(name, value);
    }
    Check {
        name,
        verdict: Verdict::Problem,
        found: value.to_owned(),
        why: why.to_owned(),
        changes: vec![change(name, "on")],
    }
}

fn destination(settings: &Settings) -> Check {
    const NAME: &str = "log_destination";
    let places = settings.list(NAME);
    let structured = places
        .iter()
        .any(|place| place == "csvlog" || place == "jsonlog");
    let found = settings.get(NAME).to_owned();
    if structured && !settings.is_on("logging_collector") {
        return Check {
            name: NAME,
            verdict: Verdict::Problem,
            found: format!("{found}, logging_collector off"),
            why: "csvlog and jsonlog are written only with the collector".to_owned(),
            changes: vec![Change {
                name: "logging_collector",
                value: "on".to_owned(),
                restart: true,
            }],
        };
    }
    if structured || places.iter().any(|place| place == "syslog") {
        return ok(NAME, found);
    }
    let format = if settings.version >= 150_000 {
        "jsonlog"
    } else {
        "csvlog"
    };
    Check {
        name: NAME,
        verdict: Verdict::Advice,
        found: found.clone(),
        why: "the plain log can be forged through application names and lacks fields; a structured one cannot".to_owned(),
        changes: vec![
            change(NAME, format!("{found},{format}").trim_start_matches(',')),
            Change { name: "logging_collector", value: "on".to_owned(), restart: true },
        ],
    }
}

fn prefix(settings: &Settings) -> Check {
    const NAME: &str = "log_line_prefix";
    let value = settings.get(NAME).to_owned();
    let structured = settings
        .list("log_destination")
        .iter()
        .all(|place| place == "csvlog" || place == "jsonlog");
    let has = |escapes: &[char]| {
        let mut chars = value.chars();
        let mut found = false;
        while let Some(character) = chars.next() {
            if character == '%' {
                let escape = chars
                    .find(|c| !(c.is_ascii_digit() || *c == '-'))
                    .unwrap_or_default();
                found |= escapes.contains(&escape);
            }
        }
        found
    };
    let missing: Vec<&str> = [
        (has(&['m', 't', 'n']), "the time"),
        (has(&['p', 'c']), "the session"),
        (has(&['u']), "the user"),
        (has(&['d']), "the database"),
        (has(&['h', 'r']), "the client address"),
        (has(&['e']), "the error code"),
    ]
    .into_iter()
    .filter_map(|(present, what)| (!present).then_some(what))
    .collect();
    if structured || missing.is_empty() {
        return ok(NAME, value);
    }
    let session_lost = !has(&['p', 'c']) || !has(&['m', 't', 'n']);
    Check {
        name: NAME,
        verdict: if session_lost {
            Verdict::Problem
        } else {
            Verdict::Advice
        },
        found: format!("'{value}'"),
        why: format!("records do not say {}", missing.join(", ")),
        changes: vec![change(NAME, PREFIX)],
    }
}

fn is_preloaded(settings: &Settings) -> bool {
    settings
        .list("shared_preload_libraries")
        .iter()
        .any(|library| library == "pgaudit")
}

fn audit_library(settings: &Settings) -> Check {
    const NAME: &str = "pgaudit";
    if is_preloaded(settings) {
        return ok(NAME, "loaded");
    }
    let mut libraries = settings.list("shared_preload_libraries");
    libraries.push("pgaudit".to_owned());
    let install = if settings.pgaudit_available {
        ""
    } else {
        "; install it first (Debian: postgresql-NN-pgaudit)"
    };
    Check {
        name: NAME,
        verdict: Verdict::Problem,
        found: "not loaded".to_owned(),
        why: format!("what statements touch is guessed from their text only{install}"),
        changes: vec![
            Change {
                name: "shared_preload_libraries",
                value: libraries.join(","),
                restart: true,
            },
            change("pgaudit.log", AUDIT_CLASSES.join(", ")),
            change("pgaudit.log_rows", "on"),
        ],
    }
}

fn audit_classes(settings: &Settings) -> Check {
    const NAME: &str = "pgaudit.log";
    let classes = settings.list(NAME);
    let all = classes.iter().any(|class| class == "all");
    let missing: Vec<&str> = AUDIT_CLASSES
        .into_iter()
        .filter(|class| {
            let listed = classes.iter().any(|listed| listed == class);
            let removed = classes
                .iter()
                .any(|listed| listed.strip_prefix('-') == Some(class));
            removed || !(listed || all)
        })
        .collect();
    if missing.is_empty() {
        return ok(NAME, settings.get(NAME));
    }
    let blind = missing.iter().any(|class| matches!(*class, "role" | "ddl"));
    Check {
        name: NAME,
        verdict: if blind {
            Verdict::Problem
        } else {
            Verdict::Advice
        },
        found: settings.get(NAME).to_owned(),
        why: format!(
            "statements of class {} leave no audit row",
            missing.join(", ")
        ),
        changes: vec![change(NAME, AUDIT_CLASSES.join(", "))],
    }
}

fn audit_rows(settings: &Settings) -> Check {
    const NAME: &str = "pgaudit.log_rows";
    if settings.is_on(NAME) || !settings.values.contains_key(NAME) {
        return ok(NAME, settings.get(NAME));
    }
    Check {
        name: NAME,
        verdict: Verdict::Advice,
        found: settings.get(NAME).to_owned(),
        why: "how many rows a statement returned is not logged".to_owned(),
        changes: vec![change(NAME, "on")],
    }
}

fn audit_catalog(settings: &Settings) -> Check {
    const NAME: &str = "pgaudit.log_catalog";
    if settings.is_on(NAME) {
        return ok(NAME, settings.get(NAME));
    }
    Check {
        name: NAME,
        verdict: Verdict::Advice,
        found: settings.get(NAME).to_owned(),
        why: "reads of the catalogues (reconnaissance, stored credentials) leave no audit row"
            .to_owned(),
        changes: vec![change(NAME, "on")],
    }
}

fn statement_logging(settings: &Settings) -> Check {
    const NAME: &str = "log_statement";
    let value = settings.get(NAME).to_owned();
    if value == "all" || settings.get("log_min_duration_statement") == "0" {
        return ok(NAME, value);
    }
    Check {
        name: NAME,
        verdict: Verdict::Problem,
        found: value.clone(),
        why: "without pgaudit, only these statements are seen".to_owned(),
        changes: vec![change(NAME, if value == "mod" { "all" } else { "mod" })],
    }
}

fn error_statements(settings: &Settings) -> Check {
    const NAME: &str = "log_min_error_statement";
    let value = settings.get(NAME).to_owned();
    if !matches!(value.as_str(), "log" | "fatal" | "panic") {
        return ok(NAME, value);
    }
    Check {
        name: NAME,
        verdict: Verdict::Problem,
        found: value,
        why: "statements that fail, as injection attempts do, are not logged".to_owned(),
        changes: vec![change(NAME, "error")],
    }
}

fn passwords(settings: &Settings) -> Check {
    const NAME: &str = "password_encryption";
    let value = settings.get(NAME).to_owned();
    if value == "scram-sha-256" {
        return ok(NAME, value);
    }
    Check {
        name: NAME,
        verdict: Verdict::Problem,
        found: value,
        why: "md5 verifiers can be used without knowing the password".to_owned(),
        changes: vec![change(NAME, "scram-sha-256")],
    }
}

/// Settings of single roles or databases that log less than the server does.
fn overrides(settings: &Settings) -> Check {
    const NAME: &str = "role and database settings";
    let weaker: Vec<String> = settings
        .overrides
        .iter()
        .filter(|setting| {
            setting.name.starts_with("pgaudit.")
                || matches!(
                    setting.name.as_str(),
                    "log_statement" | "log_min_messages" | "log_min_error_statement"
                )
        })
        .map(|setting| {
            let whom = match (&setting.role, &setting.database) {
                (Some(role), Some(database)) => format!("{role} in {database}"),
                (Some(role), None) => role.clone(),
                (None, Some(database)) => format!("database {database}"),
                (None, None) => "everyone".to_owned(),
            };
            format!("{} = {} for {whom}", setting.name, setting.value)
        })
        .collect();
    if weaker.is_empty() {
        let found = if settings.sees_everything {
            "none"
        } else {
            "none that this role may see"
        };
        return ok(NAME, found);
    }
    Check {
        name: NAME,
        verdict: Verdict::Advice,
        found: weaker.join("; "),
        why: "what these roles do may be logged differently; make sure it is meant so".to_owned(),
        changes: vec![],
    }
}

fn pending(settings: &Settings) -> Check {
    const NAME: &str = "waiting for a restart";
    if settings.pending_restart.is_empty() {
        return ok(NAME, "nothing");
    }
    Check {
        name: NAME,
        verdict: Verdict::Advice,
        found: settings.pending_restart.join(", "),
        why: "changed in the configuration, not yet in force".to_owned(),
        changes: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        Settings {
            version: 150_000,
            values: pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            ..Settings::default()
        }
    }

    fn verdict(settings: &Settings, name: &str) -> Verdict {
        check(settings)
            .into_iter()
            .find(|check| check.name == name)
            .unwrap()
            .verdict
    }

    #[test]
    fn debian_defaults_have_problems() {
        let debian = settings(&[
            ("log_destination", "stderr"),
            ("log_line_prefix", "%m [%p] %q%u@%d "),
            ("log_connections", "off"),
            ("log_statement", "none"),
            ("password_encryption", "scram-sha-256"),
            ("log_min_error_statement", "error"),
        ]);
        assert_eq!(verdict(&debian, "log_connections"), Verdict::Problem);
        assert_eq!(verdict(&debian, "pgaudit"), Verdict::Problem);
        assert_eq!(verdict(&debian, "log_line_prefix"), Verdict::Advice);
        assert_eq!(verdict(&debian, "password_encryption"), Verdict::Ok);
    }

    #[test]
    fn a_removed_audit_class_is_missing() {
        let server = settings(&[
            ("shared_preload_libraries", "pg_stat_statements, pgaudit"),
            ("pgaudit.log", "all, -ROLE"),
        ]);
        assert_eq!(verdict(&server, "pgaudit.log"), Verdict::Problem);
    }

    #[test]
    fn the_recommended_prefix_passes_its_own_check() {
        let server = settings(&[("log_destination", "stderr"), ("log_line_prefix", PREFIX)]);
        assert_eq!(verdict(&server, "log_line_prefix"), Verdict::Ok);
    }
}
