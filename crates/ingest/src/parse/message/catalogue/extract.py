#!/usr/bin/env python3
"""Writes forms.tsv and words.tsv from the message catalogues of a PostgreSQL server.

    python3 extract.py /usr/share/locale/*/LC_MESSAGES/postgres-15.mo

The tables hold only the sentences needed to tell apart what the server says,
in every language it says it in, with the arguments named. PostgreSQL's
catalogues are published under the PostgreSQL licence.
"""

import gettext
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent

# id: (sentence, names of its arguments in order)
FORMS = {
    "received_port": ("connection received: host=%s port=%s", "host port"),
    "received": ("connection received: host=%s", "host"),
    "authenticated": (
        'connection authenticated: identity="%s" method=%s (%s:%d)',
        "identity method any any",
    ),
    "disconnection": (
        "disconnection: session time: %d:%02d:%02d.%03d user=%s database=%s host=%s%s%s",
        "hours minutes seconds millis user database host nothing port_suffix",
    ),
    "failed_password": ('password authentication failed for user "%s"', "user"),
    "failed_host_rejected": ('authentication failed for user "%s": host rejected', "user"),
    "failed_other": ('authentication failed for user "%s": invalid authentication method', "user"),
    "failed_trust": ('"trust" authentication failed for user "%s"', "user"),
    "failed_ident": ('Ident authentication failed for user "%s"', "user"),
    "failed_peer": ('Peer authentication failed for user "%s"', "user"),
    "failed_gssapi": ('GSSAPI authentication failed for user "%s"', "user"),
    "failed_sspi": ('SSPI authentication failed for user "%s"', "user"),
    "failed_pam": ('PAM authentication failed for user "%s"', "user"),
    "failed_bsd": ('BSD authentication failed for user "%s"', "user"),
    "failed_ldap": ('LDAP authentication failed for user "%s"', "user"),
    "failed_radius": ('RADIUS authentication failed for user "%s"', "user"),
    "failed_certificate": ('certificate authentication failed for user "%s"', "user"),
    "certificate_required": ("connection requires a valid client certificate", ""),
    "hba_missing": (
        'no pg_hba.conf entry for host "%s", user "%s", database "%s", %s',
        "host user database any",
    ),
    "hba_missing_replication": (
        'no pg_hba.conf entry for replication connection from host "%s", user "%s", %s',
        "host user any",
    ),
    "hba_rejects": (
        'pg_hba.conf rejects connection for host "%s", user "%s", database "%s", %s',
        "host user database any",
    ),
    "hba_rejects_replication": (
        'pg_hba.conf rejects replication connection for host "%s", user "%s", %s',
        "host user any",
    ),
    "role_missing": ('role "%s" does not exist', "user"),
    "role_cannot_login": ('role "%s" is not permitted to log in', "user"),
    "role_no_replication": ("must be superuser or replication role to start walsender", ""),
    "role_full": ('too many connections for role "%s"', "user"),
    "database_full": ('too many connections for database "%s"', "database"),
    "server_full": ("sorry, too many clients already", ""),
    "server_reserved": (
        "remaining connection slots are reserved for non-replication superuser connections",
        "",
    ),
    "senders_full": (
        "number of requested standby connections exceeds max_wal_senders (currently %d)",
        "any",
    ),
    "database_missing": ('database "%s" does not exist', "database"),
    "database_closed": ('database "%s" is not currently accepting connections', "database"),
    "database_denied": ('permission denied for database "%s"', "database"),
    "duration": ("duration: %s ms", "ms"),
    "statement": ("statement: %s", "sql"),
    "duration_statement": ("duration: %s ms  statement: %s", "ms sql"),
    "duration_parse": ("duration: %s ms  parse %s: %s", "ms name sql"),
    "duration_bind": ("duration: %s ms  bind %s%s%s: %s", "ms name nothing nothing sql"),
    "reload": ("received SIGHUP, reloading configuration files", ""),
    "parameter_changed": ('parameter "%s" changed to "%s"', "parameter value"),
    "parameter_reset": (
        'parameter "%s" removed from configuration file, reset to default',
        "parameter",
    ),
    "started": ("database system is ready to accept connections", ""),
    "started_read_only": ("database system is ready to accept read-only connections", ""),
    "stopped": ("database system is shut down", ""),
    "crash_signal": ("%s (PID %d) was terminated by signal %d: %s", "any pid digits any"),
    "crash_exception": ("%s (PID %d) was terminated by exception 0x%X", "any pid any"),
    "crash_others": ("terminating any other active server processes", ""),
    "crash_restart": ("all server processes terminated; reinitializing", ""),
    "crash_interrupted": ("database system was interrupted; last known up at %s", "any"),
    "crash_recovery": (
        "database system was not properly shut down; automatic recovery in progress",
        "",
    ),
    "detail_role_missing": ('Role "%s" does not exist.', "user"),
}

