//! Cuts a stream into pieces: lines, or JSON values.
//!
//! Bytes come in as blocks; out go lines, or the JSON objects they hold, one by
//! one, whether they stand one per line, back to back, spread over many lines,
//! or as the elements of one top-level array, and the lines that are none of
//! these. Nothing is interpreted here: a piece is what stands between the
//! brackets. No recursion, one pass, and a piece beyond the limit is given up
//! on.

use memchr::{memchr, memchr2, memchr3};

/// What a stretch of input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A JSON object.
    Value,
    /// A line that holds no JSON object.
    Line,
    /// The beginning of a JSON object that never ends.
    Broken,
    /// The beginning of a piece beyond the size limit.
    TooLarge,
    /// More of a piece that was too large; counted already.
    Skipped,
}

/// A stretch of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// What it is.
    pub(crate) piece: Piece,
    /// Offset of its first byte.
    pub(crate) start: usize,
    /// Offset after its last byte.
    pub(crate) end: usize,
}

/// What the pieces of a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Framing {
    /// Lines; empty ones are skipped.
    Lines,
    /// JSON objects, and lines that are none.
    #[default]
    Json,
    /// Rows of CSV, whose quoted fields may span lines.
    Csv,
    /// JSON objects or rows of CSV, whichever the stream begins with.
    Table,
}

/// Cuts pieces out of blocks. Between blocks it remembers how far it has
/// looked into an unfinished value, so that growing blocks cost no more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Framer {
    framing: Framing,
    scanned: usize,
    depth: u32,
    in_string: bool,
    skipping: bool,
}

impl Framer {
    /// A framer at the start of a stream.
    pub(crate) fn new(framing: Framing) -> Self {
        Self {
            framing,
            ..Self::default()
        }
    }

    /// The next piece at or after `from`, and nothing when `bytes` ends before
    /// the piece does. With `end` the rest of the input becomes a piece. A
    /// piece that does not end within `limit` bytes is too large, and the rest
    /// of its line is skipped.
    pub(crate) fn next(
        &mut self,
        bytes: &[u8],
        from: usize,
        end: bool,
        limit: usize,
    ) -> Option<Cut> {
        if self.skipping {
            return self.skip(bytes, from);
        }
        let start = self.skip_separators(bytes, from);
        if start >= bytes.len() {
            return None;
        }
        let framing = match self.framing {
            Framing::Table if bytes[start] == b'{' => Framing::Json,
            Framing::Table => Framing::Csv,
            known => known,
        };
        let view = &bytes[..bytes.len().min(start.saturating_add(limit))];
        let is_value = framing == Framing::Json && bytes[start] == b'{';
        let found = if is_value {
            self.value(view, start)
        } else if framing == Framing::Csv {
            self.row(view, start)
        } else {
            memchr(b'\n', &view[start..]).map(|at| (Piece::Line, start + at))
        };
        let (piece, cut) = match found {
            Some(found) => found,
            None if view.len() - start >= limit => {
                self.skipping = true;
                (Piece::TooLarge, view.len())
            }
            None if end && (is_value || self.in_string) => (Piece::Broken, bytes.len()),
            None if end => (Piece::Line, bytes.len()),
            None => return None,
        };
        *self = Self {
            skipping: self.skipping,
            ..Self::new(framing)
        };
        Some(Cut {
            piece,
            start,
            end: cut,
        })
    }

    /// Where the unfinished piece begins, given the end of the last one.
    pub(crate) fn resume_at(&self, bytes: &[u8], from: usize) -> usize {
        if self.skipping {
            from
        } else {
            self.skip_separators(bytes, from)
        }
    }

    fn skip(&mut self, bytes: &[u8], from: usize) -> Option<Cut> {
        let rest = bytes.get(from..).filter(|rest| !rest.is_empty())?;
        let end = match memchr(b'\n', rest) {
            Some(at) => {
                self.skipping = false;
                from + at
            }
            None => bytes.len(),
        };
        Some(Cut {
            piece: Piece::Skipped,
            start: from,
            end,
        })
    }

    fn value(&mut self, bytes: &[u8], start: usize) -> Option<(Piece, usize)> {
        let mut at = start + self.scanned;
        while let Some((next, step)) = self.step(bytes, at) {
            at = next;
            match step {
                Step::Go => {}
                Step::Closed => return Some((Piece::Value, at)),
                Step::Cut => return Some((Piece::Broken, at)),
            }
        }
        // A backslash at the very end has not shown what it escapes yet.
        let ends_in_escape = self.in_string && odd_backslashes(&bytes[at..]);
        self.scanned = bytes.len() - start - usize::from(ends_in_escape);
        None
    }

