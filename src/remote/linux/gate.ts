// Gates keep services and schedules from running, without touching their timers or their files.
//
// - A backup's unit gets a drop-in with a condition that fails while it is held back. Its timer goes on and notes the
//   elapsed time, so a `Persistent=true` timer has nothing to catch up with afterwards (systemd.timer(5)).
// - A restored service gets a drop-in that wants /run/lifeboat/go: a reboot in the middle fails closed.
// - A file in /etc/cron.d is covered by a bind mount of a file with the same rights and no lines. cron(8) reads it anew
//   within a minute, and the original stays as it is below.
// A reboot changes none of this; see gate-files.ts.
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { forgetFiles, holdAtBoot, holdScript, later, liftTimer } from './gate-files.ts'

const root = '/run/lifeboat'
const holdFile = `${root}/hold`
const goFile = `${root}/go`
const dropIn = (unit: string): string => `/etc/systemd/system/${unit}.d/50-lifeboat.conf`

/** What a run gates on a host. */
export interface GateSet {
  readonly run: string
  readonly backups: readonly string[]
  readonly services: readonly string[]
  readonly cron: readonly string[]
}

/** Begins what covers a cron file. */
export const coverMark = '# held by lifeboat run '

const cover = (gate: GateSet, file: string): string => `${root}/${gate.run}/cron/${file.split('/').at(-1) ?? ''}`

const condition = (run: string, rule: string): string =>
  `# Made by lifeboat run ${run}; removed by it when it ends.\n[Unit]\n${rule}\n`

function writeDropIns(units: readonly string[], text: string): string[] {
  // A line each: `set -e` doesn't act on what stands before an &&.
  return units.flatMap((unit) => {
    const path = dropIn(unit)
    return [sh`mkdir -p ${path.slice(0, path.lastIndexOf('/'))}`, sh`printf '%s' ${text} > ${path}`]
  })
}

/** Covers the cron files. */
const covering = (gate: GateSet): string[] => [
  sh`mkdir -p ${`${root}/${gate.run}/cron`}`,
  ...gate.cron.flatMap((file) => {
    const over = cover(gate, file)
    return [
      sh`if ! mountpoint -q ${file}; then`,
      sh`cp -p ${file} ${over}`,
      sh`printf '%s\\n' ${`${coverMark}${gate.run}; the file itself is unchanged below this mount`} > ${over}`,
      sh`mount --bind ${over} ${file}`,
      'fi',
    ]
  }),
]

/** Closes every gate of the set. Doing it twice changes nothing more. */
export const closeGates = (gate: GateSet): ShellCommand<string> =>
  changeLine(
    [
      'set -e',
      sh`mkdir -p ${root}`,
      sh`printf '%s\\n' ${gate.run} > ${holdFile}`,
      sh`rm -f ${goFile}`,
      ...holdAtBoot(gate.run, covering(gate)),
      ...writeDropIns(gate.backups, condition(gate.run, `ConditionPathExists=!${holdScript(gate.run)}`)),
      ...writeDropIns(gate.services, condition(gate.run, `ConditionPathExists=${goFile}`)),
      'systemctl daemon-reload',
      ...covering(gate),
    ].join('\n'),
  )

/** The services may start from now on. */
export const allowStart = (gate: GateSet): ShellCommand<string> =>
  changeLine(sh`printf '%s\\n' ${gate.run} > ${goFile}`)

/** From now on they may not. */
export const forbidStart = (): ShellCommand<string> => changeLine(sh`rm -f ${goFile}`, { repeatable: true })

/** Removes drop-ins, and the folders that were made for them. */
function removeDropIns(units: readonly string[]): string[] {
  const paths = units.map(dropIn)
  if (paths.length === 0) return []
  const folders = paths.map((path) => path.slice(0, path.lastIndexOf('/')))
  return [sh`rm -f ${paths}`, sh`rmdir --ignore-fail-on-non-empty ${folders} 2>/dev/null`]
}

/** Gates that another run has closed since are not ours to open. */
const onlyOurs = (run: string): string => sh`[ ! -e ${holdFile} ] || [ "$(cat ${holdFile})" = ${run} ] || exit 0`

const liftBackups = (gate: GateSet): string[] => [
  ...forgetFiles(gate.run),
  onlyOurs(gate.run),
  ...gate.cron.map((file) => sh`mountpoint -q ${file} && umount ${file}`),
  ...removeDropIns(gate.backups),
  sh`rm -f ${holdFile}`,
  'systemctl daemon-reload',
]

/** Opens every gate: backups and cron first, then what kept the services from starting at boot. */
export const liftGates = (gate: GateSet): ShellCommand<string> =>
  changeLine(
    [
      sh`systemctl stop ${liftTimer(gate.run)} 2>/dev/null`,
      ...liftBackups(gate),
      ...removeDropIns(gate.services),
      sh`rm -f ${goFile}`,
      'systemctl daemon-reload',
      sh`rm -rf --one-file-system ${`${root}/${gate.run}/cron`}`,
      'true',
    ].join('\n'),
  )

