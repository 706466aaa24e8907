//! Decimal and hexadecimal digits appended to a buffer without formatting
//! machinery.

/// Appends `value` in decimal.
pub(crate) fn decimal(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends `value` in decimal to text.
pub(crate) fn decimal_text(out: &mut String, value: impl itoa::Integer) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Appends `value` in `width` decimal digits, filled with zeros.
pub(crate) fn padded(out: &mut Vec<u8>, value: u64, width: usize) {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(value);
    out.extend(std::iter::repeat_n(
        b'0',
        width.saturating_sub(digits.len()),
    ));
    out.extend_from_slice(digits.as_bytes());
}

/// Appends `value` in `width` decimal digits to text, filled with zeros.
pub(crate) fn padded_text(out: &mut String, value: u64, width: usize) {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(value);
    out.extend(std::iter::repeat_n('0', width.saturating_sub(digits.len())));
    out.push_str(digits);
}

/// Appends the lowest `width` hexadecimal digits of `value`.
pub(crate) fn hexadecimal(out: &mut String, value: u64, width: u32) {
    for place in (0..width).rev() {
        let digit = (value >> (4 * place).min(63)) & 15;
        out.push(char::from_digit(digit as u32, 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_with_zeros_and_never_cuts() {
        let mut out = Vec::new();
        padded(&mut out, 7, 3);
        padded(&mut out, 12_345, 3);
        decimal(&mut out, -5_i64);
        assert_eq!(out, b"00712345-5");
        let mut text = String::new();
        hexadecimal(&mut text, 0xAB, 4);
        padded_text(&mut text, 9, 2);
        assert_eq!(text, "00ab09");
    }
}
