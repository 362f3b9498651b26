import { describe, expect, it } from 'vitest'
import { fakeHost, hostWithPool } from './fake-host.ts'

describe('volumes', () => {
  it('have a size, keep room free unless they are sparse, and are devices', () => {
    const host = hostWithPool()
    host.run('zfs create -V 8M tank/disk')
    host.run('zfs create -s -V 8000001 tank/sparse')
    expect(host.run('zfs list -Hp -o name,type,volsize,mountpoint,mounted,canmount -t volume')).toBe(
      'tank/disk\tvolume\t8388608\t-\t-\t-\ntank/sparse\tvolume\t8003584\t-\t-\t-\n',
    )
    expect(Number(host.run('zfs get -Hpo value refreservation tank/disk'))).toBeGreaterThan(8 * 1024 ** 2)
    expect(host.run('zfs get -Hpo value refreservation tank/sparse')).toBe('0\n')
    expect(host.zfs.zvols()).toEqual([
      { dataset: 'tank/disk', device: '/dev/zd0', sizeBytes: 8388608 },
      { dataset: 'tank/sparse', device: '/dev/zd16', sizeBytes: 8003584 },
    ])
    expect(host.fails('zfs rename -u tank/disk tank/other').stderr).toBe(
      "cannot open 'tank/disk': operation not applicable to datasets of this type\n",
    )
    host.run('zfs rename tank/disk tank/other')
  })

  it('that would take more than there is are refused', () => {
    expect(hostWithPool().fails('zfs create -V 4G tank/disk').stderr).toBe("cannot create 'tank/disk': out of space\n")
  })
})

describe('destroying', () => {
  it('names what is in the way of it, children before parents', () => {
    const host = hostWithPool()
    expect(host.fails('zfs destroy tank/home')).toEqual({
      exitCode: 1,
      stderr: [
        "cannot destroy 'tank/home': filesystem has children",
        "use '-r' to destroy the following datasets:",
        ...[1, 2, 3].map((day) => `tank/home/alice@daily-2${day}`),
        'tank/home/alice',
        ...[1, 2, 3].map((day) => `tank/home@daily-2${day}`),
        '',
      ].join('\n'),
    })
    host.run('zfs clone tank/irc@manual tank/copy')
    expect(host.fails('zfs destroy tank/irc@manual').stderr).toBe(
      "cannot destroy 'tank/irc@manual': snapshot has dependent clones\nuse '-R' to destroy the following datasets:\ntank/copy\n",
    )
    expect(host.fails('zfs destroy -r tank/irc').stderr).toBe(
      "cannot destroy 'tank/irc': filesystem has dependent clones\nuse '-R' to destroy the following datasets:\ntank/copy\n",
    )
    host.run('zfs destroy -R tank/irc')
    expect(host.run('zfs list -Ho name -r tank')).toBe('tank\ntank/home\ntank/home/alice\ntank/secret\n')
  })

  it('tells beforehand what a range would free, and changes nothing', () => {
    const host = hostWithPool()
    const before = host.run('zfs list -Hp -t all')
    expect(host.run('zfs destroy -nvp tank/irc@daily-21%daily-22')).toBe(
      ['daily-21', 'hourly-12', 'daily-22'].map((name) => `destroy\ttank/irc@${name}\n`).join('') + 'reclaim\t57344\n',
    )
    expect(host.run('zfs destroy -n tank/irc@manual -v')).toBe('would destroy tank/irc@manual\nwould reclaim 0B\n')
    expect(host.run('zfs list -Hp -t all')).toBe(before)
  })

  it('destroys all that are named or none of them', () => {
    const host = hostWithPool()
    host.run('zfs hold keep tank/irc@hourly-12')
    expect(host.fails('zfs destroy tank/irc@daily-21,hourly-12').stderr).toBe(
      'cannot destroy snapshot tank/irc@hourly-12: dataset is busy\n',
    )
    expect(host.zfs.snapshotsOf('tank/irc')).toHaveLength(7)
    host.run('zfs destroy -d tank/irc@hourly-12')
    expect(host.run('zfs get -Ho value defer_destroy tank/irc@hourly-12')).toBe('on\n')
    host.run('zfs release keep tank/irc@hourly-12')
    host.run('zfs destroy tank/irc@daily-21,nosuch')
    expect(host.zfs.snapshotsOf('tank/irc')).toHaveLength(5)
    expect(host.fails('zfs destroy tank/irc@nosuch').stderr).toBe(
      'could not find any snapshots to destroy; check snapshot names.\n',
    )
  })
})

