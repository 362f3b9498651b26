// Before there is a run: whose run it is to be.
import { z } from 'zod'
import { describeInstances, isAlive, type Instance } from '../remote/aws/ec2.ts'
import { commandText } from '../remote/remote.ts'
import { readConfig, type Config } from '../run/config.ts'
import type { Emit } from '../run/events.ts'
import type { Flags } from '../steps/flags.ts'
import type { HostProfile } from '../steps/profile.ts'
import type { Choice, Option, Route } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { AwsError, Cancelled } from '../text/errors.ts'
import { awsFor } from './connections.ts'
import { faceFor } from './face.ts'
import { configPath, isAsking, type CommonOptions, type Surroundings } from './options.ts'
import { regionOf } from './region.ts'

const named = z.object({ host: z.string().min(1), instance: z.string().optional() })

/** A host, and the instance that it is, where the config does not say. */
export type NamedHost = z.infer<typeof named>

/** Which host, asked before there is a run. */
export const hostChoice: Choice<NamedHost> = {
  kind: 'choice',
  id: 'target',
  version: 1,
  needs: [],
  question: 'Which host gets its data back?',
  flag: '--host',
  answeredBy: ['host'],
  why: 'Everything that follows is of this one host: its instance, its volume, its snapshots, its services. What is known of it comes from the config. An instance that EC2 knows can be chosen too, or another host named as for ssh; what only the config can say of them, such as services and schedules, is missing then and will be asked for or left out.',
  danger: () => 'none',
  answer: named,
  async *options() {
    // They are found out before there is a run.
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: ({ flags: { host } }) => (host === undefined ? undefined : { host }),
  typed: { what: 'the name of another, as for ssh', read: (_run, host) => Promise.resolve({ host }) },
  check: async () => [],
}

/** A route of that question only. */
export const hostRoute: Route = { id: 'local', legs: [{ choices: [hostChoice], actions: [] }] }

/** What the config knows of a host, and above all what it does not. */
export function inConfig({ name, instance, volume, services, snapshot_tags: tags }: HostProfile): Option<NamedHost> {
  const missing = [
    ...(instance === undefined ? ['its instance'] : []),
    ...(volume === undefined && Object.keys(tags).length === 0
      ? ['its volume or the tags of its EBS snapshots, so they may not be found']
      : []),
    ...(services.length === 0 ? ['its services, so none would be proven'] : []),
  ]
  return {
    kind: 'option',
    value: { host: name },
    label: [oneLine(name), instance ?? 'no instance', 'in the config'].join('  '),
    detail:
      missing.length === 0
        ? `the config says all that is needed; its services: ${services.join(', ')}`
        : `the config does not say ${missing.join('; nor ')}`,
  }
}

/** What ssh(1) would take for a host. */
const isHostName = (name: string): boolean => /^[A-Za-z0-9][\w.-]*$/.test(name)

/** An instance that the config does not name, as it can be chosen. */
export function inEc2({ instanceId, state, type, zone, tags, address }: Instance): Option<NamedHost> {
  const name = tags['Name'] ?? ''
  const host = isHostName(name) ? name : (address ?? instanceId)
  const more = Object.entries(tags).filter(([key]) => key !== 'Name' && !key.startsWith('aws:'))
  return {
    kind: 'option',
    value: { host, instance: instanceId },
    label: oneLine([name === '' ? host : name, instanceId, state, type, zone].join('  ')),
    detail: oneLine(
      `in EC2, not in the config; reached as "ssh ${host}"${more.map(([key, value]) => `, ${key}=${value}`).join('')}`,
    ),
  }
}

/** So long EC2 may take: the config's hosts can be chosen without it. */
const patienceMs = 15_000

/** The instances that the config does not name. Where EC2 can't be asked, it says why: a host can be named all the same. */
async function others(
  config: Config,
  { env }: Surroundings,
  leaving: AbortSignal,
  emit: Emit,
): Promise<Option<NamedHost>[]> {
  const command = describeInstances({})
  const step = hostChoice.id
  try {
    const aws = awsFor({ config, region: regionOf(config, env) }, env)
    emit({ type: 'command', step, kind: 'aws', text: commandText(command), redacted: false, reads: true })
    const all = await aws.send(command, AbortSignal.any([leaving, AbortSignal.timeout(patienceMs)]))
    const ours = new Set(config.hosts.map((each) => each.instance))
    return all.filter((each) => isAlive(each) && !ours.has(each.instanceId)).map(inEc2)
  } catch (error) {
    leaving.throwIfAborted()
    const lacks = error instanceof AwsError ? error.missingPermission : null
    const said = error instanceof Error ? oneLine(error.message) : 'it failed'
    const why = lacks === null ? said : `the identity lacks ${lacks}`
    emit({ type: 'finding', step, level: 'info', message: `EC2 is not asked for more hosts: ${why}` })
    return []
  }
}

/** The host that the operator names: of those in the config, in EC2, or another. Undefined where nobody can be asked. */
export async function askHost(
  options: CommonOptions,
  surroundings: Surroundings,
  source: Flags['source'],
): Promise<NamedHost | undefined> {
  const { env, stdin, onSignal } = surroundings
  if (!isAsking(options, stdin)) return undefined
  const { path, named: isNamed } = configPath(options, env)
  const config = readConfig(path, isNamed)
  const stop = new AbortController()
  const unheard = onSignal((signal) => stop.abort(new Cancelled(signal)))
  const of = {
    route: hostRoute,
    host: null,
    region: null,
    account: null,
    done: [],
    isComing: () => true,
    stopping: stop.signal,
  }
  const face = await faceFor(of, options, surroundings)
  try {
    const ours = config.hosts.map(inConfig)
    const asked = `${ours.length} ${ours.length === 1 ? 'host is' : 'hosts are'} in the config${config.path === null ? ', which is not there' : ''}`
    face.emit({ type: 'finding', step: hostChoice.id, level: 'info', message: asked })
    // For its own snapshots nothing of AWS is needed.
    const more = source === 'local' ? [] : await others(config, surroundings, stop.signal, face.emit)
    const all = [...ours, ...more]
    face.emit({
      type: 'question',
      step: hostChoice.id,
      question: hostChoice.question,
      danger: 'none',
      options: all.map(({ value, label }) => ({ value, label })),
      suggested: all[0]?.value ?? null,
    })
    const answer = await face.asker.ask(
      {
        step: hostChoice,
        danger: 'none',
        options: all,
        suggested: all[0],
        confirmation: undefined,
        earlier: [],
        readTyped: (text) => Promise.resolve({ host: text.trim() }),
      },
      stop.signal,
    )
    return answer.kind === 'option' ? named.parse(answer.value) : undefined
  } finally {
    await face.close()
    unheard()
  }
}
