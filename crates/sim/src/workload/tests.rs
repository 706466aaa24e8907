//! Every shape is valid SQL, and its relations are those of its text.

use std::collections::BTreeSet;

use super::all_shapes;
use crate::random::Random;
use crate::statement::{Rendered, compile};

#[test]
fn there_are_about_two_hundred_shapes() {
    let shapes: BTreeSet<&str> = all_shapes().map(|shape| shape.sql).collect();
    assert_eq!(shapes.len(), all_shapes().count(), "a shape is there twice");
    assert!((180..=240).contains(&shapes.len()), "{}", shapes.len());
}

#[test]
fn every_shape_parses_in_both_protocols() {
    let mut random = Random::new(5);
    let mut rendered = Rendered::default();
    for shape in all_shapes() {
        let template = compile(shape).unwrap_or_else(|| panic!("place in {}", shape.sql));
        for round in 0..12 {
            template.render(&mut rendered, &mut random, round % 2 == 0);
            if let Err(error) = pg_query::parse(&rendered.sql, 0) {
                panic!("{error} in {}", rendered.sql);
            }
        }
    }
}

#[test]
fn relations_are_those_of_the_text() {
    let mut rendered = Rendered::default();
    let query = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    for shape in all_shapes().filter(|shape| query.contains(&shape.tag)) {
        let template = compile(shape).unwrap();
        template.render(&mut rendered, &mut Random::new(1), false);
        let parsed = pg_query::parse(&rendered.sql, 0).unwrap();
        let named: BTreeSet<String> = parsed
            .tables()
            .into_iter()
            .map(|name| {
                name.strip_prefix("pg_catalog.")
                    .map_or(name.clone(), str::to_owned)
            })
            .collect();
        let listed: BTreeSet<String> = template
            .objects
            .iter()
            .map(|object| {
                object
                    .name
                    .strip_prefix("pg_catalog.")
                    .unwrap_or(&object.name)
                    .to_owned()
            })
            .collect();
        assert_eq!(listed, named, "{}", rendered.sql);
        let written: BTreeSet<String> = parsed.dml_tables().into_iter().collect();
        let marked: BTreeSet<String> = template
            .objects
            .iter()
            .filter(|object| object.class == "WRITE")
            .map(|object| object.name.to_string())
            .collect();
        assert_eq!(marked, written, "{}", rendered.sql);
    }
}
