//! People and frameworks that read the catalogue all day: psql, administration
//! and reporting tools, object-relational mappers.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::benign(
            "psql_describe",
            "a developer looks around with psql's backslash commands",
            psql_describe,
        )
        .role("dev_anna", "IN ROLE app_reader"),
        Scenario::benign(
            "sqlalchemy",
            "SQLAlchemy reflects a schema, creates a table and works on it",
            |stage| replay(stage, include_str!("../../../sql/tools/sqlalchemy.sql")),
        )
        .role("app_sqlalchemy", "IN ROLE app_reader")
        .application("orders-api")
        .own_shop(),
        Scenario::benign(
            "django",
            "Django inspects the database, migrates, and works on a model",
            |stage| replay(stage, include_str!("../../../sql/tools/django.sql")),
        )
        .role("app_django", "")
        .application("django")
        .own_empty(),
        Scenario::benign(
            "hibernate",
            "a Hibernate application validates its schema and runs a unit of work",
            |stage| replay(stage, include_str!("../../../sql/tools/hibernate.sql")),
        )
        .role("app_hibernate", "IN ROLE app_writer")
        .application("PostgreSQL JDBC Driver"),
        Scenario::benign(
            "efcore",
            "an Entity Framework application over Npgsql migrates and works",
            |stage| replay(stage, include_str!("../../../sql/tools/efcore.sql")),
        )
        .role("app_efcore", "")
        .application("Shop.Api")
        .own_empty(),
        Scenario::benign(
            "pgadmin",
            "a session of pgAdmin with its dashboard refreshed",
            pgadmin,
        )
        .role("dba_bruno", "IN ROLE app_reader")
        .application("pgAdmin 4 - DB:shop"),
        Scenario::benign(
            "dbeaver",
            "a session of DBeaver with a table opened",
            |stage| replay(stage, include_str!("../../../sql/tools/dbeaver.sql")),
        )
        .role("dev_carla", "IN ROLE app_reader")
        .application("DBeaver 24.3.0 - Metadata"),
        Scenario::benign(
            "metabase",
            "Metabase synchronises and answers two questions",
            |stage| replay(stage, include_str!("../../../sql/tools/metabase.sql")),
        )
        .role("bi_metabase", "IN ROLE app_reader")
        .application("Metabase v0.50"),
        Scenario::benign(
            "rails",
            "a Rails application migrates and serves requests, with query comments",
            |stage| replay(stage, include_str!("../../../sql/tools/rails.sql")),
        )
        .role("app_rails", "")
        .application("bin/rails")
        .own_empty(),
    ]
}

fn replay(stage: &Stage<'_>, fixture: &str) -> Result<()> {
    stage.connect()?.replay(fixture)
}

fn pgadmin(stage: &Stage<'_>) -> Result<()> {
    let fixture = include_str!("../../../sql/tools/pgadmin.sql");
    let mut session = stage.connect()?;
    session.replay(fixture)?;
    // The dashboard asks again every second.
    let dashboard: String = fixture
        .split("\n\n")
        .filter(|statement| statement.starts_with("/*pga4dash*/"))
        .map(|statement| format!("{statement}\n"))
        .collect();
    (0..5).try_for_each(|_| session.replay(&dashboard))
}

fn psql_describe(stage: &Stage<'_>) -> Result<()> {
    stage.psql(
        "\\l\n\\dn+\n\\dt+ sales.*\n\\du\n\\df\n\\d sales.customer\n\\d+ sales.order_line\n\
         \\dv\n\\di sales.*\n\\dp sales.customer\n\\dx\n\\d person.*\n\\conninfo\n\
         SELECT count(*) FROM sales.customer;\n\\dT\n\\z\n",
    )?;
    stage.execute("psql", &["-X", "-l"])?;
    Ok(())
}
