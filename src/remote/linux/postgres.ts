// PostgreSQL from what pg_dumpall(1) wrote, with --clean or without: the databases of the dump are renamed first, then
// psql(1) loads it and stops at the first error. What was renamed is noted in the staging folder, so that a second try knows
// what is this run's own. Meanwhile template1 is connected to: every server has it, and it is never renamed.
import { many } from '../../text/many.ts'
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { count } from '../table.ts'
import { alreadyThere, copiedData, copiedDataBegins, databasesBrought, loaded } from './postgres-dump.ts'
import { onStaged, type Source } from './staging.ts'

/** Where the server is: on the host itself, or in a container; and in whose name the old databases are kept. */
export interface DatabaseSwap extends Source {
  readonly run: string
  /** `postgres`, or `docker:CONTAINER`, or `docker:CONTAINER:USER`. */
  readonly into: string
}

/** Before the name of an object: the file beside it in which a check has noted which databases a streamed one makes. */
export const namesNoted = 'names'

/** The container that the server is in; undefined where it is on the host itself. */
export const containerOf = (into: string): string | undefined => /^docker:([^:]+)/.exec(into)?.[1]

/** psql as the server's superuser, without anybody's own settings. */
function psql(into: string): string {
  const options = '-X -q -v ON_ERROR_STOP=1'
  const container = containerOf(into)
  const [, , user = 'postgres'] = into.split(':')
  return container === undefined
    ? `runuser -u postgres -- psql ${options}`
    : sh`docker exec -i ${container} psql ${raw(options)} -U ${user}`
}

/** The services are down by now. Where one of them has taken the database with it, nothing else would say so. */
function demandServer(into: string): string {
  const container = containerOf(into)
  const why =
    container === undefined
      ? 'no server answers any more: does one of the services stop it?'
      : `no server answers in the container ${container}: where it was stopped with the services, name only the application's unit under services; docker start ${container} starts it`
  return sh`printf 'select 1' | sql >/dev/null || { echo ${why} >&2; exit 19; }`
}

/** A run's id as it may be in a database's name. */
const tag = (run: string): string => run.replaceAll('-', '_')

/** What the old databases are called afterwards: their names, and this. */
export const databasesAside = ({ run }: Pick<DatabaseSwap, 'run'>): string => `_before_${tag(run)}`

/** What those of the dump are called when the old ones have their names again: their names, and this. */
export const databasesMade = ({ run }: Pick<DatabaseSwap, 'run'>): string => `_lifeboat_${tag(run)}`

