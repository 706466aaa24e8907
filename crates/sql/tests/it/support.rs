//! Short forms for tables of cases.

use kumki_model::{Shape, Sign};
use kumki_sql::shape;

/// Signs that only say what kind of statement it is and need no mention.
const NEUTRAL: &[Sign] = &[Sign::CatalogRead, Sign::WholeTable];

/// Every statement gives this sign.
#[track_caller]
pub(crate) fn gives(sign: Sign, statements: &[&str]) {
    for sql in statements {
        let shape = shape(sql);
        assert!(
            shape.signs.contains(sign),
            "{sql}\nlacks {}: {:?}",
            sign.as_str(),
            shape.signs
        );
    }
}

/// No statement gives this sign.
#[track_caller]
pub(crate) fn spares(sign: Sign, statements: &[&str]) {
    for sql in statements {
        let shape = shape(sql);
        assert!(!shape.signs.contains(sign), "{sql}\nhas {}", sign.as_str());
    }
}

/// The statements are parsed and give no sign but neutral ones.
#[track_caller]
pub(crate) fn harmless(statements: &[&str]) {
    for sql in statements {
        let mut shape = shape(sql);
        assert!(shape.parsed, "{sql}\nis not parsed");
        for sign in NEUTRAL {
            shape.signs.remove(*sign);
        }
        assert!(shape.signs.is_empty(), "{sql}\ngives {:?}", shape.signs);
    }
}

pub(crate) fn reads(shape: &Shape) -> Vec<String> {
    shape.reads.iter().map(ToString::to_string).collect()
}

pub(crate) fn writes(shape: &Shape) -> Vec<String> {
    shape.writes.iter().map(ToString::to_string).collect()
}
