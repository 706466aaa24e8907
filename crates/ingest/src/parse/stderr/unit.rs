//! Units of a stderr log: a line with its continuation lines. Found in one
//! linear pass; what exceeds the limit is skipped without being held.

/// A line in column 0 with the lines that continue it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    /// Where it begins.
    pub(super) start: usize,
    /// Where the next one begins.
    pub(super) end: usize,
    /// Whether it holds nothing but newlines.
    pub(super) blank: bool,
    /// Whether it is a run of NUL bytes.
    pub(super) nuls: bool,
    /// What of it is still to come.
    pub(super) skip: Skip,
}

/// What of an oversized unit is still to be skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skip {
    /// Nothing.
    None,
    /// The rest of a line, and lines that continue it.
    Line,
    /// Lines that continue it.
    Continuation,
    /// NUL bytes.
    Nuls,
}

impl Skip {
    /// Skips what `bytes` has of it; returns how much that was. It is over when
    /// `self` is `None` afterwards.
    pub(super) fn resume(&mut self, bytes: &[u8], end: bool) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            match *self {
                Self::None => return at,
                Self::Nuls => match bytes[at..].iter().position(|byte| *byte != 0) {
                    Some(found) => {
                        *self = Self::None;
                        return at + found;
                    }
                    None => return bytes.len(),
                },
                Self::Line => match memchr::memchr(b'\n', &bytes[at..]) {
                    Some(found) => {
                        at += found + 1;
                        *self = Self::Continuation;
                    }
                    None => return bytes.len(),
                },
                Self::Continuation => match continues(&bytes[at..], end) {
                    Some(true) => *self = Self::Line,
                    Some(false) => *self = Self::None,
                    None => return at,
                },
            }
        }
        at
    }
}

/// Whether a line that begins with `rest` continues the one before it: it
/// begins with a TAB or is empty. Nothing when that cannot be told yet.
fn continues(rest: &[u8], end: bool) -> Option<bool> {
    match rest {
        [] | [b'\r'] if !end => None,
        [b'\t' | b'\n', ..] | [b'\r', b'\n', ..] => Some(true),
        _ => Some(false),
    }
}

/// The unit that begins at `start`, when it is complete or larger than `limit`.
pub(super) fn next_unit(bytes: &[u8], start: usize, end: bool, limit: usize) -> Option<Unit> {
    let unit = |stop, skip| Unit {
        start,
        end: stop,
        blank: false,
        nuls: false,
        skip,
    };
    let rest = bytes.get(start..)?;
    if *rest.first()? == 0 {
        let run = rest.iter().position(|byte| *byte != 0);
        let skip = if run.is_none() && !end {
            Skip::Nuls
        } else {
            Skip::None
        };
        return Some(Unit {
            nuls: true,
            ..unit(start + run.unwrap_or(rest.len()), skip)
        });
    }
    let mut at = start;
    let mut blank = true;
    loop {
        let Some(found) = memchr::memchr(b'\n', &bytes[at..]) else {
            if end {
                blank &= bytes[at..].iter().all(|byte| *byte == b'\r');
                return Some(Unit {
                    blank,
                    ..unit(bytes.len(), Skip::None)
                });
            }
            return (bytes.len() - start > limit).then(|| unit(bytes.len(), Skip::Line));
        };
        blank &= matches!(&bytes[at..at + found], [] | [b'\r']);
        at += found + 1;
        match continues(&bytes[at..], end) {
            Some(false) => {
                return Some(Unit {
                    blank,
                    ..unit(at, Skip::None)
                });
            }
            None if at - start > limit => return Some(unit(at, Skip::Continuation)),
            None => return None,
            // A blank line says nothing; what follows it stands for itself.
            Some(true) if blank && at < bytes.len() => {
                return Some(Unit {
                    blank,
                    ..unit(at, Skip::None)
                });
            }
            Some(true) => {}
        }
    }
}
