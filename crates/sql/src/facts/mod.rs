//! The facts of a statement.
//!
//! In comes the text of one or more statements, out comes a
//! [`Shape`] with everything but its identity. The facts are read off the tree
//! that PostgreSQL's grammar gives ([`statement`]); when it rejects the text,
//! off the tokens ([`tokens`]), erring on the side of seeing more.

mod alter;
mod body;
mod command;
mod condition;
mod copy;
mod create;
mod expression;
mod function;
mod grant;
mod names;
mod object;
mod query;
mod role;
mod setting;
mod sheet;
mod statement;
mod tokens;
mod union;

use kumki_model::{Shape, Sign};

use crate::{parse, text};
pub(crate) use sheet::Sheet;

/// Works out the facts of a text. Identity, fingerprint and normalised text are
/// left to the caller.
pub(crate) fn read(sql: &str) -> Shape {
    let judged = text::judged(sql);
    let whole = judged.len() == sql.len();
    let outline = text::outline(judged);
    let mut sheet = Sheet::default();
    let parsed = whole
        && !outline.slow
        && parse::with_tree(judged, |statements| {
            statement::read_all(&mut sheet, statements)
        })
        .is_some();
    if !parsed {
        sheet = Sheet::default();
        tokens::read(&mut sheet, judged);
    }
    if text::is_oversized(sql) {
        sheet.sign(Sign::Oversized);
    }
    if whole && outline.cut {
        sheet.sign(Sign::CommentCut);
    }
    sheet.finish(parsed)
}
