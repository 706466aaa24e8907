//! What a statement is, apart from its literals: the facts read off its parse tree.
//!
//! Statements that differ only in literals share one [`Shape`]. It is worked
//! out once and shared; rules judge it, never the raw text.

use std::fmt;

use serde::Serialize;
use serde::ser::SerializeSeq;

/// Identity of a shape within one run (not stable between runs; the
/// fingerprint is).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ShapeId(pub u32);

/// Facts about a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Identity within the run.
    pub id: ShapeId,
    /// Stable 64-bit hash of the normalised text; printed as 16 hexadecimal digits.
    pub fingerprint: u64,
    /// The statement with literals replaced by `$1`, `$2`, …, comments and
    /// superfluous space dropped, lists of literals folded. Safe to show.
    pub normalised: String,
    /// Whether PostgreSQL's grammar accepted it. When not, the facts come from
    /// its tokens and err on the side of seeing more.
    pub parsed: bool,
    /// Command tags of the statements in the text, in order, for example
    /// `SELECT`, `CREATE ROLE`, `COPY TO`, `ALTER SYSTEM`.
    pub commands: Vec<String>,
    /// pgaudit's class of the first statement: `READ`, `WRITE`, `FUNCTION`,
    /// `ROLE`, `DDL`, `MISC`, `MISC_SET`.
    pub class: &'static str,
    /// Tables and views read.
    pub reads: Vec<Relation>,
    /// Tables and views written, created, altered, truncated or dropped.
    pub writes: Vec<Relation>,
    /// Functions called, lower case, schema-qualified as written.
    pub functions: Vec<String>,
    /// Roles created, altered, dropped, granted, or granted to.
    pub roles: Vec<String>,
    /// Role attributes and privileges named, lower case: `superuser`,
    /// `nologin`, `all`, `select`, `pg_read_server_files`, …
    pub privileges: Vec<String>,
    /// Settings changed by `SET`, `RESET`, `ALTER SYSTEM`, `ALTER ROLE … SET`,
    /// `ALTER DATABASE … SET`, `set_config()`.
    pub settings: Vec<Setting>,
    /// Procedural languages named, lower case.
    pub languages: Vec<String>,
    /// Extensions named, lower case.
    pub extensions: Vec<String>,
    /// Server-side file paths named by literals (`COPY … '/path'`, `pg_read_file('…')`).
    pub paths: Vec<String>,
    /// Objects of other kinds created, altered or dropped: functions, triggers,
    /// servers, publications, policies, …
    pub objects: Vec<String>,
    /// What stands out, judged on the tree.
    pub signs: Signs,
}

impl Shape {
    /// The first command tag, empty when the text holds no statement.
    pub fn command(&self) -> &str {
        self.commands.first().map_or("", String::as_str)
    }

    /// Distinct schemas of the relations named, as written.
    pub fn schemas(&self) -> Vec<&str> {
        let mut schemas: Vec<&str> = self
            .reads
            .iter()
            .chain(&self.writes)
            .filter_map(|relation| relation.schema.as_deref())
            .collect();
        schemas.sort_unstable();
        schemas.dedup();
        schemas
    }
}

/// A table or view, as the statement names it (folded to lower case unless quoted).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// Schema, when written.
    pub schema: Option<String>,
    /// Name.
    pub name: String,
}

