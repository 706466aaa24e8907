//! Command tags and pgaudit classes of statements.
//!
//! Tags are those of PostgreSQL's `CreateCommandTag`, with `COPY` told apart by
//! direction. Classes are those pgaudit 1.7 derives from the log level of the
//! statement: `DDL`, `ROLE` for rights and roles, `WRITE` for changes of rows,
//! `READ`, `FUNCTION`, `MISC_SET` for `SET` and `RESET`, `MISC` for the rest.

use std::borrow::Cow;

use pg_query::NodeEnum;
use pg_query::protobuf::{
    DiscardMode, GrantStmt, ObjectType, TransactionStmtKind, VariableSetKind,
};

use super::names::boxed;

/// Tag and class of a statement.
pub(super) fn of(node: &NodeEnum) -> (Cow<'static, str>, &'static str) {
    if let Some((tag, class)) = fixed(node) {
        return (Cow::Borrowed(tag), class);
    }
    let (verb, kind) = match node {
        NodeEnum::DropStmt(statement) => ("DROP", statement.remove_type),
        NodeEnum::RenameStmt(statement) => (
            "ALTER",
            renamed(statement.rename_type, statement.relation_type),
        ),
        NodeEnum::AlterObjectSchemaStmt(statement) => ("ALTER", statement.object_type),
        NodeEnum::AlterObjectDependsStmt(statement) => ("ALTER", statement.object_type),
        NodeEnum::AlterOwnerStmt(statement) => ("ALTER", statement.object_type),
        NodeEnum::AlterTableStmt(statement) => ("ALTER", statement.objtype),
        NodeEnum::AlterFunctionStmt(statement) => ("ALTER", statement.objtype),
        NodeEnum::DefineStmt(statement) => ("CREATE", statement.kind),
        _ => return (Cow::Borrowed("UNKNOWN"), "MISC"),
    };
    let kind = ObjectType::try_from(kind).unwrap_or(ObjectType::Undefined);
    let class = if kind == ObjectType::ObjectRole {
        "ROLE"
    } else {
        "DDL"
    };
    (Cow::Owned(format!("{verb} {}", object_kind(kind))), class)
}

/// Renaming a part is altering the whole.
fn renamed(kind: i32, relation: i32) -> i32 {
    match ObjectType::try_from(kind) {
        Ok(ObjectType::ObjectColumn | ObjectType::ObjectTabconstraint) => {
            if relation == ObjectType::Undefined as i32 {
                ObjectType::ObjectTable as i32
            } else {
                relation
            }
        }
        Ok(ObjectType::ObjectAttribute) => ObjectType::ObjectType as i32,
        Ok(ObjectType::ObjectDomconstraint) => ObjectType::ObjectDomain as i32,
        _ => kind,
    }
}

fn fixed(node: &NodeEnum) -> Option<(&'static str, &'static str)> {
    data(node)
        .or_else(|| role(node))
        .or_else(|| definition(node))
        .or_else(|| session(node))
}

fn data(node: &NodeEnum) -> Option<(&'static str, &'static str)> {
    Some(match node {
        NodeEnum::SelectStmt(statement) if statement.into_clause.is_some() => {
            ("SELECT INTO", "DDL")
        }
        NodeEnum::SelectStmt(_) => ("SELECT", "READ"),
        NodeEnum::InsertStmt(_) => ("INSERT", "WRITE"),
        NodeEnum::UpdateStmt(_) => ("UPDATE", "WRITE"),
        NodeEnum::DeleteStmt(_) => ("DELETE", "WRITE"),
        NodeEnum::MergeStmt(_) => ("MERGE", "WRITE"),
        NodeEnum::TruncateStmt(_) => ("TRUNCATE TABLE", "WRITE"),
        NodeEnum::CopyStmt(statement) if statement.is_from => ("COPY FROM", "WRITE"),
        NodeEnum::CopyStmt(_) => ("COPY TO", "READ"),
        NodeEnum::DeclareCursorStmt(_) => ("DECLARE CURSOR", "READ"),
        NodeEnum::PrepareStmt(statement) => {
            let class = match boxed(statement.query.as_deref()).and_then(data) {
                Some((_, class)) => class,
                None => "READ",
            };
            ("PREPARE", class)
        }
        NodeEnum::DoStmt(_) => ("DO", "FUNCTION"),
        NodeEnum::CallStmt(_) => ("CALL", "MISC"),
        NodeEnum::ExecuteStmt(_) => ("EXECUTE", "MISC"),
        NodeEnum::ExplainStmt(_) => ("EXPLAIN", "MISC"),
        _ => return None,
    })
}

