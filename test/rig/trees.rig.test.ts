// @module-tag long
// Trees of datasets with everything in them that may be in the way, each pool made by one script.
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf } from './faults-page.ts'
import { restoreLocally } from './living-pool.ts'
import { snapshotAfter } from './prepared-snapshot.ts'
import type { Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

const ending = (ran: Ran) => ({ exitCode: ran.exitCode, code: errorOf(ran)?.code })
const good = { exitCode: 0, code: undefined }

const findings = (ran: Ran): string[] =>
  ran.events.filter((each) => each.type === 'finding').map((each) => `${String(each.level)}: ${String(each.message)}`)

const begun = (ran: Ran) => ran.events.filter((each) => each.type === 'step-started').map((each) => each.step)

/** Runs what an error says is to be run on the host, as an operator pastes it. */
async function paste(ran: Ran): Promise<void> {
  const lines = errorOf(ran)?.next.map((each) => each.command) ?? []
  for (const line of lines.filter((each) => each.startsWith('ssh '))) await execa('/bin/sh', ['-c', line])
}

/** All that a pool tells of itself but its own bookkeeping, and who has it mounted. The gates have cron's file covered by a mount. */
const poolState = (scene: Scene, pool: string): Promise<string> =>
  scene.ssh(
    `zfs list -H -t all -o name,guid,mounted,userrefs,origin -r ${pool}; zfs get -Hp -r all ${pool} | grep -vE '\t(used|available|logicalused|usedby[a-z]+)\t'; zpool get -Hp checkpoint ${pool}; findmnt -rn -o SOURCE,TARGET,OPTIONS | grep -v /etc/cron.d; cat /proc/swaps; losetup`,
  )

const long = 'n'.repeat(100)
/** Past its time to live for years. */
const older = '2020-01-01_00.00.00--1w'
const newer = 'zrepl_push me:x.y-_1'

const places = [
  '/tt/base',
  '/tt/base/a b',
  '/tt/base/lazy',
  '/tt/base/off/in',
  '/legacy',
  `/tt/base/${long}/${long}`,
  ...['held', 'cloned', 'marked', 'quota', 'room', 'received', 'sent', 'readonly'].map((name) => `/tt/${name}`),
]
const volumes = ['looped', 'swapped', 'open'].map((name) => `/dev/zvol/tt/base/${name}`)

const write = (text: string): string[] => [
  ...places.map((place) => `echo ${text} > '${place}/f'`),
  // The kernel lets go of a volume's device while udev looks at it anew, and open(2) then fails with ERESTARTSYS.
  ...volumes.map(
    (volume) => `until printf ${text} | dd of=${volume} conv=notrunc status=none 2>/dev/null; do udevadm settle; done`,
  ),
  'sync',
]

/** Nothing is compressed: zeros take room too. */
const fill = (file: string, mib: number): string => `head -c ${mib}M /dev/zero > ${file}`

/** A pool of all that ZFS has. */
const tree = [
  'set -e; cd /root; truncate -s 700M t.img; truncate -s 100M u.img',
  'zpool create -o cachefile=none -O mountpoint=/tt tt /root/t.img',
  "zfs create tt/base; zfs create 'tt/base/a b'; zfs create -o canmount=noauto tt/base/lazy; zfs mount tt/base/lazy",
  'zfs create -o canmount=off tt/base/off; zfs create tt/base/off/in; zfs create -o mountpoint=none tt/base/none',
  'zfs create -o mountpoint=legacy tt/base/legacy; mkdir -p /legacy; mount -t zfs -o noatime tt/base/legacy /legacy',
  `zfs create -p tt/base/${long}/${long}`,
  'for v in looped swapped open; do zfs create -s -V 8M tt/base/$v; done; udevadm settle',
  'for d in held cloned marked quota room sent readonly; do zfs create tt/$d; done',
  'zfs snapshot tt/sent@first; zfs send tt/sent@first | zfs receive tt/received',
].join('\n')

/** It is written to before two snapshots and after. Prints a moment between the two. */
const history = [
  'set -e',
  fill('/tt/quota/big', 6),
  fill('/tt/room/big', 30),
  ...write('then'),
  `zfs snapshot -r 'tt@${older}'`,
  'sleep 1.1; date -u +%FT%TZ; sleep 1.1',
  'rm /tt/quota/big /tt/room/big',
  fill('/tt/room/other', 30),
  fill('/tt/sent/big', 6),
  ...write('later'),
  'zfs create tt/held/new; echo kept > /tt/held/new/f',
  `zfs snapshot -r 'tt@${newer}'`,
  ...write('now'),
  'zpool sync tt; zfs set refquota=2M tt/quota; zfs set readonly=on tt/readonly',
].join('\n')

/** Whatever may be in the way of a rollback. */
const obstacles = [
  'set -e; cd /root',
  `zfs hold 'keep me' 'tt/held@${newer}'; zfs hold zrepl_STEP_J_push 'tt/base/a b@${newer}'`,
  `zfs clone 'tt/cloned@${newer}' tt/child; zfs snapshot tt/child@own`,
  `zfs bookmark 'tt/marked@${newer}' tt/marked#zrepl_CURSOR_G_0123456789abcdef_J_push`,
  `mkdir -p /mnt/look; mount -t zfs 'tt/marked@${newer}' /mnt/look`,
  `zfs send tt/sent@first | zfs receive tt/received/part; zfs send -I @first 'tt/sent@${newer}' | zfs receive tt/received/part`,
  fill('/tt/sent/more', 4),
  `zfs snapshot tt/sent@third; zfs send -i 'tt/sent@${newer}' tt/sent@third | head -c 2000000 | zfs receive -s tt/received/part 2>/dev/null || true`,
  'zpool create -o cachefile=none -O mountpoint=/tt/base/theirs uu /root/u.img',
  'systemd-run -q --unit=sitting --working-directory=/tt/held sleep 3000',
  "systemd-run -q --unit=opening sh -c 'exec sleep 3000 < /dev/zvol/tt/base/open'",
  'systemd-run -q --unit=apart unshare -m --propagation private sleep 3000',
  `systemd-run -q --unit=sending sh -c "zfs send 'tt/sent@${newer}' | sleep 3000"`,
  // OpenZFS 2.1 lets nobody open a volume while a pool is being made: `Unknown error 512`.
  'udevadm settle; for try in 1 2 3 4 5 6 7 8 9; do head -c 1 /dev/zvol/tt/base/looped >/dev/null 2>&1 && head -c 1 /dev/zvol/tt/base/swapped >/dev/null 2>&1 && break; done',
  'losetup /dev/loop7 /dev/zvol/tt/base/looped',
  'mkswap /dev/zvol/tt/base/swapped >/dev/null; swapon /dev/zvol/tt/base/swapped',
  'zfs set refreservation=60M tt/room; zfs create tt/full',
  'zfs set reservation=$(( $(zfs get -Hpo value available tt/full) - 8000000 )) tt/full',
  'until grep -qs /tt/held /proc/"$(systemctl show -P MainPID apart)"/mountinfo; do :; done',
].join('\n')

const contents = `for p in ${places.map((each) => `'${each}'`).join(' ')}; do cat "$p/f"; done; for v in ${volumes.join(' ')}; do head -c 4 $v; echo; done; cat /tt/held/new/f`

describe('a rollback of a whole tree', () => {
  it('names all that is in its way and changes nothing; when the printed lines have lifted it, every dataset goes back', async () => {
    await using scene = await rig.scene()
    await scene.editHost({ pool: 'tt', services: [], probes: [], stable_seconds: 1 })
    await scene.onHost(
      'true',
      'systemctl stop sitting opening apart sending; swapoff -a; losetup -D; umount /mnt/look; zpool destroy -f uu; zpool destroy -f tt; rm -rf /root/?.img /tt /legacy; true',
    )
    await scene.ssh(tree)
    const between = await scene.ssh(history)
    await scene.ssh(obstacles)

    const before = await poolState(scene, 'tt')
    const flags = ['--at', between, '--way', 'rollback', '--confirm', 'irc-1']
    const refused = await restoreLocally(scene, flags)
    expect(ending(refused)).toEqual({ exitCode: 3, code: 'rollback-blocked' })
    expect(begun(refused)).toEqual(['gate'])
    expect((await poolState(scene, 'tt')).split('\n')).toEqual(before.split('\n'))
    const why = errorOf(refused)?.next.map((each) => each.why) ?? []
    const named = [
      /^tt\/held@.* is held by "keep me"/,
      /^tt\/base\/a b@.* is held by "zrepl_STEP_J_push", which zrepl replicates from/,
      /^tt\/cloned@.* has the clone tt\/child, which has 1 /,
      /^tt\/marked#\S+ is a bookmark newer than the snapshot, which zrepl replicates from/,
      /^tt\/marked@.* is mounted at \/mnt\/look/,
      /^uu \(zfs\) is mounted at \/tt\/base\/theirs, below/,
      /^files in the datasets are open in sleep \(pid \d+, sitting\.service\)/,
      /mounted in another mount namespace too, that of sleep \(pid \d+, apart\.service\)/,
      /^the volume tt\/base\/open is open in sleep \(pid \d+, opening\.service\)/,
      /^the volume tt\/base\/looped is used by the device loop7/,
      /^tt\/base\/swapped is swap/,
      /^tt\/quota@\S+ has 6\S* MiB, more than the refquota of 2 MiB allows/,
      /^the refreservation of tt\/room needs/,
      /^tt\/received\/part is being received into, from tt\/received\/part@zrepl_push .* on/,
      /^tt\/sent@.* is in use, most likely by a zfs send/,
    ]
    for (const each of named) expect(why).toContainEqual(expect.stringMatching(each))
    // Besides: to go on, and to leave it.
    expect(why).toHaveLength(named.length + 2)
    expect(findings(refused)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^info: tt\S* ← @2020-01-01_00\.00\.00--1w, .* before the moment asked for, .* written/),
        expect.stringMatching(/^info: \d+ of the chosen snapshots are past their time to live; they will be held$/),
        expect.stringMatching(/^warn: 3 datasets have no such snapshot and are left as in the head: .*tt\/held\/new/),
      ]),
    )

    await paste(refused)
    await scene.ssh('systemctl stop sending')
    // A schedule that is not held back makes a snapshot after the list of what goes was confirmed.
    const cron: Promise<string>[] = []
    const raced = await scene.resume(['--confirm', 'irc-1', '--yes'], {
      onEvent: (event) => {
        if (event.type === 'answer' && event.step === 'review-rollback')
          cron.push(scene.ssh('zfs snapshot tt/held@cron'))
      },
    })
    await Promise.all(cron)
    expect(findings(raced)).toContainEqual(expect.stringMatching(/^warn: snapshots that replication made are among/))
    expect(ending(raced)).toEqual({ exitCode: 3, code: 'rollback-blocked' })
    expect(errorOf(raced)?.message).toMatch(/^the rollback is blocked: tt\/held@cron: /)
    expect(await scene.ssh(`zfs list -Ho name -t snapshot -r tt | grep -c '${newer}'`)).toBe(
      before.match(new RegExp(`^tt[^\\t]*@${newer}\\t\\d+\\t-`, 'gm'))?.length.toString(),
    )

    await paste(raced)
    const done = await scene.resume(['--confirm', 'irc-1', '--yes'])
    expect(ending(done)).toEqual(good)
    expect(done.last).toMatchObject({ outcome: 'restored', leftovers: [] })
    expect(await scene.ssh(contents)).toBe(
      [...places, ...volumes]
        .map(() => 'then')
        .join('\n')
        .concat('\nkept'),
    )
    expect(await scene.ssh('findmnt -no OPTIONS /legacy; zfs get -Ho value mounted tt/base/lazy tt/base/none')).toMatch(
      /^\S*noatime\S*\nyes\nno$/,
    )
    expect(
      await scene.ssh('zfs list -Ho userrefs -t snapshot -r tt | sort -u; zpool get -Ho value checkpoint tt'),
    ).toBe('0\n-')
  })
})

