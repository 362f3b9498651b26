// Through what a run is seen: objects for programs, lines for pipes and screen readers, screens for a terminal.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { plainAsker } from '../plain/ask.ts'
import { linesOf } from '../plain/lines.ts'
import { nobody } from '../run/asking.ts'
import type { Face } from '../run/face.ts'
import { nothingUsual, usualIn } from '../run/usual.ts'
import type { Route, StepId } from '../steps/step.ts'
import { clockOf, isAsking, stateDir, type CommonOptions, type Surroundings } from './options.ts'
import { makeFolder } from '../text/make-folder.ts'
import { asTypedHere, jsonOutput, passing, plainOutput, typedHere } from './output.ts'

/** A terminal that can move its cursor, and somebody who sees it. */
const hasScreens = (options: CommonOptions, { env, stdin, stdout }: Surroundings): boolean =>
  isAsking(options, stdin) &&
  options.plain !== true &&
  options.quiet !== true &&
  stdout.isTTY &&
  env.TERM !== 'dumb' &&
  env.TERM !== undefined &&
  env.INK_SCREEN_READER !== 'true'

/** Whether only ASCII can be shown: asked for, or the locale is no UTF-8 one (locale(7): the first that is set counts). */
function isAscii({ ascii }: CommonOptions, env: NodeJS.ProcessEnv): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((each) => each !== undefined && each !== '')
  return ascii === true || (locale !== undefined && !/utf-?8/i.test(locale))
}

/** Whose face it is. */
interface FaceOf {
  readonly route: Route
  /** Null before anything is known of it. */
  readonly host: string | null
  readonly region: string | null
  /** The AWS account, where a run that is resumed knows it. */
  readonly account: { readonly account: string; readonly accountAlias: string | null } | null
  /** The steps that are behind a run that is resumed. */
  readonly done: readonly StepId[]
  readonly isComing: (step: StepId) => boolean
  /** The operator has asked to leave. */
  readonly stopping: AbortSignal
}

function plainFace(options: CommonOptions, surroundings: Surroundings): Face {
  const { env, stdin, stdout, stderr } = surroundings
  const typed = typedHere(options, env)
  const emit =
    options.quiet === true
      ? () => {}
      : options.json === true
        ? jsonOutput(stdout, clockOf(surroundings))
        : plainOutput(stdout, typed)
  return {
    emit: passing(emit, options),
    asker: isAsking(options, stdin) ? plainAsker({ input: stdin, output: stderr }) : nobody,
    notice: (text) => void stderr.write(`${text}\n`),
    close: () => Promise.resolve('leave'),
  }
}

/** The screens' code is loaded only for who sees them. */
export async function faceFor(of: FaceOf, options: CommonOptions, surroundings: Surroundings): Promise<Face> {
  if (!hasScreens(options, surroundings)) return plainFace(options, surroundings)
  const { env, stdin, stdout } = surroundings
  const { openPager, openScreens } = await import('../screens/open-screens.tsx')
  const typed = typedHere(options, env)
  const screens = openScreens({
    stdin,
    stdout,
    route: of.route,
    place: [options.mode ?? 'RESTORE', of.host, of.region].filter((each) => each !== null),
    account: of.account,
    done: of.done,
    ...(options.since === undefined ? {} : { sinceMs: options.since }),
    undoing: options.mode === 'UNDO',
    isComing: of.isComing,
    // How long a step takes says nothing of how long it takes to take it back.
    ...(options.mode === 'UNDO' ? nothingUsual : usualIn(stateDir(options, env), of.host ?? '')),
    clock: clockOf(surroundings),
    interrupt: () => void process.kill(process.pid, 'SIGINT'),
    stopping: of.stopping,
    keep(text) {
      const path = join(stateDir(options, env), 'copied.txt')
      makeFolder(stateDir(options, env))
      writeFileSync(path, text, { mode: 0o600 })
      return path
    },
    said: linesOf,
    page: (text) => surroundings.lend(() => openPager(text, env)),
    leave(last) {
      const show = passing(plainOutput(stdout, typed), options)
      for (const event of last) show(event)
    },
    ascii: isAscii(options, env),
  })
  return { ...screens, emit: (event) => screens.emit(asTypedHere(event, typed)) }
}