    /// A row of CSV ends at a line end outside of quotes.
    fn row(&mut self, bytes: &[u8], start: usize) -> Option<(Piece, usize)> {
        let mut at = start + self.scanned;
        while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\n', rest)) {
            at += found;
            if bytes[at] == b'"' {
                self.in_string = !self.in_string;
            } else if !self.in_string {
                return Some((Piece::Line, at));
            }
            at += 1;
        }
        self.scanned = bytes.len() - start;
        None
    }

    /// Skips what stands between pieces. Between lines that is line ends; between
    /// JSON objects white space, commas, the brackets of a top-level array, and
    /// record separators (RFC 7464).
    fn skip_separators(&self, bytes: &[u8], from: usize) -> usize {
        let rest = bytes.get(from..).unwrap_or_default();
        let is_json = matches!(self.framing, Framing::Json | Framing::Table);
        let skipped = rest
            .iter()
            .position(|byte| match byte {
                b'\r' | b'\n' => false,
                b' ' | b'\t' | b',' | b'[' | b']' | 0x1e => !is_json,
                _ => true,
            })
            .unwrap_or(rest.len());
        from + skipped
    }

    /// Moves over the next byte that matters. A line end inside a string means
    /// that the line was cut off, because JSON escapes line ends.
    fn step(&mut self, bytes: &[u8], at: usize) -> Option<(usize, Step)> {
        let rest = bytes.get(at..)?;
        if self.in_string {
            let found = at + memchr3(b'"', b'\\', b'\n', rest)?;
            return match bytes[found] {
                b'"' => {
                    self.in_string = false;
                    Some((found + 1, Step::Go))
                }
                b'\n' => Some((found, Step::Cut)),
                _ if found + 1 < bytes.len() => Some((found + 2, Step::Go)),
                _ => None,
            };
        }
        let found = at
            + rest
                .iter()
                .position(|b| matches!(b, b'"' | b'{' | b'[' | b'}' | b']'))?;
        match bytes[found] {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            _ => self.depth = self.depth.saturating_sub(1),
        }
        let step = if self.depth == 0 && !self.in_string {
            Step::Closed
        } else {
            Step::Go
        };
        Some((found + 1, step))
    }
}

enum Step {
    Go,
    Closed,
    Cut,
}

fn odd_backslashes(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .rev()
        .take_while(|byte| **byte == b'\\')
        .count()
        % 2
        == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1000;

    /// Every piece, however the text is fed.
    fn pieces(text: &str, step: usize) -> Vec<(Piece, String)> {
        let bytes = text.as_bytes();
        let mut framer = Framer::default();
        let mut found = Vec::new();
        let (mut from, mut until) = (0, 0);
        loop {
            until = (until + step).min(bytes.len());
            let end = until == bytes.len();
            let block = &bytes[from..until];
            let mut at = 0;
            while let Some(cut) = framer.next(block, at, end, LIMIT) {
                let text = String::from_utf8_lossy(&block[cut.start..cut.end]).into_owned();
                found.push((cut.piece, text));
                at = cut.end;
            }
            if end {
                return found;
            }
            from += framer.resume_at(block, at);
        }
    }

    fn every_way(text: &str) -> Vec<(Piece, String)> {
        let whole = pieces(text, usize::MAX / 2);
        for step in 1..text.len().min(40) {
            assert_eq!(pieces(text, step), whole, "in steps of {step}: {text}");
        }
        whole
    }

    #[test]
    fn lines_arrays_and_documents_give_the_same_values() {
        let a = r#"{"a":"x\"}{\\","b":[1,{"c":null}]}"#;
        let b = "{}";
        for text in [
            format!("{a}\n{b}\n"),
            format!("[{a},{b}]"),
            format!("[\n  {a},\n  {b}\n]\n"),
            format!("{a}{b}"),
            format!("\x1e{a}\n\x1e{b}\n"),
        ] {
            let found = every_way(&text);
            assert_eq!(
                found,
                vec![(Piece::Value, a.to_owned()), (Piece::Value, b.to_owned())],
                "{text}"
            );
        }
    }

    #[test]
    fn values_spread_over_lines_are_one_piece() {
        let text = "{\n  \"a\": [\n    1\n  ]\n}\n{\"b\":2}";
        assert_eq!(every_way(text).len(), 2);
    }

    #[test]
    fn a_table_is_told_by_its_first_byte_however_it_is_fed() {
        for text in ["\t \n a,\"b\nc\"\nd", "[\n{\"a\":1}, {\"b\":2}]", "\t\0\0"] {
            let fed = |step: usize| {
                let bytes = text.as_bytes();
                let mut framer = Framer::new(Framing::Table);
                let mut found = Vec::new();
                let (mut from, mut until) = (0, 0);
                while until < bytes.len() {
                    until = (until + step).min(bytes.len());
                    let block = &bytes[from..until];
                    let mut at = 0;
                    while let Some(cut) = framer.next(block, at, until == bytes.len(), LIMIT) {
                        found.push((cut.piece, block[cut.start..cut.end].to_vec()));
                        at = cut.end;
                    }
                    from += framer.resume_at(block, at);
                }
                found
            };
            for step in 1..text.len() {
                assert_eq!(fed(step), fed(text.len()), "{text:?} in steps of {step}");
            }
        }
    }

    #[test]
    fn a_value_beyond_the_limit_is_one_piece_and_the_next_line_is_read() {
        let text = format!(
            "{{\"a\":\"{}\"}}\n{}\n{{\"b\":1}}",
            "x".repeat(LIMIT),
            "y".repeat(LIMIT)
        );
        for step in [1, 7, 999, 1000, 1001, 5000] {
            let found: Vec<Piece> = pieces(&text, step).into_iter().map(|cut| cut.0).collect();
            let counted: Vec<Piece> = found
                .into_iter()
                .filter(|piece| *piece != Piece::Skipped)
                .collect();
            assert_eq!(
                counted,
                [Piece::TooLarge, Piece::TooLarge, Piece::Value],
                "{step}"
            );
        }
    }

    #[test]
    fn other_lines_and_cut_lines_do_not_swallow_what_follows() {
        let text = "rest of a line\"}\n{\"log\":\"cut off\n{\"log\":\"whole\"}\n{\"end";
        assert_eq!(
            every_way(text),
            vec![
                (Piece::Line, "rest of a line\"}".to_owned()),
                (Piece::Broken, "{\"log\":\"cut off".to_owned()),
                (Piece::Value, "{\"log\":\"whole\"}".to_owned()),
                (Piece::Broken, "{\"end".to_owned()),
            ]
        );
    }
}
