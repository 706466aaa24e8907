//! Facts from `CREATE ROLE`, `ALTER ROLE` and `DROP ROLE`.

use kumki_model::Sign;
use pg_query::Node;
use pg_query::NodeEnum;
use pg_query::protobuf::{AlterRoleSetStmt, AlterRoleStmt, CreateRoleStmt, DefElem, DropRoleStmt};

use super::names::{boxed, is_on, option_text, options, role_name, roles};
use super::{Sheet, grant, object, setting};

pub(super) fn create(sheet: &mut Sheet, statement: &CreateRoleStmt) {
    sheet.role(&statement.role);
    if object::is_ransom_note(&statement.role) {
        sheet.sign(Sign::RansomNote);
    }
    attributes(sheet, &statement.options, true);
}

pub(super) fn alter(sheet: &mut Sheet, statement: &AlterRoleStmt) {
    let name = statement.role.as_ref().map_or("all", role_name);
    sheet.role(name);
    attributes(sheet, &statement.options, statement.action >= 0);
    // `ALTER GROUP g ADD USER u` is a grant of `g`.
    let members = options(&statement.options).any(|option| option.defname == "rolemembers");
    if members && statement.action >= 0 {
        grant::granted_role(sheet, name);
    }
}

pub(super) fn drop(sheet: &mut Sheet, statement: &DropRoleStmt) {
    for role in roles(&statement.roles) {
        sheet.role(role_name(role));
    }
}

pub(super) fn set(sheet: &mut Sheet, statement: &AlterRoleSetStmt) {
    sheet.role(statement.role.as_ref().map_or("all", role_name));
    if let Some(clause) = &statement.setstmt {
        setting::statement(sheet, clause, "role");
    }
}

fn attributes(sheet: &mut Sheet, attributes: &[Node], adding: bool) {
    for option in options(attributes) {
        match option.defname.as_str() {
            "superuser" => {
                flag(sheet, option, "superuser", Some(Sign::SuperuserGrant));
            }
            "createrole" => flag(sheet, option, "createrole", Some(Sign::PrivilegedAttribute)),
            "isreplication" => flag(
                sheet,
                option,
                "replication",
                Some(Sign::PrivilegedAttribute),
            ),
            "bypassrls" => flag(sheet, option, "bypassrls", Some(Sign::PrivilegedAttribute)),
            "createdb" => flag(sheet, option, "createdb", None),
            "canlogin" => flag(sheet, option, "login", None),
            "inherit" => flag(sheet, option, "inherit", None),
            "password" => password(sheet, option),
            "validUntil" => {
                sheet.privilege("valid until");
                if option_text(option).eq_ignore_ascii_case("infinity") {
                    sheet.sign(Sign::PasswordWeakened);
                }
            }
            "connectionlimit" => sheet.privilege("connection limit"),
            "addroleto" if adding => members(sheet, option, grant::granted_role),
            "rolemembers" => members(sheet, option, |_, _| {}),
            "adminmembers" if adding => {
                sheet.sign(Sign::GrantOption);
                members(sheet, option, |_, _| {});
            }
            _ => {}
        }
    }
}

fn flag(sheet: &mut Sheet, option: &DefElem, name: &str, sign: Option<Sign>) {
    if is_on(option) {
        sheet.privilege(name);
        if let Some(sign) = sign {
            sheet.sign(sign);
        }
    } else {
        sheet.privilege(&format!("no{name}"));
    }
}

fn password(sheet: &mut Sheet, option: &DefElem) {
    if option.arg.is_none() {
        sheet.sign(Sign::PasswordWeakened);
    } else {
        sheet.sign(Sign::PasswordSet);
    }
}

/// Notes the roles listed in an option.
fn members(sheet: &mut Sheet, option: &DefElem, also: impl Fn(&mut Sheet, &str)) {
    if let Some(NodeEnum::List(list)) = boxed(option.arg.as_deref()) {
        for role in roles(&list.items) {
            let name = role_name(role);
            sheet.role(name);
            also(sheet, name);
        }
    }
}
