import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import type { ShellCommand } from '../../../src/remote/command.ts'
import {
  allowStart,
  closeGates,
  gateState,
  liftGates,
  liftGatesLater,
  lockHolder,
  releaseLock,
  takeLock,
  takeLockOver,
  type GateSet,
} from '../../../src/remote/linux/gate.ts'
import { discardCheckpointLater, forgetDiscard } from '../../../src/remote/zfs/checkpoint.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { answer } from '../answer.ts'

const run = '20261121-192342-0a1b'

const nothing: GateSet = { run, backups: [], services: [], cron: [] }

const full: GateSet = {
  run,
  backups: ['backup@daily.service', String.raw`dump\x2dall.service`],
  services: ['chat.service', String.raw`srv\x2dchat@1.service`],
  cron: ['/etc/cron.d/zfsnap', '/etc/cron.d/export-2'],
}

const who = `ann's "laptop" $(x) \\ ;`

const commands: [string, ShellCommand<unknown>][] = [
  ['nothing', nothing] as const,
  ['units and cron files with special names', full] as const,
].flatMap(([what, gate]): [string, ShellCommand<unknown>][] => [
  [`closing the gates of ${what}`, closeGates(gate)],
  [`lifting the gates of ${what}`, liftGates(gate)],
  [`lifting the gates of ${what} later`, liftGatesLater(gate, 0.5)],
  [`looking at the gates of ${what}`, gateState(gate)],
])

const valid: [string, ShellCommand<unknown>][] = [
  ...commands,
  ['allowing the start', allowStart(full)],
  ['taking the lock', takeLock(run, who, '2026-11-21T19:23:42.000Z')],
  ['taking the lock over', takeLockOver('r0', run, who, '2026-11-21T19:23:42.000Z')],
  ['releasing the lock', releaseLock(run)],
  ['reading the lock', lockHolder()],
]

