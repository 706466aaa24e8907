//! Phrases that say what a statement does and to what.

use kumki_model::Sign;

use super::{Tokens, credentials};
use crate::facts::{Sheet, body, grant, object, setting};
use crate::lex::{Kind, Token};
use crate::mask::mask_secrets;

/// Names listed in one place that are looked at.
const MAX_LISTED: usize = 64;

/// Words that cannot be the name of a relation.
const NO_RELATION: &[&str] = &[
    "select",
    "values",
    "where",
    "set",
    "on",
    "using",
    "group",
    "order",
    "limit",
    "lateral",
    "if",
    "not",
    "exists",
    "only",
    "current_date",
    "current_timestamp",
    "now",
    "stdin",
    "program",
    "from",
];

/// What the first words of a statement say.
pub(super) fn opening(sheet: &mut Sheet, tokens: Tokens<'_, '_>, tag: &str) {
    let first = tokens
        .get(0)
        .map(|token| token.text.to_ascii_lowercase())
        .unwrap_or_default();
    match first.as_str() {
        "set" => set(sheet, tokens, 1, "session"),
        "reset" => reset(sheet, tokens, 1, "session"),
        "drop" => dropping(sheet, tokens, tag),
        "truncate" => sheet.sign(Sign::Destruction),
        "do" => {
            sheet.sign(Sign::AnonymousCode);
            bodies(sheet, tokens, "plpgsql");
        }
        "start_replication"
        | "create_replication_slot"
        | "drop_replication_slot"
        | "alter_replication_slot"
        | "read_replication_slot"
        | "base_backup" => {
            sheet.sign(Sign::ReplicationSlot);
        }
        "load" => {
            sheet.sign(Sign::CodeLoadingSetting);
            if let Some(path) = tokens.string(1) {
                sheet.path(&path);
            }
        }
        "create" => creating(sheet, tokens, tag),
        "copy" => {
            let mut rest = 1..tokens.0.len();
            let file = rest
                .clone()
                .any(|at| tokens.kind(at).is_some_and(Kind::is_string));
            if !file && rest.any(|at| tokens.words(at, &["to", "stdout"])) {
                sheet.sign(Sign::CopyOut);
            }
        }
        _ => {}
    }
}

fn dropping(sheet: &mut Sheet, tokens: Tokens<'_, '_>, tag: &str) {
    match tag {
        "DROP ROLE" | "DROP INDEX" => {}
        "DROP POLICY" | "DROP EVENT TRIGGER" => sheet.sign(Sign::GuardDisabled),
        "DROP DATABASE" | "DROP OWNED" => {
            sheet.sign(Sign::Destruction);
            sheet.sign(Sign::MassDestruction);
        }
        _ => sheet.sign(Sign::Destruction),
    }
    let cascade = tokens.0.iter().any(|token| token.is_word("cascade"));
    if tag == "DROP SCHEMA" && cascade {
        sheet.sign(Sign::MassDestruction);
    }
}

fn creating(sheet: &mut Sheet, tokens: Tokens<'_, '_>, tag: &str) {
    match tag {
        "CREATE TRIGGER" | "CREATE RULE" | "CREATE EVENT TRIGGER" => {
            sheet.sign(Sign::TriggerDefinition);
        }
        "CREATE SERVER"
        | "CREATE SUBSCRIPTION"
        | "CREATE USER MAPPING"
        | "CREATE FOREIGN TABLE"
        | "CREATE FOREIGN DATA WRAPPER" => sheet.sign(Sign::RemoteConnection),
        "CREATE EXTENSION" => {
            let mut at = 2;
            while tokens.word_in(at, &["if", "not", "exists"]) {
                at += 1;
            }
            if let Some((name, _)) = tokens.name(at) {
                sheet.extension(&name.join("."));
            }
        }
        "CREATE FUNCTION" | "CREATE PROCEDURE" => bodies(sheet, tokens, "sql"),
        _ => {}
    }
}

/// Languages named and bodies given.
fn bodies(sheet: &mut Sheet, tokens: Tokens<'_, '_>, default: &str) {
    let mut language = default.to_owned();
    for at in 0..tokens.0.len() {
        if tokens.words(at, &["language"]) {
            let named = tokens.name(at + 1).map(|(name, _)| name.join("."));
            if let Some(name) = named.or_else(|| tokens.string(at + 1)) {
                language = name;
            }
        }
        if tokens.words(at, &["security", "definer"]) {
            sheet.sign(Sign::SecurityDefiner);
        }
    }
    sheet.language(&language);
    for token in tokens.0 {
        if let Some(text) = token
            .string_value()
            .filter(|text| text.len() > language.len())
        {
            if language == "c" && body::is_foreign_library(&text) {
                sheet.sign(Sign::LibraryFunction);
            }
            body::read(sheet, &language, &text);
        }
    }
}

