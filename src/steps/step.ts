// A restore is a list of steps, and a step either asks the operator something or changes the world.
// Steps are data plus functions: nothing that must be resumed lives in a closure.
import type { ZodType } from 'zod'
import type { Command } from '../remote/command.ts'
import type { Refused, Resource } from '../text/errors.ts'
import type { Contents } from './dumps/contents.ts'
import type { Flags } from './flags.ts'
import type { Looks } from './looks.ts'
import type { MayDestroy } from './may-destroy.ts'
import type { HostProfile } from './profile.ts'

/** The steps of all routes, by the names that the journal and the events use. */
export const allStepIds = [
  'launch',
  'review-launch',
  'clear-leftovers',
  'security-group',
  'close-group',
  'launch-instance',
  'target',
  'source',
  'dump',
  'tier',
  'carrier',
  'only',
  'place',
  'snapshot',
  'volume',
  'review',
  'gate',
  'reboot',
  'let-go',
  'snapshot-original',
  'create-volume',
  'attach-volume',
  'find-disk',
  'inspect-pool',
  'way',
  'path',
  'to',
  'point',
  'review-rollback',
  'stop-services',
  'import-pool',
  'hold',
  'unmount',
  'checkpoint',
  'roll-back',
  'clone',
  'mount',
  'start-services',
  'prove',
  'lift-gate',
  'hand-over',
  'copy-files',
  'put-away',
  'bring-back',
  'fetch',
  'check-dump',
  'unpack',
  'review-dump',
  'put-in-place',
  'remove-scratch',
] as const

/** The ways that a restore may take, by where the data comes from. */
export const routeIds = ['ebs', 'dump', 'local'] as const

export type RouteId = (typeof routeIds)[number]

export type StepId = (typeof allStepIds)[number]

/** none: asks · low: makes things · moderate: stops a service, holds a schedule, adopts a volume · destructive: destroys data. */
export type Danger = 'none' | 'low' | 'moderate' | 'destructive'

export interface Finding {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
}

/** Something found out while a question is prepared. */
export interface Fact {
  readonly kind: 'fact'
  readonly text: string
  /** Of a plan: the whole of it in words, or one of its commands. */
  readonly part?: 'summary' | 'command' | undefined
}

export const fact = (text: string, part?: Fact['part']): Fact => ({ kind: 'fact', text, part })

export interface Option<A> {
  readonly kind: 'option'
  readonly value: A
  readonly label: string
  /** What choosing it means, gains or loses. */
  readonly detail?: string
  /** Why it can't be chosen. */
  readonly disabled?: string
}

export interface Progress {
  readonly done: number | null
  readonly total: number | null
  readonly unit: string | null
  readonly waitingFor: string | null
  /** What there is to see of it meanwhile, in the host's own words: not cleaned for a screen, and none where it is left out. */
  readonly lines?: readonly string[]
}

/** What there is to see while something is waited for, in lines. Only looks. */
export type Glance = () => Promise<readonly string[]>

/** What a step is given: the answers and effects so far, and the one door to the world. */
export interface Run {
  readonly id: string
  readonly route: RouteId
  readonly host: HostProfile
  readonly flags: Flags
  readonly region: string
  /** Who is at the keyboard, such as `ann@laptop`. */
  readonly operator: string
  now(): Date
  /** A fresh random id (a UUID), to be journaled before it is used. */
  newId(): string
  /** @param unasked what counts where the question was not asked */
  answer<A>(choice: AnswerKey<A>, unasked?: A): A
  effect<B, E>(action: Action<B, E>): E
  /** Whether a step was ever begun, also where it was taken back. */
  began(step: StepId): boolean
  /** What stood before an action that was begun. */
  before<B, E>(action: Action<B, E>): B
  /** A field of an effect; while its step is not done, a name that stands for it: `@create-volume.volumeId`. */
  later<B, E>(action: Action<B, E>, field: keyof E & string): string
  do<T>(command: Command<T>): Promise<T>
  /** Whether the host and its AWS are gone when this process ends, as those of a drill. */
  readonly rehearsal: boolean
  /** What a plan allows to be destroyed at most; null without a plan. */
  readonly bound: MayDestroy | null
  /** A line for the host as an operator can paste it here. */
  onHost(line: string): string
  /** Whether a secret of this name could be had: from a file that was named, or by asking. */
  hasSecret(name: string): boolean
  /** Whether it was given in a file: then nobody is asked for it. */
  isGiven(secret: string): boolean
  report(progress: Partial<Progress>): void
  finding(level: Finding['level'], message: string): void
  /**
   * Looks again and again until `look` gives something: soon at first, then every `everyMs`. Says what it waits for, and
   * each two seconds at most what a glance shows of it; a glance that fails is passed over. @throws when `withinMs` is over.
   */
  until<T>(
    waitingFor: string,
    look: () => Promise<T | undefined>,
    limits?: { everyMs?: number; withinMs?: number; glance?: Glance },
  ): Promise<T>
  /** Waits, unless the operator leaves. The glance is as that of `until`. */
  wait(waitingFor: string, ms: number, glance?: Glance): Promise<void>
}

/** What is needed of a choice to look its answer up. */
export type AnswerKey<A> = Pick<Choice<A>, 'id' | 'answer'>

interface StepBase {
  readonly id: StepId
  readonly version: number
  /** The steps whose answers or effects it uses. */
  readonly needs: readonly StepId[]
  /** Why the step exists, good enough to teach somebody who never did this. */
  readonly why: string
}

