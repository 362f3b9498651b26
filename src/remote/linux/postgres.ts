// PostgreSQL from what pg_dumpall(1) wrote: the databases of the dump are renamed first, then psql(1) loads it and stops at
// the first error. What was renamed is noted in the staging folder, so that a second try knows what is this run's own.
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { onStaged } from './staging.ts'

/** Where the server is: on the host itself, or in a container; and in whose name the old databases are kept. */
export interface DatabaseSwap {
  readonly run: string
  /** `postgres`, or `docker:CONTAINER`, or `docker:CONTAINER:USER`. */
  readonly into: string
  readonly staging: string
}

/** psql as the server's superuser, without anybody's own settings. */
function psql(into: string): string {
  const options = '-X -q -v ON_ERROR_STOP=1'
  const [kind, container = '', user = 'postgres'] = into.split(':')
  return kind === 'docker'
    ? sh`docker exec -i ${container} psql ${raw(options)} -U ${user}`
    : `runuser -u postgres -- psql ${options}`
}

/** A run's id as it may be in a database's name. */
const tag = (run: string): string => run.replaceAll('-', '_')

/** What the old databases are called afterwards: their names, and this. */
export const databasesAside = ({ run }: DatabaseSwap): string => `_before_${tag(run)}`

const shell = ({ into, run }: DatabaseSwap): string =>
  [
    sh`before=_before_${raw(tag(run))} after=_lifeboat_${raw(tag(run))}`,
    // postgres may not look into the staging folder.
    `sql() { (cd / && ${psql(into)} -At -d postgres "$@"); }`,
    `is() { [ "$(printf "select 1 from pg_database where datname = :'n'" | sql -v n="$1")" = 1 ]; }`,
    'alone() { printf "select pg_terminate_backend(pid) from pg_stat_activity where datname = :\'n\' and pid <> pg_backend_pid()" | sql -v n="$1" >/dev/null; }',
    'rename() { alone "$1"; printf "alter database :\\"n\\" rename to :\\"m\\"" | sql -v n="$1" -v m="$2"; }',
    'drop() { alone "$1"; printf "drop database if exists :\\"n\\"" | sql -v n="$1"; }',
    // As pg_dumpall quotes identifiers.
    'names() { unpacked "$1" | grep -a "^CREATE DATABASE " | sed -n \'s/^CREATE DATABASE "\\(.*\\)" WITH .*/\\1/;t p;s/^CREATE DATABASE \\([^ ;]*\\).*/\\1/;t p;d;:p;s/""/"/g;p\' || true; }',
  ].join('\n')

/** Renames the databases that the dump brings, and loads it. What an earlier try has half loaded goes first. */
export const loadDump = (swap: DatabaseSwap): ShellCommand<string> =>
  changeLine(
    onStaged(
      swap.staging,
      [
        shell(swap),
        'if [ ! -e moved ]; then',
        '  plan() { names "$1" | while IFS= read -r n; do [ ${#n} -le 32 ] || { echo "the name of the database $n is too long to be renamed" >&2; exit 18; }; if is "$n"; then printf "old %s\\n" "$n"; else printf "new %s\\n" "$n"; fi; done; }',
        '  each plan > moved.draft; mv moved.draft moved',
        'fi',
        'while read -r what n <&4; do',
        '  if [ "$what" = old ] && ! is "$n$before"; then rename "$n" "$n$before"; elif is "$n"; then drop "$n"; fi',
        'done 4< moved',
        // A role that is there is not made again. Roles stand before the first database.
        "roles=$(printf \"select 'CREATE ROLE ' || quote_ident(rolname) || ';' from pg_roles\" | sql)",
        'load() { unpacked "$1" | awk -v roles="$roles" \'BEGIN { n = split(roles, r, "\\n"); for (i = 1; i <= n; i++) known[r[i]] = 1 } /^\\\\connect / { data = 1 } data || !($0 in known)\' | sql -o /dev/null; }',
        'each load',
        'touch loaded',
      ].join('\n'),
    ),
    { timeoutMs: 24 * 3_600_000 },
  )

/** The old databases under their names again. What was loaded whole is kept under another name, half of it is dropped. */
export const unloadDump = (swap: DatabaseSwap): ShellCommand<string> =>
  changeLine(
    onStaged(
      swap.staging,
      [
        shell(swap),
        '[ -e moved ] || exit 0',
        'while read -r what n <&4; do',
        '  if [ "$what" = old ] && ! is "$n$before"; then continue; fi',
        '  if is "$n"; then if [ -e loaded ] && ! is "$n$after"; then rename "$n" "$n$after"; else drop "$n"; fi; fi',
        '  [ "$what" = new ] || rename "$n$before" "$n"',
        'done 4< moved',
        'rm -f loaded moved',
      ].join('\n'),
    ),
    { timeoutMs: 3_600_000 },
  )

/** Whose data the server has. */
export const databaseStanding = (swap: DatabaseSwap): ShellCommand<'old' | 'between' | 'new'> =>
  readLine(
    onStaged(swap.staging, 'if [ -e loaded ]; then echo new; elif [ -e moved ]; then echo between; else echo old; fi'),
    ({ stdout }) => (stdout.startsWith('new') ? 'new' : stdout.startsWith('between') ? 'between' : 'old'),
  )

/** Whether a superuser of the server answers, and its version; null where not, with what was said instead. */
export const serverVersion = (into: string): ShellCommand<{ version: string | null; said: string }> =>
  readLine(`cd / && ${psql(into)} -At -d postgres -c 'show server_version' 2>&1; true`, ({ stdout }) => {
    const version = /^\d+(\.\d+)*/.exec(stdout)?.[0] ?? null
    return { version, said: stdout.trim() }
  })
