//! Those who only look whether all is well, again and again.

use std::net::TcpStream;

use crate::error::{Error, Result};
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::benign(
            "metrics_scrapes",
            "eight scrapes of a metrics exporter that belongs to pg_monitor",
            scrapes,
        )
        .role("monitoring", "IN ROLE pg_monitor")
        .application("postgres_exporter"),
        Scenario::benign(
            "health_checks",
            "25 short sessions that ask for 1",
            health_checks,
        )
        .role("health", "")
        .application("healthcheck"),
        Scenario::benign(
            "port_probes",
            "20 bare connections of a load balancer that close without a word, and pg_isready",
            port_probes,
        )
        .role("balancer", ""),
        Scenario::benign(
            "statement_timeouts",
            "a dashboard's slow queries run into the statement timeout three times",
            timeouts,
        )
        .role("bi_dashboard", "IN ROLE app_reader")
        .application("grafana"),
    ]
}

fn scrapes(stage: &Stage<'_>) -> Result<()> {
    let fixture = include_str!("../../../sql/tools/exporter.sql");
    let mut session = stage.connect()?;
    (0..8).try_for_each(|_| session.replay(fixture))
}

fn health_checks(stage: &Stage<'_>) -> Result<()> {
    (0..25).try_for_each(|_| stage.connect()?.run("SELECT 1").map(drop))
}

fn port_probes(stage: &Stage<'_>) -> Result<()> {
    for _ in 0..20 {
        TcpStream::connect(("127.0.0.1", stage.port())).map_err(Error::io("probing"))?;
    }
    stage.execute("pg_isready", &[]).map(drop)
}

fn timeouts(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run("SET statement_timeout = '40ms'")?;
    for _ in 0..3 {
        session.fails(
            "57014",
            "SELECT count(*) FROM sales.order_line a CROSS JOIN sales.order_line b",
        )?;
    }
    session
        .run("SELECT status, count(*) FROM sales.order_header GROUP BY status")
        .map(drop)
}
