//! Applications as they are: pooled, chatty, sometimes wrong, and full of texts
//! that look like SQL.

use crate::error::Result;
use crate::scenario::{SHOP, Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::benign(
            "web_shop",
            "120 page views and 30 orders of a web shop, with prepared statements",
            web_shop,
        )
        .role("web_orders", "IN ROLE app_writer")
        .application("webshop"),
        Scenario::benign(
            "mistyped_password",
            "one wrong password, then the right one",
            mistyped_password,
        )
        .role("dev_frieda", "IN ROLE app_reader"),
        Scenario::benign(
            "keyword_literals",
            "tickets whose texts speak of DELETE, DROP, GRANT and pg_dump",
            keyword_literals,
        )
        .role("app_tickets", "")
        .application("helpdesk")
        .own_empty()
        .prepare("CREATE TABLE public.ticket (id int, title text); ALTER TABLE public.ticket OWNER TO app_tickets"),
        Scenario::benign(
            "multi_line_sql",
            "an analyst's long statements with comments, CTEs, tabs and empty lines",
            multi_line,
        )
        .role("analyst_gina", "IN ROLE app_reader")
        .application("DataGrip"),
        Scenario::benign(
            "constraint_errors",
            "an application runs into a unique key, a foreign key and a check, and retries",
            constraint_errors,
        )
        .role("app_signup", "IN ROLE app_writer")
        .application("signup"),
        Scenario::benign(
            "queue_worker",
            "a worker takes 150 jobs with SKIP LOCKED, LISTEN and advisory locks",
            queue_worker,
        )
        .role("app_worker", "")
        .application("worker")
        .own_empty()
        .prepare(
            "CREATE TABLE public.job (id int PRIMARY KEY, payload text);
             INSERT INTO public.job SELECT n, 'job ' || n FROM generate_series(1, 150) AS n;
             ALTER TABLE public.job OWNER TO app_worker",
        ),
        Scenario::benign(
            "request_roles",
            "an API gateway switches to a low role per request, as PostgREST does",
            request_roles,
        )
        .role("authenticator", "NOINHERIT")
        .application("PostgREST 12.2")
        .prepare("CREATE ROLE web_anonymous IN ROLE app_reader; GRANT web_anonymous TO authenticator"),
        Scenario::benign(
            "connection_pool",
            "40 short transactions through a pooler that resets its sessions",
            connection_pool,
        )
        .role("app_pooled", "IN ROLE app_reader")
        .application("app - 10.0.0.7:51514"),
    ]
}

fn web_shop(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    for n in 1..=120_u32 {
        let (product, customer) = ((n % 200 + 1).to_string(), (n % 500 + 1).to_string());
        session.prepared(
            "SELECT id, name, price FROM production.product WHERE id = $1",
            &[&product],
        )?;
        session.prepared(
            "SELECT h.id, h.status, t.total FROM sales.order_header h \
             JOIN sales.order_total t ON t.order_id = h.id WHERE h.customer_id = $1 \
             ORDER BY h.ordered_at DESC LIMIT 5",
            &[&customer],
        )?;
        if n % 4 == 0 {
            order(&mut session, 800_000 + n, &customer, &product)?;
        }
    }
    Ok(())
}

fn order(
    session: &mut crate::scenario::Session,
    id: u32,
    customer: &str,
    product: &str,
) -> Result<()> {
    let id = id.to_string();
    session.run("BEGIN")?;
    session.prepared(
        "INSERT INTO sales.order_header (id, customer_id, ordered_at) VALUES ($1, $2, now())",
        &[&id, customer],
    )?;
    session.prepared(
        "INSERT INTO sales.order_line VALUES ($1, 1, $2, 2, 9.90) RETURNING order_id",
        &[&id, product],
    )?;
    session.prepared(
        "UPDATE production.inventory SET quantity = quantity - 2 WHERE product_id = $1",
        &[product],
    )?;
    session.run("COMMIT").map(drop)
}

fn mistyped_password(stage: &Stage<'_>) -> Result<()> {
    stage.refused("28P01", "dev_frieda", "exampel", SHOP)?;
    stage
        .connect()?
        .run_each(["SELECT 1", "SELECT count(*) FROM sales.customer"])
}

