//! Statement by statement through a text.

use kumki_model::Sign;
use pg_query::NodeEnum;
use pg_query::protobuf::RawStmt;

use super::names::{boxed, inner, parts, relations, role_name};
use super::{
    Sheet, alter, command, copy, create, expression, function, grant, object, query, role, setting,
};

/// Reads every statement of a text.
pub(super) fn read_all(sheet: &mut Sheet, statements: &[RawStmt]) {
    let mut stack = Stack::default();
    for statement in statements
        .iter()
        .filter_map(|raw| boxed(raw.stmt.as_deref()))
    {
        let (tag, class) = command::of(statement);
        stack.push(sheet, &tag, class);
        sheet.command(&tag, class);
        part(sheet, statement);
        stack.settle(sheet);
    }
}

/// Judges how statements follow each other in one text.
#[derive(Debug, Default)]
pub(super) struct Stack {
    /// Class of the first query or change of rows.
    first: Option<&'static str>,
    /// Whether the text opened with a transaction of its own, as scripts do.
    script: bool,
    any: bool,
}

impl Stack {
    pub(super) fn push(&mut self, sheet: &mut Sheet, tag: &str, class: &'static str) {
        if !self.any {
            self.script = matches!(tag, "BEGIN" | "START TRANSACTION");
        }
        self.any = true;
        let data = matches!(tag, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "MERGE");
        match self.first {
            None if data => self.first = Some(class),
            Some(first) if !self.script => {
                let other = matches!(class, "DDL" | "ROLE" | "FUNCTION")
                    || tag.starts_with("COPY")
                    || tag == "TRUNCATE TABLE"
                    || first == "READ" && class == "WRITE";
                if other {
                    sheet.sign(Sign::Stacked);
                }
            }
            _ => {}
        }
    }

    /// To be called when the statement has been read.
    pub(super) fn settle(&mut self, sheet: &Sheet) {
        // `SELECT set_config('search_path', …); CREATE …` is how dumps begin.
        if self.first.is_some() && sheet.only_configured() {
            self.first = None;
        }
    }
}

/// Reads one statement, or one that is part of another.
pub(super) fn part(sheet: &mut Sheet, node: &NodeEnum) {
    if query::is_query(node) {
        query::outermost(sheet, node);
        return;
    }
    match node {
        NodeEnum::CopyStmt(statement) => copy::read(sheet, statement),
        NodeEnum::ExplainStmt(statement) => optional(sheet, statement.query.as_deref()),
        NodeEnum::PrepareStmt(statement) => optional(sheet, statement.query.as_deref()),
        NodeEnum::DeclareCursorStmt(statement) => optional(sheet, statement.query.as_deref()),
        NodeEnum::ExecuteStmt(statement) => expression::nodes(sheet, &statement.params),
        NodeEnum::CallStmt(statement) => {
            if let Some(call) = &statement.funccall {
                function::call(sheet, &parts(&call.funcname), &call.args);
                expression::nodes(sheet, &call.args);
            }
        }
        NodeEnum::DoStmt(statement) => create::anonymous(sheet, statement),
        NodeEnum::VariableSetStmt(statement) => setting::statement(sheet, statement, "session"),
        NodeEnum::VariableShowStmt(statement) => setting::show(sheet, &statement.name),
        NodeEnum::CreateRoleStmt(statement) => role::create(sheet, statement),
        NodeEnum::AlterRoleStmt(statement) => role::alter(sheet, statement),
        NodeEnum::AlterRoleSetStmt(statement) => role::set(sheet, statement),
        NodeEnum::DropRoleStmt(statement) => role::drop(sheet, statement),
        NodeEnum::GrantStmt(statement) => grant::privileges(sheet, statement),
        NodeEnum::GrantRoleStmt(statement) => grant::membership(sheet, statement),
        NodeEnum::AlterDefaultPrivilegesStmt(statement) => grant::defaults(sheet, statement),
        NodeEnum::TruncateStmt(statement) => object::truncate(sheet, statement),
        NodeEnum::LoadStmt(statement) => alter::load(sheet, &statement.filename),
        // Lists of statements, as bodies of SQL functions have them.
        NodeEnum::List(list) => {
            for item in list.items.iter().filter_map(inner) {
                part(sheet, item);
            }
        }
        other => {
            let known = dropped(sheet, other)
                || maintained(sheet, other)
                || create::read(sheet, other)
                || alter::read(sheet, other);
            if !known {
                expression::read(sheet, other);
            }
        }
    }
}

fn optional(sheet: &mut Sheet, node: Option<&pg_query::Node>) {
    if let Some(node) = boxed(node) {
        part(sheet, node);
    }
}

fn dropped(sheet: &mut Sheet, node: &NodeEnum) -> bool {
    match node {
        NodeEnum::DropStmt(statement) => object::drop(sheet, statement),
        NodeEnum::DropOwnedStmt(statement) => object::drop_owned(sheet, statement),
        NodeEnum::ReassignOwnedStmt(statement) => object::reassign_owned(sheet, statement),
        NodeEnum::DropdbStmt(statement) => {
            sheet.object(&statement.dbname);
            sheet.sign(Sign::Destruction);
            sheet.sign(Sign::MassDestruction);
        }
        NodeEnum::DropTableSpaceStmt(statement) => {
            sheet.object(&statement.tablespacename);
            sheet.sign(Sign::Destruction);
        }
        NodeEnum::DropUserMappingStmt(statement) => {
            sheet.object(&statement.servername);
            sheet.role(statement.user.as_ref().map_or("", role_name));
        }
        NodeEnum::DropSubscriptionStmt(statement) => {
            sheet.object(&statement.subname);
            sheet.sign(Sign::Destruction);
        }
        _ => return false,
    }
    true
}

/// Statements that work on tables without changing what they hold.
fn maintained(sheet: &mut Sheet, node: &NodeEnum) -> bool {
    match node {
        NodeEnum::LockStmt(statement) => {
            for relation in relations(&statement.relations) {
                object::name_relation(sheet, relation);
            }
        }
        NodeEnum::VacuumStmt(statement) => {
            for table in statement.rels.iter().filter_map(inner) {
                if let NodeEnum::VacuumRelation(table) = table
                    && let Some(relation) = &table.relation
                {
                    object::name_relation(sheet, relation);
                }
            }
        }
        NodeEnum::RefreshMatViewStmt(statement) => {
            object::written(sheet, statement.relation.as_ref())
        }
        NodeEnum::ClusterStmt(statement) => {
            if let Some(relation) = &statement.relation {
                object::name_relation(sheet, relation);
            }
        }
        NodeEnum::ReindexStmt(statement) => {
            if let Some(relation) = &statement.relation {
                object::name_relation(sheet, relation);
            }
        }
        _ => return false,
    }
    true
}
