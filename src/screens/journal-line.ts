const stamped = /^(?<date>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?<zone>Z|[+-]\d\d:?\d\d) \S+ (?<rest>.*)$/u

/**
 * A line of journalctl -o short-iso without what the screen says already, so that there is room for what was written:
 * `2026-11-22T14:07:51+0100 irc-1 chatd[47]: ready` is `13:07:51Z chatd[47]: ready`. Other lines stay as they are.
 */
export function journalLine(line: string): string {
  const { date = '', zone = '', rest = '' } = stamped.exec(line)?.groups ?? {}
  const at = new Date(`${date}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`)
  return Number.isNaN(at.getTime()) ? line : `${at.toISOString().slice(11, 19)}Z ${rest}`
}
