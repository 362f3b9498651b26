// Whatever a host prints, its reading is a whole value or one clear error, and it ends.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ShellCommand } from '../../src/remote/command.ts'
import { checkArchives } from '../../src/remote/linux/check-staged.ts'
import { lookAtDestination, sizeInSnapshot, treeDigest, treeSize } from '../../src/remote/linux/copy-out.ts'
import { listMounts, mountsElsewhere, processesOf, volumeUses } from '../../src/remote/linux/dataset-users.ts'
import {
  listDevices,
  listIdLinks,
  listZfsMounts,
  missingNodes,
  nonEmptyDirectories,
  openFilesBelow,
} from '../../src/remote/linux/disks.ts'
import { answers, bootId, hostFacts, missingTools } from '../../src/remote/linux/facts.ts'
import { duplicityVersion } from '../../src/remote/linux/duplicity.ts'
import { folderStanding, isFolderAside } from '../../src/remote/linux/folder-swap.ts'
import { contentsOfBoth } from '../../src/remote/linux/folder.ts'
import { lookAtFolder, lookAtPath } from '../../src/remote/linux/look-at-folder.ts'
import { gateState, lockHolder } from '../../src/remote/linux/gate.ts'
import { instantOf, probeCommand } from '../../src/remote/linux/probe.ts'
import { checkOwn, ownStanding } from '../../src/remote/linux/own-scripts.ts'
import { areDatabasesAside, countLoaded, databaseStanding, serverVersion } from '../../src/remote/linux/postgres.ts'
import { lookAtSnap, snapStanding } from '../../src/remote/linux/rocketchat.ts'
import {
  existingFiles,
  schedulesThat,
  snapshotCrontabLines,
  snapshotCronFiles,
} from '../../src/remote/linux/schedules.ts'
import { addressOfHost, digestsIn, fetchParts, probeFetch, roomAt, sizesIn } from '../../src/remote/linux/staging.ts'
import { streamedBytes } from '../../src/remote/linux/stream.ts'
import { unitOutcome, unitsAtWork } from '../../src/remote/linux/transient-unit.ts'
import { listTimers, unitJournal, unitStates } from '../../src/remote/linux/units.ts'
import { strangers, unknownUsers } from '../../src/remote/linux/users.ts'
import { checkpointRoom, markedBy } from '../../src/remote/zfs/checkpoint.ts'
import { ownProperties } from '../../src/remote/zfs/clone.ts'
import { findSnapshots, holdTags, listDatasets, listSnapshots, writtenSince } from '../../src/remote/zfs/dataset.ts'
import { tryKey } from '../../src/remote/zfs/keys.ts'
import { listLimits, referencedBy } from '../../src/remote/zfs/limits.ts'
import { zfsInFstab } from '../../src/remote/zfs/mounting.ts'
import { listBelow, listFolder, readStart } from '../../src/remote/linux/look-inside.ts'
import {
  importable,
  isImportedAtBoot,
  listPools,
  poolCondition,
  poolDevices,
  poolStates,
  readLabel,
} from '../../src/remote/zfs/pool.ts'
import { datasetStanding, isDatasetAside, lookAtDataset } from '../../src/remote/zfs/receive.ts'
import { runRollbackProgram, undestroyable } from '../../src/remote/zfs/rollback-program.ts'
import { endless, garbage, garbled, runs, soundly } from './any-text.ts'

const refs = [{ dataset: 'tank', snapshot: 'a' }]
const swap = { run: 'r', into: 'tank/chat', staging: '/s' }
const unit = { run: 'r', step: 's', attempt: 1, part: '1' }

/** Each command that reads an answer, with an answer as a host gives it. */
const probed = { bucket: 'b', region: 'r', key: 'k', versionId: null, etag: null, from: 0, to: 0, output: '/dev/null' }

