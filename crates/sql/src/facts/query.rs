//! Facts from `SELECT`, `INSERT`, `UPDATE`, `DELETE` and `MERGE`, wherever they stand.

use kumki_model::Sign;
use pg_query::protobuf::{
    DeleteStmt, InsertStmt, MergeStmt, RangeVar, SelectStmt, SetOperation, UpdateStmt, WithClause,
};
use pg_query::{Node, NodeEnum};

use super::names::{boxed, inner};
use super::{Sheet, condition, expression, object, union};

pub(super) fn is_query(node: &NodeEnum) -> bool {
    matches!(
        node,
        NodeEnum::SelectStmt(_)
            | NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_)
    )
}

/// Reads a query that is a statement by itself.
pub(super) fn outermost(sheet: &mut Sheet, node: &NodeEnum) {
    let whole = match node {
        NodeEnum::SelectStmt(statement) => whole_table(statement),
        _ => None,
    };
    let before = sheet.user_reads;
    nested(sheet, node);
    if whole.is_some() && sheet.user_reads > before {
        sheet.sign(Sign::WholeTable);
    }
}

/// Reads a query that may be part of another.
pub(super) fn nested(sheet: &mut Sheet, node: &NodeEnum) {
    let changes = sheet.changes_rows;
    match node {
        NodeEnum::SelectStmt(statement) => select(sheet, statement),
        NodeEnum::InsertStmt(statement) => insert(sheet, statement),
        NodeEnum::UpdateStmt(statement) => update(sheet, statement),
        NodeEnum::DeleteStmt(statement) => delete(sheet, statement),
        NodeEnum::MergeStmt(statement) => merge(sheet, statement),
        _ => {}
    }
    sheet.changes_rows = changes;
}

