import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dated, dumpScene, fromDump, outputOf, put, served, type DumpScene } from './dump-scene.ts'
import type { Event, Ran } from './program.ts'
import { errorOf } from './faults-page.ts'
import { Rig } from './rig.ts'

let rig: Rig
beforeAll(async () => (rig = await Rig.start()))
afterAll(() => rig[Symbol.asyncDispose]())

interface Failure {
  readonly code?: string
  readonly message?: string
  readonly notChanged?: readonly string[]
}

const failed = ({ events, last }: Ran): Failure =>
  events.find((event) => event.type === 'step-failed')?.['error'] ?? last?.['error'] ?? {}

/** What went wrong, to be read where nothing should have. */
const trouble = (ran: Ran): string | null =>
  ran.exitCode === 0 ? null : `${JSON.stringify(failed(ran))} ${ran.stderr}`

const inStep =
  (step: string) =>
  (event: Event): boolean =>
    event.type === 'command' && event['step'] === step && event['reads'] === false

/** Nothing of a run may stay but what it names. */
const staging = (scene: DumpScene): Promise<string> => scene.ssh('ls /var/lib/lifeboat 2>/dev/null || true')

describe('a dataset from a stream of zfs send', () => {
  it('takes the place of the old one with what was set on it, and the old one stays beside it', async () => {
    await using scene = await dumpScene(rig)
    await served(scene)
    await scene.onHost(
      'truncate -s 200M /root/dumps.img && zpool create -O mountpoint=/tank tank /root/dumps.img && zfs create -o mountpoint=/srv/chat -o quota=50M tank/chat',
      'zpool destroy -f tank; rm -rf /root/dumps.img /tank /srv/chat',
    )
    await scene.ssh(
      'echo first > /srv/chat/log; zfs snapshot tank/chat@one; echo second >> /srv/chat/log; zfs snapshot tank/chat@two',
    )
    await put(scene, `chat/${dated(1)}/1-full.zfs.gz`, await outputOf(scene, 'zfs send -p tank/chat@one | gzip -1'))
    await put(
      scene,
      `chat/${dated(1)}/2-rest.zfs.gz`,
      await outputOf(scene, 'zfs send -i @one tank/chat@two | gzip -1'),
    )
    await scene.ssh('echo oops > /srv/chat/log')

    const ran = await fromDump(scene, 'chat/', ['--to', 'tank/chat'])
    expect([ran.exitCode, trouble(ran)]).toEqual([0, null])
    expect(await scene.ssh('cat /srv/chat/log; zfs get -Hpo value mountpoint,quota,canmount tank/chat')).toBe(
      'first\nsecond\n/srv/chat\n52428800\non',
    )
    expect(await scene.ssh('systemctl is-active served.service')).toBe('active')
    expect(await staging(scene)).toBe('')
    const old = await scene.ssh("zfs list -H -o name | grep -- '-before-'")
    expect(ran.last).toMatchObject({ outcome: 'restored', resources: [{ kind: 'dataset', id: old }] })
    expect(await scene.ssh(`zfs get -Hpo value canmount,mounted ${old}`)).toBe('noauto\nno')
  })

  it('is taken out again by undo, and the old one serves with what was set on it', { tags: ['long'] }, async () => {
    await using scene = await dumpScene(rig)
    await served(scene)
    await scene.onHost(
      'truncate -s 200M /root/dumps.img && zpool create -O mountpoint=/tank tank /root/dumps.img && zfs create tank/chat',
      'zpool destroy -f tank; rm -rf /root/dumps.img /tank',
    )
    await scene.ssh('echo first > /tank/chat/log; zfs snapshot tank/chat@one')
    await put(scene, `chat/${dated(1)}/full.zfs`, await outputOf(scene, 'zfs send tank/chat@one'))
    await scene.ssh('echo oops > /tank/chat/log')
    const ran = await fromDump(scene, 'chat/', ['--to', 'tank/chat'], { killAt: inStep('put-in-place') })
    expect([ran.exitCode, failed(ran)]).toEqual([null, {}])
    const undone = await scene.undo()
    expect([undone.exitCode, trouble(undone)]).toEqual([0, null])
    expect(await scene.ssh('cat /tank/chat/log; zfs get -Hpo value canmount,mounted tank/chat')).toBe('oops\non\nyes')
    expect(await scene.ssh('zfs list -H -o name')).toBe('tank\ntank/chat')
    expect(await scene.ssh('systemctl is-active served.service')).toBe('active')
  })
})