fn role(node: &NodeEnum) -> Option<(&'static str, &'static str)> {
    let tag = match node {
        NodeEnum::GrantStmt(GrantStmt { is_grant: true, .. }) => "GRANT",
        NodeEnum::GrantStmt(_) => "REVOKE",
        NodeEnum::GrantRoleStmt(statement) if statement.is_grant => "GRANT ROLE",
        NodeEnum::GrantRoleStmt(_) => "REVOKE ROLE",
        NodeEnum::CreateRoleStmt(_) => "CREATE ROLE",
        NodeEnum::AlterRoleStmt(_) | NodeEnum::AlterRoleSetStmt(_) => "ALTER ROLE",
        NodeEnum::DropRoleStmt(_) => "DROP ROLE",
        NodeEnum::AlterDefaultPrivilegesStmt(_) => "ALTER DEFAULT PRIVILEGES",
        _ => return None,
    };
    Some((tag, "ROLE"))
}

fn definition(node: &NodeEnum) -> Option<(&'static str, &'static str)> {
    let tag = match node {
        NodeEnum::CreateStmt(_) => "CREATE TABLE",
        NodeEnum::CreateForeignTableStmt(_) => "CREATE FOREIGN TABLE",
        NodeEnum::CreateTableAsStmt(statement) => {
            if statement.is_select_into {
                "SELECT INTO"
            } else if statement.objtype == ObjectType::ObjectMatview as i32 {
                "CREATE MATERIALIZED VIEW"
            } else {
                "CREATE TABLE AS"
            }
        }
        NodeEnum::RefreshMatViewStmt(_) => "REFRESH MATERIALIZED VIEW",
        NodeEnum::ViewStmt(_) => "CREATE VIEW",
        NodeEnum::RuleStmt(_) => "CREATE RULE",
        NodeEnum::IndexStmt(_) => "CREATE INDEX",
        NodeEnum::CreateSeqStmt(_) => "CREATE SEQUENCE",
        NodeEnum::AlterSeqStmt(_) => "ALTER SEQUENCE",
        NodeEnum::CreateSchemaStmt(_) => "CREATE SCHEMA",
        NodeEnum::CreateFunctionStmt(statement) if statement.is_procedure => "CREATE PROCEDURE",
        NodeEnum::CreateFunctionStmt(_) => "CREATE FUNCTION",
        NodeEnum::CreateTrigStmt(_) => "CREATE TRIGGER",
        NodeEnum::CreateEventTrigStmt(_) => "CREATE EVENT TRIGGER",
        NodeEnum::AlterEventTrigStmt(_) => "ALTER EVENT TRIGGER",
        NodeEnum::CreatePolicyStmt(_) => "CREATE POLICY",
        NodeEnum::AlterPolicyStmt(_) => "ALTER POLICY",
        NodeEnum::CreateExtensionStmt(_) => "CREATE EXTENSION",
        NodeEnum::AlterExtensionStmt(_) | NodeEnum::AlterExtensionContentsStmt(_) => {
            "ALTER EXTENSION"
        }
        NodeEnum::CreatePlangStmt(_) => "CREATE LANGUAGE",
        NodeEnum::CreatedbStmt(_) => "CREATE DATABASE",
        NodeEnum::AlterDatabaseStmt(_)
        | NodeEnum::AlterDatabaseSetStmt(_)
        | NodeEnum::AlterDatabaseRefreshCollStmt(_) => "ALTER DATABASE",
        NodeEnum::DropdbStmt(_) => "DROP DATABASE",
        NodeEnum::AlterSystemStmt(_) => "ALTER SYSTEM",
        NodeEnum::CreateTableSpaceStmt(_) => "CREATE TABLESPACE",
        NodeEnum::AlterTableSpaceOptionsStmt(_) => "ALTER TABLESPACE",
        NodeEnum::DropTableSpaceStmt(_) => "DROP TABLESPACE",
        NodeEnum::DropOwnedStmt(_) => "DROP OWNED",
        NodeEnum::ReassignOwnedStmt(_) => "REASSIGN OWNED",
        NodeEnum::CommentStmt(_) => "COMMENT",
        NodeEnum::SecLabelStmt(_) => "SECURITY LABEL",
        other => {
            return types(other)
                .or_else(|| remote(other))
                .map(|tag| (tag, "DDL"));
        }
    };
    Some((tag, "DDL"))
}

