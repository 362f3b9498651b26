import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakeHost, type FakeHost } from './fake-host.ts'

const datasets = ['tank', 'tank/a', 'tank/a/b', 'tank/c'] as const
const dataset = fc.constantFrom(...datasets)
const name = fc.constantFrom('one', 'two', 'three')
const snapshot = fc.tuple(dataset, name).map((parts) => parts.join('@'))

/** Something that anybody may do to a pool, sensible or not. */
const deed = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(dataset, fc.constantFrom('f', 'g'), fc.nat({ max: 300_000 }))
      .map(([of, file, size]) => ({ write: `/${of}/${file}`, size })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('', '-r '), snapshot).map(([flag, of]) => `zfs snapshot ${flag}${of}`),
  },
  fc
    .tuple(fc.constantFrom('', '-r ', '-R ', '-d '), fc.oneof(dataset, snapshot))
    .map(([flag, of]) => `zfs destroy ${flag}${of}`),
  fc.tuple(fc.constantFrom('', '-r ', '-R '), snapshot).map(([flag, of]) => `zfs rollback ${flag}${of}`),
  fc.tuple(snapshot, fc.constantFrom('tank/clone', 'tank/a/clone')).map((parts) => `zfs clone ${parts.join(' ')}`),
  fc.constantFrom(
    'zfs promote tank/clone',
    'zfs promote tank/a/clone',
    'zfs rename tank/c tank/a/c',
    'zfs rename -u tank/clone tank/c',
    'zfs rename tank/a tank/d',
  ),
  snapshot.map((of) => `zfs hold keep ${of}`),
  snapshot.map((of) => `zfs release keep ${of}`),
  snapshot.map((of) => `zfs bookmark ${of} ${of.replace('@', '#')}`),
  dataset.map((of) => `zfs create ${of}`),
  dataset.map((of) => `zfs set refreservation=1M ${of}`),
  fc.constantFrom(
    'zpool checkpoint tank',
    'zpool checkpoint -d tank',
    'zfs set mountpoint=/other tank/a',
    'zfs inherit mountpoint tank/a',
    'zfs unmount tank/c',
    'zfs mount -a',
    'again',
    'rewind',
  ),
)

function living(): FakeHost {
  const host = fakeHost()
  host.plug('/dev/nvme1n1', 'vol1')
  host.run('zpool create tank nvme1n1')
  for (const each of datasets.slice(1)) host.run(`zfs create ${each}`)
  return host
}

function does(host: FakeHost, one: string | { readonly write: string; readonly size: number }): void {
  if (typeof one === 'string') {
    if (one === 'again' || one === 'rewind') {
      host.run('zpool export tank')
      const option = one === 'rewind' ? '--rewind-to-checkpoint ' : ''
      if (host.zfs.zpool(`import ${option}tank`.split(' '), '').exitCode !== 0) host.run('zpool import tank')
    } else {
      const { exitCode, stderr } = host.fails(one)
      // A refusal says why, and what is done is done without a word.
      if ((exitCode !== 0) !== (stderr !== '')) throw new Error(`${one}: ${exitCode}: ${stderr}`)
    }
    return
  }
  const mount = host.mounts.find(({ target }) => one.write.startsWith(`${target}/`))
  if (mount !== undefined) host.write(one.write.replace(/^.*(?=\/)/, mount.target), new Uint8Array(one.size))
}

interface Row {
  readonly name: string
  readonly guid: string
  readonly createtxg: number
  readonly origin: string
  readonly clones: readonly string[]
}

const rowsOf = (host: FakeHost): Row[] =>
  host
    .run('zfs list -Hp -t filesystem,volume,snapshot -o name,guid,createtxg,origin,clones')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [row = '', guid = '', createtxg = '', origin = '', clones = ''] = line.split('\t')
      return { name: row, guid, createtxg: Number(createtxg), origin, clones: clones === '-' ? [] : clones.split(',') }
    })

function sizesOf(host: FakeHost): number[][] {
  for (const line of host.run('zfs list -Hp -t snapshot -o used,written,referenced').trimEnd().split('\n')) {
    if (line === '') continue
    for (const cell of line.split('\t').map(Number)) {
      expect(cell).toBeGreaterThanOrEqual(0)
      expect(cell % 4096).toBe(0)
    }
  }
  const fields = 'used,usedbydataset,usedbysnapshots,usedbychildren,usedbyrefreservation,available,written,referenced'
  return host
    .run(`zfs list -Hp -o ${fields}`)
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t').map(Number))
}

