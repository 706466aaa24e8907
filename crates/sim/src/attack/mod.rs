//! Attacks, written as the steps an attacker takes.
//!
//! Every plan is a script: who connects from where, which statements run, how
//! long the attacker waits. What of it ends up in the log is the server's
//! business, not the plan's.

mod access;
mod destruction;
mod evasion;
mod execution;
mod privilege;
mod reading;
mod reconnaissance;

use crate::actor::{Act, Step};
use crate::cluster::Refusal;
use crate::command::{Command, failure};
use crate::entry::Origin;
use crate::execution::Failure;
use crate::options::AttackKind;
use crate::process::Identity;
use crate::random::Random;
use crate::workload::DATABASE;

/// Every table of the shop.
pub(crate) const TABLES: [&str; 44] = [
    "analytics.cohort",
    "analytics.daily_sales",
    "analytics.funnel",
    "analytics.kpi",
    "analytics.visit",
    "auth.account",
    "auth.session",
    "billing.account",
    "billing.dunning",
    "billing.export",
    "billing.invoice",
    "billing.invoice_line",
    "billing.ledger_entry",
    "billing.vat_rate",
    "catalog.category",
    "catalog.price",
    "catalog.product",
    "catalog.product_category",
    "catalog.product_image",
    "catalog.review",
    "crm.article",
    "crm.message",
    "crm.ticket",
    "hr.absence",
    "hr.employee",
    "hr.salary",
    "inventory.movement",
    "inventory.purchase_order",
    "inventory.stock",
    "inventory.supplier",
    "inventory.warehouse",
    "jobs.cursor",
    "jobs.queue",
    "jobs.run",
    "sales.address",
    "sales.cart",
    "sales.cart_item",
    "sales.coupon",
    "sales.customer",
    "sales.order_line",
    "sales.orders",
    "sales.payment",
    "shipping.shipment",
    "shipping.tracking_event",
];

/// Second of time.
const SECOND: i64 = 1_000_000;

/// The steps of an attack of one kind. `people` is how many names there are.
pub(crate) fn plan(kind: AttackKind, people: usize, random: &mut Random) -> Vec<Act> {
    let mut plan = Plan {
        acts: Vec::new(),
        people,
        random,
    };
    match kind {
        AttackKind::BruteForce => access::brute_force(&mut plan),
        AttackKind::PasswordSpraying => access::password_spraying(&mut plan),
        AttackKind::SuccessAfterFailures => access::success_after_failures(&mut plan),
        AttackKind::DataExfiltration => reading::data_exfiltration(&mut plan),
        AttackKind::CopySweep => reading::copy_sweep(&mut plan),
        AttackKind::CredentialRead => reading::credential_read(&mut plan),
        AttackKind::FileRead => reading::file_read(&mut plan),
        AttackKind::DestructiveOperations => destruction::destructive_operations(&mut plan),
        AttackKind::Ransom => destruction::ransom(&mut plan),
        AttackKind::ErrorSpike => reconnaissance::error_spike(&mut plan),
        AttackKind::CrossSchemaReconnaissance => reconnaissance::cross_schema(&mut plan),
        AttackKind::SchemaEnumeration => reconnaissance::schema_enumeration(&mut plan),
        AttackKind::PrivilegeEscalation => privilege::privilege_escalation(&mut plan),
        AttackKind::SqlInjection => execution::sql_injection(&mut plan),
        AttackKind::ProgramExecution => execution::program_execution(&mut plan),
        AttackKind::AuditOff => evasion::audit_off(&mut plan),
        AttackKind::LogGap => evasion::log_gap(&mut plan),
    }
    plan.acts
}

/// A plan in the making.
struct Plan<'r> {
    acts: Vec<Act>,
    people: usize,
    random: &'r mut Random,
}

impl Plan<'_> {
    /// An address that does not belong to the company.
    fn outside(&mut self) -> String {
        let net = self.random.pick(&["203.0.113", "198.51.100", "192.0.2"]);
        format!("{net}.{}", self.random.between(2, 250))
    }

    /// A role of a person, as the people of the simulation are named.
    fn person(&mut self) -> String {
        let names = crate::actor::person_names(self.people);
        let index = self.random.index(names.len());
        names
            .into_iter()
            .nth(index)
            .unwrap_or_else(|| "anton".to_owned())
    }

    /// A role of an administrator.
    fn administrator(&self) -> String {
        crate::actor::person_names(1)
            .into_iter()
            .next()
            .unwrap_or_else(|| "postgres".to_owned())
    }

    /// Adds a step after `low` to `high` microseconds.
    fn step(&mut self, low: i64, high: i64, step: Step) {
        let wait = self.random.micros(low, high);
        self.acts.push(Act { wait, step });
    }

    /// Opens a session.
    fn connect(&mut self, user: &str, application: &str, host: &str) {
        let identity = Identity::new(user, DATABASE, application, host);
        self.step(0, SECOND, Step::Connect(identity));
    }

    /// Tries a password and is refused.
    fn refuse(&mut self, user: &str, host: &str, refusal: Refusal, low: i64, high: i64) {
        let identity = Identity::new(user, DATABASE, "", host);
        self.step(low, high, Step::Refuse(identity, refusal));
    }

    /// Runs a statement after a while.
    fn run(&mut self, low: i64, high: i64, command: Command) {
        self.step(low, high, Step::Run(command));
    }

    /// Runs a statement that fails with a message.
    fn fail(&mut self, command: Command, failure: Failure) {
        self.step(SECOND / 3, 2 * SECOND, Step::Fail(command, failure));
    }

    /// Runs a statement that the role is not allowed to.
    fn denied(&mut self, command: Command, object: &str) {
        let origin = Origin::new("aclcheck_error", "aclchk.c", 3583);
        self.fail(
            command,
            failure("42501", format!("permission denied for {object}"), origin),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_of_every_plan_parses_unless_it_must_not() {
        for (number, kind) in AttackKind::ALL.iter().enumerate() {
            for seed in 0..20 {
                let acts = plan(*kind, 30, &mut Random::new(seed * 100 + number as u64));
                assert!(acts.len() >= 3, "{kind} has {} steps", acts.len());
                for act in acts {
                    let (command, valid) = match act.step {
                        Step::Run(command) => (command, true),
                        Step::Fail(command, failure) => (command, failure.sqlstate != "42601"),
                        _ => continue,
                    };
                    let parsed = pg_query::parse(command.run().sql, 0);
                    assert_eq!(parsed.is_ok(), valid, "{kind}: {}", command.run().sql);
                }
            }
        }
    }

    #[test]
    fn tables_are_those_of_the_workload() {
        use std::collections::BTreeSet;
        let used: BTreeSet<&str> = crate::workload::all_shapes()
            .flat_map(|shape| shape.objects.split_ascii_whitespace())
            .map(|name| name.trim_start_matches('+'))
            .filter(|name| !name.starts_with('~') && !name.starts_with("pg_catalog."))
            .collect();
        let known: BTreeSet<&str> = TABLES.into_iter().collect();
        let odd: Vec<&&str> = used.difference(&known).collect();
        assert_eq!(
            odd,
            [
                &"catalog.synonym",
                &"public.schema_version",
                &"sales.coupon_use",
                &"shipping.carrier"
            ]
        );
    }
}