export interface Choice<A> extends StepBase {
  readonly kind: 'choice'
  readonly question: string
  /** The flag that answers it, as named to somebody who left it out. */
  readonly flag: string
  /** Flags that, given anew on resume, take the answer back. */
  readonly answeredBy: readonly (keyof Flags)[]
  danger(run: Run): Danger
  readonly answer: ZodType<A>
  /** Whether the answers before leave anything to be asked; where they don't, it is passed over without a word. */
  applies?(run: Run): boolean
  /** Only some answers lead to it: it is not named among the run's steps beforehand. */
  readonly aside?: boolean
  /** The answer that the ones before leave no choice about: nobody is asked. */
  settled?(run: Run): A | undefined
  options(run: Run): AsyncIterable<Fact | Option<A>>
  suggested(run: Run, seen: readonly Option<A>[]): Option<A> | undefined
  /** What flags and config say, or undefined where they say nothing. @throws UsageError, PreflightError */
  fromFlags(run: Run, seen: readonly Option<A>[]): A | undefined | Promise<A | undefined>
  check(run: Run, answer: A): Promise<readonly Finding[]>
  /** What of an answer a plan is held to, where some of it is of its moment. */
  lasting?(answer: A): unknown
  /** What else may be typed for an answer than an option's number, and how it is read. @throws LifeboatError */
  readonly typed?: { readonly what: string; readonly read: (run: Run, text: string) => Promise<A> }
  /** What can be looked at before it is answered. */
  looks?(run: Run): Promise<Looks>
  /** What an answer is made of, where that can be listed. */
  contents?(run: Run): Contents
  /** For a destructive answer: what has to be typed. */
  confirmation?(run: Run): string
}

/** What became of a step that was begun and whose end is not in the journal. */
export type Found<E> =
  | { readonly state: 'absent' }
  | { readonly state: 'underway'; readonly what: string }
  | { readonly state: 'partial'; readonly what: string }
  | { readonly state: 'present'; readonly effect: E }
  | { readonly state: 'foreign'; readonly what: string }

export interface Action<B, E> extends StepBase {
  readonly kind: 'action'
  readonly title: string
  readonly danger: Danger
  readonly before: ZodType<B>
  readonly effect: ZodType<E>
  /** All that the step runs to change the world, and its main reads. Before its survey, `before` is undefined. */
  commands(run: Run, before: B | undefined): readonly Command<unknown>[]
  /**
   * What stands before the change, and every id chosen beforehand. Journaled with the intent. `previous` is what an
   * earlier attempt had found, which failed, was half done, or whose effect is gone.
   */
  survey(run: Run, previous?: B): Promise<B>
  find(run: Run, before: B): Promise<Found<E>>
  perform(run: Run, before: B): Promise<E>
  /** Whether there is anything to do for these answers; where there is not, the step is passed over without a word. */
  applies?(run: Run): boolean
  /** Only some answers lead to it: it is not named among the run's steps beforehand. */
  readonly aside?: boolean
  /**
   * The later step from whose beginning on `verify` can no longer demand this effect: a service that was started has
   * written, so a rollback can't be seen by then.
   */
  readonly holdsUntil?: StepId
  /** Whether it may be made again when its effect is gone (a reboot): true only where that destroys nothing. */
  readonly renews?: boolean
  /** Reads the effect back from the world. A finding of level error fails the step. */
  verify(run: Run, before: B, effect: E): Promise<readonly Finding[]>
  /** On resume, instead of `verify`: what has to be so for going on, where that is more than what was made. */
  recheck?(run: Run, before: B, effect: E): Promise<readonly Finding[]>
  readonly undo?: Undo<B, E>
  /** What the step left in the world, for errors and the end of the run. */
  resources?(run: Run, before: B, effect: E | undefined): readonly Resource[]
}

interface Undo<B, E> {
  /** Instead of the action's `find`, where undoing has to look harder: what it misses is left behind for good. */
  readonly find?: (run: Run, before: B) => Promise<Found<E>>
  /** Why nothing of the run can be taken back any more, asked before the first step is. Only looks. */
  readonly refuses?: (run: Run, before: B, effect: E | undefined) => Promise<Refused | undefined>
  commands(run: Run, before: B, effect: E | undefined): readonly Command<unknown>[]
  perform(run: Run, before: B, effect: E | undefined): Promise<void>
}

// The registry holds steps of every type; the runner treats their data as journaled values, checked by their schemas.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyAction = Action<any, any>
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyChoice = Choice<any>

/** Something that goes on by itself from a step on. It is only looked at: changes nothing, and is never resumed. */
export interface Watch {
  readonly id: string
  readonly from: StepId
  readonly everyMs: number
  /** How far it is; undefined when it has ended, or can't be seen. */
  poll(run: Run): Promise<Partial<Progress> | undefined>
  /** What there is to say of it when the run has ended well. */
  lastWord(run: Run): Promise<string | undefined>
}

/** Choices, the last of which reviews, then the actions they lead to. Back goes no further than a leg's first choice. */
export interface Leg {
  readonly choices: readonly AnyChoice[]
  readonly actions: readonly AnyAction[]
}

export interface Route {
  readonly id: RouteId
  readonly legs: readonly Leg[]
  readonly watches?: readonly Watch[]
}