function expectSound(host: FakeHost): void {
  const rows = rowsOf(host)
  const names = new Set(rows.map((row) => row.name))
  expect(names.size).toBe(rows.length)
  expect(new Set(rows.map((row) => row.guid)).size).toBe(rows.length)
  for (const row of rows) {
    const above = row.name.includes('@') ? row.name.split('@')[0] : row.name.replace(/\/[^/]*$/, '')
    expect(names.has(above ?? '')).toBe(true)
    for (const clone of row.clones) expect(rows.find((each) => each.name === clone)?.origin).toBe(row.name)
  }
  const cloned = rows.filter((row) => row.origin !== '-')
  for (const row of cloned) expect(rows.find((each) => each.name === row.origin)?.clones).toContain(row.name)
  for (const of of names) {
    const txgs = host.zfs
      .snapshotsOf(of)
      .map((each) => rows.find((row) => row.name === `${of}@${each}`)?.createtxg ?? 0)
    expect(txgs).toEqual(txgs.toSorted((a, b) => a - b))
  }
  for (const [used = 0, own = 0, snapshots = 0, children = 0, kept = 0, ...others] of sizesOf(host)) {
    expect(used).toBe(own + snapshots + children + kept)
    for (const each of [own, snapshots, children, kept, ...others]) {
      expect(each).toBeGreaterThanOrEqual(0)
      expect(each % 4096).toBe(0)
    }
  }
  for (const mount of host.mounts) expect(names.has(mount.source)).toBe(true)
}

describe('whatever is done to a pool', () => {
  it('leaves it sound, and is the same after it was exported and imported', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const host = living()
        for (const one of deeds) does(host, one)
        expectSound(host)
        const all =
          'zfs list -Hp -t all -o name,guid,createtxg,creation,used,referenced,written,origin,userrefs,mountpoint,canmount'
        const before = host.run(all)
        const history = host.run('zpool history tank')
        host.run('zpool export tank')
        host.run('zpool import -N tank')
        expect(host.run(all)).toBe(before)
        expect(host.run('zpool history tank').startsWith(history.trimEnd())).toBe(true)
        expectSound(host)
      }),
      { numRuns: 150 },
    )
  })

  it('is undone by a rollback, which brings back exactly what the snapshot has', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 25 }), fc.array(deed, { maxLength: 15 }), (before, after) => {
        const host = living()
        for (const one of before) does(host, one)
        const { exitCode } = host.zfs.zfs(['snapshot', 'tank@mine'], '')
        expect(exitCode).toBe(0)
        const then = new Map(host.zfs.filesOf('tank'))
        for (const one of after) does(host, one)
        // Whatever it was, a checkpoint may have taken the snapshot away.
        if (!host.zfs.snapshotsOf('tank').includes('mine')) return
        for (const other of host.zfs.snapshotsOf('tank')) host.zfs.zfs(['release', 'keep', `tank@${other}`], '')
        expect(host.fails('zfs rollback -R tank@mine')).toEqual({ exitCode: 0, stderr: '' })
        expect(new Map(host.zfs.filesOf('tank'))).toEqual(then)
        expect(host.run('zfs get -Hpo value written tank')).toBe('0\n')
      }),
      { numRuns: 100 },
    )
  })
})

describe('an image of a disk', () => {
  it('has all that was synced, and nothing of what came after', () => {
    const host = living()
    const [disk] = host.kernel.disks()
    host.write('/tank/a/f', 'before')
    host.zfs.sync()
    const image = disk?.read() ?? ''
    host.write('/tank/a/f', 'after')
    host.run('zfs destroy -r tank/a/b')
    const other = fakeHost({ seed: 'other' })
    other.plug('/dev/nvme5n1', 'vol2', image)
    other.run('zpool import tank')
    expect(other.read('/tank/a/f')).toBe('before')
    expect(other.run('zfs list -Ho name')).toBe('tank\ntank/a\ntank/a/b\ntank/c\n')
  })

  it.each([
    ['is cut off', (text: string) => text.slice(0, text.indexOf('\n') + 100)],
    ['has letters of its contents changed', (text: string) => text.replace('"datasets"', '"datesets"')],
  ])('that %s has a label, and a pool that can not be opened', (_how, damage) => {
    const host = living()
    const image = damage(host.kernel.disks()[0]?.read() ?? '')
    const other = fakeHost()
    other.plug('/dev/nvme5n1', 'vol2', image)
    expect(other.run('zpool import')).toContain('  state: FAULTED\nstatus: The pool metadata is corrupted.')
    expect(other.fails('zpool import tank').stderr).toBe(
      "cannot import 'tank': I/O error\n\tDestroy and re-create the pool from\n\ta backup source.\n",
    )
  })

  it('that is beside the pool it was made of is not seen', () => {
    const host = living()
    host.plug('/dev/nvme2n1', 'vol2', host.kernel.disks()[0]?.read())
    expect(host.fails('zpool import')).toEqual({ exitCode: 0, stderr: 'no pools available to import\n' })
    expect(host.fails('zpool import -d /dev/nvme2n1p1 tank').exitCode).toBe(1)
  })
})
