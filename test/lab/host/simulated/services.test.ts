import { describe, expect, it } from 'vitest'
import type { ShellCommand } from '../../../../src/remote/command.ts'
import {
  allowStart,
  closeGates,
  gateState,
  liftGates,
  liftGatesLater,
  lockHolder,
  releaseLock,
  takeLock,
  type GateSet,
} from '../../../../src/remote/linux/gate.ts'
import { probeCommand } from '../../../../src/remote/linux/probe.ts'
import { snapshotCronFiles } from '../../../../src/remote/linux/schedules.ts'
import { inUnit, unitOutcome, unitsAtWork } from '../../../../src/remote/linux/transient-unit.ts'
import { listTimers, startUnits, stopUnits, unitJournal, unitStates } from '../../../../src/remote/linux/units.ts'
import { dueLines } from '../../../../src/lab/host/simulated/programs/cron.ts'
import { startAt, startHost, type TestHost } from './host.ts'

const hour = 3_600_000

async function ask<T>({ host }: TestHost, command: ShellCommand<T>): Promise<T> {
  const output = await host.run(command.line, command.stdin === undefined ? {} : { stdin: command.stdin })
  if (!command.accepts.includes(output.code))
    throw new Error(`${command.line} ends with ${output.code}: ${output.stderr}`)
  return command.parse(output)
}

const stateOf = async (box: TestHost, unit: string) => (await ask(box, unitStates([unit])))[0]

const chat = { kind: 'http', url: 'http://127.0.0.1:6680/', status: 200, newest: 'newest' } as const

const gate: GateSet = {
  run: '20260328-120030-abcd',
  backups: ['chat-backup.service'],
  services: ['chat.service'],
  cron: ['/etc/cron.d/zfsnap'],
}

describe('services of a simulated host', () => {
  it('end in a crash loop that systemd gives up, while the data is not there', async () => {
    await using box = await startHost(false)
    await expect
      .poll(() => box.host.advance(2000).then(() => stateOf(box, 'chat.service')))
      .toMatchObject({ active: 'failed', sub: 'failed', result: 'exit-code', restarts: 3 })
    const said = await ask(box, unitJournal(['chat.service'], 50))
    expect(said.at(-1)).toBe('2026-03-28T12:00:3'.concat(said.at(-1)?.slice(18) ?? ''))
    expect(said.filter((line) => line.includes('chatd: /tank/chat/messages.log is missing'))).toHaveLength(3)
    expect(said.join('\n')).toContain('chat.service: Start request repeated too quickly.')
    expect(await box.host.run('systemctl start chat')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Job for chat.service failed'),
    })
  })

  it('start when their data is there, with a new invocation each time, and answer', async () => {
    await using box = await startHost(false)
    await box.out('zfs mount tank/chat')
    expect(await ask(box, probeCommand(chat))).toMatchObject({ passed: false })
    await ask(box, startUnits(['chat.service']))
    const before = await stateOf(box, 'chat.service')
    expect(before).toMatchObject({
      load: 'loaded',
      active: 'active',
      sub: 'running',
      restarts: 0,
      result: 'success',
      conditionMet: true,
    })
    expect(await ask(box, probeCommand(chat))).toEqual({
      passed: true,
      newest: '2026-03-28T11:30:00.000Z',
      saw: expect.stringContaining('"records":2'),
    })
    expect(await ask(box, probeCommand({ kind: 'tcp', host: '127.0.0.1', port: 6680 }))).toMatchObject({ passed: true })
    await box.out(`curl -sS -H 'X-Nick: carol' -d "$(printf '\\001ACTION is back again\\001')" http://127.0.0.1:6680/`)
    expect(await box.out('tail -n 1 /tank/chat/messages.log')).toMatch(/Z carol .ACTION is back again.\n$/)
    await box.out('systemctl restart chat')
    // What somebody has written, a control character too, is a record as any other.
    await box.host.advance(5000)
    const after = await stateOf(box, 'chat.service')
    expect(after).toMatchObject({ active: 'active', restarts: 0 })
    expect(after?.invocation).toMatch(/^[0-9a-f]{32}$/)
    expect(after?.invocation).not.toBe(before?.invocation)
    await ask(box, stopUnits(['chat.service']))
    expect(await stateOf(box, 'chat.service')).toMatchObject({ active: 'inactive', sub: 'dead', result: 'success' })
    expect(await ask(box, probeCommand({ kind: 'tcp', host: '127.0.0.1', port: 6680 }))).toMatchObject({
      passed: false,
    })
  })

  it('keep their filesystem busy while they run', async () => {
    await using box = await startHost(true)
    expect((await box.host.run('umount /tank/chat')).stderr).toBe('umount: /tank/chat: target is busy.\n')
    expect(
      await box.out(
        'for p in $(fuser -m /tank/chat 2>/dev/null); do cat /proc/$p/comm; tail -n 1 /proc/$p/cgroup; done',
      ),
    ).toBe('chatd\n0::/system.slice/chat.service\n')
    await box.out('systemctl stop chat && umount /tank/chat')
  })

  it('that nobody knows are told as systemd tells it', async () => {
    await using box = await startHost(false)
    expect(await stateOf(box, 'nope.service')).toMatchObject({ load: 'not-found', active: 'inactive' })
    expect(await box.host.run('systemctl start nope')).toEqual({
      code: 5,
      stdout: '',
      stderr: 'Failed to start nope.service: Unit nope.service not found.\n',
    })
    expect(await box.host.run('systemctl is-active nope')).toMatchObject({ code: 3, stdout: 'inactive\n' })
    expect(await ask(box, listTimers())).toEqual([{ timer: 'chat-backup.timer', activates: 'chat-backup.service' }])
  })
})

