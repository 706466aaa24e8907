//! Opens an input, decompressing what its first bytes say is compressed.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::{Input, SourceError};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Bytes read from the system at a time.
const BUFFER: usize = 256 << 10;

/// Opens an input as plain bytes: gzip (any number of members) and zstd (any
/// number of frames) are told by their first bytes, not by the name.
///
/// # Errors
/// When it cannot be opened or its first bytes cannot be read. Later errors,
/// damaged compressed data among them, come from the reader.
pub fn open(input: &Input) -> Result<Box<dyn Read + Send>, SourceError> {
    open_counted(input, &Arc::default())
}

/// As [`open`]; `stored` grows with the bytes read before decompression.
///
/// # Errors
/// As [`open`].
pub fn open_counted(
    input: &Input,
    stored: &Arc<AtomicU64>,
) -> Result<Box<dyn Read + Send>, SourceError> {
    let failed = |source| SourceError::Unreadable {
        path: input.name().into(),
        source,
    };
    let raw: Box<dyn Read + Send> = match input {
        Input::Stdin => Box::new(std::io::stdin()),
        Input::File(path) => Box::new(File::open(path).map_err(failed)?),
    };
    let counted = Counted {
        inner: raw,
        stored: Arc::clone(stored),
    };
    decompressed(Box::new(counted)).map_err(failed)
}

/// Counts what is read.
struct Counted {
    inner: Box<dyn Read + Send>,
    stored: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.stored.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

fn decompressed(mut raw: Box<dyn Read + Send>) -> std::io::Result<Box<dyn Read + Send>> {
    let mut magic = Vec::with_capacity(ZSTD.len());
    raw.by_ref()
        .take(ZSTD.len() as u64)
        .read_to_end(&mut magic)?;
    let is_gzip = magic.starts_with(&GZIP);
    let is_zstd = magic == ZSTD;
    let whole = Cursor::new(magic).chain(raw);
    Ok(if is_gzip {
        Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, whole)))
    } else if is_zstd {
        Box::new(zstd::stream::read::Decoder::with_buffer(
            BufReader::with_capacity(BUFFER, whole),
        )?)
    } else {
        Box::new(whole)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: Vec<u8>) -> String {
        let mut text = String::new();
        decompressed(Box::new(Cursor::new(bytes)))
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compression_is_told_from_the_data() {
        assert_eq!(read(b"plain".to_vec()), "plain");
        assert_eq!(read(Vec::new()), "");
        assert_eq!(read(b"ab".to_vec()), "ab");
        assert_eq!(read([gzip("one "), gzip("two")].concat()), "one two");
        let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 3).unwrap();
        assert_eq!(read([zstd("one "), zstd("two")].concat()), "one two");
    }

    #[test]
    fn damaged_data_is_an_error_not_a_panic() {
        let mut cut = gzip("some text that is cut off");
        cut.truncate(15);
        let mut text = String::new();
        let mut reader = decompressed(Box::new(Cursor::new(cut))).unwrap();
        assert!(reader.read_to_string(&mut text).is_err());
    }
}
