//! Searches in short fields, eight bytes at a time: for a few bytes it is
//! cheaper than a call of memchr, which pays off over long ones.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Bytes looked at here before memchr takes over.
const REACH: usize = 32;

/// The high bit of every byte of `word` that equals `byte`; bits above the
/// lowest one set may be wrong.
const fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ (ONES * byte as u64);
    difference.wrapping_sub(ONES) & !difference & HIGHS
}

/// Position of the first of three bytes at or after `from`, or the length.
#[inline]
pub(crate) fn find_any(bytes: &[u8], from: usize, wanted: [u8; 3]) -> usize {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let found = equal(word, wanted[0]) | equal(word, wanted[1]) | equal(word, wanted[2]);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
        if at - from >= REACH {
            let rest = &bytes[at..];
            return memchr::memchr3(wanted[0], wanted[1], wanted[2], rest)
                .map_or(bytes.len(), |found| at + found);
        }
    }
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter()
        .position(|byte| wanted.contains(byte))
        .map_or(bytes.len(), |found| at + found)
}

/// Position of the first of two bytes at or after `from`, or the length.
#[inline]
pub(crate) fn find_either(bytes: &[u8], from: usize, wanted: [u8; 2]) -> usize {
    find_any(bytes, from, [wanted[0], wanted[1], wanted[1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_plain_search_finds() {
        let text: Vec<u8> = (0..120)
            .map(|index| b"abcdefg,h\x2d\x2b\xac"[index % 12])
            .collect();
        for length in 0..text.len() {
            for byte in [b',', b'z', b'a', b'\xac'] {
                let mut text = vec![b'.'; length];
                text.push(byte);
                text.extend_from_slice(b"tail of it");
                let plain = |from: usize, wanted: &[u8]| {
                    let rest = &text[from..];
                    rest.iter()
                        .position(|byte| wanted.contains(byte))
                        .map_or(text.len(), |at| from + at)
                };
                for from in [0, length / 2, length] {
                    assert_eq!(
                        find_any(&text, from, [b',', b'\xac', b'z']),
                        plain(from, b",\xacz")
                    );
                    assert_eq!(find_either(&text, from, [b'a', b'!']), plain(from, b"a!"));
                }
            }
        }
        assert_eq!(find_any(b"", 0, *b"abc"), 0);
    }
}
