//! The role in force: follows `SET ROLE` and `SET SESSION AUTHORIZATION`
//! through transactions. No log field carries it.

use kumki_model::{Shape, Sign};

/// The role in force in one session, when it is not the user.
#[derive(Debug, Default)]
pub(super) struct RoleInForce {
    current: Option<String>,
    /// What a rollback returns to, inside a transaction block.
    before_transaction: Option<Option<String>>,
    /// What the end of the transaction returns to, after `SET LOCAL`.
    after_transaction: Option<Option<String>>,
}

impl RoleInForce {
    /// Takes note of a statement that succeeded. Returns whether the role may
    /// have changed.
    pub(super) fn follow(&mut self, shape: &Shape) -> bool {
        let mut changed = false;
        for command in &shape.commands {
            changed |= self.step(shape, command);
        }
        changed
    }

    fn step(&mut self, shape: &Shape, command: &str) -> bool {
        match command {
            "BEGIN" | "START TRANSACTION" => {
                self.before_transaction = Some(self.current.clone());
                false
            }
            "COMMIT" | "END" => {
                self.before_transaction = None;
                self.restore_after_local()
            }
            "ROLLBACK" | "ABORT" if !shape.normalised.to_ascii_uppercase().contains(" TO ") => {
                self.after_transaction = None;
                match self.before_transaction.take() {
                    Some(role) => self.set(role),
                    None => false,
                }
            }
            "DISCARD ALL" => self.set(None),
            _ if shape.signs.contains(Sign::RoleSwitch) => self.switch(shape),
            _ => false,
        }
    }

    fn switch(&mut self, shape: &Shape) -> bool {
        let target = shape
            .settings
            .iter()
            .rev()
            .find(|setting| matches!(setting.name.as_str(), "role" | "session_authorization"));
        let Some(target) = target else { return false };
        let role = target
            .value
            .as_deref()
            .filter(|role| !matches!(role.to_ascii_lowercase().as_str(), "none" | "default" | ""))
            .map(str::to_owned);
        let local = shape
            .normalised
            .split_ascii_whitespace()
            .nth(1)
            .is_some_and(|word| word.eq_ignore_ascii_case("local"));
        if local {
            self.after_transaction
                .get_or_insert_with(|| self.current.clone());
        }
        self.set(role)
    }

    fn restore_after_local(&mut self) -> bool {
        match self.after_transaction.take() {
            Some(role) => self.set(role),
            None => false,
        }
    }

    fn set(&mut self, role: Option<String>) -> bool {
        let changed = self.current != role;
        self.current = role;
        changed
    }

    /// The role, when it is not the user.
    pub(super) fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(role: &mut RoleInForce, sql: &str) {
        role.follow(&kumki_sql::shape(sql));
    }

    #[test]
    fn follows_set_and_reset() {
        let mut role = RoleInForce::default();
        follow(&mut role, "SET ROLE admin");
        assert_eq!(role.current(), Some("admin"));
        follow(&mut role, "RESET ROLE");
        assert_eq!(role.current(), None);
        follow(&mut role, "SET SESSION AUTHORIZATION bob");
        assert_eq!(role.current(), Some("bob"));
        follow(&mut role, "SET ROLE NONE");
        assert_eq!(role.current(), None);
    }

    #[test]
    fn a_rollback_undoes_and_local_ends_with_the_transaction() {
        let mut role = RoleInForce::default();
        for sql in ["BEGIN", "SET ROLE admin"] {
            follow(&mut role, sql);
        }
        follow(&mut role, "ROLLBACK");
        assert_eq!(role.current(), None);
        for sql in ["BEGIN", "SET LOCAL ROLE admin"] {
            follow(&mut role, sql);
        }
        assert_eq!(role.current(), Some("admin"));
        follow(&mut role, "COMMIT");
        assert_eq!(role.current(), None);
    }
}