/** Keys that are lost or in somebody's mind only, and places that can't be had. */
const odd = [
  'head -c 32 /dev/urandom > /root/lost.key; head -c 32 /dev/urandom | od -An -tx1 | tr -d " \\n" > /root/hex.key',
  'zfs create -o encryption=on -o keyformat=raw -o keylocation=file:///root/lost.key tank/vault; zfs create tank/vault/in',
  'zfs create -o encryption=on -o keyformat=hex -o keylocation=prompt tank/vault/own < /root/hex.key',
  'zfs create -o encryption=on -o keyformat=hex -o keylocation=prompt tank/locked < /root/hex.key',
  'zfs create -o overlay=off -o mountpoint=/srv/full tank/full; zfs create -o mountpoint=/srv/hidden tank/hidden',
  'zfs create -o mountpoint=/srv/twin tank/twin; zfs create -o mountpoint=/srv/twin tank/twin2',
  'zfs create -o mountpoint=legacy tank/named; zfs create -o mountpoint=legacy tank/unnamed',
  'zfs create -o canmount=noauto tank/lazy',
  'for d in vault vault/in vault/own; do echo secret > /mnt/tank/$d/f; done',
].join('; ')

const onRoot = [
  'base64 -w 0 /root/lost.key > /root/lost.base64; rm /root/lost.key',
  'mkdir -p /srv/full /srv/hidden /srv/named; touch /srv/full/there /srv/hidden/there',
  "echo 'tank/named /srv/named zfs noatime 0 0' >> /etc/fstab",
].join('; ')

