//! A prefix worked out from one line that it was written with.

use std::net::IpAddr;

use crate::parse::label;
use crate::parse::template::measure_time;

/// How far into a line its severity is looked for.
const REACH: usize = 1024;

/// The `log_line_prefix` the line seems to be written with. Nothing when the
/// line has no severity.
pub fn prefix_of(line: &str) -> Option<String> {
    let head = &line[..line.floor_char_boundary(REACH)];
    let mut from = 0;
    let end = loop {
        let found = label::find(head, from)?;
        let is_word = head[..found]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        if !is_word {
            break found;
        }
        from = found + 1;
    };
    let mut inference = Inference {
        text: &head[..end],
        at: 0,
        prefix: String::new(),
    };
    while inference.at < inference.text.len() {
        inference.step();
    }
    Some(inference.prefix)
}

struct Inference<'a> {
    text: &'a str,
    at: usize,
    prefix: String,
}

impl Inference<'_> {
    fn step(&mut self) {
        let rest = &self.text[self.at..];
        let length = self
            .time(rest)
            .or_else(|| self.keyed(rest))
            .or_else(|| self.host(rest))
            .or_else(|| self.number(rest))
            .or_else(|| self.word(rest));
        if let Some(length) = length {
            self.at += length;
        } else if let Some(character) = rest.chars().next() {
            if character == '%' {
                self.prefix.push('%');
            }
            self.prefix.push(character);
            self.at += character.len_utf8();
        }
    }

    fn has(&self, escape: char) -> bool {
        let mut rest = self.prefix.chars();
        while let Some(character) = rest.next() {
            if character == '%' && rest.next() == Some(escape) {
                return true;
            }
        }
        false
    }

    /// Adds the first of these escapes that is not in use yet.
    fn add(&mut self, escapes: &str) -> Option<()> {
        let free = escapes.chars().find(|escape| !self.has(*escape))?;
        self.prefix.push('%');
        self.prefix.push(free);
        Some(())
    }

    fn time(&mut self, rest: &str) -> Option<usize> {
        let length = measure_time(rest.as_bytes())?;
        let is_first = !self.has('m') && !self.has('t');
        let has_fraction = rest.as_bytes().get(19) == Some(&b'.');
        self.prefix.push_str(match (is_first, has_fraction) {
            (true, true) => "%m",
            (true, false) => "%t",
            (false, _) => "%s",
        });
        Some(length)
    }

    /// `user=alice`: the key stays, the value is a field up to the next key,
    /// or to the separators before the severity.
    fn keyed(&mut self, rest: &str) -> Option<usize> {
        let (key, escape) = key_at(rest)?;
        let value = &rest[key.len()..];
        let end = value
            .char_indices()
            .filter(|(_, character)| !character.is_alphanumeric())
            .find(|(index, character)| {
                let after = &value[index + character.len_utf8()..];
                let opened = value[..*index].contains('(');
                matches!(character, '|' | ']' | '}' | '>')
                    || *character == ')' && !opened
                    || key_at(after.trim_start()).is_some()
            })
            .map_or(value.len(), |(index, _)| index);
        let value = value[..end].trim_end_matches([' ', ',', ':', ';', '-']);
        let escape = if escape == 'h' && value.ends_with(')') {
            'r'
        } else {
            escape
        };
        if self.has(escape) {
            return None;
        }
        self.prefix.push_str(key);
        self.add(escape.encode_utf8(&mut [0; 4]))?;
        Some(key.len() + value.len())
    }

    fn host(&mut self, rest: &str) -> Option<usize> {
        if rest.starts_with("[local]") {
            self.add("h")?;
            return Some("[local]".len());
        }
        let end = rest
            .find(|character: char| {
                !character.is_ascii_hexdigit() && !matches!(character, '.' | ':')
            })
            .unwrap_or(rest.len());
        let length = (4..=end)
            .rev()
            .find(|length| rest[..*length].parse::<IpAddr>().is_ok())?;
        let port = rest[length..]
            .strip_prefix('(')
            .and_then(|port| port.find(')'));
        match port {
            Some(digits) => {
                self.add("r")?;
                Some(length + digits + 2)
            }
            None => {
                self.add("h")?;
                Some(length)
            }
        }
    }

    fn number(&mut self, rest: &str) -> Option<usize> {
        let is_hex = |c: char| c.is_ascii_hexdigit();
        let run = rest.find(|c: char| !is_hex(c)).unwrap_or(rest.len());
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let after = rest[run..]
            .strip_prefix('.')
            .map(|rest| rest.find(|c: char| !is_hex(c)).unwrap_or(rest.len()));
        if digits == 10 && rest[digits..].starts_with('.') && after == Some(3) {
            self.add("n")?;
            return Some(digits + 4);
        }
        if (8..=16).contains(&run)
            && let Some(pid @ 1..) = after
        {
            self.add("c")?;
            return Some(run + 1 + pid);
        }
        if digits == 0 {
            return None;
        }
        if let Some(number) = rest[digits..].strip_prefix('/') {
            let number = number
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(number.len());
            self.add("v")?;
            return Some(digits + 1 + number);
        }
        if &rest[..digits] == "00000" {
            self.add("e")?;
            return Some(digits);
        }
        let continues = rest[digits..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if continues {
            return None;
        }
        // `-1` after the line number is literal.
        if self.prefix.ends_with('-') && self.has('l') {
            return None;
        }
        self.add("plxQ")?;
        Some(digits)
    }

    fn word(&mut self, rest: &str) -> Option<usize> {
        if rest.starts_with('[')
            && let Some(end) = rest.find(']')
            && label::is_unknown(&rest[..=end])
        {
            self.add("uda")?;
            return Some(end + 1);
        }
        for backend in [
            "client backend",
            "autovacuum worker",
            "checkpointer",
            "walsender",
        ] {
            if rest.starts_with(backend) {
                self.add("b")?;
                return Some(backend.len());
            }
        }
        for tag in [
            "SELECT",
            "INSERT",
            "UPDATE",
            "DELETE",
            "idle",
            "authentication",
            "startup",
        ] {
            if rest.starts_with(tag) {
                self.add("i")?;
                return Some(tag.len());
            }
        }
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '-');
        let mut end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        end = rest[..end].trim_end_matches(['-', '.']).len();
        if !rest.starts_with(|c: char| c.is_alphabetic() || c == '_') || end == 0 {
            return None;
        }
        self.add("uda")?;
        Some(end)
    }
}

