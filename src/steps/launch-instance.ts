import { z } from 'zod'
import { isAlive, type Instance } from '../remote/aws/ec2.ts'
import { runBareInstance, runInstance, terminateInstance, type Placement } from '../remote/aws/launch.ts'
import { answers } from '../remote/linux/facts.ts'
import { AwsError, LifeboatError, PreflightError, Refused } from '../text/errors.ts'
import { byId, lookHard, ours, oursAtLast } from './launch-instance-looks.ts'
import { launchKey } from './launch-answer.ts'
import { refuseOtherLaunch } from './other-run.ts'
import { securityGroupAction } from './security-group.ts'
import type { Action, Finding, Found, Run } from './step.ts'
import { ownershipTags, tag } from './tags.ts'

const before = z.object({
  /** One for each placement: a token is spent with the first instance that it launches. */
  clientTokens: z.array(z.string()),
  /** The same for attempts after the first: asked with where AWS says that what the ones before launched has ended. */
  spares: z.array(z.array(z.string())).default([]),
  /** When the tokens were chosen: what was asked for with them shows itself soon after, or never. */
  chosenAt: z.string().default('1970-01-01T00:00:00Z'),
})

type Before = z.infer<typeof before>

const effect = z.object({ instanceId: z.string(), address: z.string() })

/** The calls as they are to be tried dry. @param groupId stands for the security group that is not there yet */
export const launches = (run: Run, groupId?: string) =>
  calls(
    run,
    {
      clientTokens: run.answer(launchKey).placements.map(() => run.newId()),
      spares: [],
      chosenAt: '',
    },
    groupId,
  ).flatMap(({ commands }) => commands)

/** For each placement the calls that launch there: with the first token, and then with the spare ones. */
function calls(run: Run, stood: Before | undefined, standIn?: string) {
  const answer = run.answer(launchKey)
  const tokens = stood === undefined ? [] : [stood.clientTokens, ...stood.spares]
  const isScratch = 'scratch' in answer
  const tags = {
    Name: `${run.host.name}${isScratch ? '' : ' recovery'}`,
    ...ownershipTags(run.id, run.host.name, 'launch-instance'),
  }
  const groupId = isScratch ? (standIn ?? run.later(securityGroupAction, 'groupId')) : ''
  const launching = (placement: Placement, clientToken: string) =>
    isScratch
      ? runBareInstance({ ...answer.scratch, groupId, placement, clientToken, tags })
      : runInstance({ template: answer.template, placement, clientToken, tags })
  return answer.placements.map((placement, at) => {
    const [first = '@a-new-token', ...spares] = tokens.flatMap((each) => each[at] ?? [])
    return {
      placement,
      commands: [
        { ...launching(placement, first), ...(at === 0 ? {} : { onlyIf: 'AWS has no capacity for the one before' }) },
        ...spares.map((token) => ({
          ...launching(placement, token),
          onlyIf: 'AWS says that what it launched before has ended',
        })),
      ],
    }
  })
}

export const noCapacity: ReadonlySet<string> = new Set([
  'InsufficientInstanceCapacity',
  'Unsupported',
  'InsufficientHostCapacity',
  'VcpuLimitExceeded',
])

const place = ({ instanceType, zone }: Placement): string => `${instanceType} in ${zone ?? "the template's zone"}`

const ended = (what: string, cause?: unknown): LifeboatError =>
  new LifeboatError({ code: 'instance-ended', message: `${what}; resume launches another` }, cause)

/** Launches at one place. @returns the instance's id; undefined where a token's instance has ended */
async function launchAt(run: Run, commands: ReturnType<typeof calls>[number]['commands']): Promise<string | undefined> {
  for (const command of commands) {
    try {
      return await run.do(command)
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'IdempotentInstanceTerminated') throw error
    }
  }
  return undefined
}

