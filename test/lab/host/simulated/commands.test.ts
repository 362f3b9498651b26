import { describe, expect, it } from 'vitest'
import type { ShellCommand } from '../../../../src/remote/command.ts'
import { compressing, decompressed } from '../../../../src/remote/compressed.ts'
import {
  copyOut,
  lookAtDestination,
  mountSnapshot,
  sizeInSnapshot,
  treeDigest,
  treeSize,
  unmountSnapshot,
} from '../../../../src/remote/linux/copy-out.ts'
import { listMounts, mountsElsewhere, processesOf, volumeUses } from '../../../../src/remote/linux/dataset-users.ts'
import { listZfsMounts, missingNodes, nonEmptyDirectories, openFilesBelow } from '../../../../src/remote/linux/disks.ts'
import { bootId, hostFacts } from '../../../../src/remote/linux/facts.ts'
import { listBelow, listFolder, readStart } from '../../../../src/remote/linux/look-inside.ts'
import { snapshotCrontabLines } from '../../../../src/remote/linux/schedules.ts'
import { strangers, unknownUsers } from '../../../../src/remote/linux/users.ts'
import { mountAll, unmountAll, zfsInFstab } from '../../../../src/remote/zfs/mounting.ts'
import { startHost, type TestHost } from './host.ts'

/** As Remote.run does it. */
async function ask<T>({ host }: TestHost, command: ShellCommand<T>): Promise<T> {
  const line = command.compressed === true ? compressing(command.line) : command.line
  const output = await host.run(line, command.stdin === undefined ? {} : { stdin: command.stdin })
  if (!command.accepts.includes(output.code))
    throw new Error(`${command.line} ends with ${output.code}: ${output.stderr}`)
  return command.parse(command.compressed === true ? decompressed(output) : output)
}

const noon = { kind: 'snapshot', name: 'tank/chat@noon' } as const

describe('a shell of a simulated host', () => {
  it.each([
    [String.raw`printf '\357\273\277x'`, 'efbbbf78'],
    [String.raw`printf 'a\xe2\x82\xac\n'`, '61e282ac0a'],
    [String.raw`printf '%b' '\0303\0274'`, 'c3bc'],
    [String.raw`printf '%s\\303 %s' ü '\303'`, 'c3bc5c333033205c333033'],
    [String.raw`printf '\000\101'`, '0041'],
  ])('gives of %s the bytes, and no characters in their place', async (line, hex) => {
    await using box = await startHost(false)
    await box.host.run(`${line} > /root/bytes`)
    for (const reading of [`${line} | base64`, 'base64 < /root/bytes']) {
      const { stdout } = await box.host.run(reading)
      expect(Buffer.from(stdout, 'base64').toString('hex')).toBe(hex)
    }
  })
})

