// With Debian's own PostgreSQL on this machine, as root: the same commands as on a host. There is no docker here: what
// test/stand-ins/docker stands in for it, checks its arguments and hands them to a second server, which nothing but its
// socket leads to.
import { execa } from 'execa'
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkPostgres } from '../../../src/remote/linux/check-staged.ts'
import {
  areDatabasesAside,
  countLoaded,
  databasesAside,
  databaseStanding,
  dropDatabases,
  loadDump,
  serverVersion,
  unloadDump,
  type DatabaseSwap,
} from '../../../src/remote/linux/postgres.ts'
import type { S3Get } from '../../../src/remote/command.ts'
import { listStaged, makeStaging } from '../../../src/remote/linux/staging.ts'
import { closeStream, feedStream, openStream, rangeFile, streamFolder } from '../../../src/remote/linux/stream.ts'
import { forumDump, serverUnit } from '../../../src/lab/scenarios/forum.ts'
import { raw, sh } from '../../../src/text/quote.ts'
import { startHost, type TestHost } from '../../lab/host/simulated/host.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { placeAt } from '../aws/s3-contract/endpoints.ts'
import { here } from '../here.ts'
import { asPostgres, startDockerServer, type DockerServer } from './docker-server.ts'

let docker: DockerServer

beforeAll(async () => {
  await execa('pg_ctlcluster', ['15', 'main', 'start'], { reject: false })
  docker = await startDockerServer()
  for (const [name, value] of Object.entries(docker.env)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await docker[Symbol.asyncDispose]()
  await execa('pg_ctlcluster', ['15', 'main', 'stop', '-m', 'fast'], { reject: false })
})

const odd = 'it\'s "odd" here'

let swap: DatabaseSwap

/** A program of PostgreSQL's, over the server that is worked on, and not by the way that is tried. */
const program = (name: string, ...args: readonly string[]): Promise<string> =>
  swap.into === 'postgres' ? asPostgres(name, ...args) : docker.program(name, ...args)

const sql = (database: string, text: string): Promise<string> =>
  program('psql', '-X', '-At', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', text)

const databases = async (): Promise<string[]> =>
  (await sql('template1', "select datname from pg_database where datname not like 'template%' order by 1")).split('\n')

async function dropAll(): Promise<void> {
  for (const name of await databases()) await program('dropdb', '--maintenance-db=template1', '--', name)
  await program('createdb', '--maintenance-db=template1', '-T', 'template0', 'postgres')
  await sql('postgres', 'drop role if exists synapse')
}

async function staged(dump: Buffer): Promise<void> {
  await here(makeStaging(swap.staging))
  writeFileSync(join(swap.staging, '00000000.000000'), dump.subarray(0, 1000))
  writeFileSync(join(swap.staging, '00000000.000001'), dump.subarray(1000))
  await here(listStaged(swap.staging, [{ name: '00000000', path: 'postgres.sql.gz' }]))
}

const dumped = async (...options: readonly string[]): Promise<Buffer> =>
  gzipSync(await program('pg_dumpall', ...options))

/** Pauses are as many as in earnest, and none of them lasts. */
async function withoutPauses(): Promise<Record<string, string>> {
  const bin = await temporaryFolder()
  writeFileSync(join(bin, 'sleep'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}` }
}

const loading = () => execa('/bin/sh', ['-c', loadDump(swap).line], { reject: false })

async function prepare(into: string): Promise<void> {
  swap = { run: '20261122-000000-abcd', into, staging: join(await temporaryFolder(), 'staging') }
  await dropAll()
  await sql('postgres', 'create role synapse login')
  for (const name of ['synapse', odd]) await program('createdb', '-O', 'synapse', '--', name)
  await sql('synapse', "create table events (body text); insert into events values ('CREATE ROLE postgres;'), ('two')")
}

describe.each(['on the host', 'in docker'])('what pg_dumpall wrote, of a server %s,', (where) => {
  const into = (): string => (where === 'in docker' ? docker.into : 'postgres')
  beforeEach(() => prepare(into()))

  it('is loaded beside the old databases, which stay under other names until it is taken out again', async () => {
    await staged(await dumped())
    await sql('synapse', 'delete from events')
    expect(await here(databaseStanding(swap))).toBe('old')
    await here(loadDump(swap))
    expect(await here(databaseStanding(swap))).toBe('new')
    expect(await here(areDatabasesAside(swap))).toBe(true)
    expect(await sql('synapse', 'select body from events order by 1')).toBe('CREATE ROLE postgres;\ntwo')
    const aside = [odd, 'synapse'].map((name) => `${name}_before_20261122_000000_abcd`)
    expect(new Set(await databases())).toEqual(new Set([odd, 'synapse', 'postgres', ...aside]))
    await here(unloadDump(swap))
    expect(await here(databaseStanding(swap))).toBe('old')
    expect(await sql('synapse', 'select count(*) from events')).toBe('0')
    expect(await sql('synapse_lifeboat_20261122_000000_abcd', 'select count(*) from events')).toBe('2')
  })

  it('that breaks off in the middle is loaded anew, or the old databases get their names back', async () => {
    const whole = await dumped()
    const broken = gzipSync(gunzipSync(whole).toString().replace('COPY public.events', 'COPY public.nothing'))
    await staged(broken)
    const failed = await loading()
    expect([failed.exitCode, failed.stderr]).toEqual([
      3,
      expect.stringContaining('relation "public.nothing" does not exist'),
    ])
    expect(await here(databaseStanding(swap))).toBe('between')
    // As a kill leaves it between its new name and the end of its renaming.
    await sql('template1', 'alter database synapse_before_20261122_000000_abcd allow_connections false')
    await staged(whole)
    await here(loadDump(swap))
    expect(await sql('synapse_before_20261122_000000_abcd', 'select count(*) from events')).toBe('2')
    expect(await sql('synapse', 'select count(*) from events')).toBe('2')
    await here(unloadDump(swap))
    await staged(broken)
    await loading()
    await here(unloadDump(swap))
    expect(await sql('synapse', 'select count(*) from events')).toBe('2')
    expect(await here(databaseStanding(swap))).toBe('old')
  })

  it.each([[[]], [['--clean']], [['--clean', '--if-exists', '--inserts']]])(
    'is loaded with what is in the database postgres, and drops nothing (%j)',
    async (options) => {
      await sql('postgres', "create table notes (said text); insert into notes values ('DROP DATABASE synapse;')")
      await staged(await dumped(...options))
      expect((await here(checkPostgres(swap))).filter(({ kind }) => kind === 'problem')).toEqual([])
      await sql('postgres', "update notes set said = 'since'")
      await sql('synapse', 'delete from events')
      await here(loadDump(swap))
      expect(await sql('postgres', 'select said from notes')).toBe('DROP DATABASE synapse;')
      expect(await sql('synapse', 'select count(*) from events')).toBe('2')
      expect(await sql('postgres_before_20261122_000000_abcd', 'select said from notes')).toBe('since')
      expect(await sql('synapse_before_20261122_000000_abcd', 'select count(*) from events')).toBe('0')
      await here(unloadDump(swap))
      expect(await sql('postgres', 'select said from notes')).toBe('since')
      expect(await here(databaseStanding(swap))).toBe('old')
    },
  )

  it('leaves the database postgres alone where nothing of it is in the dump', async () => {
    await staged(await dumped())
    await sql('postgres', "create table notes (said text); insert into notes values ('since')")
    await here(loadDump(swap))
    expect(await sql('postgres', 'select said from notes')).toBe('since')
    expect(await databases()).not.toContain('postgres_before_20261122_000000_abcd')
  })

  it('of one database alone is refused where it does not say of which, and loaded where it does', async () => {
    await staged(gzipSync(await program('pg_dump', 'synapse')))
    expect(await here(checkPostgres(swap))).toContainEqual({
      kind: 'problem',
      text: 'postgres.sql.gz is of one database, and does not say of which (pg_dump without --create)',
    })
    await staged(gzipSync(await program('pg_dumpall', '--globals-only')))
    expect(await here(checkPostgres(swap))).toContainEqual({ kind: 'problem', text: 'no database is in it' })
    await staged(gzipSync(await program('pg_dump', '--create', 'synapse')))
    await sql('synapse', 'delete from events')
    expect((await here(checkPostgres(swap))).filter(({ kind }) => kind === 'problem')).toEqual([])
    await here(loadDump(swap))
    expect(await sql('synapse', 'select count(*) from events')).toBe('2')
  })

  it('is told to be whole by its last line, and cut off by gzip or by the want of it', async () => {
    const whole = await dumped()
    await staged(whole)
    expect(await here(checkPostgres(swap))).toContainEqual({
      kind: 'fact',
      text: expect.stringMatching(/^postgres.sql.gz: databases .*synapse.*; tables: 1, rows: 2$/) as unknown,
    })
    const text = gunzipSync(whole).toString()
    for (const broken of [
      whole.subarray(0, whole.length - 30),
      gzipSync(text.slice(0, -200)),
      Buffer.from('no dump'),
    ]) {
      await staged(broken)
      expect((await here(checkPostgres(swap))).map((line) => line.kind)).toContain('problem')
    }
  })

  it('is loaded as it comes from S3; where that breaks off for good the old data is back, and a second try has all of it', async () => {
    await using s3 = await placeAt({ name: "the lab's S3", isRgw: false })
    await sql('synapse', 'insert into events select repeat(md5(n::text), 100) from generate_series(1, 6000) n')
    const dump = Buffer.from(await program('pg_dumpall'))
    await s3.put('all.sql', dump)
    await here(makeStaging(swap.staging))
    await here(listStaged(swap.staging, [{ name: '00000000', path: 'all.sql' }]))
    const stream = streamFolder(swap.run)
    const get = s3.get('all.sql', { from: 0, to: dump.length - 1, output: rangeFile(swap.run, '00000000') })
    const feeding = async (change: Partial<S3Get> = {}): Promise<void> => {
      await here(openStream(swap.run))
      await s3.remote.run(feedStream(swap.run, [{ ...get, ...change }], 's3://contract/all.sql'))
    }
    try {
      const streamed = { ...swap, stream }
      await feeding()
      expect((await here(checkPostgres(streamed))).map((line) => line.kind)).not.toContain('problem')
      // Its second range is of what is not there: S3 says so at once, and in the middle of a table.
      await feeding({ to: dump.length + 40_000_000 })
      const broken = await execa('/bin/sh', ['-c', loadDump(streamed).line], {
        reject: false,
        env: await withoutPauses(),
      })
      expect(broken.exitCode).not.toBe(0)
      expect(broken.stderr).toContain('S3 gave no bytes')
      expect(await here(databaseStanding(streamed))).toBe('between')
      await here(unloadDump(streamed))
      expect([await here(databaseStanding(streamed)), await sql('synapse', 'select count(*) from events')]).toEqual([
        'old',
        '6002',
      ])
      await feeding()
      await here(loadDump(streamed))
      expect([await here(databaseStanding(streamed)), await sql('synapse', 'select count(*) from events')]).toEqual([
        'new',
        '6002',
      ])
      expect(await sql(`synapse${databasesAside(swap)}`, 'select count(*) from events')).toBe('6002')
    } finally {
      await here(closeStream(swap.run))
    }
  })

  it('is counted when it is loaded, and what can not be counted in time is left out', async () => {
    await sql(odd, 'create schema s; create table s."t 1" (n int); insert into s."t 1" select generate_series(1, 7)')
    await staged(await dumped())
    await here(loadDump(swap))
    expect(await here(countLoaded(swap))).toEqual([
      `${odd}: 1 table; rows: s.t 1 7`,
      'synapse: 1 table; rows: events 2',
    ])
    await sql('synapse', 'create table locked as select 1; create table small as select 1')
    const lock = program('psql', '-d', 'synapse', '-c', 'begin; lock table locked; select pg_sleep(300)').then(
      () => 'ended',
      String,
    )
    await vi.waitUntil(
      async () => (await sql('synapse', "select count(*) from pg_locks where mode = 'AccessExclusiveLock'")) !== '0',
      { timeout: 60_000 },
    )
    expect(await here(countLoaded(swap))).toContain('synapse: 3 tables')
    await sql('postgres', "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(300)'")
    expect(await lock).toContain('terminating connection')
  })

  it('leaves alone what it does not bring, also where its data is like a statement', async () => {
    await sql('synapse', "insert into events values ('CREATE DATABASE other WITH x;')")
    await staged(await dumped())
    await program('createdb', 'other')
    await sql('other', 'create table mine (n int)')
    await here(loadDump(swap))
    expect(await sql('other', 'select count(*) from mine')).toBe('0')
    expect(await databases()).not.toContain('other_before_20261122_000000_abcd')
  })

  it('has set the old databases aside, which a line for the host drops, and no others', async () => {
    await staged(await dumped())
    await here(loadDump(swap))
    await program('createdb', 'x_beforeX20261122_000000_abcd')
    const { stdout } = await execa('/bin/sh', ['-c', dropDatabases(swap, databasesAside(swap))])
    expect(stdout).toBe('')
    expect(new Set(await databases())).toEqual(new Set([odd, 'synapse', 'postgres', 'x_beforeX20261122_000000_abcd']))
  })

  it('needs a superuser that answers', async () => {
    expect(await here(serverVersion(into()))).toMatchObject({ version: expect.stringMatching(/^15\./) as unknown })
  })
})

describe('what pg_dumpall wrote', () => {
  beforeEach(() => prepare('postgres'))

  it('keeps who comes back at once out until it is done, also while it is taken out again', async () => {
    await staged(await dumped())
    const stop = new AbortController()
    const comesBack = async (): Promise<void> => {
      while (!stop.signal.aborted) await sql('synapse', 'select pg_sleep(30)').catch(() => undefined)
    }
    const clients = [comesBack(), comesBack(), comesBack()]
    try {
      await here(loadDump(swap))
      expect(await sql('synapse', 'select count(*) from events')).toBe('2')
      await here(unloadDump(swap))
    } finally {
      stop.abort()
    }
    await sql('template1', "select pg_terminate_backend(pid) from pg_stat_activity where datname like 'synapse%'")
    await Promise.all(clients)
    expect(await sql('synapse', 'select count(*) from events')).toBe('2')
    expect(await sql('template1', 'select count(*) from pg_database where not datallowconn')).toBe('1')
  })

  it('takes a server that does not answer for a moment for no server without the old databases', async () => {
    await staged(await dumped())
    await sql('synapse', "insert into events values ('since')")
    // The first look at which databases there are fails, as while a server reads its log after a crash.
    const bin = await temporaryFolder()
    writeFileSync(
      join(bin, 'runuser'),
      `#!/bin/sh\nn=$(($(cat ${bin}/n 2>/dev/null || echo 0) + 1)); echo $n > ${bin}/n\n[ $n != 3 ] || exit 2\nPATH=\${PATH#*:} exec runuser "$@"\n`,
      { mode: 0o755 },
    )
    const { exitCode } = await execa('/bin/sh', ['-c', loadDump(swap).line], {
      reject: false,
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    })
    expect(exitCode).toBe(20)
    await here(unloadDump(swap))
    expect(await sql('synapse', 'select count(*) from events')).toBe('3')
    expect(await here(databaseStanding(swap))).toBe('old')
  })

  it('is gone back on also where what was half loaded is a template, or has a subscription', async () => {
    await sql('synapse', "create subscription s connection 'dbname=nowhere' publication p with (connect = false)")
    await sql('template1', 'alter database synapse is_template true')
    // The last of them, so that the others are there when it breaks off.
    await sql(odd, 'create table events (body text)')
    const text = gunzipSync(await dumped()).toString()
    await staged(gzipSync(text.replace(/COPY public\.events(?![^]*COPY public\.events)/, 'COPY public.nothing')))
    const subscribed =
      "select count(*) from pg_subscription where subdbid = (select oid from pg_database where datname = 'synapse')"
    expect((await loading()).exitCode).toBe(3)
    await here(unloadDump(swap))
    expect(await here(databaseStanding(swap))).toBe('old')
    expect(await sql('synapse', 'select count(*) from events')).toBe('2')
    expect(await sql('template1', subscribed)).toBe('1')
    await sql('synapse', 'alter subscription s set (slot_name = none); drop subscription s')
    await sql('template1', 'alter database synapse is_template false')
  })

  it.each([['--inserts'], ['--quote-all-identifiers'], ['--exclude-database=wiki']])(
    'has no more databases than it brings, whatever the lines of functions and rows are (%s)',
    async (option) => {
      await program('createdb', 'wiki')
      const lines = [
        'CREATE DATABASE wiki WITH OWNER x;',
        '-- PostgreSQL database dump complete',
        'DROP DATABASE wiki;',
      ]
      const body = lines.join('\n')
      await sql(
        'synapse',
        `create function f() returns text language sql as $f$\nselect 'x';\n/*\n${body}\n*/ select 'y' $f$`,
      )
      await sql('synapse', `insert into events values ('\n${body}\n')`)
      const only = await dumped(option, ...(option.includes('wiki') ? [] : ['--exclude-database=wiki']))
      await staged(only)
      await sql('synapse', 'delete from events')
      await here(loadDump(swap))
      expect(await sql('synapse', `select count(*) from events where body = '\n${body}\n'`)).toBe('1')
      expect((await databases()).filter((each) => each.startsWith('wiki'))).toEqual(['wiki'])
    },
  )

  it('can be of a server with what earlier runs have set aside, and with long names', async () => {
    const names = ['synapse_before_20261121_000000_abcd', `${'long '.repeat(12)}!`, ' synapse']
    for (const name of names) await program('createdb', '--', name)
    await staged(await dumped())
    await here(loadDump(swap))
    expect(await databases()).toEqual(expect.arrayContaining(names))
    expect((await databases()).filter((each) => each.endsWith(databasesAside(swap)))).toHaveLength(5)
    await here(unloadDump(swap))
    expect(await here(databaseStanding(swap))).toBe('old')
    expect(await databases()).toEqual(expect.arrayContaining([...names, 'synapse', odd]))
  })

  it('leaves template1 as it is, whatever of it is in the dump', async () => {
    await sql('template1', 'create table mine (n int); insert into mine values (1)')
    try {
      await staged(await dumped())
      expect(await here(checkPostgres(swap))).toContainEqual({
        kind: 'fact',
        text: 'postgres.sql.gz: what template1 has of its own is left out',
      })
      await here(loadDump(swap))
      expect(await sql('template1', 'select n from mine')).toBe('1')
    } finally {
      await sql('template1', 'drop table mine')
    }
  })

  it('may be of a newer server, with a setting that this one does not know', async () => {
    const text = gunzipSync(await dumped()).toString()
    await staged(
      gzipSync(text.replaceAll('SET lock_timeout = 0;\n', 'SET lock_timeout = 0;\nSET transaction_timeout = 0;\n')),
    )
    await here(loadDump(swap))
    expect(await sql('synapse', 'select count(*) from events')).toBe('2')
  })

  it('is loaded where there are thousands of roles, and one with a backslash', async () => {
    await sql(
      'template1',
      `create role "CORP\\bob"; do $$ begin for n in 1..3000 loop execute format('create role %I', 'somebody with a long name ' || n); end loop; end $$`,
    )
    try {
      await staged(await dumped())
      await here(loadDump(swap))
      expect(await sql('synapse', 'select count(*) from events')).toBe('2')
    } finally {
      await sql(
        'template1',
        `drop role "CORP\\bob"; do $$ begin for n in 1..3000 loop execute format('drop role %I', 'somebody with a long name ' || n); end loop; end $$`,
      )
    }
  })

  it('of data only is refused', async () => {
    await staged(await dumped('--data-only'))
    expect(await here(checkPostgres(swap))).toContainEqual({
      kind: 'problem',
      text: 'postgres.sql.gz has rows and no table: it is of the data only',
    })
  })
})

