// Another run's hold on the host.
import { lockHolder } from '../remote/linux/gate.ts'
import { oneLine } from '../text/display.ts'
import type { Next } from '../text/errors.ts'
import { refuse } from './refuse.ts'
import type { Run } from './step.ts'

/** What leads on where the other run's machine is out of reach. */
export const elsewhere = (run: Run, other: string): Next => ({
  why: 'or, where that machine is gone: see what is left of it, and what to do about it',
  command: `lifeboat resume ${other} --host ${run.host.name}`,
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
      command: `lifeboat restore --host ${run.host.name} --take-over ${holder.run}`,
    },
  ])
}
