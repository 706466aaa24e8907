//! Facts from expressions: functions called, subqueries, probes.
//!
//! The tree is at most 100 levels deep (see [`crate::parse`]), so this recurses.

use kumki_model::Sign;
use pg_query::protobuf::{
    AExpr, AExprKind, FuncCall, JsonBehavior, JsonTable, JsonTableColumn, JsonValueExpr,
    SqlValueFunctionOp, TypeCast, WindowDef,
};
use pg_query::{Node, NodeEnum};

use super::names::{boxed, inner, last, parts, type_name};
use super::{Sheet, condition, function, query};

/// `chr()` calls in one statement that make a string look composed.
const MIN_COMPOSED: usize = 3;

pub(super) fn nodes(sheet: &mut Sheet, nodes: &[Node]) {
    for node in nodes.iter().filter_map(inner) {
        read(sheet, node);
    }
}

pub(super) fn optional(sheet: &mut Sheet, node: Option<&Node>) {
    if let Some(node) = boxed(node) {
        read(sheet, node);
    }
}

/// Reads one expression, or any node that stands where expressions do.
pub(super) fn read(sheet: &mut Sheet, node: &NodeEnum) {
    match node {
        NodeEnum::ColumnRef(column) => {
            let credential = matches!(last(&column.fields), "subconninfo" | "umoptions");
            let star = column
                .fields
                .iter()
                .any(|field| matches!(inner(field), Some(NodeEnum::AStar(_))));
            if credential || star {
                sheet.credential_column();
            }
        }
        NodeEnum::AExpr(expression) => operator(sheet, expression),
        NodeEnum::BoolExpr(expression) => nodes(sheet, &expression.args),
        NodeEnum::TypeCast(cast) => type_cast(sheet, cast),
        NodeEnum::FuncCall(call) => func_call(sheet, call),
        NodeEnum::SubLink(link) => {
            optional(sheet, link.testexpr.as_deref());
            optional_query(sheet, link.subselect.as_deref());
        }
        NodeEnum::CaseExpr(case) => {
            optional(sheet, case.arg.as_deref());
            nodes(sheet, &case.args);
            optional(sheet, case.defresult.as_deref());
        }
        NodeEnum::CaseWhen(when) => {
            optional(sheet, when.expr.as_deref());
            optional(sheet, when.result.as_deref());
        }
        NodeEnum::CoalesceExpr(expression) => nodes(sheet, &expression.args),
        NodeEnum::MinMaxExpr(expression) => nodes(sheet, &expression.args),
        NodeEnum::NullTest(test) => optional(sheet, test.arg.as_deref()),
        NodeEnum::BooleanTest(test) => optional(sheet, test.arg.as_deref()),
        NodeEnum::RowExpr(row) => nodes(sheet, &row.args),
        NodeEnum::GroupingFunc(grouping) => nodes(sheet, &grouping.args),
        NodeEnum::GroupingSet(set) => nodes(sheet, &set.content),
        NodeEnum::AIndirection(indirection) => {
            optional(sheet, indirection.arg.as_deref());
            nodes(sheet, &indirection.indirection);
        }
        NodeEnum::AIndices(indices) => {
            optional(sheet, indices.lidx.as_deref());
            optional(sheet, indices.uidx.as_deref());
        }
        NodeEnum::AArrayExpr(array) => nodes(sheet, &array.elements),
        NodeEnum::ResTarget(target) => {
            nodes(sheet, &target.indirection);
            optional(sheet, target.val.as_deref());
        }
        NodeEnum::MultiAssignRef(assign) => optional(sheet, assign.source.as_deref()),
        NodeEnum::SortBy(sort) => optional(sheet, sort.node.as_deref()),
        NodeEnum::WindowDef(window) => window_definition(sheet, window),
        NodeEnum::CollateClause(collate) => optional(sheet, collate.arg.as_deref()),
        NodeEnum::NamedArgExpr(named) => optional(sheet, named.arg.as_deref()),
        NodeEnum::List(list) => nodes(sheet, &list.items),
        NodeEnum::IndexElem(element) => optional(sheet, element.expr.as_deref()),
        NodeEnum::StatsElem(element) => optional(sheet, element.expr.as_deref()),
        NodeEnum::PartitionElem(element) => optional(sheet, element.expr.as_deref()),
        NodeEnum::DefElem(option) => optional(sheet, option.arg.as_deref()),
        NodeEnum::ReturnStmt(statement) => optional(sheet, statement.returnval.as_deref()),
        _ if query::is_query(node) => query::nested(sheet, node),
        _ => markup(sheet, node),
    }
}

