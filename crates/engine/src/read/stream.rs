//! One input, read into batches in order: inline, or by a pool of threads.
//!
//! In parallel reading the input is cut where a record seems to begin, and each
//! block is read on the guess that it does. When the reading of a block stops
//! elsewhere than the next one begins, the next one is read again from there.
//! So a wrong guess costs time, and the records are those of sequential reading.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use kumki_ingest::parse::RecordParser;
use kumki_model::SourceId;
use kumki_sql::{Shaper, Shapes};

use super::batch::{Batch, Position};

/// Bytes read before records are looked for.
const BLOCK_BYTES: usize = 256 * 1024;
/// Blocks in flight for each input and thread.
const DEPTH: usize = 4;

type Source = Box<dyn Read + Send>;

/// An input as a sequence of batches.
pub(super) enum Stream {
    /// Read on the caller's thread.
    Inline(Box<Inline>),
    /// Read by a thread of its own, and by the pool where the format allows.
    Threaded(Box<Threaded>),
}

impl Stream {
    /// The next batch; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Batch>> {
        match self {
            Self::Inline(inline) => inline.next(),
            Self::Threaded(threaded) => threaded.next(),
        }
    }
}

/// What stopped the reading of an input.
enum Stop {
    /// Nothing yet.
    Open,
    /// The input ended, or broke off with an error that is still to be told:
    /// what came before it is read first.
    Ended(Option<io::Error>),
}

impl Stop {
    fn is_ended(&self) -> bool {
        matches!(self, Self::Ended(_))
    }

    /// The error, once.
    fn take_error(&mut self) -> Option<io::Error> {
        match self {
            Self::Ended(error) => error.take(),
            Self::Open => None,
        }
    }
}

/// Reads `wanted` bytes more into `bytes`, fewer only where the input stops.
fn fill(source: &mut Source, bytes: &mut Vec<u8>, wanted: usize) -> Stop {
    match source.by_ref().take(wanted as u64).read_to_end(bytes) {
        Ok(read) if read < wanted => Stop::Ended(None),
        Ok(_) => Stop::Open,
        Err(error) => Stop::Ended(Some(error)),
    }
}

/// Sequential reading.
pub(super) struct Inline {
    source: Source,
    parser: Box<dyn RecordParser>,
    shaper: Shaper,
    carry: Vec<u8>,
    id: SourceId,
    line: u64,
    offset: u64,
    stop: Stop,
}

impl Inline {
    pub(super) fn new(
        source: Source,
        id: SourceId,
        parser: Box<dyn RecordParser>,
        shaper: Shaper,
    ) -> Self {
        Self {
            source,
            parser,
            shaper,
            carry: Vec::new(),
            id,
            line: 1,
            offset: 0,
            stop: Stop::Open,
        }
    }

    fn next(&mut self) -> io::Result<Option<Batch>> {
        let mut wanted = BLOCK_BYTES;
        while !self.stop.is_ended() {
            let mut bytes = std::mem::take(&mut self.carry);
            bytes.reserve(wanted);
            self.stop = fill(&mut self.source, &mut bytes, wanted);
            let position = Position {
                source: self.id,
                first_line: self.line,
                offset: self.offset,
                end: self.stop.is_ended(),
            };
            let batch = Batch::read(bytes, position, self.parser.as_mut(), &mut self.shaper);
            self.carry = batch.tail().to_vec();
            self.offset += batch.consumed as u64;
            self.line += batch.lines;
            // A record larger than the block: doubling keeps the work linear.
            wanted = self.carry.len().max(BLOCK_BYTES);
            if batch.consumed > 0 || self.stop.is_ended() {
                return Ok(Some(batch));
            }
        }
        self.stop.take_error().map_or(Ok(None), Err)
    }
}

/// A block to be read by the pool.
struct Job {
    bytes: Vec<u8>,
    position: Position,
    parser: Box<dyn RecordParser>,
    /// Offset at which the next block begins.
    next_start: u64,
    reply: SyncSender<Piece>,
}