/// The only target of a `SELECT`, if it has just one.
pub(super) fn single_target(node: Option<&NodeEnum>) -> Option<&NodeEnum> {
    let Some(NodeEnum::SelectStmt(statement)) = node else {
        return None;
    };
    match statement.target_list.as_slice() {
        [target] => match inner(target) {
            Some(NodeEnum::ResTarget(target)) => boxed(target.val.as_deref()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the `FROM` of a `SELECT` itself names a relation of the system.
pub(super) fn reads_system(node: Option<&NodeEnum>) -> bool {
    let Some(NodeEnum::SelectStmt(statement)) = node else {
        return false;
    };
    statement.from_clause.iter().any(|from| match inner(from) {
        Some(NodeEnum::RangeVar(relation)) => {
            matches!(
                relation.schemaname.as_str(),
                "pg_catalog" | "information_schema"
            ) || relation.schemaname.is_empty() && relation.relname.starts_with("pg_")
        }
        _ => false,
    })
}

/// The relation of `SELECT * FROM t` or `TABLE t` without condition or limit.
fn whole_table(statement: &SelectStmt) -> Option<&RangeVar> {
    let all = matches!(statement.target_list.as_slice(), [target] if is_star(target));
    let restricted = !condition::meets_all(statement.where_clause.as_deref())
        || statement.limit_count.is_some()
        || statement.limit_offset.is_some()
        || statement.having_clause.is_some()
        || !statement.group_clause.is_empty()
        || !statement.distinct_clause.is_empty();
    match statement.from_clause.as_slice() {
        [from] if all && !restricted => match inner(from) {
            Some(NodeEnum::RangeVar(relation)) => Some(relation),
            _ => None,
        },
        _ => None,
    }
}

fn is_star(target: &Node) -> bool {
    let Some(NodeEnum::ResTarget(target)) = inner(target) else {
        return false;
    };
    let Some(NodeEnum::ColumnRef(column)) = boxed(target.val.as_deref()) else {
        return false;
    };
    column
        .fields
        .last()
        .is_some_and(|field| matches!(inner(field), Some(NodeEnum::AStar(_))))
}

/// Reads a `SELECT`, `VALUES` or `TABLE`, set operations included.
pub(super) fn select(sheet: &mut Sheet, statement: &SelectStmt) {
    let scope = sheet.enter_scope();
    with(sheet, statement.with_clause.as_ref());
    if let Some(into) = &statement.into_clause
        && let Some(relation) = &into.rel
    {
        object::created_table(sheet, relation);
        sheet.changes_rows = true;
    }
    if matches!(
        SetOperation::try_from(statement.op),
        Ok(SetOperation::SetopNone)
    ) {
        expression::nodes(sheet, &statement.distinct_clause);
        expression::nodes(sheet, &statement.target_list);
        from(sheet, &statement.from_clause);
        condition::read(sheet, statement.where_clause.as_deref());
        expression::nodes(sheet, &statement.group_clause);
        condition::read(sheet, statement.having_clause.as_deref());
        expression::nodes(sheet, &statement.window_clause);
        expression::nodes(sheet, &statement.values_lists);
    } else {
        union::read(sheet, statement);
    }
    expression::nodes(sheet, &statement.sort_clause);
    expression::optional(sheet, statement.limit_offset.as_deref());
    expression::optional(sheet, statement.limit_count.as_deref());
    sheet.leave_scope(scope);
}

/// Reads common table expressions and leaves their names in scope.
fn with(sheet: &mut Sheet, clause: Option<&WithClause>) {
    let Some(clause) = clause else { return };
    let tables = || {
        clause
            .ctes
            .iter()
            .filter_map(inner)
            .filter_map(|node| match node {
                NodeEnum::CommonTableExpr(table) => Some(table),
                _ => None,
            })
    };
    if clause.recursive {
        for table in tables() {
            sheet.define_table(&table.ctename);
        }
    }
    for table in tables() {
        if let Some(query) = boxed(table.ctequery.as_deref()) {
            nested(sheet, query);
        }
        if !clause.recursive {
            sheet.define_table(&table.ctename);
        }
    }
}

/// Reads the items of a `FROM`, `USING` or join.
pub(super) fn from(sheet: &mut Sheet, items: &[Node]) {
    for item in items.iter().filter_map(inner) {
        from_item(sheet, item);
    }
}

fn from_item(sheet: &mut Sheet, item: &NodeEnum) {
    match item {
        NodeEnum::RangeVar(relation) => sheet.read(&relation.schemaname, &relation.relname),
        NodeEnum::JoinExpr(join) => {
            for side in [&join.larg, &join.rarg] {
                if let Some(side) = boxed(side.as_deref()) {
                    from_item(sheet, side);
                }
            }
            condition::read(sheet, join.quals.as_deref());
        }
        NodeEnum::RangeSubselect(select) => {
            if let Some(query) = boxed(select.subquery.as_deref()) {
                nested(sheet, query);
            }
        }
        NodeEnum::RangeFunction(function) => expression::nodes(sheet, &function.functions),
        NodeEnum::RangeTableSample(sample) => {
            if let Some(relation) = boxed(sample.relation.as_deref()) {
                from_item(sheet, relation);
            }
            expression::nodes(sheet, &sample.args);
        }
        NodeEnum::RangeTableFunc(table) => {
            expression::optional(sheet, table.docexpr.as_deref());
            expression::optional(sheet, table.rowexpr.as_deref());
            for column in table.columns.iter().filter_map(inner) {
                if let NodeEnum::RangeTableFuncCol(column) = column {
                    expression::optional(sheet, column.colexpr.as_deref());
                    expression::optional(sheet, column.coldefexpr.as_deref());
                }
            }
        }
        NodeEnum::JsonTable(table) => expression::json_table(sheet, table),
        other => expression::read(sheet, other),
    }
}

fn target(sheet: &mut Sheet, relation: Option<&RangeVar>) {
    if let Some(relation) = relation {
        sheet.write(&relation.schemaname, &relation.relname);
    }
}

fn insert(sheet: &mut Sheet, statement: &InsertStmt) {
    let scope = sheet.enter_scope();
    with(sheet, statement.with_clause.as_ref());
    target(sheet, statement.relation.as_ref());
    if let Some(relation) = &statement.relation
        && object::is_ransom_note(&relation.relname)
    {
        sheet.sign(Sign::RansomNote);
    }
    expression::nodes(sheet, &statement.cols);
    if let Some(NodeEnum::SelectStmt(source)) = boxed(statement.select_stmt.as_deref()) {
        // An application may well encrypt what it stores; copying a table encrypted is another matter.
        sheet.changes_rows = source.values_lists.is_empty() && !source.from_clause.is_empty();
        select(sheet, source);
    }
    if let Some(conflict) = &statement.on_conflict_clause {
        expression::nodes(sheet, &conflict.target_list);
        expression::optional(sheet, conflict.where_clause.as_deref());
    }
    returning(sheet, statement.returning_clause.as_ref());
    sheet.leave_scope(scope);
}

fn update(sheet: &mut Sheet, statement: &UpdateStmt) {
    let scope = sheet.enter_scope();
    with(sheet, statement.with_clause.as_ref());
    sheet.changes_rows = true;
    target(sheet, statement.relation.as_ref());
    from(sheet, &statement.from_clause);
    expression::nodes(sheet, &statement.target_list);
    if condition::meets_all(statement.where_clause.as_deref()) {
        sheet.sign(Sign::NoWhere);
    }
    condition::read(sheet, statement.where_clause.as_deref());
    returning(sheet, statement.returning_clause.as_ref());
    sheet.leave_scope(scope);
}

fn delete(sheet: &mut Sheet, statement: &DeleteStmt) {
    let scope = sheet.enter_scope();
    with(sheet, statement.with_clause.as_ref());
    target(sheet, statement.relation.as_ref());
    from(sheet, &statement.using_clause);
    if condition::meets_all(statement.where_clause.as_deref()) {
        sheet.sign(Sign::NoWhere);
    }
    condition::read(sheet, statement.where_clause.as_deref());
    returning(sheet, statement.returning_clause.as_ref());
    sheet.leave_scope(scope);
}

fn merge(sheet: &mut Sheet, statement: &MergeStmt) {
    let scope = sheet.enter_scope();
    with(sheet, statement.with_clause.as_ref());
    sheet.changes_rows = true;
    target(sheet, statement.relation.as_ref());
    if let Some(source) = boxed(statement.source_relation.as_deref()) {
        from_item(sheet, source);
    }
    condition::read(sheet, statement.join_condition.as_deref());
    for clause in statement.merge_when_clauses.iter().filter_map(inner) {
        if let NodeEnum::MergeWhenClause(clause) = clause {
            condition::read(sheet, clause.condition.as_deref());
            expression::nodes(sheet, &clause.target_list);
            expression::nodes(sheet, &clause.values);
        }
    }
    returning(sheet, statement.returning_clause.as_ref());
    sheet.leave_scope(scope);
}

fn returning(sheet: &mut Sheet, clause: Option<&pg_query::protobuf::ReturningClause>) {
    if let Some(clause) = clause {
        expression::nodes(sheet, &clause.exprs);
    }
}
