// The connections of a run: AWS, and the host.
import { connectAws, type Aws } from '../remote/aws/client.ts'
import { connect, type ConnectOptions } from '../remote/host/ssh-host.ts'
import { becomeRoot } from '../remote/privilege.ts'
import { connectRemote, type Remote } from '../remote/remote.ts'
import type { Config } from '../run/config.ts'
import type { SecretStore } from '../run/secrets.ts'
import type { HostProfile } from '../steps/profile.ts'
import { Bug } from '../text/errors.ts'
import { raw, sh } from '../text/quote.ts'

/** Which host, in which account and region. */
interface Where {
  readonly config: Config
  readonly host: HostProfile
  readonly region: string
  readonly hostKey: string | undefined
}

/** An instance that the run has launched, which no ssh configuration knows. */
interface Launched {
  readonly instanceId: string
  readonly address: string
}

/** What was found out about the host while it was connected to. */
interface Met {
  readonly launched: Launched | undefined
  /** The login; undefined before there was a connection. */
  readonly user: string | undefined
}

/**
 * What an operator would type here to run a line on the host as root. Of a host that was launched anew the configuration may
 * still name the old machine, where the line would do harm.
 */
export function pasted({ config: { ssh }, host }: Where, { launched, user }: Met, line: string): string {
  if (host.via === 'local') return sh`sudo /bin/sh -c ${line}`
  const file = ssh.config === undefined ? undefined : raw(sh`-F ${ssh.config}`)
  const there =
    launched === undefined
      ? undefined
      : raw(sh`-o ${`HostName=${launched.address}`} -o ${`HostKeyAlias=${launched.instanceId}`}`)
  const destination = host.ssh ?? host.name
  if (user === undefined || user === 'root') return sh`ssh ${file} ${there} ${destination} ${line}`
  // sudo may want a password, and ask for it at a terminal.
  return sh`ssh -t ${file} ${there} ${destination} ${sh`sudo /bin/sh -c ${line}`}`
}

/** What the connections ask for while they are made. */
export interface Asked {
  readonly secrets: SecretStore
  readonly askHostKey: ConnectOptions['askHostKey']
  /** Whether the run works on an instance that it launches: then never on another machine. */
  readonly launches: boolean
  readonly launched: () => Launched | undefined
  /** Told the login of each connection that is made. */
  readonly loggedIn: (user: string) => void
  readonly hideUrl: (url: string) => void
}

/** AWS with the config's credentials and endpoints, or what AWS's own variables and files say. */
export const awsFor = ({ config: { aws }, region }: Pick<Where, 'config' | 'region'>, env: NodeJS.ProcessEnv): Aws =>
  connectAws({
    region,
    profile: aws.profile ?? env.AWS_PROFILE,
    credentialsFile: aws.credentials_file,
    ec2Endpoint: aws.endpoint_ec2,
    stsEndpoint: aws.endpoint_sts,
    iamEndpoint: aws.endpoint_iam,
    s3Endpoint: aws.endpoint_s3 ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL,
  })

/** Both ways out of this machine; nothing is connected before it is used. */
export function remoteFor(
  { config, host, hostKey }: Where,
  env: NodeJS.ProcessEnv,
  aws: Aws,
  { secrets, askHostKey, launches, launched, loggedIn, hideUrl }: Asked,
): Remote {
  const destination = host.ssh ?? host.name
  return connectRemote({
    aws,
    destination,
    hideUrl,
    async connect(signal) {
      const its = launched()
      // What ssh knows by this name is the machine that the new one stands in for.
      if (launches && its === undefined) throw new Bug(`${destination} was to be connected to before it was launched`)
      const there = await connect(destination, {
        env,
        ...(its === undefined ? {} : { address: { host: its.address, hostKeyAlias: its.instanceId } }),
        configFile: config.ssh.config,
        via: host.via,
        hostKey,
        signal,
        askHostKey,
        askPassphrase: (file, attempt) => secrets.get('ssh-key', `the passphrase of ${file}`, attempt),
      })
      loggedIn(there.user)
      return there
    },
    becomeRoot: (to, signal) =>
      becomeRoot(to, (attempt) => secrets.get('sudo', `the password of ${to.user} for sudo`, attempt), signal),
  })
}
