//! Marks of SQL injection that tokens show.

use kumki_model::Sign;

use super::Tokens;
use crate::facts::Sheet;
use crate::lex::{Kind, Token};

/// `chr()` calls in one statement that make a string look composed.
const MIN_COMPOSED: usize = 3;

/// Gives the signs of one statement.
pub(super) fn judge(sheet: &mut Sheet, tokens: Tokens<'_, '_>) {
    let (mut composed, mut reads) = (0, false);
    for at in 0..tokens.0.len() {
        let Some(token) = tokens.get(at) else { break };
        if token.kind == Kind::Operator && token.text == "||" && tokens.words(at + 1, &["chr"]) {
            composed += 1;
            // The first of the chain has the operator behind it.
            if composed + 1 >= MIN_COMPOSED {
                sheet.sign(Sign::CharBuild);
            }
        }
        if token.kind != Kind::Word {
            continue;
        }
        match token.text.to_ascii_lowercase().as_str() {
            "or" if always(tokens, at + 1) => sheet.sign(Sign::Tautology),
            "from" | "join" => {
                reads |= tokens.get(at + 1).is_some_and(|token| token.kind.is_name())
            }
            "union" if reads => union(sheet, tokens, at + 1),
            "cast" if leaks(tokens, at + 1) => sheet.sign(Sign::ErrorProbe),
            _ => {}
        }
    }
}

/// Whether an arm of `OR` that begins at `at` is always true.
fn always(tokens: Tokens<'_, '_>, mut at: usize) -> bool {
    while tokens.kind(at) == Some(Kind::OpenParenthesis) {
        at += 1;
    }
    if tokens.words(at, &["true"]) {
        return true;
    }
    let (Some(left), Some(operator), Some(right)) =
        (tokens.get(at), tokens.get(at + 1), tokens.get(at + 2))
    else {
        return false;
    };
    if !matches!(operator.text, "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=")
        && !operator.is_word("like")
    {
        return false;
    }
    let equal = value(left) == value(right);
    let constants = left.kind.is_literal() && right.kind.is_literal();
    let same = left.kind.is_name()
        && left.name() == right.name()
        && tokens.kind(at + 3) != Some(Kind::Dot);
    match operator.text {
        "=" => constants && equal || same || constants && !right.terminated,
        "<>" | "!=" => constants && !equal,
        _ => constants || same && operator.text.ends_with('='),
    }
}

fn value(token: &Token<'_>) -> String {
    token
        .string_value()
        .unwrap_or_else(|| token.text.to_owned())
}

/// What `UNION` appends, from behind the word on.
fn union(sheet: &mut Sheet, tokens: Tokens<'_, '_>, mut at: usize) {
    while tokens.word_in(at, &["all", "distinct"]) || tokens.kind(at) == Some(Kind::OpenParenthesis)
    {
        at += 1;
    }
    if !tokens.words(at, &["select"]) {
        return;
    }
    at += 1;
    let mut targets = 0;
    while tokens.words(at, &["null"]) || tokens.kind(at).is_some_and(Kind::is_literal) {
        targets += 1;
        at += 1;
        if tokens.kind(at) != Some(Kind::Comma) {
            break;
        }
        at += 1;
    }
    let ends = match tokens.kind(at) {
        None | Some(Kind::CloseParenthesis) => true,
        _ => tokens.word_in(at, &["from", "union", "limit", "order", "where"]),
    };
    if targets > 0 && ends {
        sheet.sign(Sign::UnionProbe);
    }
    let arm = tokens
        .reach(at)
        .take_while(|&at| !tokens.words(at, &["union"]));
    let mut catalog = false;
    for at in arm {
        if tokens.word_in(at, &["from", "join"])
            && let Some((name, _)) = tokens.name(at + 1)
        {
            catalog |= matches!(
                name.first().map(String::as_str),
                Some("information_schema" | "pg_catalog")
            ) || name.len() == 1 && name.iter().all(|name| name.starts_with("pg_"));
        }
    }
    if catalog {
        sheet.sign(Sign::UnionCatalog);
    }
}

/// `CAST((SELECT … version() …) AS int)`; `at` is the parenthesis.
fn leaks(tokens: Tokens<'_, '_>, at: usize) -> bool {
    if tokens.kind(at) != Some(Kind::OpenParenthesis) {
        return false;
    }
    let (mut depth, mut tells, mut number) = (0usize, false, false);
    for at in tokens.reach(at) {
        match tokens.kind(at) {
            Some(Kind::OpenParenthesis) => depth += 1,
            Some(Kind::CloseParenthesis) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            Some(Kind::Operator) => tells |= tokens.get(at).is_some_and(|token| token.text == "||"),
            Some(Kind::Word) => {
                tells |= tokens.word_in(
                    at,
                    &["version", "current_user", "current_database", "string_agg"],
                );
                number |= depth == 1
                    && tokens.words(at, &["as"])
                    && tokens.word_in(at + 1, &["int", "integer", "numeric", "bigint", "float"]);
            }
            _ => {}
        }
    }
    tells && number
}