/// `SET [SESSION|LOCAL] name {=|TO} value`; `at` is behind `SET`.
fn set(sheet: &mut Sheet, tokens: Tokens<'_, '_>, mut at: usize, scope: &'static str) {
    if tokens.words(at, &["session", "authorization"]) {
        role_switch(sheet, tokens, at + 2);
        return;
    }
    if tokens.word_in(at, &["session", "local"]) {
        at += 1;
    }
    if tokens.words(at, &["role"]) && tokens.kind(at + 1) != Some(Kind::Operator) {
        role_switch(sheet, tokens, at + 1);
        return;
    }
    let Some((name, behind)) = tokens.name(at) else {
        return;
    };
    let is_value = tokens
        .get(behind)
        .is_some_and(|token| token.text == "=" || token.is_word("to"));
    if !is_value {
        return;
    }
    let values: Vec<_> = tokens
        .phrase(behind + 1)
        .iter()
        .filter(|token| token.kind != Kind::Comma)
        .map(|token| {
            token
                .string_value()
                .unwrap_or_else(|| token.text.to_owned())
        })
        .collect();
    let value = values.join(", ");
    let new = (!value.eq_ignore_ascii_case("default")).then_some(value);
    setting::change(sheet, &name.join("."), new, scope);
}

fn role_switch(sheet: &mut Sheet, tokens: Tokens<'_, '_>, at: usize) {
    sheet.sign(Sign::RoleSwitch);
    let name = tokens.name(at).map(|(name, _)| name.join("."));
    if let Some(role) = name
        .or_else(|| tokens.string(at))
        .filter(|role| role != "none")
    {
        sheet.role(&role);
    }
}

fn reset(sheet: &mut Sheet, tokens: Tokens<'_, '_>, at: usize, scope: &'static str) {
    if let Some((name, _)) = tokens.name(at) {
        setting::change(sheet, &name.join("."), None, scope);
    }
}

/// Relations behind `FROM`, `JOIN`, `INTO`, `UPDATE` and `TABLE`.
pub(super) fn relations(sheet: &mut Sheet, tokens: Tokens<'_, '_>, tag: &str) {
    let defined = defined(tokens);
    for at in 0..tokens.0.len() {
        let Some(token) = tokens.get(at).filter(|token| token.kind == Kind::Word) else {
            continue;
        };
        let word = token.text.to_ascii_lowercase();
        let previous = |words: &[&str]| at > 0 && tokens.word_in(at - 1, words);
        let writes = match word.as_str() {
            "from" if previous(&["distinct"]) => continue,
            "from" => previous(&["delete"]),
            "join" => false,
            "into" => true,
            "update" if previous(&["for", "on", "do", "key"]) => continue,
            "update" => true,
            "table" => tag != "SELECT" && !tag.starts_with("GRANT"),
            "copy" if at == 0 => tag == "COPY FROM",
            "truncate" if at == 0 => true,
            _ => continue,
        };
        list(sheet, tokens, at + 1, writes, &defined);
    }
}

/// The names before `AS (`, which are no relations.
fn defined(tokens: Tokens<'_, '_>) -> Vec<String> {
    const MAX_DEFINED: usize = 64;
    if !tokens.words(0, &["with"]) {
        return Vec::new();
    }
    (1..tokens.0.len())
        .filter(|&at| {
            tokens.words(at + 1, &["as"]) && tokens.kind(at + 2) == Some(Kind::OpenParenthesis)
        })
        .filter_map(|at| tokens.get(at).map(Token::name))
        .take(MAX_DEFINED)
        .collect()
}

/// One relation or several with commas between.
fn list(
    sheet: &mut Sheet,
    tokens: Tokens<'_, '_>,
    mut at: usize,
    writes: bool,
    defined: &[String],
) {
    for _ in 0..MAX_LISTED {
        while tokens.word_in(at, &["only", "if", "not", "exists", "lateral", "table"]) {
            at += 1;
        }
        if tokens.word_in(at, NO_RELATION) {
            return;
        }
        let Some((name, behind)) = tokens.name(at) else {
            return;
        };
        let parts: Vec<_> = name.iter().map(String::as_str).collect();
        let (schema, relation) = crate::facts::names::schema_and_name(&parts);
        let call = !writes && tokens.kind(behind) == Some(Kind::OpenParenthesis);
        let own = schema.is_empty() && defined.iter().any(|name| name == relation);
        if !call && !own {
            if writes {
                sheet.write(schema, relation);
                if object::is_ransom_note(relation) {
                    sheet.sign(Sign::RansomNote);
                }
            } else {
                sheet.read(schema, relation);
            }
        }
        at = behind;
        if tokens.words(at, &["as"]) {
            at += 1;
        }
        if tokens.kind(at) == Some(Kind::Word) && tokens.kind(at + 1) == Some(Kind::Comma) {
            at += 1;
        }
        if tokens.kind(at) != Some(Kind::Comma) {
            return;
        }
        at += 1;
    }
}

