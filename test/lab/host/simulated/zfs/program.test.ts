// Everything that the program sends to ZFS, with the program's own reading of the answers.
import { describe, expect, it } from 'vitest'
import {
  checkpointRoom,
  discardCheckpoint,
  makeCheckpoint,
  markCheckpoint,
  markedBy,
  rewindToCheckpoint,
  unmarkCheckpoint,
} from '../../../../../src/remote/zfs/checkpoint.ts'
import {
  cloneSnapshot,
  destroyClone,
  ownProperties,
  promoteClone,
  renameDataset,
  setProperties,
} from '../../../../../src/remote/zfs/clone.ts'
import {
  findSnapshots,
  holdSnapshots,
  holdTags,
  listDatasets,
  listSnapshots,
  releaseSnapshots,
  writtenSince,
} from '../../../../../src/remote/zfs/dataset.ts'
import { loadKey, tryKey } from '../../../../../src/remote/zfs/keys.ts'
import { listLimits, referencedBy } from '../../../../../src/remote/zfs/limits.ts'
import { mountAll, unmountAll } from '../../../../../src/remote/zfs/mounting.ts'
import {
  exportPool,
  importable,
  importAgain,
  importAtBoot,
  importPool,
  isImportedAtBoot,
  keepMountpoint,
  listPools,
  poolCondition,
  poolDevices,
  readLabel,
} from '../../../../../src/remote/zfs/pool.ts'
import { rollbackLines, runRollbackProgram, undestroyable } from '../../../../../src/remote/zfs/rollback-program.ts'
import { fakeHost, hostWithPool } from './fake-host.ts'
import { shellOf } from './shell.ts'

function lab() {
  const host = hostWithPool()
  return { host, ask: shellOf(host) }
}

const unmounted = () => {
  const { host, ask } = lab()
  for (const name of ['home/alice', 'irc']) host.run(`zfs unmount tank/${name}`)
  return { host, ask }
}

describe('looking at a pool', () => {
  it('finds its datasets, parents before children', async () => {
    const { ask } = lab()
    const datasets = await ask(listDatasets('tank'))
    expect(datasets.map(({ name }) => name)).toEqual([
      'tank',
      'tank/home',
      'tank/home/alice',
      'tank/irc',
      'tank/secret',
    ])
    expect(datasets.at(-1)).toMatchObject({
      mountpoint: '/tank/secret',
      mounted: true,
      keyStatus: 'available',
      encryptionRoot: 'tank/secret',
      keyLocation: 'file:///tmp/k',
    })
    expect(datasets[3]?.writtenBytes).toBeGreaterThan(0)
    expect(datasets[2]?.writtenBytes).toBe(0)
  })

  it('finds its snapshots and bookmarks in the order of their transaction groups', async () => {
    const { host, ask } = lab()
    host.run('zfs bookmark tank/irc@hourly-11 tank/irc#sent')
    host.run('zfs hold keep tank/irc@hourly-11')
    host.run('zfs clone tank/irc@hourly-11 tank/copy')
    const snapshots = await ask(listSnapshots('tank'))
    expect(snapshots).toHaveLength(20)
    const [first, bookmark] = snapshots
    expect(first).toMatchObject({
      dataset: 'tank/irc',
      name: 'hourly-11',
      kind: 'snapshot',
      holds: 1,
      clones: ['tank/copy'],
    })
    expect(bookmark).toMatchObject({ name: 'sent', kind: 'bookmark', guid: first?.guid, createtxg: first?.createtxg })
    const daily = snapshots.filter(({ name }) => name === 'daily-22')
    expect(daily).toHaveLength(5)
    expect(new Set(daily.map(({ createtxg }) => createtxg)).size).toBe(1)
    expect(new Set(snapshots.filter(({ kind }) => kind === 'snapshot').map(({ guid }) => guid)).size).toBe(19)
  })

  it('finds what was written since, what is there, and what limits it', async () => {
    const { host, ask } = lab()
    const refs = [
      { dataset: 'tank/home/alice', snapshot: 'daily-21' },
      { dataset: 'tank/home/alice', snapshot: 'daily-23' },
      { dataset: 'tank', snapshot: 'nosuch' },
    ]
    const written = await ask(writtenSince('tank', refs))
    expect(written.get('tank/home/alice@daily-21')).toBeGreaterThan(2 * 1024 ** 2)
    expect(written.get('tank/home/alice@daily-23')).toBe(0)
    expect(written.has('tank@nosuch')).toBe(false)
    expect([...(await ask(findSnapshots(refs))).keys()]).toEqual([
      'tank/home/alice@daily-21',
      'tank/home/alice@daily-23',
    ])
    host.run('zfs set refquota=8M tank/irc')
    host.run('zfs set refreservation=16M overlay=off tank/home')
    const limits = await ask(listLimits('tank'))
    expect(limits.get('tank/irc')).toMatchObject({ refquota: 8 * 1024 ** 2, keyFormat: null, overlay: true })
    expect(limits.get('tank/irc')?.available).toBe(8 * 1024 ** 2 - 98304)
    expect(limits.get('tank/home')).toMatchObject({
      refreservation: 16 * 1024 ** 2,
      keptFree: 16 * 1024 ** 2,
      overlay: false,
    })
    expect(limits.get('tank/secret')?.keyFormat).toBe('passphrase')
    expect((await ask(referencedBy(['tank/irc@manual']))).get('tank/irc@manual')).toBe(98304)
  })

  it('reads its label, its disks and how it is', async () => {
    const { host, ask } = lab()
    const guid = host.run('zpool get -Ho value guid tank').trim()
    expect(await ask(listPools())).toEqual([{ name: 'tank', guid, health: 'ONLINE', readonly: false, altroot: null }])
    expect(await ask(poolDevices('tank'))).toEqual(['/dev/nvme1n1p1'])
    expect(await ask(poolCondition('tank'))).toEqual({ readOnlyFeatures: [], checkpoint: null, missing: [] })
    expect(await ask(readLabel('/dev/nvme1n1p1'))).toMatchObject({
      name: 'tank',
      guid,
      state: 0,
      hostId: '1622734301',
      hostName: 'restore-lab',
      topLevelVdevs: 1,
      topLevelType: 'disk',
      readable: 4,
    })
    expect(await ask(readLabel('/dev/nvme1n1'))).toBeUndefined()
  })
})

