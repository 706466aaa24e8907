use kumki_model::Phase;

use super::*;

fn said(level: LogLevel, message: &str) -> Said<'_> {
    Said {
        level,
        sqlstate: SqlState::SUCCESS,
        message,
        detail: None,
        from_statement: false,
    }
}

#[track_caller]
fn log(message: &str) -> Body<'_> {
    let arena = Box::leak(Box::new(Bump::new()));
    classify(&said(LogLevel::Log, message), arena).0
}

#[test]
fn statements() {
    let Body::Statement {
        text,
        phase,
        name,
        duration_us,
    } = log("statement: select 1: 2")
    else {
        panic!("no statement");
    };
    assert_eq!(
        (text.expose(), phase, name, duration_us),
        ("select 1: 2", Phase::Simple, None, None)
    );
    let cases = [
        (
            "duration: 0.123 ms  statement: x",
            Phase::Simple,
            None,
            Some(123),
        ),
        (
            "duration: 1234.5 ms  parse <unnamed>: x",
            Phase::Parse,
            None,
            Some(1_234_500),
        ),
        (
            "duration: 2.000 ms  bind S_1: x",
            Phase::Bind,
            Some("S_1"),
            Some(2_000),
        ),
        (
            "duration: 2.000 ms  execute S_1/C_2: x",
            Phase::Execute,
            Some("S_1/C_2"),
            Some(2_000),
        ),
        (
            "duration: 2 ms  execute fetch from S_1: x",
            Phase::Fetch,
            Some("S_1"),
            Some(2_000),
        ),
        ("execute <unnamed>: x", Phase::Execute, None, None),
        (
            "execute fetch from <unnamed>/C_3: x",
            Phase::Fetch,
            Some("<unnamed>/C_3"),
            None,
        ),
        (
            "Dauer: 0.123 ms  Anweisung: x",
            Phase::Simple,
            None,
            Some(123),
        ),
        (
            "продолжительность: 0.123 мс, оператор: x",
            Phase::Simple,
            None,
            Some(123),
        ),
    ];
    for (message, phase, name, duration_us) in cases {
        let text = Sql::new("x");
        assert_eq!(
            log(message),
            Body::Statement {
                text,
                phase,
                name,
                duration_us
            },
            "{message}"
        );
    }
    assert_eq!(log("duration: 0.5 ms"), Body::Duration { duration_us: 500 });
}

#[test]
fn connections() {
    assert_eq!(
        log("connection received: host=10.0.0.5 port=51234"),
        Body::ConnectionReceived {
            host: "10.0.0.5",
            port: Some(51234)
        }
    );
    assert_eq!(
        log("connection received: host=[local]"),
        Body::ConnectionReceived {
            host: "[local]",
            port: None
        }
    );
    assert_eq!(
        log(
            "connection authenticated: identity=\"alice\" method=scram-sha-256 (/etc/pg_hba.conf:97)"
        ),
        Body::ConnectionAuthenticated {
            identity: "alice",
            method: "scram-sha-256"
        }
    );
    let authorized = |database, application, encrypted, replication| Body::ConnectionAuthorized {
        user: "alice",
        database,
        application,
        encrypted,
        replication,
    };
    let tls = " SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)";
    let gss = " GSS (authenticated=yes, encrypted=no, principal=alice@CORP)";
    let cases = [
        (
            "connection authorized: user=alice database=shop",
            "",
            Some("shop"),
            None,
            false,
            false,
        ),
        (
            "connection authorized: user=alice database=shop",
            tls,
            Some("shop"),
            None,
            true,
            false,
        ),
        (
            "connection authorized: user=alice database=shop",
            gss,
            Some("shop"),
            None,
            false,
            false,
        ),
        (
            "connection authorized: user=alice database=shop application_name=my app",
            tls,
            Some("shop"),
            Some("my app"),
            true,
            false,
        ),
        (
            "replication connection authorized: user=alice",
            "",
            None,
            None,
            false,
            true,
        ),
        (
            "replication connection authorized: user=alice application_name=walreceiver",
            tls,
            None,
            Some("walreceiver"),
            true,
            true,
        ),
    ];
    for (names, suffix, database, application, encrypted, replication) in cases {
        let message = String::leak(format!("{names}{suffix}"));
        assert_eq!(
            log(message),
            authorized(database, application, encrypted, replication),
            "{message}"
        );
    }
    assert_eq!(
        log(
            "disconnection: session time: 1:02:03.004 user=alice database=shop host=10.0.0.5 port=51234"
        ),
        Body::Disconnection {
            duration_us: 3_723_004_000,
            user: Some("alice"),
            database: Some("shop"),
            host: Some("10.0.0.5"),
            port: Some(51234),
        }
    );
}

