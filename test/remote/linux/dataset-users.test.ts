import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { listMounts, mountsElsewhere, processesOf, volumeUses } from '../../../src/remote/linux/dataset-users.ts'
import type { ShellCommand } from '../../../src/remote/command.ts'

const answer = <T>(command: ShellCommand<T>, stdout: string): T => command.parse({ code: 0, stdout, stderr: '' })

describe('a process', () => {
  it('is named with the unit that it belongs to', async () => {
    const { stdout } = await execa('/bin/sh', ['-c', processesOf([process.pid]).line])
    expect(answer(processesOf([process.pid]), `${stdout}\n`)).toMatchObject([{ pid: process.pid }])
    const line = 'process\t7\tmy app\t0::/system.slice/chat.service/sub\n'
    expect(answer(processesOf([7]), line)).toEqual([{ pid: 7, name: 'my app', unit: 'chat.service' }])
  })
})

const here = '29 1 0:30 / /tank rw shared:12 - zfs tank rw\n30 29 0:31 / /tank/a rw - zfs tank/a rw\n'
const told = (pid: number): string => `process\t${pid}\tsleep\t0::/machine.slice/box.scope\n`

describe('mounts in other namespaces', () => {
  it.each([
    ['follows the host where it is a slave', '41 1 0:30 / /tank rw master:12 - zfs tank rw', true],
    ['follows the host where they share a group', '41 1 0:30 / /tank rw shared:12 - zfs tank rw', true],
    ['stays where it is private', '41 1 0:30 / /tank rw - zfs tank rw', false],
    ['stays where its group is another', '41 1 0:30 / /tank rw shared:99 - zfs tank rw', false],
  ])('%s', (_what, line, follows) => {
    expect(answer(mountsElsewhere(), `${here}${told(9)}${line}\n`)).toEqual([
      { by: { pid: 9, name: 'sleep', unit: 'box.scope' }, source: 'tank', target: '/tank', follows },
    ])
  })

  it('may have blanks in their names', () => {
    const line = String.raw`41 1 0:30 / /a\040b rw - zfs tank/a\040b rw`
    expect(answer(mountsElsewhere(), `${told(9)}${line}\n`)).toMatchObject([{ source: 'tank/a b', target: '/a b' }])
  })
})

describe('the mounts of the host', () => {
  it('may have blanks in their names', () => {
    expect(answer(listMounts(), String.raw`zfs tank/a\x20b /a\x20b rw,noatime`)).toEqual([
      { fstype: 'zfs', source: 'tank/a b', target: '/a b', options: 'rw,noatime' },
    ])
  })
})

describe('who uses a volume', () => {
  it('is told by the volume, also for its partitions', () => {
    const lines = [
      'volume\t/dev/zvol/tank/a+b\t../../zd0',
      'volume\t/dev/zvol/tank/c\t../../zd16',
      'open\t/dev/zd0\t/proc/12/fd',
      'swap\t/dev/zd16\tswap',
      'mounted\t/dev/zd16p1\t/mnt',
      'below another device\t/dev/zd0\t/sys/block/loop7/loop/backing_file',
      'below another device\t/sys/block/zd16/holders\tdm-0',
      'open\t/dev/zd32\t/proc/13/fd',
    ]
    expect(answer(volumeUses('tank'), `${lines.join('\n')}\n`)).toEqual([
      { volume: 'tank/a b', how: 'open', by: '12' },
      { volume: 'tank/c', how: 'swap', by: 'swap' },
      { volume: 'tank/c', how: 'mounted', by: '/mnt' },
      { volume: 'tank/a b', how: 'below another device', by: 'loop7' },
      { volume: 'tank/c', how: 'below another device', by: 'dm-0' },
    ])
  })
})
