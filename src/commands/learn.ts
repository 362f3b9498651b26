// A course for a new admin: lessons to read, to do in the built-in lab, and to be asked about.
import { lessons } from '../learn/lessons.ts'
import type { Lesson } from '../learn/lesson.ts'
import { playLesson, type Player } from '../learn/play.ts'
import { keepProgress, progressIn, withLesson } from '../learn/progress.ts'
import { nextOf, standingLine, standingWords, standings, summaryLines, type Standing } from '../learn/summary.ts'
import { Cancelled, UsageError } from '../text/errors.ts'
import { drillsIn, historyLines } from './drill-history.ts'
import { ownPlayer } from './learn-player.ts'
import { isAsking, stateDir, type CommonOptions, type Surroundings } from './options.ts'

export interface LearnOptions extends CommonOptions {
  readonly list?: boolean
  readonly summary?: boolean
}

const jsonLine = (object: object): string => `${JSON.stringify({ v: 1, at: new Date().toISOString(), ...object })}\n`

/** By its id, or by its number as lists and summaries show it. @throws UsageError naming those that there are */
function lessonNamed(name: string): Lesson {
  const found = lessons.find((each, at) => each.id === name || String(at + 1) === name)
  if (found !== undefined) return found
  throw new UsageError(`there is no lesson "${name}": there are ${lessons.map((each) => each.id).join(', ')}`)
}

const standingsIn = (state: string): Standing[] => standings(lessons, progressIn(state))

const summaryIn = (state: string): string[] => [...summaryLines(standingsIn(state), [...historyLines(drillsIn(state))])]

function tellObjects(state: string, stdout: NodeJS.WritableStream): number {
  for (const each of standingsIn(state)) stdout.write(jsonLine({ type: 'lesson', ...each }))
  for (const each of drillsIn(state)) stdout.write(jsonLine({ type: 'drill', ...each }))
  return 0
}

function tellList(state: string, stdout: NodeJS.WritableStream): number {
  for (const [at, each] of standingsIn(state).entries())
    stdout.write(`${standingLine(each, at)}\n   lifeboat learn ${each.id}  (about ${lessons[at]?.minutes} minutes)\n`)
  return 0
}

/** Which lesson comes next; undefined when the operator is done for today. */
async function askLesson(state: string, player: Player): Promise<Lesson | undefined> {
  const all = standingsIn(state)
  const next = nextOf(all)
  const text =
    next === undefined
      ? 'All lessons are done. lifeboat learn --summary tells what was done when; lifeboat drill has more incidents.'
      : 'Restoring a server, an hour in all: read, do it in a world of its own on this machine, answer a few questions. No account, no root, and nothing of yours is touched. Leave whenever you like: it goes on where you left.'
  const chosen = await player.show({
    title: 'Which lesson?',
    text,
    options: [...all.map(standingWords), 'enough for today'],
    suggested: next === undefined ? all.length : all.indexOf(next),
    hasBack: false,
  })
  return chosen === 'back' ? undefined : lessons[chosen]
}

async function play(lesson: Lesson, state: string, player: Player): Promise<void> {
  const keep = (change: Parameters<typeof withLesson>[3]): void =>
    keepProgress(state, withLesson(progressIn(state), lesson.id, player.now(), change))
  // Also where nothing is done yet: it was begun.
  keep(() => ({}))
  const known = () => {
    const found = progressIn(state).lessons[lesson.id]
    if (found === undefined) throw new UsageError('the progress was taken away while the lesson ran: begin it again')
    return found
  }
  await playLesson(lesson, player, { known, keep })
}

/** Takes somebody through the course, or tells how far they are. @returns the exit code */
export async function learnCommand(
  named: string | undefined,
  options: LearnOptions,
  surroundings: Surroundings,
): Promise<number> {
  const { stdin, stdout, env } = surroundings
  const state = stateDir(options, env)
  const first = named === undefined ? undefined : lessonNamed(named)
  if (options.json === true) return tellObjects(state, stdout)
  if (options.list === true) return tellList(state, stdout)
  if (options.summary === true) {
    stdout.write(`${summaryIn(state).join('\n')}\n`)
    return 0
  }
  if (!isAsking(options, stdin))
    throw new UsageError('nobody is there to read: learn needs a terminal; --list and --summary tell how far you are')
  let lesson = first
  const player = ownPlayer(options, surroundings, () =>
    standingsIn(state).map((each) => ({
      title: each.title,
      state: each.id === lesson?.id ? 'now' : each.state === 'done' ? 'done' : 'ahead',
    })),
  )
  try {
    lesson ??= await askLesson(state, player)
    while (lesson !== undefined) {
      await play(lesson, state, player)
      lesson = undefined
      lesson = await askLesson(state, player)
    }
  } catch (error) {
    if (!(error instanceof Cancelled) || error.signal !== 'SIGINT') throw error
    await player.close()
    stdout.write('kept: lifeboat learn goes on where you left\n')
    return 130
  } finally {
    await player.close()
  }
  stdout.write(`${summaryIn(state).join('\n')}\n`)
  return 0
}
