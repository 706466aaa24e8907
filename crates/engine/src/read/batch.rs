//! A block of input with the records read from it.

use std::hash::BuildHasher;
use std::sync::Arc;

use bumpalo::Bump;
use foldhash::quality::FixedState;
use kumki_ingest::parse::{Block, Failure, Output, RecordParser};
use kumki_model::{Body, Record, Shape, SourceId};
use kumki_sql::Shaper;
use self_cell::self_cell;

/// A record with the facts of its SQL.
#[derive(Clone, Copy)]
pub struct Prepared<'a> {
    /// The record.
    pub record: &'a Record<'a>,
    /// Facts of its SQL, where it carries any.
    pub shape: Option<&'a Arc<Shape>>,
    /// Hash of its SQL without surrounding space and semicolons, 0 without SQL.
    pub text_hash: u64,
}

impl<'a> Prepared<'a> {
    /// A record with what was found out about it.
    pub fn new(record: &'a Record<'a>, judged: &'a Judged) -> Self {
        Self {
            record,
            shape: judged.shape.as_ref(),
            text_hash: judged.text_hash,
        }
    }
}

/// What a record's SQL is.
pub struct Judged {
    shape: Option<Arc<Shape>>,
    text_hash: u64,
}

impl Judged {
    /// Judges the SQL of `record`.
    pub fn new(record: &Record<'_>, shaper: &mut Shaper) -> Self {
        let sql = match &record.body {
            Body::Audit(audit) => audit.text,
            Body::Statement { text, .. } => Some(*text),
            _ if record.level.is_failure() => record.statement,
            _ => None,
        };
        match sql {
            Some(sql) => {
                let text = sql.expose();
                Self {
                    shape: Some(shaper.shape(text)),
                    text_hash: FixedState::default().hash_one(trim(text)),
                }
            }
            None => Self {
                shape: None,
                text_hash: 0,
            },
        }
    }
}

/// Different records quote the same statement with and without its end.
fn trim(sql: &str) -> &[u8] {
    let mut bytes = sql.as_bytes().trim_ascii();
    while let [rest @ .., b';'] = bytes {
        bytes = rest.trim_ascii_end();
    }
    bytes
}

/// Where a block stands in its input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    pub(super) source: SourceId,
    pub(super) first_line: u64,
    pub(super) offset: u64,
    /// Whether the input ends with the block.
    pub(super) end: bool,
}

/// Bytes and the arena for text rebuilt from them.
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    arena: Bump,
}

/// The records of a block, and what was found out about each.
struct Contents<'a> {
    records: Vec<Record<'a>>,
    judged: Vec<Judged>,
}

self_cell!(
    struct Cell {
        owner: Buffer,

        #[covariant]
        dependent: Contents,
    }
);

/// A block and its records.
pub(super) struct Batch {
    cell: Cell,
    pub(super) position: Position,
    /// Bytes the records span; what follows belongs to the next block.
    pub(super) consumed: usize,
    pub(super) failures: Vec<Failure>,
    /// Records the parser set aside.
    pub(super) ignored: u64,
    /// Lines the consumed bytes span.
    pub(super) lines: u64,
}

impl Batch {
    /// Reads a block.
    pub(super) fn read(
        bytes: Vec<u8>,
        position: Position,
        parser: &mut dyn RecordParser,
        shaper: &mut Shaper,
    ) -> Self {
        let mut consumed = 0;
        let mut failures = Vec::new();
        let mut ignored = 0;
        let mut lines = 0;
        let cell = Cell::new(
            Buffer {
                bytes,
                arena: Bump::new(),
            },
            |buffer| {
                let block = Block {
                    bytes: &buffer.bytes,
                    arena: &buffer.arena,
                    source: position.source,
                    first_line: position.first_line,
                    offset: position.offset,
                    end: position.end,
                };
                let mut output = Output::default();
                consumed = parser.parse(&block, &mut output).min(buffer.bytes.len());
                failures = output.failures;
                ignored = output.ignored;
                lines = output.lines;
                let records = output.records;
                let judged = records
                    .iter()
                    .map(|record| Judged::new(record, shaper))
                    .collect();
                Contents { records, judged }
            },
        );
        Self {
            cell,
            position,
            consumed,
            failures,
            ignored,
            lines,
        }
    }

    /// The records from number `first` on.
    pub(super) fn records_from(&self, first: usize) -> impl Iterator<Item = Prepared<'_>> {
        let Contents { records, judged } = self.cell.borrow_dependent();
        records
            .iter()
            .zip(judged)
            .skip(first)
            .map(|(record, judged)| Prepared::new(record, judged))
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.cell.borrow_dependent().records.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.cell.borrow_owner().bytes
    }

    /// What is behind the consumed bytes, as a batch of its own without records.
    pub(super) fn rest(&self) -> Self {
        let position = Position {
            source: self.position.source,
            first_line: self.position.first_line + self.lines,
            offset: self.position.offset + self.consumed as u64,
            end: false,
        };
        Self::unread(self.tail().to_vec(), position)
    }

    /// A batch of which nothing has been read.
    pub(super) fn unread(bytes: Vec<u8>, position: Position) -> Self {
        Self {
            cell: Cell::new(
                Buffer {
                    bytes,
                    arena: Bump::new(),
                },
                |_| Contents {
                    records: Vec::new(),
                    judged: Vec::new(),
                },
            ),
            position,
            consumed: 0,
            failures: Vec::new(),
            ignored: 0,
            lines: 0,
        }
    }

    /// The bytes that belong to the next block.
    pub(super) fn tail(&self) -> &[u8] {
        self.bytes().get(self.consumed..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_statement_does_not_matter() {
        assert_eq!(trim(" SELECT 1 ; ;\n"), b"SELECT 1");
        assert_eq!(trim(";"), b"");
    }
}