/// A block read by the pool, on the guess that it begins at a record.
struct Piece {
    batch: Batch,
    next_start: u64,
    /// The parser, when it stopped inside something it is skipping.
    unfinished: Option<Box<dyn RecordParser>>,
}

impl Piece {
    fn read(
        bytes: Vec<u8>,
        position: Position,
        next_start: u64,
        mut parser: Box<dyn RecordParser>,
        shaper: &mut Shaper,
    ) -> Self {
        let batch = Batch::read(bytes, position, parser.as_mut(), shaper);
        let unfinished = parser.is_skipping().then_some(parser);
        Self {
            batch,
            next_start,
            unfinished,
        }
    }

    /// Offset behind the last byte that was read.
    fn stop(&self) -> u64 {
        self.batch.position.offset + self.batch.consumed as u64
    }
}

/// Threads that read blocks.
pub(super) struct Pool {
    jobs: Sender<Job>,
    threads: usize,
}

impl Pool {
    /// Starts `threads` threads; they end with the pool.
    pub(super) fn start(threads: usize, shapes: &Shapes) -> Self {
        let (jobs, queue) = channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads {
            let queue = Arc::clone(&queue);
            let mut shaper = shapes.shaper();
            thread::spawn(move || {
                while let Some(job) = take(&queue) {
                    let Job {
                        bytes,
                        position,
                        parser,
                        next_start,
                        reply,
                    } = job;
                    let piece = Piece::read(bytes, position, next_start, parser, &mut shaper);
                    // When the input was given up, nobody waits for it.
                    let _ = reply.send(piece);
                }
            });
        }
        Self { jobs, threads }
    }
}

fn take(queue: &Mutex<Receiver<Job>>) -> Option<Job> {
    match queue.lock() {
        Ok(queue) => queue.recv().ok(),
        Err(_) => None,
    }
}

/// Pieces in the order of the input, each still being read.
type Ordered = SyncSender<io::Result<Receiver<Piece>>>;

/// Reading with threads.
pub(super) struct Threaded {
    pieces: Receiver<io::Result<Receiver<Piece>>>,
    parser: Box<dyn RecordParser>,
    shaper: Shaper,
    /// The piece before, when the next one did not begin where it stopped.
    behind: Option<Piece>,
}

impl Threaded {
    pub(super) fn start(
        source: Source,
        id: SourceId,
        parser: Box<dyn RecordParser>,
        shapes: &Shapes,
        pool: &Pool,
        largest_record: usize,
    ) -> Self {
        let (ordered, pieces) = sync_channel(DEPTH * pool.threads.max(1));
        let own_parser = parser.fork();
        if parser.splittable() {
            let jobs = pool.jobs.clone();
            let cutter = Cutter {
                source,
                id,
                parser,
                largest_record,
            };
            thread::spawn(move || cutter.run(&jobs, &ordered));
        } else {
            let inline = Inline::new(source, id, parser, shapes.shaper());
            thread::spawn(move || read_whole(inline, &ordered));
        }
        Self {
            pieces,
            parser: own_parser,
            shaper: shapes.shaper(),
            behind: None,
        }
    }

    fn next(&mut self) -> io::Result<Option<Batch>> {
        loop {
            let Ok(result) = self.pieces.recv() else {
                return Ok(None);
            };
            let Ok(piece) = result?.recv() else {
                return Err(io::Error::other("a reading thread ended early"));
            };
            let mut piece = match self.behind.take() {
                Some(before) => self.read_again(before, &piece),
                None => piece,
            };
            let guessed_right = piece.unfinished.is_none() && piece.stop() == piece.next_start;
            if guessed_right || piece.batch.position.end {
                return Ok(Some(piece.batch));
            }
            if piece.batch.consumed == 0 {
                self.behind = Some(piece);
                continue;
            }
            // Hand over what was read; keep what it takes to go on from there.
            let rest = piece.batch.rest();
            let unfinished = piece.unfinished.take();
            self.behind = Some(Piece {
                batch: rest,
                next_start: piece.next_start,
                unfinished,
            });
            return Ok(Some(piece.batch));
        }
    }

