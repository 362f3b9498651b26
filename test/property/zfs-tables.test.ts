// What ZFS prints, written as it does and read back: names, sizes and times at their limits.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rows } from '../../src/remote/table.ts'
import { findSnapshots, holdTags, listDatasets, listSnapshots, writtenSince } from '../../src/remote/zfs/dataset.ts'
import { listPools, parseLabel, poolDevices } from '../../src/remote/zfs/pool.ts'
import { parseProgramResult } from '../../src/remote/zfs/rollback-program.ts'
import { answer } from '../remote/answer.ts'
import { datasetName, garbled, lineText, number, runs, soundly, zfsName } from './any-text.ts'

const cell = lineText.filter((text) => text !== '')
const some = cell.filter((text) => text !== '-')
const maybe = fc.oneof(some, fc.constant(null))
const dash = (value: string | null): string => value ?? '-'
const line = (...cells: readonly string[]): string => `${cells.join('\t')}\n`

describe('rows', () => {
  it('have every cell of theirs, whatever is in it', () => {
    const table = fc
      .nat({ max: 5 })
      .chain((more) => fc.array(fc.array(cell, { minLength: more + 1, maxLength: more + 1 })))
    fc.assert(
      fc.property(table, (cells) => {
        const fields = Array.from({ length: cells[0]?.length ?? 1 }, (_, at) => `field${at}`)
        const read = rows(cells.map((each) => line(...each)).join(''), fields)
        expect(read.map((row) => fields.map((field) => row[field]))).toEqual(cells)
      }),
      runs,
    )
  })

  it('of another width are refused', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 6 }), (cells, width) => {
        fc.pre(cells.length !== width)
        const fields = Array.from({ length: width }, (_, at) => `field${at}`)
        expect(() => rows(line(...cells), fields)).toThrow(`expected ${width} fields`)
      }),
      runs,
    )
  })
})

const dataset = fc.record({
  name: datasetName,
  type: fc.constantFrom('filesystem' as const, 'volume' as const),
  guid: number,
  createtxg: number,
  mountpoint: cell,
  canmount: fc.constantFrom('on', 'off', 'noauto', '-'),
  mounted: fc.constantFrom('yes', 'no', '-'),
  used: number,
  written: number,
  origin: maybe,
  keyStatus: maybe,
  encryptionRoot: maybe,
  keyLocation: maybe,
})

/** Fields that a listing asks for beside these are filled with a number, which is a text too. */
const fieldsOf = (command: { line: string }): string[] => (/ -o (\S+)/.exec(command.line)?.[1] ?? '').split(',')

const datasetLine = (one: typeof dataset extends fc.Arbitrary<infer T> ? T : never): string => {
  const { keyStatus, encryptionRoot, keyLocation, origin, ...plain } = one
  const cells: Record<string, string> = {
    ...plain,
    origin: dash(origin),
    keystatus: dash(keyStatus),
    encryptionroot: dash(encryptionRoot),
    keylocation: dash(keyLocation),
  }
  return line(...fieldsOf(listDatasets('tank')).map((field) => cells[field] ?? '7'))
}

const snapshot = fc.record({
  dataset: datasetName,
  kind: fc.constantFrom('snapshot' as const, 'bookmark' as const),
  name: zfsName,
  guid: number,
  createtxg: number,
  // As far as a Date goes.
  creation: fc.integer({ min: 0, max: 8_640_000_000_000 }),
  used: fc.option(number),
  holds: fc.option(fc.nat()),
  clones: fc.array(datasetName, { maxLength: 3 }),
})

const snapshotLine = (one: typeof snapshot extends fc.Arbitrary<infer T> ? T : never): string =>
  line(
    `${one.dataset}${one.kind === 'bookmark' ? '#' : '@'}${one.name}`, one.kind, one.guid, one.createtxg,
    String(one.creation), dash(one.used), dash(one.holds === null ? null : String(one.holds)),
    one.clones.length === 0 ? '-' : one.clones.join(','),
  ) // prettier-ignore

