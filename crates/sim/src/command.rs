//! A statement of a script: written out, run once.

use std::borrow::Cow;

use crate::execution::{Failure, Run, Way};
use crate::random::Random;
use crate::statement::{Object, Rendered, Template, class_of, query_id};

/// A statement with its text.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    sql: Cow<'static, str>,
    redacted: Option<String>,
    /// Command tag.
    pub(crate) tag: &'static str,
    class: &'static str,
    objects: Vec<Object>,
    rows: u64,
    /// Duration in microseconds.
    pub(crate) micros: i64,
}

impl Command {
    /// A statement that names no relation pgaudit would write a row for.
    pub(crate) fn utility(tag: &'static str, sql: impl Into<Cow<'static, str>>) -> Self {
        let sql = sql.into();
        let objects = defined(tag, &sql).into_iter().collect();
        Self {
            sql,
            redacted: None,
            tag,
            class: class_of(tag),
            objects,
            rows: 0,
            micros: 900,
        }
    }

    /// A `SELECT` from these relations, separated by spaces.
    pub(crate) fn select(relations: &str, sql: impl Into<Cow<'static, str>>) -> Self {
        let objects = relations.split_ascii_whitespace().map(read).collect();
        Self {
            rows: 1,
            objects,
            ..Self::utility("SELECT", sql)
        }
    }

    /// An `INSERT`, `UPDATE` or `DELETE` of one relation.
    pub(crate) fn write(
        tag: &'static str,
        relation: &str,
        rows: u64,
        sql: impl Into<Cow<'static, str>>,
    ) -> Self {
        let objects = vec![object("WRITE", tag, "TABLE", relation)];
        Self {
            rows,
            objects,
            ..Self::utility(tag, sql)
        }
    }

    /// A `COPY` out of the server, of a relation or, when it is empty, a query.
    pub(crate) fn copy_out(relation: &str, sql: impl Into<Cow<'static, str>>) -> Self {
        let objects = relation.split_ascii_whitespace().map(read).collect();
        Self {
            objects,
            micros: 700_000,
            ..Self::utility("COPY", sql)
        }
    }

    /// A `COPY` into a relation.
    pub(crate) fn copy_in(relation: &str, sql: impl Into<Cow<'static, str>>) -> Self {
        let objects = vec![object("WRITE", "INSERT", "TABLE", relation)];
        Self {
            class: "WRITE",
            objects,
            micros: 40_000,
            ..Self::utility("COPY", sql)
        }
    }

    /// A template filled in.
    pub(crate) fn from_template(template: &Template, random: &mut Random) -> Self {
        let mut rendered = Rendered::default();
        template.render(&mut rendered, random, false);
        let (low, high) = template.shape.cost.micros();
        let (fewest, most) = template.shape.cost.rows();
        let mut command = Self::utility(template.tag, rendered.sql);
        if !template.objects.is_empty() {
            command.objects.clone_from(&template.objects);
        }
        command.rows = random.log_uniform(fewest, most);
        command.micros = i64::try_from(random.log_uniform(low, high)).unwrap_or(i64::MAX);
        command
    }

    /// The same statement with a number of rows and a duration that fits.
    pub(crate) fn rows(mut self, rows: u64) -> Self {
        self.rows = rows;
        self.micros = 300 + i64::try_from(rows.min(50_000_000)).unwrap_or(0) * 2;
        self
    }

    /// The same statement with a duration.
    pub(crate) fn lasting(mut self, micros: i64) -> Self {
        self.micros = micros;
        self
    }

    /// The same statement, written by pgaudit up to `PASSWORD <REDACTED>`.
    pub(crate) fn redacted(mut self) -> Self {
        let at = self.sql.to_ascii_lowercase().find("password");
        self.redacted = at
            .and_then(|at| self.sql.get(..at + "password".len()))
            .map(|head| {
                let mut text = head.to_owned();
                text.push_str(" <REDACTED>");
                text
            });
        self
    }

    /// How the statement is run.
    pub(crate) fn run(&self) -> Run<'_> {
        Run {
            sql: &self.sql,
            audited: self.redacted.as_deref().unwrap_or(&self.sql),
            tag: self.tag,
            class: self.class,
            objects: &self.objects,
            way: Way::Simple,
            rows: self.rows,
            query_id: query_id(&self.sql),
            micros: self.micros,
        }
    }
}

fn read(name: &str) -> Object {
    match name.strip_prefix('~') {
        Some(view) => object("READ", "SELECT", "VIEW", view),
        None => object("READ", "SELECT", "TABLE", name),
    }
}

fn object(class: &'static str, command: &'static str, kind: &'static str, name: &str) -> Object {
    Object {
        class,
        command,
        kind,
        name: name.to_owned().into(),
    }
}

/// The object that a definition is about, as an event trigger reports it.
fn defined(tag: &'static str, sql: &str) -> Option<Object> {
    let (class, kind) = match tag {
        "GRANT" | "REVOKE" => {
            return Some(object(
                "ROLE",
                tag,
                if sql.contains("SCHEMA") {
                    "SCHEMA"
                } else {
                    "TABLE"
                },
                "",
            ));
        }
        "CREATE TABLE" | "ALTER TABLE" | "DROP TABLE" | "COMMENT" => ("DDL", "TABLE"),
        "CREATE INDEX" | "DROP INDEX" => ("DDL", "INDEX"),
        "CREATE SCHEMA" | "DROP SCHEMA" => ("DDL", "SCHEMA"),
        "CREATE FUNCTION" => ("DDL", "FUNCTION"),
        _ => return None,
    };
    let name = sql
        .split(|character: char| character.is_ascii_whitespace() || character == ';')
        .skip_while(|word| !word.eq_ignore_ascii_case(kind))
        .skip(1)
        .find(|word| {
            !["IF", "EXISTS", "NOT", "CONCURRENTLY"]
                .iter()
                .any(|skip| word.eq_ignore_ascii_case(skip))
        })?;
    let name = name.split('(').next().unwrap_or(name).trim_matches(',');
    let mut object = object(class, tag, kind, name);
    if kind == "FUNCTION" {
        object.name = format!("{name}()").into();
    }
    Some(object)
}

/// A failure with a message.
pub(crate) fn failure(
    sqlstate: &'static str,
    message: impl Into<String>,
    origin: crate::entry::Origin,
) -> Failure {
    Failure {
        sqlstate,
        message: message.into(),
        detail: None,
        hint: None,
        context: None,
        position: 0,
        origin,
        late: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_name_their_object() {
        let name = |tag, sql| defined(tag, sql).map(|object| object.name.to_string());
        assert_eq!(
            name("DROP TABLE", "drop table if exists sales.orders;").unwrap(),
            "sales.orders"
        );
        assert_eq!(
            name("CREATE TABLE", "CREATE TABLE a.b (id int)").unwrap(),
            "a.b"
        );
        assert_eq!(
            name("CREATE INDEX", "CREATE INDEX CONCURRENTLY i ON t (x)").unwrap(),
            "i"
        );
        assert_eq!(name("CREATE ROLE", "CREATE ROLE x"), None);
    }

    #[test]
    fn passwords_are_taken_out_as_pgaudit_does() {
        let command = Command::utility("CREATE ROLE", "CREATE ROLE x PASSWORD 'y'").redacted();
        assert_eq!(command.run().audited, "CREATE ROLE x PASSWORD <REDACTED>");
        assert!(command.run().sql.contains("'y'"));
    }
}
