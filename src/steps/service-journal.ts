// What the services write while they are waited for.
import { unitJournal } from '../remote/linux/units.ts'
import type { Glance, Run } from './step.ts'

/** So many lines are shown at once. */
const newest = 3

/** What journalctl says itself: that there are no entries, where its log begins, that the host was booted. */
const isRemark = (line: string): boolean => /^-- .* --$/.test(line)

/** The newest lines that this host's services have written to the journal, as one stream: who wait for them wait for all. */
export const serviceJournal =
  (run: Run): Glance =>
  async () => {
    const [first, ...others] = run.host.services
    if (first === undefined) return []
    return (await run.do(unitJournal([first, ...others], newest))).filter((line) => !isRemark(line)).slice(-newest)
  }
