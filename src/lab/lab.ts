// A whole world to lose a server in: AWS's endpoints on loopback, a host, and the config that points Lifeboat at them.
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'smol-toml'
import { startCloud, type Cloud } from './cloud/start-cloud.ts'
import { cloudWorld } from './host/vm/cloud-world.ts'
import { readWorld, type World } from './host/vm/manifest.ts'
import { startVm, type Vm } from './host/vm/vm.ts'
import { startMissingS3 } from './missing-s3.ts'

export interface LabOptions {
  readonly cacheDir: string
  readonly delays: 'none' | 'real'
  readonly signal?: AbortSignal
}

/** The line that `lab --json` prints when it is ready. */
export interface LabReady {
  readonly ec2: string
  readonly s3: string
  readonly sts: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly ssh: LabSsh
  readonly hosts: readonly {
    readonly name: string
    readonly instanceId: string
    readonly pool: string
    readonly services: readonly string[]
    readonly ssh: LabSsh
  }[]
  /** A config that is all Lifeboat needs. */
  readonly config: string
}

interface LabSsh {
  readonly destination: string
  readonly port: number
  readonly identityFile: string
  readonly knownHosts: string
}

export interface Lab {
  readonly ready: LabReady
  readonly cloud: Cloud
  readonly vm: Vm
  readonly world: World
  close(): Promise<void>
}

const hostName = 'irc-1'
const services = ['chat.service']

/** Labs that were killed left their folders; their processes are gone. */
async function removeLeftBehind(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** What leads to one cloud and one host. */
export interface LabAccess {
  readonly cloud: Pick<Cloud, 'ec2' | 'sts'>
  readonly s3: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly ssh: Vm['ssh']
}

function configText(world: World, { cloud, s3, region }: LabAccess): string {
  return stringify({
    aws: {
      region,
      credentials_file: 'credentials',
      endpoint_ec2: cloud.ec2,
      endpoint_sts: cloud.sts,
      endpoint_s3: s3,
    },
    ssh: { config: 'ssh_config' },
    hosts: [
      {
        name: hostName,
        instance: world.instanceId,
        volume: world.originalVolumeId,
        pool: world.pool,
        services,
        backups: ['chat-backup.service'],
        probes: [{ kind: 'http', name: 'chat answers', url: 'http://127.0.0.1:6680/', newest: 'newest' }],
      },
    ],
  })
}

const sshConfigText = (ssh: LabAccess['ssh']): string =>
  `Host ${hostName}
  HostName ${ssh.host}
  Port ${ssh.port}
  User ${ssh.user}
  IdentityFile "${ssh.identityFile}"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "${ssh.knownHostsFile}"
`

/** Writes a config, and the credentials and ssh configuration that it names, all 0600. @returns the config's path */
export async function writeLabConfig(dir: string, world: World, access: LabAccess): Promise<string> {
  const config = join(dir, 'lifeboat.toml')
  const { accessKeyId, secretAccessKey, ssh } = access
  const credentials = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
  const secret = { mode: 0o600 }
  await writeFile(config, configText(world, access), secret)
  await writeFile(join(dir, 'credentials'), credentials, secret)
  await writeFile(join(dir, 'ssh_config'), sshConfigText(ssh), secret)
  return config
}

/** Credentials that no other lab has. */
export const newLabKeys = (): { readonly accessKeyId: string; readonly secretAccessKey: string } => ({
  accessKeyId: `AKIA${randomBytes(10).toString('hex').slice(0, 16).toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
})

/** Starts the lab with the real host. @throws PreflightError `rig-not-built`, VmError */
export async function startLab({ cacheDir, delays, signal }: LabOptions): Promise<Lab> {
  const labs = join(cacheDir, 'labs')
  await mkdir(labs, { recursive: true, mode: 0o700 })
  await removeLeftBehind(labs)
  const world = await readWorld(cacheDir)
  const dir = await mkdtemp(join(labs, `${process.pid}-`))
  const closing: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end()
  }
  try {
    const vm = await startVm({ cacheDir, runDir: join(dir, 'vm'), ...(signal === undefined ? {} : { signal }) })
    closing.push(() => vm.stop())
    const keys = newLabKeys()
    const start = cloudWorld(world, keys)
    await mkdir(join(dir, 'disks'))
    const cloud = await startCloud({
      world: start,
      hosts: new Map([[world.instanceId, vm.instance]]),
      dir: join(dir, 'disks'),
      delays,
    })
    closing.push(() => cloud.close())
    const s3 = await startMissingS3()
    closing.push(() => s3.close())
    const { region } = start
    const config = await writeLabConfig(dir, world, { cloud, s3: s3.url, region, ...keys, ssh: vm.ssh })
    const ssh = {
      destination: `${vm.ssh.user}@${vm.ssh.host}`,
      port: vm.ssh.port,
      identityFile: vm.ssh.identityFile,
      knownHosts: vm.ssh.knownHostsFile,
    }
    const ready: LabReady = {
      ec2: cloud.ec2,
      s3: s3.url,
      sts: cloud.sts,
      region,
      ...keys,
      ssh,
      hosts: [{ name: hostName, instanceId: world.instanceId, pool: world.pool, services, ssh }],
      config,
    }
    return { ready, cloud, vm, world, close }
  } catch (error) {
    await close()
    throw error
  }
}