it('holds are made once, listed, and released whether they are there or not', async () => {
  const { host, ask } = lab()
  const refs = ['tank', 'tank/irc'].map((dataset) => ({ dataset, snapshot: 'daily-22' }))
  host.run('zfs hold lifeboat:r tank@daily-22')
  await ask(holdSnapshots('lifeboat:r', refs))
  expect(await ask(holdTags(refs))).toEqual([
    { name: 'tank@daily-22', tag: 'lifeboat:r' },
    { name: 'tank/irc@daily-22', tag: 'lifeboat:r' },
  ])
  host.run('zfs release lifeboat:r tank@daily-22')
  await ask(releaseSnapshots('lifeboat:r', refs))
  expect(await ask(holdTags(refs))).toEqual([])
})

it('a checkpoint is made, marked, measured, and rewound to', async () => {
  const { host, ask } = lab()
  const guid = host.run('zpool get -Ho value guid tank').trim()
  expect(await ask(checkpointRoom('tank'))).toMatchObject({
    checkpointBytes: null,
    feature: 'enabled',
    freeingBytes: 0,
    removing: false,
  })
  await ask(makeCheckpoint('tank'))
  await ask(markCheckpoint('tank', 'run'))
  expect(await ask(markedBy('tank'))).toBe('run')
  const small = (await ask(checkpointRoom('tank'))).checkpointBytes ?? 0
  host.run('zfs destroy -r tank/home')
  const room = await ask(checkpointRoom('tank'))
  expect(room.checkpointBytes).toBeGreaterThan(small + 3 * 1024 ** 2)
  expect(room.feature).toBe('active')
  await ask(rewindToCheckpoint({ pool: 'tank', guid, directories: ['/dev/disk/by-id'] }, 'now'))
  expect(await ask(markedBy('tank'))).toBeNull()
  expect((await ask(listDatasets('tank'))).map(({ name, mounted }) => [name, mounted])).toContainEqual([
    'tank/home/alice',
    false,
  ])
  await ask(makeCheckpoint('tank'))
  await ask(discardCheckpoint('tank'))
  await ask(discardCheckpoint('tank'))
  await ask(unmarkCheckpoint('tank'))
  expect((await ask(checkpointRoom('tank'))).checkpointBytes).toBeNull()
})

