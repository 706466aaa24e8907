-- What a Rails application sends: Active Record's set-up, the schema of a model,
-- then requests with query comments. Written after its shape.

SET client_min_messages TO 'warning';

SET standard_conforming_strings = on;

SET intervalstyle = iso_8601;

SET SESSION timezone TO 'UTC';

SELECT t.oid, t.typname FROM pg_type AS t WHERE t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'bool', 'timestamp', 'timestamptz');

SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype
FROM pg_type AS t LEFT JOIN pg_range AS r ON oid = rngtypid
WHERE t.typtype IN ('r', 'e', 'd') OR t.typelem <> 0;

CREATE TABLE IF NOT EXISTS "schema_migrations" ("version" character varying NOT NULL PRIMARY KEY);

SELECT pg_try_advisory_lock(4125671398261);

SELECT "schema_migrations"."version" FROM "schema_migrations" ORDER BY "schema_migrations"."version" ASC /*application:Shop*/;

CREATE TABLE "posts" ("id" bigserial primary key, "title" character varying, "body" text, "created_at" timestamp(6) NOT NULL);

CREATE INDEX "index_posts_on_title" ON "posts" ("title");

INSERT INTO "schema_migrations" ("version") VALUES ('20260101000000') RETURNING "version";

SELECT pg_advisory_unlock(4125671398261);

SELECT a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
    c.collname, col_description(a.attrelid, a.attnum) AS comment
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
LEFT JOIN pg_type t ON a.atttypid = t.oid
LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
WHERE a.attrelid = '"posts"'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum;

BEGIN;

-- $1 = Hello
-- $2 = How to DELETE a user and DROP by the office
-- $3 = 2026-03-01 10:00:00
INSERT INTO "posts" ("title", "body", "created_at") VALUES ($1, $2, $3) RETURNING "id" /*action='create',controller='posts'*/;

COMMIT;

-- $1 = 1
-- $2 = 1
SELECT "posts".* FROM "posts" WHERE "posts"."id" = $1 LIMIT $2 /*action='show',controller='posts'*/;

-- $1 = 20
SELECT "posts".* FROM "posts" ORDER BY "posts"."created_at" DESC LIMIT $1 /*action='index',controller='posts'*/;

BEGIN;

-- $1 = Hello again
-- $2 = 1
UPDATE "posts" SET "title" = $1 WHERE "posts"."id" = $2 /*action='update',controller='posts'*/;

COMMIT;

BEGIN;

-- $1 = 1
DELETE FROM "posts" WHERE "posts"."id" = $1 /*action='destroy',controller='posts'*/;

COMMIT;
