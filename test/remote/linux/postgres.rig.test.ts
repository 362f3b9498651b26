// With Debian's own PostgreSQL on this machine, as root: the same commands as on a host.
import { execa } from 'execa'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkPostgres } from '../../../src/remote/linux/check-staged.ts'
import {
  databaseStanding,
  loadDump,
  serverVersion,
  unloadDump,
  type DatabaseSwap,
} from '../../../src/remote/linux/postgres.ts'
import { listStaged, makeStaging } from '../../../src/remote/linux/staging.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { here } from '../here.ts'

const asPostgres = async (...command: readonly string[]): Promise<string> =>
  (await execa('runuser', ['-u', 'postgres', '--', ...command], { cwd: '/' })).stdout

const sql = (database: string, text: string): Promise<string> =>
  asPostgres('psql', '-X', '-At', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', text)

const databases = async (): Promise<string[]> =>
  (await sql('postgres', "select datname from pg_database where datname not like 'template%' order by 1")).split('\n')

const odd = 'it\'s "odd" here'

beforeAll(() => execa('pg_ctlcluster', ['15', 'main', 'start'], { reject: false }))
afterAll(() => execa('pg_ctlcluster', ['15', 'main', 'stop', '-m', 'fast'], { reject: false }))

async function dropAll(): Promise<void> {
  for (const name of await databases()) if (name !== 'postgres') await asPostgres('dropdb', '--', name)
  await sql('postgres', 'drop role if exists synapse')
}

let swap: DatabaseSwap

async function staged(dump: Buffer): Promise<void> {
  await here(makeStaging(swap.staging))
  writeFileSync(join(swap.staging, '00000000.000000'), dump.subarray(0, 1000))
  writeFileSync(join(swap.staging, '00000000.000001'), dump.subarray(1000))
  await here(listStaged(swap.staging, [{ name: '00000000', path: 'postgres.sql.gz' }]))
}

const dumped = async (): Promise<Buffer> => gzipSync(await asPostgres('pg_dumpall'))

beforeEach(async () => {
  swap = { run: '20261122-000000-abcd', into: 'postgres', staging: join(await temporaryFolder(), 'staging') }
  await dropAll()
  await sql('postgres', 'create role synapse login')
  for (const name of ['synapse', odd]) await asPostgres('createdb', '-O', 'synapse', '--', name)
  await sql('synapse', "create table events (body text); insert into events values ('CREATE ROLE postgres;'), ('two')")
})

describe('what pg_dumpall wrote', () => {
  it('is loaded beside the old databases, which stay under other names until it is taken out again', async () => {
    await staged(await dumped())
    await sql('synapse', 'delete from events')
    expect(await here(databaseStanding(swap))).toBe('old')
    await here(loadDump(swap))
    expect(await here(databaseStanding(swap))).toBe('new')
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
    const failed = await execa('/bin/sh', ['-c', loadDump(swap).line], { reject: false })
    expect([failed.exitCode, failed.stderr]).toEqual([
      3,
      expect.stringContaining('relation "public.nothing" does not exist'),
    ])
    expect(await here(databaseStanding(swap))).toBe('between')
    await staged(whole)
    await here(loadDump(swap))
    expect(await sql('synapse', 'select count(*) from events')).toBe('2')
    await here(unloadDump(swap))
    await staged(broken)
    await execa('/bin/sh', ['-c', loadDump(swap).line], { reject: false })
    await here(unloadDump(swap))
    expect(await sql('synapse', 'select count(*) from events')).toBe('2')
    expect(await here(databaseStanding(swap))).toBe('old')
  })

  it('is told to be whole by its last line, and cut off by gzip or by the want of it', async () => {
    const whole = await dumped()
    await staged(whole)
    expect(await here(checkPostgres(swap.staging))).toContainEqual({
      kind: 'fact',
      text: expect.stringMatching(/^postgres.sql.gz: databases .*synapse/) as unknown,
    })
    const text = gunzipSync(whole).toString()
    for (const broken of [
      whole.subarray(0, whole.length - 30),
      gzipSync(text.slice(0, -200)),
      Buffer.from('no dump'),
    ]) {
      await staged(broken)
      expect((await here(checkPostgres(swap.staging))).map((line) => line.kind)).toContain('problem')
    }
  })

  it('needs a superuser that answers', async () => {
    expect((await here(serverVersion('postgres'))).version).toMatch(/^15\./)
    expect((await here(serverVersion('docker:none'))).version).toBeNull()
  })
})
