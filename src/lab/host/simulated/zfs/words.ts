// getopt(3) with the order that glibc gives it: options may stand after what they belong to.
import { misused } from './failure.ts'

export interface Words {
  /** Those without a value have an empty one, for each time they were given. */
  readonly options: ReadonlyMap<string, readonly string[]>
  readonly rest: readonly string[]
  readonly has: (option: string) => boolean
  /** The last value given. */
  readonly value: (option: string) => string | undefined
}

/**
 * Takes the words of a command apart.
 * @param known as for getopt: `Hpo:` is `-H`, `-p` and `-o VALUE`; `long` has the names after `--`
 * @throws Failure with exit code 2 for an option that is not known
 */
export function wordsOf(args: readonly string[], known: string, usage: string, long: readonly string[] = []): Words {
  const options = new Map<string, string[]>()
  const add = (name: string, value: string): void => void options.set(name, [...(options.get(name) ?? []), value])
  const rest: string[] = []
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    if (word === '--') {
      rest.push(...args.slice(at + 1))
      break
    }
    if (word.startsWith('--')) {
      if (!long.includes(word.slice(2))) throw misused(`invalid option '${word.slice(2)}'`, usage)
      add(word.slice(2), '')
    } else if (!word.startsWith('-') || word === '-') {
      rest.push(word)
    } else {
      for (let letterAt = 1; letterAt < word.length; letterAt++) {
        const letter = word[letterAt] ?? ''
        const found = letter === ':' ? -1 : known.indexOf(letter)
        if (found === -1) throw misused(`invalid option '${letter}'`, usage)
        if (known[found + 1] !== ':') {
          add(letter, '')
          continue
        }
        const value = letterAt + 1 < word.length ? word.slice(letterAt + 1) : args[++at]
        if (value === undefined) throw misused(`missing argument for '${letter}' option`, usage)
        add(letter, value)
        break
      }
    }
  }
  return {
    options,
    rest,
    has: (option) => options.has(option),
    value: (option) => options.get(option)?.at(-1),
  }
}