it('what pg_dumpall wrote of a server with tablespaces is loaded where they are', async () => {
  await prepare('postgres')
  const folder = await temporaryFolder()
  await execa('chown', ['postgres', folder])
  await execa('chmod', ['755', dirname(folder)])
  await sql('postgres', `create tablespace "on disk two" location '${folder}'`)
  try {
    await sql('synapse', 'create table far (n int) tablespace "on disk two"; insert into far values (7)')
    for (const options of [[], ['--clean']]) {
      await staged(await dumped(...options))
      await here(loadDump(swap))
      expect(await sql('synapse', 'select n from far')).toBe('7')
      await here(unloadDump(swap))
    }
  } finally {
    await dropAll()
    await sql('postgres', 'drop tablespace "on disk two"')
  }
})

describe('a server in a container', () => {
  beforeEach(() => prepare(docker.into))

  it('that is not there, does not run, or knows no such superuser is told from one that answers', async () => {
    expect(await here(serverVersion('docker:none'))).toEqual({
      version: null,
      said: 'Error response from daemon: No such container: none',
    })
    expect((await here(serverVersion('docker:synapse-db'))).said).toMatch(/role "postgres" does not exist/)
    docker.setStopped(true)
    expect((await here(serverVersion(docker.into))).said).toMatch(/is not running$/)
    docker.setStopped(false)
  })

  it('that was stopped with the services is not loaded into: what starts it is told, and nothing is to be taken back', async () => {
    await staged(await dumped())
    docker.setStopped(true)
    const failed = await loading()
    expect([failed.exitCode, failed.stderr]).toEqual([19, expect.stringContaining('docker start synapse-db starts it')])
    expect(await here(databaseStanding(swap))).toBe('old')
    await here(unloadDump(swap))
    expect(existsSync(join(swap.staging, 'moved'))).toBe(false)
    docker.setStopped(false)
    expect(await sql('synapse', 'select count(*) from events')).toBe('2')
  })
})

