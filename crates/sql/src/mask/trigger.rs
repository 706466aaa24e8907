//! Whether a text can hold a secret at all.
//!
//! Every announcement of a secret contains one of a few letter groups that are
//! rare elsewhere. One branch-free pass, written so that the compiler turns it
//! into vector instructions, looks for all of them.

/// Bytes looked at between two decisions.
const BLOCK: usize = 256;

/// An underscore as the comparison sees it.
const UNDERSCORE: u8 = b'_' | 0x20;

/// A name or option that announces a secret may occur.
pub(super) const ANNOUNCED: u8 = 1;
/// A call of pgcrypto may occur.
pub(super) const CALL: u8 = 2;
/// A password verifier, or a URL with a password, may occur.
pub(super) const VERIFIER: u8 = 4;

/// Which kinds of secrets the letter groups that occur allow for, whatever
/// their case; 0 when there can be none.
pub(super) fn possible(bytes: &[u8]) -> u8 {
    let Some(last) = bytes.len().checked_sub(2) else {
        return 0;
    };
    let (first, second, third) = (&bytes[..last], &bytes[1..=last], &bytes[2..]);
    first
        .chunks(BLOCK)
        .zip(second.chunks(BLOCK))
        .zip(third.chunks(BLOCK))
        .fold(0, |found, ((first, second), third)| {
            found | block(first, second, third)
        })
}

fn block(first: &[u8], second: &[u8], third: &[u8]) -> u8 {
    let mut found = 0u8;
    for ((&a, &b), &c) in first.iter().zip(second).zip(third) {
        let (a, b, c) = (a | 0x20, b | 0x20, c | 0x20);
        let is = |x: u8, y: u8, z: u8| u8::from(a == x) & u8::from(b == y) & u8::from(c == z);
        let announced = is(b's', b's', b'w') // password, passwd
            | is(b's', b's', b'p') // passphrase
            | is(b's', b's', b'c') // passcode
            | is(b'p', b'w', b'd')
            | is(b'e', b'c', b'r') // secret
            | is(b'o', b'k', b'e') // token
            | is(b'p', b'i', b'k') // apikey
            | is(b's', UNDERSCORE, b'k') // access_key
            | is(b'i', UNDERSCORE, b'k') // api_key
            | is(b'e', UNDERSCORE, b'k') // private_key
            | is(b'o', b'p', b't'); // OPTIONS
        let call = is(b'c', b'r', b'y') // crypt, encrypt, decrypt
            | is(b'h', b'm', b'a') // hmac
            | is(UNDERSCORE, b'p', b'u'); // pgp_pub_decrypt
        let verifier = is(b':', b'/', b'/') | is(b'm', b'd', b'5') | is(b'm', b'-', b's'); // SCRAM-SHA-256
        found |= (announced * ANNOUNCED) | (call * CALL) | (verifier * VERIFIER);
    }
    found
}
