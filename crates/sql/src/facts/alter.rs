//! Facts from `ALTER …`, `COMMENT` and the like.

use kumki_model::Sign;
use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterFunctionStmt, AlterObjectSchemaStmt, AlterOwnerStmt, AlterTableStmt, AlterTableType,
    ObjectType, RenameStmt,
};

use super::names::{boxed, inner, is_on, options, parts, role_name, roles};
use super::object::{name, name_relation, written};
use super::{Sheet, body, create, expression, object, setting};

/// Reads a statement that alters something; false when it is another kind.
pub(super) fn read(sheet: &mut Sheet, node: &NodeEnum) -> bool {
    match node {
        NodeEnum::AlterTableStmt(statement) => table(sheet, statement),
        NodeEnum::AlterOwnerStmt(statement) => owner(sheet, statement),
        NodeEnum::RenameStmt(statement) => rename(sheet, statement),
        NodeEnum::AlterObjectSchemaStmt(statement) => schema(sheet, statement),
        NodeEnum::AlterFunctionStmt(statement) => function(sheet, statement),
        NodeEnum::AlterExtensionStmt(statement) => create::extension(sheet, &statement.extname),
        NodeEnum::AlterExtensionContentsStmt(statement) => sheet.extension(&statement.extname),
        NodeEnum::AlterEventTrigStmt(statement) => {
            sheet.object(&statement.trigname);
            // `D`: disabled.
            let disabled = statement.tgenabled == "D";
            sheet.sign(if disabled {
                Sign::GuardDisabled
            } else {
                Sign::TriggerDefinition
            });
        }
        NodeEnum::AlterPolicyStmt(statement) => {
            sheet.object(&statement.policy_name);
            written(sheet, statement.table.as_ref());
            expression::optional(sheet, statement.qual.as_deref());
            expression::optional(sheet, statement.with_check.as_deref());
            for role in roles(&statement.roles) {
                sheet.role(role_name(role));
            }
        }
        NodeEnum::AlterDatabaseSetStmt(statement) => {
            sheet.object(&statement.dbname);
            if let Some(clause) = &statement.setstmt {
                setting::statement(sheet, clause, "database");
            }
        }
        NodeEnum::AlterDatabaseStmt(statement) => sheet.object(&statement.dbname),
        NodeEnum::AlterSystemStmt(statement) => {
            if let Some(clause) = &statement.setstmt {
                setting::statement(sheet, clause, "system");
            }
        }
        other => return foreign(sheet, other) || plain(sheet, other),
    }
    true
}

fn foreign(sheet: &mut Sheet, node: &NodeEnum) -> bool {
    match node {
        NodeEnum::AlterForeignServerStmt(statement) => sheet.object(&statement.servername),
        NodeEnum::AlterFdwStmt(statement) => sheet.object(&statement.fdwname),
        NodeEnum::AlterUserMappingStmt(statement) => {
            sheet.object(&statement.servername);
            sheet.role(statement.user.as_ref().map_or("", role_name));
        }
        NodeEnum::AlterSubscriptionStmt(statement) => sheet.object(&statement.subname),
        _ => return false,
    }
    sheet.sign(Sign::RemoteConnection);
    true
}

fn plain(sheet: &mut Sheet, node: &NodeEnum) -> bool {
    match node {
        NodeEnum::AlterPublicationStmt(statement) => sheet.object(&statement.pubname),
        NodeEnum::AlterSeqStmt(statement) => {
            if let Some(sequence) = &statement.sequence {
                name_relation(sheet, sequence);
            }
        }
        NodeEnum::AlterDomainStmt(statement) => {
            sheet.object(&parts(&statement.type_name).join("."))
        }
        NodeEnum::AlterEnumStmt(statement) => sheet.object(&parts(&statement.type_name).join(".")),
        NodeEnum::AlterTypeStmt(statement) => sheet.object(&parts(&statement.type_name).join(".")),
        NodeEnum::AlterStatsStmt(statement) => sheet.object(&parts(&statement.defnames).join(".")),
        NodeEnum::AlterTableSpaceOptionsStmt(statement) => sheet.object(&statement.tablespacename),
        NodeEnum::CommentStmt(statement) => {
            if let Some(node) = boxed(statement.object.as_deref()) {
                name(sheet, node);
            }
        }
        NodeEnum::SecLabelStmt(statement) => {
            if let Some(node) = boxed(statement.object.as_deref()) {
                name(sheet, node);
            }
        }
        _ => return false,
    }
    true
}

