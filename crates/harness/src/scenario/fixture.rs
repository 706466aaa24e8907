//! Reads a fixture: the statements some tool sends, as a readable SQL file.
//!
//! A statement ends with a semicolon at the end of a line. Comment lines before
//! it say how it goes out: none, with the simple protocol; `-- prepared`, with
//! the extended protocol; `-- $1 = value`, likewise with parameters, in order.
//! Other comment lines at the beginning of a statement are for the reader.

/// One statement of a fixture.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FixtureStatement<'a> {
    pub(crate) sql: String,
    /// `None` for the simple protocol.
    pub(crate) parameters: Option<Vec<&'a str>>,
}

/// The statements of a fixture, in order.
pub(crate) fn statements(text: &str) -> Vec<FixtureStatement<'_>> {
    let mut found = Vec::new();
    let mut sql = String::new();
    let mut parameters: Option<Vec<&str>> = None;
    for line in text.lines() {
        if sql.is_empty() {
            if line.trim().is_empty() {
                continue;
            }
            if let Some(comment) = line.strip_prefix("--") {
                note(comment, &mut parameters);
                continue;
            }
        } else {
            sql.push('\n');
        }
        let end = line.trim_end().strip_suffix(';');
        sql.push_str(end.unwrap_or(line));
        if end.is_some() {
            found.push(FixtureStatement {
                sql: std::mem::take(&mut sql),
                parameters: parameters.take(),
            });
        }
    }
    found
}

fn note<'a>(comment: &'a str, parameters: &mut Option<Vec<&'a str>>) {
    let comment = comment.trim_start();
    if comment.trim_end() == "prepared" {
        parameters.get_or_insert_default();
    } else if comment.starts_with('$')
        && let Some((_, value)) = comment.split_once(" =")
    {
        parameters
            .get_or_insert_default()
            .push(value.strip_prefix(' ').unwrap_or(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_protocols_parameters_and_lines() {
        let text = "-- what this is\n\nBEGIN;\n-- prepared\nSELECT 1,\n  -- inside\n  2;\n\
                    -- $1 = 7\n-- $2 = a = b\n-- $3 =\nSELECT $1, $2, $3;\n";
        let found = statements(text);
        assert_eq!(
            found,
            [
                FixtureStatement {
                    sql: "BEGIN".to_owned(),
                    parameters: None
                },
                FixtureStatement {
                    sql: "SELECT 1,\n  -- inside\n  2".to_owned(),
                    parameters: Some(vec![])
                },
                FixtureStatement {
                    sql: "SELECT $1, $2, $3".to_owned(),
                    parameters: Some(vec!["7", "a = b", ""])
                },
            ]
        );
    }

    #[test]
    fn an_unfinished_statement_is_left_out() {
        assert!(statements("SELECT 1").is_empty());
        assert!(statements("-- only a comment\n").is_empty());
    }
}