fn remote(node: &NodeEnum) -> Option<&'static str> {
    Some(match node {
        NodeEnum::CreateFdwStmt(_) => "CREATE FOREIGN DATA WRAPPER",
        NodeEnum::AlterFdwStmt(_) => "ALTER FOREIGN DATA WRAPPER",
        NodeEnum::CreateForeignServerStmt(_) => "CREATE SERVER",
        NodeEnum::AlterForeignServerStmt(_) => "ALTER SERVER",
        NodeEnum::CreateUserMappingStmt(_) => "CREATE USER MAPPING",
        NodeEnum::AlterUserMappingStmt(_) => "ALTER USER MAPPING",
        NodeEnum::DropUserMappingStmt(_) => "DROP USER MAPPING",
        NodeEnum::ImportForeignSchemaStmt(_) => "IMPORT FOREIGN SCHEMA",
        NodeEnum::CreateSubscriptionStmt(_) => "CREATE SUBSCRIPTION",
        NodeEnum::AlterSubscriptionStmt(_) => "ALTER SUBSCRIPTION",
        NodeEnum::DropSubscriptionStmt(_) => "DROP SUBSCRIPTION",
        NodeEnum::CreatePublicationStmt(_) => "CREATE PUBLICATION",
        NodeEnum::AlterPublicationStmt(_) => "ALTER PUBLICATION",
        _ => return None,
    })
}

fn types(node: &NodeEnum) -> Option<&'static str> {
    Some(match node {
        NodeEnum::CompositeTypeStmt(_)
        | NodeEnum::CreateEnumStmt(_)
        | NodeEnum::CreateRangeStmt(_) => "CREATE TYPE",
        NodeEnum::AlterEnumStmt(_) | NodeEnum::AlterTypeStmt(_) => "ALTER TYPE",
        NodeEnum::CreateDomainStmt(_) => "CREATE DOMAIN",
        NodeEnum::AlterDomainStmt(_) => "ALTER DOMAIN",
        NodeEnum::CreateCastStmt(_) => "CREATE CAST",
        NodeEnum::CreateTransformStmt(_) => "CREATE TRANSFORM",
        NodeEnum::CreateAmStmt(_) => "CREATE ACCESS METHOD",
        NodeEnum::CreateConversionStmt(_) => "CREATE CONVERSION",
        NodeEnum::CreateStatsStmt(_) => "CREATE STATISTICS",
        NodeEnum::AlterStatsStmt(_) => "ALTER STATISTICS",
        NodeEnum::CreateOpClassStmt(_) => "CREATE OPERATOR CLASS",
        NodeEnum::CreateOpFamilyStmt(_) => "CREATE OPERATOR FAMILY",
        NodeEnum::AlterOpFamilyStmt(_) => "ALTER OPERATOR FAMILY",
        NodeEnum::AlterOperatorStmt(_) => "ALTER OPERATOR",
        NodeEnum::AlterCollationStmt(_) => "ALTER COLLATION",
        NodeEnum::AlterTableMoveAllStmt(_) => "ALTER TABLE",
        NodeEnum::AlterTsdictionaryStmt(_) => "ALTER TEXT SEARCH DICTIONARY",
        NodeEnum::AlterTsconfigurationStmt(_) => "ALTER TEXT SEARCH CONFIGURATION",
        _ => return None,
    })
}

fn session(node: &NodeEnum) -> Option<(&'static str, &'static str)> {
    use VariableSetKind as Set;
    let tag = match node {
        NodeEnum::VariableSetStmt(statement) => {
            let reset = matches!(
                Set::try_from(statement.kind),
                Ok(Set::VarReset | Set::VarResetAll)
            );
            return Some((if reset { "RESET" } else { "SET" }, "MISC_SET"));
        }
        NodeEnum::VariableShowStmt(_) => "SHOW",
        NodeEnum::TransactionStmt(statement) => transaction(statement.kind),
        NodeEnum::DiscardStmt(statement) => match DiscardMode::try_from(statement.target) {
            Ok(DiscardMode::DiscardPlans) => "DISCARD PLANS",
            Ok(DiscardMode::DiscardSequences) => "DISCARD SEQUENCES",
            Ok(DiscardMode::DiscardTemp) => "DISCARD TEMP",
            _ => "DISCARD ALL",
        },
        NodeEnum::FetchStmt(statement) => {
            if statement.ismove {
                "MOVE"
            } else {
                "FETCH"
            }
        }
        NodeEnum::ClosePortalStmt(_) => "CLOSE CURSOR",
        NodeEnum::DeallocateStmt(_) => "DEALLOCATE",
        NodeEnum::ListenStmt(_) => "LISTEN",
        NodeEnum::UnlistenStmt(_) => "UNLISTEN",
        NodeEnum::NotifyStmt(_) => "NOTIFY",
        NodeEnum::LockStmt(_) => "LOCK TABLE",
        NodeEnum::LoadStmt(_) => "LOAD",
        NodeEnum::CheckPointStmt(_) => "CHECKPOINT",
        NodeEnum::VacuumStmt(statement) => {
            if statement.is_vacuumcmd {
                "VACUUM"
            } else {
                "ANALYZE"
            }
        }
        NodeEnum::ClusterStmt(_) => return Some(("CLUSTER", "DDL")),
        NodeEnum::ReindexStmt(_) => "REINDEX",
        NodeEnum::ConstraintsSetStmt(_) => "SET CONSTRAINTS",
        _ => return None,
    };
    Some((tag, "MISC"))
}

