//! Every form against lines as PostgreSQL 15 writes them.

use super::Form;
use crate::entry::{Entry, Level, Origin};
use crate::options::{CsvColumns, Format, Options, SyslogForm, Verbosity};
use crate::process::{Identity, Port, Process};

const TIME: i64 = 1_795_199_113_343_000;
const ORIGIN: Origin = Origin::new("_bt_check_unique", "nbtinsert.c", 664);

fn backend() -> Process {
    let mut process = Process::new(0, 15_653, 1_795_199_113_334_000, "client backend");
    process.port = Some(Port {
        identity: Identity::new("app", "postgres", "with,comma \"q\"", "127.0.0.1"),
        number: 43_778,
        known: true,
        ready: true,
    });
    process.tag = "INSERT";
    process.slot = 3;
    process.local_xid = 14;
    process.xid = 733;
    process.query_id = -6_981_066_036_503_778_281;
    process.line = 10;
    process.prefixed = 10;
    process
}

fn duplicate() -> Entry<'static> {
    Entry {
        level: Level::Error,
        sqlstate: "23505",
        detail: Some("Key (id)=(1) already exists."),
        statement: Some("insert into \"t\"\nvalues ('\\\t');"),
        position: 3,
        ..Entry::log(TIME, "duplicate key value violates \"orders_pkey\"", ORIGIN)
    }
}

fn write(options: &Options, process: &mut Process, entry: &Entry<'_>) -> String {
    let mut out = Vec::new();
    Form::new(options)
        .unwrap()
        .write(&mut out, "db-01", process, entry);
    String::from_utf8(out).unwrap()
}

fn options(format: Format) -> Options {
    Options {
        format,
        timezone: "Europe/Berlin".to_owned(),
        ..Options::default()
    }
}

#[test]
fn csv_has_the_columns_of_its_version() {
    let mut process = backend();
    let text = write(
        &options(Format::Csv(CsvColumns::V14)),
        &mut process,
        &duplicate(),
    );
    assert_eq!(
        text,
        "2026-11-20 19:25:13.343 CET,\"app\",\"postgres\",15653,\"127.0.0.1:43778\",6b009089.3d25,11,\
         \"INSERT\",2026-11-20 19:25:13 CET,3/14,733,ERROR,23505,\
         \"duplicate key value violates \"\"orders_pkey\"\"\",\"Key (id)=(1) already exists.\",,,,,\
         \"insert into \"\"t\"\"\nvalues ('\\\t');\",3,,\"with,comma \"\"q\"\"\",\"client backend\",,\
         -6981066036503778281\n"
    );
    for (columns, tail) in [
        (
            CsvColumns::V13,
            ",\"with,comma \"\"q\"\"\",\"client backend\"\n",
        ),
        (CsvColumns::V12, ",3,,\"with,comma \"\"q\"\"\"\n"),
    ] {
        let text = write(&options(Format::Csv(columns)), &mut backend(), &duplicate());
        assert!(text.ends_with(tail), "{text}");
    }
}

#[test]
fn csv_of_a_background_process_leaves_its_columns_empty() {
    let mut process = Process::new(0, 15_644, 1_795_199_113_000_000, "checkpointer");
    let entry = Entry::log(TIME, "checkpoint starting: time", ORIGIN);
    assert_eq!(
        write(&options(Format::Csv(CsvColumns::V14)), &mut process, &entry),
        "2026-11-20 19:25:13.343 CET,,,15644,,6b009089.3d1c,1,,2026-11-20 19:25:13 CET,,0,LOG,00000,\
         \"checkpoint starting: time\",,,,,,,,,\"\",\"checkpointer\",,0\n"
    );
}

