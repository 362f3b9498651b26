import { expect, it } from 'vitest'
import type { Device } from '../../src/remote/linux/disks.ts'
import { contextFor } from '../../src/run/context.ts'
import { newDisk } from '../../src/steps/new-disk.ts'
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