#[test]
fn server_life() {
    assert_eq!(
        log("received SIGHUP, reloading configuration files"),
        Body::ConfigReloaded
    );
    assert_eq!(
        log("database system is ready to accept connections"),
        Body::ServerStarted
    );
    assert_eq!(log("database system is shut down"), Body::ServerStopped);
    assert_eq!(
        log("server process (PID 812) was terminated by signal 9: Killed"),
        Body::ServerCrashed
    );
    assert_eq!(
        log("parameter \"pgaudit.log\" changed to \"none\""),
        Body::ParameterChanged {
            name: "pgaudit.log",
            value: Some("none")
        }
    );
    assert_eq!(
        log("parameter \"work_mem\" removed from configuration file, reset to default"),
        Body::ParameterChanged {
            name: "work_mem",
            value: None
        }
    );
    assert_eq!(
        log("parameter \"log_line_prefix\" changed to \"\""),
        Body::ParameterChanged {
            name: "log_line_prefix",
            value: Some("")
        }
    );
    assert_eq!(log("checkpoint starting: time"), Body::Message);
}

#[test]
fn every_language_says_the_same() {
    let arena = Bump::new();
    let table = include_str!("catalogue/forms.tsv");
    let mut languages = std::collections::BTreeSet::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (form, language, template) = (columns[0], columns[1], columns[2]);
        let message = filled(template);
        let level = if form.starts_with("failed_")
            || form.starts_with("hba_")
            || form.starts_with("role_")
            || form.starts_with("database_")
            || [
                "certificate_required",
                "server_full",
                "server_reserved",
                "senders_full",
            ]
            .contains(&form)
        {
            LogLevel::Fatal
        } else {
            LogLevel::Log
        };
        if form.starts_with("suffix_") || form.starts_with("gss_") || form.starts_with("detail_") {
            continue;
        }
        let (body, ambiguous) = classify(&said(level, &message), &arena);
        assert!(!ambiguous.any(), "{form} {language}: {message}");
        let english = english_of(form, table);
        let twin = filled(&english);
        let (expected, _) = classify(&said(level, &twin), &arena);
        assert_ne!(body, Body::Message, "{form} {language}: {message}");
        let same_gaps = gaps(template) == gaps(&english);
        if same_gaps {
            assert_eq!(body, expected, "{form} {language}: {message}");
        } else {
            assert_eq!(
                std::mem::discriminant(&body),
                std::mem::discriminant(&expected)
            );
        }
        languages.insert(language);
    }
    assert!(languages.len() >= 11, "{languages:?}");
}

fn gaps(template: &str) -> Vec<&str> {
    let mut names: Vec<&str> = template
        .split('{')
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('}')?.0))
        .collect();
    names.sort_unstable();
    names
}

fn english_of(form: &str, table: &str) -> String {
    let mut templates = table
        .lines()
        .filter(|line| line.starts_with(&format!("{form}\ten\t")))
        .filter_map(|line| line.rsplit('\t').next());
    // Of several, the one that says most.
    let mut best = templates.next().unwrap_or_default();
    for template in templates {
        if gaps(template).len() > gaps(best).len() {
            best = template;
        }
    }
    best.to_owned()
}

