//! CloudWatch Logs, as subscriptions and the API deliver them.
//!
//! `{messageType, logGroup, logStream, logEvents}`, plain, or as base64 of gzip:
//! bare on a line, in a Lambda's `awslogs.data`, in Kinesis and Firehose
//! `Records`; also the `events` of `filter-log-events`. An event's message is a
//! piece of a stderr file with the RDS prefix. Control messages and log groups
//! that are not PostgreSQL's are set aside and counted. Decompression is
//! bounded.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use super::framing::{Framer, Framing, Piece};
use super::moment;
use super::parser::{MAX_PIECE, Wrapping};
use super::scalar::Scalar;
use super::sink::{Origin, Sink};
use crate::parse::FailureKind;
use crate::parse::text::decode;

/// The prefix of RDS and Aurora, which cannot be changed there.
pub(crate) const PREFIX: &str = "%t:%r:%u@%d:[%p]:";

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Batch<'a> {
    #[serde(borrow)]
    message_type: Scalar<'a>,
    log_group: Scalar<'a>,
    log_stream: Scalar<'a>,
    log_events: Option<Vec<Event<'a>>>,
    events: Option<Vec<Event<'a>>>,
    awslogs: Option<Data<'a>>,
    #[serde(alias = "Records")]
    records: Option<Vec<Data<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow)]
    message: Scalar<'a>,
    timestamp: Scalar<'a>,
    log_stream_name: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Data<'a> {
    #[serde(borrow)]
    #[serde(alias = "Data")]
    data: Scalar<'a>,
    kinesis: Option<Box<Data<'a>>>,
}

/// CloudWatch batches.
pub(crate) struct CloudWatch;

impl Wrapping for CloudWatch {
    const NAME: &'static str = "cloudwatch";
    const FRAMING: Framing = Framing::Json;

    fn unwrap<'a>(&mut self, piece: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let text = decode(piece, sink.arena());
        let Ok(mut batch) = serde_json::from_str::<Batch<'a>>(text) else {
            return false;
        };
        let packed: Vec<Data<'a>> = batch
            .awslogs
            .take()
            .into_iter()
            .chain(batch.records.take().into_iter().flatten())
            .collect();
        if packed.is_empty() {
            return take_batch(batch, sink);
        }
        for data in packed {
            let data = data.kinesis.map_or(data.data, |inner| inner.data);
            take_packed(data.as_str().as_bytes(), sink);
        }
        true
    }

    fn unwrap_line<'a>(&mut self, line: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        // Gzip begins with 1f 8b 08, in base64 with `H4sI`.
        let line = line.trim_ascii().trim_ascii_end();
        let is_packed = line.starts_with(b"H4sI");
        if is_packed {
            take_packed(line, sink);
        }
        is_packed
    }

    fn fork(&self) -> Self {
        Self
    }
}

fn take_batch<'a>(batch: Batch<'a>, sink: &mut Sink<'_, 'a>) -> bool {
    if batch.message_type.as_str() == "CONTROL_MESSAGE" {
        sink.ignore();
        return true;
    }
    let Some(events) = batch.log_events.or(batch.events) else {
        return false;
    };
    let group = batch.log_group.as_str();
    for event in events {
        if is_other_log(group) {
            sink.ignore();
            continue;
        }
        let stream = if event.log_stream_name.is_empty() {
            batch.log_stream.as_str()
        } else {
            event.log_stream_name.as_str()
        };
        let key = [group, stream].join("\0");
        let server = server_of(group, stream);
        let time = moment::epoch(event.timestamp.as_str());
        let origin = Origin {
            server,
            pid: None,
            time,
        };
        sink.lines(
            key.as_bytes(),
            event.message.as_str().as_bytes(),
            true,
            origin,
        );
    }
    true
}

/// RDS publishes each of an instance's logs to a group of its own.
fn is_other_log(group: &str) -> bool {
    group.starts_with("/aws/rds/") && !group.ends_with("/postgresql")
}

/// The instance: in an instance's group the group names it, in a cluster's the
/// stream does (`name`, or `name.0` for a part of its log).
fn server_of<'n>(group: &'n str, stream: &'n str) -> Option<&'n str> {
    if let Some(rest) = group.strip_prefix("/aws/rds/instance/") {
        return rest.split('/').next();
    }
    let name = match stream.rsplit_once('.') {
        Some((name, part)) if part.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => stream,
    };
    if !name.is_empty() {
        return Some(name);
    }
    group.rsplit('/').find(|part| !part.is_empty())
}

/// Base64 of gzip of batches, or of batches as they are.
fn take_packed(data: &[u8], sink: &mut Sink<'_, '_>) {
    let Ok(packed) = STANDARD.decode(data) else {
        return sink.fail(FailureKind::Unrecognised, data);
    };
    let plain = if packed.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        let limit = MAX_PIECE as u64 + 1;
        if MultiGzDecoder::new(&packed[..])
            .take(limit)
            .read_to_end(&mut plain)
            .is_err()
        {
            return sink.fail(FailureKind::Truncated, data);
        }
        if plain.len() > MAX_PIECE {
            return sink.fail(FailureKind::TooLarge, &plain);
        }
        plain
    } else {
        packed
    };
    let plain: &[u8] = sink.arena().alloc_slice_copy(&plain);
    let mut framer = Framer::new(Framing::Json);
    let mut at = 0;
    while let Some(cut) = framer.next(plain, at, true, MAX_PIECE) {
        at = cut.end;
        let piece = plain.get(cut.start..cut.end).unwrap_or_default();
        let is_read = cut.piece == Piece::Value
            && serde_json::from_str::<Batch<'_>>(decode(piece, sink.arena()))
                .is_ok_and(|batch| take_batch(batch, sink));
        if !is_read {
            sink.fail(FailureKind::Unrecognised, piece);
        }
    }
}

/// How surely `head` is CloudWatch's, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    let start = head.get(..head.len().min(8 << 10)).unwrap_or_default();
    let has = |word: &str| memchr::memmem::find(start, word.as_bytes()).is_some();
    if start.starts_with(b"H4sI") {
        return Some(90);
    }
    if !super::starts_with_object(head) {
        return None;
    }
    if has("\"logEvents\"") || has("\"awslogs\"") || has("\"messageType\"") && has("\"logGroup\"") {
        return Some(95);
    }
    (has("\"kinesis\"") || has("\"logStreamName\"") || has("\"H4sI")).then_some(80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_groups_and_streams() {
        assert_eq!(
            server_of("/aws/rds/instance/shop/postgresql", "shop.0"),
            Some("shop")
        );
        assert_eq!(
            server_of("/aws/rds/cluster/c/postgresql", "c-1.3"),
            Some("c-1")
        );
        assert_eq!(server_of("mine/pg", ""), Some("pg"));
    }
}
