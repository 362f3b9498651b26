// Another run's hold on the host.
import { describeInstances, isAlive } from '../remote/aws/ec2.ts'
import { lockHolder } from '../remote/linux/gate.ts'
import { oneLine } from '../text/display.ts'
import { word } from '../text/quote.ts'
import type { Next } from '../text/errors.ts'
import { refuse } from './refuse.ts'
import type { Run } from './step.ts'
import { tag } from './tags.ts'

/** What leads on where the other run's machine is out of reach. */
const elsewhere = (run: Run, other: string): Next => ({
  why: 'or, where that machine is gone: see what is left of it, and what to do about it',
  command: `lifeboat resume ${word(other)} --host ${word(run.host.name)}`,
})

/** Somebody else's lock is respected, unless it is taken over by name. @returns the run it is taken over from */
export async function otherHolder(run: Run): Promise<string | null> {
  const holder = await run.do(lockHolder())
  if (holder === undefined || holder.run === run.id) return null
  const who = `${oneLine(holder.who)} is restoring this host since ${oneLine(holder.since)} (run ${oneLine(holder.run)})`
  if (holder.run === run.flags.takeOver) {
    run.finding('warn', `${who}: the host is taken over from them`)
    return holder.run
  }
  return refuse('host-locked', who, [
    elsewhere(run, holder.run),
    {
      why: `or, when ${oneLine(holder.who)} has agreed or can't be asked: take the host over`,
      command: `lifeboat restore --host ${word(run.host.name)} --take-over ${word(holder.run)}`,
    },
  ])
}

/** What leads on where another run has made something for this host. Its name is what a tag says: any text. */
export const afterOther = (run: Run, other: string): Next[] => [
  { why: 'go on with it, on the machine it was begun on', command: `lifeboat resume ${word(other)}` },
  { why: 'or take back what it made', command: `lifeboat undo ${word(other)} --confirm ${word(run.host.name)}` },
  elsewhere(run, other),
]

/**
 * A second recovery instance of one host would serve beside the first: on two machines no lock keeps the runs apart.
 * @throws PreflightError
 */
export async function refuseOtherLaunch(run: Run): Promise<void> {
  const wanted = { [`tag:${tag.host}`]: [run.host.name], 'tag-key': [tag.made] }
  for (const instance of (await run.do(describeInstances(wanted))).filter(isAlive)) {
    const { instanceId, state, tags } = instance
    const other = tags[tag.made] ?? ''
    if (other === run.id) continue
    if (other === run.flags.takeOver)
      run.finding('warn', `${instanceId}, which run ${oneLine(other)} launched, is left as it is (${state})`)
    else
      refuse(
        'run-in-flight',
        `run ${oneLine(other)} has launched ${instanceId} for ${run.host.name} and is not finished`,
        afterOther(run, other),
      )
  }
}
