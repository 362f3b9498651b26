// The first and the last step of a drill on the account: what earlier ones left goes, and all that this one made.
import { z } from 'zod'
import { LifeboatError } from '../text/errors.ts'
import { createVolumeAction } from './create-volume.ts'
import { scratchOf } from './launch-answer.ts'
import { launchInstanceAction } from './launch-instance.ts'
import { madeByDrills, remove, removing, type Removal } from './remove.ts'
import { securityGroupAction } from './security-group.ts'
import type { Action, Finding, Found, Run } from './step.ts'

const nothing = z.object({})

type Nothing = z.infer<typeof nothing>

const what = {
  kind: 'action',
  version: 1,
  danger: 'moderate',
  before: nothing,
  effect: nothing,
  survey: async () => ({}),
  find: async (): Promise<Found<Nothing>> => ({ state: 'absent' }),
} as const

const leftBehind = (run: Run): Removal => scratchOf(run).leftovers

/** Removes what earlier drills of the host left, as their tags tell. */
export const clearLeftoversAction: Action<Nothing, Nothing> = {
  ...what,
  id: 'clear-leftovers',
  needs: ['launch'],
  title: 'remove what earlier drills left',
  why: 'A drill that was killed, on this machine or another, leaves an instance that costs money and a copy of the data. Everything that a drill makes carries its tags, so the next one finds it and removes it. What does not carry them is not touched.',
  aside: true,
  applies: (run) => removing(leftBehind(run)).length > 0,
  commands: (run) => removing(leftBehind(run)),
  async perform(run) {
    await remove(run, leftBehind(run))
    return {}
  },
  verify: async () => [],
}

const made = (run: Run): Removal => ({
  instances: [run.later(launchInstanceAction, 'instanceId')],
  volumes: [run.later(createVolumeAction, 'volumeId')],
  groups: [run.later(securityGroupAction, 'groupId')],
})

/** What goes at the end of the drill: the guard lets nothing go that the review has not named. */
export const toRemove = (run: Run): string[] =>
  run.flags.scratch ? [...made(run).instances, ...made(run).volumes] : []

/** Takes everything back that the drill made: what was on the instance goes with it. */
export const removeScratchAction: Action<Nothing, Nothing> = {
  ...what,
  id: 'remove-scratch',
  needs: ['prove'],
  title: 'remove all that the drill made',
  why: 'The drill has shown what it was to show. Its instance is ended, which takes along whatever ran on it, then the volume with the copy of the data is deleted, and the security group. Last it is read back that nothing carries the tags of this run any more.',
  commands: (run) => removing(made(run)),
  async perform(run) {
    await remove(run, made(run))
    return {}
  },
  async verify(run): Promise<Finding[]> {
    const left = async (): Promise<string[]> => {
      const { instances, volumes, groups } = await madeByDrills(run, run.id)
      return [
        ...instances.map((each) => each.instanceId),
        ...volumes.map((each) => each.volumeId),
        ...groups.map((each) => each.groupId),
      ]
    }
    // A Describe call may be answered from a while ago.
    const gone = run.until('AWS to show nothing more of it', async () =>
      (await left()).length === 0 ? true : undefined,
    )
    try {
      await gone
      return []
    } catch (error) {
      if (!(error instanceof LifeboatError) || error.code !== 'waited-in-vain') throw error
      return (await left()).map((id) => ({ level: 'error', message: `${id}, which this run made, is still there` }))
    }
  },
}