describe('what is to be mounted', () => {
  it('is looked at with its keys before a service is stopped, and all of it is mounted when that can be', async () => {
    await using scene = await rig.scene()
    const snapshotId = await snapshotAfter(scene, odd)
    await scene.onHost(onRoot, 'sed -i /srv.named/d /etc/fstab')
    const secret = async (name: string, value: string) => `key:${name}=@${await scene.secretFile(value)}`
    const hex = await scene.ssh('cat /root/hex.key')

    const wrong = await secret('tank/vault/own', 'ab'.repeat(32))
    const head = ['--snapshot', snapshotId, '--at', 'head', '--way', 'none']
    const keyless = await scene.restore([...head, '--secret', wrong])
    expect(ending(keyless)).toEqual({ exitCode: 3, code: 'key-missing' })
    expect(errorOf(keyless)?.message).toMatch(
      /^tank\/vault is encrypted, and its key can't be had from file:\/\/\/root\/lost\.key: .*; the key that was given for tank\/vault\/own does not fit: /,
    )
    expect(errorOf(keyless)?.next[0]?.command).toMatch(/^lifeboat resume \S+ --secret 'key:tank\/vault=@FILE'$/)

    const keys = [
      '--secret',
      await secret('tank/vault', await scene.ssh('cat /root/lost.base64')),
      '--secret',
      await secret('tank/vault/own', hex),
    ]
    const refused = await scene.resume(['--yes', ...keys])
    expect(ending(refused)).toEqual({ exitCode: 3, code: 'mountpoint-clash' })
    expect(
      errorOf(refused)
        ?.next.map((each) => each.why)
        .slice(0, 2),
    ).toEqual([
      expect.stringMatching(/^two datasets have the mountpoint \/srv\/twin; one of them is tank\/twin2: /),
      expect.stringMatching(/^\/srv\/full is not empty on the root disk, and tank\/full has overlay=off/),
    ])
    expect([...begun(keyless), ...begun(refused)]).not.toContain('stop-services')

    await paste(refused)
    const done = await scene.resume(['--yes', ...keys])
    expect(ending(done)).toEqual(good)
    expect(findings(done)).toEqual(
      expect.arrayContaining([
        "warn: tank/locked is encrypted and the key is not loaded: not mounted; --secret 'key:tank/locked=@FILE' gives it",
        expect.stringMatching(
          /^warn: not empty on the root disk, and hidden by what is mounted there: .*\/srv\/hidden/,
        ),
        'warn: left unmounted, having a legacy mountpoint that /etc/fstab does not mount: tank/unnamed (mount -t zfs tank/unnamed /PLACE)',
        'info: left unmounted, having canmount=noauto: tank/lazy, tank/scratch, tank/twin2',
      ]),
    )
    const mounted = await scene.ssh(
      'cat /tank/vault/f /tank/vault/in/f /tank/vault/own/f; findmnt -rn -t zfs -o SOURCE,TARGET,VFS-OPTIONS | grep "/srv\\|locked" | sort',
    )
    expect(mounted.split('\n')).toEqual([
      'secret',
      'secret',
      'secret',
      'tank/full /srv/full rw,noatime',
      'tank/hidden /srv/hidden rw,noatime',
      'tank/named /srv/named rw,noatime',
      'tank/twin /srv/twin rw,noatime',
    ])
    expect(await scene.ssh(`journalctl -b --no-pager | grep -c '${hex}'; true`)).toBe('0')
  })
})