/** A backup that the config does not name: a timer starts it, and its script writes to the bucket. */
const saving = (scene: DumpScene): Promise<unknown> =>
  scene.onHost(
    [
      "printf '#!/bin/sh\\n# aws s3 sync /srv/www s3://irc-dumps/www/today/\\nTO=s3://irc-dumps/www\\ntouch /root/saved\\n' > /root/save.sh",
      'chmod +x /root/save.sh',
      "printf '[Service]\\nType=oneshot\\nExecStart=/root/save.sh\\n' > /etc/systemd/system/save.service",
      "printf '[Timer]\\nOnCalendar=2099-01-01\\n' > /etc/systemd/system/save.timer",
      'systemctl daemon-reload && systemctl start save.timer',
    ].join(' && '),
    'systemctl stop save.timer; rm -rf /etc/systemd/system/save.* /root/save.sh /root/saved; systemctl daemon-reload',
  )
const savedMeanwhile = (scene: DumpScene): Promise<string> =>
  scene.ssh('systemctl start save.service; if [ -e /root/saved ]; then echo saved; else echo held back; fi')

it('a folder that is the mountpoint of a dataset gets its objects in a dataset of its own', async () => {
  await using scene = await dumpScene(rig)
  await served(scene)
  await scene.onHost(
    'truncate -s 200M /root/dumps.img && zpool create -O mountpoint=/tank tank /root/dumps.img && zfs create -o mountpoint=/srv/www -o quota=50M -o recordsize=16k tank/www && chown alice /srv/www && echo old > /srv/www/index.html && mkdir /srv/www/cache && echo kept > /srv/www/cache/a',
    'zpool destroy -f tank; rm -rf /root/dumps.img /tank /srv/www',
  )
  const from = { name: 'www', from: 's3://irc-dumps/www/', keep: ['cache'] }
  await scene.editHost({ dumps: [from] })
  await put(scene, `www/${dated(1)}/index.html`, 'of 1\n')
  const named = await fromDump(scene, 'www/', ['--to', '/srv/www'])
  expect([named.exitCode, errorOf(named)?.message]).toEqual([
    5,
    '/srv/www is the mountpoint of the dataset tank/www: name that instead (--to tank/www)',
  ])
  const killed = await fromDump(scene, 'www/', ['--to', 'tank/www'], { killAt: inStep('unpack') })
  expect([killed.exitCode, failed(killed)]).toEqual([null, {}])
  const ran = await scene.resume(['--yes'])
  expect([ran.exitCode, trouble(ran)]).toEqual([0, null])
  expect(await scene.ssh('cat /srv/www/index.html /srv/www/cache/a; stat -c %U /srv/www')).toBe('of 1\nkept\nalice')
  const kept = 'mountpoint,quota,canmount,recordsize,mounted'
  expect(await scene.ssh(`zfs get -Hpo value ${kept} tank/www`)).toBe('/srv/www\n52428800\non\n16384\nyes')
  expect(await scene.ssh('zfs list -H -o name,mounted | grep before')).toMatch(/^tank\/www-before-\S+\tno$/)
  expect(await staging(scene)).toBe('')
})

