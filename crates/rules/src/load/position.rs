//! Where in the text of a YAML document a key or list item stands.
//!
//! YAML values carry no positions, so they are looked up again by indentation.
//! When a key cannot be found that way (flow style), the nearest enclosing
//! line is given; a diagnostic is then less exact, never wrong.

/// One step from a value to a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// The value of a key.
    Key(&'a str),
    /// An item of a list, from 0.
    Item(usize),
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column in characters, from 1.
    pub(crate) column: usize,
    /// Characters covered.
    pub(crate) width: usize,
}

/// The lines of one document within its file.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'t> {
    lines: Vec<&'t str>,
    /// Number of the first of them in the file, from 1.
    first: usize,
}

#[derive(Clone, Copy)]
struct Region {
    /// Index of the line that opens the region.
    head: usize,
    /// Lines below it that belong to it.
    body: (usize, usize),
    column: usize,
    width: usize,
}

impl<'t> Lines<'t> {
    /// The lines of `text`, the first of which is line `first` of the file.
    pub(crate) fn new(text: &'t str, first: usize) -> Self {
        Self {
            lines: text.lines().collect(),
            first,
        }
    }

    /// The line of that number in the file.
    pub(crate) fn line(&self, number: usize) -> &'t str {
        number
            .checked_sub(self.first)
            .and_then(|index| self.lines.get(index))
            .copied()
            .unwrap_or("")
    }

    /// The place of what `path` leads to, or of the last step that was found.
    pub(crate) fn find(&self, path: &[Step<'_>]) -> Position {
        let start = self
            .lines
            .iter()
            .position(|line| is_content(line))
            .unwrap_or(0);
        let mut region = Region {
            head: start,
            body: (start, self.lines.len()),
            column: 1,
            width: self
                .lines
                .get(start)
                .map_or(1, |line| line.trim_end().chars().count().max(1)),
        };
        for step in path {
            let next = match step {
                Step::Key(key) => self.key(region, key),
                Step::Item(index) => self.item(region, *index),
            };
            match next {
                Some(found) => region = found,
                None => break,
            }
        }
        Position {
            line: self.first + region.head,
            column: region.column,
            width: region.width,
        }
    }

    fn key(&self, region: Region, key: &str) -> Option<Region> {
        let (from, to) = region.body;
        let found = (from..to)
            .filter_map(|index| {
                let line = *self.lines.get(index)?;
                let column = key_column(line, key)?;
                Some((column, index))
            })
            .min();
        if let Some((column, index)) = found {
            return Some(self.region_at(index, column, key.chars().count()));
        }
        // Flow style: the key stands somewhere in the opening line or below it.
        (region.head..to.max(region.head + 1)).find_map(|index| {
            let line = *self.lines.get(index)?;
            let skip = if index == region.head {
                region.column.saturating_sub(1)
            } else {
                0
            };
            let offset = line.char_indices().nth(skip)?.0;
            let at = line.get(offset..)?.find(key)? + offset;
            let column = line.get(..at)?.chars().count();
            Some(Region {
                head: index,
                body: (index + 1, index + 1),
                column: column + 1,
                width: key.chars().count(),
            })
        })
    }

    fn item(&self, region: Region, wanted: usize) -> Option<Region> {
        let (from, to) = region.body;
        let dash = |index: usize| {
            let line = self.lines.get(index)?;
            let trimmed = line.trim_start();
            (trimmed == "-" || trimmed.starts_with("- ")).then(|| line.len() - trimmed.len())
        };
        let indent = (from..to).filter_map(dash).min()?;
        let index = (from..to)
            .filter(|index| dash(*index) == Some(indent))
            .nth(wanted)?;
        let line = self.lines.get(index)?;
        let content = line.trim_start_matches([' ', '-']);
        let mut found = self.region_at(index, indent, 1);
        // The item's own first key stands on the line of the dash.
        found.body.0 = index;
        found.column = line.chars().count() - content.chars().count() + 1;
        found.width = content.trim_end().chars().count().max(1);
        Some(found)
    }

    /// The region opened by the line at `index`, whose content begins at `column`.
    fn region_at(&self, index: usize, column: usize, width: usize) -> Region {
        let end = self
            .lines
            .iter()
            .enumerate()
            .skip(index + 1)
            .find(|(_, line)| {
                let indent = indentation(line);
                // A list may stand at the indentation of its key.
                let listed = indent == column && line.trim_start().starts_with("- ");
                is_content(line) && indent <= column && !listed
            })
            .map_or(self.lines.len(), |(at, _)| at);
        Region {
            head: index,
            body: (index + 1, end),
            column: column + 1,
            width,
        }
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_content(line: &str) -> bool {
    let trimmed = line.trim();
    !trimmed.is_empty() && !trimmed.starts_with('#') && trimmed != "---"
}

/// Column (from 0) of `key` when the line's content is `key:`.
fn key_column(line: &str, key: &str) -> Option<usize> {
    let content = line.trim_start_matches([' ', '-']);
    let column = line.chars().count() - content.chars().count();
    let rest = content.strip_prefix(key).or_else(|| {
        content
            .strip_prefix(['"', '\''])
            .and_then(|quoted| quoted.strip_prefix(key))
            .and_then(|rest| rest.strip_prefix(['"', '\'']))
    })?;
    rest.trim_start().starts_with(':').then_some(column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{Item, Key};

    const TEXT: &str = "title: x\ndetection:\n  selection:\n    user: a\n    'statement.tabels|contains':\n      - b\n      - c\n  other: {client: d, usr: e}\n  list:\n  - user: f\n    client: g\nlevel: low\n";

    fn at(path: &[Step<'_>]) -> (usize, usize) {
        let position = Lines::new(TEXT, 11).find(path);
        (position.line, position.column)
    }

    #[test]
    fn finds_keys_and_items() {
        assert_eq!(at(&[Key("level")]), (22, 1));
        assert_eq!(
            at(&[Key("detection"), Key("selection"), Key("user")]),
            (14, 5)
        );
        let tables = [
            Key("detection"),
            Key("selection"),
            Key("statement.tabels|contains"),
        ];
        assert_eq!(at(&tables), (15, 5));
        assert_eq!(at(&[&tables[..], &[Item(1)]].concat()), (17, 9));
        assert_eq!(
            at(&[Key("detection"), Key("list"), Item(0), Key("client")]),
            (21, 5)
        );
    }

    #[test]
    fn finds_keys_in_flow_style_and_falls_back_to_what_encloses() {
        assert_eq!(at(&[Key("detection"), Key("other"), Key("usr")]), (18, 22));
        assert_eq!(at(&[Key("detection"), Key("nowhere")]), (12, 1));
        assert_eq!(at(&[]), (11, 1));
    }
}
