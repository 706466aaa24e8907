//! Command tag and class by the first words of a statement.

use super::Tokens;
use crate::lex::Kind;

/// Words between `CREATE` or `DROP` and the kind of the object.
const MODIFIERS: &[&str] = &[
    "or",
    "replace",
    "temp",
    "temporary",
    "unlogged",
    "global",
    "local",
    "unique",
    "recursive",
    "trusted",
    "procedural",
    "constraint",
];

/// Kinds named by more than one word.
const LONG_KINDS: &[&[&str]] = &[
    &["event", "trigger"],
    &["foreign", "data", "wrapper"],
    &["foreign", "table"],
    &["materialized", "view"],
    &["default", "privileges"],
    &["large", "object"],
    &["access", "method"],
    &["user", "mapping"],
    &["operator", "class"],
    &["operator", "family"],
    &["text", "search", "configuration"],
    &["text", "search", "dictionary"],
    &["text", "search", "parser"],
    &["text", "search", "template"],
];

/// Longest word taken for a command.
const MAX_COMMAND: usize = 32;

/// Tag and class of the statement.
pub(super) fn of(tokens: Tokens<'_, '_>) -> (String, &'static str) {
    let open = tokens
        .0
        .iter()
        .take_while(|token| token.kind == Kind::OpenParenthesis)
        .count();
    let first = match tokens.get(open) {
        Some(token) if token.kind == Kind::Word && token.text.len() <= MAX_COMMAND => {
            token.text.to_ascii_uppercase()
        }
        _ => return ("UNKNOWN".to_owned(), "MISC"),
    };
    let fixed = |tag: &str, class: &'static str| (tag.to_owned(), class);
    match first.as_str() {
        "SELECT" | "VALUES" | "TABLE" => fixed("SELECT", "READ"),
        "WITH" => with(tokens),
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" => (first, "WRITE"),
        "TRUNCATE" => fixed("TRUNCATE TABLE", "WRITE"),
        "COPY" => copy(tokens),
        "CREATE" | "ALTER" | "DROP" => object(tokens, &first),
        "GRANT" | "REVOKE" => {
            let objects = (1..tokens.0.len()).any(|at| tokens.words(at, &["on"]));
            (
                if objects {
                    first
                } else {
                    format!("{first} ROLE")
                },
                "ROLE",
            )
        }
        "DO" => (first, "FUNCTION"),
        "SET" | "RESET" => (first, "MISC_SET"),
        "DECLARE" => fixed("DECLARE CURSOR", "READ"),
        "LOCK" => fixed("LOCK TABLE", "MISC"),
        "COMMENT" | "CLUSTER" | "IMPORT" | "REFRESH" | "REASSIGN" | "SECURITY" => (first, "DDL"),
        _ => (first, "MISC"),
    }
}

fn with(tokens: Tokens<'_, '_>) -> (String, &'static str) {
    let mut depth = 0i64;
    for token in tokens.0 {
        match token.kind {
            Kind::OpenParenthesis => depth += 1,
            Kind::CloseParenthesis => depth -= 1,
            Kind::Word if depth == 0 => {
                for command in ["INSERT", "UPDATE", "DELETE", "MERGE"] {
                    if token.is_word(command) {
                        return (command.to_owned(), "WRITE");
                    }
                }
            }
            _ => {}
        }
    }
    ("SELECT".to_owned(), "READ")
}

fn copy(tokens: Tokens<'_, '_>) -> (String, &'static str) {
    let mut depth = 0i64;
    for token in tokens.0 {
        match token.kind {
            Kind::OpenParenthesis => depth += 1,
            Kind::CloseParenthesis => depth -= 1,
            Kind::Word if depth == 0 && token.is_word("from") => {
                return ("COPY FROM".to_owned(), "WRITE");
            }
            _ => {}
        }
    }
    ("COPY TO".to_owned(), "READ")
}

fn object(tokens: Tokens<'_, '_>, verb: &str) -> (String, &'static str) {
    let at = kind_at(tokens);
    if let Some(kind) = LONG_KINDS.iter().find(|kind| tokens.words(at, kind)) {
        let class = if kind == &["default", "privileges"] {
            "ROLE"
        } else {
            "DDL"
        };
        return (
            format!("{verb} {}", kind.join(" ").to_ascii_uppercase()),
            class,
        );
    }
    if tokens.word_in(at, &["role", "user", "group"]) {
        return (format!("{verb} ROLE"), "ROLE");
    }
    match tokens.get(at) {
        Some(token) if token.kind == Kind::Word && token.text.len() <= MAX_COMMAND => {
            (format!("{verb} {}", token.text.to_ascii_uppercase()), "DDL")
        }
        _ => (verb.to_owned(), "DDL"),
    }
}

/// Where the kind of the object stands.
pub(super) fn kind_at(tokens: Tokens<'_, '_>) -> usize {
    let mut at = 1;
    while tokens.word_in(at, MODIFIERS) {
        at += 1;
    }
    at
}