describe('a folder', () => {
  const odd = `it's; $(odd)/-n`

  async function withFolder(scene: DumpScene): Promise<void> {
    await served(scene)
    await scene.onHost(
      'mkdir -p /srv/www && echo old > /srv/www/index.html && chown -R alice:alice /srv/www && chmod 700 /srv/www',
      'rm -rf /srv/www*',
    )
    for (const day of [1, 2]) {
      await put(scene, `www/${dated(day)}/index.html`, `of ${day}\n`)
      await put(scene, `www/${dated(day)}/${odd}`, 'x'.repeat(day))
    }
  }

  it('of objects is killed at each step on the host, resumed, and whole in the end', async () => {
    await using scene = await dumpScene(rig)
    await withFolder(scene)
    await saving(scene)
    let ran = await fromDump(scene, 'www/', ['--to', '/srv/www'], { killAt: inStep('fetch') })
    expect([ran.exitCode, failed(ran)]).toEqual([null, {}])
    for (const step of ['unpack', 'put-in-place']) {
      ran = await scene.resume(['--yes'], { killAt: inStep(step) })
      expect([ran.exitCode, failed(ran)]).toEqual([null, {}])
    }
    expect(await savedMeanwhile(scene)).toBe('held back')
    ran = await scene.resume(['--yes'])
    expect([ran.exitCode, trouble(ran)]).toEqual([0, null])
    expect(await savedMeanwhile(scene)).toBe('saved')
    expect(await scene.ssh('cat /srv/www/index.html; stat -c "%a %U" /srv/www /srv/www/index.html')).toBe(
      'of 1\n700 alice\n644 alice',
    )
    expect(await scene.ssh(`cat "/srv/www/it's; \\$(odd)/-n"`)).toBe('x')
    expect(await scene.ssh('cat /srv/www.before-*/index.html')).toBe('old')
  })

  it('passes through here where the host has no way out, and only when that was said', { tags: ['long'] }, async () => {
    await using scene = await dumpScene(rig, { reached: false })
    await withFolder(scene)
    const refused = await fromDump(scene, 'www/', ['--to', '/srv/www'])
    expect([refused.exitCode, errorOf(refused)?.code]).toEqual([5, 's3-refused-host'])
    const through = ['--to', '/srv/www', '--fetch', 'ssh']
    const killed = await fromDump(scene, 'www/', through, { killAt: inStep('fetch') })
    expect([killed.exitCode, failed(killed)]).toEqual([null, {}])
    const ran = await scene.resume(['--yes'])
    expect([ran.exitCode, trouble(ran)]).toEqual([0, null])
    expect(await scene.ssh(`cat /srv/www/index.html "/srv/www/it's; \\$(odd)/-n"`)).toBe('of 1\nx')
    expect(await staging(scene)).toBe('')
  })

  it('of an archive is put in place, and taken out again by undo', { tags: ['long'] }, async () => {
    await using scene = await dumpScene(rig)
    await withFolder(scene)
    await put(scene, `tars/${dated(1)}/www.tar.gz`, await outputOf(scene, 'tar -C / -czf - srv/www'))
    await scene.ssh('echo newer > /srv/www/index.html')
    const ran = await fromDump(scene, 'tars/', ['--to', '/srv/www'], { killAt: inStep('lift-gate') })
    expect([ran.exitCode, failed(ran)]).toEqual([null, {}])
    expect(await scene.ssh('cat /srv/www/index.html')).toBe('old')
    const undone = await scene.undo()
    expect([undone.exitCode, trouble(undone)]).toEqual([0, null])
    expect(await scene.ssh('cat /srv/www/index.html')).toBe('newer')
    expect(await staging(scene)).toBe('')
  })

  it('of an archive that was cut off is refused before the service is stopped', async () => {
    await using scene = await dumpScene(rig)
    await withFolder(scene)
    const whole = await outputOf(scene, 'tar -C / -czf - srv/www')
    await put(scene, `tars/${dated(1)}/www.tar.gz`, whole.subarray(0, whole.length - 20))
    const before = await scene.ssh('systemctl show -p InvocationID served.service')
    const ran = await fromDump(scene, 'tars/', ['--to', '/srv/www'])
    expect([ran.exitCode, failed(ran)]).toMatchObject([3, { code: 'dump-broken' }])
    expect(failed(ran).message).toMatch(/www.tar.gz is broken/)
    expect(await scene.ssh('systemctl show -p InvocationID served.service')).toBe(before)
    expect((await scene.undo()).exitCode).toBe(0)
    expect(await staging(scene)).toBe('')
  })

  it('that can not be put in place is the old one again, and the service runs on it', async () => {
    await using scene = await dumpScene(rig)
    await withFolder(scene)
    // Somebody keeps the old one from being renamed.
    const ran = await fromDump(scene, 'www/', ['--to', '/srv/www'], {
      onEvent: (event) => {
        if (event.type === 'question' && event['step'] === 'review-dump') void rig.vm.run('chattr +i /srv/www')
      },
    })
    await scene.ssh('chattr -i /srv/www')
    expect([ran.exitCode, failed(ran)]).toMatchObject([3, { code: 'not-put-in-place' }])
    expect(failed(ran).notChanged).toContain('served.service run on it')
    expect(await scene.ssh('cat /srv/www/index.html; systemctl is-active served.service')).toBe('old\nactive')
    expect((await scene.undo()).exitCode).toBe(0)
  })
})
