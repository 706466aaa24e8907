//! Words, eight bytes at a time.

const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

const HIGH: u64 = repeat(0x80);

/// The high bit of every byte of `x` (all below 0x80) that lies in `low..=high`.
/// No sum leaves its byte.
const fn within(x: u64, low: u8, high: u8) -> u64 {
    (x + repeat(0x80 - low)) & !(x + repeat(0x7f - high)) & HIGH
}

/// Appends the identifier at the start of `bytes`, folded to lower case as
/// PostgreSQL does, and returns its length.
#[inline]
pub(super) fn append(text: &mut Vec<u8>, bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(chunk) = bytes.get(length..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let low = word & !HIGH;
        let letters = within(low | repeat(0x20), b'a', b'z');
        let part = letters
            | within(low, b'0', b'9')
            | within(low, b'_', b'_')
            | within(low, b'$', b'$')
            | (word & HIGH);
        let upper = within(low, b'A', b'Z') & !word;
        text.extend_from_slice(&(word | upper >> 2).to_le_bytes());
        let others = !part & HIGH;
        if others != 0 {
            let kept = others.trailing_zeros() as usize / 8;
            text.truncate(text.len() - 8 + kept);
            return length + kept;
        }
        length += 8;
    }
    for &byte in bytes.get(length..).unwrap_or_default() {
        if !(byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80) {
            break;
        }
        text.push(byte.to_ascii_lowercase());
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_classed_and_folded_at_every_place() {
        for byte in 0..=255u8 {
            for place in 0..20 {
                let mut bytes = [b'Q'; 20];
                bytes[place] = byte;
                let part =
                    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
                let length = if part { 20 } else { place };
                let mut text = Vec::new();
                assert_eq!(append(&mut text, &bytes), length, "{byte} at {place}");
                assert_eq!(
                    text,
                    bytes[..length].to_ascii_lowercase(),
                    "{byte} at {place}"
                );
            }
        }
    }
}
