//! Folding of lists: `(1, 2, 3)` and `(1, 2), (3, 4)` become `($1)`.

use super::{LITERAL, PARAMETER};

/// Parentheses deeper than this are not folded.
const MAX_DEPTH: usize = 64;

/// An open parenthesis or bracket.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    /// Where it stands in the text.
    start: usize,
    /// Whether nothing but markers, commas and `NULL`, `TRUE`, `FALSE`, `DEFAULT` was inside yet.
    plain: bool,
    /// Whether a parameter was among the markers.
    parameter: bool,
    /// Whether there was anything to fold.
    filled: bool,
    /// The last group closed inside, to fold the next one into it.
    child: (usize, usize),
    /// Where a sign stands that may belong to the next element.
    sign: Option<usize>,
}

/// The groups open at a point of the text, outermost first.
#[derive(Debug, Default)]
pub(super) struct Groups {
    open: Vec<Group>,
    /// Groups open beyond the depth that is looked at.
    beyond: usize,
    /// The last group closed outside of all.
    outer: (usize, usize),
}

impl Groups {
    pub(super) fn clear(&mut self) {
        self.open.clear();
        self.beyond = 0;
        self.outer = (0, 0);
    }

    pub(super) fn depth(&self) -> usize {
        self.open.len() + self.beyond
    }

    /// A parenthesis or bracket opens at `start`; the arguments of a call are
    /// never folded.
    pub(super) fn open(&mut self, start: usize, call: bool) {
        self.spoil();
        if self.open.len() < MAX_DEPTH {
            self.open.push(Group {
                start,
                plain: !call,
                ..Group::default()
            });
        } else {
            self.beyond += 1;
        }
    }

    /// A token that keeps the innermost group from being folded.
    #[inline]
    pub(super) fn spoil(&mut self) {
        if let Some(group) = self.open.last_mut() {
            group.plain = false;
        }
    }

    #[inline]
    pub(super) fn word(&mut self, word: &[u8]) {
        if let Some(group) = self.open.last_mut()
            && group.plain
        {
            group.plain = matches!(word, b"null" | b"true" | b"false" | b"default");
            group.filled = true;
        }
    }

    #[inline]
    pub(super) fn marker(&mut self, marker: u8) {
        if let Some(group) = self.open.last_mut() {
            group.filled = true;
            group.parameter |= marker == PARAMETER;
        }
    }

    /// An operator about to be written at `at`: a sign if it begins an element.
    pub(super) fn operator(&mut self, at: usize, token: &[u8]) {
        if let Some(group) = self.open.last_mut()
            && group.plain
        {
            group.plain = matches!(token, b"-" | b"+") && group.sign.is_none();
            group.sign = Some(at);
        }
    }

    /// Takes back the sign before a constant that is an element of a plain
    /// list, and the space before the constant. Returns whether it did.
    pub(super) fn drop_sign(&mut self, text: &mut Vec<u8>) -> bool {
        let Some(group) = self.open.last_mut() else {
            return false;
        };
        let Some(sign) = group.sign.take() else {
            return false;
        };
        if !group.plain {
            return false;
        }
        // `(1 - 2)` is no list: a sign follows the parenthesis or a comma.
        let before = text.get(..sign).unwrap_or_default().trim_ascii_end().last();
        if matches!(before, Some(b'(' | b',' | b'[')) {
            text.truncate(sign);
            true
        } else {
            group.plain = false;
            false
        }
    }

    /// The innermost group closes: folds it, writes `close`, and folds it into
    /// an equal one before it.
    pub(super) fn close(&mut self, text: &mut Vec<u8>, close: u8) {
        if self.beyond > 0 {
            self.beyond -= 1;
            text.push(close);
            return;
        }
        let Some(group) = self.open.pop() else {
            text.push(close);
            return;
        };
        if group.plain && group.filled && group.sign.is_none() {
            text.truncate(group.start + 1);
            text.push(if group.parameter { PARAMETER } else { LITERAL });
        }
        text.push(close);
        let child = match self.open.last_mut() {
            Some(parent) => &mut parent.child,
            None => &mut self.outer,
        };
        let repeated = child.1 > 0
            && text.get(child.1..group.start) == Some(b", ")
            && text.get(child.0..child.1) == text.get(group.start..);
        if repeated {
            text.truncate(child.1);
        } else {
            *child = (group.start, text.len());
        }
    }
}
