//! Names and constants out of tree nodes.

use pg_query::protobuf::a_const::Val;
use pg_query::protobuf::{DefElem, RangeVar, RoleSpec, RoleSpecType, TypeName};
use pg_query::{Node, NodeEnum};

pub(super) fn inner(node: &Node) -> Option<&NodeEnum> {
    node.node.as_ref()
}

pub(super) fn boxed(node: Option<&Node>) -> Option<&NodeEnum> {
    node.and_then(|node| node.node.as_ref())
}

/// The parts of a dotted name.
pub(super) fn parts(nodes: &[Node]) -> Vec<&str> {
    nodes.iter().filter_map(inner).filter_map(text).collect()
}

/// The last part of a dotted name.
pub(super) fn last(nodes: &[Node]) -> &str {
    parts(nodes).last().copied().unwrap_or("")
}

/// Schema and name out of a dotted name.
pub(super) fn schema_and_name<'a>(parts: &[&'a str]) -> (&'a str, &'a str) {
    match parts {
        [.., schema, name] => (schema, name),
        [name] => ("", name),
        [] => ("", ""),
    }
}

/// The text of a node that is a string or string constant.
pub(super) fn text(node: &NodeEnum) -> Option<&str> {
    match node {
        NodeEnum::String(string) => Some(&string.sval),
        NodeEnum::AConst(constant) => match &constant.val {
            Some(Val::Sval(string)) => Some(&string.sval),
            _ => None,
        },
        NodeEnum::TypeCast(cast) => boxed(cast.arg.as_deref()).and_then(text),
        NodeEnum::NamedArgExpr(named) => boxed(named.arg.as_deref()).and_then(text),
        NodeEnum::TypeName(name) => name
            .names
            .iter()
            .filter_map(inner)
            .filter_map(text)
            .next_back(),
        _ => None,
    }
}

/// A constant as text, whatever its type.
pub(super) fn value(node: &NodeEnum) -> Option<String> {
    match node {
        NodeEnum::AConst(constant) => Some(match constant.val.as_ref()? {
            Val::Ival(number) => number.ival.to_string(),
            Val::Fval(number) => number.fval.clone(),
            Val::Boolval(flag) => if flag.boolval { "on" } else { "off" }.to_owned(),
            Val::Sval(string) => string.sval.clone(),
            Val::Bsval(bits) => bits.bsval.clone(),
        }),
        NodeEnum::Integer(number) => Some(number.ival.to_string()),
        NodeEnum::Float(number) => Some(number.fval.clone()),
        NodeEnum::Boolean(flag) => Some(if flag.boolval { "on" } else { "off" }.to_owned()),
        NodeEnum::List(list) => {
            let items: Vec<_> = list
                .items
                .iter()
                .filter_map(inner)
                .filter_map(value)
                .collect();
            Some(items.join(", "))
        }
        other => text(other).map(str::to_owned),
    }
}

/// Whether an option that may stand without value is on.
pub(super) fn is_on(option: &DefElem) -> bool {
    match boxed(option.arg.as_deref()).and_then(value) {
        None => true,
        Some(value) => !matches!(
            value.to_ascii_lowercase().as_str(),
            "0" | "off" | "false" | "no"
        ),
    }
}

pub(super) fn options(nodes: &[Node]) -> impl Iterator<Item = &DefElem> {
    nodes.iter().filter_map(|node| match inner(node) {
        Some(NodeEnum::DefElem(option)) => Some(&**option),
        _ => None,
    })
}

pub(super) fn option_text(option: &DefElem) -> &str {
    boxed(option.arg.as_deref()).and_then(text).unwrap_or("")
}

pub(super) fn relations(nodes: &[Node]) -> impl Iterator<Item = &RangeVar> {
    nodes.iter().filter_map(|node| match inner(node) {
        Some(NodeEnum::RangeVar(relation)) => Some(relation),
        _ => None,
    })
}

pub(super) fn roles(nodes: &[Node]) -> impl Iterator<Item = &RoleSpec> {
    nodes.iter().filter_map(|node| match inner(node) {
        Some(NodeEnum::RoleSpec(role)) => Some(role),
        _ => None,
    })
}

/// How a role is named: by name, `public`, or a key word such as `current_user`.
pub(super) fn role_name(role: &RoleSpec) -> &str {
    match RoleSpecType::try_from(role.roletype) {
        Ok(RoleSpecType::RolespecCurrentRole) => "current_role",
        Ok(RoleSpecType::RolespecCurrentUser) => "current_user",
        Ok(RoleSpecType::RolespecSessionUser) => "session_user",
        Ok(RoleSpecType::RolespecPublic) => "public",
        _ => &role.rolename,
    }
}

/// The last part of a type's name.
pub(super) fn type_name(name: Option<&TypeName>) -> &str {
    name.map_or("", |name| last(&name.names))
}