async function launch(run: Run, stood: Before): Promise<string> {
  const said: string[] = []
  for (const { placement, commands } of calls(run, stood)) {
    try {
      const launched = await launchAt(run, commands)
      if (launched !== undefined) return launched
    } catch (error) {
      if (!(error instanceof AwsError) || !noCapacity.has(error.code)) throw error
      said.push(`${place(placement)}: ${error.code}`)
      run.finding('warn', `no ${place(placement)} (${error.code})`)
      continue
    }
    throw ended('AWS launched an instance for this run before, and it has ended')
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
      const instance = await byId(run, instanceId)
      // With an encrypted image whose key may not be used, AWS launches it and ends it at once.
      if (instance !== undefined && !isAlive(instance))
        throw ended(`${instanceId} has ended before it ran (${instance.reason ?? instance.state})`)
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

const foundAs = (instance: Instance | undefined): Found<z.infer<typeof effect>> => {
  if (instance === undefined) return { state: 'absent' }
  const { instanceId, state, address } = instance
  if (state !== 'running' || address === null)
    return { state: 'underway', what: `${instanceId} to run (it is ${state})` }
  return { state: 'present', effect: { instanceId, address } }
}

/** What a scratch instance has of production, where it must have nothing. */
function ofProduction(run: Run, { instanceId, profile, groups }: Instance): string | undefined {
  if (!run.flags.scratch) return undefined
  const { groupId } = run.effect(securityGroupAction)
  if (instanceId === run.host.instance) return `${instanceId} is the instance of the host itself`
  if (profile !== null) return `${instanceId} has the instance profile ${profile}`
  return groups.join() === groupId ? undefined : `${instanceId} is in ${groups.join(', ')}, and not in ${groupId} alone`
}

/** Launches the instance, and waits until it answers. */
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
  commands: (run, stood) => calls(run, stood).flatMap(({ commands }) => commands),
  async survey(run, previous) {
    await refuseOtherLaunch(run)
    const fresh = { clientTokens: run.answer(launchKey).placements.map(() => run.newId()), spares: [] }
    const chosenAt = run.now().toISOString()
    if (previous === undefined) return { ...fresh, chosenAt }
    return { ...previous, spares: [...previous.spares, fresh.clientTokens], chosenAt }
  },
  async find(run, stood) {
    // Asked again from the first placement, AWS could launch a second instance beside one at a later placement that it
    // does not show yet.
    const instance = stood.clientTokens.length > 1 ? await oursAtLast(run, stood) : (await ours(run))[0]
    return foundAs(instance)
  },
  async perform(run, stood) {
    return running(run, await launch(run, stood))
  },
  async verify(run, _stood, { instanceId }): Promise<Finding[]> {
    const instance = (await ours(run)).find((each) => each.instanceId === instanceId)
    const wrong = instance === undefined ? undefined : ofProduction(run, instance)
    if (wrong !== undefined) return [{ level: 'error', message: wrong }]
    if (instance?.state !== 'running')
      return [{ level: 'error', message: `${instanceId} is ${instance?.state ?? 'gone'}` }]
    await reachable(run)
    return []
  },
  undo: {
    async find(run, stood) {
      return foundAs(await oursAtLast(run, stood))
    },
    commands: (_run, _stood, launched) => (launched === undefined ? [] : [terminateInstance(launched.instanceId)]),
    async perform(run, _stood, launched) {
      if (launched === undefined) return
      const { instanceId } = launched
      const there = await lookHard(run, instanceId)
      if (there !== undefined && isAlive(there)) {
        if (there.tags[tag.made] !== run.id) {
          throw new Refused({
            code: 'not-ours',
            message: `${instanceId} does not carry ${tag.made}=${run.id}, so it is not ended`,
          })
        }
        await run.do(terminateInstance(instanceId))
      }
      for (const other of await ours(run)) {
        if (other.instanceId === instanceId) continue
        const command = `aws ec2 terminate-instances --instance-ids ${other.instanceId}`
        run.finding('warn', `${other.instanceId} was launched by this run too, and is left as it is: ${command}`)
      }
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
  run.flags.launchTemplate === undefined && !run.flags.scratch ? undefined : run.effect(launchInstanceAction).instanceId