/// Phrases that mean the same wherever they stand.
pub(super) fn anywhere(sheet: &mut Sheet, tokens: Tokens<'_, '_>) {
    let copies = (0..tokens.0.len()).any(|at| tokens.words(at, &["copy"]));
    for at in 0..tokens.0.len() {
        let Some(token) = tokens.get(at).filter(|token| token.kind == Kind::Word) else {
            continue;
        };
        match token.text.to_ascii_lowercase().as_str() {
            "to" | "from" if copies => copied(sheet, tokens, at),
            "alter" if tokens.words(at + 1, &["system", "set"]) => {
                set(sheet, tokens, at + 3, "system")
            }
            "alter" if tokens.words(at + 1, &["system", "reset"]) => {
                reset(sheet, tokens, at + 3, "system");
            }
            "alter" | "create" if tokens.word_in(at + 1, &["role", "user", "group"]) => {
                role(sheet, tokens, at + 2);
            }
            "alter" if tokens.words(at + 1, &["database"]) => {
                if let Some((_, behind)) = tokens.name(at + 2)
                    && tokens.words(behind, &["set"])
                {
                    set(sheet, tokens, behind + 1, "database");
                }
            }
            "grant" => granted(sheet, tokens, at + 1),
            "language" => {
                if tokens
                    .name(at + 1)
                    .is_some_and(|(name, _)| body::is_untrusted(&name.join(".")))
                {
                    sheet.sign(Sign::UntrustedCode);
                }
            }
            "disable" if tokens.word_in(at + 1, &["trigger", "rule", "row"]) => {
                sheet.sign(Sign::GuardDisabled);
            }
            word => credentials(sheet, word),
        }
    }
}

/// `COPY … TO|FROM [PROGRAM] '…'`.
fn copied(sheet: &mut Sheet, tokens: Tokens<'_, '_>, at: usize) {
    let program = tokens.words(at + 1, &["program"]);
    let literal = at + 1 + usize::from(program);
    if !tokens.kind(literal).is_some_and(Kind::is_string) {
        if program && tokens.0.len() <= literal + 1 {
            // Cut off right behind the word, or given by an expression.
            sheet.sign(Sign::ProgramExecution);
        }
        return;
    }
    if let Some(path) = tokens.string(literal) {
        sheet.path(&mask_secrets(&path));
    }
    sheet.sign(if program {
        Sign::ProgramExecution
    } else if tokens.words(at, &["from"]) {
        Sign::ServerFileRead
    } else {
        Sign::ServerFileWrite
    });
}

/// `CREATE|ALTER ROLE name …`; `at` is behind the kind.
fn role(sheet: &mut Sheet, tokens: Tokens<'_, '_>, at: usize) {
    let Some((name, mut at)) = tokens.name(at) else {
        return;
    };
    sheet.role(&name.join("."));
    let end = tokens.reach(at).end;
    while let Some(token) = tokens.get(at).filter(|_| at < end) {
        if token.kind == Kind::Word {
            let word = token.text.to_ascii_lowercase();
            match word.as_str() {
                "set" => return set(sheet, tokens, at + 1, "role"),
                "reset" => return reset(sheet, tokens, at + 1, "role"),
                "superuser" => sheet.sign(Sign::SuperuserGrant),
                "createrole" | "replication" | "bypassrls" => sheet.sign(Sign::PrivilegedAttribute),
                "password" if tokens.words(at + 1, &["null"]) => sheet.sign(Sign::PasswordWeakened),
                "password" => sheet.sign(Sign::PasswordSet),
                "nosuperuser" | "nocreaterole" | "noreplication" | "nobypassrls" | "login"
                | "nologin" | "createdb" | "nocreatedb" | "inherit" | "noinherit" => {}
                _ => {
                    at += 1;
                    continue;
                }
            }
            if word != "password" {
                sheet.privilege(&word);
            }
        }
        at += 1;
    }
}

/// `GRANT a, b TO c`; `at` is behind `GRANT`.
fn granted(sheet: &mut Sheet, tokens: Tokens<'_, '_>, mut at: usize) {
    for _ in 0..MAX_LISTED {
        let Some((name, behind)) = tokens.name(at) else {
            break;
        };
        let name = name.join(".");
        sheet.privilege(&name);
        grant::granted_role(sheet, &name);
        at = behind;
        if tokens.kind(at) != Some(Kind::Comma) {
            break;
        }
        at += 1;
    }
    let rest = tokens.reach(at);
    if rest.clone().any(|at| tokens.words(at, &["to", "public"])) {
        sheet.sign(Sign::PublicGrant);
    }
    let options = [["admin", "option"], ["grant", "option"]];
    if rest
        .into_iter()
        .any(|at| options.iter().any(|words| tokens.words(at, words)))
    {
        sheet.sign(Sign::GrantOption);
    }
}
