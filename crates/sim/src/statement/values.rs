//! Values that fill a statement's places: people, cities, notes, numbers.
//!
//! Some notes hold words such as DROP or GRANT, commas, quotes, newlines and a
//! forged audit row, because ordinary text does, sooner or later.

use crate::digits::{decimal_text, hexadecimal, padded_text};
use crate::random::Random;
use crate::statement::quote;

/// What a place is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number between two bounds.
    Int(u64, u64),
    /// An amount with two decimals.
    Money,
    /// One of some words.
    Word(&'static [&'static str]),
    /// First and last name.
    Name,
    /// An address of electronic mail.
    Email,
    /// Stock keeping unit.
    Sku,
    /// Random UUID.
    Uuid,
    /// A day of 2025 or 2026.
    Date,
    /// A moment of 2025 or 2026.
    Moment,
    /// Hexadecimal digits.
    Hex(u32),
    /// Free text of people.
    Note,
    /// A JSON object.
    Json,
    /// An array of tags.
    Tags,
    /// An address of the company's network.
    Address,
    /// `true` or `false`.
    Bool,
    /// A telephone number.
    Phone,
}

impl Value {
    /// Reads `kind arguments`.
    pub(crate) fn parse(text: &'static str) -> Option<Self> {
        let mut words = text.split(' ');
        let kind = words.next()?;
        let mut number = || words.next()?.parse::<u64>().ok();
        Some(match kind {
            "int" => Self::Int(number()?, number()?),
            "hex" => Self::Hex(u32::try_from(number()?).ok()?),
            "money" => Self::Money,
            "name" => Self::Name,
            "email" => Self::Email,
            "sku" => Self::Sku,
            "uuid" => Self::Uuid,
            "date" => Self::Date,
            "ts" => Self::Moment,
            "note" => Self::Note,
            "json" => Self::Json,
            "tags" => Self::Tags,
            "ip" => Self::Address,
            "bool" => Self::Bool,
            "phone" => Self::Phone,
            "city" => Self::Word(CITIES),
            "country" => Self::Word(COUNTRIES),
            "status" => Self::Word(STATUSES),
            "product" => Self::Word(PRODUCTS),
            "queue" => Self::Word(QUEUES),
            "metric" => Self::Word(METRICS),
            "locale" => Self::Word(LOCALES),
            "last" => Self::Word(LAST_NAMES),
            "table" => Self::Word(TABLES),
            _ => return None,
        })
    }

    /// Whether it stands without quotes in SQL.
    const fn is_bare(self) -> bool {
        matches!(self, Self::Int(..) | Self::Money | Self::Bool)
    }
}

