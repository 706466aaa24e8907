//! The machine every wrapping format runs on.
//!
//! Blocks come in and are cut into lines or JSON values; each is handed to the
//! wrapping format, which unwraps it into a sink; records, failures and
//! set-aside pieces go out. Whatever waits for its other half waits here, in
//! bounded room, so that blocks are consumed at once.

use kumki_model::Location;
use memchr::memchr_iter;

use super::framing::{Cut, Framer, Framing, Piece};
use super::reader::Reader;
use super::sink::Sink;
use super::streams::Streams;
use crate::parse::text::trim_newline;
use crate::parse::{Block, FailureKind, Output, RecordParser};

/// Largest piece, in bytes: an Event Hub batch is 1 MB, a CloudWatch batch less.
pub(crate) const MAX_PIECE: usize = 16 << 20;

/// One wrapping format.
pub(crate) trait Wrapping: Send + 'static {
    /// Its name, as `--log-format` takes it.
    const NAME: &'static str;
    /// What its pieces are.
    const FRAMING: Framing;

    /// Unwraps a line or a JSON object. `false` when it is none of the format's.
    fn unwrap<'a>(&mut self, piece: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool;

    /// Unwraps a line where JSON objects were expected.
    fn unwrap_line<'a>(&mut self, _line: &'a [u8], _sink: &mut Sink<'_, 'a>) -> bool {
        false
    }

    /// Lets go of what is still waiting, at the end of the input.
    fn finish(&mut self, _sink: &mut Sink<'_, '_>) {}

    /// The format in the same configuration and initial state.
    fn fork(&self) -> Self;
}

/// Reads one wrapping format.
pub(crate) struct EnvelopeParser<W> {
    wrapping: W,
    reader: Reader,
    framer: Framer,
    streams: Streams,
}

impl<W: Wrapping> EnvelopeParser<W> {
    /// A parser at the start of an input.
    pub(crate) fn new(wrapping: W, reader: Reader) -> Self {
        Self {
            wrapping,
            reader,
            framer: Framer::new(W::FRAMING),
            streams: Streams::default(),
        }
    }

    fn take<'a>(&mut self, cut: Cut, location: Location, block: &Block<'a>, out: &mut Output<'a>) {
        let piece: &'a [u8] = block.bytes.get(cut.start..cut.end).unwrap_or_default();
        let mut sink = Sink {
            block,
            out,
            location,
            reader: &mut self.reader,
            streams: &mut self.streams,
        };
        let line = trim_newline(piece);
        match cut.piece {
            Piece::Value if self.wrapping.unwrap(piece, &mut sink) => {}
            Piece::Value if memchr::memchr(b'\n', piece).is_some() => {
                take_apart(&mut self.wrapping, piece, &mut sink);
            }
            Piece::Line if W::FRAMING != Framing::Json => {
                if !self.wrapping.unwrap(line, &mut sink) {
                    sink.fail(FailureKind::Unrecognised, line);
                }
            }
            Piece::Line if self.wrapping.unwrap_line(line, &mut sink) => {}
            Piece::Value | Piece::Line => sink.fail(FailureKind::Unrecognised, line),
            Piece::Broken => sink.fail(FailureKind::Truncated, line),
            Piece::TooLarge => sink.fail(FailureKind::TooLarge, line),
            Piece::Skipped => {}
        }
    }
}

impl<W: Wrapping> RecordParser for EnvelopeParser<W> {
    fn parse<'a>(&mut self, block: &Block<'a>, out: &mut Output<'a>) -> usize {
        let mut at = 0;
        let mut counted = 0;
        let mut lines = 0;
        while let Some(cut) = self.framer.next(block.bytes, at, block.end, MAX_PIECE) {
            lines += line_ends(block.bytes, counted, cut.start);
            counted = cut.start;
            let location = Location {
                source: block.source,
                line: block.first_line + lines,
                offset: block.offset + cut.start as u64,
            };
            self.take(cut, location, block, out);
            at = cut.end;
        }
        let used = if block.end {
            block.bytes.len()
        } else {
            self.framer.resume_at(block.bytes, at)
        };
        out.lines += lines + line_ends(block.bytes, counted, used);
        if block.end {
            if used > 0 && !block.bytes.ends_with(b"\n") {
                out.lines += 1;
            }
            let location = Location {
                source: block.source,
                ..Location::default()
            };
            let Self {
                wrapping,
                reader,
                streams,
                ..
            } = self;
            wrapping.finish(&mut Sink {
                block,
                out,
                location,
                reader,
                streams,
            });
            self.streams.finish(&mut self.reader, block, out);
            self.framer = Framer::new(W::FRAMING);
        }
        used
    }

    fn splittable(&self) -> bool {
        false
    }

    fn fork(&self) -> Box<dyn RecordParser> {
        Box::new(Self::new(self.wrapping.fork(), self.reader.fork()))
    }

    fn last_record_start(&self, _bytes: &[u8]) -> Option<usize> {
        None
    }

    fn format(&self) -> &'static str {
        W::NAME
    }

    fn prefix(&self) -> Option<&str> {
        self.reader.prefix()
    }
}

fn line_ends(bytes: &[u8], from: usize, until: usize) -> u64 {
    let counted = bytes
        .get(from..until)
        .map_or(0, |bytes| memchr_iter(b'\n', bytes).count());
    counted as u64
}

/// An object over several lines that is none of the format's: a cut-off
/// line that swallowed the lines after it. Each line is tried by itself.
fn take_apart<'a, W: Wrapping>(wrapping: &mut W, piece: &'a [u8], sink: &mut Sink<'_, 'a>) {
    let mut start = 0;
    for end in memchr_iter(b'\n', piece).chain([piece.len()]) {
        let line: &'a [u8] = trim_newline(piece.get(start..end).unwrap_or_default());
        if !line.is_empty() && !wrapping.unwrap(line, sink) {
            sink.fail(FailureKind::Unrecognised, line);
        }
        sink.location.line += 1;
        sink.location.offset += (end + 1 - start) as u64;
        start = end + 1;
    }
}
