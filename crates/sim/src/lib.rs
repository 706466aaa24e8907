//! kumki-sim.
