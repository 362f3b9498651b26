import type { Leaving } from '../run/face.ts'
import { isOver } from '../text/over.ts'
import { endRows } from './at-a-glance.ts'
import { findingLines, planLines } from './findings.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { Scroll, type Line } from './parts/scroll.tsx'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { rehearsalOf, stepOf, type View } from './view.ts'

/** What went wrong may be mended by now: then the run goes on, or begins once more where nothing was made. */
const canTryAgain = ({ finished }: View): boolean => finished?.outcome === 'failed' || finished?.outcome === 'unproven'

/** Only a plan was wanted: then that is what is to be read. */
export const isPlan = ({ finished }: View): boolean =>
  finished?.outcome === 'cancelled' && finished.exitCode === 0 && !finished.changed

/** The last word: what was done or what went wrong, what exists now, and what leads on. */
export function End({ summary, left }: { readonly summary: readonly string[]; readonly left: (how: Leaving) => void }) {
  const { view, copy } = useWizard()
  const { columns, rows } = useBody()
  const step = stepOf(view, view.now)
  const error = view.steps.find((each) => each.state === 'failed')
  const head = view.finished?.outcome === 'restored' ? 'good' : 'warn'
  const proof = view.steps.find((each) => each.id === 'prove')
  const lines: Line[] = summary
    .filter((text, at) => at > 0 || text !== '')
    .map((text, at) => (at === 0 ? { text, tone: head } : { text }))
  const rehearsal = rehearsalOf(view)
  if (rehearsal !== undefined) lines.splice(1, 0, { text: `    ${rehearsal.goes}` })
  const evidence = proof === undefined || error !== undefined ? [] : findingLines(proof)
  const plan = isPlan(view)
    ? view.steps.filter((each) => each.id === 'review').flatMap((each) => planLines(each, 'a key away'))
    : []
  const given = [...(error?.error?.next ?? []), ...(view.finished?.next ?? [])]
  const next = given.filter(({ command }, at) => given.findIndex((each) => each.command === command) === at)
  const said = [...lines, ...(evidence.length === 0 ? [] : [{ text: 'proven by:' }, ...evidence]), ...plan]
  const all = endRows({ said, resources: view.finished?.resources ?? [], next }, columns, rows)
  const { top, keys } = useScroll(all.length, rows)
  const offered: readonly Offered[] = [
    { id: 'finish', ...(rehearsal === undefined ? {} : { word: rehearsal.next }) },
    ...(canTryAgain(view)
      ? [{ id: 'again', ...(isOver(error?.error?.code) ? { word: 'take back' } : {}) } as const]
      : []),
    ...(all.length > rows ? scrolling : []),
    ...(next.length > 0 ? [{ id: 'copy', word: 'copy next' } as const] : []),
    { id: 'log' },
    { id: 'commands' },
    { id: 'why' },
    { id: 'help' },
  ]
  useOffered(offered, error ?? step, {
    ...keys,
    finish: () => left('leave'),
    again: () => left('again'),
    copy: () => copy(next.map(({ why, command }) => `# ${why}\n${command}\n`).join('')),
  })
  return (
    <Frame offered={offered}>
      <Scroll lines={all} top={top} rows={rows} />
    </Frame>
  )
}
