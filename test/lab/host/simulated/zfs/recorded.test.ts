// What a real host has answered (Debian 12, OpenZFS 2.1.11), line for line.
import { describe, expect, it } from 'vitest'
import { fakeHost, hostWithPool } from './fake-host.ts'

/** The pool's disk as another host gets it: a copy of its image while it was in use. */
function otherHost(hostid = '0a1b2c3d') {
  const first = hostWithPool()
  first.zfs.sync()
  const other = fakeHost({ hostid, hostname: 'rebuilt' })
  const disk = other.plug('/dev/nvme1n1', 'vol0bbbbbbbbbbbbbbb1', first.disk.read())
  const guid = first.run('zpool get -Ho value guid tank').trim()
  return { ...other, disk, guid }
}

const dates = /(at|created) [A-Z][a-z]{2} [A-Z][a-z]{2} .{16}/g

describe('a pool', () => {
  it('shows its state and its disk by the name that it was given', () => {
    expect(hostWithPool().run('zpool status -v tank')).toBe(`  pool: tank
 state: ONLINE
config:

	NAME                                                    STATE     READ WRITE CKSUM
	tank                                                    ONLINE       0     0     0
	  nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0  ONLINE       0     0     0

errors: No known data errors
`)
  })

  it('has the size that ZFS makes of a disk of 2 GiB', () => {
    const host = hostWithPool()
    expect(host.run('zpool get -Hp size tank')).toBe('tank\tsize\t2013265920\t-\n')
    expect(host.run('zpool list').split('\n')[0]).toBe(
      'NAME   SIZE  ALLOC   FREE  CKPOINT  EXPANDSZ   FRAG    CAP  DEDUP    HEALTH  ALTROOT',
    )
    expect(host.run('zpool list').split('\n')[1]).toMatch(
      /^tank {2}1\.88G {2}\d\.\d\dM {2}1\.87G {8}- {9}- {5}0% {5}0% {2}1\.00x {4}ONLINE {2}-$/,
    )
  })

  it('lists its datasets with their keys', () => {
    expect(
      hostWithPool().run(
        'zfs list -Hp -o name,type,mountpoint,canmount,mounted,encryption,keystatus,keyformat,keylocation,encryptionroot',
      ),
    ).toBe(
      [
        'tank\tfilesystem\t/tank\ton\tyes\toff\t-\tnone\tnone\t-',
        'tank/home\tfilesystem\t/tank/home\ton\tyes\toff\t-\tnone\tnone\t-',
        'tank/home/alice\tfilesystem\t/tank/home/alice\ton\tyes\toff\t-\tnone\tnone\t-',
        'tank/irc\tfilesystem\t/tank/irc\ton\tyes\toff\t-\tnone\tnone\t-',
        'tank/secret\tfilesystem\t/tank/secret\ton\tyes\taes-256-gcm\tavailable\tpassphrase\tfile:///tmp/k\ttank/secret',
        '',
      ].join('\n'),
    )
  })

  it('lists its snapshots in columns', () => {
    expect(hostWithPool().run('zfs list -t snapshot tank/home/alice tank/home'))
      .toBe(`NAME                       USED  AVAIL     REFER  MOUNTPOINT
tank/home@daily-21           0B      -       96K  -
tank/home@daily-22           0B      -       96K  -
tank/home@daily-23           0B      -       96K  -
tank/home/alice@daily-21    56K      -     1.10M  -
tank/home/alice@daily-22    56K      -     2.11M  -
tank/home/alice@daily-23     0B      -     3.12M  -
`)
  })
})

