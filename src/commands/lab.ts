import { startLab } from '../lab/lab.ts'
import { demandHost, labOptions, scenarioNamed, type LabWords } from './lab-options.ts'
import { cacheDir, type CommonOptions, type Surroundings } from './options.ts'

export interface LabCommandOptions extends CommonOptions, LabWords {
  readonly scenario?: string
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
  const words = labOptions(options)
  const scenario = options.scenario === undefined ? undefined : scenarioNamed(options.scenario)
  if (scenario !== undefined) demandHost(scenario, words.host)
  const stopped = untilToldToStop(surroundings)
  const startUp = new AbortController()
  void stopped.then(() => startUp.abort())
  if (options.json !== true)
    stderr.write(
      `starting the host (${words.host === 'vm' ? 'a virtual machine' : 'a simulated one'}): a few seconds\n`,
    )
  const lab = await startLab({
    cacheDir: cacheDir(options, env),
    ...words,
    ...(scenario === undefined ? {} : { scenario }),
    // One for a restore, and some for drills on the account beside it.
    ...(scenario?.begins === 'zone-down' ? { spares: 4 } : {}),
    signal: startUp.signal,
  })
  const { ready } = lab
  if (options.json === true) {
    stdout.write(
      `${JSON.stringify({ v: 1, at: new Date().toISOString(), type: 'lab-ready', pid: process.pid, ...ready })}\n`,
    )
  } else {
    const [first] = ready.hosts
    const lines = [
      `EC2 ${ready.ec2} · STS ${ready.sts} · region ${ready.region}`,
      ...(scenario?.brief ?? [
        `host ${first?.name} (${first?.instanceId}): its pool ${first?.pool} is lost, ${first?.services.join(', ')} is down`,
      ]),
      'in another terminal:',
      `  npx lifeboat restore --config ${ready.config} --host ${first?.name}`,
      `  ssh -p ${ready.ssh.port} -i ${ready.ssh.identityFile} -o UserKnownHostsFile=${ready.ssh.knownHosts} ${ready.ssh.destination}`,
      'Ctrl-C ends it and leaves nothing behind',
    ]
    stdout.write(`${lines.join('\n')}\n`)
  }
  await stopped
  await lab.close()
  return 0
}
