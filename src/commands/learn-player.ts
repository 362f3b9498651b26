// The course on the operator's terminal: pages through the same face as every question, the wizard in between.
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { startLab } from '../lab/lab.ts'
import type { Player } from '../learn/play.ts'
import type { Page } from '../run/asking.ts'
import type { Face } from '../run/face.ts'
import type { Choice, Option, Route } from '../steps/step.ts'
import { Cancelled } from '../text/errors.ts'
import { faceFor } from './face.ts'
import { learnLab, restoreInLab } from './learn-restore.ts'
import { cacheDir, type CommonOptions, type Surroundings } from './options.ts'

/** Until the screen shows what was said. */
const frameMs = 100

const chosen = z.object({ at: z.number().int().min(0) })

type Chosen = z.infer<typeof chosen>

const pageChoice: Choice<Chosen> = {
  kind: 'choice',
  id: 'target',
  version: 1,
  needs: [],
  question: 'What next?',
  flag: 'LESSON',
  answeredBy: [],
  why: 'The course is kept page by page: leave whenever you like, and lifeboat learn goes on where you left.',
  danger: () => 'none',
  answer: chosen,
  async *options() {
    // They belong to each page.
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
  check: async () => [],
}

/** Pages belong to no step of a run: nothing is walked. */
const route: Route = { id: 'local', legs: [] }

export interface OwnPlayer extends Player {
  /** Gives the terminal back. */
  close(): Promise<void>
}

/**
 * Shows pages in the way that the options and the terminal ask for.
 * @param trail the lessons, and how far each is
 */
export function ownPlayer(
  options: CommonOptions,
  surroundings: Surroundings,
  trail: () => NonNullable<Page['trail']>,
): OwnPlayer {
  const stop = new AbortController()
  let isInWizard = false
  const unheard = surroundings.onSignal((signal) => {
    // In the wizard, to leave is to leave that run.
    if (!isInWizard || signal !== 'SIGINT') stop.abort(new Cancelled(signal))
  })
  let face: Face | undefined
  const opened = async (): Promise<Face> =>
    (face ??= await faceFor(
      { route, host: null, region: null, account: null, done: [], isComing: () => false, stopping: stop.signal },
      { ...options, mode: 'LEARN' },
      surroundings,
    ))
  /** Making a world keeps this process busy: what is said has to be drawn before. */
  const saying = async (text: string): Promise<void> => {
    const shown = await opened()
    shown.notice(text)
    await delay(frameMs)
  }
  const closeFace = async (): Promise<void> => {
    await face?.close()
    face = undefined
  }
  const begins = async (): Promise<void> => {
    await closeFace()
    stop.signal.throwIfAborted()
    isInWizard = true
  }
  return {
    now: () => new Date().toISOString(),
    async show(page) {
      stop.signal.throwIfAborted()
      const { asker } = await opened()
      const asked = page.options.map((label, at): Option<Chosen> => ({ kind: 'option', value: { at }, label }))
      const found = await asker.ask(
        {
          step: { ...pageChoice, question: page.title },
          danger: 'none',
          options: asked,
          suggested: asked[page.suggested ?? 0],
          confirmation: undefined,
          earlier: page.hasBack ? ['target'] : [],
          page: {
            text: page.text,
            leaving: 'what is done is kept, and lifeboat learn goes on with this page',
            trail: trail(),
          },
        },
        stop.signal,
      )
      return found.kind === 'back' ? 'back' : chosen.parse(found.value).at
    },
    async inLab(scenario, use) {
      await saying('making a world to look at: a few seconds')
      const lab = await startLab({
        cacheDir: cacheDir(options, surroundings.env),
        host: learnLab.host,
        delays: learnLab.delays,
        seed: Number(learnLab.seed),
        scenario,
      })
      try {
        return await use(lab)
      } finally {
        await lab.close()
      }
    },
    async restore(task) {
      await saying('making the world of this incident: a few seconds')
      try {
        return await restoreInLab(task, options, surroundings, true, begins)
      } finally {
        isInWizard = false
      }
    },
    async close() {
      await closeFace()
      unheard()
    },
  }
}
