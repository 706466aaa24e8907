//! What must hold for a correlation to fire.

use rsigma_parser::ConditionOperator;

/// A condition on a measured amount or on the members seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Requirement {
    /// Every predicate holds for the amount.
    Threshold(Vec<(ConditionOperator, u64)>),
    /// Every member was seen.
    All,
    /// The expression holds for the members seen.
    Expression(Presence),
}

/// A boolean expression over members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presence {
    All(Vec<Presence>),
    Any(Vec<Presence>),
    Not(Box<Presence>),
    Member(usize),
}

impl Presence {
    /// Whether it holds, given which members were seen. Depth is bounded by
    /// the parser of conditions.
    pub(crate) fn holds(&self, seen: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::All(children) => children.iter().all(|child| child.holds(seen)),
            Self::Any(children) => children.iter().any(|child| child.holds(seen)),
            Self::Not(child) => !child.holds(seen),
            Self::Member(index) => seen(*index),
        }
    }
}

/// The band thought normal and its wording.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expectation {
    /// Lower and upper end, where there is a band.
    pub(crate) band: Option<[f64; 2]>,
    /// For example `more than 15`.
    pub(crate) words: String,
}

impl Requirement {
    /// Whether the amount fulfils a threshold.
    pub(crate) fn holds(&self, amount: f64) -> bool {
        let Self::Threshold(predicates) = self else {
            return false;
        };
        predicates.iter().all(|(operator, bound)| {
            let bound = *bound as f64;
            match operator {
                ConditionOperator::Lt => amount < bound,
                ConditionOperator::Lte => amount <= bound,
                ConditionOperator::Gt => amount > bound,
                ConditionOperator::Gte => amount >= bound,
                ConditionOperator::Eq => amount == bound,
                ConditionOperator::Neq => amount != bound,
            }
        })
    }

    /// What is normal, that is, what does not fire.
    pub(crate) fn expectation(&self) -> Expectation {
        let Self::Threshold(predicates) = self else {
            return Expectation {
                band: None,
                words: "these events together".to_owned(),
            };
        };
        let words: Vec<String> = predicates
            .iter()
            .map(|(operator, bound)| {
                let word = match operator {
                    ConditionOperator::Lt => "fewer than",
                    ConditionOperator::Lte => "at most",
                    ConditionOperator::Gt => "more than",
                    ConditionOperator::Gte => "at least",
                    ConditionOperator::Eq => "exactly",
                    ConditionOperator::Neq => "other than",
                };
                format!("{word} {bound}")
            })
            .collect();
        let band = match predicates.as_slice() {
            [(ConditionOperator::Gt, bound)] => Some([0.0, *bound as f64]),
            [(ConditionOperator::Gte, bound)] => Some([0.0, bound.saturating_sub(1) as f64]),
            [(ConditionOperator::Neq, bound)] => Some([*bound as f64, *bound as f64]),
            _ => None,
        };
        Expectation {
            band,
            words: words.join(" and "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_between_their_ends() {
        let range = Requirement::Threshold(vec![
            (ConditionOperator::Gt, 100),
            (ConditionOperator::Lte, 200),
        ]);
        assert!(!range.holds(100.0));
        assert!(range.holds(101.0));
        assert!(range.holds(200.0));
        assert!(!range.holds(201.0));
        assert_eq!(range.expectation().words, "more than 100 and at most 200");
    }

    #[test]
    fn the_normal_band_is_what_does_not_fire() {
        let above = Requirement::Threshold(vec![(ConditionOperator::Gt, 15)]);
        assert_eq!(above.expectation().band, Some([0.0, 15.0]));
        let least = Requirement::Threshold(vec![(ConditionOperator::Gte, 5)]);
        assert_eq!(least.expectation().band, Some([0.0, 4.0]));
    }
}
