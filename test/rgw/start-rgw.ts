// A real S3 that is not AWS's: the gateway of Ceph (RGW), with one monitor and one store in memory, all on 127.0.0.1 and
// in a temporary folder of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { world } from '../lab/cloud/helpers.ts'
import { closed, listening } from '../remote/host/listening.ts'
import { ended } from '../rig/program.ts'

/** How it is reached. */
export interface RgwAddress {
  readonly url: string
  /** Where it says that its buckets are: what Ceph calls the API name of a zonegroup. */
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface Rgw extends AsyncDisposable {
  readonly address: RgwAddress
}

/** Whose all buckets are: the one that also owns those of the lab's test worlds. */
const owner: Omit<RgwAddress, 'url'> = world

const packages = 'apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common'

/** @throws Error with the line that installs what is missing */
async function requireCeph(): Promise<void> {
  const programs = ['ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin']
  const found = await Promise.all(programs.map((each) => execa('which', [each], { reject: false })))
  const missing = programs.filter((_, at) => found[at]?.exitCode !== 0)
  if (missing.length > 0)
    throw new Error(`these tests need Ceph's S3, and there is no ${missing.join(', ')} here:\n  ${packages}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await closed(server)
  return port
}

/** ceph.conf(5). What Ceph keeps for its safety between machines is switched off: there is one, for some minutes. */
const settings = (folder: string, cluster: string, monitor: string, port: number): string =>
  [
    '[global]',
    `fsid = ${cluster}`,
    `mon_host = ${monitor}`,
    'mon_initial_members = a',
    `mon_data = ${folder}/mon`,
    // A disk that others have nearly filled is no reason to stop.
    'mon_data_avail_crit = 1',
    'mon_allow_pool_size_one = true',
    'auth_cluster_required = none',
    'auth_service_required = none',
    'auth_client_required = none',
    'public_network = 127.0.0.0/8',
    'ms_bind_msgr2 = false',
    `osd_data = ${folder}/osd`,
    'osd_objectstore = memstore',
    'memstore_device_bytes = 4294967296',
    'osd_crush_chooseleaf_type = 0',
    'osd_pool_default_size = 1',
    'osd_pool_default_min_size = 1',
    'osd_pool_default_pg_num = 1',
    'osd_pool_default_pgp_num = 1',
    'osd_pool_default_pg_autoscale_mode = off',
    `rgw_frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1`,
    `rgw_data = ${folder}/rgw`,
    `run_dir = ${folder}/run`,
    `admin_socket = ${folder}/run/$name.sock`,
    `pid_file = ${folder}/run/$name.pid`,
    `log_file = ${folder}/$name.log`,
    '',
  ].join('\n')

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
  const run = (program: string, ...args: readonly string[]) =>
    execa(program, ['-c', conf, ...args], { timeout: 60_000, cwd: folder })

  const daemons: ChildProcess[] = []
  const start = (program: string, ...args: readonly string[]): void => {
    const all = ['--pdeathsig', 'KILL', program, '-f', '-c', conf, ...args]
    daemons.push(spawn('setpriv', all, { stdio: 'ignore', cwd: folder }))
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
    await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', store)
    start('ceph-osd', '-i', '0')
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey]
    await run('radosgw-admin', 'user', 'create', '--uid', 'owner', '--display-name', 'owner', ...keys)
    await run('radosgw-admin', 'zonegroup', 'modify', '--rgw-zonegroup', 'default', '--api-name', region)
    start('radosgw', '-n', 'client.rgw')
    const url = `http://127.0.0.1:${port}`
    await answers(url, daemons)
    return { address: { url, region, accessKeyId, secretAccessKey }, [Symbol.asyncDispose]: stop }
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
async function answers(url: string, daemons: readonly ChildProcess[]): Promise<void> {
  const end = Date.now() + 60_000
  for (;;) {
    if (daemons.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null))
      throw new Error('one of its processes has ended')
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status !== 0) return
    if (Date.now() > end) throw new Error('it does not answer')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
