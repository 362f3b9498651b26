// How one kind of dump is checked, made ready, and put in the place of the old data. A recipe is data and commands: the
// steps of the route run them, and every command may be run again without harm.
import type { ShellCommand } from '../../remote/command.ts'
import type { Passphrase } from '../../remote/linux/duplicity.ts'
import type { Room, Source } from '../../remote/linux/staging.ts'
import type { Resource } from '../../text/errors.ts'
import type { DumpKind } from '../dumps/dump-answer.ts'
import type { Run } from '../step.ts'

/** Where things are, told by the answers alone. */
export interface Places extends Source {
  /** The run, whose id is in every name that it makes. */
  readonly run: string
  /** What the operator or the config said: a folder, a dataset, a database server. */
  readonly into: string
  /** The one path below it that alone is replaced; null: all of it is. */
  readonly only: string | null
  /** Whose the files of a folder are, where there is no old one to tell; null: root's. */
  readonly owner: string | null
  /** Paths below what is replaced that the dump leaves out, and that stay. */
  readonly keep: readonly string[]
  /** Where the passphrase of an encrypted dump is; null: there is none, or nobody to ask. */
  readonly passphrase: Passphrase | null
}

/** What a look into the fetched dump has shown. */
export interface Checked {
  /** Why it can't be put in place. */
  readonly problems: readonly string[]
  /** Why it can't be opened: another passphrase may do. */
  readonly locked?: readonly string[]
  /** Where the one path that is wanted is not in it: the names that come near. */
  readonly missing?: readonly string[] | undefined
  /** What is in it, in a few words. */
  readonly facts: readonly string[]
  /** What it needs when it is unpacked; null where that can't be told. */
  readonly unpackedBytes: number | null
  /** The MD5s of each object that was streamed, by its name in the list. */
  readonly digests?: ReadonlyMap<string, readonly string[]>
}

/** Which data has the place. */
type Standing = 'old' | 'between' | 'new'

/** Data beside that which has the place. */
interface Beside {
  readonly resource: Pick<Resource, 'kind' | 'id'>
  /** How to be rid of it, as a line for the host. */
  readonly remove: string
}

/** The old data, when the new has its place. */
interface Aside extends Beside {
  /** Looks whether it is there: there may have been no old data. Without it, it is. */
  readonly isThere?: ShellCommand<boolean>
}

export interface Recipe {
  readonly kind: DumpKind
  /** What `into` is for this kind, in words, with an example. */
  readonly into: string
  /** What it is mostly, where there is such a thing. */
  readonly usual?: { readonly into: string; readonly what: string }
  /** Why `into` can't be it, told by the text alone; undefined where it can. @param only the one path of it, if so */
  wrongInto(into: string, only: string | null): string | undefined
  /** Why one path can't be had alone, told by its text; undefined where it can. Without it, a dump is restored whole. */
  wrongOnly?(only: string): string | undefined
  /** Why its dumps have to be staged on the host, and can't be streamed; undefined where they can. */
  readonly staged?: string
  /** What the host has to have for it. */
  readonly tools: readonly string[]
  /** What stands against it on the host, in words. Only looks. */
  obstacles(run: Run, into: string, only: string | null): Promise<readonly string[]>
  /** The room where the new data will be beside the old; null where it is no filesystem's. */
  room(run: Run, into: string, only: string | null): Promise<Room | null>
  /** Reads all of it, and of what is streamed each object once. */
  check(places: Places): ShellCommand<Checked>
  /**
   * Makes the new data beside the old one, which is not touched; what could not be made as it was is a line `warning` each.
   * None where the old one must make way first.
   */
  unpack(places: Places): readonly ShellCommand<string>[]
  /** What was unpacked beside what is there now: a line each, while both can be looked at. It only tells. */
  compared?(places: Places): ShellCommand<readonly string[]>
  /** What was unpacked is removed again. */
  discard(places: Places): readonly ShellCommand<string>[]
  /** Where the new data is before it has its place, and when services have run on it and the old has it again. */
  made?(places: Places): Beside
  /** The old data aside, and the new in its place. */
  swap(places: Places): readonly ShellCommand<string>[]
  /** The same backwards. What had the place is then where it was unpacked. */
  unswap(places: Places): readonly ShellCommand<string>[]
  standing(places: Places): ShellCommand<Standing>
  /** What was put in place, counted: a line each, before a service writes to it. */
  counted?(places: Places): ShellCommand<readonly string[]>
  /**
   * What the run leaves: the old data, set aside, where there was any. Not there where only its scripts know what becomes
   * of the old data.
   */
  aside?(places: Places): Aside
}