describe('importing', () => {
  it('shows a pool that the same host has left behind', () => {
    const host = otherHost('60b8f5dd')
    expect(host.run('zpool import')).toBe(`   pool: tank
     id: ${host.guid}
  state: ONLINE
 action: The pool can be imported using its name or numeric identifier.
 config:

	tank        ONLINE
	  nvme1n1   ONLINE
`)
    expect(host.run('zpool import -d /dev/disk/by-id')).toContain(`
	tank                                                    ONLINE
	  nvme-Amazon_Elastic_Block_Store_vol0bbbbbbbbbbbbbbb1  ONLINE
`)
  })

  it('tells what another host has left behind, and wants -f', () => {
    const host = otherHost()
    expect(host.run('zpool import')).toContain(`
status: The pool was last accessed by another system.
 action: The pool can be imported using its name or numeric identifier and
	the '-f' flag.
   see: https://openzfs.github.io/openzfs-docs/msg/ZFS-8000-EY
`)
    const { exitCode, stderr } = host.fails('zpool import -N -R /mnt -o readonly=on tank')
    expect({ exitCode, stderr: stderr.replaceAll(dates, '$1 …') }).toEqual({
      exitCode: 1,
      stderr: `cannot import 'tank': pool was previously in use from another system.
Last accessed by restore-lab (hostid=60b8f5dd) at …
The pool can be imported, use 'zpool import -f' to import the pool.
`,
    })
  })

  it('to look changes nothing, and wants -f again afterwards', () => {
    const host = otherHost()
    const before = host.disk.read()
    host.run('zpool import -N -f -R /mnt -o readonly=on tank')
    expect(host.run('zfs list -Hp -o name,mounted,mountpoint,keystatus')).toBe(
      'tank\tno\t/mnt/tank\t-\ntank/home\tno\t/mnt/tank/home\t-\ntank/home/alice\tno\t/mnt/tank/home/alice\t-\ntank/irc\tno\t/mnt/tank/irc\t-\ntank/secret\tno\t/mnt/tank/secret\tunavailable\n',
    )
    expect(host.fails('zfs rollback -r tank/irc@manual').stderr).toBe("cannot rollback 'tank/irc': pool is read-only\n")
    expect(host.fails('zfs rollback -r tank/irc@daily-23').stderr).toBe(
      "cannot destroy 'tank/irc@manual': pool is read-only\n",
    )
    expect(host.fails('zpool checkpoint tank').stderr).toBe("cannot checkpoint 'tank': pool is read-only\n")
    expect(host.run('zpool get -Ho value,source altroot,cachefile,readonly tank')).toBe(
      '/mnt\tlocal\nnone\tlocal\non\t-\n',
    )
    host.run('zpool export tank')
    expect(host.disk.read()).toBe(before)
    expect(host.fails('zpool import -N tank').exitCode).toBe(1)
  })

  it('under another name goes back to its checkpoint with all that was destroyed since', () => {
    const host = otherHost()
    host.run('zpool import -N -f -R /mnt tank tank_restore')
    const before = host.run('zfs list -t snapshot -Hp -o name tank_restore/irc')
    host.run('zpool checkpoint tank_restore')
    expect(host.run('zpool status tank_restore').replaceAll(dates, '$1 …')).toBe(`  pool: tank_restore
 state: ONLINE
checkpoint: created …, consumes 48K
config:

	NAME          STATE     READ WRITE CKSUM
	tank_restore  ONLINE       0     0     0
	  nvme1n1     ONLINE       0     0     0

errors: No known data errors
`)
    expect(host.fails('zpool checkpoint tank_restore').stderr).toBe(
      "cannot checkpoint 'tank_restore': checkpoint exists\n",
    )
    expect(host.fails('zfs rollback tank_restore/irc@daily-23')).toEqual({
      exitCode: 1,
      stderr: `cannot rollback to 'tank_restore/irc@daily-23': more recent snapshots or bookmarks exist
use '-r' to force deletion of the following snapshots and bookmarks:
tank_restore/irc@manual
`,
    })
    host.run('zfs rollback -r tank_restore/irc@hourly-12')
    host.run('zfs mount tank_restore/irc')
    expect(host.read('/mnt/tank/irc/log.txt')).toBe('v2\n')
    expect(host.zfs.snapshotsOf('tank_restore/irc')).toEqual(['hourly-11', 'daily-21', 'hourly-12'])
    host.run('zpool export tank_restore')
    host.run('zpool import --rewind-to-checkpoint -N -R /mnt tank_restore')
    expect(host.run('zfs list -t snapshot -Hp -o name tank_restore/irc')).toBe(before)
    expect(host.run('zpool status')).not.toContain('checkpoint')
    expect(host.fails('zpool import tank_restore').stderr)
      .toBe(`cannot import 'tank_restore': a pool with that name already exists
use the form 'zpool import <pool | id> <newpool>' to give it a new name
`)
  })

  it.each([
    ['zpool import nosuch', "cannot import 'nosuch': no such pool available\n"],
    ['zpool destroy nosuch', "cannot open 'nosuch': no such pool\n"],
    ['zfs rollback -r tank/irc@nosuch', "cannot open 'tank/irc@nosuch': dataset does not exist\n"],
    ['zpool list nosuch', "cannot open 'nosuch': no such pool\n"],
  ])('%s names nothing', (line, stderr) => {
    expect(hostWithPool().fails(line)).toEqual({ exitCode: 1, stderr })
  })
})

describe('a rollback that goes over newer snapshots', () => {
  it('destroys what it can before a hold stops it', () => {
    const host = hostWithPool()
    host.run('zfs hold keep tank/irc@hourly-13')
    expect(host.fails('zfs rollback -r tank/irc@hourly-12')).toEqual({
      exitCode: 1,
      stderr: "cannot destroy 'tank/irc@hourly-13': dataset is busy\n",
    })
    expect(host.read('/tank/irc/log.txt')).toBe('AFTER\n')
    expect(host.zfs.snapshotsOf('tank/irc')).toEqual(['hourly-11', 'daily-21', 'hourly-12', 'hourly-13'])
  })

  it('is refused where a newer snapshot has a clone', () => {
    const host = hostWithPool()
    host.run('zfs clone tank/irc@hourly-13 tank/irc_clone')
    expect(host.fails('zfs rollback -r tank/irc@hourly-11')).toEqual({
      exitCode: 1,
      stderr: `cannot rollback to 'tank/irc@hourly-11': clones of previous snapshots exist
use '-R' to force deletion of the following clones and dependents:
tank/irc_clone
`,
    })
    expect(host.zfs.snapshotsOf('tank/irc')).toHaveLength(7)
  })
})

describe('a key', () => {
  it('has to be there and to fit before its dataset can be mounted', () => {
    const host = otherHost()
    host.run('zpool import -N -f tank')
    expect(host.fails('zfs mount tank/secret')).toEqual({
      exitCode: 1,
      stderr: "cannot mount 'tank/secret': encryption key not loaded\n",
    })
    expect(host.fails('zfs load-key tank/secret')).toEqual({
      exitCode: 255,
      stderr: 'Key load error: Failed to open key material file: No such file or directory\n',
    })
    expect(host.fails('zfs load-key -L prompt tank/secret', 'wrongwrongwrong')).toEqual({
      exitCode: 255,
      stderr: "Key load error: Incorrect key provided for 'tank/secret'.\n",
    })
    host.run('zfs load-key -L prompt tank/secret', 'secretpassphrase')
    host.run('zfs mount tank/secret')
    expect(host.read('/tank/secret/s.txt')).toBe('s3\n')
    expect(host.disk.read()).not.toContain('secretpassphrase')
  })
})