/// XML and JSON syntax.
fn markup(sheet: &mut Sheet, node: &NodeEnum) {
    match node {
        NodeEnum::XmlExpr(xml) => {
            nodes(sheet, &xml.named_args);
            nodes(sheet, &xml.args);
        }
        NodeEnum::XmlSerialize(xml) => optional(sheet, xml.expr.as_deref()),
        NodeEnum::JsonValueExpr(value) => json_value(sheet, Some(value)),
        NodeEnum::JsonKeyValue(pair) => {
            optional(sheet, pair.key.as_deref());
            json_value(sheet, pair.value.as_deref());
        }
        NodeEnum::JsonFuncExpr(json) => {
            json_value(sheet, json.context_item.as_deref());
            optional(sheet, json.pathspec.as_deref());
            nodes(sheet, &json.passing);
            json_behavior(sheet, json.on_empty.as_deref());
            json_behavior(sheet, json.on_error.as_deref());
        }
        NodeEnum::JsonArgument(argument) => json_value(sheet, argument.val.as_deref()),
        NodeEnum::JsonObjectConstructor(json) => nodes(sheet, &json.exprs),
        NodeEnum::JsonArrayConstructor(json) => nodes(sheet, &json.exprs),
        NodeEnum::JsonArrayQueryConstructor(json) => optional_query(sheet, json.query.as_deref()),
        NodeEnum::JsonParseExpr(json) => json_value(sheet, json.expr.as_deref()),
        NodeEnum::JsonScalarExpr(json) => optional(sheet, json.expr.as_deref()),
        NodeEnum::JsonSerializeExpr(json) => json_value(sheet, json.expr.as_deref()),
        NodeEnum::JsonIsPredicate(json) => optional(sheet, json.expr.as_deref()),
        NodeEnum::JsonObjectAgg(json) => {
            if let Some(pair) = &json.arg {
                optional(sheet, pair.key.as_deref());
                json_value(sheet, pair.value.as_deref());
            }
            json_aggregate(sheet, json.constructor.as_deref());
        }
        NodeEnum::JsonArrayAgg(json) => {
            json_value(sheet, json.arg.as_deref());
            json_aggregate(sheet, json.constructor.as_deref());
        }
        NodeEnum::JsonTableColumn(column) => json_column(sheet, column),
        _ => {}
    }
}

fn json_aggregate(sheet: &mut Sheet, aggregate: Option<&pg_query::protobuf::JsonAggConstructor>) {
    if let Some(aggregate) = aggregate {
        optional(sheet, aggregate.agg_filter.as_deref());
        nodes(sheet, &aggregate.agg_order);
        if let Some(window) = &aggregate.over {
            window_definition(sheet, window);
        }
    }
}

fn json_value(sheet: &mut Sheet, value: Option<&JsonValueExpr>) {
    if let Some(value) = value {
        optional(sheet, value.raw_expr.as_deref());
        optional(sheet, value.formatted_expr.as_deref());
    }
}

fn json_behavior(sheet: &mut Sheet, behavior: Option<&JsonBehavior>) {
    if let Some(behavior) = behavior {
        optional(sheet, behavior.expr.as_deref());
    }
}

fn json_column(sheet: &mut Sheet, column: &JsonTableColumn) {
    json_behavior(sheet, column.on_empty.as_deref());
    json_behavior(sheet, column.on_error.as_deref());
    nodes(sheet, &column.columns);
}

pub(super) fn json_table(sheet: &mut Sheet, table: &JsonTable) {
    json_value(sheet, table.context_item.as_deref());
    nodes(sheet, &table.passing);
    nodes(sheet, &table.columns);
    json_behavior(sheet, table.on_error.as_deref());
}

fn window_definition(sheet: &mut Sheet, window: &WindowDef) {
    nodes(sheet, &window.partition_clause);
    nodes(sheet, &window.order_clause);
    optional(sheet, window.start_offset.as_deref());
    optional(sheet, window.end_offset.as_deref());
}

fn optional_query(sheet: &mut Sheet, node: Option<&Node>) {
    if let Some(node) = boxed(node) {
        query::nested(sheet, node);
    }
}

fn operator(sheet: &mut Sheet, expression: &AExpr) {
    if last(&expression.name) == "||" {
        for side in [&expression.lexpr, &expression.rexpr] {
            note_chr(sheet, boxed(side.as_deref()));
        }
    }
    if AExprKind::try_from(expression.kind) == Ok(AExprKind::AexprOp)
        && condition::is_comparison(last(&expression.name))
    {
        let (left, right) = (
            boxed(expression.lexpr.as_deref()),
            boxed(expression.rexpr.as_deref()),
        );
        leak_by_comparison(sheet, left, right);
        leak_by_comparison(sheet, right, left);
    }
    optional(sheet, expression.lexpr.as_deref());
    optional(sheet, expression.rexpr.as_deref());
}

