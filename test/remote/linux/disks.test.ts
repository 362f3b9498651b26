import { chmod, copyFile, mkdir, mkdtemp, open, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  listDevices,
  listIdLinks,
  listZfsMounts,
  nonEmptyDirectories,
  openFilesBelow,
  serialOf,
} from '../../../src/remote/linux/disks.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { answer } from '../answer.ts'
import { here } from '../here.ts'

/** A folder whose name holds everything that a shell or a pattern could take for something else. */
async function awkwardFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), `lifeboat *[a-z]?'"$x\\ `)))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Opens a file until the end of the test. */
async function hold(path: string): Promise<void> {
  const file = await open(path, 'w')
  onTestFinished(() => file.close())
}

describe('block devices', () => {
  const stdout = `{
   "blockdevices": [
      {
         "name": "nvme0n1", "path": "/dev/nvme0n1", "size": 1610612736, "type": "disk",
         "serial": "vol0aaaaaaaaaaaaaaa0", "fstype": "ext4", "mountpoint": "/"
      },{
         "name": "nvme1n1", "path": "/dev/nvme1n1", "size": 2147483648, "type": "disk",
         "serial": "vol0123456789abcdef0", "fstype": null, "mountpoint": null,
         "children": [
            {
               "name": "nvme1n1p1", "path": "/dev/nvme1n1p1", "size": 2136997888, "type": "part",
               "serial": null, "fstype": "zfs_member", "mountpoint": null
            }
         ]
      }
   ]
}`

  it('are read with their partitions', () => {
    expect(answer(listDevices(), stdout)).toEqual([
      expect.objectContaining({ name: 'nvme0n1', serial: 'vol0aaaaaaaaaaaaaaa0', children: [] }),
      expect.objectContaining({
        path: '/dev/nvme1n1',
        size: 2_147_483_648,
        children: [
          {
            name: 'nvme1n1p1',
            path: '/dev/nvme1n1p1',
            size: 2_136_997_888,
            type: 'part',
            serial: null,
            fstype: 'zfs_member',
            mountpoint: null,
            children: [],
          },
        ],
      }),
    ])
  })

  it("of this machine's own lsblk can be read", async () => {
    for (const device of await here(listDevices())) expect(device.path).toMatch(/^\/dev\//)
  })

  it('bear the id of their volume without its dash', () => {
    expect(serialOf('vol-0123456789abcdef0')).toBe('vol0123456789abcdef0')
  })

  it('are reached by links, which are read one a line', () => {
    const links =
      '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0-part1\t/dev/nvme1n1p1\n/dev/disk/by-id/odd name\t/dev/sda\n'
    expect(answer(listIdLinks(), links)).toEqual([
      {
        link: '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0-part1',
        device: '/dev/nvme1n1p1',
      },
      { link: '/dev/disk/by-id/odd name', device: '/dev/sda' },
    ])
  })

  it('may have no links at all', async () => {
    const folder = await temporaryFolder()
    const command = listIdLinks()
    const line = command.line.replace('/dev/disk/by-id', folder).replace('/dev/disk/by-partuuid', join(folder, 'none'))
    expect(await here({ ...command, line })).toEqual([])
    await symlink('/dev/null', join(folder, 'a link'))
    expect(await here({ ...command, line })).toEqual([{ link: join(folder, 'a link'), device: '/dev/null' }])
  })
})

describe('mounts of ZFS', () => {
  it('are read as findmnt prints them', () => {
    const stdout = `{
   "filesystems": [
      { "target": "/tank", "source": "tank", "fstype": "zfs" },
      { "target": "/srv/my data", "source": "tank/my data", "fstype": "zfs" }
   ]
}`
    expect(answer(listZfsMounts(), stdout)).toEqual([
      { target: '/tank', source: 'tank', fstype: 'zfs' },
      { target: '/srv/my data', source: 'tank/my data', fstype: 'zfs' },
    ])
  })

  it('are none where findmnt finds none, prints nothing and ends with 1', () => {
    expect(listZfsMounts().accepts).toContain(1)
    expect(answer(listZfsMounts(), '', 1)).toEqual([])
  })

  it("are asked of this machine's own findmnt in a way it knows", async () => {
    const command = listZfsMounts()
    // Every kind of file system instead of ZFS alone, of which this machine need have none.
    const mounts = await here({ ...command, line: command.line.replace('-t zfs ', '') })
    expect(mounts).toContainEqual(expect.objectContaining({ target: '/proc', fstype: 'proc' }))
  })
})

describe('directories', () => {
  it('that hold something are told from empty, missing and other ones, whatever their names', async () => {
    const folder = await awkwardFolder()
    const path = (name: string): string => join(folder, name)
    await mkdir(path('full'))
    await writeFile(join(path('full'), '.hidden'), '')
    await mkdir(path('empty'))
    await writeFile(path('file'), 'text')
    expect(await here(nonEmptyDirectories(['full', 'empty', 'file', 'missing'].map(path)))).toEqual([path('full')])
  })
})

describe('open files', () => {
  it('are found below a folder with any name, with the process that has them open', async () => {
    const folder = await awkwardFolder()
    const file = join(folder, 'log [1].txt')
    await hold(file)
    expect(await here(openFilesBelow([folder]))).toEqual([`${process.pid} ${file}`])
  })

  it('are found also after they were deleted', async () => {
    const folder = await awkwardFolder()
    const file = join(folder, 'gone')
    await hold(file)
    await rm(file)
    expect(await here(openFilesBelow([folder]))).toEqual([`${process.pid} ${file} (deleted)`])
  })

  it('are found where a process stands in the folder itself', async () => {
    const folder = await awkwardFolder()
    const standing = execa('cat', { cwd: folder })
    onTestFinished(async () => {
      standing.stdin.end()
      await standing
    })
    await expect.poll(() => here(openFilesBelow([folder]))).toEqual([`${standing.pid} ${folder}`])
  })

  it('are those, too, of a program that runs from there and has nothing else open', async () => {
    const folder = await awkwardFolder()
    const program = join(folder, 'cat')
    await copyFile('/bin/cat', program)
    await chmod(program, 0o755)
    const running = execa(program)
    onTestFinished(async () => {
      running.stdin.end()
      await running
    })
    await expect.poll(() => here(openFilesBelow([folder]))).toEqual([`${running.pid} ${program}`])
  })

  it('are not those of a folder whose name the pattern would have matched', async () => {
    const folder = await awkwardFolder()
    const [asked, other] = [join(folder, 'data[12]*'), join(folder, 'data1 more')]
    await mkdir(asked)
    await mkdir(other)
    await hold(join(other, 'file'))
    expect(await here(openFilesBelow([asked]))).toEqual([])
  })

  it('are not those of a folder whose name only begins the same', async () => {
    const folder = await awkwardFolder()
    await mkdir(join(folder, 'tank'))
    await mkdir(join(folder, 'tank2'))
    await hold(join(folder, 'tank2', 'file'))
    expect(await here(openFilesBelow([join(folder, 'tank')]))).toEqual([])
  })

  it('are looked for once where one folder is below another', async () => {
    const folder = await awkwardFolder()
    await mkdir(join(folder, 'tank', 'irc'), { recursive: true })
    const file = join(folder, 'tank', 'irc', 'log')
    await hold(file)
    const paths = [join(folder, 'tank', 'irc'), join(folder, 'tank')]
    expect(await here(openFilesBelow(paths))).toEqual([`${process.pid} ${file}`])
  })

  it('are found below any of thousands of folders, whose names are in no line', async () => {
    const folder = await awkwardFolder()
    const file = join(folder, 'log')
    await hold(file)
    const command = openFilesBelow([
      ...Array.from({ length: 5000 }, (_, at) => `/nowhere/${'x'.repeat(50)}${at}`),
      folder,
    ])
    expect(command.line.length).toBeLessThan(1000)
    expect(await here(command)).toEqual([`${process.pid} ${file}`])
  })

  it('below the root are all', async () => {
    const file = join(await awkwardFolder(), 'log')
    await hold(file)
    expect(await here(openFilesBelow(['/']))).toContain(`${process.pid} ${file}`)
  })

  it('below no folder are none', () => {
    expect(openFilesBelow([]).line).toBe('true')
  })
})
