import { expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Device } from '../../src/remote/linux/disks.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { contextFor } from '../../src/run/context.ts'
import { labelBearer, newDisk } from '../../src/steps/new-disk.ts'
import { fakeSession } from '../run/fake-session.ts'

const run = contextFor(fakeSession(), { step: 'find-disk', attempt: 1, shown: null, ignoresStopping: false })

const disk = (path: string, gib = 1): Device => ({
  name: path.slice('/dev/'.length),
  path,
  size: gib * 1024 ** 3,
  type: 'disk',
  serial: null,
  fstype: null,
  mountpoint: null,
  children: [],
})

const before = ['/dev/vda', '/dev/vdb']

const had = before.map((path) => disk(path))

it('a disk without a serial is the one that was not there before, as soon as it is there', () => {
  expect(newDisk(run, had, before, 1)).toBeUndefined()
  expect(newDisk(run, [...had, { ...disk('/dev/loop0'), type: 'loop' }], before, 1)).toBeUndefined()
  expect(newDisk(run, [...had, disk('/dev/vdc')], before, 1)).toMatchObject({ path: '/dev/vdc' })
})

it('of several, or of another size than the volume, it is refused, and what was seen is named', () => {
  expect(() => newDisk(run, [...had, disk('/dev/vdc'), disk('/dev/vdd', 2)], before, 1)).toThrow(
    /2 disks have come .*\/dev\/vdc \(1 GiB\), \/dev\/vdd \(2 GiB\)/,
  )
  expect(() => newDisk(run, [...had, disk('/dev/vdc', 2)], before, 1)).toThrow(
    /\/dev\/vdc \(2 GiB\), and the volume has 1 GiB/,
  )
})

it('a disk whose partitions the kernel has not read yet is opened first, and then looked at', async () => {
  const session = fakeSession()
  const labelled = readFileSync(join(import.meta.dirname, '../fixtures/zfs/labels-of-a-disk.txt'), 'utf8')
  let opened = false
  const remote: Remote = {
    async run(command) {
      if (command.kind === 'aws') throw new Error('there is no AWS here')
      const bears = command.line.includes('/dev/vdcp1')
      opened ||= command.line.includes('/dev/vdc')
      return command.parse({ code: bears ? 0 : 2, stdout: bears ? labelled : 'failed to unpack label 0\n', stderr: '' })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  const its = contextFor(session, { step: 'find-disk', attempt: 1, shown: null, ignoresStopping: false })
  const partition = { ...disk('/dev/vdcp1'), type: 'part' }
  const bearer = await labelBearer(its, disk('/dev/vdc'), () => Promise.resolve(opened ? [partition] : []))
  expect(bearer).toEqual(partition)
})
