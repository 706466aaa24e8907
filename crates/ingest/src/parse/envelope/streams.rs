//! Lines that arrive one by one, put together into records per stream.
//!
//! Envelopes carry a server's log line by line, and lines of several servers or
//! processes may be interleaved. A stream is what one of them wrote. Lines come
//! in with the stream they belong to; whole records are handed to the reader of
//! the format inside. A record is complete when the reader says so at the next
//! line that could begin one, when its stream has been silent for
//! [`SILENCE_MICROS`] of log time or [`SILENCE_PIECES`] pieces, when room is
//! needed, or at the end. All of that depends on the sequence of lines only,
//! never on how the input was cut into blocks.

use std::collections::HashMap;

use kumki_model::{Location, Timestamp};

use super::reader::Reader;
use super::sink::Origin;
use crate::parse::syslog::chunk::Extent;
use crate::parse::{Block, Output};

/// Log time after which a silent stream's last record is taken as complete.
pub(crate) const SILENCE_MICROS: i64 = 2_000_000;
/// Pieces after which a silent stream's last record is taken as complete.
pub(crate) const SILENCE_PIECES: u64 = 512;
/// Streams kept at once.
const MAX_STREAMS: usize = 4096;
/// Bytes kept at once, over all streams.
const MAX_BYTES: usize = 64 << 20;
/// Bytes of one record.
const MAX_RECORD: usize = 4 << 20;
/// How often a growing record is offered to the reader before it is taken as
/// complete; a record has at most seven lines that do not begin with a tab.
const MAX_OFFERS: u32 = 32;

/// The streams of one input.
#[derive(Default)]
pub(crate) struct Streams {
    by_key: HashMap<Vec<u8>, Stream>,
    pieces: u64,
    bytes: usize,
    looked_at: u64,
    looked_time: Option<Timestamp>,
}

#[derive(Default)]
struct Stream {
    text: Vec<u8>,
    /// Where each line of `text` begins, in it and in the input.
    marks: Vec<(usize, Location)>,
    /// Whether the last line goes on.
    open: bool,
    /// The message of syslog taken last.
    extent: Extent,
    offers: u32,
    last_piece: u64,
    time: Option<Timestamp>,
    pid: Option<u32>,
    server: Option<String>,
}

/// One line, or part of one.
#[derive(Clone, Copy)]
pub(crate) struct Line<'l> {
    /// Which stream it belongs to.
    pub(crate) key: &'l [u8],
    /// Its text, without the line end.
    pub(crate) text: &'l [u8],
    /// Whether it ends here.
    pub(crate) ends: bool,
    /// What the envelope says about it.
    pub(crate) origin: Origin<'l>,
    /// Where it stands.
    pub(crate) location: Location,
}

