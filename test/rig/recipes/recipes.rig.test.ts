// Each kind of dump on the real host: by the wizard, without questions, on its bad days, and with everything going wrong
// once. In the end the service serves the old data or the dumped, and never anything between.
import { GetObjectCommand, ListObjectsV2Command, PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Pty } from '../../screens/pty.ts'
import { bucket, dumpScene, fromDump, hostAddress, put, type DumpScene } from '../dump-scene.ts'
import { errorOf } from '../faults-page.ts'
import type { Event, Ran, RunOptions } from '../program.ts'
import { relayed } from '../relayed.ts'
import { Rig } from '../rig.ts'
import { served, serving, withDumped, type Dumped } from './dumped.ts'
import { kinds } from './kinds.ts'

let rig: Rig
beforeAll(async () => (rig = await Rig.start()))
afterAll(() => rig[Symbol.asyncDispose]())

/** What went wrong, to be read where nothing should have. */
const trouble = (ran: Ran): string | null =>
  ran.exitCode === 0 ? null : `${ran.exitCode} ${JSON.stringify(errorOf(ran))} ${ran.stderr}`

const inStep =
  (step: string) =>
  (event: Event): boolean =>
    event.type === 'command' && event['step'] === step && event['reads'] === false

const begins =
  (step: string) =>
  (event: Event): boolean =>
    event.type === 'step-started' && event['step'] === step

/** Nothing but a few KiB are free on the root disk. */
const fillRoot = 'fallocate -l $(($(df -B1 --output=avail / | tail -n 1) - 8192)) /root/ballast'
const emptyRoot = 'rm -f /root/ballast'

/** A staging folder without room for anything, or only for what is noted of a stream. */
const smallStaging = (kib = 32): string => `mkdir -p /root/small && mount -t tmpfs -o size=${kib}k none /root/small`
const largeStaging = 'umount -l /root/small; rmdir /root/small'

/** Nothing of a run may stay but what it names. */
const staging = (scene: DumpScene): Promise<string> => scene.ssh('ls /var/lib/lifeboat 2>/dev/null || true')

/** The flags that only this kind has. */
const flagsOf = async (scene: DumpScene, { passphrase }: Dumped): Promise<string[]> =>
  passphrase === undefined ? [] : ['--secret', `passphrase=@${await scene.secretFile(passphrase)}`]

const restoring = async (
  scene: DumpScene,
  kind: Dumped,
  flags: readonly string[] = [],
  options?: RunOptions,
): Promise<Ran> => {
  const below = kind.entry.from.replace(`s3://${bucket}/`, '')
  return fromDump(scene, below, [...(await flagsOf(scene, kind)), ...flags], options)
}

/** The object that is damaged on a bad day. */
async function damagedObject(scene: DumpScene, { damaged, title }: Dumped): Promise<{ key: string; body: Buffer }> {
  const { Contents = [] } = await scene.s3.send(new ListObjectsV2Command({ Bucket: bucket }))
  const key = Contents.map((each) => each.Key ?? '').find((each) => each.endsWith(damaged))
  if (key === undefined) throw new Error(`no object of ${title} ends with ${damaged}`)
  const { Body } = await scene.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  return { key, body: Buffer.from((await Body?.transformToByteArray()) ?? []) }
}

/** Under emulation a step takes its time. */
const patienceMs = 300_000

/** Takes what the wizard suggests, and does what it shows. @returns the last screen */
async function byWizard(scene: DumpScene, kind: Dumped): Promise<string> {
  const args = ['--host', 'irc-1', '--source', 'dump', '--config', scene.config, '--state-dir', scene.stateDir]
  await using terminal = new Pty(args, { columns: 80, rows: 24 })
  for (;;) {
    await terminal.shows(/⏎ choose|y do it|y yes|when it is whole|restored: the services run/, patienceMs)
    const screen = terminal.text()
    if (screen.includes('restored: the services run')) {
      terminal.press('choose')
      await terminal.ended()
      return screen
    }
    if (screen.includes('when it is whole')) terminal.type(`${kind.passphrase ?? ''}\r`)
    else if (/y do it|y yes/.test(screen)) terminal.press('yes')
    else terminal.press('choose')
    await terminal.settles((text) => text !== screen)
  }
}

