import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { endState, sha } from './end-state.ts'
import { LabProcess } from './lab-process.ts'
import { attachCopy, snapshotAfter } from './prepared-snapshot.ts'
import type { Event, Ran } from './program.ts'

const steps = [
  'target',
  'source',
  'snapshot',
  'volume',
  'review',
  'gate',
  'create-volume',
  'attach-volume',
  'find-disk',
  'inspect-pool',
  'way',
  'point',
  'review-rollback',
  'stop-services',
  'import-pool',
  'hold',
  'roll-back',
  'mount',
  'start-services',
  'prove',
  'lift-gate',
  'hand-over',
]

const finishedSteps = (ran: Ran): unknown[] =>
  ran.events.filter((event) => event.type === 'step-finished').map((event) => event.step)
const ofType = (ran: Ran, type: string): Event[] => ran.events.filter((event) => event.type === type)
const findings = (ran: Ran): string =>
  ofType(ran, 'finding')
    .map((event) => String(event.message))
    .join('\n')

/** The newest evening's EBS snapshot of the world, and the newest hourly in it. */
function newest(lab: LabProcess) {
  const image = lab.world.snapshots.at(-1)
  if (image === undefined) throw new Error('the world has no EBS snapshot')
  const hourly = lab.world.hourlies.findLast((each) => each.at < image.startedAt)
  if (hourly === undefined) throw new Error('the world has no hourly snapshot')
  return { image, hourly }
}

