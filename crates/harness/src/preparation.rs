//! What must be there before the first scenario: roles, databases, tables. All of
//! it is made while the logs are closed.

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::scenario::{PASSWORD, SHOP, Scenario};

const SHOP_SQL: &str = include_str!("../sql/shop.sql");

/// Makes the shared database, then what each scenario asks for.
pub(crate) fn prepare(cluster: &Cluster, scenarios: &[Scenario]) -> Result<()> {
    let mut server = cluster.superuser("postgres")?;
    let mut execute = |sql: &str| {
        server
            .batch_execute(sql)
            .map_err(Error::sql(sql.to_owned()))
    };
    execute(&format!("CREATE DATABASE {SHOP}"))?;
    in_database(cluster, SHOP, SHOP_SQL)?;
    for scenario in scenarios {
        for (index, role) in scenario.roles().enumerate() {
            let attributes = if index == 0 {
                scenario.attributes()
            } else {
                ""
            };
            execute(&format!(
                "CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' {attributes}"
            ))?;
        }
    }
    for scenario in scenarios {
        let Some(template) = scenario.template() else {
            continue;
        };
        let (database, owner) = (scenario.database(), scenario.roles().next());
        let owner = owner
            .map(|role| format!("OWNER {role}"))
            .unwrap_or_default();
        execute(&format!(
            "CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy {owner}"
        ))?;
    }
    for scenario in scenarios
        .iter()
        .filter(|scenario| !scenario.preparation().is_empty())
    {
        in_database(cluster, &scenario.database(), scenario.preparation()).map_err(|source| {
            Error::Scenario {
                slug: scenario.slug().to_owned(),
                source: Box::new(source),
            }
        })?;
    }
    Ok(())
}

fn in_database(cluster: &Cluster, database: &str, sql: &str) -> Result<()> {
    cluster
        .superuser(database)?
        .batch_execute(sql)
        .map_err(Error::sql(format!("preparing database {database}")))
}
