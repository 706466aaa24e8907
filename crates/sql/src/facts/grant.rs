//! Facts from `GRANT`, `REVOKE` and `ALTER DEFAULT PRIVILEGES`.

use kumki_model::Sign;
use pg_query::protobuf::{
    AccessPriv, AlterDefaultPrivilegesStmt, GrantRoleStmt, GrantStmt, ObjectType,
};
use pg_query::{Node, NodeEnum};

use super::names::{inner, is_on, options, parts, role_name, roles};
use super::{Sheet, object};

/// Predefined roles, of PostgreSQL and of the cloud services, that reach files,
/// programs, all settings or all data.
const POWERFUL_ROLES: &[&str] = &[
    "alloydbsuperuser",
    "azure_pg_admin",
    "cloudsqlsuperuser",
    "pg_execute_server_program",
    "pg_read_all_data",
    "pg_read_all_settings",
    "pg_read_server_files",
    "pg_write_all_data",
    "pg_write_server_files",
    "rds_password",
    "rds_replication",
    "rds_superuser",
];

pub(super) fn privileges(sheet: &mut Sheet, statement: &GrantStmt) {
    if statement.privileges.is_empty() {
        sheet.privilege("all");
    }
    for privilege in access(&statement.privileges) {
        sheet.privilege(&privilege.priv_name);
    }
    for role in roles(&statement.grantees) {
        let name = role_name(role);
        sheet.role(name);
        if statement.is_grant && name == "public" {
            sheet.sign(Sign::PublicGrant);
        }
    }
    if statement.is_grant && statement.grant_option {
        sheet.sign(Sign::GrantOption);
    }
    let kind = ObjectType::try_from(statement.objtype).unwrap_or(ObjectType::Undefined);
    for named in statement.objects.iter().filter_map(inner) {
        granted_object(sheet, kind, named);
    }
}

fn granted_object(sheet: &mut Sheet, kind: ObjectType, named: &NodeEnum) {
    match named {
        NodeEnum::ObjectWithArgs(function) => sheet.object(&parts(&function.objname).join(".")),
        NodeEnum::RangeVar(relation) => object::name_relation(sheet, relation),
        other => {
            object::name(sheet, other);
            if kind == ObjectType::ObjectLargeobject {
                sheet.sign(Sign::LargeObject);
            }
        }
    }
}

pub(super) fn membership(sheet: &mut Sheet, statement: &GrantRoleStmt) {
    for role in access(&statement.granted_roles) {
        sheet.role(&role.priv_name);
        sheet.privilege(&role.priv_name);
        if statement.is_grant {
            granted_role(sheet, &role.priv_name);
        }
    }
    for role in roles(&statement.grantee_roles) {
        sheet.role(role_name(role));
    }
    let admin = options(&statement.opt).any(|option| option.defname == "admin" && is_on(option));
    if statement.is_grant && admin {
        sheet.sign(Sign::GrantOption);
    }
}

/// A role whose members the statement adds to.
pub(super) fn granted_role(sheet: &mut Sheet, name: &str) {
    if POWERFUL_ROLES.contains(&name) {
        sheet.sign(Sign::PredefinedRoleGrant);
    }
    // The role that `initdb` creates is a superuser.
    if name == "postgres" {
        sheet.sign(Sign::SuperuserGrant);
    }
}

pub(super) fn defaults(sheet: &mut Sheet, statement: &AlterDefaultPrivilegesStmt) {
    if let Some(action) = &statement.action {
        privileges(sheet, action);
    }
}

fn access(nodes: &[Node]) -> impl Iterator<Item = &AccessPriv> {
    nodes.iter().filter_map(|node| match inner(node) {
        Some(NodeEnum::AccessPriv(privilege)) => Some(privilege),
        _ => None,
    })
}