/**
 * Asks the host to open the gates of the backups by itself when nobody has come back after `hours`.
 * The services stay gated: nobody has proven what they would serve.
 */
export const liftGatesLater = (gate: GateSet, hours: number): ShellCommand<string> =>
  changeLine(['set -e', ...later(gate.run, 'lift', liftBackups(gate), Math.round(hours * 3600))].join('\n'))

/** What of the set stands on the host now. */
export interface GateState {
  /** The run that closed the gates, as its file says; null when open. */
  readonly heldBy: string | null
  readonly go: boolean
  readonly dropIns: readonly string[]
  readonly covered: readonly string[]
  readonly liftTimer: boolean
}

export const gateState = (gate: GateSet): ShellCommand<GateState> =>
  readLine(
    [
      sh`[ -e ${holdFile} ] && printf 'held %s\\n' "$(cat ${holdFile})"`,
      sh`[ -e ${goFile} ] && echo go`,
      sh`for f in ${[...gate.backups, ...gate.services].map(dropIn)}; do [ -e "$f" ] && printf 'drop-in %s\\n' "$f"; done`,
      sh`for f in ${gate.cron}; do mountpoint -q "$f" && printf 'covered %s\\n' "$f"; done`,
      sh`systemctl is-active --quiet ${liftTimer(gate.run)} && echo timer`,
      'true',
    ].join('\n'),
    ({ stdout }) => {
      const all = (word: string): string[] =>
        [...stdout.matchAll(new RegExp(`^${word} (.*)$`, 'gm'))].map((found) => found[1] ?? '')
      return {
        heldBy: all('held')[0] ?? null,
        go: /^go$/m.test(stdout),
        dropIns: all('drop-in'),
        covered: all('covered'),
        liftTimer: /^timer$/m.test(stdout),
      }
    },
  )

const lockDirectory = `${root}/lock`

const lockFile = `${lockDirectory}/who`

const lockText = (run: string, who: string, since: string): string =>
  sh`printf '%s\\n%s\\n%s\\n' ${run} ${who} ${since}`

/**
 * Takes the host's advisory lock: its directory appears with its holder in it, or not at all. Taken already by the same
 * run is taken. A lock without a holder, as a full disk leaves it, is nobody's.
 */
export const takeLock = (run: string, who: string, since: string): ShellCommand<string> =>
  changeLine(
    [
      sh`mkdir -p ${root} && chmod 700 ${root} && d=$(mktemp -d ${`${root}/lock.XXXXXX`}) || exit`,
      sh`${raw(lockText(run, who, since))} >"$d/who" && mv -T "$d" ${lockDirectory} 2>/dev/null && exit`,
      sh`rm -rf "$d"; [ "$(head -n 1 ${lockFile})" = ${run} ]`,
    ].join('\n'),
    { repeatable: true },
  )

// What removes a lock looks at its holder first; nobody else may change it between the two. The kernel lets go of it with
// the process, so a kill leaves nothing behind.
const alone = (script: string): string => sh`flock -w 30 ${root} sh -c ${script}`

/**
 * Takes the lock over from that run and no other, or as it is where that run has let go of it meanwhile. Of several that
 * want it from the same run one gets it.
 */
export const takeLockOver = (from: string, run: string, who: string, since: string): ShellCommand<string> =>
  changeLine(
    [
      sh`mkdir -p ${root} && chmod 700 ${root} || exit`,
      alone(
        [
          sh`[ "$(head -n 1 ${lockFile} 2>/dev/null)" != ${from} ] || rm -rf ${lockDirectory}`,
          takeLock(run, who, since).line,
        ].join('\n'),
      ),
    ].join('\n'),
    { repeatable: true },
  )

/** Lets go of the lock, if it is this run's, and removes what else the run keeps below /run/lifeboat. */
export const releaseLock = (run: string): ShellCommand<string> =>
  changeLine(
    [
      sh`[ -d ${root} ] || exit 0`,
      `${alone(
        sh`[ "$(head -n 1 ${lockFile} 2>/dev/null)" != ${run} ] || rm -rf ${lockDirectory} ${goFile} ${root}/lock.??????`,
      )} || exit`,
      // Never across a mount: somebody may have mounted a dataset there to look into it.
      sh`rm -rf --one-file-system ${`${root}/${run}`}`,
      sh`rmdir --ignore-fail-on-non-empty ${root} 2>/dev/null; true`,
    ].join('\n'),
    { repeatable: true },
  )

export interface LockHolder {
  readonly run: string
  readonly who: string
  readonly since: string
}

export const lockHolder = (): ShellCommand<LockHolder | undefined> =>
  readLine(sh`cat ${lockFile} 2>/dev/null; true`, ({ stdout }) => {
    const [run, who, since] = stdout.split('\n')
    return run === undefined || run === '' ? undefined : { run, who: who ?? '', since: since ?? '' }
  })
