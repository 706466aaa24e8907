//! Facts from `CREATE …`.

use kumki_model::Sign;
use pg_query::protobuf::{
    CreateFunctionStmt, CreateStmt, DefElem, DoStmt, IndexStmt, RuleStmt, ViewStmt,
};
use pg_query::{Node, NodeEnum};

use super::names::{boxed, inner, is_on, option_text, options, parts, role_name, roles, text};
use super::object::{created_table, written};
use super::{Sheet, body, expression, object, query, setting, statement};

/// Extensions that bring untrusted code or reach other servers or files.
const REMOTE_EXTENSIONS: &[&str] = &[
    "dblink",
    "postgres_fdw",
    "mysql_fdw",
    "oracle_fdw",
    "tds_fdw",
    "http",
    "pg_net",
    "pgsql_http",
];

/// Reads a statement that creates something; false when it is another kind.
pub(super) fn read(sheet: &mut Sheet, node: &NodeEnum) -> bool {
    match node {
        NodeEnum::CreateStmt(statement) => table(sheet, statement),
        NodeEnum::CreateForeignTableStmt(statement) => {
            sheet.sign(Sign::RemoteConnection);
            sheet.object(&statement.servername);
            if let Some(base) = &statement.base_stmt {
                table(sheet, base);
            }
            file_options(sheet, &statement.options);
        }
        NodeEnum::CreateTableAsStmt(statement) => {
            if let Some(relation) = statement.into.as_ref().and_then(|into| into.rel.as_ref()) {
                created_table(sheet, relation);
            }
            if let Some(query) = boxed(statement.query.as_deref()) {
                sheet.changes_rows = true;
                statement::part(sheet, query);
                sheet.changes_rows = false;
            }
        }
        NodeEnum::ViewStmt(statement) => view(sheet, statement),
        NodeEnum::RuleStmt(statement) => rule(sheet, statement),
        NodeEnum::IndexStmt(statement) => index(sheet, statement),
        NodeEnum::CreateFunctionStmt(statement) => function(sheet, statement),
        NodeEnum::CreateTrigStmt(statement) => {
            sheet.sign(Sign::TriggerDefinition);
            sheet.object(&statement.trigname);
            sheet.function(&parts(&statement.funcname).join("."));
            written(sheet, statement.relation.as_ref());
            expression::optional(sheet, statement.when_clause.as_deref());
        }
        NodeEnum::CreateEventTrigStmt(statement) => {
            sheet.sign(Sign::TriggerDefinition);
            sheet.object(&statement.trigname);
            sheet.function(&parts(&statement.funcname).join("."));
        }
        NodeEnum::CreatePolicyStmt(statement) => {
            sheet.object(&statement.policy_name);
            written(sheet, statement.table.as_ref());
            expression::optional(sheet, statement.qual.as_deref());
            expression::optional(sheet, statement.with_check.as_deref());
            for role in roles(&statement.roles) {
                sheet.role(role_name(role));
            }
        }
        NodeEnum::CreateExtensionStmt(statement) => extension(sheet, &statement.extname),
        NodeEnum::CreatePlangStmt(statement) => {
            sheet.language(&statement.plname);
            if body::is_untrusted(&statement.plname) {
                sheet.sign(Sign::UntrustedCode);
            }
        }
        other => return foreign(sheet, other) || plain(sheet, other),
    }
    true
}

/// Statements about other servers.
fn foreign(sheet: &mut Sheet, node: &NodeEnum) -> bool {
    match node {
        NodeEnum::CreateFdwStmt(statement) => {
            sheet.object(&statement.fdwname);
            sheet.sign(Sign::RemoteConnection);
        }
        NodeEnum::CreateForeignServerStmt(statement) => {
            sheet.object(&statement.servername);
            remote_server(sheet, &statement.fdwname);
        }
        NodeEnum::CreateUserMappingStmt(statement) => {
            sheet.object(&statement.servername);
            sheet.sign(Sign::RemoteConnection);
            sheet.role(statement.user.as_ref().map_or("", role_name));
        }
        NodeEnum::ImportForeignSchemaStmt(statement) => {
            sheet.object(&statement.server_name);
            sheet.sign(Sign::RemoteConnection);
        }
        NodeEnum::CreateSubscriptionStmt(statement) => {
            sheet.object(&statement.subname);
            sheet.sign(Sign::RemoteConnection);
        }
        _ => return false,
    }
    true
}