fn table(sheet: &mut Sheet, statement: &AlterTableStmt) {
    let kind = ObjectType::try_from(statement.objtype).unwrap_or(ObjectType::ObjectTable);
    match &statement.relation {
        Some(relation) if object::is_relation(kind) => {
            sheet.write(&relation.schemaname, &relation.relname);
        }
        Some(relation) => name_relation(sheet, relation),
        None => {}
    }
    for command in statement.cmds.iter().filter_map(inner) {
        let NodeEnum::AlterTableCmd(command) = command else {
            continue;
        };
        use AlterTableType as Type;
        match Type::try_from(command.subtype).unwrap_or(Type::Undefined) {
            Type::AtDisableTrig
            | Type::AtDisableTrigAll
            | Type::AtDisableTrigUser
            | Type::AtDisableRule
            | Type::AtDisableRowSecurity
            | Type::AtNoForceRowSecurity => {
                sheet.sign(Sign::GuardDisabled);
                sheet.object(&command.name);
            }
            Type::AtChangeOwner => {
                sheet.sign(Sign::OwnerChange);
                if let Some(role) = &command.newowner {
                    sheet.role(role_name(role));
                }
            }
            Type::AtDropColumn => sheet.sign(Sign::Destruction),
            _ => {
                if let Some(node) = &command.def {
                    create::constraints(sheet, std::slice::from_ref(&**node));
                    expression::optional(sheet, Some(node));
                }
            }
        }
    }
}

fn owner(sheet: &mut Sheet, statement: &AlterOwnerStmt) {
    sheet.sign(Sign::OwnerChange);
    if let Some(role) = &statement.newowner {
        sheet.role(role_name(role));
    }
    if let Some(relation) = &statement.relation {
        name_relation(sheet, relation);
    }
    if let Some(node) = boxed(statement.object.as_deref()) {
        name(sheet, node);
    }
    if statement.object_type == ObjectType::ObjectLargeobject as i32 {
        sheet.sign(Sign::LargeObject);
    }
}

fn rename(sheet: &mut Sheet, statement: &RenameStmt) {
    let kind = ObjectType::try_from(statement.rename_type).unwrap_or(ObjectType::Undefined);
    if let Some(relation) = &statement.relation {
        sheet.write(&relation.schemaname, &relation.relname);
    }
    if kind == ObjectType::ObjectRole {
        sheet.role(&statement.subname);
        sheet.role(&statement.newname);
        return;
    }
    if let Some(node) = boxed(statement.object.as_deref()) {
        name(sheet, node);
    }
    sheet.object(&statement.subname);
    if object::is_relation(kind) && object::is_ransom_note(&statement.newname) {
        sheet.sign(Sign::RansomNote);
    }
}

fn schema(sheet: &mut Sheet, statement: &AlterObjectSchemaStmt) {
    written(sheet, statement.relation.as_ref());
    if let Some(node) = boxed(statement.object.as_deref()) {
        name(sheet, node);
    }
}

fn function(sheet: &mut Sheet, statement: &AlterFunctionStmt) {
    if let Some(function) = &statement.func {
        sheet.object(&parts(&function.objname).join("."));
    }
    for option in options(&statement.actions) {
        match option.defname.as_str() {
            "security" if is_on(option) => sheet.sign(Sign::SecurityDefiner),
            "set" => setting::clause(sheet, boxed(option.arg.as_deref())),
            _ => {}
        }
    }
}

/// `LOAD 'library'`.
pub(super) fn load(sheet: &mut Sheet, path: &str) {
    sheet.path(path);
    sheet.sign(Sign::CodeLoadingSetting);
    if body::is_foreign_library(path) {
        sheet.sign(Sign::LibraryFunction);
    }
}
