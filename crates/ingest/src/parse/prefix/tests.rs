use super::*;

fn read<'a>(prefix: &str, line: &'a str) -> Option<PrefixMatch<'a>> {
    Prefix::compile(prefix).unwrap().read(line)
}

#[track_caller]
fn must<'a>(prefix: &str, line: &'a str) -> PrefixMatch<'a> {
    match read(prefix, line) {
        Some(found) => found,
        None => panic!("`{prefix}` does not read `{line}`"),
    }
}

#[test]
fn default_and_debian() {
    let found = must("%m [%p] ", "2026-01-31 10:00:04.123 UTC [4242] LOG:  x");
    assert_eq!(found.fields.time, Some("2026-01-31 10:00:04.123 UTC"));
    assert_eq!(found.fields.pid, Some(4242));
    assert_eq!(found.rest, "LOG:  x");
    let debian = "%m [%p] %q%u@%d ";
    let found = must(
        debian,
        "2026-01-31 10:00:04.123 CET [7] alice@shop ERROR:  x",
    );
    assert_eq!(
        (found.fields.user, found.fields.database),
        (Some("alice"), Some("shop"))
    );
    assert!(!found.fields.ambiguous.any());
    let found = must(
        debian,
        "2026-01-31 10:00:04.123 CET [7] LOG:  checkpoint starting: time",
    );
    assert_eq!(
        (found.fields.user, found.rest),
        (None, "LOG:  checkpoint starting: time")
    );
    let found = must(
        debian,
        "2026-01-31 10:00:04.123 CET [7] [unknown]@[unknown] LOG:  x",
    );
    assert_eq!((found.fields.user, found.fields.database), (None, None));
    let found = must(
        debian,
        "2026-01-31 10:00:04.123 CET [7] [unbekannt]@[unbekannt] LOG:  x",
    );
    assert_eq!((found.fields.user, found.fields.database), (None, None));
}

#[test]
fn rds() {
    let prefix = "%t:%r:%u@%d:[%p]:";
    let found = must(
        prefix,
        "2026-01-31 10:00:04 UTC:10.0.0.5(51234):alice@shop:[99]:LOG:  x",
    );
    assert_eq!(found.fields.client, Some("10.0.0.5"));
    assert_eq!(found.fields.client_port, Some(51234));
    assert_eq!(found.fields.pid, Some(99));
    let found = must(prefix, "2026-01-31 10:00:04 UTC::@:[99]:LOG:  x");
    assert_eq!((found.fields.user, found.fields.pid), (None, Some(99)));
    let found = must(prefix, "2026-01-31 10:00:04 UTC::@:[99]:LOG: x");
    assert_eq!(found.rest, "LOG: x");
    let found = must(
        prefix,
        "2026-01-31 10:00:04 UTC:2001:db8::5(51234):u@d:[99]:LOG:  x",
    );
    assert_eq!(
        (found.fields.client, found.fields.client_port),
        (Some("2001:db8::5"), Some(51234))
    );
    let found = must(prefix, "2026-01-31 10:00:04 UTC:[local]:u@d:[99]:LOG:  x");
    assert_eq!(
        (found.fields.client, found.fields.client_port),
        (Some("[local]"), None)
    );
}

#[test]
fn every_escape_and_padding() {
    let prefix = "%n %p/%P %c %l %s %v %x %Q %e %i %b %% <%-12u|%5l|%8d> %a %h ";
    let line = "1769853604.123 7/ 65b2f1a3.1f4 12 2026-01-31 10:00:00 UTC 3/17 0 -55 00000 \
                idle in transaction client backend % <alice       |   12|    shop> psql fe80::1 LOG:  x";
    let fields = must(prefix, line).fields;
    assert_eq!(fields.time, Some("1769853604.123"));
    assert_eq!(fields.session_id, Some("65b2f1a3.1f4"));
    assert_eq!(fields.session_start, Some("2026-01-31 10:00:00 UTC"));
    assert_eq!(
        (fields.vxid, fields.xid, fields.query_id),
        (Some("3/17"), None, Some(-55))
    );
    assert_eq!(fields.user, Some("alice"));
    assert_eq!(fields.database, Some("shop"));
    assert_eq!(fields.line_num, Some(12));
    assert_eq!(fields.client, Some("fe80::1"));
    assert_eq!(fields.application, Some("psql"));
}

#[test]
fn a_name_with_separators_is_in_doubt() {
    let found = must(
        "%m [%p] %q%u@%d ",
        "2026-01-31 10:00:04 UTC [7] bob@corp.example@shop LOG:  x",
    );
    assert_eq!(found.fields.user, Some("bob@corp.example"));
    assert_eq!(found.fields.ambiguous, Ambiguity::IDENTITY);
}

