//! What is done to a server, and under which label. A scenario has a role, an
//! address and an application name of its own, so that whatever is found can be
//! assigned to it. Attacks and ordinary work stand side by side.

mod attack;
mod benign;
mod fixture;
mod session;
mod stage;

pub(crate) use session::Session;
pub(crate) use stage::Stage;

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::error::Result;

/// The password of every scenario's role. The superuser of the cluster has another.
pub const PASSWORD: &str = "example";
/// The database with the business schemas.
pub const SHOP: &str = "shop";

/// Whether something should be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nature {
    /// An attacker at work: a detector should say so.
    Attack,
    /// Ordinary work: a detector should keep quiet.
    Benign,
}

/// Which database a scenario works in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Database {
    /// The one all share.
    Shop,
    /// A copy of it that belongs to the scenario's role.
    OwnShop,
    /// An empty one that belongs to the scenario's role.
    OwnEmpty,
}

/// Whether a scenario may run beside others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Company {
    /// It may.
    Shared,
    /// It changes the whole server and must not.
    Alone,
}

type Run = fn(&Stage<'_>) -> Result<()>;

/// One labelled piece of work.
#[derive(Debug, Clone)]
pub struct Scenario {
    slug: &'static str,
    description: &'static str,
    nature: Nature,
    techniques: &'static [&'static str],
    role: &'static str,
    attributes: &'static str,
    companions: &'static [&'static str],
    application: &'static str,
    address: Ipv4Addr,
    database: Database,
    company: Company,
    preparation: &'static str,
    run: Run,
}

impl Scenario {
    fn new(nature: Nature, slug: &'static str, description: &'static str, run: Run) -> Self {
        Self {
            slug,
            description,
            nature,
            techniques: &[],
            role: slug,
            attributes: "",
            companions: &[],
            application: "psql",
            address: Ipv4Addr::LOCALHOST,
            database: Database::Shop,
            company: Company::Shared,
            preparation: "",
            run,
        }
    }

    fn attack(slug: &'static str, description: &'static str, run: Run) -> Self {
        Self::new(Nature::Attack, slug, description, run)
    }

    fn benign(slug: &'static str, description: &'static str, run: Run) -> Self {
        Self::new(Nature::Benign, slug, description, run)
    }

    /// ATT&CK techniques.
    fn technique(mut self, techniques: &'static [&'static str]) -> Self {
        self.techniques = techniques;
        self
    }

    /// The role, with the options `CREATE ROLE` gives it beside `LOGIN` and a password.
    fn role(mut self, role: &'static str, attributes: &'static str) -> Self {
        self.role = role;
        self.attributes = attributes;
        self
    }

    /// Further roles that take part.
    fn with(mut self, companions: &'static [&'static str]) -> Self {
        self.companions = companions;
        self
    }

    fn application(mut self, application: &'static str) -> Self {
        self.application = application;
        self
    }

    fn own_shop(mut self) -> Self {
        self.database = Database::OwnShop;
        self
    }

    fn own_empty(mut self) -> Self {
        self.database = Database::OwnEmpty;
        self
    }

    fn alone(mut self) -> Self {
        self.company = Company::Alone;
        self
    }

    /// SQL the superuser runs in the scenario's database before the logs are open.
    fn prepare(mut self, preparation: &'static str) -> Self {
        self.preparation = preparation;
        self
    }

    /// Its stable label.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        self.slug
    }

    /// What happens, for a person.
    #[must_use]
    pub fn description(&self) -> &'static str {
        self.description
    }

    /// Attack or ordinary work.
    #[must_use]
    pub fn nature(&self) -> Nature {
        self.nature
    }

    /// ATT&CK techniques of an attack.
    #[must_use]
    pub fn techniques(&self) -> &'static [&'static str] {
        self.techniques
    }

    /// The roles that log in: the scenario's own first, then others that take part.
    pub fn roles(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.role).chain(self.companions.iter().copied())
    }

    /// The application name it connects with, unless it changes it.
    #[must_use]
    pub fn application_name(&self) -> &'static str {
        self.application
    }

    /// The address the server sees.
    #[must_use]
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The database it connects to.
    #[must_use]
    pub fn database(&self) -> String {
        match self.database {
            Database::Shop => SHOP.to_owned(),
            Database::OwnShop | Database::OwnEmpty => format!("{SHOP}_{}", self.slug),
        }
    }

    /// The database its own is copied from, when it has its own.
    pub(crate) fn template(&self) -> Option<&'static str> {
        match self.database {
            Database::Shop => None,
            Database::OwnShop => Some(SHOP),
            Database::OwnEmpty => Some("template1"),
        }
    }

    pub(crate) fn attributes(&self) -> &'static str {
        self.attributes
    }

    pub(crate) fn preparation(&self) -> &'static str {
        self.preparation
    }

    pub(crate) fn company(&self) -> Company {
        self.company
    }

    pub(crate) fn play(&self, stage: &Stage<'_>) -> Result<()> {
        (self.run)(stage)
    }
}

/// Every scenario: attacks from 127.0.0.101 upwards, ordinary work from 127.0.0.11 upwards.
#[must_use]
pub fn all() -> Vec<Scenario> {
    let number = |first: u8, scenarios: Vec<Scenario>| {
        (first..).zip(scenarios).map(|(last, scenario)| Scenario {
            address: Ipv4Addr::new(127, 0, 0, last),
            ..scenario
        })
    };
    number(101, attack::all())
        .chain(number(11, benign::all()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::cluster::REJECTED_ADDRESS;

    #[test]
    fn labels_roles_and_addresses_are_unique() {
        let scenarios = all();
        let slugs: HashSet<_> = scenarios.iter().map(Scenario::slug).collect();
        let addresses: HashSet<_> = scenarios.iter().map(Scenario::address).collect();
        let roles: Vec<_> = scenarios.iter().flat_map(Scenario::roles).collect();
        assert_eq!(slugs.len(), scenarios.len());
        assert_eq!(addresses.len(), scenarios.len());
        assert_eq!(roles.iter().collect::<HashSet<_>>().len(), roles.len());
        assert!(!addresses.contains(&REJECTED_ADDRESS));
    }

    #[test]
    fn attacks_name_techniques_and_there_are_enough_of_both_kinds() {
        let scenarios = all();
        let of = |nature| scenarios.iter().filter(move |s| s.nature() == nature);
        assert!(of(Nature::Attack).count() >= 35);
        assert!(of(Nature::Benign).count() >= 20);
        assert!(of(Nature::Attack).all(|s| !s.techniques().is_empty()));
        assert!(scenarios.iter().all(|s| s.description().len() > 20));
    }
}