describe('the gates of a run on a simulated host', () => {
  const closed = {
    heldBy: gate.run,
    go: false,
    covered: gate.cron,
    liftTimer: true,
    dropIns: expect.arrayContaining([
      '/etc/systemd/system/chat.service.d/50-lifeboat.conf',
      '/etc/systemd/system/chat-backup.service.d/50-lifeboat.conf',
    ]),
  }

  it('hold back schedules and services, and are lifted without a trace', async () => {
    await using box = await startHost(true)
    const before = await box.out('find /etc /run ! -name units')
    expect(await ask(box, snapshotCronFiles())).toEqual(['/etc/cron.d/zfsnap'])
    await ask(box, takeLock(gate.run, 'me@here', '2026-03-28T12:00:00Z'))
    await ask(box, closeGates(gate))
    await ask(box, liftGatesLater(gate, 12))
    expect(await ask(box, gateState(gate))).toEqual(closed)
    expect(await ask(box, lockHolder())).toMatchObject({ run: gate.run })
    await box.out('systemctl restart chat; systemctl start chat-backup')
    expect(await stateOf(box, 'chat.service')).toMatchObject({ active: 'inactive', conditionMet: false })
    expect((await ask(box, unitJournal(['chat.service'], 1)))[0]).toContain(
      'was skipped because of an unmet condition check (ConditionPathExists=/run/lifeboat/go).',
    )
    expect(await stateOf(box, 'chat-backup.service')).toMatchObject({ conditionMet: false })
    await box.host.advance(hour)
    expect(box.zfs.log.filter((line) => line.includes('snapshot -r'))).toEqual([])
    await ask(box, allowStart(gate))
    await ask(box, startUnits(['chat.service']))
    expect(await stateOf(box, 'chat.service')).toMatchObject({ active: 'active' })
    await ask(box, liftGates(gate))
    await ask(box, releaseLock(gate.run))
    expect(await box.out('find /etc /run ! -name units')).toBe(before)
    await box.host.advance(hour)
    expect(box.zfs.log.filter((line) => line.includes('snapshot -r'))).toEqual([
      'zfs snapshot -r tank@2026-03-28_14.00.00--1w',
    ])
  })

  it('stay closed over a reboot, and the host opens them by itself when their time is over', async () => {
    await using box = await startHost(true)
    await box.out('systemctl unmask zfs-import-cache.service')
    await ask(box, closeGates(gate))
    await ask(box, liftGatesLater(gate, 12))
    await box.host.advance(11 * hour)
    await box.host.reboot()
    expect(await ask(box, gateState(gate))).toEqual({ ...closed, heldBy: null })
    expect(await stateOf(box, 'chat.service')).toMatchObject({ active: 'inactive', conditionMet: false })
    await box.host.advance(11 * hour)
    expect(await ask(box, gateState(gate))).toMatchObject({ covered: gate.cron, liftTimer: true })
    await box.host.advance(hour + 1000)
    expect(await ask(box, gateState(gate))).toEqual({
      heldBy: null,
      go: false,
      covered: [],
      liftTimer: false,
      dropIns: ['/etc/systemd/system/chat.service.d/50-lifeboat.conf'],
    })
    await box.out('systemctl start chat-backup')
    expect(await box.out('tar -tzf /var/backups/chat/*/chat.tar.gz')).toContain('chat/messages.log')
  })
})

