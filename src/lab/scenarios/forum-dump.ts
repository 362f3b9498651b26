// What pg_dumpall(1) writes of a server with the forum's database, as text.

const settings = `SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET row_security = off;
`

const databaseOf = (contents: string): string => `--
-- PostgreSQL database dump
--

${settings}
${contents}--
-- PostgreSQL database dump complete
--

`

const topics = `CREATE TABLE public.topics (
    id integer NOT NULL,
    title text NOT NULL
);

ALTER TABLE public.topics OWNER TO forum;

COPY public.topics (id, title) FROM stdin;
1\tOffice
2\tKüche & Kaffee, 2 € each
3\tThe printer on floor two
\\.

ALTER TABLE ONLY public.topics
    ADD CONSTRAINT topics_pkey PRIMARY KEY (id);

`

const postsTable = (rows: readonly string[]): string => `CREATE TABLE public.posts (
    id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    nick text NOT NULL,
    body text NOT NULL
);

ALTER TABLE public.posts OWNER TO forum;

COPY public.posts (id, at, nick, body) FROM stdin;
${rows.join('')}\\.

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_pkey PRIMARY KEY (id);

`

/**
 * What pg_dumpall writes of the server.
 * @param rows of the table of posts; null: there is no such table
 */
export function clusterDump(rows: readonly string[] | null): string {
  return `--
-- PostgreSQL database cluster dump
--

SET default_transaction_read_only = off;

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- Roles
--

CREATE ROLE forum;
ALTER ROLE forum WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;

--
-- Databases
--

\\connect template1

${databaseOf('')}--
-- Database "forum" dump
--

CREATE DATABASE forum WITH TEMPLATE = template0 ENCODING = 'UTF8';

ALTER DATABASE forum OWNER TO forum;

\\connect forum

${databaseOf(`${topics}${rows === null ? '' : postsTable(rows)}`)}\\connect postgres

${databaseOf('')}--
-- PostgreSQL database cluster dump complete
--

`
}