impl Relation {
    /// Whether the relation belongs to the system: `pg_catalog`,
    /// `information_schema`, or an unqualified name that begins with `pg_`.
    pub fn is_system(&self) -> bool {
        match self.schema.as_deref() {
            Some(schema) => matches!(schema, "pg_catalog" | "information_schema" | "pg_toast"),
            None => self.name.starts_with("pg_"),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl Serialize for Relation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A configuration change a statement makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Name, lower case.
    pub name: String,
    /// New value; absent for `RESET` and `DEFAULT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// `session`, `system`, `role` or `database`.
    pub scope: &'static str,
}

macro_rules! signs {
    ($($(#[doc = $doc:literal])+ $variant:ident = $slug:literal,)+) => {
        /// One thing that stands out about a statement.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Sign { $($(#[doc = $doc])+ $variant,)+ }

        impl Sign {
            /// Every sign, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word rules use.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $slug,)+ }
            }

            /// What the sign means, in one sentence.
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

signs! {
    /// A condition that is always true or false: two constants compared, or `OR` with a constant.
    Tautology = "tautology",
    /// A `UNION` arm made of constants and NULLs only, as used to find the number of columns.
    UnionProbe = "union_probe",
    /// A `UNION` that appends system catalogue rows to a query on user tables.
    UnionCatalog = "union_catalog",
    /// A query or data change followed in the same text by another statement of a different class.
    Stacked = "stacked",
    /// The text ends in a line comment that hides what was appended after it, or an unclosed quote.
    CommentCut = "comment_cut",
    /// A call that makes the server wait: `pg_sleep`, `pg_sleep_for`, `pg_sleep_until`.
    TimeDelay = "time_delay",
    /// A cast of a subquery or system function result to a number, to leak it through the error.
    ErrorProbe = "error_probe",
    /// Strings put together from `chr()` calls.
    CharBuild = "char_build",
    /// Asks the server about itself: `version()`, `current_setting('data_directory')`, `inet_server_addr()` and the like.
    ServerProbe = "server_probe",
    /// Reads system catalogues or `information_schema`.
    CatalogRead = "catalog_read",
    /// Reads stored credentials: `pg_shadow`, `pg_authid`, user mapping options, subscription connections.
    CredentialRead = "credential_read",
    /// Reads a file or directory of the server.
    ServerFileRead = "server_file_read",
    /// Writes a file of the server.
    ServerFileWrite = "server_file_write",
    /// Runs a program on the server through `COPY … PROGRAM`.
    ProgramExecution = "program_execution",
    /// Defines or runs code in an untrusted language (`plpython3u`, `plperlu`, `c`, …).
    UntrustedCode = "untrusted_code",
    /// Defines a function from a library of the operating system (`libc`, …).
    LibraryFunction = "library_function",
    /// Runs an anonymous code block (`DO`).
    AnonymousCode = "anonymous_code",
    /// Creates or alters a function that runs with its owner's rights.
    SecurityDefiner = "security_definer",
    /// `UPDATE` or `DELETE` of every row: no condition, or one that is always true.
    NoWhere = "no_where",
    /// Every row and column of a table: `SELECT *` or `TABLE` without condition or limit.
    WholeTable = "whole_table",
    /// `COPY … TO STDOUT`: rows leave through the client.
    CopyOut = "copy_out",
    /// Renders whole tables, schemas or query results as XML.
    XmlExport = "xml_export",
    /// Uses large objects.
    LargeObject = "large_object",
    /// Gives a role `SUPERUSER`.
    SuperuserGrant = "superuser_grant",
    /// Gives a role `CREATEROLE`, `REPLICATION` or `BYPASSRLS`.
    PrivilegedAttribute = "privileged_attribute",
    /// Makes a role member of a predefined role that reaches files, programs, settings or all data.
    PredefinedRoleGrant = "predefined_role_grant",
    /// Grants to `PUBLIC`.
    PublicGrant = "public_grant",
    /// Grants with `ADMIN OPTION` or `GRANT OPTION`.
    GrantOption = "grant_option",
    /// Sets or changes a role's password.
    PasswordSet = "password_set",
    /// Removes a role's password or its expiry.
    PasswordWeakened = "password_weakened",
    /// Switches off or narrows auditing or logging.
    AuditWeakened = "audit_weakened",
    /// Weakens authentication or transport security (`ssl`, `password_encryption`, `row_security`, …).
    SecuritySettingWeakened = "security_setting_weakened",
    /// Changes a setting that loads or runs code (`shared_preload_libraries`, `archive_command`, …).
    CodeLoadingSetting = "code_loading_setting",
    /// Changes the role in force: `SET ROLE`, `SET SESSION AUTHORIZATION`.
    RoleSwitch = "role_switch",
    /// Creates or alters a trigger, rule or event trigger.
    TriggerDefinition = "trigger_definition",
    /// Disables triggers, rules, row-level security, or drops a policy.
    GuardDisabled = "guard_disabled",
    /// Ends or cancels other sessions.
    BackendSignal = "backend_signal",
    /// Reloads the configuration, rotates the log, or switches WAL by function call.
    ServerControl = "server_control",
    /// Connects from the server to another one: `dblink`, foreign servers, subscriptions.
    RemoteConnection = "remote_connection",
    /// Creates or reads a replication slot, or starts replication.
    ReplicationSlot = "replication_slot",
    /// Encrypts data with pgcrypto inside a change of rows.
    EncryptionInWrite = "encryption_in_write",
    /// Writes to system catalogues.
    CatalogWrite = "catalog_write",
    /// Drops, truncates, or removes whole objects.
    Destruction = "destruction",
    /// Drops a database or a schema with everything in it.
    MassDestruction = "mass_destruction",
    /// Changes the owner of an object, or reassigns all that a role owns.
    OwnerChange = "owner_change",
    /// Names a table or role as a ransom note does (`readme_to_recover`, `warning`, …).
    RansomNote = "ransom_note",
    /// Changes the session that statistics or the activity view show: `application_name`, `pg_stat_reset`.
    TraceRemoval = "trace_removal",
    /// Longer than what log pipelines carry (16 KB).
    Oversized = "oversized",
}

/// A set of [`Sign`]s.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Signs(u64);

impl Signs {
    /// No sign.
    pub const NONE: Self = Self(0);

    /// Adds a sign.
    pub const fn insert(&mut self, sign: Sign) {
        self.0 |= 1 << sign as u8;
    }

    /// Removes a sign.
    pub const fn remove(&mut self, sign: Sign) {
        self.0 &= !(1 << sign as u8);
    }

    /// Whether the sign is in the set.
    pub const fn contains(self, sign: Sign) -> bool {
        self.0 & (1 << sign as u8) != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The signs, in declaration order.
    pub fn iter(self) -> impl Iterator<Item = Sign> {
        Sign::ALL
            .iter()
            .copied()
            .filter(move |sign| self.contains(*sign))
    }
}

impl FromIterator<Sign> for Signs {
    fn from_iter<I: IntoIterator<Item = Sign>>(signs: I) -> Self {
        let mut set = Self::NONE;
        for sign in signs {
            set.insert(sign);
        }
        set
    }
}

impl fmt::Debug for Signs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Sign::as_str))
            .finish()
    }
}

impl Serialize for Signs {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(None)?;
        for sign in self.iter() {
            sequence.serialize_element(sign.as_str())?;
        }
        sequence.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_fits_the_set_and_has_its_own_word() {
        assert!(Sign::ALL.len() <= 64);
        let all: Signs = Sign::ALL.iter().copied().collect();
        assert_eq!(all.iter().count(), Sign::ALL.len());
        let mut words: Vec<_> = Sign::ALL.iter().map(|sign| sign.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Sign::ALL.len());
    }
}
