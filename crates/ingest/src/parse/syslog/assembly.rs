//! Numbered pieces put together into records, per host, program, process and
//! record number, whatever stands between them and in whatever order they come.
//!
//! The pieces do not say how many they are. A record is complete when its
//! process has begun the second one after it, when the process has been silent
//! for a while, or at the end. A hole in the numbers is a failure.

use std::collections::{BTreeMap, HashMap};

use kumki_model::{Ambiguity, Location, Timestamp};

use super::chunk::{Extent, leading_tab, unescape};
use crate::parse::FailureKind;
use crate::parse::envelope::sink::{Origin, Sink};
use crate::parse::envelope::streams::{SILENCE_MICROS, SILENCE_PIECES};

/// Processes whose records are kept at once.
const MAX_PROCESSES: usize = 8192;
/// Records of one process kept at once.
const MAX_RECORDS: usize = 64;
/// Bytes kept at once.
const MAX_BYTES: usize = 64 << 20;
/// Bytes of one record.
const MAX_RECORD: usize = 4 << 20;

/// Records in the making.
#[derive(Default)]
pub(crate) struct Assembly {
    processes: HashMap<Vec<u8>, Process>,
    pieces: u64,
    bytes: usize,
    looked_at: u64,
    looked_time: Option<Timestamp>,
}

#[derive(Default)]
struct Process {
    records: BTreeMap<u64, Unfinished>,
    pid: Option<u32>,
    server: Option<String>,
    last_piece: u64,
    time: Option<Timestamp>,
}

#[derive(Default)]
struct Unfinished {
    pieces: BTreeMap<u32, Vec<u8>>,
    bytes: usize,
    location: Location,
    time: Option<Timestamp>,
}

impl Assembly {
    /// Takes piece `piece` of record `sequence` of the process `key`.
    pub(crate) fn push(
        &mut self,
        key: &[u8],
        (sequence, piece): (u64, u32),
        text: &[u8],
        origin: Origin<'_>,
        sink: &mut Sink<'_, '_>,
    ) {
        self.pieces += 1;
        self.end_silent(origin.time, sink);
        if !self.processes.contains_key(key) {
            if self.processes.len() >= MAX_PROCESSES {
                self.make_room(sink);
            }
            let process = Process {
                pid: origin.pid,
                server: origin.server.map(str::to_owned),
                ..Process::default()
            };
            self.processes.insert(key.to_vec(), process);
        }
        let Some(process) = self.processes.get_mut(key) else {
            return;
        };
        process.last_piece = self.pieces;
        process.time = origin.time.or(process.time);
        // A record number that comes again is another process with the same pid.
        let is_reused = process
            .records
            .get(&sequence)
            .is_some_and(|record| piece == 1 && record.pieces.contains_key(&1));
        let before = process.bytes();
        if is_reused {
            process.end_until(u64::MAX, sink);
        } else {
            process.end_until(sequence.saturating_sub(1), sink);
        }
        let record = process
            .records
            .entry(sequence)
            .or_insert_with(|| Unfinished {
                location: sink.location,
                time: origin.time,
                ..Unfinished::default()
            });
        record.bytes += text.len() + 64;
        if record.bytes <= MAX_RECORD {
            record
                .pieces
                .entry(piece)
                .or_insert_with(|| leading_tab(text).into_owned());
        }
        if process.records.len() > MAX_RECORDS {
            process.end_until(u64::MAX, sink);
        }
        self.bytes = (self.bytes + process.bytes()).saturating_sub(before);
        if self.bytes > MAX_BYTES {
            self.make_room(sink);
        }
    }

    /// Ends every record.
    pub(crate) fn finish(&mut self, sink: &mut Sink<'_, '_>) {
        self.end_where(|_| true, sink);
        *self = Self::default();
    }

    fn end_silent(&mut self, now: Option<Timestamp>, sink: &mut Sink<'_, '_>) {
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
        let is_silent = |process: &Process| {
            let by_time = match (now, process.time) {
                (Some(now), Some(time)) => now.micros_since(time) > SILENCE_MICROS,
                _ => false,
            };
            by_time || pieces - process.last_piece > SILENCE_PIECES
        };
        self.end_where(is_silent, sink);
    }

    fn make_room(&mut self, sink: &mut Sink<'_, '_>) {
        let mut ages: Vec<u64> = self
            .processes
            .values()
            .map(|known| known.last_piece)
            .collect();
        ages.sort_unstable();
        let median = ages.get(ages.len() / 2).copied().unwrap_or(u64::MAX);
        self.end_where(|process| process.last_piece <= median, sink);
    }

    fn end_where(&mut self, chosen: impl Fn(&Process) -> bool, sink: &mut Sink<'_, '_>) {
        let mut ended: Vec<Process> = self
            .processes
            .extract_if(|_, known| chosen(known))
            .map(|(_, process)| process)
            .collect();
        ended.sort_unstable_by_key(|process| {
            process
                .records
                .values()
                .next()
                .map(|record| record.location)
        });
        for mut process in ended {
            self.bytes = self.bytes.saturating_sub(process.bytes());
            process.end_until(u64::MAX, sink);
        }
    }
}

impl Process {
    fn bytes(&self) -> usize {
        self.records.values().map(|record| record.bytes).sum()
    }

    /// Ends the records before number `sequence`.
    fn end_until(&mut self, sequence: u64, sink: &mut Sink<'_, '_>) {
        while let Some(first) = self
            .records
            .first_entry()
            .filter(|first| *first.key() < sequence)
        {
            let record = first.remove();
            record.emit(self.pid, self.server.as_deref(), sink);
        }
    }
}

impl Unfinished {
    fn emit(self, pid: Option<u32>, server: Option<&str>, sink: &mut Sink<'_, '_>) {
        let here = std::mem::replace(&mut sink.location, self.location);
        let first = self.pieces.values().next().map_or(&[][..], Vec::as_slice);
        let is_whole = self
            .pieces
            .keys()
            .copied()
            .eq((1..).take(self.pieces.len()));
        if self.bytes > MAX_RECORD {
            sink.fail(FailureKind::TooLarge, first);
        } else if !is_whole {
            sink.fail(FailureKind::MissingParts, first);
        } else {
            let text = sink.arena().alloc_slice_copy(&unescape(self.join()));
            let before = sink.out.records.len();
            sink.whole(
                text,
                Origin {
                    server,
                    pid,
                    time: self.time,
                },
            );
            // The server never sends two records under one number.
            if sink.out.records.len() > before + 1 {
                for record in sink.out.records.iter_mut().skip(before) {
                    record.ambiguous = record.ambiguous.with(Ambiguity::MESSAGE);
                }
            }
        }
        sink.location = here;
    }

    fn join(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.bytes);
        let mut previous: Option<Extent> = None;
        for piece in self.pieces.values() {
            if previous.is_some_and(|previous| !previous.is_joined_by(piece)) {
                text.push(b'\n');
            }
            text.extend_from_slice(piece);
            previous = Some(Extent::of(piece));
        }
        text
    }
}
