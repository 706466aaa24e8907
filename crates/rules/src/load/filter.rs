//! Sigma filters: conditions added to rules from outside.
//!
//! A filter's selections are put into each rule it targets under names of
//! their own, and its condition is joined to the rule's with `and`.

use rsigma_parser::{
    ConditionExpr, FilterRule, FilterRuleTarget, LogSource, SelectorPattern, SigmaRule,
};

/// Whether the filter targets a rule known by these names.
pub(crate) fn targets(filter: &FilterRule, rule: &SigmaRule) -> bool {
    let named = match &filter.rules {
        FilterRuleTarget::Any => true,
        FilterRuleTarget::Specific(names) => names.iter().any(|name| is_named(rule, name)),
    };
    named
        && filter
            .logsource
            .as_ref()
            .is_none_or(|source| contains(source, &rule.logsource))
}

/// Whether the rule goes by that id, name or title.
pub(crate) fn is_named(rule: &SigmaRule, name: &str) -> bool {
    rule.id.as_deref() == Some(name) || rule.name.as_deref() == Some(name) || rule.title == name
}

/// Adds filter number `number` to the rule.
pub(crate) fn apply(filter: &FilterRule, number: usize, rule: &mut SigmaRule) {
    let prefix = format!("__filter_{number}_");
    for (name, detection) in &filter.detection.named {
        rule.detection
            .named
            .insert(format!("{prefix}{name}"), detection.clone());
    }
    let filters: Vec<ConditionExpr> = filter
        .detection
        .conditions
        .iter()
        .map(|expr| renamed(expr, &prefix))
        .collect();
    let any_of = ConditionExpr::Or(filters);
    for condition in &mut rule.detection.conditions {
        let own = without_star(condition);
        *condition = ConditionExpr::And(vec![own, any_of.clone()]);
    }
}

/// The filter's condition with its selections under their new names.
fn renamed(expr: &ConditionExpr, prefix: &str) -> ConditionExpr {
    let all = |children: &[ConditionExpr]| {
        children
            .iter()
            .map(|child| renamed(child, prefix))
            .collect::<Vec<_>>()
    };
    match expr {
        ConditionExpr::And(children) => ConditionExpr::And(all(children)),
        ConditionExpr::Or(children) => ConditionExpr::Or(all(children)),
        ConditionExpr::Not(child) => ConditionExpr::Not(Box::new(renamed(child, prefix))),
        ConditionExpr::Identifier(name) => ConditionExpr::Identifier(format!("{prefix}{name}")),
        ConditionExpr::Selector {
            quantifier,
            pattern,
        } => {
            let pattern = match pattern {
                SelectorPattern::Them => format!("{prefix}*"),
                SelectorPattern::Pattern(pattern) => format!("{prefix}{pattern}"),
            };
            ConditionExpr::Selector {
                quantifier: quantifier.clone(),
                pattern: SelectorPattern::Pattern(pattern),
            }
        }
    }
}

/// The rule's own condition, whose `of *` must not take in the filter's selections.
fn without_star(expr: &ConditionExpr) -> ConditionExpr {
    let all = |children: &[ConditionExpr]| children.iter().map(without_star).collect::<Vec<_>>();
    match expr {
        ConditionExpr::And(children) => ConditionExpr::And(all(children)),
        ConditionExpr::Or(children) => ConditionExpr::Or(all(children)),
        ConditionExpr::Not(child) => ConditionExpr::Not(Box::new(without_star(child))),
        ConditionExpr::Selector {
            quantifier,
            pattern: SelectorPattern::Pattern(pattern),
        } if pattern == "*" => ConditionExpr::Selector {
            quantifier: quantifier.clone(),
            pattern: SelectorPattern::Them,
        },
        other => other.clone(),
    }
}

/// Every dimension the filter names must be the rule's.
fn contains(filter: &LogSource, rule: &LogSource) -> bool {
    let agrees = |wanted: &Option<String>, have: &Option<String>| match (wanted, have) {
        (None, _) => true,
        (Some(wanted), Some(have)) => wanted.eq_ignore_ascii_case(have),
        (Some(_), None) => false,
    };
    agrees(&filter.category, &rule.category)
        && agrees(&filter.product, &rule.product)
        && agrees(&filter.service, &rule.service)
}