describe('units that are made for one command', () => {
  const unit = { run: gate.run, step: 'import', attempt: 1, part: '1' }

  it('hand on their input, output and code', async () => {
    await using box = await startHost(false)
    const line = inUnit('cat; echo oops >&2; exit 9', unit, 'a list\n')
    expect(await box.host.run(line, { stdin: 'a list\n' })).toEqual({ code: 9, stdout: 'a list\n', stderr: 'oops\n' })
    expect(await ask(box, unitOutcome(unit))).toEqual({
      state: 'ended',
      output: { code: 9, stdout: 'a list\n', stderr: 'oops\n' },
    })
    expect(await ask(box, unitOutcome({ ...unit, part: '2' }))).toEqual({ state: 'never' })
    expect((await box.host.run(inUnit('true', { ...unit, part: '2' }))).code).toBe(75)
  })

  it('are seen while they work, and go on by the host’s clock', async () => {
    await using box = await startHost(false)
    const running = box.host.run(inUnit('sleep 600; echo done', unit))
    await expect
      .poll(() => ask(box, unitsAtWork(gate.run)))
      .toEqual(['lifeboat-20260328-120030-abcd-import-1-1.service'])
    expect(await ask(box, unitOutcome(unit))).toEqual({ state: 'running' })
    await box.host.advance(600_000)
    expect(await running).toMatchObject({ code: 0, stdout: 'done\n' })
  })

  it('can wait for their time', async () => {
    await using box = await startHost(false)
    await box.out("systemd-run --quiet --unit=later --on-active=90s /bin/sh -c 'date +%T >/run/at'")
    await box.host.advance(80_000)
    expect((await box.host.run('cat /run/at')).code).toBe(1)
    expect(await box.out('systemctl is-active later.timer')).toBe('active\n')
    await box.host.advance(20_000)
    await expect
      .poll(() => box.host.run('cat /run/at'))
      .toMatchObject({ stdout: expect.stringMatching(/^12:02:0\d\n$/) })
    expect((await box.host.run('systemctl is-active later.timer')).code).toBe(3)
  })
})

describe('schedules of a simulated host', () => {
  it('run by its clock: hourly snapshots, the nightly backup', async () => {
    await using box = await startHost(true)
    await box.host.advance(15 * hour)
    expect(box.zfs.log.filter((line) => line.endsWith('--1w'))).toHaveLength(15)
    expect(box.zfs.log).toContain('zfs snapshot -r tank@2026-03-29_00.00.00--1m')
    expect(await box.out('ls /var/backups/chat')).toBe('03-29-2026\n')
    expect(await box.out('systemctl show -p LastTriggerUSec --value chat-backup.timer')).toBe(
      'Sun 2026-03-29 02:30:00 UTC\n',
    )
  })

  it('make up for nothing when the lab sets the clock', async () => {
    await using box = await startHost(true)
    await box.host.setClock('2026-05-01T10:00:00Z')
    expect(box.zfs.log.filter((line) => line.includes('snapshot -r'))).toEqual([])
    expect((await box.host.run('ls /var/backups/chat')).code).toBe(2)
    expect(await box.out('date -u +%FT%R')).toBe('2026-05-01T10:00\n')
  })

  it('of cron are due as their five fields say', () => {
    const text = '# no\nPATH=/bin\n0 * * * * root hourly\n*/15 1-3 * * * bob often\n15 1 28 3 6 root once\n'
    const at = (iso: string): string[] => dueLines(text, new Date(iso), 'Etc/UTC').map(({ command }) => command)
    expect(at('2026-03-28T12:00:00Z')).toEqual(['hourly'])
    expect(at('2026-03-28T01:15:00Z')).toEqual(['often', 'once'])
    expect(at('2026-03-29T01:15:00Z')).toEqual(['often'])
    expect(at('2026-03-28T04:15:00Z')).toEqual([])
    expect(dueLines(text, new Date('2026-03-28T01:45:00Z'), 'Etc/UTC')).toEqual([{ user: 'bob', command: 'often' }])
    expect(startAt.getTime()).toBe(Date.parse('2026-03-28T12:00:30Z'))
  })
})