const shell = ({ into, run, stream = null }: DatabaseSwap): string =>
  [
    sh`before=${databasesAside({ run })} after=${databasesMade({ run })}`,
    // postgres may not look into the staging folder.
    `sql() { (cd / && ${psql(into)} -At -d template1 "$@"); }`,
    // A server that does not answer must not pass for one without the database.
    `is() { local n; n=$(printf "select count(*) from pg_database where datname = :'n'" | sql -v n="$1") || exit 20; [ "$n" = 1 ]; }`,
    // Whoever comes back at once, as pools do, is kept out until it has its new name.
    'admit() { printf "alter database :\\"n\\" allow_connections %s" "$2" | sql -v n="$1"; }',
    'alone() { admit "$1" false; printf "select pg_terminate_backend(pid) from pg_stat_activity where datname = :\'n\' and pid <> pg_backend_pid()" | sql -v n="$1" >/dev/null; }',
    'rename() { alone "$1"; printf "alter database :\\"n\\" rename to :\\"m\\"" | sql -v n="$1" -v m="$2" || { admit "$1" true; exit 20; }; admit "$2" true; }',
    // What the dump has made in it may hold it: a subscription, of which the other side hears nothing.
    `unsubscribe() { admit "$1" true; (cd / && ${psql(into)} -At -d "$(named "$1")" >/dev/null) <<'SQL'`,
    "select format('alter subscription %I disable', subname), format('alter subscription %I set (slot_name = none)', subname), format('drop subscription %I', subname) from pg_subscription where subdbid = (select oid from pg_database where datname = current_database()) \\gexec",
    'SQL',
    '}',
    'drop() { is "$1" || return 0; unsubscribe "$1"; printf "alter database :\\"n\\" is_template false" | sql -v n="$1"; alone "$1"; printf "drop database :\\"n\\"" | sql -v n="$1"; }',
    // A database's name may be one that psql would take for a connection string.
    String.raw`named() { printf "dbname='%s'" "$(printf %s "$1" | sed "s/[\\']/\\\\&/g")"; }`,
    // What it is called when it is aside: a name has 63 bytes.
    'short() { if [ "$(printf %s "$1" | wc -c)" -le 32 ]; then printf %s "$1"; else printf "%s_%s" "$(printf %s "$1" | tr -cd "A-Za-z0-9_" | head -c 20)" "$(printf %s "$1" | md5sum | head -c 8)"; fi; }',
    'aside() { printf "%s%s" "$(short "$1")" "$before"; }',
    // Where it is streamed, the check has noted them: a pass takes as long as the dump is large.
    stream === null
      ? `creates() { unpacked "$1" | LC_ALL=C awk '${copiedData()}\n${databasesBrought}\n${copiedDataBegins}' | sed -n "s/^C //p"; }`
      : `creates() { cat "${namesNoted}.$1"; }`,
    // As pg_dumpall quotes identifiers.
    'names() { creates "$1" | sed -n \'s/^CREATE DATABASE "\\(.*\\)" WITH .*/\\1/;t p;s/^CREATE DATABASE \\([^ ;]*\\).*/\\1/;t p;d;:p;s/""/"/g;p\'; }',
  ].join('\n')

