import type { Run } from './step.ts'

/**
 * How long AWS may answer from before a change, in milliseconds. Its clients were seen to need up to two minutes until
 * every Describe call knew of what is new: https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export const settlesWithinMs = (run: Pick<Run, 'host'>): number => run.host.settle_seconds * 1000