it('a clone takes the place of what it was made from', async () => {
  const { host, ask } = lab()
  host.run('zfs set recordsize=16K org.example:note=kept tank/irc')
  const own = (await ask(ownProperties(['tank/irc']))).get('tank/irc') ?? []
  expect(own).toEqual([
    { property: 'recordsize', value: '16384' },
    { property: 'org.example:note', value: 'kept' },
  ])
  await ask(cloneSnapshot({ dataset: 'tank/irc', snapshot: 'hourly-12', type: 'filesystem' }, 'tank/irc.new', own))
  await ask(promoteClone('tank/irc.new'))
  await ask(unmountAll([{ dataset: 'tank/irc', mountpoint: '/tank/irc', legacy: null }]))
  await ask(setProperties('tank/irc', [{ property: 'canmount', value: 'noauto' }]))
  await ask(renameDataset('tank/irc', 'tank/irc.before', 'filesystem'))
  await ask(renameDataset('tank/irc.new', 'tank/irc', 'filesystem'))
  await ask(
    setProperties('tank/irc', [
      { property: 'canmount', value: 'on' },
      { property: 'recordsize', value: null },
    ]),
  )
  await ask(mountAll([{ dataset: 'tank/irc', mountpoint: '/tank/irc', legacy: null }]))
  expect(host.read('/tank/irc/log.txt')).toBe('v2\n')
  expect(host.zfs.snapshotsOf('tank/irc')).toEqual(['hourly-11', 'daily-21', 'hourly-12'])
  expect(host.run('zfs get -Ho value origin tank/irc.before')).toBe('tank/irc@hourly-12\n')
  expect(host.run('zfs get -Ho value,source recordsize tank/irc')).toBe('128K\tdefault\n')
  await ask(cloneSnapshot({ dataset: 'tank/irc', snapshot: 'hourly-12', type: 'filesystem' }, 'tank/spare', []))
  await ask(destroyClone('tank/spare'))
  expect((await ask(listDatasets('tank'))).map(({ name }) => name)).not.toContain('tank/spare')
})

it('filesystems are unmounted and mounted again, legacy ones too', async () => {
  const { host, ask } = lab()
  host.run('zfs create -o mountpoint=legacy tank/old')
  const all = [
    { dataset: 'tank', mountpoint: '/tank', legacy: null },
    { dataset: 'tank/irc', mountpoint: '/tank/irc', legacy: null },
    { dataset: 'tank/old', mountpoint: '/old', legacy: 'rw,noatime' },
  ]
  await ask(mountAll(all))
  expect(host.mounts.find(({ target }) => target === '/old')).toMatchObject({
    source: 'tank/old',
    options: ['rw', 'noatime', 'xattr', 'noacl'],
  })
  host.processes.push({ pid: 7, command: 'tail', unit: null, open: ['/tank/irc/log.txt'] })
  await expect(ask(unmountAll(all.toReversed()))).rejects.toThrow("cannot unmount '/tank/irc': pool or dataset is busy")
  host.processes.pop()
  await ask(unmountAll([{ dataset: 'tank/irc', mountpoint: '/tank/irc', legacy: null }]))
  expect(host.mounts.map(({ source }) => source)).not.toContain('tank/irc')
})

describe('a key', () => {
  it('of 32 bytes or of digits goes over standard input', async () => {
    const { host, ask } = lab()
    const raw = Buffer.from(Array.from({ length: 32 }, (_none, at) => at * 4 + 1))
    host.run('zfs create -o encryption=on -o keyformat=raw -o keylocation=prompt tank/raw', raw.toString('latin1'))
    host.run('zfs create -o encryption=on -o keyformat=hex -o keylocation=prompt tank/hex', 'ab'.repeat(32))
    for (const name of ['tank/raw', 'tank/hex']) {
      host.run(`zfs unmount ${name}`)
      host.run(`zfs unload-key ${name}`)
    }
    const key = { name: 'tank/raw', keyLocation: 'prompt', keyFormat: 'raw' }
    expect(await ask(tryKey(key), Buffer.alloc(32, 9).toString('base64'))).toBe(
      "Incorrect key provided for 'tank/raw'.",
    )
    expect(await ask(tryKey(key), raw.toString('base64'))).toBeUndefined()
    expect(host.run('zfs get -Ho value keystatus tank/raw')).toBe('unavailable\n')
    await ask(loadKey(key), raw.toString('base64'))
    await ask(loadKey(key), raw.toString('base64'))
    expect(host.run('zfs get -Ho value keystatus tank/raw')).toBe('available\n')
    const hex = { name: 'tank/hex', keyLocation: 'prompt', keyFormat: 'hex' }
    expect(await ask(tryKey(hex), 'ab')).toBe('Hex key too short (expected 64).')
    await ask(loadKey(hex), 'ab'.repeat(32))
  })
})