/** Renames the databases that the dump brings, and loads it. What an earlier try has half loaded goes first. */
export const loadDump = (swap: DatabaseSwap): ShellCommand<string> =>
  changeLine(
    onStaged(
      swap,
      [
        shell(swap),
        demandServer(swap.into),
        'if [ ! -e moved ]; then',
        '  plan() { names "$1" | while IFS= read -r n; do if is "$n"; then printf "old %s\\n" "$n"; else printf "new %s\\n" "$n"; fi; done; }',
        '  each plan > moved.draft; mv moved.draft moved',
        'fi',
        'while IFS= read -r line <&4; do',
        '  what=${line%% *} n=${line#* } b=$(aside "${line#* }")',
        '  if [ "$what" = old ] && ! is "$b"; then rename "$n" "$b"; continue; fi',
        // Killed just behind a rename, an earlier try has left it closed.
        '  if [ "$what" = old ]; then admit "$b" true; fi',
        '  drop "$n"',
        'done 4< moved',
        sh`printf %s ${alreadyThere} | sql > known`,
        'makes=$(grep -x -m 1 "[a-z]* postgres" moved || true)',
        `load() { { cat known; echo; unpacked "$1"; } | LC_ALL=C awk -v makes="$makes" '${loaded}' | sql -o /dev/null; }`,
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
      swap,
      [
        shell(swap),
        '[ -e moved ] || exit 0',
        // A server that has just lost a process is back when it has read its log.
        'for try in $(seq 60); do if printf "select 1" | sql >/dev/null 2>&1; then break; fi; sleep 2; done',
        'while IFS= read -r line <&4; do',
        '  what=${line%% *} n=${line#* } b=$(aside "${line#* }") a=$(short "${line#* }")$after',
        '  if [ "$what" = old ] && ! is "$b"; then if is "$n"; then admit "$n" true; fi; continue; fi',
        '  if is "$n"; then if [ -e loaded ] && ! is "$a"; then rename "$n" "$a"; else drop "$n"; fi; fi',
        '  [ "$what" = new ] || rename "$b" "$n"',
        'done 4< moved',
        'rm -f loaded moved',
      ].join('\n'),
    ),
    { timeoutMs: 3_600_000 },
  )

/** Those of users, as a condition on pg_class. */
const tables = "relkind = 'r' and relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'"

/** How many of a database's tables are counted, the largest first. */
const tablesCounted = 10

/**
 * The rows of what was loaded, a line for each database: of its largest tables, as many as can be counted in half a
 * minute in all. It only tells: a count that fails is left out.
 */
export const countLoaded = (swap: DatabaseSwap): ShellCommand<string[]> =>
  readLine(
    onStaged(
      swap,
      [
        shell(swap),
        'SECONDS=0',
        `count() { (cd / && timeout 20 ${psql(swap.into)} -At -F $'\\t' -v ON_ERROR_STOP=0 -v n="$1" -d "$(named "$1")" 2>/dev/null) || true; }`,
        'while IFS= read -r line <&4; do',
        '  [ "$SECONDS" -lt 30 ] || break',
        '  n=${line#* }',
        `  count "$n" <<'SQL'`,
        "set statement_timeout = '5s';",
        `select 'tables', :'n', count(*) from pg_class where ${tables};`,
        `select format('select %L, %L, count(*) from %I.%I', 'rows', case nspname when 'public' then '' else nspname || '.' end || relname, nspname, relname) from pg_class join pg_namespace s on s.oid = relnamespace where ${tables} order by pg_relation_size(pg_class.oid) desc, 1 limit ${tablesCounted} \\gexec`,
        'SQL',
        'done 4< moved',
      ].join('\n'),
    ),
    ({ stdout }) => countedIn(stdout),
  )

/** A line for each database, of lines `tables`, name, how many, and `rows`, table, how many. */
function countedIn(stdout: string): string[] {
  // A line that has not come whole tells nothing.
  const rows = [...stdout.matchAll(/^(tables|rows)\t([^\t\n]*)\t(\d{1,15})$/gm)].map((row) => row.slice(1))
  const starts = rows.flatMap(([kind], at) => (kind === 'tables' ? [at] : []))
  return starts.map((start, at) => {
    const [, database = '', all = ''] = rows[start] ?? []
    const its = rows.slice(start + 1, starts[at + 1]).filter(([kind]) => kind === 'rows')
    const counts = its.map(([, table, number]) => `${table} ${number}`).join(', ')
    return `${database}: ${many(count(all), 'table')}${counts === '' ? '' : `; rows: ${counts}`}`
  })
}

/** Drops the databases of a server whose names end with this, which are a run's: a line for its host. */
export const dropDatabases = (swap: DatabaseSwap, ours: string): string => {
  const sql = `select format('alter database %I is_template false', datname), format('drop database %I', datname) from pg_database where right(datname, ${ours.length}) = '${ours}' \\gexec`
  return sh`cd / && printf '%s\\n' ${sql} | ${raw(psql(swap.into))} -d template1`
}

/** Whether any of its databases was there before, and is aside now. */
export const areDatabasesAside = (swap: DatabaseSwap): ShellCommand<boolean> =>
  readLine(onStaged(swap, 'if grep -q "^old " moved; then echo there; fi'), ({ stdout }) => stdout.startsWith('there'))

/** Whose data the server has. */
export const databaseStanding = (swap: DatabaseSwap): ShellCommand<'old' | 'between' | 'new'> =>
  readLine(
    onStaged(swap, 'if [ -e loaded ]; then echo new; elif [ -e moved ]; then echo between; else echo old; fi'),
    ({ stdout }) => (stdout.startsWith('new') ? 'new' : stdout.startsWith('between') ? 'between' : 'old'),
  )

/** Whether a superuser of the server answers, and its version; null where not, with what was said instead. */
export const serverVersion = (into: string): ShellCommand<{ version: string | null; said: string }> =>
  readLine(`cd / && ${psql(into)} -At -d template1 -c 'show server_version' 2>&1; true`, ({ stdout }) => {
    const version = /^\d+(\.\d+)*/.exec(stdout)?.[0] ?? null
    return { version, said: stdout.trim() }
  })
