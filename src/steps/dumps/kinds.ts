// What a dump is made of, by the names of its objects alone.
import type { DumpKind } from './dump-answer.ts'

export interface Guess {
  readonly kind: DumpKind
  /** What speaks for it. */
  readonly why: string
}

/** Kinds that are known when they are seen, and that the program itself has no recipe for: how to do it by hand. */
const byHand: Readonly<Record<string, string>> = {
  mysql: 'by hand: zcat FILE | mysql; or by a recipe named mysql in the config',
  encrypted: 'by hand: fetch and decrypt it, then restore what was in it',
}

interface Form {
  readonly kind: Guess['kind']
  readonly pattern: RegExp
  readonly what: string
}

/** A kind that only the config knows of. */
export interface OwnKind {
  readonly name: string
  /** What the names of its objects match; without it, only who says so has one of these. */
  readonly match?: string | undefined
}

const ownForms = (own: readonly OwnKind[]): Form[] =>
  own.flatMap(({ name, match }) =>
    match === undefined ? [] : [{ kind: name, pattern: new RegExp(match), what: `as the recipe ${name} says` }],
  )

// The first that fits: the narrower ones come before those that they are a part of.
const forms: readonly Form[] = [
  // file_naming in duplicity: full, inc and the signatures, each with its time.
  {
    kind: 'duplicity',
    pattern: /^duplicity-(?:full|inc|full-signatures|new-signatures)\./,
    what: "one of duplicity's",
  },
  { kind: 'encrypted', pattern: /\.(?:gpg|pgp|age|enc)$/i, what: 'encrypted' },
  // backupdb in the snap of Rocket.Chat.
  { kind: 'rocketchat', pattern: /^rocketchat_backup_.*\.tar\.gz$/, what: "one of Rocket.Chat's snap" },
  { kind: 'mysql', pattern: /(?:mysql|mariadb).*\.sql(?:\.|$)/i, what: 'a dump of MySQL' },
  {
    kind: 'zfs-stream',
    pattern: /(?:\.zfs|\.zfs-?(?:stream|send))(?:\.(?:gz|zst|xz|bz2|lz4))?$/i,
    what: 'a ZFS stream',
  },
  { kind: 'zfs-stream', pattern: /@/, what: 'named as a ZFS snapshot' },
  { kind: 'postgres', pattern: /\.sql(?:\.(?:gz|zst|xz|bz2))?$/i, what: 'SQL, as pg_dumpall writes it' },
  { kind: 'postgres', pattern: /pg_?dumpall.*\.(?:gz|zst|xz|bz2)$/i, what: 'named after pg_dumpall' },
  { kind: 'archive', pattern: /(?:\.tar(?:\.(?:gz|zst|xz|bz2))?|\.tgz|\.tzst)$/i, what: 'a tar archive' },
]

/** Beside a dump lies what belongs to it: checksums, signatures, and the log of backupdb. */
export const isCompanion = (name: string): boolean =>
  /\.(?:md5|sha\d+|sum|sig|asc|minisig|crc)$|(?:^|\/)backup_\d{8}\.\d{4}\.log$/i.test(name)

/** A key from its beginning to its last slash. */
export const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)

export const fileName = (key: string): string => key.slice(key.lastIndexOf('/') + 1)

/** What one object is, where its name tells; undefined: a plain file. */
export function guessOf(key: string, own: readonly OwnKind[] = []): Guess | undefined {
  const name = fileName(key)
  const fits = ({ pattern }: Form): boolean => pattern.test(name)
  const form = ownForms(own).find(fits) ?? forms.find(fits)
  return form === undefined ? undefined : { kind: form.kind, why: `${name} is ${form.what}` }
}

/** How one is restored that no recipe is there for; undefined where there is one. */
export const onlyByHand = (kind: DumpKind, own: readonly OwnKind[] = []): string | undefined =>
  own.some(({ name }) => name === kind) ? undefined : byHand[kind]

/** Several of these make one dump: streams follow each other, and databases stand beside each other. */
const inSeveral: readonly DumpKind[] = ['zfs-stream', 'postgres']

/** What several objects are together. */
export function guessOfAll(keys: readonly string[], own: readonly OwnKind[] = []): Guess {
  const main = keys.filter((key) => !isCompanion(key))
  const guesses = main.map((key) => guessOf(key, own))
  const duplicity = guesses.find((each) => each?.kind === 'duplicity')
  if (duplicity !== undefined) return duplicity
  const [only] = guesses
  if (main.length === 1 && only !== undefined) return only
  const told = new Set(guesses.map((each) => each?.kind ?? 'a plain file'))
  const kinds = [...inSeveral, ...own.map(({ name }) => name)]
  if (told.size === 1 && only !== undefined && kinds.includes(only.kind))
    return { ...only, why: `${main.length} files; ${only.why}` }
  return {
    kind: 'folder',
    why:
      told.size > 1 ? `${main.length} files, of several kinds` : `${main.length} files, to be put in place as they are`,
  }
}