const CITIES: &[&str] = &[
    "Berlin",
    "Hamburg",
    "Köln",
    "Paris",
    "Lyon",
    "Madrid",
    "Porto",
    "Milano",
    "Wien",
    "Zürich",
    "Praha",
    "Warszawa",
    "København",
    "Oslo",
    "Dublin",
    "Amsterdam",
    "Gent",
    "Saint-Étienne",
    "L'Aquila",
    "Castellón",
];
const COUNTRIES: &[&str] = &[
    "DE", "FR", "ES", "PT", "IT", "AT", "CH", "CZ", "PL", "DK", "NO", "IE", "NL", "BE",
];
const STATUSES: &[&str] = &[
    "new",
    "paid",
    "packed",
    "shipped",
    "delivered",
    "returned",
    "cancelled",
    "on_hold",
];
const PRODUCTS: &[&str] = &[
    "lamp",
    "desk",
    "chair",
    "shelf",
    "kettle",
    "blanket",
    "drop cloth",
    "grant frame",
    "rug",
    "mirror",
    "bedside table",
    "copy stand",
    "update kit",
    "union bracket",
    "candle",
    "vase",
];
const QUEUES: &[&str] = &[
    "mail",
    "invoice",
    "label",
    "search-index",
    "thumbnail",
    "webhook",
    "export",
    "loyalty",
];
const METRICS: &[&str] = &[
    "orders",
    "revenue",
    "visits",
    "returns",
    "basket_value",
    "stock_value",
    "new_customers",
];
const LOCALES: &[&str] = &[
    "de_DE", "fr_FR", "es_ES", "it_IT", "en_IE", "nl_NL", "pl_PL",
];
const TABLES: &[&str] = &[
    "orders",
    "order_line",
    "customer",
    "product",
    "stock",
    "invoice",
    "payment",
    "ticket",
    "shipment",
    "article",
];
const FIRST_NAMES: &[&str] = &[
    "Anna", "Ben", "Carla", "David", "Elif", "Femke", "Giulia", "Hugo", "Ines", "Jan", "Klara",
    "Liam", "Marta", "Nils", "Olga", "Paul", "Rosa", "Seán", "Tereza", "Uwe", "Vera", "Zoë",
];
const LAST_NAMES: &[&str] = &[
    "Weber",
    "O'Brien",
    "Martin",
    "García",
    "Rossi",
    "Novák",
    "Kowalska",
    "Jensen",
    "Müller",
    "D'Angelo",
    "van Dijk",
    "Silva",
    "Fischer",
    "Dubois",
    "Lindqvist",
    "Selecta",
    "Grant",
];
const NOTES: &[&str] = &[
    "Leave at the back door",
    "Please DROP the parcel at the neighbour's, not at ours",
    "Customer asks to UPDATE the invoice address and DELETE the old one",
    "Grant of 15% agreed by phone; GRANT SELECT voucher to the customer",
    "Two boxes, one damaged: \"crushed corner\", see photos",
    "Called twice,\nno answer,\nwill try again on Monday",
    "Gift wrap; card says 'All the best -- Nils'",
    "AUDIT: SESSION,1,1,ROLE,GRANT,,,see the accountants' checklist,<none>",
    "Wants the union of both orders; select the cheaper delivery",
    "Refund /* partial */ agreed; truncate to two decimals",
    "Password reset was sent by mail, no answer so far",
    "C:\\orders\\2026\\march.xlsx imported, 100% ok",
    "Ring the bell\tthen wait",
    "Delivery between 8 and 12 o'clock",
    "Prefers e-mail; language FR; VIP since 2019",
    "Warranty case; serial 77-AX; COPY of the receipt FROM the customer attached",
];
const TAGS: &[&str] = &[
    "vip",
    "b2b",
    "fragile",
    "gift",
    "outlet",
    "bulky",
    "preorder",
    "drop-ship",
    "grant",
];
/// First second of 2025.
const YEAR_2025: u64 = 1_735_689_600;

/// Appends the value as bare text.
pub(crate) fn append(out: &mut String, value: &Value, random: &mut Random) {
    match value {
        Value::Int(low, high) => decimal_text(out, random.between(*low, *high)),
        Value::Money => {
            decimal_text(out, random.log_uniform(1, 2_000));
            out.push('.');
            padded_text(out, random.below(100), 2);
        }
        Value::Word(words) => out.push_str(random.pick(words)),
        Value::Name => {
            out.push_str(random.pick(FIRST_NAMES));
            out.push(' ');
            out.push_str(random.pick(LAST_NAMES));
        }
        Value::Email => email(out, random),
        Value::Sku => {
            let letters = random.below(26 * 26);
            for letter in [letters / 26, letters % 26] {
                out.push(char::from(b'A' + letter as u8));
            }
            out.push('-');
            padded_text(out, random.below(100_000), 5);
        }
        Value::Uuid => uuid(out, random),
        Value::Date | Value::Moment => moment(out, random, *value == Value::Moment),
        Value::Hex(digits) => hexadecimal(out, random.bits(), *digits),
        Value::Note => out.push_str(random.pick(NOTES)),
        Value::Json => json(out, random),
        Value::Tags => tags(out, random),
        Value::Address => {
            out.push_str("10.");
            decimal_text(out, random.below(256));
            out.push('.');
            decimal_text(out, random.below(256));
            out.push('.');
            decimal_text(out, random.between(1, 254));
        }
        Value::Bool => out.push_str(if random.chance(500_000) {
            "true"
        } else {
            "false"
        }),
        Value::Phone => {
            out.push_str("+49 30 ");
            padded_text(out, random.below(10_000_000), 7);
        }
    }
}