describe.each(kinds)('$title', (kind) => {
  it(
    'is as it was dumped, as the service says itself',
    { tags: kind.isElsewhere === true ? ['long'] : [] },
    async () => {
      await using scene = await dumpScene(rig)
      const { dumped } = await withDumped(scene, kind)
      const ran = await restoring(scene, kind)
      expect(trouble(ran)).toBeNull()
      expect(ran.last).toMatchObject({ outcome: 'restored' })
      expect([await served(scene), await scene.ssh(kind.look)]).toEqual([dumped, dumped])
      expect(await staging(scene)).toBe('')
    },
  )

  it(
    'comes through an expired URL, lost connections, a kill at each step, and is out again after undo',
    { tags: ['long'] },
    async () => {
      await using scene = await dumpScene(rig)
      const network = await relayed(scene)
      scene.later(async () => network[Symbol.asyncDispose]())
      const { dumped, spoilt } = await withDumped(scene, kind)
      const expired = { kind: 'error', code: 'AccessDenied', message: 'Request has expired', status: 403 } as const
      scene.cloud.faults.inject({ action: 'GetObject', after: 1, fault: expired })
      let ran = await restoring(scene, kind, [], {
        onEvent: (event) => {
          if (inStep('fetch')(event)) scene.line?.cut()
        },
        killAt: inStep('fetch'),
      })
      const further = kind.fillsAt === undefined ? ['unpack'] : []
      for (const step of [...further, 'put-in-place', 'start-services', 'lift-gate']) {
        expect([step, trouble(ran)]).toEqual([step, expect.stringMatching(/^null /)])
        ran = await scene.resume(['--yes', ...(await flagsOf(scene, kind))], {
          onEvent: (event) => {
            if (inStep(step)(event)) network.cut()
          },
          killAt: inStep(step),
        })
      }
      expect(await served(scene)).toBe(dumped)
      expect(trouble(await scene.undo())).toBeNull()
      expect([await served(scene), await scene.ssh(kind.look)]).toEqual([spoilt, spoilt])
      ran = await restoring(scene, kind, [], {
        onEvent: (event) => {
          if (inStep('put-in-place')(event)) network.cut()
        },
      })
      expect(trouble(ran)).toBeNull()
      expect([await served(scene), await scene.ssh(kind.look)]).toEqual([dumped, dumped])
      expect(await staging(scene)).toBe('')
    },
  )

  it('is refused before the service stops where it is not whole, or can not be had', { tags: ['long'] }, async () => {
    await using scene = await dumpScene(rig)
    const { dumped, spoilt } = await withDumped(scene, kind)
    const before = await serving(scene, kind)
    const { key, body } = await damagedObject(scene, kind)
    const flags = await flagsOf(scene, kind)

    const refused = async (code: string, more: readonly string[] = flags): Promise<void> => {
      const below = kind.entry.from.replace(`s3://${bucket}/`, '')
      const ran = await fromDump(scene, below, more)
      expect([errorOf(ran)?.code, trouble(ran)]).toEqual([code, expect.anything()])
      // A refusal before the first change leaves no run to be taken back.
      const begun = ran.exitCode !== 5
      expect(begun ? trouble(await scene.undo()) : null).toBeNull()
      expect([await serving(scene, kind), await scene.ssh(kind.look), await staging(scene)]).toEqual([
        before,
        spoilt,
        '',
      ])
    }

    // What arrives is another thing than what S3 has.
    if (scene.line !== null) scene.line.spoils = body.subarray(0, 24)
    await refused('dump-broken')
    if (scene.line !== null) scene.line.spoils = null
    // Files of a folder can be anything.
    if (kind.damaged !== '/blob') {
      const middle = Math.floor(body.length / 2)
      const flipped = Buffer.from(body)
      flipped.fill(0x20, middle, middle + 16)
      await put(scene, key, flipped)
      await refused('dump-broken')
      await put(scene, key, body.subarray(0, -20))
      await refused('dump-broken')
    }
    await put(scene, key, body)
    scene.cloud.faults.inject({
      action: 'GetObject',
      times: 'always',
      where: { Key: key },
      fault: { kind: 'error', code: 'NoSuchKey', message: 'The specified key does not exist.', status: 404 },
    })
    await refused('dump-changed')
    scene.cloud.faults.clear()
    if (kind.passphrase !== undefined)
      await refused('dump-locked', ['--secret', `passphrase=@${await scene.secretFile('of somebody else')}`])

    await scene.onHost(smallStaging(), largeStaging)
    await scene.editHost({ staging: '/root/small' })
    await refused('no-room')
    await scene.editHost({ staging: '/var/lib/lifeboat' })

    // A policy that knows another address: then the dump passes through here, when that is said.
    const denied = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${bucket}/*`,
      Condition: { IpAddress: { 'aws:SourceIp': `${hostAddress}/32` } },
    }
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [denied] })
    await scene.s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy }))
    await refused('s3-refused-host')
    const ran = await restoring(scene, kind, ['--fetch', 'ssh'])
    expect(trouble(ran)).toBeNull()
    expect([await served(scene), await scene.ssh(kind.look)]).toEqual([dumped, dumped])
  })

  it(
    'leaves the old data where the disk fills up in the middle, and takes its place when there is room',
    { tags: ['long'] },
    async () => {
      await using scene = await dumpScene(rig)
      const { dumped, spoilt } = await withDumped(scene, kind)
      const step = kind.fillsAt ?? 'unpack'
      const killed = await restoring(scene, kind, [], { killAt: begins(step) })
      expect(trouble(killed)).toMatch(/^null /)
      await scene.onHost(kind.fill ?? fillRoot, kind.empty ?? emptyRoot)
      const full = await scene.resume(['--yes', ...(await flagsOf(scene, kind))])
      expect(trouble(full)).toMatch(/space|full/i)
      expect([await served(scene), await scene.ssh(kind.look)]).toEqual([spoilt, spoilt])
      await scene.ssh(kind.empty ?? emptyRoot)
      const ran = await scene.resume(['--yes', ...(await flagsOf(scene, kind))])
      expect(trouble(ran)).toBeNull()
      expect([await served(scene), await scene.ssh(kind.look)]).toEqual([dumped, dumped])
      expect(await staging(scene)).toBe('')
    },
  )

  it('is put in place by the wizard', { tags: ['long'] }, async () => {
    await using scene = await dumpScene(rig)
    const { dumped } = await withDumped(scene, kind)
    expect(await byWizard(scene, kind)).toContain('restored')
    expect([await served(scene), await scene.ssh(kind.look)]).toEqual([dumped, dumped])
  })
})

describe.each(kinds.filter(({ isStreamable }) => isStreamable))('$title', (kind) => {
  it(
    'is streamed where there is no room to stage it, also when that is killed and its line is cut',
    { tags: ['long'] },
    async () => {
      await using scene = await dumpScene(rig)
      const { dumped, spoilt } = await withDumped(scene, kind)
      await scene.onHost(smallStaging(96), largeStaging)
      await scene.editHost({ staging: '/root/small' })
      const refused = await restoring(scene, kind)
      expect(errorOf(refused)).toMatchObject({ code: 'no-room' })
      const cutting: RunOptions['onEvent'] = (event) => {
        if (inStep('put-in-place')(event)) scene.line?.cut()
      }
      let ran = await restoring(scene, kind, ['--fetch', 'stream'], {
        onEvent: cutting,
        killAt: inStep(kind.fillsAt ?? 'unpack'),
      })
      expect(trouble(ran)).toMatch(/^null /)
      ran = await scene.resume(['--yes', ...(await flagsOf(scene, kind))], { killAt: inStep('lift-gate') })
      expect(trouble(ran)).toMatch(/^null /)
      expect(await served(scene)).toBe(dumped)
      expect(trouble(await scene.undo())).toBeNull()
      expect([await served(scene), await scene.ssh(kind.look)]).toEqual([spoilt, spoilt])
      ran = await restoring(scene, kind, ['--fetch', 'stream'], { onEvent: cutting })
      expect(trouble(ran)).toBeNull()
      expect([await served(scene), await scene.ssh(kind.look)]).toEqual([dumped, dumped])
      expect(await scene.ssh('ls /root/small')).toBe('')
    },
  )
})