describe('what the program asks a simulated host', () => {
  it('is told who the host is', async () => {
    await using box = await startHost(false)
    expect(await ask(box, hostFacts())).toEqual({
      root: true,
      hostId: '7f4a10c2',
      hostName: 'irc-1',
      timeZone: 'Etc/UTC',
      zfs: '2.1.11-1+deb12u1',
      tools: ['zpool', 'zfs', 'zdb', 'systemctl', 'systemd-run', 'lsblk', 'findmnt', 'curl'],
    })
    expect(await ask(box, bootId())).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is told what is mounted, and who uses it', async () => {
    await using box = await startHost(true)
    expect(await ask(box, listZfsMounts())).toEqual([{ target: '/tank/chat', source: 'tank/chat', fstype: 'zfs' }])
    expect(await ask(box, listMounts())).toContainEqual({
      fstype: 'zfs',
      source: 'tank/chat',
      target: '/tank/chat',
      options: 'rw,noatime',
    })
    expect(await ask(box, mountsElsewhere())).toEqual([])
    const [used = ''] = await ask(box, openFilesBelow(['/tank']))
    expect(used).toMatch(/^\d+ \/tank\/chat\/messages\.log$/)
    expect(await ask(box, processesOf([Number(used.split(' ')[0]), 9999]))).toEqual([
      { pid: Number(used.split(' ')[0]), name: 'chatd', unit: 'chat.service' },
    ])
    expect(await ask(box, volumeUses('tank'))).toEqual([])
    expect(await ask(box, nonEmptyDirectories(['/tank/chat', '/mnt', '/nope']))).toEqual(['/tank/chat'])
    expect(await ask(box, missingNodes(['/dev/zd0', '/dev/nope']))).toEqual(['/dev/nope'])
    await box.out('systemctl stop chat')
    expect(await ask(box, openFilesBelow(['/tank']))).toEqual([])
  })

  it('sees mounts of another namespace, and who is in it', async () => {
    await using box = await startHost(true)
    const inside = box.host.run("unshare -m sh -c 'mount -t zfs -o ro tank/chat@noon /mnt; sleep 3600'")
    await expect
      .poll(() => ask(box, mountsElsewhere()).then((found) => found.map(({ source, target }) => `${source} ${target}`)))
      .toContain('tank/chat@noon /mnt')
    expect(await ask(box, listZfsMounts())).toHaveLength(1)
    await box.host.advance(3_600_000)
    expect((await inside).code).toBe(0)
    expect(await ask(box, mountsElsewhere())).toEqual([])
  })

  it('looks into a snapshot without leaving a trace', async () => {
    await using box = await startHost(true)
    const before = await box.out('findmnt')
    const { entries, cut } = await ask(box, listFolder(noon, '', 10))
    expect(cut).toBe(false)
    expect(entries).toEqual([
      {
        path: 'messages.log',
        kind: 'file',
        bytes: 77,
        changedAt: '2026-03-28T12:00:30.000Z',
        mode: '644',
        owner: 'chat',
        group: 'chat',
        to: null,
      },
    ])
    expect((await ask(box, listBelow({ kind: 'mounted', at: '/tank/chat' }, '', 1))).cut).toBe(true)
    expect(await ask(box, readStart({ kind: 'dataset', name: 'tank/chat' }, 'messages.log', 20))).toBe(
      '2026-03-28T11:00:00Z',
    )
    expect(await ask(box, sizeInSnapshot(noon.name, 'messages.log'))).toEqual({ kind: 'file', bytes: 77 })
    expect(await box.out('findmnt')).toBe(before)
  })

  it('copies out of a snapshot with owners, rights and times, and never over what is there', async () => {
    await using box = await startHost(true)
    await ask(box, mountSnapshot(noon.name, '/run/look'))
    expect(await ask(box, treeSize('/run/look'))).toEqual({ kind: 'folder', bytes: 4096 + 77 })
    expect(await ask(box, lookAtDestination('/srv', ['old', 'none']))).toMatchObject({
      is: 'folder',
      parent: true,
      writable: true,
      fstype: 'ext4',
      taken: [],
    })
    await ask(box, copyOut('/run/look', '/srv/old', '/srv/.draft'))
    expect(await ask(box, treeDigest('/srv/old'))).toEqual(await ask(box, treeDigest('/run/look')))
    expect(await box.out('stat -c "%n %a %U %Y" /srv/old /srv/old/messages.log; ls -A /srv')).toBe(
      '/srv/old 750 chat 1774699230\n/srv/old/messages.log 644 chat 1774699230\nold\n',
    )
    await expect(ask(box, copyOut('/run/look', '/srv/old', '/srv/.draft'))).rejects.toThrow(
      'ends with 17: /srv/old is there already',
    )
    await box.out('echo more >> /srv/old/messages.log')
    expect((await ask(box, treeDigest('/srv/old'))).contents).not.toBe(
      (await ask(box, treeDigest('/run/look'))).contents,
    )
    await ask(box, unmountSnapshot('/run/look'))
    expect((await box.host.run('[ -e /run/look ]')).code).toBe(1)
  })

  it('finds owners whom nobody knows', async () => {
    await using box = await startHost(true)
    await box.out('echo x > /tank/chat/from-afar && chown 4711:4712 /tank/chat/from-afar')
    expect(await ask(box, strangers(['/tank/chat']))).toEqual([
      { kind: 'uid', id: '4711', example: '/tank/chat/from-afar' },
      { kind: 'gid', id: '4712', example: '/tank/chat/from-afar' },
    ])
    await box.out('useradd -m -u 4711 afar && groupadd -g 4712 far')
    expect(await ask(box, strangers(['/tank/chat']))).toEqual([])
    await box.out(
      "printf '[Service]\\nUser=ghost\\nExecStart=/bin/true\\n' > /etc/systemd/system/haunted.service; systemctl daemon-reload",
    )
    expect(await ask(box, unknownUsers(['haunted.service', 'chat.service']))).toEqual([
      { unit: 'haunted.service', kind: 'user', name: 'ghost' },
    ])
    await box.out('systemctl start haunted')
    await expect.poll(() => box.host.run('systemctl is-failed haunted')).toMatchObject({ code: 0, stdout: 'failed\n' })
  })

  it('mounts and unmounts what is legacy, with fstab’s options', async () => {
    await using box = await startHost(false)
    await box.out("mkdir -p '/srv/my chat'; echo 'tank/chat /srv/legacy zfs noatime 0 0' >> /etc/fstab")
    const mounts = [{ dataset: 'tank/chat', mountpoint: '/srv/my chat', legacy: 'rw,noatime' }]
    await ask(box, mountAll(mounts))
    await ask(box, mountAll(mounts))
    expect(await ask(box, listMounts())).toContainEqual({
      fstype: 'zfs',
      source: 'tank/chat',
      target: '/srv/my chat',
      options: 'rw,noatime',
    })
    await ask(box, unmountAll(mounts))
    await ask(box, unmountAll(mounts))
    expect(await ask(box, listZfsMounts())).toEqual([])
    expect(await ask(box, zfsInFstab())).toEqual([{ source: 'tank/chat', target: '/srv/legacy', options: 'noatime' }])
  })

  it('reads users’ own crontabs', async () => {
    await using box = await startHost(false)
    await box.out("echo '0 * * * * zfs snapshot tank@x' > /var/spool/cron/crontabs/alice")
    expect(await ask(box, snapshotCrontabLines())).toEqual(['alice:0 * * * * zfs snapshot tank@x'])
  })
})

