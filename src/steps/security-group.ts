import { z } from 'zod'
import {
  authorizeIngress,
  createSecurityGroup,
  deleteSecurityGroup,
  describeSecurityGroups,
  everythingOut,
  revokeEgress,
  type SecurityGroup,
} from '../remote/aws/security-groups.ts'
import type { AwsCommand } from '../remote/command.ts'
import { AwsError, LifeboatError } from '../text/errors.ts'
import { scratchOf } from './launch-answer.ts'
import { removeGroup } from './remove.ts'
import type { Action, Finding, Run } from './step.ts'
import { ownershipTags, tag } from './tags.ts'

const nothing = z.object({})
const effect = z.object({ groupId: z.string() })

type Nothing = z.infer<typeof nothing>

/** Makes the group, as it is run and as it is tried dry. */
export const groupCreation = (run: Run): AwsCommand<string> =>
  createSecurityGroup({
    name: `lifeboat-drill-${run.id}`,
    description: 'scratch instance of a Lifeboat drill: ssh in, nothing out',
    vpcId: scratchOf(run).scratch.vpcId,
    tags: ownershipTags(run.id, run.host.name, 'security-group'),
  })

/** What closes it but for ssh, for a group of this id. */
export function closingGroup(run: Run, groupId: string) {
  const { sshFrom, sshPort } = scratchOf(run).scratch
  return {
    noEgress: revokeEgress(groupId, everythingOut.ipv4),
    noEgress6: revokeEgress(groupId, everythingOut.ipv6),
    ssh: authorizeIngress(groupId, sshPort, sshFrom),
  }
}

const byId = async (run: Run, groupId: string): Promise<SecurityGroup | undefined> =>
  (await run.do(describeSecurityGroups({ 'group-id': [groupId] }))).at(0)

const ours = async (run: Run): Promise<SecurityGroup | undefined> =>
  (await run.do(describeSecurityGroups({ [`tag:${tag.made}`]: [run.id] }))).at(0)

/** A group that is new, or that nobody has heard of yet, shows itself a little later. */
const soon = <T>(run: Run, what: string, look: () => Promise<T | undefined>): Promise<T> =>
  run.until(what, look, { withinMs: 30_000 })

const neverShown = (error: unknown): undefined => {
  if (!(error instanceof LifeboatError) || error.code !== 'waited-in-vain') throw error
}

async function create(run: Run): Promise<string> {
  try {
    return await run.do(groupCreation(run))
  } catch (error) {
    // Asked again after a crash: the name is this run's alone.
    if (!(error instanceof AwsError) || error.code !== 'InvalidGroup.Duplicate') throw error
    return (await soon(run, 'EC2 to show the security group', () => ours(run))).groupId
  }
}

/** Changes a rule of a group that EC2 may not know everywhere yet; done before, it is done. */
const change = (run: Run, command: AwsCommand<unknown>): Promise<unknown> =>
  soon(run, 'EC2 to know the security group', async () => {
    try {
      await run.do(command)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      if (error.code === 'InvalidGroup.NotFound') return undefined
      if (!/^InvalidPermission\.(NotFound|Duplicate)$/.test(error.code)) throw error
    }
    return true
  })

function wrongIn(run: Run, group: SecurityGroup | undefined): string | undefined {
  const { sshFrom, sshPort } = scratchOf(run).scratch
  const wanted = `tcp ${sshPort}-${sshPort} ${sshFrom}`
  if (group === undefined) return 'the security group is gone'
  if (group.egress.length > 0) return `${group.groupId} lets something out: ${group.egress.join(', ')}`
  if (group.ingress.join() === wanted) return undefined
  return `${group.groupId} lets in ${group.ingress.join(', ') || 'nothing'}, where ${wanted} is to get in`
}

const why =
  'The scratch instance is to have the same image and the same data as the host. Whatever starts on it by itself must reach nobody: no client, no mail server, no other database, no bucket. So it stands in a security group of its own: ssh gets in from one network, and nothing gets out.'

/** Makes the wall around the scratch instance, before there is one. */
export const securityGroupAction: Action<Nothing, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'security-group',
  version: 1,
  needs: ['launch'],
  title: 'make a security group for the scratch instance',
  why,
  danger: 'low',
  before: nothing,
  effect,
  holdsUntil: 'close-group',
  commands: (run) => [groupCreation(run)],
  survey: async () => ({}),
  async find(run) {
    const found = await ours(run)
    return found === undefined ? { state: 'absent' } : { state: 'present', effect: { groupId: found.groupId } }
  },
  perform: async (run) => ({ groupId: await create(run) }),
  verify: async () => [],
  undo: {
    async find(run) {
      const found = await soon(run, 'EC2 to show the security group', () => ours(run)).catch(neverShown)
      return found === undefined ? { state: 'absent' } : { state: 'present', effect: { groupId: found.groupId } }
    },
    commands: (_run, _stood, it) => (it === undefined ? [] : [deleteSecurityGroup(it.groupId)]),
    async perform(run, _stood, it) {
      if (it !== undefined) await removeGroup(run, it.groupId)
    },
  },
  resources: (run, _stood, it) =>
    it === undefined
      ? []
      : [
          {
            kind: 'security-group',
            id: it.groupId,
            region: run.region,
            host: run.host.name,
            state: 'made',
            madeByUs: true,
          },
        ],
}

/** Closes it: what EC2 gives a new group lets everything out. */
export const closeGroupAction: Action<Nothing, Nothing> = {
  kind: 'action',
  id: 'close-group',
  version: 1,
  needs: ['security-group'],
  title: 'let ssh in, and nothing out',
  why,
  danger: 'low',
  before: nothing,
  effect: nothing,
  holdsUntil: 'remove-scratch',
  commands(run) {
    const { noEgress, noEgress6, ssh } = closingGroup(run, run.later(securityGroupAction, 'groupId'))
    return [noEgress, { ...noEgress6, onlyIf: 'the VPC has IPv6' }, ssh]
  },
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    const { groupId } = run.effect(securityGroupAction)
    const { noEgress, noEgress6, ssh } = closingGroup(run, groupId)
    await change(run, noEgress)
    const shown = await soon(run, `EC2 to show ${groupId}`, () => byId(run, groupId))
    if (shown.egress.some((each) => each.endsWith(' ::/0'))) await change(run, noEgress6)
    await change(run, ssh)
    return {}
  },
  async verify(run): Promise<Finding[]> {
    const { groupId } = run.effect(securityGroupAction)
    // A Describe call may be answered from a while ago.
    for (let tries = 1; ; tries++) {
      const wrong = wrongIn(run, await byId(run, groupId))
      if (wrong === undefined) return []
      if (tries === 5) return [{ level: 'error', message: wrong }]
      await run.wait(`EC2 to show ${groupId} closed`, 1000)
    }
  },
}
