// The config of a lab, with which Lifeboat knows its AWS and its host, and nothing else.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'smol-toml'
import type { Cloud } from './cloud/start-cloud.ts'
import type { World } from './host/manifest.ts'
import type { MachineSsh } from './machine.ts'
import type { Served } from './scenarios/scenario.ts'

/** What the host is called, in the config and by ssh. */
export const hostName = 'irc-1'

/** The chat server, whose data is on the pool. */
export const chat: Served = {
  services: ['chat.service'],
  backups: ['chat-backup.service'],
  probes: [{ kind: 'http', name: 'chat answers', url: 'http://127.0.0.1:6680/', newest: 'newest' }],
}

/** What leads to one cloud and one host. */
export interface LabAccess {
  readonly cloud: Pick<Cloud, 'ec2' | 'iam' | 's3' | 'sts'>
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly ssh: MachineSsh
  /** What the host is there for: the chat server unless said. */
  readonly served?: Served
  /** How long its services must stay up to count as stable; as long as everywhere unless said. */
  readonly stableSeconds?: number
  /** How long AWS may answer from before a change; as long as everywhere unless said. */
  readonly settleSeconds?: number
  /** What a drill on the account launches from; none can be made where it is left out. */
  readonly launchTemplate?: string
}

function configText(
  world: World,
  { cloud, region, served = chat, stableSeconds, settleSeconds, launchTemplate }: LabAccess,
): string {
  return stringify({
    aws: {
      region,
      credentials_file: 'credentials',
      endpoint_ec2: cloud.ec2,
      endpoint_sts: cloud.sts,
      endpoint_iam: cloud.iam,
      endpoint_s3: cloud.s3,
    },
    ssh: { config: 'ssh_config' },
    hosts: [
      {
        name: hostName,
        instance: world.instanceId,
        volume: world.originalVolumeId,
        pool: world.pool,
        ...served,
        ...(stableSeconds === undefined ? {} : { stable_seconds: stableSeconds }),
        ...(settleSeconds === undefined ? {} : { settle_seconds: settleSeconds }),
        ...(launchTemplate === undefined
          ? {}
          : { drill: { launch_template: launchTemplate, ssh_from: '127.0.0.1/32' } }),
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
