// What the host's own tools print, written as they do and read back.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listDevices, listIdLinks, listZfsMounts, openFilesBelow, type Device } from '../../src/remote/linux/disks.ts'
import { hostFacts } from '../../src/remote/linux/facts.ts'
import { unitOutcome } from '../../src/remote/linux/transient-unit.ts'
import { listTimers, unitStates } from '../../src/remote/linux/units.ts'
import { answer } from '../remote/answer.ts'
import { garbled, lineText, runs, soundly } from './any-text.ts'

const maybe = fc.option(lineText)

const leaf = {
  name: lineText,
  path: lineText,
  size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  type: fc.constantFrom('disk', 'part', 'loop', 'rom'),
  serial: maybe,
  fstype: maybe,
  mountpoint: maybe,
}

const partition: fc.Arbitrary<Device> = fc.record({ ...leaf, children: fc.constant([]) })
const disk: fc.Arbitrary<Device> = fc.record({ ...leaf, children: fc.array(partition, { maxLength: 2 }) })

/** As lsblk(8) prints them: what has no children has no such key. */
const printed = (device: Device): object => {
  const { children, ...rest } = device
  return children.length === 0 ? rest : { ...rest, children: children.map(printed) }
}

describe('the JSON of', () => {
  it('lsblk gives back every disk with its partitions', () => {
    fc.assert(
      fc.property(fc.array(disk, { maxLength: 3 }), fc.nat({ max: 3 }), (disks, indent) => {
        const stdout = JSON.stringify({ blockdevices: disks.map(printed) }, null, indent)
        expect(answer(listDevices(), stdout)).toEqual(disks)
      }),
      runs,
    )
  })

  it('findmnt gives back every mount', () => {
    const mount = fc.record({ target: lineText, source: lineText, fstype: fc.constant('zfs') })
    fc.assert(
      fc.property(fc.array(mount, { maxLength: 4 }), (filesystems) => {
        expect(answer(listZfsMounts(), JSON.stringify({ filesystems }))).toEqual(filesystems)
      }),
      runs,
    )
  })

  it('either that was garbled is read whole or refused', () => {
    const lsblk = fc.array(disk, { maxLength: 2 }).map((disks) => JSON.stringify({ blockdevices: disks.map(printed) }))
    fc.assert(
      fc.property(garbled(lsblk), (stdout) => {
        expect(soundly(() => answer(listDevices(), stdout))).toBeDefined()
      }),
      runs,
    )
  })
})

// systemd.unit(5): what a unit's name may hold, escapes among it.
const unitName = fc.stringMatching(/^[A-Za-z0-9:_.\\-]{1,20}(?:@[A-Za-z0-9:_.\\-]{0,10})?\.(?:service|timer|socket)$/)
const word = fc.stringMatching(/^[a-z-]{1,12}$/)

describe('a unit', () => {
  const state = fc.record({
    unit: unitName,
    load: word,
    active: word,
    sub: word,
    invocation: fc.stringMatching(/^(?:[0-9a-f]{32})?$/),
    restarts: fc.nat(),
    result: word,
    conditionMet: fc.boolean(),
  })

  it('is read back with the others, whatever the order of its properties and what else is printed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(state, fc.boolean(), lineText), { maxLength: 3 }), (list) => {
        const blocks = list.map(([one, reversed, text]) => {
          const lines = [
            `Id=${one.unit}`,
            `LoadState=${one.load}`,
            `ActiveState=${one.active}`,
            `SubState=${one.sub}`,
            `InvocationID=${one.invocation}`,
            `NRestarts=${one.restarts}`,
            `Result=${one.result}`,
            `ConditionResult=${one.conditionMet ? 'yes' : 'no'}`,
            `Description=${text}`,
          ]
          return `${(reversed ? lines.toReversed() : lines).join('\n')}\n`
        })
        const read = answer(unitStates(['a.service']), blocks.join('\n'))
        expect(read).toEqual(list.map(([one]) => one))
      }),
      runs,
    )
  })

  it('is started by the timers that name it', () => {
    const timer = fc.record({ timer: unitName, activates: fc.oneof(unitName, fc.constant('')) })
    fc.assert(
      fc.property(fc.array(timer, { maxLength: 4 }), (timers) => {
        const blocks = timers.map((one) => `Id=${one.timer}\n${one.activates === '' ? '' : `Unit=${one.activates}\n`}`)
        expect(answer(listTimers(), blocks.join('\n'))).toEqual(timers)
      }),
      runs,
    )
  })

  it('of a run gives back its code and all it printed', () => {
    const unit = { run: 'r', step: 's', attempt: 1, part: '1' }
    fc.assert(
      fc.property(fc.nat({ max: 255 }), fc.string({ unit: 'binary' }), (code, stdout) => {
        expect(answer(unitOutcome(unit), `ended ${code}\n${stdout}`)).toEqual({
          state: 'ended',
          output: { code, stdout, stderr: '' },
        })
      }),
      runs,
    )
  })
})

describe('lines of', () => {
  const name = lineText.filter((text) => text !== '')

  it('links are read with any name', () => {
    const link = fc.record({ link: name.map((text) => `/dev/disk/by-id/${text}`), device: name })
    fc.assert(
      fc.property(fc.array(link, { maxLength: 4 }), (links) => {
        const stdout = links.map((one) => `${one.link}\t${one.device}\n`).join('')
        expect(answer(listIdLinks(), stdout)).toEqual(links)
      }),
      runs,
    )
  })

  it('open files are read with any path', () => {
    // A line that Unicode has and a host has not.
    const path = name.map((text) => `/tank/${text.replaceAll(/[\u2028\u2029]/g, '')}`)
    const open = fc.record({ pid: fc.integer({ min: 1, max: 4_194_304 }), what: fc.constantFrom('/fd', ''), path })
    fc.assert(
      fc.property(fc.array(open, { maxLength: 4 }), (files) => {
        const stdout = files.map((one) => `/proc/${one.pid}${one.what} ${one.path}\n`).join('')
        const read = answer(openFilesBelow(['/tank']), stdout)
        expect(read).toHaveLength(files.length)
        expect(read.every((line, at) => line.endsWith(files[at]?.path ?? ''))).toBe(true)
      }),
      runs,
    )
  })

  it('a host’s own words are read with any name', () => {
    const host = name.map((text) => text.replaceAll(/[\u2028\u2029]/g, ''))
    fc.assert(
      fc.property(host, fc.nat({ max: 9 }), fc.stringMatching(/^[0-9a-f]{8}$/), (hostName, uid, hostId) => {
        const stdout = `uid ${uid}\nhostid ${hostId}\nhostname ${hostName}\nzone Europe/Berlin\nzfs 2.1.11\ntool zfs\n`
        expect(answer(hostFacts(), stdout)).toMatchObject({ root: uid === 0, hostId, hostName, timeZone: 'Europe/Berlin' })
      }),
      runs,
    )
  })
}) // prettier-ignore
