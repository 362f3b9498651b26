// A real S3 that is not AWS's: the gateway of Ceph (RGW), with one monitor and one store in memory, all on 127.0.0.1 and
// in a temporary folder of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { world } from '../lab/cloud/helpers.ts'
import { freePort } from '../remote/host/listening.ts'
import { ended } from '../rig/program.ts'
import { requireCeph, settings } from './ceph.ts'

/** How it is reached. */
export interface RgwAddress {
  readonly url: string
  /** Where it says that its buckets are: what Ceph calls the API name of a zonegroup. */
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Its ceph.conf, for radosgw-admin(8). */
  readonly conf: string
}

export interface Rgw extends AsyncDisposable {
  readonly address: RgwAddress
}

/** Whose all buckets are: the one that also owns those of the lab's test worlds. */
const owner: Omit<RgwAddress, 'url' | 'conf'> = world

/**
 * Starts one and waits until it answers: a quarter of a minute. Dispose of it to end its processes and remove its folder;
 * they also end with this process.
 * @throws Error that names what is to be installed, where Ceph is not
 */
export async function startRgw({ region, accessKeyId, secretAccessKey } = owner): Promise<Rgw> {
  await requireCeph()
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-rgw-'))
  await Promise.all(['mon', 'osd', 'rgw', 'run'].map((name) => mkdir(join(folder, name))))
  const conf = join(folder, 'ceph.conf')
  const [port, monitorPort] = [await freePort(), await freePort()]
  const [cluster, store] = [randomUUID(), randomUUID()]
  const monitor = `v1:127.0.0.1:${monitorPort}`
  await writeFile(conf, settings(folder, cluster, monitor, port))
  const lost = new AbortController()
  const run = (program: string, ...args: readonly string[]) =>
    execa(program, ['-c', conf, ...args], { timeout: 60_000, cwd: folder, cancelSignal: lost.signal })

  const daemons: ChildProcess[] = []
  const start = (program: string, ...args: readonly string[]): void => {
    const all = ['--pdeathsig', 'KILL', program, '-f', '-c', conf, ...args]
    const daemon = spawn('setpriv', all, { stdio: 'ignore', cwd: folder })
    daemon.once('exit', () => lost.abort(new Error(`${program} has ended`)))
    daemons.push(daemon)
  }
  const stop = async (): Promise<void> => {
    // Killed: what it has in memory, the store would else write to its folder first.
    for (const each of daemons) each.kill('SIGKILL')
    await Promise.all(daemons.map(ended))
    await rm(folder, { recursive: true })
  }

  try {
    const map = join(folder, 'monmap')
    await execa('monmaptool', ['--create', '--fsid', cluster, '--addv', 'a', monitor, map])
    await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map)
    start('ceph-mon', '-i', 'a')
    await run('ceph', 'osd', 'new', store)
    await run('ceph', 'osd', 'crush', 'create-or-move', 'osd.0', '1.0', 'root=default', 'host=here')
    await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', store)
    start('ceph-osd', '-i', '0')
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey]
    await run('radosgw-admin', 'user', 'create', '--uid', 'owner', '--display-name', 'owner', ...keys)
    await run('radosgw-admin', 'zonegroup', 'modify', '--rgw-zonegroup', 'default', '--api-name', region)
    start('radosgw', '-n', 'client.rgw')
    const url = `http://127.0.0.1:${port}`
    await answers(url, lost.signal)
    return { address: { url, region, accessKeyId, secretAccessKey, conf }, [Symbol.asyncDispose]: stop }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const logs = await lastLines(folder)
    await stop()
    throw new Error(`Ceph does not start: ${why}\n${logs}`, { cause: error })
  }
}

/** What each of its programs said last. */
async function lastLines(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.log'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return names.map((name, at) => `${name}:\n${texts[at]?.split('\n').slice(-8).join('\n')}`).join('\n')
}

/** @throws Error where one of its processes has ended */
async function answers(url: string, lost: AbortSignal): Promise<void> {
  const end = Date.now() + 60_000
  const status = (): Promise<number> =>
    fetch(url).then(
      (answer) => answer.status,
      () => 0,
    )
  while ((await status()) === 0) {
    lost.throwIfAborted()
    if (Date.now() > end) throw new Error('it does not answer')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
