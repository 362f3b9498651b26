import { startLab } from '../lab/lab.ts'
import { UsageError } from '../text/errors.ts'
import { cacheDir, type CommonOptions, type Surroundings } from './options.ts'

export interface LabCommandOptions extends CommonOptions {
  readonly host: string
  readonly delays: string
}

/** Resolves when a signal comes, or when the process that started the lab is gone. */
function untilToldToStop(surroundings: Surroundings): Promise<void> {
  return new Promise((resolve) => {
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.ppid !== parent) stop()
    }, 500)
    const stop = (): void => {
      clearInterval(watch)
      resolve()
    }
    surroundings.onSignal(stop)
  })
}

/** Runs the built-in world until it is told to stop, then leaves nothing behind. */
export async function labCommand(options: LabCommandOptions, surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, env } = surroundings
  if (options.host !== 'vm')
    throw new UsageError(`--host ${options.host} is not supported by this version; --host vm is`)
  if (options.delays !== 'none' && options.delays !== 'real')
    throw new UsageError(`--delays ${options.delays} is neither none nor real`)
  const stopped = untilToldToStop(surroundings)
  const startUp = new AbortController()
  void stopped.then(() => startUp.abort())
  if (options.json !== true) stderr.write('starting the host (a virtual machine): a few seconds\n')
  const lab = await startLab({ cacheDir: cacheDir(options, env), delays: options.delays, signal: startUp.signal })
  const { ready } = lab
  if (options.json === true) {
    stdout.write(
      `${JSON.stringify({ v: 1, at: new Date().toISOString(), type: 'lab-ready', pid: process.pid, ...ready })}\n`,
    )
  } else {
    const host = ready.hosts[0]
    const lines = [
      `EC2 ${ready.ec2} · STS ${ready.sts} · region ${ready.region}`,
      `host ${host?.name} (${host?.instanceId}): its pool ${host?.pool} is lost, ${host?.services.join(', ')} is down`,
      'in another terminal:',
      `  npx lifeboat restore --config ${ready.config} --host ${host?.name}`,
      `  ssh -p ${ready.ssh.port} -i ${ready.ssh.identityFile} -o UserKnownHostsFile=${ready.ssh.knownHosts} ${ready.ssh.destination}`,
      'Ctrl-C ends it and leaves nothing behind',
    ]
    stdout.write(`${lines.join('\n')}\n`)
  }
  await stopped
  await lab.close()
  return 0
}
