use super::*;

fn record<'a>(
    arena: &'a Bump,
    mask_literals: bool,
    change: impl FnOnce(&mut Draft<'a>),
) -> Record<'a> {
    let options = ParserOptions {
        mask_literals,
        server: Some("db1".to_owned()),
        ..ParserOptions::default()
    };
    let time = Timestamp::from_micros(0);
    let mut draft = Draft::new(time, LogLevel::Log, "", Location::default());
    change(&mut draft);
    Assembler::new(arena, &options).record(draft)
}

#[test]
fn passwords_are_masked_in_every_text() {
    let arena = Bump::new();
    let sql = "alter role a password 'hunter2'";
    let logged = record(&arena, false, |draft| {
        draft.message = "duration: 1.5 ms  statement: alter role a password 'hunter2'";
    });
    let Body::Statement {
        text, duration_us, ..
    } = logged.body
    else {
        panic!("no statement")
    };
    assert_eq!(duration_us, Some(1500));
    assert_eq!(text.expose(), "alter role a password '<masked>'");
    assert_eq!(
        logged.message,
        "duration: 1.5 ms  statement: alter role a password '<masked>'"
    );
    assert_eq!(logged.server, Some("db1"));

    let audited = record(&arena, false, |draft| {
        draft.message = "AUDIT: SESSION,1,1,ROLE,ALTER ROLE,,,\"alter role \"\"a\"\" password 'hunter2'\",<none>";
    });
    let failed = record(&arena, false, |draft| {
        draft.level = LogLevel::Error;
        draft.message = "syntax error";
        draft.statement = Some(sql);
        draft.context = Some("SQL statement \"alter role a password 'hunter2'\"");
    });
    for record in [&audited, &failed] {
        let shown = format!("{record:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let texts = [record.statement.map(Sql::expose), record.context];
        assert!(
            texts.iter().flatten().all(|text| text.contains("<masked>")),
            "{texts:?}"
        );
    }
    let Body::Audit(row) = audited.body else {
        panic!("no audit row")
    };
    assert_eq!(
        row.text.map(Sql::expose),
        Some("alter role \"a\" password '<masked>'")
    );
}

#[test]
fn literals_are_masked_on_request() {
    let arena = Bump::new();
    let logged = record(&arena, true, |draft| {
        draft.message = "execute <unnamed>: select * from t where card = '4111'";
        draft.detail = Some("parameters: $1 = '4111'");
    });
    let Body::Statement { text, .. } = logged.body else {
        panic!("no statement")
    };
    assert_eq!(text.expose(), "select * from t where card = ?");
    assert_eq!(
        logged.message,
        "execute <unnamed>: select * from t where card = ?"
    );
    assert!(!logged.detail.unwrap().contains("4111"));
    let audited = record(&arena, true, |draft| {
        draft.message = "AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.t,select '4111',4111";
    });
    let Body::Audit(row) = &audited.body else {
        panic!("no audit row")
    };
    assert_eq!(row.text.map(Sql::expose), Some("select ?"));
    assert!(!audited.message.contains("4111"), "{}", audited.message);
    assert!(!row.parameters.unwrap_or_default().contains("4111"));
}

#[test]
fn positions_are_no_part_of_a_failure() {
    let arena = Bump::new();
    let failed = record(&arena, false, |draft| {
        draft.level = LogLevel::Error;
        draft.message = "column \"x\" does not exist at character 8";
    });
    assert_eq!(failed.message, "column \"x\" does not exist");
}