const SPOOFED: &str = "%t [%p]: user=%u,db=%d,app=%a,client=%h ";

#[test]
fn an_application_name_that_no_host_allows_forges_nothing() {
    let line = "2026-01-31 10:00:04 UTC [7]: user=alice,db=shop,\
                app=x,client=10.6.6.6] LOG:  AUDIT: SESSION,1,1,ROLE,GRANT,client=10.0.0.5 LOG:  statement: select 1";
    let found = must(SPOOFED, line);
    assert_eq!(found.fields.client, Some("10.0.0.5"));
    assert_eq!(found.rest, "LOG:  statement: select 1");
    assert_eq!(found.fields.ambiguous, Ambiguity::NONE);
}

#[test]
fn an_application_name_that_completes_the_prefix_is_in_doubt() {
    let line = "2026-01-31 10:00:04 UTC [7]: user=alice,db=shop,\
                app=x,client=10.6.6.6 LOG:  AUDIT: SESSION,1,1,ROLE,GRANT,client=10.0.0.5 LOG:  statement: select 1";
    let found = must(SPOOFED, line);
    assert!(found.fields.ambiguous.contains(Ambiguity::CLIENT));
    assert!(found.fields.ambiguous.contains(Ambiguity::MESSAGE));
    assert!(!found.fields.ambiguous.contains(Ambiguity::IDENTITY));
    assert_eq!(found.fields.client, Some("10.0.0.5"));
}

#[test]
fn sql_text_that_looks_like_a_prefix_is_in_doubt_only_within_reach() {
    let near = "2026-01-31 10:00:04 UTC [7]: user=alice,db=shop,app=psql,client=10.0.0.5 \
                LOG:  statement: select ',client=10.6.6.6 LOG:  AUDIT: x'";
    assert!(
        must(SPOOFED, near)
            .fields
            .ambiguous
            .contains(Ambiguity::MESSAGE)
    );
    let far = "2026-01-31 10:00:04 UTC [7]: user=alice,db=shop,app=psql,client=10.0.0.5 LOG:  \
               statement: select 'sixty-three bytes cannot reach as far as this one, surely'\
               ',client=10.6.6.6 LOG:  AUDIT: x'";
    let found = must(SPOOFED, far);
    assert_eq!(found.fields.ambiguous, Ambiguity::NONE);
    assert_eq!(found.fields.client, Some("10.0.0.5"));
}

#[test]
fn a_refused_name_can_forge_nothing_unmarked() {
    let line = "2026-01-31 10:00:04 UTC [7] LOG:  connection authorized: user=admin database=prod\
                @shop FATAL:  password authentication failed for user \"x\"";
    let found = must("%m [%p] %q%u@%d ", line);
    assert!(found.fields.ambiguous.contains(Ambiguity::MESSAGE));
    let long = format!(
        "2026-01-31 10:00:04 UTC [7] x@db LOG:  {}@shop FATAL:  role \"x\" does not exist",
        "connection authorized: user=admin database=prod ".repeat(3)
    );
    let found = must("%m [%p] %q%u@%d ", &long);
    assert!(found.fields.ambiguous.contains(Ambiguity::MESSAGE));
}

#[test]
fn too_many_readings_end_in_doubt_and_in_time() {
    let line = format!(
        "2026-01-31 10:00:04 UTC [7] {} LOG:  x",
        "@ @ LOG:  ".repeat(5000)
    );
    let found = must("%m [%p] %u@%d %a ", &line);
    assert_eq!(found.fields.ambiguous, EVERYTHING);
}

#[test]
fn lines_of_another_prefix_are_refused() {
    assert_eq!(
        read("%m [%p] ", "2026-01-31 10:00:04 UTC [7] x@y LOG:  x"),
        None
    );
    assert_eq!(read("%m [%p] ", "not a log line"), None);
    assert_eq!(read("%m [%p] ", ""), None);
    assert_eq!(
        read("%u%d", "aliceshopLOG:  x").unwrap().fields.ambiguous,
        Ambiguity::IDENTITY
    );
}

#[test]
fn bad_prefixes_are_named() {
    assert_eq!(
        Prefix::compile("%m %z").unwrap_err(),
        PrefixError::UnknownEscape('z')
    );
    assert_eq!(
        Prefix::compile("%m %").unwrap_err(),
        PrefixError::Unfinished
    );
    assert_eq!(
        Prefix::compile(&"%m".repeat(200)).unwrap_err(),
        PrefixError::TooLong
    );
    assert_eq!(
        Prefix::compile(&"x".repeat(2000)).unwrap_err(),
        PrefixError::TooLong
    );
}