    /// Reads a block again from where the one before it stopped.
    fn read_again(&mut self, before: Piece, piece: &Piece) -> Piece {
        let position = Position {
            first_line: before.batch.position.first_line + before.batch.lines,
            offset: before.stop(),
            ..piece.batch.position
        };
        let mut bytes = before.batch.tail().to_vec();
        let known = position.offset + bytes.len() as u64;
        let from = usize::try_from(known.saturating_sub(piece.batch.position.offset));
        let more = piece.batch.bytes().get(from.unwrap_or(usize::MAX)..);
        bytes.extend_from_slice(more.unwrap_or_default());
        let parser = before.unfinished.unwrap_or_else(|| self.parser.fork());
        Piece::read(bytes, position, piece.next_start, parser, &mut self.shaper)
    }
}

/// Reads an input whose records cannot be told apart without what came before.
fn read_whole(mut inline: Inline, ordered: &Ordered) {
    while let Some(result) = inline.next().transpose() {
        let failed = result.is_err();
        let sent = result.map(|batch| {
            let (reply, receiver) = sync_channel(1);
            let next_start = batch.position.offset + batch.consumed as u64;
            let _ = reply.send(Piece {
                batch,
                next_start,
                unfinished: None,
            });
            receiver
        });
        if ordered.send(sent).is_err() || failed {
            return;
        }
    }
}

/// Cuts an input into blocks at likely record starts.
struct Cutter {
    source: Source,
    id: SourceId,
    parser: Box<dyn RecordParser>,
    largest_record: usize,
}

impl Cutter {
    fn run(mut self, jobs: &Sender<Job>, ordered: &Ordered) {
        let mut carry = Vec::new();
        let (mut line, mut offset) = (1, 0);
        loop {
            let (bytes, mut stop) = self.block(carry);
            let end = stop.is_ended();
            let cut = if end { bytes.len() } else { self.cut(&bytes) };
            // The block goes on behind the cut: where a record ends shows only
            // in what follows it.
            carry = bytes.get(cut..).unwrap_or_default().to_vec();
            let before_cut = bytes.get(..cut).unwrap_or_default();
            let lines = memchr::memchr_iter(b'\n', before_cut).count() as u64;
            let next_start = offset + cut as u64;
            let (reply, receiver) = sync_channel(1);
            let position = Position {
                source: self.id,
                first_line: line,
                offset,
                end,
            };
            let job = Job {
                bytes,
                position,
                parser: self.parser.fork(),
                next_start,
                reply,
            };
            // Waiting here when the consumer is behind is the back-pressure.
            if ordered.send(Ok(receiver)).is_err() || jobs.send(job).is_err() {
                return;
            }
            if end {
                // Whoever gave the input up does not want to know why it broke off.
                if let Some(error) = stop.take_error() {
                    let _ = ordered.send(Err(error));
                }
                return;
            }
            line += lines;
            offset = next_start;
        }
    }

    /// Reads until the block can be cut, or is as large as a record may be.
    fn block(&mut self, mut bytes: Vec<u8>) -> (Vec<u8>, Stop) {
        let mut wanted = BLOCK_BYTES;
        loop {
            bytes.reserve(wanted);
            let stop = fill(&mut self.source, &mut bytes, wanted);
            if stop.is_ended() || self.cut(&bytes) > 0 {
                return (bytes, stop);
            }
            wanted = bytes.len();
        }
    }

    fn cut(&self, bytes: &[u8]) -> usize {
        match self.parser.last_record_start(bytes) {
            Some(start) if start > 0 => start.min(bytes.len()),
            _ if bytes.len() > self.largest_record => bytes.len(),
            _ => 0,
        }
    }
}
