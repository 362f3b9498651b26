// A page to read, in plain lines.
import type { Back, Question } from '../run/asking.ts'
import type { Option } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { pageLines } from '../text/page.ts'

const columnsAtMost = 78

/**
 * The page as it is said before it is asked what comes next.
 * @param columns of the terminal; undefined where it is none
 */
export const saidPage = ({ step }: Question, text: string, columns = columnsAtMost): string =>
  ['', oneLine(step.question), '', ...pageLines(text, Math.min(columns, columnsAtMost)), ''].join('\n')

/** Waits for Enter, where that is all that can be answered. */
export async function readOn(
  only: Option<unknown>,
  back: Back | undefined,
  prompt: (text: string) => Promise<string>,
): Promise<Option<unknown> | Back> {
  for (;;) {
    const typed = (await prompt(`Enter: ${oneLine(only.label)}${back === undefined ? '' : ', b goes back'}: `)).trim()
    if (typed === '' || typed === '1') return only
    if (typed === 'b' && back !== undefined) return back
  }
}
