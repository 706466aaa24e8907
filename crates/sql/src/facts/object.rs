//! Facts about objects named, created as tables, or dropped.

use kumki_model::Sign;
use pg_query::NodeEnum;
use pg_query::protobuf::{
    DropBehavior, DropOwnedStmt, DropStmt, ObjectType, RangeVar, ReassignOwnedStmt, TruncateStmt,
};

use super::Sheet;
use super::names::{inner, parts, relations, role_name, roles, schema_and_name, text};

/// Parts of names that ransom notes bear.
const RANSOM_WORDS: &[&str] = &[
    "readme",
    "read_me",
    "ransom",
    "bitcoin",
    "btc",
    "how_to_recover",
    "howtorecover",
    "how_to_restore",
    "recover_your",
    "restore_your",
    "to_recover",
    "recovery_instruction",
    "your_data",
    "yourdata",
    "please_read",
    "pleaseread",
    "pay_to",
    "encrypted_by",
    "hacked",
    "decrypt_",
];

/// Whole names that ransom notes bear.
const RANSOM_NAMES: &[&str] = &[
    "warning",
    "warnings",
    "recover",
    "recovery",
    "note_to_owner",
    "contact_us",
];

/// Whether a table or role is named as a ransom note is.
pub(super) fn is_ransom_note(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let word = |word: &str| {
        name.find(word).is_some_and(|at| {
            // `btc` in `subtcode` is none.
            let before = at.checked_sub(1).and_then(|at| name.as_bytes().get(at));
            before.is_none_or(|byte| !byte.is_ascii_alphanumeric())
        })
    };
    RANSOM_NAMES.contains(&name.as_str()) || RANSOM_WORDS.iter().any(|part| word(part))
}

/// A table, view or materialised view that a statement creates.
pub(super) fn created_table(sheet: &mut Sheet, relation: &RangeVar) {
    sheet.write(&relation.schemaname, &relation.relname);
    if is_ransom_note(&relation.relname) {
        sheet.sign(Sign::RansomNote);
    }
}

pub(super) fn written(sheet: &mut Sheet, relation: Option<&RangeVar>) {
    if let Some(relation) = relation {
        sheet.write(&relation.schemaname, &relation.relname);
    }
}

/// Notes a relation as an object that is neither read nor written.
pub(super) fn name_relation(sheet: &mut Sheet, relation: &RangeVar) {
    if relation.schemaname.is_empty() {
        sheet.object(&relation.relname);
    } else {
        sheet.object(&format!("{}.{}", relation.schemaname, relation.relname));
    }
}

/// Notes an object by whatever node names it.
pub(super) fn name(sheet: &mut Sheet, node: &NodeEnum) {
    match node {
        NodeEnum::List(list) => sheet.object(&parts(&list.items).join(".")),
        NodeEnum::ObjectWithArgs(function) => sheet.object(&parts(&function.objname).join(".")),
        NodeEnum::TypeName(name) => sheet.object(&parts(&name.names).join(".")),
        NodeEnum::RangeVar(relation) => name_relation(sheet, relation),
        NodeEnum::RoleSpec(role) => sheet.role(role_name(role)),
        other => sheet.object(text(other).unwrap_or("")),
    }
}

/// Whether relations of this kind are listed as tables.
pub(super) fn is_relation(kind: ObjectType) -> bool {
    matches!(
        kind,
        ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectForeignTable
    )
}

pub(super) fn drop(sheet: &mut Sheet, statement: &DropStmt) {
    let kind = ObjectType::try_from(statement.remove_type).unwrap_or(ObjectType::Undefined);
    for node in statement.objects.iter().filter_map(inner) {
        let names = match node {
            NodeEnum::List(list) => parts(&list.items),
            _ => Vec::new(),
        };
        match kind {
            _ if is_relation(kind) => {
                let (schema, table) = schema_and_name(&names);
                sheet.write(schema, table);
            }
            ObjectType::ObjectTrigger | ObjectType::ObjectRule | ObjectType::ObjectPolicy => {
                if let Some((object, table)) = names.split_last() {
                    let (schema, table) = schema_and_name(table);
                    sheet.write(schema, table);
                    sheet.object(object);
                }
            }
            ObjectType::ObjectExtension => sheet.extension(text(node).unwrap_or("")),
            ObjectType::ObjectLanguage => sheet.language(text(node).unwrap_or("")),
            _ => name(sheet, node),
        }
    }
    match kind {
        ObjectType::ObjectSchema => {
            sheet.sign(Sign::Destruction);
            if statement.behavior == DropBehavior::DropCascade as i32 {
                sheet.sign(Sign::MassDestruction);
            }
        }
        ObjectType::ObjectPolicy | ObjectType::ObjectEventTrigger => {
            sheet.sign(Sign::GuardDisabled);
        }
        // Indexes and statistics hold nothing that cannot be made again.
        ObjectType::ObjectIndex | ObjectType::ObjectStatisticExt => {}
        ObjectType::ObjectExtension => {
            sheet.sign(Sign::Destruction);
            if drops_audit(statement) {
                sheet.sign(Sign::AuditWeakened);
            }
        }
        _ => sheet.sign(Sign::Destruction),
    }
}

fn drops_audit(statement: &DropStmt) -> bool {
    statement
        .objects
        .iter()
        .filter_map(inner)
        .filter_map(text)
        .any(is_audit_extension)
}

/// Whether an extension audits or records what is done.
pub(super) fn is_audit_extension(name: &str) -> bool {
    matches!(
        name,
        "pgaudit" | "pgauditlogtofile" | "set_user" | "pg_stat_statements" | "supa_audit"
    )
}

pub(super) fn drop_owned(sheet: &mut Sheet, statement: &DropOwnedStmt) {
    sheet.sign(Sign::Destruction);
    sheet.sign(Sign::MassDestruction);
    for role in roles(&statement.roles) {
        sheet.role(role_name(role));
    }
}

pub(super) fn reassign_owned(sheet: &mut Sheet, statement: &ReassignOwnedStmt) {
    sheet.sign(Sign::OwnerChange);
    for role in roles(&statement.roles).chain(&statement.newrole) {
        sheet.role(role_name(role));
    }
}

pub(super) fn truncate(sheet: &mut Sheet, statement: &TruncateStmt) {
    sheet.sign(Sign::Destruction);
    for relation in relations(&statement.relations) {
        sheet.write(&relation.schemaname, &relation.relname);
    }
}