fn note_chr(sheet: &mut Sheet, node: Option<&NodeEnum>) {
    if let Some(NodeEnum::FuncCall(call)) = node
        && last(&call.funcname) == "chr"
    {
        sheet.composed += 1;
        if sheet.composed >= MIN_COMPOSED {
            sheet.sign(Sign::CharBuild);
        }
    }
}

fn func_call(sheet: &mut Sheet, call: &FuncCall) {
    let name = parts(&call.funcname);
    if matches!(
        name.last(),
        Some(&("concat" | "concat_ws" | "format" | "textcat"))
    ) {
        for argument in &call.args {
            note_chr(sheet, inner(argument));
        }
    }
    function::call(sheet, &name, &call.args);
    nodes(sheet, &call.args);
    nodes(sheet, &call.agg_order);
    optional(sheet, call.agg_filter.as_deref());
    if let Some(window) = &call.over {
        window_definition(sheet, window);
    }
}

fn type_cast(sheet: &mut Sheet, cast: &TypeCast) {
    let argument = boxed(cast.arg.as_deref());
    if is_number(type_name(cast.type_name.as_ref())) && argument.is_some_and(leaks_text) {
        sheet.sign(Sign::ErrorProbe);
    }
    optional(sheet, cast.arg.as_deref());
}

fn is_number(name: &str) -> bool {
    matches!(
        name,
        "int2"
            | "int4"
            | "int8"
            | "int"
            | "integer"
            | "bigint"
            | "smallint"
            | "numeric"
            | "decimal"
            | "float4"
            | "float8"
            | "real"
            | "money"
            | "oid"
            | "bool"
    )
}

/// `1 = CAST((SELECT column …) AS int)`: a constant compared with a cast of a
/// subquery that returns a plain column.
fn leak_by_comparison(sheet: &mut Sheet, constant: Option<&NodeEnum>, cast: Option<&NodeEnum>) {
    if let (Some(constant), Some(NodeEnum::TypeCast(cast))) = (constant, cast)
        && condition::is_constant(constant)
        && is_number(type_name(cast.type_name.as_ref()))
        && let Some(NodeEnum::SubLink(link)) = boxed(cast.arg.as_deref())
        && let Some(NodeEnum::ColumnRef(_)) = query::single_target(boxed(link.subselect.as_deref()))
    {
        sheet.sign(Sign::ErrorProbe);
    }
}

/// Whether an expression yields text about the server, so that casting it to a
/// number is meant to fail.
fn leaks_text(node: &NodeEnum) -> bool {
    match node {
        NodeEnum::FuncCall(call) => matches!(
            last(&call.funcname),
            "version"
                | "current_database"
                | "current_schema"
                | "current_schemas"
                | "getpgusername"
                | "pg_read_file"
                | "query_to_xml"
                | "database_to_xml"
                | "table_to_xml"
                | "string_agg"
                | "current_query"
                | "pg_ls_dir"
                | "pg_current_logfile"
        ),
        NodeEnum::SqlvalueFunction(value) => is_identity(value.op),
        NodeEnum::AExpr(expression) if last(&expression.name) == "||" => {
            [&expression.lexpr, &expression.rexpr]
                .into_iter()
                .any(|side| {
                    boxed(side.as_deref()).is_some_and(|side| {
                        leaks_text(side) || matches!(side, NodeEnum::SubLink(_)) || is_chr(side)
                    })
                })
        }
        NodeEnum::TypeCast(cast) => boxed(cast.arg.as_deref()).is_some_and(leaks_text),
        NodeEnum::SubLink(link) => {
            let select = boxed(link.subselect.as_deref());
            match query::single_target(select) {
                Some(NodeEnum::ColumnRef(column)) => {
                    let name = last(&column.fields);
                    query::reads_system(select)
                        && (name.ends_with("name")
                            || name.contains("passw")
                            || name == "subconninfo")
                }
                Some(target) => leaks_text(target),
                None => false,
            }
        }
        NodeEnum::CoalesceExpr(expression) => {
            expression.args.iter().filter_map(inner).any(leaks_text)
        }
        _ => false,
    }
}

fn is_chr(node: &NodeEnum) -> bool {
    matches!(node, NodeEnum::FuncCall(call) if last(&call.funcname) == "chr")
}

/// `CURRENT_USER`, `SESSION_USER`, `CURRENT_CATALOG` and the like.
pub(super) fn is_identity(operation: i32) -> bool {
    use SqlValueFunctionOp as Op;
    matches!(
        Op::try_from(operation),
        Ok(Op::SvfopCurrentRole
            | Op::SvfopCurrentUser
            | Op::SvfopUser
            | Op::SvfopSessionUser
            | Op::SvfopCurrentCatalog
            | Op::SvfopCurrentSchema)
    )
}
