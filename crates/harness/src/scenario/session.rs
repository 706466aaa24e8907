//! One connection of a scenario. Statements go out as an application would send
//! them; what the server answers is checked, so that a scenario that no longer
//! does what its label says fails instead of passing in silence.

use std::error::Error as StdError;

use bytes::BytesMut;
use postgres::types::{Format, IsNull, ToSql, Type};
use postgres::{Client, SimpleQueryMessage};

use super::fixture;
use crate::error::{Error, Result};

/// A connection that knows what to expect.
pub(crate) struct Session {
    client: Client,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The connection itself.
    pub(crate) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Sends one text with the simple protocol and returns the number of rows.
    pub(crate) fn run(&mut self, sql: &str) -> Result<usize> {
        let messages = self
            .client
            .simple_query(sql)
            .map_err(Error::sql(shorten(sql)))?;
        Ok(messages
            .iter()
            .filter(|m| matches!(m, SimpleQueryMessage::Row(_)))
            .count())
    }

    /// Sends several texts, one after the other.
    pub(crate) fn run_each<T: AsRef<str>>(
        &mut self,
        statements: impl IntoIterator<Item = T>,
    ) -> Result<()> {
        statements
            .into_iter()
            .try_for_each(|sql| self.run(sql.as_ref()).map(drop))
    }

    /// The first field of the first row.
    pub(crate) fn value(&mut self, sql: &str) -> Result<Option<String>> {
        let messages = self
            .client
            .simple_query(sql)
            .map_err(Error::sql(shorten(sql)))?;
        Ok(messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_owned),
            _ => None,
        }))
    }

    /// Sends a text that the server must refuse with this SQLSTATE.
    pub(crate) fn fails(&mut self, sqlstate: &str, sql: &str) -> Result<()> {
        check_refusal(sqlstate, self.client.simple_query(sql).map(drop), sql)
    }

    /// Sends a statement with the extended protocol, parameters as text.
    pub(crate) fn prepared(&mut self, sql: &str, parameters: &[&str]) -> Result<usize> {
        let parameters: Vec<_> = parameters.iter().map(|p| TextParameter(p)).collect();
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters
            .iter()
            .map(|p| p as &(dyn ToSql + Sync))
            .collect();
        let rows = self
            .client
            .query(sql, &parameters)
            .map_err(Error::sql(shorten(sql)))?;
        Ok(rows.len())
    }

    /// Sends the statements of a fixture, each with the protocol it asks for.
    pub(crate) fn replay(&mut self, text: &str) -> Result<()> {
        for statement in fixture::statements(text) {
            match statement.parameters {
                None => self.run(&statement.sql)?,
                Some(parameters) => self.prepared(&statement.sql, &parameters)?,
            };
        }
        Ok(())
    }
}

/// Checks that the server refused, and with which code.
pub(crate) fn check_refusal(
    expected: &str,
    outcome: std::result::Result<(), postgres::Error>,
    statement: &str,
) -> Result<()> {
    let got = match outcome {
        Ok(()) => "success".to_owned(),
        Err(error) => match error.code() {
            Some(code) if code.code() == expected => return Ok(()),
            Some(code) => format!("{} ({error:?})", code.code()),
            None => error.to_string(),
        },
    };
    Err(Error::Unexpected {
        expected: expected.to_owned(),
        got,
        statement: shorten(statement),
    })
}

fn shorten(sql: &str) -> String {
    sql.chars().take(200).collect()
}

/// A parameter sent as text, whatever type the server makes of it.
#[derive(Debug)]
struct TextParameter<'a>(&'a str);

impl ToSql for TextParameter<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    postgres::types::to_sql_checked!();
}
