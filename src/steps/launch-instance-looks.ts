// What became of an instance that was asked for: AWS's answers may be from a while ago.
import { describeInstance, describeInstances, isAlive, type Instance } from '../remote/aws/ec2.ts'
import { AwsError } from '../text/errors.ts'
import type { Run } from './step.ts'
import { settlesWithinMs } from './settling.ts'
import { tag } from './tags.ts'

/** By then nobody asks with a token any more, however often the client tried again. */
const askedWithinMs = 900_000

/** What this step of this run launched, and has not ended. */
export const ours = async (run: Run): Promise<Instance[]> =>
  (await run.do(describeInstances({ [`tag:${tag.made}`]: [run.id], [`tag:${tag.step}`]: ['launch-instance'] }))).filter(
    isAlive,
  )

/** The same, when all that was asked for with these tokens must have shown itself. */
export async function oursAtLast(run: Run, stood: { readonly chosenAt: string }): Promise<Instance | undefined> {
  const settled = Math.min(run.now().getTime() + settlesWithinMs(run), Date.parse(stood.chosenAt) + askedWithinMs)
  const found = await run.until(
    'AWS to show what it may have launched already',
    async () => {
      const there = await ours(run)
      return there.length > 0 || run.now().getTime() >= settled ? there : undefined
    },
    { withinMs: 2 * settlesWithinMs(run) },
  )
  return found[0]
}

/** A new instance may be unknown for a moment. */
export const byId = (run: Run, instanceId: string): Promise<Instance | undefined> =>
  run.do(describeInstance(instanceId)).catch((error: unknown) => {
    if (error instanceof AwsError && error.code === 'InvalidInstanceID.NotFound') return undefined
    throw error
  })

/** One answer that does not know it is no proof that it is gone. */
export async function lookHard(run: Run, instanceId: string): Promise<Instance | undefined> {
  for (let tries = 1; ; tries++) {
    const found = await byId(run, instanceId)
    if (found !== undefined || tries === 5) return found
    await run.wait(`EC2 to show ${instanceId}`, 1000)
  }
}
