// The one guard before anything is destroyed. It knows what was confirmed, and nothing else may go.
import type { Command } from '../remote/command.ts'
import { Refused } from '../text/errors.ts'

/** The full names that the operator confirmed the loss of: snapshots, datasets' heads, volumes. */
export type Confirmed = ReadonlySet<string>

/** @throws Refused when the command would destroy something that was not confirmed */
export function guard(command: Command<unknown>, confirmed: Confirmed): void {
  const unconfirmed = (command.destroys ?? []).filter((name) => !confirmed.has(name))
  if (unconfirmed.length === 0) return
  const some = unconfirmed.slice(0, 5).join(', ')
  const more = unconfirmed.length > 5 ? ` and ${unconfirmed.length - 5} more` : ''
  throw new Refused({
    code: 'not-confirmed',
    message: `this would destroy what was not confirmed: ${some}${more}`,
    notChanged: ['the command was not run'],
  })
}