#[test]
fn json_leaves_out_what_is_absent() {
    assert_eq!(
        write(&options(Format::Json), &mut backend(), &duplicate()),
        "{\"timestamp\":\"2026-11-20 19:25:13.343 CET\",\"user\":\"app\",\"dbname\":\"postgres\",\
         \"pid\":15653,\"remote_host\":\"127.0.0.1\",\"remote_port\":43778,\
         \"session_id\":\"6b009089.3d25\",\"line_num\":11,\"ps\":\"INSERT\",\
         \"session_start\":\"2026-11-20 19:25:13 CET\",\"vxid\":\"3/14\",\"txid\":733,\
         \"error_severity\":\"ERROR\",\"state_code\":\"23505\",\
         \"message\":\"duplicate key value violates \\\"orders_pkey\\\"\",\
         \"detail\":\"Key (id)=(1) already exists.\",\
         \"statement\":\"insert into \\\"t\\\"\\nvalues ('\\\\\\t');\",\"cursor_position\":3,\
         \"application_name\":\"with,comma \\\"q\\\"\",\"backend_type\":\"client backend\",\
         \"query_id\":-6981066036503778281}\n"
    );
}

#[test]
fn stderr_repeats_the_prefix_and_indents_with_tabs() {
    let mut options = options(Format::Stderr);
    options.prefix = "%m [%p]: [%l-1] u=%u,r=%r,v=%v,x=%x,%q|%-8u|%5l|%n|%e|%c ".to_owned();
    let text = write(&options, &mut backend(), &duplicate());
    let prefix = |line: u32| {
        format!(
            "2026-11-20 19:25:13.343 CET [15653]: [{line}-1] u=app,r=127.0.0.1(43778),v=3/14,x=733,\
             |app     |   {line}|1795199113.343|23505|6b009089.3d25 "
        )
    };
    assert_eq!(
        text,
        format!(
            "{}ERROR:  duplicate key value violates \"orders_pkey\" at character 3\n\
             {}DETAIL:  Key (id)=(1) already exists.\n\
             {}STATEMENT:  insert into \"t\"\n\tvalues ('\\\t');\n",
            prefix(11),
            prefix(12),
            prefix(13)
        )
    );
}

#[test]
fn stderr_of_a_background_process_ends_its_prefix_at_q() {
    let mut options = options(Format::Stderr);
    options.prefix = "%t [%p] a=%a,h=%h,b=%b,i=%i,%q%u@%d ".to_owned();
    options.verbosity = Verbosity::Verbose;
    let mut process = Process::new(0, 15_644, 1_795_199_113_000_000, "checkpointer");
    let entry = Entry::log(TIME, "checkpoint starting: time", ORIGIN);
    let prefix = "2026-11-20 19:25:13 CET [15644] a=,h=,b=checkpointer,i=,";
    assert_eq!(
        write(&options, &mut process, &entry),
        format!(
            "{prefix}LOG:  00000: checkpoint starting: time\n\
             {prefix}LOCATION:  _bt_check_unique, nbtinsert.c:664\n"
        )
    );
}

#[test]
fn unknown_names_are_marked_until_the_session_is_known() {
    let mut options = options(Format::Stderr);
    options.prefix = "%u@%d %a %h ".to_owned();
    let mut process = backend();
    if let Some(port) = &mut process.port {
        port.known = false;
        port.ready = false;
    }
    let entry = Entry::log(
        TIME,
        "connection received: host=127.0.0.1 port=43778",
        ORIGIN,
    );
    let text = write(&options, &mut process, &entry);
    assert!(
        text.starts_with("[unknown]@[unknown] [unknown] 127.0.0.1 LOG:  "),
        "{text}"
    );
}

#[test]
fn syslog_numbers_chunks() {
    let form = SyslogForm {
        priority: true,
        ..SyslogForm::default()
    };
    let mut options = options(Format::Syslog(form));
    options.prefix = "%u@%d ".to_owned();
    let head = "<132>Nov 20 19:25:13 db-01 postgres[15653]: ";
    assert_eq!(
        write(&options, &mut backend(), &duplicate()),
        format!(
            "{head}[1-1] app@postgres ERROR:  duplicate key value violates \"orders_pkey\" at character 3\n\
             {head}[1-2] app@postgres DETAIL:  Key (id)=(1) already exists.\n\
             {head}[1-3] app@postgres STATEMENT:  insert into \"t\"\n\
             {head}[1-4] #011values ('\\#011');\n"
        )
    );
}