describe('a listing', () => {
  it('of datasets gives back what was listed', () => {
    fc.assert(
      fc.property(fc.array(dataset, { maxLength: 3 }), (list) => {
        const read = answer(listDatasets('tank'), list.map(datasetLine).join(''))
        expect(read).toMatchObject(
          list.map(({ createtxg, mounted, used, written, ...one }) => ({
            ...one,
            createtxg: Number(createtxg),
            mounted: mounted === 'yes',
            usedBytes: Number(used),
            writtenBytes: Number(written),
          })),
        )
      }),
      runs,
    )
  })

  it('of snapshots and bookmarks gives back what was listed, in the order of its transaction groups', () => {
    fc.assert(
      fc.property(fc.array(snapshot, { maxLength: 3 }), (list) => {
        const read = answer(listSnapshots('tank'), list.map(snapshotLine).join(''))
        expect(read).toEqual(
          list
            .map(({ createtxg, creation, used, holds, ...one }) => ({
              ...one,
              createtxg: Number(createtxg),
              createdAt: new Date(creation * 1000).toISOString(),
              usedBytes: Number(used ?? 0),
              holds: holds ?? 0,
            }))
            .toSorted(
              (a, b) => a.createtxg - b.createtxg || Number(a.dataset > b.dataset) - Number(a.dataset < b.dataset),
            ),
        )
      }),
      runs,
    )
  })

  it('that was garbled is read whole or refused', () => {
    const either = fc.oneof(
      garbled(dataset.map(datasetLine)).map((stdout) => () => answer(listDatasets('tank'), stdout)),
      garbled(snapshot.map(snapshotLine)).map((stdout) => () => answer(listSnapshots('tank'), stdout)),
    )
    fc.assert(
      fc.property(either, (read: () => readonly object[]) => {
        expect(soundly(read)).toBeDefined()
      }),
      runs,
    )
  })

  it('of what was written keeps the pairs that were asked for', () => {
    const pair = fc.record({ dataset: datasetName, snapshot: zfsName })
    fc.assert(
      fc.property(fc.array(fc.tuple(pair, number, fc.boolean()), { maxLength: 4 }), (list) => {
        const stdout = list.map(([one, value]) => line(one.dataset, `written@${one.snapshot}`, value)).join('')
        const wanted = list.filter(([, , asked]) => asked).map(([one]) => one)
        const isWanted = (one: { dataset: string; snapshot: string }): boolean =>
          wanted.some((each) => each.dataset === one.dataset && each.snapshot === one.snapshot)
        expect(answer(writtenSince('tank', wanted), stdout)).toEqual(
          new Map(
            list
              .filter(([one]) => isWanted(one))
              .map(([one, value]) => [`${one.dataset}@${one.snapshot}`, Number(value)]),
          ),
        )
      }),
      runs,
    )
  })

  it('of snapshots that are there, of holds and of pools gives back what was listed', () => {
    fc.assert(
      fc.property(datasetName, zfsName, number, cell, maybe, fc.boolean(), (name, snap, guid, text, altroot, on) => {
        const full = `${name}@${snap}`
        expect(answer(findSnapshots([]), line(full, guid))).toEqual(new Map([[full, guid]]))
        expect(answer(holdTags([]), line(full, text, 'Sat Nov 21 19:23 2026'))).toEqual([{ name: full, tag: text }])
        const pool = { name: snap, guid, health: 'ONLINE', readonly: on, altroot }
        expect(answer(listPools(), line(snap, guid, 'ONLINE', on ? 'on' : 'off', dash(altroot)))).toEqual([pool])
      }),
      runs,
    )
  })

  it('of a pool’s devices has each of them and no vdev', () => {
    const device = fc.stringMatching(/^[a-z0-9:._-]{1,20}$/).map((name) => `/dev/${name}`)
    const vdev = fc.constantFrom('mirror-0', 'raidz1-0', 'special', 'logs')
    fc.assert(
      fc.property(zfsName, fc.array(fc.oneof(device, vdev)), (pool, names) => {
        const stdout = [pool, ...names].map((name, at) =>
          line(...(at === 0 ? [name] : ['', name]), '1G', '-', 'ONLINE'),
        )
        expect(answer(poolDevices(pool), stdout.join(''))).toEqual(names.filter((name) => name.startsWith('/dev/')))
      }),
      runs,
    )
  })
})

