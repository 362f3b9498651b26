// The small commands of zpool(8).
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import { defaultCache, remembered } from './import-pool.ts'
import type { Host } from './model.ts'
import { openPool } from './names.ts'
import { poolsNamed } from './pool-list-command.ts'
import { isSettable, poolPropertyNamed } from './pool-properties.ts'
import { wordsOf } from './words.ts'

const setUsage = 'set <property=value> <pool> '

export function poolSetCommand(host: Host, args: readonly string[], _out: Out): void {
  const { rest } = wordsOf(args, '', setUsage)
  const [given, name, more] = rest
  if (given === undefined) throw misused('missing property=value argument', setUsage)
  if (name === undefined) throw misused('missing pool name', setUsage)
  if (more !== undefined) throw misused('too many pool names', setUsage)
  const at = given.indexOf('=')
  if (at === -1) throw misused('missing value in property=value argument', setUsage)
  const property = poolPropertyNamed(given.slice(0, at))
  const value = given.slice(at + 1)
  const imported = openPool(host, name)
  const doing = `cannot set property for '${name}'`
  if (property === undefined) throw new Failure(`${doing}: invalid property '${given.slice(0, at)}'`)
  if (property === 'cachefile') {
    imported.cachefile = value === '' || value === defaultCache ? null : value
    return remembered(host, imported, imported.cachefile === null)
  }
  if (!isSettable(property)) throw new Failure(`${doing}: '${property}' is readonly`)
  checkWritable(imported, doing)
  beginTxg(host, imported)
  imported.pool.state.settings.set(property, { value, source: 'local' })
  commit(host, imported)
}

export function syncCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'f', 'sync [pool] ...')
  for (const imported of poolsNamed(host, words.rest, out)) {
    if (imported.readonly) continue
    out.attempt(() => {
      checkWritable(imported, `sync pool '${imported.name}' failed`)
      beginTxg(host, imported)
      commit(host, imported)
    })
  }
}

const activities = ['discard', 'free', 'initialize', 'replace', 'remove', 'resilver', 'scrub', 'trim']

/** Nothing goes on in the background here: there is nothing to wait for. */
export function waitCommand(host: Host, args: readonly string[], _out: Out): void {
  const usage = 'wait [-Hp] [-T d|u] [-t <activity>[,...]] <pool> [interval]'
  const words = wordsOf(args, 'HpT:t:', usage)
  const unknown = words
    .value('t')
    ?.split(',')
    .find((each) => !activities.includes(each))
  if (unknown !== undefined) throw misused(`invalid activity '${unknown}'`, usage)
  const [name] = words.rest
  if (name === undefined) throw misused("missing 'pool' argument", usage)
  openPool(host, name)
}

export function historyCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'il', 'history [-il] [<pool>] ...')
  for (const { name, pool } of poolsNamed(host, words.rest, out)) {
    out.print(`History for '${name}':`)
    for (const line of pool.history) out.print(line)
    out.print('')
  }
}
