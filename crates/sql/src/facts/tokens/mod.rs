//! Facts from tokens, where there is no tree: truncated statements, syntax of
//! other versions, commands of the replication protocol, bodies of functions.
//!
//! Without a tree, names and calls can be mistaken; what is noted errs on the
//! side of seeing more. Conditions that a cut-off text cannot show (`NoWhere`,
//! `WholeTable`) are not judged.

mod injection;
mod phrase;
mod tag;

use kumki_model::Sign;

use super::function::{self, Known};
use super::statement::Stack;
use super::{Sheet, body, setting};
use crate::lex::{Kind, Token, significant};
use crate::stream::is_no_function;

/// Tokens looked at in one text.
const MAX_TOKENS: usize = 64 * 1024;

/// Tokens a phrase may be long. Phrases can begin at every token, so this keeps
/// the work linear.
const MAX_PHRASE: usize = 64;

/// A run of tokens; reading beyond its end gives nothing.
#[derive(Clone, Copy)]
struct Tokens<'t, 'a>(&'t [Token<'a>]);

impl<'t, 'a> Tokens<'t, 'a> {
    fn get(self, at: usize) -> Option<&'t Token<'a>> {
        self.0.get(at)
    }

    /// The tokens of a phrase that begins at `at`.
    fn phrase(self, at: usize) -> &'t [Token<'a>] {
        let rest = self.0.get(at..).unwrap_or_default();
        rest.get(..MAX_PHRASE).unwrap_or(rest)
    }

    /// The indices of a phrase that begins at `at`.
    fn reach(self, at: usize) -> std::ops::Range<usize> {
        at..at + self.phrase(at).len()
    }

    fn kind(self, at: usize) -> Option<Kind> {
        self.get(at).map(|token| token.kind)
    }

    /// Whether the tokens from `at` on are these words.
    fn words(self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(offset, word)| {
            self.get(at + offset)
                .is_some_and(|token| token.is_word(word))
        })
    }

    fn word_in(self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.words(at, &[word]))
    }

    /// A dotted name that begins at `at`: its parts and the index behind it.
    fn name(self, at: usize) -> Option<(Vec<String>, usize)> {
        let mut parts = vec![self.get(at).filter(|token| token.kind.is_name())?.name()];
        let mut at = at + 1;
        while self.kind(at) == Some(Kind::Dot)
            && let Some(part) = self.get(at + 1).filter(|token| token.kind.is_name())
        {
            parts.push(part.name());
            at += 2;
        }
        Some((parts, at))
    }

    /// The string constant at `at`.
    fn string(self, at: usize) -> Option<String> {
        self.get(at).and_then(Token::string_value)
    }
}

fn collect(text: &str) -> Vec<Token<'_>> {
    significant(text).take(MAX_TOKENS).collect()
}

/// Notes everything about a text that could not be parsed.
pub(super) fn read(sheet: &mut Sheet, text: &str) {
    let tokens = collect(text);
    let mut stack = Stack::default();
    for statement in tokens.split(|token| token.kind == Kind::Semicolon) {
        if statement.is_empty() {
            continue;
        }
        let statement = Tokens(statement);
        let (tag, class) = tag::of(statement);
        stack.push(sheet, &tag, class);
        sheet.command(&tag, class);
        phrase::opening(sheet, statement, &tag);
        phrase::relations(sheet, statement, &tag);
        calls(sheet, statement, true);
        phrase::anywhere(sheet, statement);
        injection::judge(sheet, statement);
        stack.settle(sheet);
    }
}

/// Gives the signs of what a body of code does, and nothing else.
pub(super) fn signs(sheet: &mut Sheet, text: &str) {
    let tokens = collect(text);
    for statement in tokens.split(|token| token.kind == Kind::Semicolon) {
        let statement = Tokens(statement);
        calls(sheet, statement, false);
        phrase::anywhere(sheet, statement);
        for token in statement.0 {
            // Dynamic SQL stands in literals.
            if let Some(text) = token.string_value().filter(|text| text.len() > 8) {
                body::query_text(sheet, &text);
            } else if token.kind.is_name() {
                credentials(sheet, &token.name());
            }
        }
    }
}

fn credentials(sheet: &mut Sheet, name: &str) {
    if matches!(
        name,
        "pg_shadow" | "pg_authid" | "umoptions" | "subconninfo"
    ) {
        sheet.sign(Sign::CredentialRead);
    }
}

/// Calls: a name followed by a parenthesis.
fn calls(sheet: &mut Sheet, tokens: Tokens<'_, '_>, note_names: bool) {
    for at in 0..tokens.0.len() {
        if tokens.kind(at + 1) != Some(Kind::OpenParenthesis) {
            continue;
        }
        let Some(token) = tokens.get(at).filter(|token| token.kind.is_name()) else {
            continue;
        };
        let name = token.name();
        if token.kind == Kind::Word && is_no_function(name.as_bytes()) {
            continue;
        }
        let schema = match at.checked_sub(2) {
            Some(before) if tokens.kind(at - 1) == Some(Kind::Dot) => {
                tokens.get(before).map(Token::name).unwrap_or_default()
            }
            _ => String::new(),
        };
        if note_names {
            let dot = if schema.is_empty() { "" } else { "." };
            sheet.function(&format!("{schema}{dot}{name}"));
        }
        if let Some(known) = function::known(&schema, &name) {
            call(sheet, tokens, at + 2, known);
        }
    }
}

/// A call of a known function whose arguments begin at `open`.
fn call(sheet: &mut Sheet, tokens: Tokens<'_, '_>, open: usize, known: Known) {
    match known {
        Known::SetConfig => {
            if let Some(name) = tokens.string(open) {
                setting::change(sheet, &name, tokens.string(open + 2), "session");
            }
        }
        Known::CurrentSetting => {
            if tokens
                .string(open)
                .is_some_and(|name| function::is_telling_setting(&name))
            {
                sheet.sign(Sign::ServerProbe);
            }
        }
        known => function::note(sheet, known, |sheet, argument| {
            if let Some(path) = tokens.string(open + 2 * argument) {
                sheet.path(&path);
            }
        }),
    }
}