describe('psql of the lab’s host', () => {
  let lab: TestHost

  beforeAll(async () => {
    lab = await startHost(true)
    await lab.out('useradd -r -d /var/lib/postgresql postgres; useradd -r forum')
    for (const [path, text] of Object.entries(serverUnit)) await lab.out(sh`cat > ${path}`, text)
    await lab.out('systemctl daemon-reload; systemctl start postgresql@18-main.service')
  }, 60_000)
  afterAll(() => lab[Symbol.asyncDispose]())

  const odder = `${odd} "`
  const says = sh`runuser -u postgres -- psql`
  const script = (options: string, text: string): [string, string] => [
    `cd / && ${says} -X -d postgres ${options}`,
    text,
  ]

  it.each<readonly [string, readonly [string, string]]>([
    ['rows in columns', script('', "select 1 as one, 'two' as longer, null as none; select 1 as nobody where false;")],
    ['rows with separators', script('-A', "select 1 as a, 'x|y' as b union all select 2, '' order by 1;")],
    ['rows alone', script("-At -F ' '", 'select 1, true, null, 1.50, array[1,2]; select 3')],
    ['what was done', script('', 'create table t (a int); insert into t values (1), (2); drop table t;')],
    ['nothing when quiet', script('-q', 'create table t (a int); insert into t values (1); drop table t;')],
    ['variables', script(sh`-At -v n=${odder} -v bare=7`, `select :'n', :bare, 'a:bare', ':n', 1::text as :"n";`)],
    ['a variable that is not set', script('-At', 'select :x;')],
    ['an error that it goes on after', script('-At', 'select 1;\nselect nope;\n\nselect 2;')],
    ['an error that it stops at', script('-At -v ON_ERROR_STOP=1', 'select 1;\n\nselect nope;\nselect 2;')],
    ['an error of a single command', [`cd / && ${says} -X -c 'select 1' -c 'select nope' -c 'select 2'`, '']],
    [
      'an error of a single command that it stops at',
      [`cd / && ${says} -X -v ON_ERROR_STOP=1 -c 'select nope' -c 'select 2'`, ''],
    ],
    [
      'what another one has set',
      [
        `cd / && ${says} -X -q -c 'set statement_timeout = 7000' -c 'begin'; ${says} -X -At -c 'show statement_timeout'`,
        '',
      ],
    ],
    ['a database that is not there', [`cd / && ${says} -X -d nope -c 'select 1'`, '']],
    ['somebody who has no role', ["cd / && runuser -u nobody -- psql -X -d postgres -c 'select 1'", '']],
    [
      'texts and comments with semicolons',
      script('-At', "select 'a;b', $$c;d$$, $x$e;'$x$, E'f\\';g' -- h;\n/* i; */ ;"),
    ],
    [
      'what COPY reads',
      script(
        '-At',
        'create table t (a text, b int);\ncopy t from stdin;\nü;x\t1\n\\N\t2\n\\.\nselect * from t;drop table t;',
      ),
    ],
    ['what it makes of rows', script('-At', "select format('select %L', n) from generate_series(1, 2) n \\gexec\n")],
    [
      'another database',
      script(
        '-At',
        'create database other;\n\\connect other\nselect current_database();\n\\connect postgres\ndrop database other;\n',
      ),
    ],
    [
      'a database under another name',
      script(
        '-At',
        'create database "o ""x";\nalter database "o ""x" rename to o2;\ndrop database o2;\ndrop database if exists o2;',
      ),
    ],
  ])('says of %s what Debian’s says', async (_name, [line, stdin]) => {
    const there = await lab.host.run(line, { stdin })
    const { exitCode, stdout, stderr } = await execa('/bin/bash', ['-c', line], {
      input: stdin,
      reject: false,
      stripFinalNewline: false,
      env: { LC_ALL: 'C.UTF-8' },
    })
    expect(there).toEqual({ code: exitCode, stdout, stderr })
  })

  it('loads what Debian’s pg_dumpall wrote, and Debian’s loads what the forum’s nights are', async () => {
    await prepare('postgres')
    await sql(odd, 'create table "T x" (a text); insert into "T x" values (\'ü ☕\'), (E\'a\\tb\\\\.\')')
    const dump = gunzipSync(await dumped()).toString()
    const load = `cd / && awk '!/^CREATE ROLE postgres;/' | ${says} -X -q -v ON_ERROR_STOP=1 -o /dev/null`
    await lab.out(load, dump)
    const rows = sh`cd / && ${raw(says)} -X -At -d ${odd} -c ${'select * from "T x" order by 1'}`
    expect(await lab.out(rows)).toBe(`${await sql(odd, 'select * from "T x" order by 1')}\n`)
    const world = { incidentAt: '2026-11-21T12:00:00Z' }
    const forum = forumDump(world, 1)
    await execa('/bin/sh', ['-c', load], { input: forum })
    await lab.out(load, forum)
    const counted = 'select count(*), min(at), max(at), max(body) from posts'
    expect(await lab.out(sh`cd / && ${raw(says)} -X -At -d forum -c ${counted}`)).toBe(
      `${await sql('forum', counted)}\n`,
    )
    await dropAll()
    await sql('postgres', 'drop role forum')
  })
})
