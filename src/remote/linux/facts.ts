// What a host says of itself, in one command.
import { sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'

export interface HostFacts {
  readonly root: boolean
  /** Eight hexadecimal digits, as hostid(1) prints them. */
  readonly hostId: string
  readonly hostName: string
  /** IANA name where the host tells it, such as `Europe/Berlin`. */
  readonly timeZone: string
  /** The version of the zfs module that is loaded or can be; null when there is none. */
  readonly zfs: string | null
  readonly tools: readonly string[]
}

const wanted = ['zpool', 'zfs', 'zdb', 'systemctl', 'systemd-run', 'lsblk', 'findmnt', 'curl'] as const

// timedated may not answer in time, or not be there. date knows only an abbreviation, which is no IANA name.
const zone = [
  'timedatectl show -p Timezone --value 2>/dev/null',
  'readlink /etc/localtime | sed "s|.*/zoneinfo/||" | grep .',
  'cat /etc/timezone 2>/dev/null',
  'date +%Z',
].join(' || ')

export const hostFacts = (): ShellCommand<HostFacts> =>
  readLine(
    [
      'printf "uid %s\\n" "$(id -u)"',
      'printf "hostid %s\\n" "$(hostid)"',
      'printf "hostname %s\\n" "$(hostname)"',
      `printf "zone %s\\n" "$(${zone})"`,
      'printf "zfs %s\\n" "$(cat /sys/module/zfs/version 2>/dev/null || modinfo -F version zfs 2>/dev/null)"',
      `for t in ${wanted.join(' ')}; do command -v "$t" >/dev/null && printf "tool %s\\n" "$t"; done; true`,
    ].join('\n'),
    ({ stdout }) => {
      const all = (word: string): string[] =>
        [...stdout.matchAll(new RegExp(`^${word} (.*)$`, 'gm'))].map((found) => found[1] ?? '')
      return {
        root: all('uid')[0] === '0',
        hostId: all('hostid')[0] ?? '',
        hostName: all('hostname')[0] ?? '',
        timeZone: all('zone')[0] ?? 'UTC',
        zfs: all('zfs')[0] || null,
        tools: all('tool'),
      }
    },
  )

/** Those of these programs that the host does not have. */
export const missingTools = (tools: readonly string[]): ShellCommand<string[]> =>
  readLine(sh`for t in ${tools}; do command -v "$t" >/dev/null || printf '%s\\n' "$t"; done`, ({ stdout }) =>
    stdout.split('\n').filter((tool) => tool !== ''),
  )

/** Another one after each boot. */
export const bootId = (): ShellCommand<string> =>
  readLine('cat /proc/sys/kernel/random/boot_id', ({ stdout }) => stdout.trim(), { root: false })

/** Whether anybody answers. */
export const answers = (): ShellCommand<true> => readLine('true', () => true, { root: false })

/** The tools of `hostFacts` without which nothing can be restored. */
export const neededTools = wanted.filter((tool): tool is Exclude<(typeof wanted)[number], 'curl'> => tool !== 'curl')
