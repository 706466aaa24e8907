//! Conditions that do not depend on any row.

use std::cmp::Ordering;

use kumki_model::Sign;
use pg_query::protobuf::a_const::Val;
use pg_query::protobuf::{AConst, AExpr, AExprKind, BoolExpr, BoolExprType, ColumnRef};
use pg_query::{Node, NodeEnum};

use super::names::{boxed, inner, last, parts};
use super::{Sheet, expression};

/// Reads a condition of `WHERE`, `HAVING` or `JOIN … ON`.
pub(super) fn read(sheet: &mut Sheet, condition: Option<&Node>) {
    if let Some(condition) = boxed(condition) {
        if is_forced(condition) {
            sheet.sign(Sign::Tautology);
        }
        expression::read(sheet, condition);
    }
}

/// Whether there is no condition, or one that every row meets.
pub(super) fn meets_all(condition: Option<&Node>) -> bool {
    boxed(condition).is_none_or(|condition| truth(condition) == Some(true))
}

pub(super) fn is_comparison(operator: &str) -> bool {
    matches!(operator, "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=")
}

/// Whether a condition bears the marks of an injected tautology or contradiction:
/// an arm of `OR` that is always true, or a comparison of constants that ends a
/// chain of `AND` behind a real condition. `1=1` in front and the `1=0` that
/// query builders write for empty lists are none.
fn is_forced(condition: &NodeEnum) -> bool {
    let NodeEnum::BoolExpr(expression) = condition else {
        return false;
    };
    match BoolExprType::try_from(expression.boolop) {
        Ok(BoolExprType::OrExpr) => {
            let arms: Vec<_> = expression.args.iter().filter_map(inner).collect();
            let always = |arm: &&NodeEnum| {
                truth(arm) == Some(true) || same_column(arm) || begins_with_truth(arm)
            };
            arms.iter().any(always) && !arms.iter().all(|arm| truth(arm).is_some())
                || arms.iter().any(|arm| is_forced(arm))
        }
        Ok(BoolExprType::AndExpr) => {
            ends_in_constants(expression) || expression.args.iter().filter_map(inner).any(is_forced)
        }
        Ok(BoolExprType::NotExpr) => expression.args.iter().filter_map(inner).any(is_forced),
        _ => false,
    }
}

fn ends_in_constants(expression: &BoolExpr) -> bool {
    let conjuncts: Vec<_> = expression.args.iter().filter_map(inner).collect();
    let Some((NodeEnum::AExpr(last), before)) = conjuncts.split_last().map(|(l, b)| (*l, b)) else {
        return false;
    };
    compares_constants(last)
        && !is_empty_list(last)
        && before.iter().any(|conjunct| truth(conjunct).is_none())
}

fn compares_constants(expression: &AExpr) -> bool {
    let constant = |side: &Option<Box<Node>>| boxed(side.as_deref()).is_some_and(is_constant);
    constant(&expression.lexpr) && constant(&expression.rexpr)
}

/// `OR 'a'='a' AND …`: what an injection in front of the last condition leaves.
/// The `1=1` of query builders is none.
fn begins_with_truth(arm: &NodeEnum) -> bool {
    let NodeEnum::BoolExpr(expression) = arm else {
        return false;
    };
    let Some(NodeEnum::AExpr(first)) = expression.args.first().and_then(inner) else {
        return false;
    };
    let builder = [&first.lexpr, &first.rexpr]
        .into_iter()
        .all(|side| number(side) == Some(1));
    BoolExprType::try_from(expression.boolop) == Ok(BoolExprType::AndExpr)
        && compares_constants(first)
        && compared(first)
        && !builder
}

fn number(side: &Option<Box<Node>>) -> Option<i32> {
    match boxed(side.as_deref()) {
        Some(NodeEnum::AConst(AConst {
            val: Some(Val::Ival(number)),
            ..
        })) => Some(number.ival),
        _ => None,
    }
}

/// `1=0`, `0=1`, `1<>1`, `1!=1`: what query builders write for an empty list.
fn is_empty_list(expression: &AExpr) -> bool {
    match (
        last(&expression.name),
        number(&expression.lexpr),
        number(&expression.rexpr),
    ) {
        ("=", Some(left), Some(right)) => (left, right) == (1, 0) || (left, right) == (0, 1),
        ("<>" | "!=", Some(left), Some(right)) => left == right && (left == 1 || left == 0),
        _ => false,
    }
}