const label = fc.record({
  name: zfsName,
  guid: number,
  state: fc.nat({ max: 7 }),
  txg: number,
  hostId: fc.option(fc.nat().map(String)),
  // zdb quotes no quotes.
  hostName: fc.option(fc.stringMatching(/^[a-z0-9.' -]{0,20}[a-z0-9]$/).filter((text) => !text.startsWith("'"))),
  topLevelVdevs: fc.integer({ min: 1, max: 300 }),
  topLevelType: fc.constantFrom('disk', 'file', 'mirror', 'raidz'),
})

type Label = typeof label extends fc.Arbitrary<infer T> ? T : never

/** The pairs that zdb prints beside those that are read, an inner `name` and `state` among them. */
const labelText = (one: Label): string => {
  const pairs = [
    'version: 5000',
    `name: '${one.name}'`,
    `state: ${one.state}`,
    `txg: ${one.txg}`,
    `pool_guid: ${one.guid}`,
    ...(one.hostId === null ? [] : [`hostid: ${one.hostId}`]),
    ...(one.hostName === null ? [] : [`hostname: '${one.hostName}'`]),
    'top_guid: 7480321541930214361',
    `vdev_children: ${one.topLevelVdevs}`,
    'vdev_tree:',
    ...[`type: '${one.topLevelType}'`, 'id: 0', "path: '/dev/sdb1'", 'children[0]:'].map((each) => `    ${each}`),
    ...["type: 'disk'", "name: 'inner'", 'state: 9', 'pool_guid: 9'].map((each) => `        ${each}`),
  ]
  const rule = '-'.repeat(36)
  return `${rule}\nLABEL 0\n${rule}\n${pairs.map((pair) => `    ${pair}\n`).join('')}    labels = 0 1 2 3 \n`
}

describe('a label', () => {
  it('gives back what it was made of, also when other labels follow', () => {
    fc.assert(
      fc.property(label, fc.option(label), (one, other) => {
        expect(parseLabel(labelText(one) + (other === null ? '' : labelText(other)))).toMatchObject(one)
      }),
      runs,
    )
  })

  it('that is cut off anywhere is itself, or none', () => {
    fc.assert(
      fc.property(label, fc.double({ min: 0, max: 1, noNaN: true }), (one, where) => {
        const text = labelText(one)
        const read = parseLabel(text.slice(0, Math.floor(where * text.length)))
        // Only the line behind `vdev_tree:` may be missing.
        expect([undefined, one.topLevelType, 'unknown']).toContain(read?.topLevelType)
        expect(read === undefined ? one : { ...read, topLevelType: one.topLevelType }).toMatchObject(one)
      }),
      runs,
    )
  })

  it('that was garbled is read whole, or is none', () => {
    fc.assert(
      fc.property(garbled(label.map(labelText)), (text) => {
        expect(soundly(() => parseLabel(text))).not.toBeInstanceOf(Error)
      }),
      runs,
    )
  })
})

describe('what a channel program returns', () => {
  const name = fc.tuple(datasetName, zfsName).map((both) => both.join('@'))
  const errno = fc.integer({ min: 1, max: 133 })

  it('gives back each blocker', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, errno), { selector: ([each]) => each }), (blocked) => {
        const read = parseProgramResult(JSON.stringify({ return: { blocked: Object.fromEntries(blocked) } }))
        expect(read).toEqual({ state: 'blocked', blockers: blocked.map(([each, no]) => ({ name: each, errno: no })) })
      }),
      runs,
    )
  })

  it('is done only where it says just that, and is read whole or refused whatever it is', () => {
    const anything = fc.oneof(fc.json(), fc.json().map((inner) => `{"return":${inner}}`), garbled(fc.constant('{"return":{"done":1}}')))
    fc.assert(
      fc.property(anything, (text) => {
        const read = soundly(() => parseProgramResult(text))
        expect(JSON.stringify(read).includes('rolled-back') && !/"done"\s*:\s*1/.test(text)).toBe(false)
      }),
      runs,
    )
  })
}) // prettier-ignore
