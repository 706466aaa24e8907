//! What an attacker does, one scenario per deed. Each proves by the server's
//! answers that the deed really happened, or was really refused.

mod authentication;
mod channels;
mod destruction;
mod disclosure;
mod disruption;
mod evasion;
mod execution;
mod files;
mod injection;
mod persistence;
mod privilege;
mod reconnaissance;
mod tampering;

use super::Scenario;

/// All attacks. New ones go to the end of their group.
pub(super) fn all() -> Vec<Scenario> {
    [
        authentication::all(),
        disclosure::all(),
        destruction::all(),
        reconnaissance::all(),
        privilege::all(),
        tampering::all(),
        execution::all(),
        files::all(),
        injection::all(),
        persistence::all(),
        channels::all(),
        disruption::all(),
        evasion::all(),
    ]
    .concat()
}
