// Whatever a host prints, its reading is a whole value or one clear error, and it ends.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ShellCommand } from '../../src/remote/command.ts'
import {
  listDevices,
  listIdLinks,
  listZfsMounts,
  nonEmptyDirectories,
  openFilesBelow,
} from '../../src/remote/linux/disks.ts'
import { hostFacts } from '../../src/remote/linux/facts.ts'
import { gateState, lockHolder } from '../../src/remote/linux/gate.ts'
import { instantOf, probeCommand } from '../../src/remote/linux/probe.ts'
import { existingFiles, snapshotCrontabLines, snapshotCronFiles } from '../../src/remote/linux/schedules.ts'
import { unitOutcome, unitsAtWork } from '../../src/remote/linux/transient-unit.ts'
import { listTimers, unitJournal, unitStates } from '../../src/remote/linux/units.ts'
import { findSnapshots, holdTags, listDatasets, listSnapshots, writtenSince } from '../../src/remote/zfs/dataset.ts'
import { listPools, poolDevices, poolStates, readLabel } from '../../src/remote/zfs/pool.ts'
import { runRollbackProgram } from '../../src/remote/zfs/rollback-program.ts'
import { endless, garbage, garbled, runs, soundly } from './any-text.ts'

const refs = [{ dataset: 'tank', snapshot: 'a' }]
const unit = { run: 'r', step: 's', attempt: 1, part: '1' }

/** Each command that reads an answer, with an answer as a host gives it. */
const commands: Record<string, readonly [ShellCommand<unknown>, string]> = {
  listDatasets: [listDatasets('tank'), `tank${'\t7'.repeat(listDatasets('tank').line.split(',').length - 2)}\n`],
  listSnapshots: [listSnapshots('tank'), 'tank@a\tsnapshot\t7\t5\t1795289022\t0\t0\t-\ntank#b\tbookmark\t7\t5\t1795289022\t-\t-\t-\n'],
  findSnapshots: [findSnapshots(refs), 'tank@a\t18446744073709551615\n'],
  writtenSince: [writtenSince('tank', refs), 'tank\twritten@a\t1024\n'],
  holdTags: [holdTags(refs), 'tank@a\tkeep\tSat Nov 21 19:23 2026\n'],
  listPools: [listPools(), 'tank\t7\tONLINE\toff\t-\n'],
  poolStates: [poolStates(), '/proc/spl/kstat/zfs/tank/state\tONLINE\n'],
  poolDevices: [poolDevices('tank'), 'tank\t1G\n\t/dev/nvme1n1p1\t1G\t5M\n'],
  readLabel: [readLabel('/dev/sdb'), "LABEL 0\n    name: 'tank'\n    state: 0\n    txg: 119\n    pool_guid: 7\n    hostid: 1\n    vdev_children: 1\n    vdev_tree:\n        type: 'disk'\n"],
  runRollbackProgram: [runRollbackProgram('tank', []), '{"return":{"blocked":{"tank@a":16}}}'],
  listDevices: [listDevices(), '{"blockdevices":[{"name":"a","path":"/dev/a","size":1,"type":"disk","serial":null,"fstype":null,"mountpoint":null}]}'],
  listIdLinks: [listIdLinks(), '/dev/disk/by-id/a\t/dev/sda\n'],
  listZfsMounts: [listZfsMounts(), '{"filesystems":[{"target":"/tank","source":"tank","fstype":"zfs"}]}'],
  nonEmptyDirectories: [nonEmptyDirectories([]), '/tank\n'],
  openFilesBelow: [openFilesBelow(['/tank']), '/proc/7/fd /tank/log\n/proc/8 /tank\n'],
  hostFacts: [hostFacts(), 'uid 0\nhostid 60b8f5dd\nhostname a\nzone Europe/Berlin\nzfs 2.1.11\ntool zfs\n'],
  gateState: [gateState({ run: 'r', backups: [], services: [], cron: [] }), 'held r\ngo\ndrop-in /a\ncovered /b\ntimer\n'],
  lockHolder: [lockHolder(), 'r\nann@laptop\n2026-11-21T19:23:42.000Z\n'],
  tcpProbe: [probeCommand({ kind: 'tcp', host: 'a', port: 1 }), ''],
  httpProbe: [probeCommand({ kind: 'http', url: 'http://a', status: 200, newest: 'at' }), '{"at":"2026-11-20T23:44:57Z"}\n200'],
  commandProbe: [probeCommand({ kind: 'command', line: 'x', newest: true }), '2026-11-20T23:44:57Z\n'],
  instantOf: [{ ...hostFacts(), parse: ({ stdout }) => instantOf(stdout) }, '1795218297'],
  snapshotCronFiles: [snapshotCronFiles(), '/etc/cron.d/zfsnap\n'],
  snapshotCrontabLines: [snapshotCrontabLines(), 'root:0 * * * * zfSnap\n'],
  existingFiles: [existingFiles(['/a']), '/a\n'],
  unitOutcome: [unitOutcome(unit), 'ended 0\nout\n'],
  unitsAtWork: [unitsAtWork('r'), 'lifeboat-r-s-1-1.service loaded active running x\n'],
  unitStates: [unitStates(['a.service']), 'Id=a.service\nLoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0\n'],
  unitJournal: [unitJournal('a.service', 5), '2026-11-20T23:44:57+0000 a chat[7]: ready\n'],
  listTimers: [listTimers(), 'Id=a.timer\nUnit=a.service\n'],
} // prettier-ignore

describe('the answer to', () => {
  it.each(Object.entries(commands))('%s is read whole, or refused clearly, whatever it is', (_, [command, good]) => {
    const text = fc.oneof(garbage, garbled(fc.constant(good)))
    const codes = fc.constantFrom(...command.accepts)
    expect(soundly(() => command.parse({ code: 0, stdout: good, stderr: '' }))).not.toBeInstanceOf(Error)
    fc.assert(
      fc.property(text, codes, (stdout, code) => {
        soundly(() => command.parse({ code, stdout, stderr: stdout }))
      }),
      runs,
    )
  })

  it.each(Object.entries(commands))('%s is read in a moment, however long it is', (_, [command]) => {
    const began = performance.now()
    for (const stdout of endless) soundly(() => command.parse({ code: 0, stdout, stderr: '' }))
    expect(performance.now() - began).toBeLessThan(5000)
  })
})

describe('a time that a probe tells', () => {
  it('is never read out of a text that only has a number in it', () => {
    const text = fc
      .tuple(fc.stringMatching(/^[a-z: ]{1,10}$/), fc.nat({ max: 99_999 }))
      .map(([word, number]) => `${word} ${number}`)
    fc.assert(
      fc.property(text, (said) => {
        expect(instantOf(said)).toBeNull()
      }),
      runs,
    )
  })
})
