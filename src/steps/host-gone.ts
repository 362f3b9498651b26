import { describeInstance, isAlive } from '../remote/aws/ec2.ts'
import { AwsError } from '../text/errors.ts'
import type { Run } from './step.ts'
import { targetChoice } from './target.ts'

/** Why the host can never answer again, or null: its instance was terminated, and whatever was on it went with it. */
export async function hostGone(run: Run): Promise<string | null> {
  // Only a host that gets a volume is told by its instance.
  if (run.route !== 'ebs') return null
  const { instanceId } = run.answer(targetChoice)
  try {
    const instance = await run.do(describeInstance(instanceId))
    if (instance !== undefined && isAlive(instance)) return null
    return `instance ${instanceId} is ${instance?.state ?? 'gone'}`
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidInstanceID.NotFound')
      return `there is no instance ${instanceId} any more`
    throw error
  }
}
