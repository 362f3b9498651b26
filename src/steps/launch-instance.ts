import { z } from 'zod'
import { describeInstances, type Instance } from '../remote/aws/ec2.ts'
import { runInstance, terminateInstance, type Placement } from '../remote/aws/launch.ts'
import { answers } from '../remote/linux/facts.ts'
import { AwsError, LifeboatError, PreflightError, Refused } from '../text/errors.ts'
import { launchChoice } from './launch.ts'
import type { Action, Finding, Run } from './step.ts'
import { ownershipTags, tag } from './tags.ts'

const before = z.object({
  /** One for each placement: a token is spent with the first call that carries it. */
  clientTokens: z.array(z.string()),
})

type Before = z.infer<typeof before>

const effect = z.object({ instanceId: z.string(), address: z.string() })

const calls = (run: Run, stood: Before | undefined) => {
  const { template, placements } = run.answer(launchChoice)
  return placements.map((placement, at) => ({
    placement,
    command: {
      ...runInstance({
        template,
        placement,
        clientToken: stood?.clientTokens[at] ?? '@a-new-token',
        tags: { Name: `${run.host.name} recovery`, ...ownershipTags(run.id, run.host.name, 'launch-instance') },
      }),
      ...(at === 0 ? {} : { onlyIf: 'AWS has no capacity for the one before' }),
    },
  }))
}

const alive = ({ state }: Instance): boolean => !/^(shutting-down|terminated)$/.test(state)

/** What this step of this run launched. */
const ours = async (run: Run): Promise<Instance | undefined> =>
  (await run.do(describeInstances({ [`tag:${tag.made}`]: [run.id], [`tag:${tag.step}`]: ['launch-instance'] }))).find(
    alive,
  )

const noCapacity = new Set([
  'InsufficientInstanceCapacity',
  'Unsupported',
  'InsufficientHostCapacity',
  'VcpuLimitExceeded',
])

const place = ({ instanceType, zone }: Placement): string => `${instanceType} in ${zone ?? "the template's zone"}`

async function launch(run: Run, stood: Before): Promise<string> {
  const said: string[] = []
  for (const { placement, command } of calls(run, stood)) {
    try {
      return await run.do(command)
    } catch (error) {
      if (!(error instanceof AwsError) || !noCapacity.has(error.code)) throw error
      said.push(`${place(placement)}: ${error.code}`)
      run.finding('warn', `no ${place(placement)} (${error.code})`)
    }
  }
  throw new LifeboatError({
    code: 'no-capacity',
    message: `AWS can't launch the recovery instance anywhere it was tried: ${said.join('; ')}`,
    notChanged: ['no instance was launched, and no volume made'],
    next: [
      { why: 'try again later: capacity comes and goes', command: `lifeboat resume ${run.id}` },
      {
        why: 'or see which zones offer which types',
        command: 'aws ec2 describe-instance-type-offerings --location-type availability-zone',
      },
    ],
  })
}

async function running(run: Run, instanceId: string): Promise<{ instanceId: string; address: string }> {
  return run.until(
    `${instanceId} to run`,
    async () => {
      const instance = await ours(run)
      if (instance?.state === 'running' && instance.address !== null) return { instanceId, address: instance.address }
      return undefined
    },
    { withinMs: 600_000 },
  )
}

/** A machine that has just booted: no sshd yet, no console yet that would show its key. */
const tooEarly = new Set(['host-unreachable', 'host-unknown', 'host-key-unknown', 'host-key-changed', 'auth-failed'])

async function reachable(run: Run): Promise<void> {
  let last: unknown
  const waiting = run.until(
    'the new instance to answer by ssh, and its console to show its host key',
    async () => {
      try {
        return await run.do(answers())
      } catch (error) {
        if (!(error instanceof PreflightError) || !tooEarly.has(error.code)) throw error
        last = error
        return undefined
      }
    },
    { everyMs: 5000, withinMs: 600_000 },
  )
  // What kept it from answering tells more than that the time is over.
  await waiting.catch((error: unknown) => {
    throw error instanceof LifeboatError && error.code === 'waited-in-vain' ? (last ?? error) : error
  })
}

/** Launches the recovery instance, and waits until it answers. */
export const launchInstanceAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'launch-instance',
  version: 1,
  needs: ['launch'],
  title: 'launch the recovery instance',
  why: "Everything after this runs on the new machine. It carries this run's tag, so that an undo can end it again, and its host key is taken only where its own console shows it.",
  danger: 'low',
  before,
  effect,
  holdsUntil: 'hand-over',
  commands: (run, stood) => calls(run, stood).map(({ command }) => command),
  async survey(run, previous) {
    // What is spent on a placement without capacity may be used again: nothing was launched by it.
    return previous ?? { clientTokens: run.answer(launchChoice).placements.map(() => run.newId()) }
  },
  async find(run) {
    const instance = await ours(run)
    if (instance === undefined) return { state: 'absent' }
    if (instance.state !== 'running' || instance.address === null)
      return { state: 'underway', what: `${instance.instanceId} to run (it is ${instance.state})` }
    return { state: 'present', effect: { instanceId: instance.instanceId, address: instance.address } }
  },
  async perform(run, stood) {
    return running(run, await launch(run, stood))
  },
  async verify(run, _stood, { instanceId }): Promise<Finding[]> {
    const instance = await ours(run)
    if (instance?.instanceId !== instanceId || instance.state !== 'running')
      return [{ level: 'error', message: `${instanceId} is ${instance?.state ?? 'gone'}` }]
    await reachable(run)
    return []
  },
  undo: {
    commands: (_run, _stood, launched) => (launched === undefined ? [] : [terminateInstance(launched.instanceId)]),
    async perform(run, _stood, launched) {
      if (launched === undefined) return
      const instance = await ours(run)
      if (instance === undefined) return
      if (instance.instanceId !== launched.instanceId)
        throw new Refused({
          code: 'not-ours',
          message: `${launched.instanceId} does not carry ${tag.made}=${run.id}, so it is not ended`,
        })
      await run.do(terminateInstance(launched.instanceId))
    },
  },
  resources: (run, _stood, launched) =>
    launched === undefined
      ? []
      : [
          {
            kind: 'instance',
            id: launched.instanceId,
            region: run.region,
            host: run.host.name,
            state: 'running',
            madeByUs: true,
          },
        ],
}

/** The instance that this run launched, where it launched one. */
export const launchedInstance = (run: Run): string | undefined =>
  run.flags.launchTemplate === undefined ? undefined : run.effect(launchInstanceAction).instanceId
