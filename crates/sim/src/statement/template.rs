//! SQL with places for values, taken apart once and filled in many times.
//!
//! A place is written `%{kind arguments}`. It becomes a literal in the simple
//! protocol and a parameter in the extended one; `%{=kind …}` becomes bare text
//! in both. `%{list low high kind …}` is a comma-separated list of places.

use super::values::{self, Value};
use super::{Object, Rendered};
use crate::random::Random;
use crate::workload::Shape;

/// A statement taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
    /// Command tag.
    pub(crate) tag: &'static str,
    /// Class of the statement, for a row without object.
    pub(crate) class: &'static str,
    /// Relations, in the order of pgaudit's rows.
    pub(crate) objects: Vec<Object>,
    /// What it costs.
    pub(crate) shape: &'static Shape,
    /// Query id.
    pub(crate) query_id: i64,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(&'static str),
    Place(Value),
    Bare(Value),
    List(u64, u64, Value),
}

/// Takes a shape apart; `None` when a place in it cannot be read.
pub(crate) fn compile(shape: &'static Shape) -> Option<Template> {
    let mut pieces = Vec::new();
    let mut rest = shape.sql;
    while let Some((text, tail)) = rest.split_once("%{") {
        let (place, next) = tail.split_once('}')?;
        pieces.push(Piece::Text(text));
        pieces.push(parse_place(place)?);
        rest = next;
    }
    pieces.push(Piece::Text(rest));
    Some(Template {
        pieces,
        tag: shape.tag,
        class: class_of(shape.tag),
        objects: objects_of(shape),
        shape,
        query_id: query_id(shape.sql),
    })
}

fn parse_place(place: &'static str) -> Option<Piece> {
    if let Some(bare) = place.strip_prefix('=') {
        return Value::parse(bare).map(Piece::Bare);
    }
    if let Some(list) = place.strip_prefix("list ") {
        let mut words = list.splitn(3, ' ');
        let low = words.next()?.parse().ok()?;
        let high = words.next()?.parse().ok()?;
        return Value::parse(words.next()?).map(|value| Piece::List(low, high, value));
    }
    Value::parse(place).map(Piece::Place)
}

/// pgaudit's class of a command tag.
pub(crate) fn class_of(tag: &str) -> &'static str {
    match tag {
        "SELECT" | "COPY" => "READ",
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE TABLE" => "WRITE",
        "DO" | "CALL" => "FUNCTION",
        "GRANT" | "REVOKE" | "GRANT ROLE" | "REVOKE ROLE" | "CREATE ROLE" | "ALTER ROLE"
        | "DROP ROLE" => "ROLE",
        "BEGIN" | "COMMIT" | "ROLLBACK" | "SET" | "RESET" | "SHOW" | "VACUUM" | "EXPLAIN"
        | "LOCK TABLE" | "CHECKPOINT" => "MISC",
        _ => "DDL",
    }
}

/// Reads the list of relations: `+name` is written, `~name` is a view.
fn objects_of(shape: &'static Shape) -> Vec<Object> {
    shape
        .objects
        .split_ascii_whitespace()
        .map(|word| {
            let (written, name) = word
                .strip_prefix('+')
                .map_or((false, word), |name| (true, name));
            let (kind, name) = name
                .strip_prefix('~')
                .map_or(("TABLE", name), |name| ("VIEW", name));
            let (class, command) = if written {
                ("WRITE", shape.tag)
            } else {
                ("READ", "SELECT")
            };
            Object {
                class,
                command,
                kind,
                name: name.into(),
            }
        })
        .collect()
}

/// A stable id of the statement (FNV-1a), never 0.
pub(crate) fn query_id(sql: &str) -> i64 {
    let hash = sql.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    (hash as i64) | 1
}

impl Template {
    /// Fills the places: with literals, or with parameters when `extended`.
    pub(crate) fn render(&self, rendered: &mut Rendered, random: &mut Random, extended: bool) {
        rendered.clear();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => rendered.sql.push_str(text),
                Piece::Bare(value) => values::append(&mut rendered.sql, value, random),
                Piece::Place(value) => place(rendered, value, random, extended),
                Piece::List(low, high, value) => {
                    for index in 0..random.between(*low, *high) {
                        if index > 0 {
                            rendered.sql.push_str(", ");
                        }
                        place(rendered, value, random, extended);
                    }
                }
            }
        }
    }
}

fn place(rendered: &mut Rendered, value: &Value, random: &mut Random, extended: bool) {
    if extended {
        rendered.parameter(|out| values::append(out, value, random));
    } else {
        values::literal(&mut rendered.sql, value, random);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Cost, Shape};

    static SHAPE: Shape = Shape {
        weight: 1,
        cost: Cost::Key,
        tag: "SELECT",
        objects: "sales.orders ~sales.open_orders",
        sql: "SELECT * FROM sales.orders WHERE id IN (%{list 2 2 int 1 9}) AND note = %{city} LIMIT %{=int 5 5}",
    };

    #[test]
    fn fills_places_for_both_protocols() {
        let template = compile(&SHAPE).unwrap();
        let mut rendered = Rendered::default();
        template.render(&mut rendered, &mut Random::new(1), true);
        assert_eq!(
            rendered.sql,
            "SELECT * FROM sales.orders WHERE id IN ($1, $2) AND note = $3 LIMIT 5"
        );
        assert!(!rendered.is_plain());
        template.render(&mut rendered, &mut Random::new(1), false);
        assert!(rendered.sql.contains("note = '"), "{}", rendered.sql);
        assert!(rendered.is_plain());
        assert_eq!(template.objects[1].kind, "VIEW");
    }

    #[test]
    fn unknown_places_are_refused() {
        assert!(parse_place("nonsense").is_none());
        assert!(parse_place("list 1 x int 1 2").is_none());
    }
}