describe('properties', () => {
  it('come from where they are set', () => {
    const host = hostWithPool()
    host.run('zfs set a:b=1 compression=zstd tank/home')
    expect(host.run('zfs get -r -H -o name,value,source a:b,compression tank/home -t filesystem')).toBe(
      'tank/home\t1\tlocal\ntank/home\tzstd\tlocal\ntank/home/alice\t1\tinherited from tank/home\ntank/home/alice\tzstd\tinherited from tank/home\n',
    )
    expect(host.run('zfs get -H -s local,received -o name,property,value all tank/home')).toBe(
      'tank/home\tcompression\tzstd\ntank/home\ta:b\t1\n',
    )
    host.run('zfs inherit compression tank/home')
    expect(host.run('zfs get -Ho source compression tank/home/alice')).toBe('inherited from tank\n')
  })

  it.each([
    ['zfs set nosuch=1 tank', "cannot set property for 'tank': invalid property 'nosuch'\n", 1],
    ['zfs set used=1 tank', "cannot set property for 'tank': 'used' is readonly\n", 1],
    ['zfs set atime=maybe tank', "cannot set property for 'tank': 'atime' must be one of 'on | off'\n", 1],
    [
      'zfs set refquota=1K tank/irc',
      "cannot set property for 'tank/irc': size is less than current used or reserved space\n",
      1,
    ],
    [
      'zfs set refreservation=9T tank/irc',
      "cannot set property for 'tank/irc': size is greater than available space\n",
      1,
    ],
    ['zfs get used nosuch', "cannot open 'nosuch': dataset does not exist\n", 1],
    ['zfs list tank/nosuch', "cannot open 'tank/nosuch': dataset does not exist\n", 1],
    ['zfs snapshot tank@daily-21', "cannot create snapshot 'tank@daily-21': dataset already exists\n", 1],
    ['zfs create tank/irc', "cannot create 'tank/irc': dataset already exists\n", 1],
    ['zfs create tank/x/y', "cannot create 'tank/x/y': parent does not exist\n", 1],
    ['zfs unmount tank/nosuch', "cannot open 'tank/nosuch': dataset does not exist\n", 1],
    ['zfs mount tank/irc', "cannot mount 'tank/irc': filesystem already mounted\n", 1],
    ['zfs send -R tank@daily-21', 'zfs send -R: not in this lab\n', 1],
    ['zpool scrub tank', 'zpool scrub: not in this lab\n', 1],
    ['zpool checkpoint -d tank', "cannot discard checkpoint in 'tank': checkpoint does not exist\n", 1],
  ])('%s is refused', (line, stderr, exitCode) => {
    expect(hostWithPool().fails(line)).toEqual({ exitCode, stderr })
  })

  it('that ZFS does not understand end with 2', () => {
    const host = hostWithPool()
    expect(host.fails('zfs list -x')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^invalid option 'x'\nusage:/),
    })
    expect(host.fails('zfs frobnicate').exitCode).toBe(2)
  })

  it('move what is mounted, and what mounts by itself', () => {
    const host = hostWithPool()
    host.run('zfs set mountpoint=/srv tank/home')
    expect(host.mounts.map(({ target }) => target)).toContain('/srv/alice')
    host.run('zfs set mountpoint=none tank/home')
    expect(host.mounts.map(({ target }) => target).toSorted()).toEqual(['/tank', '/tank/irc', '/tank/secret'])
    host.run('zfs inherit mountpoint tank/home')
    expect(host.read('/tank/home/alice/f1')).toHaveLength(1024 ** 2)
    expect(host.fails('zfs set overlay=off mountpoint=/full tank/irc').stderr).toBe(
      "cannot mount '/full': directory is not empty\nproperty may be set but unable to remount filesystem\n",
    )
    expect(host.run('zfs get -Ho value mountpoint,mounted tank/irc')).toBe('/full\nno\n')
  })
})