/** The files that a line writes, by their names: run below a folder, without the host's systemd. */
async function written(line: string): Promise<Record<string, string>> {
  const folder = await temporaryFolder()
  const below = line.replaceAll(/(?<![\w.])\/(etc|run)\//g, `${folder}/$1/`)
  const { exitCode, stderr } = await execa('/bin/sh', ['-c', `systemctl() { :; }\n${below}`], { reject: false })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
  const read = files.map(async (file) => {
    const text = await readFile(file, 'utf8')
    return [file.slice(folder.length), text.replaceAll(folder, '')] as const
  })
  return Object.fromEntries(await Promise.all(read))
}

describe('the line for', () => {
  it.each(valid)('%s is shell', async (_, { line }) => {
    const { exitCode, stderr } = await execa('/bin/sh', ['-n', '-c', line], { reject: false })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })
})

describe('lifting later', () => {
  it('is asked of a timer of its own, in seconds, which is started at each boot', async () => {
    const files = await written(liftGatesLater(full, 0.5).line)
    expect(files[`/etc/systemd/system/lifeboat-${run}-lift.timer`]).toContain('OnActiveSec=1800s\n')
    expect(liftGatesLater(full, 0.5).line).toContain(`multi-user.target.wants/lifeboat-${run}-lift.timer`)
  })

  it('opens the backups and schedules, and lets no service start', async () => {
    const script = (await written(liftGatesLater(full, 0.5).line))[`/etc/lifeboat/${run}-lift`]
    expect(script).toContain(String.raw`'/etc/systemd/system/dump\x2dall.service.d/50-lifeboat.conf'`)
    expect(script).toContain('umount /etc/cron.d/zfsnap')
    expect(script).not.toContain('/etc/systemd/system/chat.service.d')
    expect(script).not.toContain('/run/lifeboat/go')
  })

  it('gives a script that is shell itself', async () => {
    const script = (await written(liftGatesLater(full, 12).line))[`/etc/lifeboat/${run}-lift`] ?? 'no script ('
    expect((await execa('/bin/sh', ['-n', '-c', script], { reject: false })).exitCode).toBe(0)
  })
})

describe('discarding a checkpoint later', () => {
  const asked = discardCheckpointLater(run, 'tank', 0.5).line

  it('is asked of a timer that is started at each boot, and is done once', async () => {
    const files = await written(asked)
    expect(files[`/etc/systemd/system/lifeboat-${run}-discard.timer`]).toContain('OnActiveSec=1800s\n')
    const script = files[`/etc/lifeboat/${run}-discard`] ?? ''
    expect(script).toContain('zpool checkpoint -d tank')
    const pool = 'zpool() { echo -; }'
    expect(await written(`( ${asked}\n)\n${pool}\n( ${script}\n)`)).toEqual({})
  })

  it('leaves no file when it need not be done', async () => {
    expect(await written(`( ${asked}\n)\n( ${forgetDiscard(run).line}\n)`)).toEqual({})
  })
})

describe('closing', () => {
  const gate = { ...full, cron: [] }

  it('holds backups back by what a reboot leaves: a file in /etc', async () => {
    const files = await written(closeGates(gate).line)
    const [dropIn] = Object.entries(files).filter(([name]) => name.endsWith('backup@daily.service.d/50-lifeboat.conf'))
    expect(dropIn?.[1]).toContain(`ConditionPathExists=!/etc/lifeboat/${run}-hold\n`)
    expect(Object.keys(files)).toContain(`/etc/lifeboat/${run}-hold`)
  })

  it('and lifting leave no file', async () => {
    const lines = [closeGates(gate), liftGatesLater(gate, 1), liftGates(gate)].map(({ line }) => line)
    expect(await written(lines.map((line) => `( ${line}\n)`).join('\n'))).toEqual({})
  })
})

describe('what stands of the gates', () => {
  it('is read from the host', () => {
    const stdout = [
      `held ${run}`,
      'go',
      String.raw`drop-in /etc/systemd/system/dump\x2dall.service.d/50-lifeboat.conf`,
      'drop-in /etc/systemd/system/chat.service.d/50-lifeboat.conf',
      'covered /etc/cron.d/zfsnap',
      'timer',
      '',
    ].join('\n')
    expect(answer(gateState(full), stdout)).toEqual({
      heldBy: run,
      go: true,
      dropIns: [
        String.raw`/etc/systemd/system/dump\x2dall.service.d/50-lifeboat.conf`,
        '/etc/systemd/system/chat.service.d/50-lifeboat.conf',
      ],
      covered: ['/etc/cron.d/zfsnap'],
      liftTimer: true,
    })
  })

  it('is nothing on a host that was never touched', () => {
    expect(answer(gateState(full), '')).toEqual({
      heldBy: null,
      go: false,
      dropIns: [],
      covered: [],
      liftTimer: false,
    })
  })
})

/** A host of the test's own, with the lines run as they are below its folder. */
async function locked() {
  const folder = await temporaryFolder()
  const here = (line: string): string => line.replaceAll('/run/lifeboat', join(folder, 'run'))
  return {
    folder,
    take: async (command: ShellCommand<unknown>) =>
      (await execa('/bin/sh', ['-c', here(command.line)], { reject: false })).exitCode,
    holder: async () => answer(lockHolder(), (await execa('/bin/sh', ['-c', here(lockHolder().line)])).stdout),
  }
}

describe('the lock of a host', () => {
  it('tells who has it', () => {
    expect(answer(lockHolder(), `${run}\nann@laptop\n2026-11-21T19:23:42.000Z\n`)).toEqual({
      run,
      who: 'ann@laptop',
      since: '2026-11-21T19:23:42.000Z',
    })
  })

  it('is taken by one, who may take it again, and by nobody else', async () => {
    const { take, holder, folder } = await locked()
    expect(await take(takeLock('r1', who, 'now'))).toBe(0)
    expect(await take(takeLock('r2', 'bob', 'later'))).not.toBe(0)
    expect(await take(takeLock('r1', who, 'again'))).toBe(0)
    expect(await holder()).toEqual({ run: 'r1', who, since: 'now' })
    expect(await readdir(join(folder, 'run'))).toEqual(['lock'])
  })

  it('is taken by exactly one of many at once', async () => {
    const { take } = await locked()
    const ends = await Promise.all(Array.from({ length: 12 }, (_, at) => take(takeLock(`r${at}`, 'x', 'now'))))
    expect(ends.filter((code) => code === 0)).toHaveLength(1)
  })

  it('that a full disk left without a holder is nobody’s', async () => {
    const { take, holder, folder } = await locked()
    await mkdir(join(folder, 'run', 'lock'), { recursive: true })
    expect(await take(takeLock('r1', who, 'now'))).toBe(0)
    expect((await holder())?.run).toBe('r1')
  })

  it('is taken over from the run that was named, and from no other', async () => {
    const { take, holder } = await locked()
    await take(takeLock('r1', who, 'now'))
    expect(await take(takeLockOver('r0', 'r2', 'bob', 'later'))).not.toBe(0)
    expect((await holder())?.run).toBe('r1')
    expect(await take(takeLockOver('r1', 'r2', 'bob', 'later'))).toBe(0)
    expect(await take(takeLockOver('r1', 'r2', 'bob', 'later'))).toBe(0)
    expect(await holder()).toEqual({ run: 'r2', who: 'bob', since: 'later' })
  })

  it('is taken over by one of many who want it from the same run', async () => {
    const { take, holder, folder } = await locked()
    await take(takeLock('r0', who, 'now'))
    const takers = Array.from({ length: 12 }, (_, at) => `r${at + 1}`)
    const ends = await Promise.all(takers.map((taker) => take(takeLockOver('r0', taker, 'x', 'now'))))
    expect(ends.filter((code) => code === 0)).toHaveLength(1)
    expect((await holder())?.run).toBe(takers[ends.indexOf(0)])
    expect(await readdir(join(folder, 'run'))).toEqual(['lock'])
  })

  it('is taken as it is where the run that it was to be taken over from has let go of it', async () => {
    const { take, holder } = await locked()
    expect(await take(takeLockOver('r0', 'r1', who, 'now'))).toBe(0)
    expect((await holder())?.run).toBe('r1')
  })

  it('is free where there is no file', () => {
    expect(answer(lockHolder(), '')).toBeUndefined()
  })
})
