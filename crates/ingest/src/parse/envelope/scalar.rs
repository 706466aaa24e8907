//! One value of a JSON envelope, taken as text whatever its JSON type.
//!
//! Vendors write the same field as a string in one version and as a number in
//! the next (`"pid": "25"`, `"pid": 25`), and journald writes text that is not
//! UTF-8 as a list of bytes. Text without escapes is borrowed.

use std::borrow::Cow;
use std::fmt;

use bumpalo::Bump;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A JSON string, number, boolean or list of bytes as text. `null`, a missing
/// key, and objects are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scalar<'a>(Cow<'a, str>);

impl<'a> Scalar<'a> {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text for as long as the block lives.
    pub(crate) fn keep(self, arena: &'a Bump) -> &'a str {
        match self.0 {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => arena.alloc_str(&text),
        }
    }

    /// The text, absent when empty.
    pub(crate) fn keep_some(self, arena: &'a Bump) -> Option<&'a str> {
        if self.is_empty() {
            None
        } else {
            Some(self.keep(arena))
        }
    }

    /// The number it is.
    pub(crate) fn number<T: std::str::FromStr>(&self) -> Option<T> {
        self.0.trim().parse().ok()
    }
}

struct AnyScalar;

impl<'de> Visitor<'de> for AnyScalar {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(value.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::default())
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::default())
    }

    /// A list of bytes is text; of a list of anything else nothing is kept.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut bytes = Vec::new();
        let mut is_text = true;
        while let Some(item) = list.next_element::<Scalar<'de>>()? {
            match item.number::<u8>() {
                Some(byte) => bytes.push(byte),
                None => is_text = false,
            }
        }
        if !is_text {
            bytes.clear();
        }
        Ok(Scalar(Cow::Owned(
            String::from_utf8_lossy(&bytes).into_owned(),
        )))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyScalar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_json_type_is_text() {
        for (json, text) in [
            (r#""plain""#, "plain"),
            (r#""a\nb""#, "a\nb"),
            ("25", "25"),
            ("-1", "-1"),
            ("true", "true"),
            ("null", ""),
            ("[104,105,255]", "hi\u{fffd}"),
            (r#"["a"]"#, ""),
            (r#"{"a":{"b":1}}"#, ""),
        ] {
            assert_eq!(
                serde_json::from_str::<Scalar<'_>>(json).unwrap().as_str(),
                text,
                "{json}"
            );
        }
        let plain: Scalar<'_> = serde_json::from_str(r#""plain""#).unwrap();
        assert!(matches!(plain.0, Cow::Borrowed(_)));
    }
}