/// `x = x`, which holds for every row where `x` is known.
fn same_column(node: &NodeEnum) -> bool {
    let NodeEnum::AExpr(expression) = node else {
        return false;
    };
    let column = |side: &Option<Box<Node>>| match boxed(side.as_deref()) {
        Some(NodeEnum::ColumnRef(ColumnRef { fields, .. })) => Some(parts(fields).join(".")),
        _ => None,
    };
    matches!(last(&expression.name), "=" | "<=" | ">=")
        && column(&expression.lexpr).is_some_and(|name| Some(name) == column(&expression.rexpr))
}

/// Whether an expression is made of constants alone.
pub(super) fn is_constant(node: &NodeEnum) -> bool {
    match node {
        NodeEnum::AConst(_) => true,
        NodeEnum::TypeCast(cast) => boxed(cast.arg.as_deref()).is_some_and(is_constant),
        NodeEnum::CollateClause(collate) => boxed(collate.arg.as_deref()).is_some_and(is_constant),
        NodeEnum::AExpr(expression) => [&expression.lexpr, &expression.rexpr]
            .into_iter()
            .all(|side| boxed(side.as_deref()).is_none_or(is_constant)),
        NodeEnum::List(list) => list.items.iter().filter_map(inner).all(is_constant),
        NodeEnum::RowExpr(row) => row.args.iter().filter_map(inner).all(is_constant),
        _ => false,
    }
}

/// What a condition of constants comes to; `None` when rows decide, or when
/// PostgreSQL would have to be asked.
pub(super) fn truth(node: &NodeEnum) -> Option<bool> {
    match node {
        NodeEnum::AConst(constant) => match constant.val.as_ref() {
            Some(Val::Boolval(flag)) => Some(flag.boolval),
            // `OR 'x'` and `OR 1` are no conditions in PostgreSQL, but are tried.
            Some(_) => Some(true),
            None => Some(false),
        },
        NodeEnum::TypeCast(cast) => match boxed(cast.arg.as_deref()) {
            Some(NodeEnum::AConst(AConst {
                val: Some(Val::Sval(text)),
                ..
            })) => Some(!matches!(
                text.sval.as_str(),
                "f" | "false" | "off" | "no" | "n" | "0"
            )),
            Some(argument) => truth(argument),
            None => None,
        },
        NodeEnum::BoolExpr(expression) => {
            let mut arms = expression.args.iter().filter_map(inner).map(truth);
            match BoolExprType::try_from(expression.boolop).ok()? {
                BoolExprType::AndExpr => arms.try_fold(true, |all, arm| arm.map(|arm| all && arm)),
                BoolExprType::OrExpr => arms.try_fold(false, |any, arm| arm.map(|arm| any || arm)),
                BoolExprType::NotExpr => arms.next()?.map(|arm| !arm),
                BoolExprType::Undefined => None,
            }
        }
        NodeEnum::AExpr(expression) if is_constant(node) => Some(compared(expression)),
        _ => None,
    }
}

/// The outcome of an operator between constants. What cannot be told counts as
/// true: whoever writes it means it to be.
fn compared(expression: &AExpr) -> bool {
    if AExprKind::try_from(expression.kind) != Ok(AExprKind::AexprOp) {
        return true;
    }
    let constant = |side: &Option<Box<Node>>| match boxed(side.as_deref()) {
        Some(NodeEnum::AConst(constant)) => constant.val.clone(),
        _ => None,
    };
    let (Some(left), Some(right)) = (constant(&expression.lexpr), constant(&expression.rexpr))
    else {
        return true;
    };
    let Some(ordering) = order(&left, &right) else {
        return true;
    };
    match last(&expression.name) {
        "=" => ordering == Ordering::Equal,
        "<>" | "!=" => ordering != Ordering::Equal,
        "<" => ordering == Ordering::Less,
        ">" => ordering == Ordering::Greater,
        "<=" => ordering != Ordering::Greater,
        ">=" => ordering != Ordering::Less,
        _ => true,
    }
}

fn order(left: &Val, right: &Val) -> Option<Ordering> {
    let number = |value: &Val| match value {
        Val::Ival(number) => Some(f64::from(number.ival)),
        Val::Fval(number) => number.fval.parse().ok(),
        Val::Sval(text) => text.sval.trim().parse().ok(),
        _ => None,
    };
    match (left, right) {
        (Val::Sval(left), Val::Sval(right)) => Some(left.sval.cmp(&right.sval)),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}