describe('files of a simulated host', () => {
  it('can’t be written in a snapshot, nor where a mount is read-only', async () => {
    await using box = await startHost(true)
    expect(await box.out('cat /tank/chat/.zfs/snapshot/noon/messages.log')).toContain('good morning')
    expect(await box.host.run('echo x > /tank/chat/.zfs/snapshot/noon/new')).toMatchObject({
      code: 2,
      stderr: 'sh: 1: cannot create /tank/chat/.zfs/snapshot/noon/new: Read-only file system\n',
    })
    expect(await box.host.run('touch /tank/chat/.zfs/snapshot/noon/new')).toMatchObject({
      code: 1,
      stderr: "touch: cannot touch '/tank/chat/.zfs/snapshot/noon/new': Read-only file system\n",
    })
    expect(await box.out('ls /tank/chat/.zfs/snapshot; ls -A /tank/chat')).toBe('noon\nchatd.started\nmessages.log\n')
  })

  it('keep rights: what is another’s can be neither read nor written', async () => {
    await using box = await startHost(true)
    await box.out('chmod 600 /tank/chat/messages.log; chmod 755 /tank/chat; mkdir /srv/mine; chown alice /srv/mine')
    expect(await box.host.run('sudo -u alice cat /tank/chat/messages.log')).toMatchObject({
      code: 1,
      stderr: 'cat: /tank/chat/messages.log: Permission denied\n',
    })
    expect((await box.host.run("sudo -u alice sh -c 'echo x > /tank/chat/x'")).code).not.toBe(0)
    expect(
      await box.out(
        'sudo -u alice sh -c \'umask 027; echo x > /srv/mine/x; mkdir /srv/mine/d; stat -c "%a %U:%G" /srv/mine/x /srv/mine/d\'',
      ),
    ).toBe('640 alice:alice\n750 alice:alice\n')
  })

  it('of a folder under /run are gone after a reboot, those in /etc and /var stay', async () => {
    await using box = await startHost(false)
    await box.out('echo a > /run/a; echo b > /tmp/b; echo c > /etc/c')
    const before = await box.out('cat /proc/sys/kernel/random/boot_id')
    await box.host.reboot()
    expect((await box.host.run('cat /run/a /tmp/b /etc/c')).stdout).toBe('c\n')
    expect(await box.out('cat /proc/sys/kernel/random/boot_id')).not.toBe(before)
    expect(box.zfs.log.filter((line) => ['boot', 'halt', 'sync'].includes(line))).toEqual(['sync', 'halt'])
  })
})

describe('what a simulated host does not have', () => {
  it.each([
    ['docker ps', 'docker: not in this lab\n', 127],
    ['lsblk --zoned', 'lsblk --zoned: not in this lab\n', 1],
    ['mount -t nfs a:/b /mnt', 'mount -t nfs: not in this lab\n', 32],
    ['systemctl edit chat', 'systemctl edit: not in this lab\n', 1],
    ['find / -newer x', 'find -newer: not in this lab\n', 1],
    ['curl http://example.com/', 'curl: (6) Could not resolve host: example.com\n', 6],
  ])('is said of %s', async (line, stderr, code) => {
    await using box = await startHost(false)
    expect(await box.host.run(line)).toEqual({ code, stdout: '', stderr })
  })
})