describe('bringing a pool in', () => {
  it('to look at it, to write to it, and for the next boot', async () => {
    const { host } = lab()
    host.zfs.sync()
    const guid = host.run('zpool get -Ho value guid tank').trim()
    const other = fakeHost({ hostid: '0a1b2c3d' })
    other.plug('/dev/nvme2n1', 'vol1', host.disk.read())
    const ask = shellOf(other)
    const node = '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol1-part1'
    expect(await ask(importable(node))).toContain(`id: ${guid}`)
    await ask(importPool({ guid, node, force: true, as: 'other', inspection: { altroot: '/look' } }))
    expect(await ask(listPools())).toMatchObject([{ name: 'other', guid, readonly: true, altroot: '/look' }])
    expect(await ask(undestroyable('other', ['other/irc@manual']))).toBeUndefined()
    await ask(exportPool('other'))
    await ask(importPool({ guid, node, force: true, as: 'other' }))
    await ask(keepMountpoint('other', 'tank'))
    expect(await ask(isImportedAtBoot('other'))).toBe(false)
    await ask(importAtBoot('other'))
    expect(await ask(isImportedAtBoot('other'))).toBe(true)
    await ask(exportPool('other'))
    await ask(importAgain(guid, ['/dev/disk/by-id'], { atBoot: true }))
    other.zfs.halt()
    expect(other.mounts).toEqual([])
    other.zfs.boot()
    expect(await ask(listPools())).toMatchObject([{ name: 'other', guid, readonly: false }])
    expect(other.read('/tank/irc/log.txt')).toBe('AFTER\n')
  })
})

describe('rolling a tree back', () => {
  const trees = [
    { dataset: 'tank/home/alice', snapshot: 'daily-21', destroys: ['daily-23', 'daily-22'] },
    {
      dataset: 'tank/irc',
      snapshot: 'daily-21',
      destroys: ['manual', 'daily-23', 'hourly-13', 'daily-22', 'hourly-12'],
    },
  ]

  it('is one program, in one transaction group', async () => {
    const { host, ask } = unmounted()
    expect(await ask(runRollbackProgram('tank', trees))).toEqual({ state: 'rolled-back' })
    host.run('zfs mount -a')
    expect(host.read('/tank/irc/log.txt')).toBe('v1\n')
    expect(host.read('/tank/home/alice/f2')).toBeUndefined()
    expect((await ask(writtenSince('tank', trees))).get('tank/irc@daily-21')).toBe(0)
    expect(host.zfs.snapshotsOf('tank/irc')).toEqual(['hourly-11', 'daily-21'])
  })

  it('changes nothing where a hold, a clone, a mount or a newer snapshot is in its way', async () => {
    const { host, ask } = unmounted()
    host.run('zfs mount tank/home/alice')
    host.run('zfs hold keep tank/irc@manual')
    host.run('zfs clone tank/irc@hourly-12 tank/copy')
    host.run('zfs snapshot tank/irc@since')
    const before = host.run('zfs list -Hp -t all -o name,guid,used')
    const result = await ask(runRollbackProgram('tank', trees))
    expect(result.state === 'blocked' && new Map(result.blockers.map(({ name, errno }) => [name, errno]))).toEqual(
      new Map([
        ['tank/irc@since', 17],
        ['tank/irc@manual', 16],
        ['tank/irc@hourly-12', 17],
        ['tank/home/alice', 16],
      ]),
    )
    expect(host.run('zfs list -Hp -t all -o name,guid,used')).toBe(before)
    expect(
      await ask(
        undestroyable('tank', ['tank/irc@manual', 'tank/irc@hourly-12', 'tank/irc@hourly-13', 'tank/irc@gone']),
      ),
    ).toEqual(
      new Map([
        ['tank/irc@manual', 16],
        ['tank/irc@hourly-12', 17],
      ]),
    )
    expect(await ask(undestroyable('tank', []))).toEqual(new Map())
  })

  it('has destroyed what no check has seen to be in vain: a newer bookmark', async () => {
    const { host, ask } = unmounted()
    host.run('zfs bookmark tank/irc@hourly-12 tank/irc#sent')
    expect(await ask(runRollbackProgram('tank', trees))).toEqual({ state: 'broken', at: 'tank/irc', errno: 17 })
    expect(host.zfs.snapshotsOf('tank/irc')).toEqual(['hourly-11', 'daily-21'])
  })

  it('goes by single commands too', async () => {
    const { host, ask } = lab()
    for (const tree of trees) for (const line of rollbackLines(tree)) await ask(line)
    expect(host.read('/tank/irc/log.txt')).toBe('v1\n')
  })
})