/// Appends the value as an SQL literal.
pub(crate) fn literal(out: &mut String, value: &Value, random: &mut Random) {
    if value.is_bare() {
        append(out, value, random);
        return;
    }
    let start = out.len();
    append(out, value, random);
    if out.get(start..).is_some_and(|text| text.contains('\'')) {
        let text = out.split_off(start);
        quote(out, &text);
    } else {
        out.insert(start, '\'');
        out.push('\'');
    }
}

fn email(out: &mut String, random: &mut Random) {
    for letter in random
        .pick(FIRST_NAMES)
        .chars()
        .filter(char::is_ascii_alphabetic)
    {
        out.push(letter.to_ascii_lowercase());
    }
    out.push('.');
    decimal_text(out, random.below(100_000));
    out.push_str("@example.");
    out.push_str(random.pick(&["com", "org", "net"]));
}

fn uuid(out: &mut String, random: &mut Random) {
    let (high, low) = (random.bits(), random.bits());
    hexadecimal(out, high >> 32, 8);
    out.push('-');
    hexadecimal(out, high >> 16, 4);
    out.push_str("-4");
    hexadecimal(out, high, 3);
    out.push_str("-a");
    hexadecimal(out, low >> 48, 3);
    out.push('-');
    hexadecimal(out, low, 12);
}

/// A day, or a moment with zone. Every month has 28 days here.
fn moment(out: &mut String, random: &mut Random, with_time: bool) {
    let second = YEAR_2025 + random.below(2 * 365 * 86_400);
    let day = second / 86_400;
    padded_text(out, 2025 + random.below(2), 4);
    out.push('-');
    padded_text(out, 1 + day % 12, 2);
    out.push('-');
    padded_text(out, 1 + day % 28, 2);
    if with_time {
        out.push(' ');
        padded_text(out, second / 3_600 % 24, 2);
        out.push(':');
        padded_text(out, second / 60 % 60, 2);
        out.push(':');
        padded_text(out, second % 60, 2);
        out.push_str("+00");
    }
}

fn json(out: &mut String, random: &mut Random) {
    out.push_str("{\"source\": \"");
    out.push_str(random.pick(&["web", "app", "shop", "import"]));
    out.push_str("\", \"items\": ");
    decimal_text(out, random.between(1, 9));
    out.push_str(", \"note\": \"");
    out.push_str(random.pick(&["", "drop off", "call \\\"first\\\"", "grant applied, 5%"]));
    out.push_str("\", \"express\": ");
    append(out, &Value::Bool, random);
    out.push('}');
}

fn tags(out: &mut String, random: &mut Random) {
    out.push('{');
    for index in 0..random.between(0, 4) {
        if index > 0 {
            out.push(',');
        }
        out.push_str(random.pick(TAGS));
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_quoted_unless_they_are_numbers() {
        let mut random = Random::new(3);
        let mut out = String::new();
        literal(&mut out, &Value::Int(5, 5), &mut random);
        literal(&mut out, &Value::Word(&["O'Brien"]), &mut random);
        literal(&mut out, &Value::Word(&["x"]), &mut random);
        assert_eq!(out, "5'O''Brien''x'");
    }

    #[test]
    fn uuids_have_their_form() {
        let mut out = String::new();
        uuid(&mut out, &mut Random::new(9));
        let lengths: Vec<usize> = out.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
