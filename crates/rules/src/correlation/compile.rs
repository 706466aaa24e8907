//! Turns a parsed Sigma correlation into the form that runs.

use rsigma_parser::{ConditionExpr, CorrelationCondition, CorrelationRule, CorrelationType};

use super::requirement::{Presence, Requirement};
use super::{Correlation, KeyPart, Source};
use crate::field::Field;
use crate::load::document::Condition;
use crate::load::extension::field_help;
use crate::load::position::Step;
use crate::load::report::Report;

/// Rules one correlation may count.
const MAX_MEMBERS: usize = 64;
/// Longest window: 366 days.
const MAX_SPAN: i64 = 366 * 86_400 * 1_000_000;

/// A rule that a correlation counts.
pub(crate) struct Member {
    pub(crate) index: usize,
    /// The name the correlation uses for it.
    pub(crate) name: String,
    /// Id, name and title.
    pub(crate) names: Vec<String>,
    /// Names of its group key, when it is a correlation itself.
    pub(crate) key: Option<Vec<String>>,
}

/// Compiles `rule`, whose members are resolved.
pub(crate) fn compile(
    report: &mut Report<'_>,
    rule: &CorrelationRule,
    condition: Condition,
    optional: &[String],
    members: &[Member],
) -> Option<Correlation> {
    let root = Step::Key("correlation");
    if members.len() > MAX_MEMBERS {
        let message = format!("a correlation counts at most {MAX_MEMBERS} rules");
        report.error(&[root, Step::Key("rules")], message, None);
        return None;
    }
    let span = micros(rule.timespan.seconds);
    if span == 0 || span > MAX_SPAN {
        report.error(
            &[root, Step::Key("timespan")],
            "must be from 1s to 366d",
            None,
        );
    }
    let key = group_key(report, rule, optional, members);
    let (requirement, order) = requirement(report, rule, condition, members)?;
    let fields = match &rule.condition {
        CorrelationCondition::Threshold { field, .. } => field.clone().unwrap_or_default(),
        CorrelationCondition::Extended(_) => Vec::new(),
    };
    let mut correlation = Correlation {
        kind: rule.correlation_type,
        members: members.iter().map(|member| member.index).collect(),
        key,
        span,
        window: rule.window,
        gap: rule.gap.as_ref().map_or(0, |gap| micros(gap.seconds)),
        requirement,
        values: Vec::new(),
        value_name: fields.join(", "),
        percentile: match &rule.condition {
            CorrelationCondition::Threshold {
                percentile: Some(rank),
                ..
            } => *rank,
            _ => 50,
        },
    };
    let place = [root, Step::Key("condition"), Step::Key("field")];
    match (correlation.has_value(), fields.len()) {
        (true, 0) => {
            let message = format!(
                "`{}` needs a `field` in its condition",
                rule.correlation_type.as_str()
            );
            report.error(&[root, Step::Key("condition")], message, None);
        }
        (true, 2..) if rule.correlation_type != CorrelationType::ValueCount => {
            report.error(&place, "only `value_count` takes several fields", None);
        }
        (false, 1..) => {
            let message = format!(
                "`{}` does not look at a field",
                rule.correlation_type.as_str()
            );
            report.error(&place, message, None);
        }
        _ => {}
    }
    for name in &fields {
        correlation
            .values
            .push(sources(report, &place, rule, name, members));
    }
    if let Some(order) = order {
        reorder(&mut correlation, &order);
    }
    Some(correlation)
}

fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000_000)
}