describe('restoring on the real host', () => {
  it("brings back each dataset's newest snapshot, proves it, and leaves no trace but one volume", async () => {
    await using lab = await LabProcess.start()
    const timersBefore = await lab.ssh('systemctl show -p NextElapseUSecRealtime,ActiveState chat-backup.timer')
    const backupsBefore = (await endState(lab)).backups
    const ran = await lab.restore(['--snapshot', 'latest', '--at', 'latest', '--way', 'rollback'])
    expect(ran.stderr).toBe('')
    expect(ran.exitCode).toBe(0)

    expect(ran.events.every((event) => event.v === 1 && !Number.isNaN(Date.parse(event.at)))).toBe(true)
    expect(ran.events[0]).toMatchObject({ type: 'run-started', route: 'ebs', host: 'irc-1', steps })
    expect(ofType(ran, 'question').map((event) => event.step)).toEqual(
      steps.filter((id) => ofType(ran, 'answer').some((event) => event.step === id)),
    )
    expect(finishedSteps(ran)).toEqual(steps.slice(5, 10).concat(steps.slice(13)))
    expect(ofType(ran, 'run-finished')).toHaveLength(1)

    const { image, hourly } = newest(lab)
    expect(ran.last).toMatchObject({
      type: 'run-finished',
      outcome: 'restored',
      exitCode: 0,
      changed: true,
      leftovers: [],
    })
    const created = async (datasets: string): Promise<string> => {
      const line = `for d in ${datasets}; do zfs get -Hpo value creation "$d@${hourly.snapshot}"; done | sort -n | head -n 1`
      return new Date(Number(await lab.ssh(line)) * 1000).toISOString()
    }
    const createdAt = await created('tank/chat')
    expect(ran.last?.restoredTo).toBe(await created('$(zfs list -Ho name -r tank)'))
    expect(ran.last?.datasets).toContainEqual({
      dataset: 'tank/chat',
      snapshot: hourly.snapshot,
      createdAt,
    })

    const end = await endState(lab)
    expect(sha(end.messages)).toBe(hourly.messagesSha256)
    expect(sha(end.notes)).toBe(hourly.notesSha256)
    expect(end.service).toBe('active')
    expect(JSON.parse(end.answer)).toMatchObject({ newest: hourly.newestRecordAt })
    expect(end.gates).toBe('')
    expect(end.cronMounts).toBe('')
    expect(end.timer).toBe('active')
    expect(end.backups).toBe(backupsBefore)
    expect(end.cachefile).toBe('imported at boot')
    expect(end.snapshots).not.toMatch(/\t[1-9]/)
    expect(end.volumes).toMatchObject([
      {
        state: 'in-use',
        snapshot: image.snapshotId,
        tags: { Name: 'irc-data', Snapshot: 'true', SnapshotPolicy: 'Daily-2Weeks' },
      },
    ])
    expect(JSON.stringify(end.volumes)).not.toContain('lifeboat:made')
    expect(await lab.ssh('systemctl show -p NextElapseUSecRealtime,ActiveState chat-backup.timer')).toBe(timersBefore)
  })

  it('keeps the head as it is, with everything up to the EBS snapshot', async () => {
    await using lab = await LabProcess.start()
    const ran = await lab.restore(['--snapshot', 'latest', '--at', 'head', '--way', 'none'])
    expect(ran.exitCode).toBe(0)
    const { image } = newest(lab)
    expect(ran.last).toMatchObject({ outcome: 'restored', restoredTo: new Date(image.startedAt).toISOString() })
    const end = await endState(lab)
    expect(sha(end.messages)).toBe(image.head.messagesSha256)
    expect(sha(end.notes)).toBe(image.head.notesSha256)
    expect(JSON.parse(end.answer)).toMatchObject({ newest: image.head.newestRecordAt })
    expect(end.gates).toBe('')
    expect(end.volumes).toHaveLength(1)
  })

  it('imports a pool that another host used last with -f, and says why that is safe', async () => {
    await using lab = await LabProcess.start()
    await lab.ssh('zgenhostid -f 0a1b2c3d')
    const ran = await lab.restore(['--snapshot', 'latest', '--at', 'head', '--way', 'none'])
    expect(ran.exitCode).toBe(0)
    const imports = ofType(ran, 'command')
      .map((event) => String(event.text))
      .filter((text) => text.startsWith('zpool import'))
    expect(imports.every((text) => text.includes(' -f '))).toBe(true)
    expect(findings(ran)).toMatch(
      /last used by irc-1 \(hostid 7f4a10c2\) and not exported; -f is safe because .* vol-[0-9a-f]+, which this run made and which is attached to i-[0-9a-f]+ alone/,
    )
    expect((await endState(lab)).service).toBe('active')
  })

  it('takes its own volume when an older copy of the same pool is attached too', { tags: ['long'] }, async () => {
    await using lab = await LabProcess.start()
    const older = lab.world.snapshots[0]
    await attachCopy(lab, older?.snapshotId ?? '', '/dev/sdf')
    const ran = await lab.restore(['--snapshot', 'latest', '--at', 'head', '--way', 'none'])
    expect(ran.exitCode).toBe(0)
    const { image } = newest(lab)
    expect(sha((await endState(lab)).messages)).toBe(image.head.messagesSha256)
    const created = ofType(ran, 'step-finished').find((event) => event.step === 'create-volume')?.effect as {
      volumeId: string
    }
    expect(await lab.ssh('zpool list -vHPL tank | grep -o "/dev/[a-z0-9]*"; lsblk -no SERIAL,PATH')).toContain(
      created.volumeId.replace('-', ''),
    )
    const used = (await lab.ssh('zpool list -vHPL tank | grep -o "/dev/nvme[0-9]*n1" | head -n 1')).trim()
    expect((await lab.ssh(`lsblk -dno SERIAL ${used}`)).trim()).toBe(created.volumeId.replace('-', ''))
  })

  it(
    'destroys nothing when a newer snapshot is held, and goes on when the named command has lifted the hold',
    { tags: ['long'] },
    async () => {
      await using lab = await LabProcess.start()
      const { hourly } = newest(lab)
      const snapshotId = await snapshotAfter(lab, `zfs hold 'keep me' tank/chat@${hourly.snapshot}`)
      const before = new Date(Date.parse(hourly.at) - 3_600_000).toISOString()
      const args = ['--snapshot', snapshotId, '--at', before, '--way', 'rollback']
      const ran = await lab.restore(args)
      expect(ran.exitCode).toBe(3)
      expect(ran.last).toMatchObject({ outcome: 'failed', exitCode: 3 })
      const failed = ofType(ran, 'step-failed')[0]?.error as {
        code: string
        message: string
        next: { command: string }[]
      }
      expect(failed.code).toBe('rollback-blocked')
      expect(failed.message).toContain(`tank/chat@${hourly.snapshot} is held by "keep me"`)
      expect(
        ofType(ran, 'command').filter((event) => /zfs (destroy|rollback|program)/.test(String(event.text))),
      ).toEqual([])
      const left = await lab.ssh('zfs list -H -t snapshot -o name tank/chat')
      const hours = lab.world.hourlies.filter((each) => each.at < newest(lab).image.startedAt)
      expect(left.split('\n')).toEqual(expect.arrayContaining(hours.map((each) => `tank/chat@${each.snapshot}`)))

      const lifting = failed.next[0]?.command ?? ''
      expect(lifting).toMatch(/^ssh -F \S+ irc-1 /)
      await execa('/bin/sh', ['-c', lifting])
      const resumed = await lab.resume(['--confirm', 'irc-1'])
      expect(resumed.exitCode).toBe(0)
      const end = await endState(lab)
      expect(end.snapshots).not.toContain(hourly.snapshot)
      expect(end.service).toBe('active')
      const wanted = lab.world.hourlies.find(
        (each) => each.at === before.replace('.000Z', 'Z') || Date.parse(each.at) === Date.parse(before),
      )
      expect(sha(end.messages)).toBe(wanted?.messagesSha256)
    },
  )
})
