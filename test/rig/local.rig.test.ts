import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { errorOf } from './faults-page.ts'
import { contents, livingPool, older, olderContents, olderMoment, poolListing, restoreLocally } from './living-pool.ts'
import { runProgram, type Event, type Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

const patience = { timeout: 400_000, interval: 500 }
const ending = (ran: Ran) => ({ exitCode: ran.exitCode, code: errorOf(ran)?.code })
const good = (ran: Ran): void => expect({ exitCode: ran.exitCode, error: errorOf(ran) }).toEqual({ exitCode: 0 })
const back = async (scene: Scene, way: string) => ['--at', await olderMoment(scene), '--way', way, '--confirm', 'irc-1']
const begins = (step: string) => (event: Event) => event.type === 'step-started' && event.step === step

/** What is left on the host of a run that is over, besides the data: nothing. */
async function tidy(scene: Scene): Promise<string> {
  const lines = [
    'ls -d /run/lifeboat /etc/lifeboat /etc/systemd/system/chat*.d /etc/systemd/system/*lifeboat* 2>/dev/null',
    'findmnt -rn -o TARGET | grep -e cron -e lifeboat',
    "zfs list -H -o name,userrefs -t snapshot | awk -F '\\t' '$2 > 0'",
    'zpool get -Ho value checkpoint tank',
    'systemctl is-active chat.service chat-backup.timer',
    'systemctl list-units --all --plain --no-legend "lifeboat*"',
  ]
  return scene.ssh(`${lines.join('; ')}; true`)
}

const isTidy = '-\nactive\nactive'

describe('a pool that is rolled back in place', () => {
  it(
    'is refused while somebody else has a checkpoint, and afterwards nothing of the run is left',
    { tags: ['long'] },
    async () => {
      await using scene = await livingPool(rig)
      await scene.ssh('zpool checkpoint tank; zpool sync tank')
      const [before, wanted] = [await poolListing(scene), await olderContents(scene)]
      const refused = await restoreLocally(scene, await back(scene, 'rollback'))
      expect(ending(refused)).toEqual({ exitCode: 3, code: 'no-checkpoint' })
      expect(await poolListing(scene)).toBe(before)
      await scene.ssh('zpool checkpoint -d tank; zpool wait -t discard tank')
      const ran = await scene.resume(['--yes', '--confirm', 'irc-1'])
      good(ran)
      expect(ran.last).toMatchObject({ outcome: 'restored', leftovers: [], changed: true })
      expect(await contents(scene)).toBe(wanted)
      expect(await tidy(scene)).toBe(isTidy)
    },
  )

  it('is taken back as it was until a service has started on it, and not afterwards', { tags: ['long'] }, async () => {
    await using scene = await livingPool(rig)
    const [before, data, wanted] = [await poolListing(scene), await contents(scene), await olderContents(scene)]
    await restoreLocally(scene, await back(scene, 'rollback'), { killAt: begins('start-services') })
    expect(await scene.ssh('zpool get -Ho value checkpoint tank')).not.toBe('-')
    const undone = await scene.undo()
    good(undone)
    expect(await contents(scene)).toBe(data)
    expect(await poolListing(scene)).toBe(before)
    expect(await tidy(scene)).toBe(isTidy)

    await restoreLocally(scene, await back(scene, 'rollback'), { killAt: begins('prove') })
    const late = await scene.undo()
    expect(ending(late)).toEqual({ exitCode: 3, code: 'services-have-written' })
    good(await scene.resume(['--yes', '--confirm', 'irc-1']))
    expect(await contents(scene)).toBe(wanted)
    expect(await tidy(scene)).toBe(isTidy)
  })

  it('is not kept by its checkpoint for longer than the gates', { tags: ['long'] }, async () => {
    await using scene = await livingPool(rig)
    await scene.editHost({ gate_hours: 0.02 })
    const killed = await restoreLocally(scene, await back(scene, 'rollback'), { killAt: begins('mount') })
    const anotherMachine = `--config ${scene.config} --state-dir ${join(scene.dir, 'another')}`
    const elsewhere = await runProgram(
      `resume ${String(killed.events[0]?.['runId'])} --host irc-1 --no-input --json ${anotherMachine}`.split(' '),
    )
    expect(errorOf(elsewhere)?.exists.map((each) => each.kind)).toEqual(['checkpoint', 'gate', 'lock'])
    expect(
      errorOf(elsewhere)
        ?.next.map((each) => each.why)
        .join('\n'),
    ).toMatch(/checkpoint[^]*release the holds/)
    await vi.waitUntil(async () => (await scene.ssh('zpool get -Ho value checkpoint tank')) === '-', patience)
    expect(ending(await scene.undo())).toEqual({ exitCode: 3, code: 'checkpoint-gone' })
    good(await scene.resume(['--yes', '--confirm', 'irc-1']))
    expect(await tidy(scene)).toBe(isTidy)
  })
})

const noneYet: Ran = { events: [], stderr: '', exitCode: null, last: undefined }

/** Runs the program and ends it when the host has renamed the first dataset, and not yet its clone. */
async function killedBetweenRenames(scene: Scene, run: (signal: AbortSignal) => Promise<Ran>): Promise<void> {
  const shim =
    '#!/bin/sh\n/usr/sbin/zfs "$@"; code=$?\ncase "$1 $*" in rename*.before-*) touch /run/renamed; while [ -e /run/renamed ]; do sleep 0.1; done;; esac\nexit $code\n'
  await scene.ssh(`printf '%s' '${shim}' > /usr/local/sbin/zfs; chmod 755 /usr/local/sbin/zfs`)
  const killing = new AbortController()
  let ran: Ran | undefined
  const over = run(killing.signal).then((ended) => (ran = ended))
  await vi.waitUntil(async () => {
    expect(errorOf(ran ?? noneYet)).toBeUndefined()
    return scene.ssh('test -e /run/renamed && echo yes || true')
  }, patience)
  killing.abort()
  await over
  await scene.ssh(
    'rm /usr/local/sbin/zfs /run/renamed; ! pgrep -f "^/bin/sh /usr/local/sbin/zfs" || pkill -f "^/bin/sh /usr/local/sbin/zfs"; true',
  )
}

/** What was set on a dataset itself, with its key's place. */
const ownProperties = (scene: Scene, dataset: string): Promise<string> =>
  scene.ssh(
    `zfs get -H -s local,received -o property,value all '${dataset}' | grep -v '^canmount\ton$'; zfs get -Ho value encryptionroot,keystatus '${dataset}'`,
  )

const replaced = ['tank/chat', 'tank/chat/media', 'tank/my home', 'tank/vault', 'tank/vault/inner', 'tank/disk']

describe('clones in the place of datasets', () => {
  it(
    'have the data of the snapshot and what was set on the datasets; between two renames the run can be taken back or go on',
    { tags: ['long'] },
    async () => {
      await using scene = await livingPool(rig)
      const [before, data, wanted] = [await poolListing(scene), await contents(scene), await olderContents(scene)]
      const properties = Object.fromEntries(
        await Promise.all(replaced.map(async (name) => [name, await ownProperties(scene, name)] as const)),
      )
      await killedBetweenRenames(scene, async (signal) => restoreLocally(scene, await back(scene, 'clone'), { signal }))
      good(await scene.undo())
      expect(await poolListing(scene)).toBe(before)
      expect(await contents(scene)).toBe(data)
      expect(await tidy(scene)).toBe(isTidy)

      await killedBetweenRenames(scene, async (signal) => restoreLocally(scene, await back(scene, 'clone'), { signal }))
      const ran = await scene.resume(['--yes', '--confirm', 'irc-1'])
      good(ran)
      expect(await contents(scene)).toBe(wanted)
      for (const name of replaced) expect(await ownProperties(scene, name)).toBe(properties[name])
      expect(await tidy(scene)).toBe(isTidy)
      // What was there is kept, mounted by nobody.
      const { resources } = ran.last as unknown as { resources: { kind: string; id: string }[] }
      const aside = resources.filter((each) => each.kind === 'dataset').map((each) => each.id)
      expect(aside).toHaveLength(4)
      for (const name of aside) expect(before).toContain(await scene.ssh(`zfs get -Ho value guid '${name}'`))
    },
  )
})

const copy = (path: string, to: string) => ['--at', older, '--way', 'files', '--path', path, '--to', to]

describe('files that are copied out of a snapshot', () => {
  it('are beside the living data with owners and modes, and nothing else has changed', async () => {
    await using scene = await livingPool(rig)
    scene.later(() =>
      scene.ssh('umount /mnt/narrow 2>/dev/null; rm -rf "/root/what \\"I\\" need" /mnt/narrow /root/all'),
    )
    await scene.ssh(
      'mkdir -p /mnt/narrow; mount -t tmpfs -o size=64k tmpfs /mnt/narrow; mkdir "/root/what \\"I\\" need"; touch "/root/what \\"I\\" need/sub dir"',
    )
    const before = `${await poolListing(scene)}${await contents(scene)}`
    const unchanged = async () => `${await poolListing(scene)}${await contents(scene)}`

    const taken = await restoreLocally(scene, copy('/tank/my home/sub dir', '/root/what "I" need'))
    expect(ending(taken)).toEqual({ exitCode: 3, code: 'destination-exists' })
    const narrow = await scene.resume(['--yes', '--to', '/mnt/narrow'])
    expect(ending(narrow)).toEqual({ exitCode: 3, code: 'no-room' })
    const nowhere = await scene.resume(['--yes', '--to', '/mnt/narrow', '--path', '/tank/my home/nothing'])
    expect(ending(nowhere)).toEqual({ exitCode: 3, code: 'path-not-in-snapshot' })
    expect(await scene.ssh('ls -A /mnt/narrow')).toBe('')
    await scene.ssh('rm "/root/what \\"I\\" need/sub dir"')
    const ran = await scene.resume(['--yes', '--to', '/root/what "I" need', '--path', '/tank/my home/sub dir'])
    good(ran)
    const there = '/tank/my home/.zfs/snapshot/'
    expect(
      await scene.ssh(`cd '/root/what "I" need/sub dir' && find . -printf '%p %y %U:%G %m %T@ %l\\n' | sort`),
    ).toBe(await scene.ssh(`cd '${there}${older}/sub dir' && find . -printf '%p %y %U:%G %m %T@ %l\\n' | sort`))
    expect(
      await scene.ssh(
        `cmp '/root/what "I" need/sub dir/blob' '${there}${older}/sub dir/blob'; ls -A '/root/what "I" need'`,
      ),
    ).toBe('sub dir')
    expect(await unchanged()).toBe(before)
    expect(await tidy(scene)).toBe(isTidy)
  })
})

it('services can be proven anew on the head, which is left as it is', { tags: ['long'] }, async () => {
  await using scene = await livingPool(rig)
  const before = `${await poolListing(scene)}${await contents(scene)}`
  const ran = await restoreLocally(scene, ['--at', 'head', '--way', 'none', '--confirm', 'irc-1'])
  good(ran)
  expect(`${await poolListing(scene)}${await contents(scene)}`).toBe(before)
  expect(await tidy(scene)).toBe(isTidy)
})
