//! Logs broken on purpose: what disks, networks, rotation and attackers do.
//!
//! A log and a list of faults go in, the broken log and a list of what was
//! done to it come out. Equal seeds give equal damage.

use memchr::memchr_iter;
use serde::{Deserialize, Serialize};

use crate::random::Random;

/// One kind of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The log ends at a random byte.
    Truncate,
    /// The log ends at this byte.
    TruncateAt(u64),
    /// So many bytes are replaced by others.
    FlipBytes(u32),
    /// So many lines are cut in two by a later line written into them.
    Interleave(u32),
    /// A block of so many lines is there twice.
    DuplicateBlock(u32),
    /// So many lines are missing.
    DropLines(u32),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The damage it belongs to.
    pub fault: Fault,
    /// Where, in bytes of the log as it was when this was done.
    pub offset: u64,
    /// How many bytes were changed, added or removed there.
    pub length: u64,
}

/// Applies `faults` to `log`, one after the other, and says what was done.
pub fn apply(log: &[u8], faults: &[Fault], seed: u64) -> (Vec<u8>, Vec<Change>) {
    let mut random = Random::new(seed);
    let mut bytes = log.to_vec();
    let mut changes = Vec::new();
    for &fault in faults {
        let mut note = |offset: usize, length: usize| {
            changes.push(Change {
                fault,
                offset: offset as u64,
                length: length as u64,
            });
        };
        match fault {
            Fault::Truncate => truncate(&mut bytes, random.below(log.len() as u64), &mut note),
            Fault::TruncateAt(at) => truncate(&mut bytes, at, &mut note),
            Fault::FlipBytes(count) => {
                for _ in 0..count {
                    let at = random.index(bytes.len());
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= random.between(1, 255) as u8;
                        note(at, 1);
                    }
                }
            }
            Fault::Interleave(count) => bytes = interleave(&bytes, count, &mut random, &mut note),
            Fault::DuplicateBlock(lines) => duplicate(&mut bytes, lines, &mut random, &mut note),
            Fault::DropLines(count) => bytes = drop_lines(&bytes, count, &mut random, &mut note),
        }
    }
    (bytes, changes)
}

fn truncate(bytes: &mut Vec<u8>, at: u64, note: &mut impl FnMut(usize, usize)) {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    if at < bytes.len() {
        note(at, bytes.len() - at);
        bytes.truncate(at);
    }
}

/// Where lines begin; the last is the end of the log.
fn line_starts(bytes: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    starts.extend(memchr_iter(b'\n', bytes).map(|end| end + 1));
    if starts.last() != Some(&bytes.len()) {
        starts.push(bytes.len());
    }
    starts
}

/// Some of `count` lines, sorted, each once.
fn choose(lines: usize, count: u32, random: &mut Random) -> Vec<usize> {
    let mut chosen: Vec<usize> = (0..count).map(|_| random.index(lines)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

fn line<'a>(bytes: &'a [u8], starts: &[usize], index: usize) -> &'a [u8] {
    let start = starts.get(index).copied().unwrap_or(bytes.len());
    let end = starts.get(index + 1).copied().unwrap_or(bytes.len());
    bytes.get(start..end).unwrap_or_default()
}

fn interleave(
    bytes: &[u8],
    count: u32,
    random: &mut Random,
    note: &mut impl FnMut(usize, usize),
) -> Vec<u8> {
    let starts = line_starts(bytes);
    let lines = starts.len() - 1;
    let chosen = choose(lines.saturating_sub(1), count, random);
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < lines {
        let this = line(bytes, &starts, index);
        if chosen.binary_search(&index).is_ok() {
            let next = line(bytes, &starts, index + 1);
            let (head, tail) = this.split_at(random.index(this.len()));
            note(
                starts.get(index).copied().unwrap_or(0) + head.len(),
                next.len(),
            );
            for part in [head, next, tail] {
                out.extend_from_slice(part);
            }
            index += 2;
        } else {
            out.extend_from_slice(this);
            index += 1;
        }
    }
    out
}

fn duplicate(
    bytes: &mut Vec<u8>,
    lines: u32,
    random: &mut Random,
    note: &mut impl FnMut(usize, usize),
) {
    let starts = line_starts(bytes);
    let first = random.index(starts.len() - 1);
    let last = first.saturating_add(lines as usize).min(starts.len() - 1);
    if let (Some(&from), Some(&to)) = (starts.get(first), starts.get(last)) {
        let block = bytes.get(from..to).unwrap_or_default().to_vec();
        note(to, block.len());
        bytes.splice(to..to, block);
    }
}

fn drop_lines(
    bytes: &[u8],
    count: u32,
    random: &mut Random,
    note: &mut impl FnMut(usize, usize),
) -> Vec<u8> {
    let starts = line_starts(bytes);
    let chosen = choose(starts.len() - 1, count, random);
    let mut out = Vec::with_capacity(bytes.len());
    for index in 0..starts.len() - 1 {
        let this = line(bytes, &starts, index);
        if chosen.binary_search(&index).is_ok() {
            note(starts.get(index).copied().unwrap_or(0), this.len());
        } else {
            out.extend_from_slice(this);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &[u8] = b"one\ntwo\nthree\nfour\nfive\n";

    #[test]
    fn equal_seeds_give_equal_damage() {
        let faults = [
            Fault::FlipBytes(3),
            Fault::Interleave(2),
            Fault::DuplicateBlock(2),
            Fault::DropLines(1),
            Fault::Truncate,
        ];
        assert_eq!(apply(LOG, &faults, 4), apply(LOG, &faults, 4));
        assert_ne!(apply(LOG, &faults, 4).0, apply(LOG, &faults, 5).0);
    }

    #[test]
    fn each_fault_does_what_it_says() {
        assert_eq!(apply(LOG, &[Fault::TruncateAt(5)], 1).0, b"one\nt");
        assert_eq!(
            apply(LOG, &[Fault::TruncateAt(500)], 1),
            (LOG.to_vec(), Vec::new())
        );
        let (flipped, changes) = apply(LOG, &[Fault::FlipBytes(1)], 1);
        assert_eq!(flipped.iter().zip(LOG).filter(|(a, b)| a != b).count(), 1);
        assert_eq!(changes.len(), 1);
        let (doubled, changes) = apply(LOG, &[Fault::DuplicateBlock(2)], 1);
        assert_eq!(doubled.len() as u64, LOG.len() as u64 + changes[0].length);
        let (dropped, changes) = apply(LOG, &[Fault::DropLines(1)], 1);
        assert_eq!(dropped.len() as u64, LOG.len() as u64 - changes[0].length);
        let (mixed, changes) = apply(LOG, &[Fault::Interleave(1)], 1);
        assert_eq!((mixed.len(), changes.len()), (LOG.len(), 1));
        assert_ne!(mixed, LOG);
    }

    #[test]
    fn nothing_to_break_is_not_an_error() {
        for fault in [
            Fault::Truncate,
            Fault::FlipBytes(2),
            Fault::Interleave(2),
            Fault::DuplicateBlock(2),
            Fault::DropLines(2),
        ] {
            assert_eq!(apply(b"", &[fault], 1).0, b"");
        }
    }
}