/// Where each member carries the value called `name`.
fn sources(
    report: &mut Report<'_>,
    place: &[Step<'_>],
    rule: &CorrelationRule,
    name: &str,
    members: &[Member],
) -> Vec<Source> {
    let alias = rule.aliases.iter().find(|alias| alias.alias == name);
    let known_key = members.iter().any(|member| {
        member
            .key
            .as_ref()
            .is_some_and(|key| key.iter().any(|part| part == name))
    });
    if alias.is_none() && !known_key && Field::parse(name).is_none() {
        report.error(
            place,
            format!("unknown field `{name}`"),
            Some(field_help(name)),
        );
    }
    members
        .iter()
        .map(|member| {
            let mapped = alias.map(|alias| {
                member
                    .names
                    .iter()
                    .find_map(|known| alias.mapping.get(known))
                    .map(String::as_str)
            });
            let wanted = match mapped {
                Some(Some(mapped)) => mapped,
                // An alias that does not name this member has no value in it.
                Some(None) => return Source::Missing,
                None => name,
            };
            match &member.key {
                Some(key) => key
                    .iter()
                    .position(|part| part == wanted)
                    .map_or(Source::Missing, Source::Key),
                None => Field::parse(wanted).map_or(Source::Missing, Source::Field),
            }
        })
        .collect()
}

fn group_key(
    report: &mut Report<'_>,
    rule: &CorrelationRule,
    optional: &[String],
    members: &[Member],
) -> Vec<KeyPart> {
    let mut parts: Vec<KeyPart> = Vec::new();
    let required = rule.group_by.iter().enumerate().map(|(index, name)| {
        let place = vec![
            Step::Key("correlation"),
            Step::Key("group-by"),
            Step::Item(index),
        ];
        (name, false, place)
    });
    let optional = optional.iter().enumerate().map(|(index, name)| {
        let place = vec![
            Step::Key("kumki"),
            Step::Key("optional_group_by"),
            Step::Item(index),
        ];
        (name, true, place)
    });
    for (name, optional, place) in required.chain(optional) {
        if parts.iter().any(|part| part.name == *name) {
            report.error(&place, format!("`{name}` is named twice"), None);
            continue;
        }
        let sources = sources(report, &place, rule, name, members);
        parts.push(KeyPart {
            name: name.clone(),
            optional,
            sources,
        });
    }
    let is_list = |part: &&KeyPart| {
        part.sources
            .iter()
            .any(|source| matches!(source, Source::Field(field) if field.is_list()))
    };
    if parts.iter().filter(is_list).count() > 1 {
        let place = [Step::Key("correlation"), Step::Key("group-by")];
        let help = "an event joins the group of each value of a list".to_owned();
        report.error(&place, "only one list field can be grouped by", Some(help));
    }
    parts
}

/// The requirement, and for an ordered sequence the order of members it states.
fn requirement(
    report: &mut Report<'_>,
    rule: &CorrelationRule,
    condition: Condition,
    members: &[Member],
) -> Option<(Requirement, Option<Vec<usize>>)> {
    use CorrelationType as T;
    let place = [Step::Key("correlation"), Step::Key("condition")];
    let kind = rule.correlation_type;
    match (&rule.condition, kind) {
        (_, T::Temporal | T::TemporalOrdered) if condition == Condition::Default => {
            Some((Requirement::All, None))
        }
        (CorrelationCondition::Threshold { .. }, T::TemporalOrdered) => {
            let help = "leave `condition` out: every rule must match, in the order of `rules`";
            report.error(
                &place,
                "an ordered sequence takes no threshold",
                Some(help.into()),
            );
            None
        }
        (CorrelationCondition::Threshold { predicates, .. }, _) => {
            Some((Requirement::Threshold(predicates.clone()), None))
        }
        (CorrelationCondition::Extended(expr), T::Temporal) => {
            let presence = presence(report, expr, members)?;
            Some((Requirement::Expression(presence), None))
        }
        (CorrelationCondition::Extended(expr), T::TemporalOrdered) => {
            let order = ordered(expr, members);
            if order.is_none() {
                let help = "an ordered sequence is `a and b and c`".to_owned();
                report.error(&place, "the condition states no order", Some(help));
            }
            Some((Requirement::All, Some(order?)))
        }
        (CorrelationCondition::Extended(_), _) => {
            let help = "for example `condition: {gte: 5}`".to_owned();
            report.error(
                &place,
                format!("`{}` needs a threshold", kind.as_str()),
                Some(help),
            );
            None
        }
    }
}

fn member_index(name: &str, members: &[Member]) -> Option<usize> {
    members
        .iter()
        .position(|member| member.name == name || member.names.iter().any(|known| known == name))
}

fn presence(report: &mut Report<'_>, expr: &ConditionExpr, members: &[Member]) -> Option<Presence> {
    let mut all = |children: &[ConditionExpr]| {
        children
            .iter()
            .map(|child| presence(report, child, members))
            .collect::<Option<Vec<_>>>()
    };
    let place = [Step::Key("correlation"), Step::Key("condition")];
    match expr {
        ConditionExpr::And(children) => all(children).map(Presence::All),
        ConditionExpr::Or(children) => all(children).map(Presence::Any),
        ConditionExpr::Not(child) => {
            presence(report, child, members).map(|child| Presence::Not(Box::new(child)))
        }
        ConditionExpr::Identifier(name) => {
            let index = member_index(name, members);
            if index.is_none() {
                let help = "name only rules listed under `rules`".to_owned();
                report.error(
                    &place,
                    format!("`{name}` is not among the rules"),
                    Some(help),
                );
            }
            index.map(Presence::Member)
        }
        ConditionExpr::Selector { .. } => {
            report.error(
                &place,
                "`of` is not supported here",
                Some("name the rules".into()),
            );
            None
        }
    }
}

fn ordered(expr: &ConditionExpr, members: &[Member]) -> Option<Vec<usize>> {
    let mut order = Vec::new();
    flatten(expr, members, &mut order)?;
    Some(order)
}

fn flatten(expr: &ConditionExpr, members: &[Member], order: &mut Vec<usize>) -> Option<()> {
    match expr {
        ConditionExpr::And(children) => children
            .iter()
            .try_for_each(|child| flatten(child, members, order)),
        ConditionExpr::Identifier(name) => {
            order.push(member_index(name, members)?);
            Some(())
        }
        _ => None,
    }
}

/// Puts the members in the order the condition states.
fn reorder(correlation: &mut Correlation, order: &[usize]) {
    fn pick<T: Copy>(from: &[T], order: &[usize]) -> Vec<T> {
        order
            .iter()
            .filter_map(|index| from.get(*index))
            .copied()
            .collect()
    }
    correlation.members = pick(&correlation.members, order);
    for part in &mut correlation.key {
        part.sources = pick(&part.sources, order);
    }
}
