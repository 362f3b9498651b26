import { randomBytes } from 'node:crypto'
import { copyFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it, vi } from 'vitest'
import { secretForms } from '../../src/text/secret-forms.ts'
import { head } from './bad-days/bad-day.ts'
import { endState } from './end-state.ts'
import { errorOf } from './faults-page.ts'
import { snapshotAfter } from './prepared-snapshot.ts'
import { restoring, type Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'

const newSecret = () => `correct horse/${randomBytes(12).toString('base64url')}+%`

/** All ways to write a secret down. */
const formsOf = (secret: string): string[] => [...secretForms(secret), Buffer.from(secret).toString('hex')]

// Out of what is searched.
const samples = '/root/samples'
const patterns = '/dev/shm/patterns'

/** Looks each second at what every process on the host was given in its arguments and its environment. */
const samplingOnHost = `systemd-run --quiet --unit=sampler /bin/sh -c 'while :; do ps -ww -eo args; cat /proc/[0-9]*/environ | tr "\\0" "\\n"; sleep 1; done >>${samples} 2>/dev/null'`

const ofProcess = (pid: string, file: string) => readFile(join('/proc', pid, file), 'latin1').catch(() => '')

/** The same here. */
async function hereNow(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return (await Promise.all(pids.flatMap((pid) => [ofProcess(pid, 'cmdline'), ofProcess(pid, 'environ')]))).join('\n')
}

async function filesBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n')
}

/** Where on the host any form of a secret is found. */
async function foundOnHost(scene: Scene, secret: string): Promise<string[]> {
  const forms = `${formsOf(secret).join('\n')}\n`
  const { code } = await scene.rig.vm.run(`cat > ${patterns}`, { stdin: forms })
  expect(code).toBe(0)
  const found = await scene.ssh(
    [
      `grep -qaFf ${patterns} ${samples} && echo processes`,
      `journalctl --no-pager -o export | grep -qaFf ${patterns} && echo journal`,
      `grep -rqaFf ${patterns} /var/log && echo logs`,
      `grep -rqaFf ${patterns} /run /etc/systemd /tmp /root/.bash_history 2>/dev/null && echo files`,
      `rm ${patterns}`,
    ].join('; '),
  )
  return found.split('\n').filter((line) => line !== '')
}

const foundIn = (texts: Readonly<Record<string, string>>, secret: string): string[] =>
  Object.entries(texts).flatMap(([where, text]) => (formsOf(secret).some((form) => text.includes(form)) ? [where] : []))

it("keeps the key's passphrase, sudo's password and a dataset's key out of everything that is written", async () => {
  await using rig = await Rig.start()
  await using scene = await rig.scene()
  const secrets = { 'ssh-key': newSecret(), sudo: newSecret(), 'key:tank/vault': newSecret() }
  const planted = newSecret()

  // The backup has an encrypted dataset; the login a password for sudo, and a key with a passphrase.
  const key = await scene.secretFile(secrets['key:tank/vault'])
  await rig.vm.run('cat > /dev/shm/key', { stdin: secrets['key:tank/vault'] })
  const snapshotId = await snapshotAfter(
    scene,
    'zfs create -o encryption=on -o keyformat=passphrase tank/vault < /dev/shm/key; rm /dev/shm/key; echo ours > /mnt/tank/vault/ledger',
  )
  await rig.vm.run('chpasswd', { stdin: `admin:${secrets.sudo}\n` })
  await scene.ssh("echo 'admin ALL=(ALL) ALL' > /etc/sudoers.d/admin")
  const identity = join(scene.dir, 'id_locked')
  await copyFile(rig.vm.ssh.identityFile, identity)
  await execa('ssh-keygen', ['-q', '-p', '-f', identity, '-N', secrets['ssh-key']])
  await scene.editSsh((text) =>
    text.replace(/User .*/, 'User admin').replace(/IdentityFile .*/, `IdentityFile "${identity}"`),
  )
  await scene.editHost({ stable_seconds: 1 })
  await scene.ssh(samplingOnHost)

  let here = ''
  const watching = setInterval(() => void hereNow().then((now) => (here += now)), 500)
  const given = [
    ['--secret', `ssh-key=@${await scene.secretFile(secrets['ssh-key'])}`],
    ['--secret', `sudo=@${await scene.secretFile(secrets.sudo)}`],
    ['--secret', `key:tank/vault=@${key}`],
  ].flat()
  const flags = [...head.with(1, snapshotId), ...given]
  let ran: Ran
  try {
    ran = await scene.lifeboat(restoring(flags))
  } finally {
    clearInterval(watching)
  }
  expect(`${ran.exitCode} ${errorOf(ran)?.message ?? ''}`).toBe('0 ')
  expect((await endState(scene)).mounts).toContain('/tank/vault')
  expect(await scene.ssh('cat /tank/vault/ledger')).toBe('ours')

  const texts = {
    here,
    'state directory': await filesBelow(scene.stateDir),
    stdout: JSON.stringify(ran.events),
    stderr: ran.stderr,
  }
  for (const secret of Object.values(secrets)) {
    expect(foundIn(texts, secret)).toEqual([])
    expect(await foundOnHost(scene, secret)).toEqual([])
  }

  // The search finds what is there.
  const form = Buffer.from(planted).toString('base64')
  await scene.ssh(`logger ${form}; echo ${form} | tee /run/planted > /var/log/planted; PLANTED=${form} sleep 5`)
  await vi.waitUntil(async () => (await foundOnHost(scene, planted)).length === 4, { timeout: 120_000 })
  expect(foundIn({ text: `a ${encodeURIComponent(planted)} b` }, planted)).toEqual(['text'])
})