fn filled(template: &str) -> String {
    template
        .replace("{host}", "10.0.0.5")
        .replace("{port}", "51234")
        .replace("{user}", "alice")
        .replace("{database}", "shop")
        .replace("{application}", "psql")
        .replace("{identity}", "alice")
        .replace("{method}", "md5")
        .replace("{hours}", "0")
        .replace("{minutes}", "00")
        .replace("{seconds}", "01")
        .replace("{millis}", "500")
        .replace("{port_suffix}", " port=51234")
        .replace("{ms}", "1.500")
        .replace("{name}", "S_1")
        .replace("{sql}", "select 1")
        .replace("{parameter}", "work_mem")
        .replace("{value}", "4MB")
        .replace("{pid}", "812")
        .replace("{digits}", "9")
        .replace("{any}", "x")
}

#[test]
fn what_a_client_raises_is_no_server_message() {
    let arena = Bump::new();
    let texts = [
        "connection authorized: user=admin database=prod",
        "connection received: host=10.6.6.6 port=1",
        "AUDIT: SESSION,1,1,ROLE,GRANT,,,grant all,<none>",
        "statement: drop table t",
        "password authentication failed for user \"admin\"",
        "received SIGHUP, reloading configuration files",
    ];
    for text in texts {
        for level in [LogLevel::Error, LogLevel::Warning, LogLevel::Notice] {
            let (body, _) = classify(&said(level, text), &arena);
            let is_audit = matches!(body, Body::Audit(_));
            assert!(
                body == Body::Message || is_audit && level != LogLevel::Error,
                "{text}"
            );
            let raised = Said {
                from_statement: true,
                ..said(level, text)
            };
            assert_eq!(
                classify(&raised, &arena).0,
                Body::Message,
                "{level:?} {text}"
            );
        }
        let raised = Said {
            from_statement: true,
            ..said(LogLevel::Log, text)
        };
        assert_eq!(classify(&raised, &arena).0, Body::Message, "{text}");
    }
    let failed = said(
        LogLevel::Log,
        "password authentication failed for user \"admin\"",
    );
    assert_eq!(classify(&failed, &arena).0, Body::Message);
}

#[test]
fn refusals_by_code_and_detail() {
    let arena = Bump::new();
    let cause = |message, sqlstate: &str, detail| {
        let sqlstate = SqlState::parse(sqlstate.as_bytes()).unwrap();
        let fatal = Said {
            sqlstate,
            detail,
            ..said(LogLevel::Fatal, message)
        };
        match classify(&fatal, &arena).0 {
            Body::AuthenticationFailed { cause, .. } => Some(cause),
            _ => None,
        }
    };
    let password = "password authentication failed for user \"x\"";
    assert_eq!(cause(password, "28P01", None), Some(AuthFailure::Password));
    let detail = Some("Role \"x\" does not exist.\nConnection matched pg_hba.conf line 95");
    assert_eq!(
        cause(password, "28P01", detail),
        Some(AuthFailure::UnknownRole)
    );
    let detail = Some("Rolle »x« existiert nicht.");
    assert_eq!(
        cause(password, "28P01", detail),
        Some(AuthFailure::UnknownRole)
    );
    assert_eq!(
        cause("senha inválida", "28P01", None),
        Some(AuthFailure::Password)
    );
    assert_eq!(cause("?", "28000", None), Some(AuthFailure::Other));
    assert_eq!(
        cause("?", "3D000", None),
        Some(AuthFailure::UnknownDatabase)
    );
    assert_eq!(
        cause("?", "53300", None),
        Some(AuthFailure::TooManyConnections)
    );
    assert_eq!(
        cause(
            "terminating connection due to administrator command",
            "57P01",
            None
        ),
        None
    );
}

#[test]
fn names_that_complete_the_sentence_are_in_doubt() {
    let arena = Bump::new();
    let message = "no pg_hba.conf entry for host \"10.0.0.5\", user \"x\", database \"y\", database \"shop\", no encryption";
    let (body, ambiguous) = classify(&said(LogLevel::Fatal, message), &arena);
    assert!(ambiguous.contains(Ambiguity::IDENTITY));
    assert!(matches!(
        body,
        Body::AuthenticationFailed {
            host: Some("10.0.0.5"),
            ..
        }
    ));
}
