// What pg_dumpall(1) and pg_dump(1) write, for awk(1): which lines are somebody's data, which databases a dump brings, and
// what of it psql(1) is given.

/** In a shell's '…': awk's rules for the lines of a dump that stand between COPY and its end, somebody's data. */
export const copiedData = (does = ''): string => `data { if ($0 == "\\\\.") data = 0;${does} next }`
export const copiedDataBegins = '/^COPY .* FROM stdin;$/ { data = 1 }'

/**
 * Among those, awk's rules that tell what is between two databases: only there is what makes one more than a line of somebody's
 * function. The end of one is a line between two of dashes. `at` is the database that is connected to, as it is quoted.
 */
const betweenDatabases = [
  'BEGIN { between = 1 }',
  'ends && $0 == "--" { between = 1; at = "" }',
  '{ ends = dashes && /^-- PostgreSQL database dump complete$/; dashes = $0 == "--" }',
  '/^\\\\connect / { between = 0; at = $2; connects = 1 }',
  'function is(plain, quoted) { return (quoted == plain) || (quoted == ("\\"" plain "\\"")) }',
].join('\n')

/**
 * awk's rules that put out a line `C CREATE DATABASE NAME …` for each database that a dump brings: also for postgres, which is
 * only made by pg_dumpall --clean, where the dump has anything in it. Not for template1.
 */
export const databasesBrought = [
  betweenDatabases,
  'between && /^CREATE DATABASE / && !is("template1", $3) { if (is("postgres", $3)) made = 1; names = names " " $3; print "C " $0 }',
  'is("postgres", at) && /^(CREATE|COPY|INSERT) / && !made { made = 1; names = names " postgres"; print "C CREATE DATABASE postgres " }',
  'is("template1", at) && /^CREATE / { inTemplate++ }',
].join('\n')

/** Settings that pg_dump begins with, of which an older server does not know all (pg_dump.c, setup_connection and others). */
const newerSettings = [
  'idle_in_transaction_session_timeout',
  'transaction_timeout',
  'row_security',
  'default_table_access_method',
]

/** What the server has: roles and tablespaces, by the beginnings of what would make them, and settings. */
export const alreadyThere = [
  ...['quote_ident(rolname)', `'"' || replace(rolname, '"', '""') || '"'`].map(
    (name) => `select 'CREATE ROLE ' || ${name} || ';' from pg_roles`,
  ),
  ...['quote_ident(spcname)', `'"' || replace(spcname, '"', '""') || '"'`].map(
    (name) => `select 'CREATE TABLESPACE ' || ${name} || ' ' from pg_tablespace`,
  ),
  "select 'SET ' || name from pg_settings",
].join(' union ')

/**
 * awk's rules for what psql is given of a dump, behind what the server has. Between two databases nothing is dropped, as
 * pg_dumpall --clean would, and nothing made that is there; postgres is, where it was renamed and the dump takes it to be
 * there. template1 stays as it is.
 */
export const loaded = [
  '!begun { if ($0 == "") { begun = 1 } else there[$0] = 1; next }',
  copiedData(' if (!is("template1", at)) print;'),
  betweenDatabases,
  copiedDataBegins,
  'is("template1", at) && !/^\\\\/ { next }',
  'between && (/^DROP (DATABASE|ROLE|TABLESPACE) / || /^UPDATE pg_catalog\\.pg_database SET datistemplate = false / || $0 in there) { next }',
  'between && /^(CREATE|ALTER) DATABASE / && is("template1", $3) { next }',
  'between && match($0, /^CREATE TABLESPACE ("([^"]|"")*"|[^ ]+) /) && (substr($0, 1, RLENGTH) in there) { next }',
  `/^SET (${newerSettings.join('|')}) = / && !(("SET " $2) in there) { next }`,
  'between && /^CREATE DATABASE / && is("postgres", $3) { makes = "" }',
  '/^\\\\connect / && makes != "" && is("postgres", $2) { print "CREATE DATABASE postgres TEMPLATE template0;"; makes = "" }',
  '{ print }',
].join('\n')
