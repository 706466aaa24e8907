//! Facts from `UNION`, `INTERSECT` and `EXCEPT`.

use kumki_model::Sign;
use pg_query::NodeEnum;
use pg_query::protobuf::{SelectStmt, SetOperation};

use super::names::{boxed, inner, last};
use super::{Sheet, condition, expression, query};

/// Constants a probing arm with a `FROM` has at least.
const MIN_PROBED: usize = 3;

/// An arm of a set operation and what was read in it.
struct Arm<'a> {
    statement: &'a SelectStmt,
    /// Whether `UNION` appends it to what is before.
    appended: bool,
    user_reads: usize,
    system_reads: usize,
}

/// Reads all arms and judges how they were put together.
pub(super) fn read(sheet: &mut Sheet, statement: &SelectStmt) {
    let mut flat = Vec::new();
    flatten(statement, false, &mut flat);
    let mut arms: Vec<Arm<'_>> = Vec::with_capacity(flat.len());
    for (statement, appended) in flat {
        let (user, system) = (sheet.user_reads, sheet.system_reads);
        query::select(sheet, statement);
        arms.push(Arm {
            statement,
            appended,
            user_reads: sheet.user_reads - user,
            system_reads: sheet.system_reads - system,
        });
    }
    let mut user_arm = false;
    let mut telling_arm = false;
    for arm in &arms {
        if arm.appended && user_arm {
            if arm.system_reads > 0 && arm.user_reads == 0 {
                sheet.sign(Sign::UnionCatalog);
            }
            judge_probe(sheet, arm, telling_arm);
        }
        if arm.user_reads > 0 {
            user_arm = true;
            telling_arm |= targets(arm.statement).any(|target| !is_filler(target));
        }
    }
}

/// The arms from left to right. A nested set operation with clauses of its own
/// stays one arm.
fn flatten<'a>(statement: &'a SelectStmt, appended: bool, arms: &mut Vec<(&'a SelectStmt, bool)>) {
    let operation = SetOperation::try_from(statement.op);
    let (Some(left), Some(right)) = (&statement.larg, &statement.rarg) else {
        arms.push((statement, appended));
        return;
    };
    let bare = |arm: &SelectStmt| arm.with_clause.is_none() && arm.larg.is_some();
    for (arm, appended) in [
        (left, appended),
        (right, operation == Ok(SetOperation::SetopUnion)),
    ] {
        if bare(arm) {
            flatten(arm, appended, arms);
        } else {
            arms.push((arm, appended));
        }
    }
}

fn judge_probe(sheet: &mut Sheet, arm: &Arm<'_>, telling: bool) {
    let count = targets(arm.statement).count();
    if count == 0 || !arm.statement.values_lists.is_empty() {
        return;
    }
    let filler = targets(arm.statement).all(|target| is_filler(target) || asks_server(target));
    let nulls = targets(arm.statement).all(is_null);
    let alone = arm.statement.from_clause.is_empty();
    if filler && telling && (alone || nulls || count >= MIN_PROBED) {
        sheet.sign(Sign::UnionProbe);
        if targets(arm.statement).any(asks_server) {
            sheet.sign(Sign::ServerProbe);
        }
    }
}

fn targets(statement: &SelectStmt) -> impl Iterator<Item = &NodeEnum> {
    statement
        .target_list
        .iter()
        .filter_map(inner)
        .filter_map(|target| match target {
            NodeEnum::ResTarget(target) => boxed(target.val.as_deref()),
            _ => None,
        })
}

fn is_filler(target: &NodeEnum) -> bool {
    condition::is_constant(target)
}

fn is_null(target: &NodeEnum) -> bool {
    match target {
        NodeEnum::AConst(constant) => constant.isnull,
        NodeEnum::TypeCast(cast) => boxed(cast.arg.as_deref()).is_some_and(is_null),
        _ => false,
    }
}

fn asks_server(target: &NodeEnum) -> bool {
    match target {
        NodeEnum::SqlvalueFunction(value) => expression::is_identity(value.op),
        NodeEnum::FuncCall(call) => matches!(
            last(&call.funcname),
            "version"
                | "current_database"
                | "current_schema"
                | "current_schemas"
                | "current_setting"
                | "inet_server_addr"
                | "inet_server_port"
                | "getpgusername"
                | "pg_read_file"
        ),
        NodeEnum::TypeCast(cast) => boxed(cast.arg.as_deref()).is_some_and(asks_server),
        _ => false,
    }
}
