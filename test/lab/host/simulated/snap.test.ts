// The simulated snap(1) beside test/stand-ins/snap: what a restore was tried with must be what the lab shows.
import { execa } from 'execa'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkCurrent, snapFiles } from '../../../../src/lab/host/simulated/snap/installed.ts'
import { common, databaseFolder } from '../../../../src/lab/host/simulated/snap/parties.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { startHost, type TestHost } from './host.ts'

type Collections = Readonly<Record<string, string>>

const at = (time: string, id: string): string => `{"_id":"${id}","msg":"hello","ts":{"$date":"${time}"}}\n`

const old: Collections = {
  rocketchat_message: at('2026-03-28T11:00:00Z', 'a') + at('2026-03-28T11:30:00Z', 'b'),
  users: '{"_id":"alice"}\n',
}

const mongo = 'snap.rocketchat-server.rocketchat-mongo.service'
const server = 'snap.rocketchat-server.rocketchat-server.service'

async function fill(box: TestHost, collections: Collections): Promise<void> {
  await box.out(`mkdir -p ${databaseFolder}; rm -f ${databaseFolder}/*`)
  for (const [name, text] of Object.entries(collections)) await box.out(`cat > ${databaseFolder}/${name}.json`, text)
}

async function collectionsOn(box: TestHost): Promise<Collections> {
  const names = (await box.out(`ls ${databaseFolder}`)).trim().split('\n')
  const texts = names.map(async (name) => [name.replace('.json', ''), await box.out(`cat ${databaseFolder}/${name}`)])
  return Object.fromEntries(await Promise.all(texts))
}

/** A host with the snap, and MongoDB at work. */
async function withSnap(): Promise<TestHost> {
  const box = await startHost(false, { files: snapFiles })
  await box.out(`${linkCurrent}; systemctl enable --now ${mongo}; systemctl enable ${server}`)
  await fill(box, old)
  return box
}

