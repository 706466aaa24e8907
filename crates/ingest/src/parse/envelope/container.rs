//! Container logs: what runtimes and collectors make of standard error.
//!
//! Docker's json-file and Kubernetes collectors' JSON (`log` or `message`), and
//! the CRI's text lines. Lines that a runtime cut in parts are joined, then
//! belong to their container's stream; the format inside is read from there.

use jiff::tz::TimeZone;
use serde::Deserialize;

use super::framing::Framing;
use super::moment;
use super::parser::Wrapping;
use super::scalar::Scalar;
use super::sink::{Origin, Sink};
use crate::parse::text::decode;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    log: Option<Scalar<'a>>,
    message: Option<Scalar<'a>>,
    stream: Scalar<'a>,
    #[serde(alias = "timestamp", alias = "@timestamp", alias = "date")]
    time: Option<Scalar<'a>>,
    /// `P` for a part, `F` for the last one (CRI, as Fluent Bit passes it on).
    #[serde(alias = "_p")]
    logtag: Scalar<'a>,
    partial_message: Scalar<'a>,
    partial_last: Scalar<'a>,
    container_id: Scalar<'a>,
    kubernetes: Option<Pod<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pod<'a> {
    #[serde(borrow)]
    pod_name: Scalar<'a>,
    namespace_name: Scalar<'a>,
    container_name: Scalar<'a>,
}

/// Containers' lines, JSON or the CRI's.
pub(crate) struct Container;

impl Wrapping for Container {
    const NAME: &'static str = "container";
    const FRAMING: Framing = Framing::Lines;

    fn unwrap<'a>(&mut self, line: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        if line.starts_with(b"{") {
            take_json(line, sink)
        } else {
            take_cri(line, sink)
        }
    }

    fn fork(&self) -> Self {
        Self
    }
}

fn take_json<'a>(line: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
    let Ok(entry) = serde_json::from_str::<Entry<'a>>(decode(line, sink.arena())) else {
        return false;
    };
    let is_docker = entry.log.is_some() && entry.kubernetes.is_none();
    let Some(text) = entry.log.or(entry.message) else {
        return false;
    };
    let pod = entry.kubernetes.unwrap_or_default();
    let time = entry.time.as_ref().and_then(|time| {
        moment::read(time.as_str(), &TimeZone::UTC).or_else(|| moment::epoch(time.as_str()))
    });
    let is_part = entry.logtag.as_str() == "P"
        || entry.partial_message.as_str() == "true" && entry.partial_last.as_str() != "true";
    // Docker leaves the line end in; a line without one goes on. Collectors
    // that took it off say by a tag when a line goes on.
    let is_tagged = !entry.logtag.is_empty() || !entry.partial_message.is_empty();
    let ends = if is_docker && !is_tagged {
        entry.stream.is_empty()
    } else {
        !is_part
    };
    let key = [
        pod.namespace_name.as_str(),
        pod.pod_name.as_str(),
        pod.container_name.as_str(),
        entry.container_id.as_str(),
        entry.stream.as_str(),
    ]
    .join("\0");
    let server = Some(pod.pod_name.as_str()).filter(|name| !name.is_empty());
    let origin = Origin {
        server,
        pid: None,
        time,
    };
    sink.lines(key.as_bytes(), text.as_str().as_bytes(), ends, origin);
    true
}

/// The CRI's lines: `2026-01-31T10:00:04.1Z stderr F text`.
fn take_cri(line: &[u8], sink: &mut Sink<'_, '_>) -> bool {
    let Some((time, stream, tag, text)) = split_cri(line) else {
        return false;
    };
    let Some(time) = moment::read(time, &TimeZone::UTC) else {
        return false;
    };
    let origin = Origin {
        server: None,
        pid: None,
        time: Some(time),
    };
    sink.lines(stream.as_bytes(), text, !tag.starts_with('P'), origin);
    true
}

fn split_cri(line: &[u8]) -> Option<(&str, &str, &str, &[u8])> {
    let mut fields = line.splitn(4, |byte| *byte == b' ');
    let mut next = || std::str::from_utf8(fields.next()?).ok();
    let (time, stream, tag) = (next()?, next()?, next()?);
    let is_cri = matches!(stream, "stderr" | "stdout")
        && (tag == "F" || tag == "P" || tag.starts_with("F:") || tag.starts_with("P:"));
    is_cri.then(|| (time, stream, tag, fields.next().unwrap_or_default()))
}

/// How surely `head` is a container's log, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| !line.is_empty())?;
    if let Some((time, ..)) = split_cri(line) {
        return moment::read(time, &TimeZone::UTC).map(|_| 95);
    }
    let entry: Entry<'_> = serde_json::from_slice(super::first_object(head)?).ok()?;
    match (entry.log.is_some(), entry.message.is_some()) {
        (true, _) if entry.kubernetes.is_some() || !entry.stream.is_empty() => Some(85),
        (_, true) if entry.kubernetes.is_some() => Some(80),
        (true, _) => Some(60),
        _ => None,
    }
}