fn transaction(kind: i32) -> &'static str {
    use TransactionStmtKind as Kind;
    match Kind::try_from(kind).unwrap_or(Kind::Undefined) {
        Kind::TransStmtStart => "START TRANSACTION",
        Kind::TransStmtCommit => "COMMIT",
        Kind::TransStmtRollback | Kind::TransStmtRollbackTo => "ROLLBACK",
        Kind::TransStmtSavepoint => "SAVEPOINT",
        Kind::TransStmtRelease => "RELEASE",
        Kind::TransStmtPrepare => "PREPARE TRANSACTION",
        Kind::TransStmtCommitPrepared => "COMMIT PREPARED",
        Kind::TransStmtRollbackPrepared => "ROLLBACK PREPARED",
        _ => "BEGIN",
    }
}

/// The kind of object as tags name it.
fn object_kind(kind: ObjectType) -> &'static str {
    use ObjectType as Type;
    match kind {
        Type::ObjectAccessMethod => "ACCESS METHOD",
        Type::ObjectAggregate => "AGGREGATE",
        Type::ObjectCast => "CAST",
        Type::ObjectCollation => "COLLATION",
        Type::ObjectConversion => "CONVERSION",
        Type::ObjectDatabase => "DATABASE",
        Type::ObjectDomain | Type::ObjectDomconstraint => "DOMAIN",
        Type::ObjectEventTrigger => "EVENT TRIGGER",
        Type::ObjectExtension => "EXTENSION",
        Type::ObjectFdw => "FOREIGN DATA WRAPPER",
        Type::ObjectForeignServer => "SERVER",
        Type::ObjectForeignTable => "FOREIGN TABLE",
        Type::ObjectFunction => "FUNCTION",
        Type::ObjectIndex => "INDEX",
        Type::ObjectLanguage => "LANGUAGE",
        Type::ObjectLargeobject => "LARGE OBJECT",
        Type::ObjectMatview => "MATERIALIZED VIEW",
        Type::ObjectOpclass => "OPERATOR CLASS",
        Type::ObjectOperator => "OPERATOR",
        Type::ObjectOpfamily => "OPERATOR FAMILY",
        Type::ObjectPolicy => "POLICY",
        Type::ObjectProcedure => "PROCEDURE",
        Type::ObjectPublication => "PUBLICATION",
        Type::ObjectRole => "ROLE",
        Type::ObjectRoutine => "ROUTINE",
        Type::ObjectRule => "RULE",
        Type::ObjectSchema => "SCHEMA",
        Type::ObjectSequence => "SEQUENCE",
        Type::ObjectSubscription => "SUBSCRIPTION",
        Type::ObjectStatisticExt => "STATISTICS",
        Type::ObjectTablespace => "TABLESPACE",
        Type::ObjectTransform => "TRANSFORM",
        Type::ObjectTrigger => "TRIGGER",
        Type::ObjectTsconfiguration => "TEXT SEARCH CONFIGURATION",
        Type::ObjectTsdictionary => "TEXT SEARCH DICTIONARY",
        Type::ObjectTsparser => "TEXT SEARCH PARSER",
        Type::ObjectTstemplate => "TEXT SEARCH TEMPLATE",
        Type::ObjectType | Type::ObjectAttribute => "TYPE",
        Type::ObjectUserMapping => "USER MAPPING",
        Type::ObjectView => "VIEW",
        _ => "TABLE",
    }
}
