// zpool-import(8).
import { Failure, misused, notInThisLab, type Out } from './failure.ts'
import { importCandidate, type ImportOptions } from './import-pool.ts'
import { listingOf } from './import-listing.ts'
import { scan, type Candidate } from './import-scan.ts'
import type { Host } from './model.ts'
import { mountAll } from './mount-command.ts'
import { wordsOf, type Words } from './words.ts'

const usage =
  'import [-d dir] [-D]\n\timport [-o mntopts] [-o property=value] ...\n\t    [-d dir | -c cachefile] [-D] [-l] [-f] [-m] [-N] [-R root] [-F [-n]] -a\n\timport [-o mntopts] [-o property=value] ...\n\t    [-d dir | -c cachefile] [-D] [-l] [-f] [-m] [-N] [-R root] [-F [-n]]\n\t    [--rewind-to-checkpoint] <pool | id> [newpool]'

const outside = ['c', 'D', 'E', 's', 'T', 'V', 'X']

function optionsFrom(words: Words): ImportOptions {
  const given = new Map<string, string>()
  for (const each of words.options.get('o') ?? []) {
    const at = each.indexOf('=')
    if (at === -1) continue
    const name = each.slice(0, at)
    if (!['readonly', 'cachefile', 'altroot', 'comment', 'failmode'].includes(name))
      throw new Failure(`property '${name}' is not valid for import`, 1)
    given.set(name, each.slice(at + 1))
  }
  return {
    temporary: words.has('t'),
    force: words.has('f'),
    readonly: given.get('readonly') === 'on',
    altroot: words.value('R') ?? given.get('altroot'),
    // A temporary name is not written into the cache file either.
    cachefile: given.get('cachefile') ?? (words.has('t') ? 'none' : undefined),
    rewind: words.has('rewind-to-checkpoint'),
  }
}

function bring(host: Host, candidate: Candidate, options: ImportOptions, words: Words, out: Out): void {
  if (words.has('n') && words.has('F')) {
    // A dry run: what would have to be given up is told, and nothing has to be.
    if (candidate.pool === undefined)
      throw new Failure(
        `cannot import '${candidate.label.name}': I/O error\n\tDestroy and re-create the pool from\n\ta backup source.`,
      )
    return
  }
  const imported = importCandidate(host, candidate, options)
  if (!words.has('N')) mountAll(host, out, imported.name, words.has('l'))
}

export function importCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'aCc:d:DEfFlmnNo:R:stT:VX', usage, ['rewind-to-checkpoint'])
  const unknown = outside.find((option) => words.has(option))
  if (unknown !== undefined) throw notInThisLab(`zpool import -${unknown}`)
  const [wanted, as, more] = words.rest
  if (more !== undefined) throw misused('too many arguments', usage)
  const all = scan(host, words.options.get('d') ?? [])
  const there = new Set(Array.from(host.imported.values(), ({ pool }) => pool.guid))
  // A copy of a pool that is imported is not seen beside it.
  const found = all.filter(({ label }) => !there.has(label.guid))
  const options = optionsFrom(words)
  if (words.has('a')) {
    for (const each of found) out.attempt(() => bring(host, each, options, words, out))
    if (found.length === 0) out.fail('no pools available to import', 0)
    return
  }
  if (wanted === undefined) {
    if (found.length === 0) return out.fail('no pools available to import', 0)
    out.stdout += found.map((each) => `${listingOf(host, each).join('\n')}\n`).join('\n')
    return
  }
  const numeric = /^\d+$/.test(wanted)
  const matching = found.filter(({ label }) => (numeric ? label.guid : label.name) === wanted)
  if (matching.length > 1)
    throw new Failure(`cannot import '${wanted}': more than one matching pool\nimport by numeric ID instead`)
  const [only] = matching
  const taken = as === undefined && (numeric ? there.has(wanted) : host.imported.has(wanted))
  if (taken)
    throw new Failure(
      `cannot import '${wanted}': a pool with that name already exists\nuse the form 'zpool import <pool | id> <newpool>' to give it a new name`,
    )
  if (only === undefined) throw new Failure(`cannot import '${wanted}': no such pool available`)
  bring(host, only, { ...options, as }, words, out)
}