/// The key, with its `=` or `:`, that the text begins with, and the escape of
/// its value.
fn key_at(text: &str) -> Option<(&str, char)> {
    let equals = text.find('=').filter(|equals| *equals <= 24)?;
    let key = &text[..equals];
    let escape = match key.to_ascii_lowercase().as_str() {
        "user" | "usr" | "u" | "username" | "dbuser" | "role" => 'u',
        "db" | "database" | "d" | "dbname" | "datname" => 'd',
        "app" | "application" | "a" | "application_name" | "appname" => 'a',
        "client" | "host" | "h" | "remote" | "ip" | "client_addr" | "addr" | "r" => 'h',
        "pid" | "p" | "process" => 'p',
        "leader" | "leader_pid" => 'P',
        "session" | "sess" | "sid" | "session_id" | "c" => 'c',
        "line" | "l" | "line_num" | "seq" => 'l',
        "vxid" | "vtx" | "vx" => 'v',
        "xid" | "txid" | "tx" | "trx" => 'x',
        "state" | "sqlstate" | "e" | "code" | "error" => 'e',
        "cmd" | "command" | "tag" | "ps" | "i" => 'i',
        "backend" | "type" | "backend_type" | "b" => 'b',
        "qid" | "query_id" | "queryid" => 'Q',
        "start" | "session_start" | "s" => 's',
        _ => return None,
    };
    Some((&text[..=equals], escape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_worked_out() {
        let cases = [
            ("2026-01-31 10:00:04.123 UTC [42] LOG:  x", "%m [%p] "),
            (
                "2026-01-31 10:00:04 UTC [42] alice@shop LOG:  x",
                "%t [%p] %u@%d ",
            ),
            (
                "2026-01-31 10:00:04 UTC [42]: [7-1] user=alice,db=shop,app=my app,client=10.0.0.5 LOG:  x",
                "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
            ),
            (
                "2026-01-31 10:00:04 UTC:10.0.0.5(51234):alice@shop:[42]:LOG:  x",
                "%t:%r:%u@%d:[%p]:",
            ),
            (
                "65b2f1a3.1f4 00000 3/17 2026-01-31 10:00:04.1 CET FEHLER:  x",
                "%c %e %v %m ",
            ),
            ("1769853604.123 [42] LOG:  x", "%n [%p] "),
            (
                "<2026-01-31 10:00:04.123 UTC alice shop 100% 42> LOG:  x",
                "<%m %u %d %p%% %l> ",
            ),
            ("no severity here", ""),
        ];
        for (line, prefix) in cases {
            assert_eq!(prefix_of(line).unwrap_or_default(), prefix, "{line}");
        }
    }
}
