//! The flat rows of the PostgreSQL log in a Fabric table, as JSON lines, an
//! array, or CSV with a header.
//!
//! Columns are found by name (`EventProcessedUtcTime`, `message`, `errorLevel`,
//! `sqlerrcode`, `processId`, `backend_type`, `LogicalServerName`, `category`),
//! in any order and case; others are passed over. A row is read like Azure's
//! own entries.

use super::azure::{self, Azure, Row};
use super::framing::Framing;
use super::parser::Wrapping;
use super::sink::Sink;
use crate::parse::text::{decode, trim_newline};
use crate::parse::time::TimeReader;

/// Most columns of a table.
const MAX_COLUMNS: usize = 512;

/// Rows of the table.
pub(crate) struct Fabric {
    json: Azure,
    times: TimeReader,
    columns: Option<Vec<Option<Column>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Time,
    EnvelopeTime,
    Message,
    Level,
    SqlState,
    ProcessId,
    BackendType,
    Server,
    Category,
    Detail,
}

impl Fabric {
    /// Rows whose times without a zone are read by `times`.
    pub(crate) fn new(times: TimeReader) -> Self {
        Self {
            json: Azure::new(times.clone()),
            times,
            columns: None,
        }
    }
}

impl Wrapping for Fabric {
    const NAME: &'static str = "fabric";
    const FRAMING: Framing = Framing::Table;

    fn unwrap<'a>(&mut self, piece: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        if piece.starts_with(b"{") {
            return self.json.unwrap(piece, sink);
        }
        let text = decode(trim_newline(piece), sink.arena());
        let Some(fields) = fields(text) else {
            return false;
        };
        let Some(columns) = &self.columns else {
            self.columns = header(&fields);
            return self.columns.is_some();
        };
        if fields.len() != columns.len() {
            return false;
        }
        let mut row = Row::default();
        for (column, field) in columns.iter().zip(fields) {
            let Some(column) = column else { continue };
            let value: &'a str = field.keep(sink);
            match column {
                Column::Time => row.times[0] = value,
                Column::EnvelopeTime => row.times[1] = value,
                Column::Message => row.message = value,
                Column::Level => row.level = value,
                Column::SqlState => row.sqlstate = value,
                Column::ProcessId => row.process_id = value,
                Column::BackendType => row.backend_type = value,
                Column::Server => row.server = Some(value).filter(|name| !name.is_empty()),
                Column::Category => row.category = value,
                Column::Detail => row.detail = value,
            }
        }
        azure::take(&row, &mut self.times, sink);
        true
    }

    fn fork(&self) -> Self {
        Self::new(self.times.clone())
    }
}

/// The columns a header names. Nothing when it names no message.
fn header(fields: &[Field<'_>]) -> Option<Vec<Option<Column>>> {
    let columns: Vec<Option<Column>> = fields
        .iter()
        .map(|field| {
            let name = field
                .text
                .trim_start_matches('\u{feff}')
                .trim()
                .to_ascii_lowercase();
            Some(match name.as_str() {
                "timestamp" => Column::Time,
                "eventprocessedutctime" | "timegenerated" | "time" => Column::EnvelopeTime,
                "message" => Column::Message,
                "errorlevel" => Column::Level,
                "sqlerrcode" => Column::SqlState,
                "processid" => Column::ProcessId,
                "backend_type" | "backendtype" => Column::BackendType,
                "logicalservername" => Column::Server,
                "category" => Column::Category,
                "detail" => Column::Detail,
                _ => return None,
            })
        })
        .collect();
    columns.contains(&Some(Column::Message)).then_some(columns)
}

/// A field of a CSV row (RFC 4180); quoted ones may hold doubled quotes.
struct Field<'a> {
    text: &'a str,
    has_quotes: bool,
}

impl<'a> Field<'a> {
    fn keep(self, sink: &Sink<'_, 'a>) -> &'a str {
        if self.has_quotes {
            sink.arena().alloc_str(&self.text.replace("\"\"", "\""))
        } else {
            self.text
        }
    }
}

fn fields(row: &str) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    let mut rest = row;
    loop {
        if fields.len() >= MAX_COLUMNS {
            return None;
        }
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = closing_quote(quoted)?;
                let text = quoted.get(..end)?;
                (
                    Field {
                        text,
                        has_quotes: text.contains('"'),
                    },
                    quoted.get(end + 1..)?,
                )
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (
                    Field {
                        text: rest.get(..end)?,
                        has_quotes: false,
                    },
                    rest.get(end..)?,
                )
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None => return after.is_empty().then_some(fields),
        }
    }
}

fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// How surely `head` is rows of the table, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    if super::starts_with_object(head) {
        let has = |word| super::mentions(head, word);
        let is_flat = has("\"LogicalServerName\"") && has("\"message\"") && !has("\"properties\"");
        return is_flat.then_some(96);
    }
    let line = head.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(trim_newline(line)).ok()?;
    let columns = header(&fields(line)?)?;
    let known = columns.iter().flatten().count();
    (known >= 3).then_some(95)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_as_rfc_4180_has_it() {
        let found = fields("a,\"b \"\"c\"\", d\",,\"\"").unwrap();
        let texts: Vec<String> = found
            .iter()
            .map(|field| field.text.replace("\"\"", "\""))
            .collect();
        assert_eq!(texts, ["a", "b \"c\", d", "", ""]);
        assert!(fields("\"open").is_none());
        assert!(fields("\"a\"b").is_none());
    }

    #[test]
    fn columns_are_found_by_name() {
        let header = header(&fields("Category,MESSAGE,other,processId").unwrap()).unwrap();
        let expected = [
            Some(Column::Category),
            Some(Column::Message),
            None,
            Some(Column::ProcessId),
        ];
        assert_eq!(header, expected);
        assert!(super::header(&fields("a,b").unwrap()).is_none());
    }
}
