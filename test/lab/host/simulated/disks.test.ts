import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ShellCommand } from '../../../../src/remote/command.ts'
import { diskPaths, listDevices, listIdLinks } from '../../../../src/remote/linux/disks.ts'
import { startHost, type TestHost } from './host.ts'

const volume = 'vol-0a1b2c3d4e5f60718'

async function ask<T>({ host }: TestHost, command: ShellCommand<T>): Promise<T> {
  return command.parse(await host.run(command.line))
}

async function image(box: TestHost, text: string): Promise<string> {
  const path = join(box.folder, `image-${crypto.randomUUID()}`)
  await writeFile(path, text)
  await truncate(path, 1024 ** 3)
  return path
}

const begin = async (path: string): Promise<string> => (await readFile(path)).subarray(0, 24).toString('latin1')

const label = '{"leaf":"7","vdevs":[{"leaves":[{"guid":"7","path":"/dev/x","wholeDisk":true}]}]}\n'

describe('disks of a simulated host', () => {
  it('appear with their serial when they are attached, and are gone when they are detached', async () => {
    await using box = await startHost(false)
    await box.host.attach(await image(box, ''), volume)
    const devices = await ask(box, listDevices())
    expect(diskPaths(devices)).toEqual(['/dev/vda', '/dev/nvme0n1', '/dev/zd0'])
    expect(devices[1]).toMatchObject({ serial: 'vol0a1b2c3d4e5f60718', size: 1024 ** 3, type: 'disk', fstype: null })
    expect(await ask(box, listIdLinks())).toContainEqual({
      link: '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0a1b2c3d4e5f60718',
      device: '/dev/nvme0n1',
    })
    await box.host.detach(volume)
    expect(diskPaths(await ask(box, listDevices()))).toEqual(['/dev/vda', '/dev/zd0'])
    expect(box.zfs.log).toContain('lost /dev/nvme0n1')
    await expect(box.host.detach(volume)).rejects.toThrow('not attached')
  })

  it('bear no serial where the lab plays Xen', async () => {
    await using box = await startHost(false)
    await box.host.attach(await image(box, ''), volume, { serials: false })
    expect((await ask(box, listDevices()))[1]).toMatchObject({ path: '/dev/vdb', serial: null })
    expect(await ask(box, listIdLinks())).toEqual([])
  })

  it('show the partitions that ZFS has made, once it has', async () => {
    await using box = await startHost(false)
    await box.host.attach(await image(box, label), volume)
    expect(
      (await ask(box, listDevices()))[1]?.children.map(({ path, type, fstype }) => ({ path, type, fstype })),
    ).toEqual([
      { path: '/dev/nvme0n1p1', type: 'part', fstype: 'zfs_member' },
      { path: '/dev/nvme0n1p9', type: 'part', fstype: null },
    ])
    expect(
      await box.out('readlink -f /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0a1b2c3d4e5f60718-part1'),
    ).toBe('/dev/nvme0n1p1\n')
  })

  it('are read up to the first NUL, and written over whole', async () => {
    await using box = await startHost(false)
    const path = await image(box, 'what was there before')
    await box.host.attach(path, volume)
    const [disk] = box.kernel.disks()
    expect(disk?.read()).toBe('what was there before')
    disk?.write('new')
    expect(await begin(path)).toBe(`new${'\0'.repeat(21)}`)
    expect(() => disk?.write('a\0b')).toThrow('without a NUL')
  })

  it('are not written while a copy is made', async () => {
    await using box = await startHost(false)
    const path = await image(box, 'old')
    await box.host.attach(path, volume)
    const copied = await box.host.frozen(async () => {
      box.kernel.disks()[0]?.write('new')
      return begin(path)
    })
    expect(copied).toBe(`old${'\0'.repeat(21)}`)
    expect(box.kernel.disks()[0]?.read()).toBe('new')
    expect(await begin(path)).toBe(`new${'\0'.repeat(21)}`)
  })

  it('stay through a stop, and may go while the host is off', async () => {
    await using box = await startHost(false)
    await box.host.attach(await image(box, ''), volume)
    await box.host.stop()
    await box.host.detach(volume)
    await box.host.start()
    expect(diskPaths(await ask(box, listDevices()))).toEqual(['/dev/vda', '/dev/zd0'])
    expect(await box.host.console()).toMatch(/BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 \S+ irc-1\n/)
  })
})
