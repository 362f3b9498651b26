// What is launched, as the journal keeps it: a recovery instance from its template, or the scratch instance of a drill.
import { z } from 'zod'
import { Bug } from '../text/errors.ts'
import type { AnswerKey, Run } from './step.ts'

const placement = z.object({
  instanceType: z.string(),
  subnetId: z.string().nullable(),
  zone: z.string().nullable(),
})

/** Launched as its template says. */
export const recoveryLaunch = z.object({
  template: z.object({
    templateId: z.string(),
    name: z.string(),
    version: z.string(),
    byInterface: z.boolean(),
    groups: z.array(z.string()).readonly(),
    publicAddress: z.boolean().nullable(),
  }),
  /** Tried in this order: the next one where AWS has no capacity left for the one before. */
  placements: z.array(placement).min(1),
})

export type RecoveryLaunch = z.infer<typeof recoveryLaunch>

/** Launched bare, with nothing of production but its image and its network's place. */
export const scratchLaunch = z.object({
  scratch: z.object({
    imageId: z.string(),
    keyName: z.string().nullable(),
    publicAddress: z.boolean().nullable(),
    vpcId: z.string(),
    /** Who may come in by ssh, as a network: `203.0.113.7/32`. */
    sshFrom: z.string(),
    sshPort: z.number(),
    /** The snapshot that a volume could be made from when it was looked, to try that dry. */
    snapshotId: z.string(),
  }),
  /** What earlier drills left, to be removed first: ids. */
  leftovers: z.object({
    instances: z.array(z.string()),
    volumes: z.array(z.string()),
    groups: z.array(z.string()),
  }),
  placements: z.array(placement).min(1),
})

export type ScratchLaunch = z.infer<typeof scratchLaunch>

/** By which steps look up what is launched. */
export const launchKey: AnswerKey<RecoveryLaunch | ScratchLaunch> = {
  id: 'launch',
  answer: z.union([recoveryLaunch, scratchLaunch]),
}

/** What a drill launches. */
export function scratchOf(run: Run): ScratchLaunch {
  const answer = run.answer(launchKey)
  if ('scratch' in answer) return answer
  throw new Bug('a scratch instance was asked for in a run that launches none')
}