interface Said {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs lines one after the other, as root would at the host. They know the snap's common folder as `$C`, another as `$T`. */
interface Snap extends AsyncDisposable {
  readonly run: (line: string) => Promise<Said>
  readonly collections: () => Promise<Collections>
}

type State = 'well' | 'unreachable' | 'serving'

async function simulated(state: State): Promise<Snap> {
  const box = await withSnap()
  if (state === 'unreachable') await box.out(`systemctl stop ${mongo}`)
  if (state === 'serving') await box.out(`systemctl start ${server}`)
  return {
    run: (line) => box.host.run(`C=${common} T=/tmp\n${line}`),
    collections: () => collectionsOn(box),
    [Symbol.asyncDispose]: () => box[Symbol.asyncDispose](),
  }
}

async function standIn(state: State): Promise<Snap> {
  const folder = await temporaryFolder()
  const parties = join(folder, 'parties')
  const shared = { C: join(folder, 'common'), T: join(folder, 'tmp') }
  for (const path of [parties, shared.C, shared.T]) mkdirSync(path)
  for (const [name, text] of Object.entries(old)) writeFileSync(join(parties, `${name}.bson`), text)
  const inHost = (text: string): string => text.replaceAll(shared.C, common).replaceAll(shared.T, '/tmp')
  const env = {
    ...shared,
    STAND_IN_SNAP: folder,
    STAND_IN_SNAP_IS: `newest ${state}`,
    PATH: `${join(import.meta.dirname, '../../../stand-ins')}${delimiter}${process.env.PATH}`,
  }
  return {
    async run(line) {
      const { exitCode, stdout, stderr } = await execa('bash', ['-c', line], {
        env,
        input: '',
        reject: false,
        stripFinalNewline: false,
      })
      return { code: exitCode, stdout: inHost(stdout), stderr: inHost(stderr) }
    },
    collections: async () =>
      Object.fromEntries(
        readdirSync(parties).map((name) => [name.replace('.bson', ''), readFileSync(join(parties, name), 'utf8')]),
      ),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** The clocks differ. */
const timeless = (text: string): string => text.replaceAll(/\d{8}\.\d{4}/g, 'STAMP')

async function toldBy(snap: Snap, lines: readonly string[]) {
  const told = []
  for (const line of lines) {
    const { code, stdout, stderr } = await snap.run(line)
    told.push({ line, code, stdout: timeless(stdout), stderr: timeless(stderr) })
  }
  return { told, collections: await snap.collections() }
}

const backup = 'snap run rocketchat-server.backupdb'
const restore = 'snap run rocketchat-server.restoredb'
const archive = 'cp $C/backup/rocketchat_backup_*.tar.gz $C/x.tar.gz'
/** MongoDB's own files are somewhere else in the stand-in. */
const listed = "ls $C | sed '/^parties$/d'"
const packed = (folder: string): string => `mkdir -p $T/${folder}; tar -C $T -czf $C/x.tar.gz dump`

describe('snap of a simulated host says and does what its stand-in does', () => {
  it.each<[string, State, readonly string[]]>([
    ['a backup, twice', 'well', [backup, backup, 'ls $C/backup', 'tar -tzf $C/backup/*.tar.gz | sort']],
    ['a restore', 'well', [backup, archive, `printf '1\\n' | ${restore} $C/x.tar.gz`, listed, 'ls $C/restore']],
    ['answers that are none', 'well', [backup, archive, `printf 'n\\n\\n9\\n1\\n' | ${restore} $C/x.tar.gz`]],
    ['a no', 'well', [backup, archive, `printf '2\\n' | ${restore} $C/x.tar.gz`, listed]],
    ['no answer, which is a yes', 'well', [backup, archive, `${restore} $C/x.tar.gz </dev/null`]],
    ['no archive', 'well', [`echo 1 | ${restore}`, `echo 1 | ${restore} $C/none.tar.gz`]],
    [
      'an archive elsewhere',
      'well',
      [backup, 'cp $C/backup/*.tar.gz $T/x.tar.gz', `echo 1 | ${restore} $T/x.tar.gz`, listed],
    ],
    ['no gzip', 'well', ['echo none > $C/x.tar.gz', `echo 1 | ${restore} $C/x.tar.gz`]],
    ['an archive of nothing', 'well', [packed('dump'), `echo 1 | ${restore} $C/x.tar.gz`]],
    ['an archive of another database', 'well', [packed('dump/other'), `echo 1 | ${restore} $C/x.tar.gz`]],
    [
      'an archive of a collection more, and two less',
      'well',
      [
        `mkdir -p $T/dump/parties; echo '{"_id":"x"}' > $T/dump/parties/more.bson; ${packed('dump')}`,
        `echo 1 | ${restore} $C/x.tar.gz`,
      ],
    ],
    ['a backup without MongoDB', 'unreachable', [backup, 'tar -tzf $C/backup/*.tar.gz', 'ls $C/backup']],
    [
      'a restore without MongoDB',
      'unreachable',
      [
        `mkdir -p $T/dump/parties; echo '{"_id":"x"}' > $T/dump/parties/users.bson; ${packed('dump')}`,
        `echo 1 | ${restore} $C/x.tar.gz`,
      ],
    ],
    ['both beside the server', 'serving', [backup, archive, `echo 1 | ${restore} $C/x.tar.gz`, listed]],
    ['what the snap does not have', 'well', ['snap run rocketchat-server.mongodump']],
  ])('%s', async (_what, state, lines) => {
    await using model = await simulated(state)
    await using real = await standIn(state)
    expect(await toldBy(model, lines)).toEqual(await toldBy(real, lines))
  })
})

describe("Rocket.Chat's snap on a simulated host", () => {
  const info = 'curl -sf http://127.0.0.1:3000/api/info'

  it('gives back every document that a backup has, whatever is in it', async () => {
    await using box = await withSnap()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ _id: fc.string(), msg: fc.string({ unit: 'grapheme' }) })),
        async (found) => {
          const users = found.map((each) => `${JSON.stringify(each)}\n`).join('')
          await fill(box, { users })
          await box.out(`${backup}; mv ${common}/backup/*.tar.gz ${common}/x.tar.gz`)
          await fill(box, { users: '{"_id":"eve"}\n' })
          await box.out(`${restore} ${common}/x.tar.gz`, '1\n')
          expect(await collectionsOn(box)).toEqual({ users })
        },
      ),
      { numRuns: 20 },
    )
  })

  it('restores nothing that is no document', async () => {
    await using box = await withSnap()
    await box.out(`mkdir -p /tmp/dump/parties; echo dumped > /tmp/dump/parties/users.bson`)
    await box.out(`tar -C /tmp -czf ${common}/x.tar.gz dump`)
    const said = await box.host.run(`${restore} ${common}/x.tar.gz`, { stdin: '1\n' })
    expect([said.code, said.stdout]).toEqual([1, expect.stringContaining('Failed to execute mongorestore')])
    expect(await collectionsOn(box)).toEqual(old)
  })

  it('serves what MongoDB has, and fails when that is down', async () => {
    await using box = await withSnap()
    await box.out('snap start rocketchat-server')
    expect(JSON.parse(await box.out(info))).toMatchObject({ messages: 2, newest: '2026-03-28T11:30:00Z' })
    await fill(box, { rocketchat_message: '' })
    expect(JSON.parse(await box.out(info))).toMatchObject({ messages: 0, newest: null })
    await box.out(`systemctl stop ${mongo}`)
    expect((await box.host.run(info)).code).toBe(22)
    await box.host.run(`systemctl restart ${server}`)
    await box.host.advance(60_000)
    expect(await box.out(`systemctl show -p ActiveState -p SubState ${server}`)).toBe(
      'ActiveState=failed\nSubState=failed\n',
    )
    expect(await box.out(`journalctl -o cat -u ${server}`)).toContain('connect ECONNREFUSED 127.0.0.1:27017')
  })

  it('starts at boot, MongoDB first', async () => {
    await using box = await withSnap()
    await box.host.reset()
    expect(JSON.parse(await box.out(info))).toMatchObject({ messages: 2 })
  })

  it('is listed, started and stopped by snap', async () => {
    await using box = await withSnap()
    expect(await box.out('snap list')).toBe(
      'Name               Version  Rev   Tracking       Publisher    Notes\nrocketchat-server  6.10.1   1632  latest/stable  rocketchat✓  -\n',
    )
    expect(await box.out('snap services')).toBe(
      [
        'Service                              Startup  Current   Notes',
        'rocketchat-server.rocketchat-mongo   enabled  active    -',
        'rocketchat-server.rocketchat-server  enabled  inactive  -',
        '',
      ].join('\n'),
    )
    expect(await box.out('snap stop rocketchat-server.rocketchat-mongo')).toBe('Stopped.\n')
    expect(await box.out('snap restart rocketchat-server')).toBe('Restarted.\n')
    expect(await box.out('snap services rocketchat-server')).not.toContain('inactive')
    expect(await box.out('snap stop rocketchat-server')).toBe('Stopped.\n')
    expect((await box.host.run(`systemctl is-active ${server} ${mongo}`)).stdout).toBe('inactive\ninactive\n')
  })

  it.each([
    ['snap stop rocketchat-server.caddy', 'error: snap "rocketchat-server" has no service "caddy"'],
    ['snap restart nextcloud', 'error: snap "nextcloud" not found'],
    ['snap list nextcloud', 'error: no matching snaps installed'],
    ['sudo -u alice snap stop rocketchat-server', 'error: access denied (try with sudo)'],
    [`sudo -u alice ${backup}`, "[-] This task must be run with 'sudo'."],
    ['snap install hello-world', 'snap install: not in this lab'],
    ['snap list --all', 'snap list --all: not in this lab'],
    ['snap run --shell rocketchat-server.backupdb', 'snap run --shell: not in this lab'],
    ['snap run rocketchat-server.rocketchat-mongo', 'snap run rocketchat-server.rocketchat-mongo: not in this lab'],
  ])('is told what is wrong: %s', async (line, why) => {
    await using box = await withSnap()
    expect(await box.host.run(line)).toEqual({ code: 1, stdout: '', stderr: `${why}\n` })
  })

  it('is not there unless it was installed', async () => {
    await using box = await startHost(false)
    expect(await box.host.run('snap list')).toMatchObject({ code: 0, stdout: '' })
    expect(await box.host.run('snap services')).toMatchObject({ code: 0, stdout: '' })
    expect(await box.host.run(backup)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot find current revision for snap rocketchat-server'),
    })
  })
})
