//! Where unwrapped text, records, failures and set-aside pieces go.

use bumpalo::Bump;
use kumki_model::{Location, Record, Timestamp};

use super::reader::Reader;
use super::streams::{Line, Streams};
use crate::parse::assemble::Assembler;
use crate::parse::syslog::chunk::{leading_tab, unescape};
use crate::parse::text::sample;
use crate::parse::{Block, Failure, FailureKind, Output};

/// What an envelope says about the text in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin<'o> {
    /// The server the text is from.
    pub(crate) server: Option<&'o str>,
    /// The process that wrote it.
    pub(crate) pid: Option<u32>,
    /// When it was written or received.
    pub(crate) time: Option<Timestamp>,
}

/// Takes what a wrapping format makes of one piece of input.
pub(crate) struct Sink<'s, 'a> {
    /// The block in hand.
    pub(crate) block: &'s Block<'a>,
    /// What comes out.
    pub(crate) out: &'s mut Output<'a>,
    /// Where the piece in hand stands.
    pub(crate) location: Location,
    /// Readers of what is inside.
    pub(crate) reader: &'s mut Reader,
    /// Lines on their way to become records.
    pub(crate) streams: &'s mut Streams,
}

impl<'a> Sink<'_, 'a> {
    /// Where rebuilt text is put.
    pub(crate) fn arena(&self) -> &'a Bump {
        self.block.arena
    }

    /// What turns drafts into records.
    pub(crate) fn assembler(&self) -> Assembler<'a> {
        Assembler::new(self.block.arena, self.reader.options())
    }

    /// Counts a record that is read and set aside.
    pub(crate) fn ignore(&mut self) {
        self.out.ignored += 1;
    }

    /// Counts the piece in hand as unreadable.
    pub(crate) fn fail(&mut self, kind: FailureKind, text: &[u8]) {
        self.fail_at(kind, text, self.location);
    }

    /// Counts something as unreadable.
    pub(crate) fn fail_at(&mut self, kind: FailureKind, text: &[u8], location: Location) {
        self.out.failures.push(Failure {
            kind,
            location,
            sample: sample(text),
        });
    }

    /// Emits a record, placed where the piece in hand stands.
    pub(crate) fn record(&mut self, mut record: Record<'a>) {
        record.location = self.location;
        self.out.records.push(record);
    }

    /// Adds text to a stream: any number of lines, the last one unfinished
    /// unless it `ends`.
    pub(crate) fn lines(&mut self, key: &[u8], text: &[u8], ends: bool, origin: Origin<'_>) {
        let mut rest = text;
        loop {
            let (line, after) = match memchr::memchr(b'\n', rest) {
                Some(at) => (&rest[..at], Some(&rest[at + 1..])),
                None => (rest, None),
            };
            let ends = after.is_some() || ends;
            let line = Line {
                key,
                text: if ends {
                    line.strip_suffix(b"\r").unwrap_or(line)
                } else {
                    line
                },
                ends,
                origin,
                location: self.location,
            };
            self.streams.push(line, self.reader, self.block, self.out);
            match after {
                Some(after) if !after.is_empty() => rest = after,
                _ => return,
            }
        }
    }

    /// Adds a message of syslog to a stream, which may go on in the line before.
    pub(crate) fn pieces(&mut self, key: &[u8], text: &[u8], origin: Origin<'_>) {
        if self.streams.is_joined_by(key, text) {
            self.streams.reopen(key);
        }
        let plain = unescape(leading_tab(text).into_owned());
        self.lines(key, &plain, true, origin);
        self.streams.note(key, text);
    }

    /// Reads text that holds whole records and nothing else.
    pub(crate) fn whole(&mut self, text: &'a [u8], origin: Origin<'_>) {
        let marks = [(0, self.location)];
        self.reader
            .read(text, true, &marks, origin, self.block, self.out);
    }

    /// Reads text that should be one whole record. Gives back nothing when it
    /// is not; then nothing is counted either.
    pub(crate) fn one(&mut self, text: &'a [u8], origin: Origin<'_>) -> Option<Record<'a>> {
        let mut out = Output::default();
        let marks = [(0, self.location)];
        self.reader
            .read(text, true, &marks, origin, self.block, &mut out);
        let is_one = out.records.len() == 1 && out.failures.is_empty() && out.ignored == 0;
        if is_one { out.records.pop() } else { None }
    }
}
