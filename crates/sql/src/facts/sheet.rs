//! The sheet on which facts are noted while a statement is read.

use kumki_model::{Relation, Setting, Shape, Sign};

/// Distinct names kept of each kind. What is left out still gives its signs.
const MAX_NAMES: usize = 256;

/// Bytes kept of a name, path or value.
const MAX_LENGTH: usize = 1024;

/// Facts noted so far.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    shape: Shape,
    /// Names of common table expressions in scope.
    tables_in_scope: Vec<String>,
    /// How often a user's relation was read, repeats included.
    pub(crate) user_reads: usize,
    /// How often a relation of the system was read, repeats included.
    pub(crate) system_reads: usize,
    /// Nested bodies entered.
    pub(crate) nesting: usize,
    /// Whether the statement being read changes rows.
    pub(crate) changes_rows: bool,
    /// `chr()` calls whose results are put together.
    pub(crate) composed: usize,
    /// Whether a relation with a column of credentials was read, and such a column named.
    credential_table: bool,
    credential_column: bool,
    /// Whether the server was asked for something that is harmless by itself.
    weak_probe: bool,
}

/// Relations whose rows hold credentials.
const CREDENTIALS: &[&str] = &["pg_shadow", "pg_authid", "user_mapping_options"];

/// Relations with a column of credentials beside harmless ones.
const CREDENTIAL_COLUMNS: &[&str] = &[
    "pg_user_mapping",
    "pg_user_mappings",
    "_pg_user_mappings",
    "pg_subscription",
];

impl Sheet {
    pub(crate) fn sign(&mut self, sign: Sign) {
        self.shape.signs.insert(sign);
    }

    /// Whether all that was called so far is `set_config` and nothing was read.
    pub(crate) fn only_configured(&self) -> bool {
        let functions = &self.shape.functions;
        !functions.is_empty()
            && functions
                .iter()
                .all(|name| matches!(name.as_str(), "set_config" | "pg_catalog.set_config"))
            && self.shape.reads.is_empty()
            && self.shape.writes.is_empty()
    }

    pub(crate) fn command(&mut self, tag: &str, class: &'static str) {
        if self.shape.commands.is_empty() {
            self.shape.class = class;
        }
        if self.shape.commands.len() < MAX_NAMES {
            self.shape.commands.push(tag.to_owned());
        }
    }

    pub(crate) fn enter_scope(&mut self) -> usize {
        self.tables_in_scope.len()
    }

    pub(crate) fn define_table(&mut self, name: &str) {
        self.tables_in_scope.push(name.to_owned());
    }

    pub(crate) fn leave_scope(&mut self, mark: usize) {
        self.tables_in_scope.truncate(mark);
    }

    pub(crate) fn read(&mut self, schema: &str, name: &str) {
        if schema.is_empty() && self.tables_in_scope.iter().any(|table| table == name) {
            return;
        }
        let relation = relation(schema, name);
        if relation.is_system() {
            self.system_reads += 1;
            self.sign(Sign::CatalogRead);
            if CREDENTIALS.contains(&name) {
                self.sign(Sign::CredentialRead);
            }
            self.credential_table |= CREDENTIAL_COLUMNS.contains(&name);
            if name == "pg_largeobject" {
                self.sign(Sign::LargeObject);
            }
        } else {
            self.user_reads += 1;
        }
        add(&mut self.shape.reads, relation);
    }

    pub(crate) fn write(&mut self, schema: &str, name: &str) {
        let relation = relation(schema, name);
        if relation.is_system() && relation.schema.as_deref() != Some("pg_temp") {
            self.sign(Sign::CatalogWrite);
        }
        if name == "pg_largeobject" {
            self.sign(Sign::LargeObject);
        }
        add(&mut self.shape.writes, relation);
    }

    pub(crate) fn function(&mut self, name: &str) {
        add(&mut self.shape.functions, clip(&name.to_lowercase()));
    }

    pub(crate) fn role(&mut self, name: &str) {
        add(&mut self.shape.roles, clip(name));
    }

    pub(crate) fn privilege(&mut self, name: &str) {
        add(&mut self.shape.privileges, clip(&name.to_lowercase()));
    }

    pub(crate) fn language(&mut self, name: &str) {
        add(&mut self.shape.languages, clip(&name.to_lowercase()));
    }

    pub(crate) fn extension(&mut self, name: &str) {
        add(&mut self.shape.extensions, clip(&name.to_lowercase()));
    }

    pub(crate) fn path(&mut self, path: &str) {
        add(&mut self.shape.paths, clip(path));
    }

    pub(crate) fn object(&mut self, name: &str) {
        if !name.is_empty() {
            add(&mut self.shape.objects, clip(name));
        }
    }

    pub(crate) fn setting(&mut self, setting: Setting) {
        add(&mut self.shape.settings, setting);
    }

    pub(crate) fn weak_probe(&mut self) {
        self.weak_probe = true;
    }

    pub(crate) fn credential_column(&mut self) {
        self.credential_column = true;
    }

    /// The shape, with the signs that need the whole text.
    pub(crate) fn finish(mut self, parsed: bool) -> Shape {
        if self.weak_probe && self.user_reads > 0 {
            self.sign(Sign::ServerProbe);
        }
        if self.credential_table && self.credential_column {
            self.sign(Sign::CredentialRead);
        }
        self.shape.parsed = parsed;
        self.shape
    }
}

fn relation(schema: &str, name: &str) -> Relation {
    Relation {
        schema: (!schema.is_empty()).then(|| clip(schema)),
        name: clip(name),
    }
}

pub(super) fn clip(text: &str) -> String {
    text.get(..text.floor_char_boundary(MAX_LENGTH))
        .unwrap_or(text)
        .to_owned()
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.len() < MAX_NAMES && !list.contains(&item) {
        list.push(item);
    }
}