describe('mount(8)', () => {
  it('mounts snapshots, legacy filesystems and others with zfsutil', () => {
    const host = hostWithPool()
    expect(host.zfs.mount('tank/irc@hourly-11', '/run', ['ro']).exitCode).toBe(0)
    expect(host.read('/run/log.txt')).toBe('v1\n')
    expect(host.zfs.mount('tank/home', '/mnt', ['ro'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("cannot be mounted using 'mount'"),
    })
    host.run('zfs unmount tank/home/alice')
    expect(host.zfs.mount('tank/home/alice', '/mnt', ['ro', 'zfsutil']).exitCode).toBe(0)
    expect(host.mounts.at(-1)?.options[0]).toBe('ro')
    expect(host.zfs.mount('tank/nosuch', '/mnt', ['ro']).exitCode).toBe(1)
  })
})

describe('a disk that goes away', () => {
  it('suspends its pool, which then neither changes nor is let go', () => {
    const host = hostWithPool()
    host.unplug('/dev/nvme1n1')
    expect(host.zfs.pools()).toEqual([{ name: 'tank', state: 'SUSPENDED' }])
    expect(host.run('zpool status')).toContain('status: One or more devices are faulted in response to IO failures.')
    expect(host.fails('zfs snapshot tank@now').stderr).toBe(
      'cannot create snapshots : pool I/O is currently suspended\n',
    )
    expect(host.fails('zpool export tank').exitCode).toBe(1)
  })

  it('leaves a mirror degraded, which still can be imported', () => {
    const host = fakeHost()
    host.plug('/dev/nvme1n1', 'vol1')
    host.plug('/dev/nvme2n1', 'vol2')
    host.run('zpool create half mirror nvme1n1 nvme2n1')
    expect(host.run('zpool list -vHPL half').match(/\/dev\/\w+/g)).toEqual(['/dev/nvme1n1p1', '/dev/nvme2n1p1'])
    host.unplug('/dev/nvme2n1')
    expect(host.run('zpool status -P half')).toMatch(/^\t {4}\d+ +UNAVAIL {6}0 {5}0 {5}0 {2}was \/dev\/nvme2n1p1$/m)
    host.run('zpool export half')
    expect(host.run('zpool import')).toContain('  state: DEGRADED\n')
    host.run('zpool import half')
    expect(host.run('zpool list -Ho health half')).toBe('DEGRADED\n')
  })

  it('makes a pool of several disks impossible to import', () => {
    const host = fakeHost()
    host.plug('/dev/nvme1n1', 'vol1')
    host.plug('/dev/nvme2n1', 'vol2')
    host.run('zpool create several nvme1n1 nvme2n1')
    host.run('zpool export several')
    host.unplug('/dev/nvme2n1')
    expect(host.run('zdb -l /dev/nvme1n1p1')).toContain('    vdev_children: 2\n')
    expect(host.run('zpool import')).toContain('status: One or more devices are missing from the system.')
    expect(host.fails('zpool import several').stderr).toBe(
      "cannot import 'several': one or more devices is currently unavailable\n",
    )
  })
})

describe('booting', () => {
  it('imports what the cache file names and mounts it, with the keys that are in files', () => {
    const host = hostWithPool()
    host.zfs.sync()
    host.write('/tank/irc/log.txt', 'lost at the power cut\n')
    host.zfs.halt()
    expect(host.zfs.pools()).toEqual([])
    host.zfs.boot()
    expect(host.read('/tank/irc/log.txt')).toBe('AFTER\n')
    expect(host.read('/tank/secret/s.txt')).toBe('s3\n')
    host.run('zpool set cachefile=none tank')
    host.zfs.halt()
    host.zfs.boot()
    expect(host.zfs.pools()).toEqual([])
  })
})

describe('two pools of one name', () => {
  it('are told apart by their GUIDs, and the second gets another name', () => {
    const host = hostWithPool()
    const other = fakeHost({ seed: 'other' })
    const disk = other.plug('/dev/nvme1n1', 'vol9')
    other.run('zpool create tank nvme1n1')
    const guid = other.run('zpool get -Ho value guid tank').trim()
    other.run('zpool export tank')
    host.plug('/dev/nvme9n1', 'vol9', disk.read())
    expect(host.fails(`zpool import ${guid}`).stderr).toBe("cannot import 'tank': pool already exists\n")
    host.run(`zpool import -t -N ${guid} second`)
    host.run('zpool export second')
    expect(host.run('zpool import')).toContain('   pool: tank\n')
    host.run(`zpool import -N ${guid} second`)
    host.run('zpool export second')
    expect(host.run('zpool import')).toContain('   pool: second\n')
  })
})

describe('zfs diff', () => {
  it('tells what came, changed and went', () => {
    const host = hostWithPool()
    expect(host.run('zfs diff tank/home/alice@daily-21 tank/home/alice@daily-22')).toBe(
      'M\t/tank/home/alice/\n+\t/tank/home/alice/f2\n',
    )
    expect(host.run('zfs diff -F tank/irc@manual')).toBe('M\tF\t/tank/irc/log.txt\n')
  })
})

it('a program that does not end is stopped, and one that has changed something has changed it', () => {
  const host = hostWithPool()
  const endless = host.fails('zfs program -t 5000 tank -', 'zfs.sync.snapshot("tank@before") while true do end')
  expect(endless.exitCode).toBe(1)
  expect(endless.stderr).toMatch(/^Channel program execution failed:\n.*Channel program timed out\./)
  expect(host.zfs.snapshotsOf('tank')).toContain('before')
  expect(host.fails('zfs program -n tank -', 'zfs.sync.destroy("tank@before")').stderr).toContain(
    'do not specify the "-n"',
  )
  expect(
    host.run('zfs program -j tank -', 'return {zfs.exists("tank/irc"), zfs.get_prop("tank/irc", "type"), 7}'),
  ).toBe('{"return":{"1":true,"2":"filesystem","3":7}}')
  expect(host.run('zfs program tank - ', '')).toBe('Channel program fully executed and did not produce output.\n')
})
