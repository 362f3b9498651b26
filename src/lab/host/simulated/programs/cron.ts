// cron: runs the lines of /etc/cron.d when their minute comes.
import { strftime } from '../local-clock.ts'
import type { RunScript } from '../systemd/services.ts'
import type { Program } from '../systemd/program.ts'

/** `*`, `0-59/15`, `1-5`, `0,30`. */
const fits = (field: string, value: number): boolean =>
  field.split(',').some((part) => {
    const [range = '*', step = '1'] = part.split('/')
    const [from = '*', to = from] = range.split('-')
    const first = from === '*' ? 0 : Number(from)
    const end = from === '*' ? 59 : part.includes('/') && !range.includes('-') ? 59 : Number(to)
    return value >= first && value <= end && (value - first) % Number(step) === 0
  })

interface CronLine {
  readonly user: string
  readonly command: string
}

/** The lines of a file of /etc/cron.d that are due in this minute of local time. */
export function dueLines(text: string, at: Date, zone: string): CronLine[] {
  const now = strftime('%M %H %d %m %w', at, zone).split(' ').map(Number)
  return text.split('\n').flatMap((line) => {
    const found = /^\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(.*)$/.exec(line)
    if (found === null || line.trim().startsWith('#') || /^\s*\w+\s*=/.test(line)) return []
    const [, ...fields] = found
    const [user = '', command = ''] = fields.slice(5)
    return now.every((value, which) => fits(fields[which] ?? '*', value)) ? [{ user, command }] : []
  })
}

/** @param runScript runs a line as its user */
export const cron =
  (runScript: RunScript): Program =>
  ({ machine, systemd, process }) => {
    const control = new AbortController()
    const wait = (): void => {
      const now = machine.now()
      const minute = new Date(now.getTime() - (now.getTime() % 60_000) + 60_000)
      alarm = machine.clock.at(minute, async () => {
        const due = machine.now()
        wait()
        await run(due)
      })
    }
    async function run(at: Date): Promise<void> {
      const files = machine.files()
      for (const name of files.find('/etc/cron.d') === undefined ? [] : files.list('/etc/cron.d')) {
        for (const { user, command } of dueLines(machine.text(`/etc/cron.d/${name}`) ?? '', at, machine.timeZone())) {
          const account = systemd.account(user)
          if (account === undefined) continue
          systemd.log('cron.service', `(${user}) CMD (${command})`, 'CRON', process.pid)
          await runScript('cron.service', account, command, control.signal, () => undefined).catch(() => undefined)
        }
      }
    }
    let alarm = { cancel: (): void => undefined }
    wait()
    return () => {
      alarm.cancel()
      control.abort(new Error('ended'))
    }
  }