/// Statements that only name what they create.
fn plain(sheet: &mut Sheet, node: &NodeEnum) -> bool {
    match node {
        NodeEnum::CreatePublicationStmt(statement) => {
            sheet.object(&statement.pubname);
            for member in statement.pubobjects.iter().filter_map(inner) {
                if let NodeEnum::PublicationObjSpec(member) = member
                    && let Some(relation) = member
                        .pubtable
                        .as_ref()
                        .and_then(|table| table.relation.as_ref())
                {
                    sheet.read(&relation.schemaname, &relation.relname);
                }
            }
        }
        NodeEnum::CreateSchemaStmt(statement) => {
            sheet.object(&statement.schemaname);
            for element in statement.schema_elts.iter().filter_map(inner) {
                statement::part(sheet, element);
            }
        }
        NodeEnum::CreatedbStmt(statement) => {
            sheet.object(&statement.dbname);
            if object::is_ransom_note(&statement.dbname) {
                sheet.sign(Sign::RansomNote);
            }
        }
        NodeEnum::CreateTableSpaceStmt(statement) => {
            sheet.object(&statement.tablespacename);
            sheet.path(&statement.location);
        }
        NodeEnum::CreateSeqStmt(statement) => {
            if let Some(sequence) = &statement.sequence {
                object::name_relation(sheet, sequence);
            }
        }
        NodeEnum::CreateStatsStmt(statement) => sheet.object(&parts(&statement.defnames).join(".")),
        NodeEnum::CreateDomainStmt(statement) => {
            sheet.object(&parts(&statement.domainname).join("."));
            constraints(sheet, &statement.constraints);
        }
        NodeEnum::CreateEnumStmt(statement) => sheet.object(&parts(&statement.type_name).join(".")),
        NodeEnum::CreateRangeStmt(statement) => {
            sheet.object(&parts(&statement.type_name).join("."))
        }
        NodeEnum::CompositeTypeStmt(statement) => {
            if let Some(name) = &statement.typevar {
                object::name_relation(sheet, name);
            }
        }
        NodeEnum::DefineStmt(statement) => sheet.object(&parts(&statement.defnames).join(".")),
        NodeEnum::CreateCastStmt(statement) => {
            if let Some(function) = &statement.func {
                sheet.function(&parts(&function.objname).join("."));
            }
        }
        NodeEnum::CreateTransformStmt(statement) => sheet.language(&statement.lang),
        NodeEnum::CreateAmStmt(statement) => sheet.object(&statement.amname),
        NodeEnum::CreateConversionStmt(statement) => {
            sheet.object(&parts(&statement.conversion_name).join("."));
        }
        NodeEnum::CreateOpClassStmt(statement) => {
            sheet.object(&parts(&statement.opclassname).join("."));
        }
        NodeEnum::CreateOpFamilyStmt(statement) => {
            sheet.object(&parts(&statement.opfamilyname).join("."));
        }
        _ => return false,
    }
    true
}

fn table(sheet: &mut Sheet, statement: &CreateStmt) {
    if let Some(relation) = &statement.relation {
        created_table(sheet, relation);
    }
    constraints(sheet, &statement.table_elts);
}

/// Expressions in columns and constraints.
pub(super) fn constraints(sheet: &mut Sheet, elements: &[Node]) {
    for element in elements.iter().filter_map(inner) {
        match element {
            NodeEnum::ColumnDef(column) => {
                expression::optional(sheet, column.raw_default.as_deref());
                constraints(sheet, &column.constraints);
            }
            NodeEnum::Constraint(constraint) => {
                expression::optional(sheet, constraint.raw_expr.as_deref());
                expression::optional(sheet, constraint.where_clause.as_deref());
            }
            NodeEnum::TableLikeClause(like) => {
                if let Some(relation) = &like.relation {
                    sheet.read(&relation.schemaname, &relation.relname);
                }
            }
            _ => {}
        }
    }
}

fn view(sheet: &mut Sheet, statement: &ViewStmt) {
    if let Some(relation) = &statement.view {
        created_table(sheet, relation);
    }
    if let Some(node) = boxed(statement.query.as_deref()) {
        query::nested(sheet, node);
    }
}