# Sentences of other versions, in English only.
ENGLISH_ONLY = [
    ("authenticated", 'connection authenticated: identity="{identity}" method={method}'),
    ("authenticated", 'connection authenticated: user="{identity}" method={method} ({any}:{any})'),
    ("failed_oauth", 'OAuth bearer authentication failed for user "{user}"'),
    ("hba_missing", 'no pg_hba.conf entry for host "{host}", user "{user}", database "{database}"'),
    (
        "hba_missing_replication",
        'no pg_hba.conf entry for replication connection from host "{host}", user "{user}"',
    ),
    ("hba_rejects", 'pg_hba.conf rejects connection for host "{host}", user "{user}", database "{database}"'),
    (
        "hba_rejects_replication",
        'pg_hba.conf rejects replication connection for host "{host}", user "{user}"',
    ),
    ("role_no_replication", "permission denied to start WAL sender"),
    (
        "suffix_tls",
        " SSL enabled (protocol={token}, cipher={token}, bits={token}, compression={token})",
    ),
    (
        "server_reserved",
        "remaining connection slots are reserved for roles with the {any} attribute",
    ),
    (
        "server_reserved",
        'remaining connection slots are reserved for roles with privileges of the "{any}" role',
    ),
    ("started_read_only", "database system is ready to accept read only connections"),
]

LEVELS = ["DEBUG", "INFO", "NOTICE", "WARNING", "LOG", "ERROR", "FATAL", "PANIC"]
FOLLOW_UPS = ["DETAIL", "HINT", "QUERY", "CONTEXT", "STATEMENT", "LOCATION", "BACKTRACE"]
CONVERSION = re.compile(r"%(?:(\d+)\$)?[-+ #0]*\d*(?:\.\d+)?(?:l|ll)?([sdiuxXc%])")


def named(sentence, names):
    """The sentence with its conversions replaced by {name}."""
    names = names.split()
    position = 0

    def replace(match):
        nonlocal position
        if match[2] == "%":
            return "%"
        index = int(match[1]) - 1 if match[1] else position
        position += 1
        name = names[index]
        return "" if name == "nothing" else "{" + name + "}"

    return CONVERSION.sub(replace, sentence)


def forms(say):
    """(id, template) of one language; `say` translates."""
    for name, (sentence, arguments) in FORMS.items():
        yield name, named(say(sentence), arguments)
    user = named(say("connection authorized: user=%s"), "user")
    replication = named(say("replication connection authorized: user=%s"), "user")
    database = named(say(" database=%s"), "database")
    application = named(say(" application_name=%s"), "application")
    yield "authorized", user
    yield "authorized", user + database
    yield "authorized", user + database + application
    yield "authorized_replication", replication
    yield "authorized_replication", replication + application
    yield "suffix_tls", named(say(" SSL enabled (protocol=%s, cipher=%s, bits=%d)"), "token token token")
    for gss in (
        " GSS (authenticated=%s, encrypted=%s, principal=%s)",
        " GSS (authenticated=%s, encrypted=%s, delegated_credentials=%s, principal=%s)",
    ):
        if say(gss) != gss or say is str:
            yield "suffix_gss", named(say(gss), " ".join(["token", "gss_encrypted"] + ["token"] * 2))
    yield "gss_yes", say("yes")
    for identity, word in (("execute", "execute"), ("fetch", "execute fetch from")):
        plain = named(say("%s %s%s%s: %s"), "verb name nothing nothing sql")
        timed = named(say("duration: %s ms  %s %s%s%s: %s"), "ms verb name nothing nothing sql")
        yield identity, plain.replace("{verb}", say(word))
        yield "duration_" + identity, timed.replace("{verb}", say(word))


def words(say):
    """(kind, word) of one language."""
    for level in LEVELS:
        yield level, say(level)
    for follow_up in FOLLOW_UPS:
        text = say(follow_up + ":  ")
        if follow_up == "LOCATION":
            text = re.split("%", say("LOCATION:  %s, %s:%d\n"))[0]
        yield follow_up, re.sub(r"[\s\u00a0\u202f]*[:\uff1a]\s*$", "", text)
    yield "UNKNOWN", say("[unknown]")
    yield "POSITION", say(" at character %d").replace("%d", "{}")


def write(path, header, rows):
    seen = set()
    lines = ["# Generated by extract.py from PostgreSQL's message catalogues (PostgreSQL licence).", header]
    for row in rows:
        key = (row[0], row[2])
        if key not in seen:
            seen.add(key)
            lines.append("\t".join(field.replace("\n", "\\n") for field in row))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    languages = [("en", str)]
    for name in sorted(sys.argv[1:]):
        with open(name, "rb") as file:
            catalogue = gettext.GNUTranslations(file)
        languages.append((pathlib.Path(name).parts[-3], catalogue.gettext))
    rows = [(name, language, template) for language, say in languages for name, template in forms(say)]
    rows += [(name, "en", template) for name, template in ENGLISH_ONLY]
    write(HERE / "forms.tsv", "# form\tlanguage\ttemplate", rows)
    write(
        HERE / "words.tsv",
        "# kind\tlanguage\tword",
        [(kind, language, word) for language, say in languages for kind, word in words(say)],
    )


main()
