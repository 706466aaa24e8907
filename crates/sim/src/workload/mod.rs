//! What a healthy server does: the statements of each application, of people
//! and of the database's own clients.
//!
//! The shop has the schemas sales, catalog, inventory, shipping, billing, crm,
//! auth, analytics, hr and jobs.

mod billing;
mod catalogue;
mod fulfilment;
mod loading;
mod monitoring;
mod orders;
mod people;
mod reporting;
mod search;
mod storefront;

pub(crate) use catalogue::{DUMP, MIGRATIONS, ORM_START};
pub(crate) use loading::LOADING;
pub(crate) use monitoring::MONITORING;
pub(crate) use people::{ADMINISTRATION, ANALYSIS};

/// What a statement costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// One row by its key.
    Key,
    /// Some rows by an index.
    Few,
    /// Hundreds of rows.
    Many,
    /// A report over much of a table.
    Heavy,
}

impl Cost {
    /// Shortest and longest duration in microseconds.
    pub(crate) const fn micros(self) -> (u64, u64) {
        match self {
            Self::Key => (20, 1_500),
            Self::Few => (120, 9_000),
            Self::Many => (2_000, 180_000),
            Self::Heavy => (60_000, 9_000_000),
        }
    }

    /// Mean duration in microseconds.
    pub(crate) const fn mean_micros(self) -> i64 {
        match self {
            Self::Key => 340,
            Self::Few => 2_060,
            Self::Many => 39_500,
            Self::Heavy => 1_780_000,
        }
    }

    /// Fewest and most rows.
    pub(crate) const fn rows(self) -> (u64, u64) {
        match self {
            Self::Key => (1, 1),
            Self::Few => (1, 60),
            Self::Many => (50, 2_000),
            Self::Heavy => (1, 500),
        }
    }
}

/// A statement with places for values; see [`crate::statement`].
#[derive(Debug)]
pub(crate) struct Shape {
    /// How often it runs, relative to the others of its application.
    pub(crate) weight: u32,
    /// What it costs.
    pub(crate) cost: Cost,
    /// Command tag.
    pub(crate) tag: &'static str,
    /// Relations: `+` before those written, `~` before views.
    pub(crate) objects: &'static str,
    /// The SQL.
    pub(crate) sql: &'static str,
}

const fn shape(
    weight: u32,
    cost: Cost,
    tag: &'static str,
    objects: &'static str,
    sql: &'static str,
) -> Shape {
    Shape {
        weight,
        cost,
        tag,
        objects,
        sql,
    }
}

const fn read(weight: u32, cost: Cost, objects: &'static str, sql: &'static str) -> Shape {
    shape(weight, cost, "SELECT", objects, sql)
}

const fn insert(weight: u32, objects: &'static str, sql: &'static str) -> Shape {
    shape(weight, Cost::Key, "INSERT", objects, sql)
}

const fn update(weight: u32, objects: &'static str, sql: &'static str) -> Shape {
    shape(weight, Cost::Key, "UPDATE", objects, sql)
}

const fn delete(weight: u32, objects: &'static str, sql: &'static str) -> Shape {
    shape(weight, Cost::Key, "DELETE", objects, sql)
}

/// How an application talks to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Literals in the text.
    Simple,
    /// Parameters, statements without a name.
    Unnamed,
    /// Parameters, statements prepared once per session.
    Named,
}

/// What an application appends to its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comment {
    /// Nothing.
    None,
    /// sqlcommenter's keys.
    SqlCommenter,
}

/// An application with a connection pool.
#[derive(Debug)]
pub(crate) struct Application {
    /// Application name it gives.
    pub(crate) name: &'static str,
    /// Its role.
    pub(crate) user: &'static str,
    /// How it talks.
    pub(crate) protocol: Protocol,
    /// What it appends.
    pub(crate) comment: Comment,
    /// Share of the statements of all applications, in parts of the sum.
    pub(crate) share: u32,
    /// Connections of its pool in parts of the sum.
    pub(crate) pool: u32,
    /// Mean length of a session in seconds.
    pub(crate) session_seconds: i64,
    /// Transactions of several statements in a thousand units of work.
    pub(crate) transactions: u32,
    /// Whether its load follows the day.
    pub(crate) daily: bool,
    /// Whether it reads the catalogue when a session begins.
    pub(crate) introspects: bool,
    /// What it runs.
    pub(crate) shapes: &'static [Shape],
}

/// Database that applications use.
pub(crate) const DATABASE: &str = "shop";

/// The applications, most important first.
pub(crate) static APPLICATIONS: [Application; 6] = [
    Application {
        name: "storefront",
        user: "storefront",
        protocol: Protocol::Unnamed,
        comment: Comment::None,
        share: 40,
        pool: 10,
        session_seconds: 3_600,
        transactions: 60,
        daily: true,
        introspects: false,
        shapes: storefront::STOREFRONT,
    },
    Application {
        name: "orders-api",
        user: "orders_api",
        protocol: Protocol::Simple,
        comment: Comment::SqlCommenter,
        share: 22,
        pool: 8,
        session_seconds: 1_800,
        transactions: 320,
        daily: true,
        introspects: true,
        shapes: orders::ORDERS,
    },
    Application {
        name: "PostgreSQL JDBC Driver",
        user: "billing",
        protocol: Protocol::Named,
        comment: Comment::None,
        share: 12,
        pool: 6,
        session_seconds: 1_800,
        transactions: 450,
        daily: true,
        introspects: false,
        shapes: billing::BILLING,
    },
    Application {
        name: "fulfilment-worker",
        user: "fulfilment",
        protocol: Protocol::Unnamed,
        comment: Comment::None,
        share: 16,
        pool: 6,
        session_seconds: 7_200,
        transactions: 500,
        daily: false,
        introspects: false,
        shapes: fulfilment::FULFILMENT,
    },
    Application {
        name: "search-indexer",
        user: "search",
        protocol: Protocol::Named,
        comment: Comment::None,
        share: 7,
        pool: 3,
        session_seconds: 7_200,
        transactions: 20,
        daily: false,
        introspects: true,
        shapes: search::SEARCH,
    },
    Application {
        name: "Metabase v0.52.1 [reporting]",
        user: "reporting",
        protocol: Protocol::Unnamed,
        comment: Comment::None,
        share: 3,
        pool: 4,
        session_seconds: 240,
        transactions: 0,
        daily: true,
        introspects: false,
        shapes: reporting::REPORTING,
    },
];

/// Every shape, for tests and counts.
#[cfg(test)]
pub(crate) fn all_shapes() -> impl Iterator<Item = &'static Shape> {
    APPLICATIONS
        .iter()
        .flat_map(|application| application.shapes)
        .chain(LOADING)
        .chain(MONITORING)
        .chain(ANALYSIS)
        .chain(ADMINISTRATION)
        .chain(ORM_START)
        .chain(DUMP)
        .chain(MIGRATIONS)
}

#[cfg(test)]
mod tests;