impl Streams {
    /// Takes a line, and emits the record it completes.
    pub(crate) fn push<'a>(
        &mut self,
        line: Line<'_>,
        reader: &mut Reader,
        block: &Block<'a>,
        out: &mut Output<'a>,
    ) {
        self.pieces += 1;
        self.end_silent(line.origin.time, reader, block, out);
        if !self.by_key.contains_key(line.key) {
            if self.by_key.len() >= MAX_STREAMS || self.bytes > MAX_BYTES {
                self.make_room(reader, block, out);
            }
            self.by_key
                .insert(line.key.to_vec(), Stream::new(&line.origin));
        }
        let Some(stream) = self.by_key.get_mut(line.key) else {
            return;
        };
        let before = stream.text.len();
        stream.append(&line, self.pieces);
        if line.ends {
            stream.offer(reader, block, out);
        }
        let after = stream.text.len();
        self.bytes = (self.bytes + after).saturating_sub(before);
        if after == 0 {
            self.by_key.remove(line.key);
        }
    }

    /// Whether a message of syslog goes on in the last line of its stream.
    pub(crate) fn is_joined_by(&self, key: &[u8], text: &[u8]) -> bool {
        self.by_key
            .get(key)
            .is_some_and(|stream| stream.extent.is_joined_by(text))
    }

    /// Notes what was received last in a stream, before escapes were undone.
    pub(crate) fn note(&mut self, key: &[u8], text: &[u8]) {
        if let Some(stream) = self.by_key.get_mut(key) {
            stream.extent = Extent::of(text);
        }
    }

    /// Lets the last line of a stream go on.
    pub(crate) fn reopen(&mut self, key: &[u8]) {
        if let Some(stream) = self.by_key.get_mut(key)
            && stream.text.last() == Some(&b'\n')
        {
            stream.text.pop();
            stream.open = true;
            self.bytes = self.bytes.saturating_sub(1);
        }
    }

    /// Ends every stream.
    pub(crate) fn finish<'a>(
        &mut self,
        reader: &mut Reader,
        block: &Block<'a>,
        out: &mut Output<'a>,
    ) {
        self.end_where(|_| true, reader, block, out);
        *self = Self::default();
    }

    fn end_silent<'a>(
        &mut self,
        now: Option<Timestamp>,
        reader: &mut Reader,
        block: &Block<'a>,
        out: &mut Output<'a>,
    ) {
        let time_passed = match (now, self.looked_time) {
            (Some(now), Some(looked)) => now.micros_since(looked) >= SILENCE_MICROS / 2,
            (now, looked) => now.is_some() && looked.is_none(),
        };
        let pieces = self.pieces;
        if !time_passed && pieces - self.looked_at < SILENCE_PIECES / 2 {
            return;
        }
        self.looked_at = pieces;
        self.looked_time = now.or(self.looked_time);
        let is_silent = |stream: &Stream| {
            let by_time = match (now, stream.time) {
                (Some(now), Some(time)) => now.micros_since(time) > SILENCE_MICROS,
                _ => false,
            };
            by_time || pieces - stream.last_piece > SILENCE_PIECES
        };
        self.end_where(is_silent, reader, block, out);
    }

    /// Ends the half of the streams that has been silent longest.
    fn make_room<'a>(&mut self, reader: &mut Reader, block: &Block<'a>, out: &mut Output<'a>) {
        let mut ages: Vec<u64> = self
            .by_key
            .values()
            .map(|stream| stream.last_piece)
            .collect();
        ages.sort_unstable();
        let median = ages.get(ages.len() / 2).copied().unwrap_or(u64::MAX);
        self.end_where(|stream| stream.last_piece <= median, reader, block, out);
    }

    fn end_where<'a>(
        &mut self,
        chosen: impl Fn(&Stream) -> bool,
        reader: &mut Reader,
        block: &Block<'a>,
        out: &mut Output<'a>,
    ) {
        let mut ended: Vec<Stream> = self
            .by_key
            .extract_if(|_, stream| chosen(stream))
            .map(|(_, stream)| stream)
            .collect();
        ended.sort_unstable_by_key(|stream| stream.marks.first().map(|mark| mark.1));
        for mut stream in ended {
            self.bytes = self.bytes.saturating_sub(stream.text.len());
            stream.read(true, reader, block, out);
        }
    }
}

impl Stream {
    fn new(origin: &Origin<'_>) -> Self {
        Self {
            pid: origin.pid,
            server: origin.server.map(str::to_owned),
            time: origin.time,
            ..Self::default()
        }
    }

    fn append(&mut self, line: &Line<'_>, piece: u64) {
        if !self.open {
            self.marks.push((self.text.len(), line.location));
        }
        if self.marks.len() == 1 || line.origin.time.is_some() {
            self.time = line.origin.time;
        }
        self.text.extend_from_slice(line.text);
        self.open = !line.ends && self.text.len() < MAX_RECORD;
        if !self.open {
            self.text.push(b'\n');
        }
        self.last_piece = piece;
    }

    /// Lets the reader take the records that the last line has completed.
    fn offer<'a>(&mut self, reader: &mut Reader, block: &Block<'a>, out: &mut Output<'a>) {
        let last_line = self.marks.last().map_or(0, |mark| mark.0);
        let is_continuation = last_line > 0 && self.text.get(last_line) == Some(&b'\t');
        let is_full = self.text.len() >= MAX_RECORD || self.offers >= MAX_OFFERS;
        if is_full {
            return self.read(true, reader, block, out);
        }
        if last_line == 0 && !reader.is_complete(&self.text) || is_continuation {
            return;
        }
        self.offers += 1;
        self.read(false, reader, block, out);
    }

    fn read<'a>(
        &mut self,
        end: bool,
        reader: &mut Reader,
        block: &Block<'a>,
        out: &mut Output<'a>,
    ) {
        let origin = Origin {
            server: self.server.as_deref(),
            pid: self.pid,
            time: self.time,
        };
        let text: &'a [u8] = block.arena.alloc_slice_copy(&self.text);
        let used = reader.read(text, end, &self.marks, origin, block, out);
        if used == 0 {
            return;
        }
        self.offers = 0;
        self.text.drain(..used.min(self.text.len()));
        let first = self.marks.partition_point(|mark| mark.0 < used);
        self.marks.drain(..first);
        for mark in &mut self.marks {
            mark.0 -= used;
        }
    }
}