fn rule(sheet: &mut Sheet, statement: &RuleStmt) {
    sheet.sign(Sign::TriggerDefinition);
    sheet.object(&statement.rulename);
    written(sheet, statement.relation.as_ref());
    expression::optional(sheet, statement.where_clause.as_deref());
    for action in statement.actions.iter().filter_map(inner) {
        statement::part(sheet, action);
    }
}

fn index(sheet: &mut Sheet, statement: &IndexStmt) {
    sheet.object(&statement.idxname);
    written(sheet, statement.relation.as_ref());
    expression::nodes(sheet, &statement.index_params);
    expression::optional(sheet, statement.where_clause.as_deref());
}

pub(super) fn extension(sheet: &mut Sheet, name: &str) {
    sheet.extension(name);
    let trusted_languages = matches!(
        name,
        "plpgsql" | "plperl" | "pltcl" | "plv8" | "plrust" | "pljava"
    );
    if name.starts_with("pl") && !trusted_languages && body::is_untrusted(name) {
        sheet.sign(Sign::UntrustedCode);
    }
    if REMOTE_EXTENSIONS.contains(&name) {
        sheet.sign(Sign::RemoteConnection);
    }
    if name == "file_fdw" {
        sheet.sign(Sign::ServerFileRead);
    }
}

/// A foreign server; one of `file_fdw` is a way to the files of this one.
fn remote_server(sheet: &mut Sheet, wrapper: &str) {
    sheet.sign(if wrapper == "file_fdw" {
        Sign::ServerFileRead
    } else {
        Sign::RemoteConnection
    });
}

/// The options of a foreign table that name a file or a program.
fn file_options(sheet: &mut Sheet, list: &[Node]) {
    for option in options(list) {
        match option.defname.as_str() {
            "filename" => {
                sheet.sign(Sign::ServerFileRead);
                sheet.path(option_text(option));
            }
            "program" => {
                sheet.sign(Sign::ProgramExecution);
                sheet.path(&crate::mask::mask_secrets(option_text(option)));
            }
            _ => {}
        }
    }
}

fn function(sheet: &mut Sheet, statement: &CreateFunctionStmt) {
    sheet.object(&parts(&statement.funcname).join("."));
    let language = options(&statement.options)
        .find(|option| option.defname == "language")
        .map_or("sql", option_text);
    sheet.language(language);
    if body::is_untrusted(language) {
        sheet.sign(Sign::UntrustedCode);
    }
    for option in options(&statement.options) {
        match option.defname.as_str() {
            "as" => source(sheet, language, option),
            "security" if is_on(option) => sheet.sign(Sign::SecurityDefiner),
            "set" => setting::clause(sheet, boxed(option.arg.as_deref())),
            _ => {}
        }
    }
    for parameter in statement.parameters.iter().filter_map(inner) {
        if let NodeEnum::FunctionParameter(parameter) = parameter {
            expression::optional(sheet, parameter.defexpr.as_deref());
        }
    }
    if let Some(node) = boxed(statement.sql_body.as_deref()) {
        statement::part(sheet, node);
    }
}

/// `AS 'body'` or `AS 'library', 'symbol'`.
fn source(sheet: &mut Sheet, language: &str, option: &DefElem) {
    let strings = match boxed(option.arg.as_deref()) {
        Some(NodeEnum::List(list)) => parts(&list.items),
        Some(node) => text(node).into_iter().collect(),
        None => Vec::new(),
    };
    let Some(first) = strings.first() else { return };
    if language.eq_ignore_ascii_case("c") {
        if body::is_foreign_library(first) {
            sheet.sign(Sign::LibraryFunction);
        }
        sheet.path(first);
    } else if !language.eq_ignore_ascii_case("internal") {
        body::read(sheet, language, first);
    }
}

pub(super) fn anonymous(sheet: &mut Sheet, statement: &DoStmt) {
    sheet.sign(Sign::AnonymousCode);
    let language = options(&statement.args)
        .find(|option| option.defname == "language")
        .map_or("plpgsql", option_text);
    sheet.language(language);
    for option in options(&statement.args).filter(|option| option.defname == "as") {
        body::read(sheet, language, option_text(option));
    }
}