const commands: Record<string, readonly [ShellCommand<unknown>, string]> = {
  datasetStanding: [datasetStanding(swap), 'between\n'],
  lookAtDataset: [lookAtDataset('tank/chat'), 'is filesystem\nmountpoint\t/srv/chat\nencryptionroot\t-\nnames 3\nfree 1024\n'],
  isDatasetAside: [isDatasetAside(swap), `${swap.into}-before-${swap.run}\n`],
  contentsOfBoth: [contentsOfBoth(swap), 'fresh 12 4096 1795289022\nold 1 7 0\n'],
  isFolderAside: [isFolderAside(swap), 'there\n'],
  areDatabasesAside: [areDatabasesAside(swap), 'there\n'],
  folderStanding: [folderStanding(swap), 'new\n'],
  lookAtFolder: [lookAtFolder('/srv'), 'is folder\nparent\nmountpoint\nbelow 2\n'],
  lookAtPath: [lookAtPath('/srv', 'a b/c'), '1 absent\nmountpoint\nbelow 2\n'],
  databaseStanding: [databaseStanding(swap), 'old\n'],
  missingTools: [missingTools(['curl', 'snap']), 'snap\n'],
  checkOwn: [checkOwn(swap, 'each look'), '-- Dump completed on 2026-11-20\n'],
  ownStanding: [ownStanding(swap), 'between\n'],
  countLoaded: [countLoaded(swap), 'tables\tsynapse\t2\nrows\tevents\t2\n'],
  lookAtSnap: [lookAtSnap('/var/snap/rocketchat-server/common'), 'installed\nmongo\n'],
  snapStanding: [snapStanding({ run: 'r', common: '/c', staging: '/s' }), 'old\n'],
  serverVersion: [serverVersion('postgres'), '15.18 (Debian 15.18-0+deb12u1)\n'],
  checking: [checkArchives({ run: 'r', into: '/i', staging: '/s' }), 'fact\ta: 3 entries\nbytes\t5\nproblem\tb is broken\n'],
  roomAt: [roomAt('/srv'), '  1024   77 /srv\n'],
  duplicityVersion: [duplicityVersion(), 'duplicity 0.8.22\n'],
  probeFetch: [probeFetch(probed), '206 1 /dev/null\n'],
  addressOfHost: [addressOfHost(), '203.0.113.7\n'],
  schedulesThat: [schedulesThat(['b'], ['chat.service']), 'writes\tbackup.service\n'],
  fetchParts: [fetchParts([], 'x'), '206 7 /s/00000000.000000\n'],
  sizesIn: [sizesIn('/s', ['a']), '7 a\n'],
  streamedBytes: [streamedBytes('r'), '17179869184\n'],
  digestsIn: [digestsIn('/s', new Map()), '00000000 22af645d1859cb5ca6da0c484f1f37ea\n'],
  listDatasets: [listDatasets('tank'), `tank${'\t7'.repeat(listDatasets('tank').line.split(',').length - 2)}\n`],
  listSnapshots: [listSnapshots('tank'), 'tank@a\tsnapshot\t7\t5\t1795289022\t0\t0\t-\ntank#b\tbookmark\t7\t5\t1795289022\t-\t-\t-\n'],
  findSnapshots: [findSnapshots(refs), 'tank@a\t18446744073709551615\n'],
  writtenSince: [writtenSince('tank', refs), 'tank\twritten@a\t1024\n'],
  holdTags: [holdTags(refs), 'tank@a\tkeep\tSat Nov 21 19:23 2026\n'],
  listPools: [listPools(), 'tank\t7\tONLINE\toff\t-\n'],
  poolStates: [poolStates(), '/proc/spl/kstat/zfs/tank/state\tONLINE\n'],
  poolDevices: [poolDevices('tank'), 'tank\t1G\n\t/dev/nvme1n1p1\t1G\t5M\n'],
  readLabel: [readLabel('/dev/sdb'), "LABEL 0\n    name: 'tank'\n    state: 0\n    txg: 119\n    pool_guid: 7\n    hostid: 1\n    vdev_children: 1\n    vdev_tree:\n        type: 'disk'\n"],
  poolCondition: [poolCondition('tank'), 'unsupported@com.a:b\treadonly\n  pool: tank\ncheckpoint: created Sun Nov 22 06:42:30 2026, consumes 48K\n\t  mirror-0  DEGRADED  0  0  0\n\t    7  UNAVAIL  0  0  0  was /dev/sdb1\n'],
  importable: [importable('/dev/sdb'), '   pool: tank\n state: ONLINE\n'],
  isImportedAtBoot: [isImportedAtBoot('tank'), 'none\n'],
  markedBy: [markedBy('tank'), '20260101-000000-abcd\n'],
  checkpointRoom: [checkpointRoom('tank'), 'checkpoint\t-\nfeature@zpool_checkpoint\tenabled\nfree\t7\nsize\t9\nfreeing\t0\nremoving\tyes\n'],
  ownProperties: [ownProperties(['tank/a b']), "tank/a b\torg.x:y\tit's\ntank/a b\tquota\t7\n"],
  listLimits: [listLimits('tank'), 'tank\t7\t0\t0\t-\toff\tnone\ntank/v\t7\t-\t-\t0\ton\traw\n'],
  referencedBy: [referencedBy(['tank@a']), 'tank@a\t18446744073709551615\n'],
  tryKey: [tryKey({ name: 'tank', keyLocation: 'prompt' }), 'Key load error: Incorrect key provided for \'tank\'.\n'],
  undestroyable: [undestroyable('tank', ['tank@a']), '{"return":{"tank@a":16}}'],
  runRollbackProgram: [runRollbackProgram('tank', []), '{"return":{"blocked":{"tank@a":16}}}'],
  listDevices: [listDevices(), '{"blockdevices":[{"name":"a","path":"/dev/a","size":1,"type":"disk","serial":null,"fstype":null,"mountpoint":null}]}'],
  listIdLinks: [listIdLinks(), '/dev/disk/by-id/a\t/dev/sda\n'],
  listZfsMounts: [listZfsMounts(), '{"filesystems":[{"target":"/tank","source":"tank","fstype":"zfs"}]}'],
  missingNodes: [missingNodes(['/dev/sdb']), '/dev/sdb\n'],
  nonEmptyDirectories: [nonEmptyDirectories([]), '/tank\n'],
  openFilesBelow: [openFilesBelow(['/tank']), '/proc/7/fd /tank/log\n/proc/8 /tank\n'],
  processesOf: [processesOf([7]), "process\t7\tit's a b\t0::/system.slice/chat.service\n"],
  mountsElsewhere: [mountsElsewhere(), '5 1 0:44 / /tank rw shared:7 - zfs tank rw\nprocess\t7\tsleep\t0::/a.scope\n9 8 0:44 / /mnt/a\\040b rw master:7 - zfs tank/a\\040b@c rw\n'],
  volumeUses: [volumeUses('tank'), "volume\t/dev/zvol/tank/v+1\t../../zd16\nopen\t/dev/zd16\t/proc/7/fd\nswap\t/dev/zd16p1\tswap\nbelow another device\t/dev/zd16\t/sys/block/loop0/loop/backing_file\n"],
  listMounts: [listMounts(), 'zfs tank/a\\x20b /tank/a\\x20b rw\nzfs tank@a[/b] /mnt ro\n'],
  zfsInFstab: [zfsInFstab(), '{"filesystems":[{"source":"tank/a b","target":"/srv/a b","options":"rw,noatime"}]}'],
  lookAtDestination: [lookAtDestination('/srv', ['a']), 'is folder\nparent\nwritable\nfree  4096\ntype ext4\ntaken a b\n'],
  sizeInSnapshot: [sizeInSnapshot('tank/a b@x', "it's"), 'file\n7\n'],
  listFolder: [listFolder({ kind: 'snapshot', name: 'tank/a b@x' }, "it's", 3), `${['f', '7', '1795289022.5', '640', 'irc', 'irc', '', 'a\tb'].join('\0')}\0`],
  listBelow: [listBelow({ kind: 'dataset', name: 'tank' }, '', 3), `${['l', '7', '1795289022.5', '777', 'irc', 'irc', 'there', 'a\nb'].join('\0')}\0`],
  readStart: [readStart({ kind: 'mounted', at: '/tank' }, 'log', 7), 'it began\n'],
  treeSize: [treeSize('/srv'), 'folder\n4096\n'],
  treeDigest: [treeDigest('/srv'), '0f\n1e\n7\n'],
  unknownUsers: [unknownUsers(['a.service']), 'a.service\tuser\tann\n'],
  strangers: [strangers(['/srv']), "uid\t4711\t/srv/it's a b\ngid\t7\t/srv/é世\n"],
  bootId: [bootId(), '0b2a7d4e-0000-4000-8000-000000000000\n'],
  answers: [answers(), ''],
  hostFacts: [hostFacts(), 'uid 0\nhostid 60b8f5dd\nhostname a\nzone Europe/Berlin\nzfs 2.1.11\ntool zfs\n'],
  gateState: [gateState({ run: 'r', backups: [], services: [], cron: [] }), 'held r\ngo\ndrop-in /a\ncovered /b\ntimer\n'],
  lockHolder: [lockHolder(), 'r\nann@laptop\n2026-11-21T19:23:42.000Z\n'],
  probeCommand: [probeCommand({ kind: 'tcp', host: 'a', port: 1 }), ''],
  'probeCommand of http': [probeCommand({ kind: 'http', url: 'http://a', status: 200, newest: 'at' }), '{"at":"2026-11-20T23:44:57Z"}\n200'],
  'probeCommand of a line': [probeCommand({ kind: 'command', line: 'x', newest: true }), '2026-11-20T23:44:57Z\n'],
  instantOf: [{ ...hostFacts(), parse: ({ stdout }) => instantOf(stdout) }, '1795218297'],
  snapshotCronFiles: [snapshotCronFiles(), '/etc/cron.d/zfsnap\n'],
  snapshotCrontabLines: [snapshotCrontabLines(), 'root:0 * * * * zfSnap\n'],
  existingFiles: [existingFiles(['/a']), '/a\n'],
  unitOutcome: [unitOutcome(unit), 'ended 0\nout\n'],
  unitsAtWork: [unitsAtWork('r'), 'lifeboat-r-s-1-1.service loaded active running x\n'],
  unitStates: [unitStates(['a.service']), 'Id=a.service\nLoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0\n'],
  unitJournal: [unitJournal(['a.service'], 5), '2026-11-20T23:44:57+0000 a chat[7]: ready\n'],
  listTimers: [listTimers(), 'Id=a.timer\nUnit=a.service\n'],
} // prettier-ignore

/** The commands of a folder that read an answer, by their names: a function of a file of it that is exported. */
const readingIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split(/^(?=export |const |function |\/\*\*)/m)
      .filter((part) => /\b(?:readLine|changeOf)\(|\bparse:/.test(part))
      .flatMap((part) => /^export (?:const|function) (\w+)/.exec(part)?.[1] ?? []),
  )

describe('the answer to', () => {
  it('each command that reads one is tried here', () => {
    const remote = join(import.meta.dirname, '../../src/remote')
    const names = ['zfs', 'linux'].flatMap((folder) => readingIn(join(remote, folder)))
    expect(names.length).toBeGreaterThan(40)
    expect(names.filter((name) => !(name in commands))).toEqual([])
  })

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