fn keyword_literals(stage: &Stage<'_>) -> Result<()> {
    const TITLES: [&str; 12] = [
        "Please DELETE my account",
        "DROP TABLE mentioned in the manual",
        "GRANT me access to the printer",
        "TRUNCATE the long subject",
        "pg_dump fails with permission denied",
        "Password authentication failed for user \"admin\"",
        "LOG:  AUDIT: SESSION,1,1,ROLE,GRANT",
        "1'' OR ''1''=''1",
        "UNION SELECT is not a trade union",
        "ALTER ROLE of the manager",
        "FATAL:  the app crashed",
        "COPY TO PROGRAM of the event",
    ];
    let mut session = stage.connect()?;
    for (id, title) in TITLES.iter().enumerate() {
        session.run(&format!(
            "INSERT INTO ticket (id, title) VALUES ({id}, '{title}')"
        ))?;
    }
    session.run_each([
        "SELECT id FROM ticket WHERE title LIKE '%GRANT%'",
        "SELECT id FROM ticket WHERE title ILIKE '%drop table%' OR title ILIKE '%delete%'",
        "UPDATE ticket SET title = 'REVOKE and DROP ROLE explained' WHERE id = 2 /* DELETE */",
        "SELECT title AS \"DROP\" FROM ticket -- TRUNCATE nothing\nWHERE id = 3",
    ])
}

fn multi_line(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run_each([
        "-- revenue per week\nWITH line AS (\n\tSELECT order_id,\n\t\tquantity * price AS amount\n\
         \tFROM sales.order_line\n\n)\nSELECT date_trunc('week', h.ordered_at) AS week,\n\
         \tsum(l.amount)\nFROM sales.order_header h\nJOIN line l ON l.order_id = h.id\n\n\
         GROUP BY 1\nORDER BY 1\n",
        "/* best customers\n   of all time */\nSELECT c.id,\r\n       count(*) AS orders\r\n\
         FROM sales.customer c\r\nJOIN sales.order_header h ON h.customer_id = c.id\r\n\
         GROUP BY c.id\r\nHAVING count(*) > 3\r\nORDER BY orders DESC\r\nLIMIT 20",
        "SELECT 'one\ntwo\n\tthree' AS text,\n       $$a 'quoted'\ntext$$ AS dollar",
    ])
}

fn constraint_errors(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.fails(
        "23505",
        "INSERT INTO person.email_address VALUES (9001, 1, 'person1@example.org')",
    )?;
    session.run("INSERT INTO person.email_address VALUES (9001, 1, 'person9001@example.org')")?;
    session.fails(
        "23503",
        "INSERT INTO sales.order_header (id, customer_id, ordered_at) VALUES (700001, 99999, now())",
    )?;
    session.fails(
        "23514",
        "UPDATE production.product SET price = -1 WHERE id = 1",
    )?;
    session
        .run("UPDATE production.product SET price = 1 WHERE id = 1")
        .map(drop)
}

fn queue_worker(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run_each(["LISTEN job_added", "SELECT pg_try_advisory_lock(7)"])?;
    for _ in 0..150 {
        session.prepared(
            "DELETE FROM job WHERE id = (SELECT id FROM job ORDER BY id \
             FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id, payload",
            &[],
        )?;
    }
    session.run_each([
        "NOTIFY job_done, '150'",
        "SELECT pg_advisory_unlock(7)",
        "UNLISTEN *",
    ])
}

fn request_roles(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    for n in 1..=25 {
        session.run_each([
            "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY".to_owned(),
            "SET LOCAL ROLE web_anonymous".to_owned(),
            format!("SELECT set_config('request.path', '/product/{n}', true)"),
            format!("SELECT id, name, price FROM production.product WHERE id = {n}"),
            "COMMIT".to_owned(),
        ])?;
    }
    Ok(())
}

fn connection_pool(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    for n in 1..=40 {
        session.run_each([
            format!("SET application_name = 'app - 10.0.0.{}:51514'", n % 4 + 1),
            format!("SELECT name FROM production.product WHERE id = {n}"),
            "DISCARD ALL".to_owned(),
        ])?;
    }
    Ok(())
}
