// zfs-program(8).
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, commit } from './host-state.ts'
import { ProgramFailed, runLua, type LuaValue } from './lua.ts'
import type { Host } from './model.ts'
import { programLibrary } from './program-library.ts'
import { wordsOf } from './words.ts'

const usage =
  'program [-jn] [-t <instruction limit>] [-m <memory limit (b)>]\n\t    <pool> <program file> [lua args...]'

const failed = 'Channel program execution failed'
const mostInstructions = 100_000_000
const mostMemory = 104_857_600

/** As nvlist_print_json does. */
function json(value: LuaValue): string {
  if (value instanceof Map)
    return `{${Array.from(value, ([key, each]) => `${JSON.stringify(key)}:${json(each)}`).join(',')}}`
  return JSON.stringify(value) ?? 'null'
}

/** As dump_nvlist does. */
function dump(value: LuaValue, name: string, indent: number): string[] {
  const start = `${' '.repeat(indent)}${name}:`
  if (value instanceof Map) return [start, ...Array.from(value).flatMap(([key, each]) => dump(each, key, indent + 4))]
  return [`${start} ${typeof value === 'string' ? `'${value}'` : JSON.stringify(value)}`]
}

function limit(text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!/^\d+$/.test(text) || value === 0) throw new Failure(`Invalid value for option: ${text}`, 1)
  if (value > most) throw new Failure(`${failed}:\nInvalid instruction or memory limit.`)
  return value
}

/** Options end before the pool's name: what follows the program is its own. */
function split(args: readonly string[]): { words: ReturnType<typeof wordsOf>; rest: readonly string[] } {
  let at = 0
  while (at < args.length && /^-./.test(args[at] ?? '')) at += /^-[nj]*[tm]$/.test(args[at] ?? '') ? 2 : 1
  return { words: wordsOf(args.slice(0, at), 'nt:m:j', usage), rest: args.slice(at) }
}

export function programCommand(host: Host, args: readonly string[], out: Out, stdin: string): void {
  const { words, rest } = split(args)
  const [name, file, ...argv] = rest
  const instructions = limit(words.value('t'), 10_000_000, mostInstructions)
  limit(words.value('m'), 10 * 1024 ** 2, mostMemory)
  if (name === undefined || file === undefined) throw misused('wrong number of arguments', usage)
  const bytes = file === '-' ? undefined : host.kernel.readFile(file)
  if (file !== '-' && bytes === undefined) throw new Failure(`cannot open '${file}': No such file or directory`)
  const program = bytes === undefined ? stdin : new TextDecoder().decode(bytes)
  const imported = host.imported.get(name)
  if (imported === undefined) throw new Failure(`cannot open '${name}': no such pool\ncannot open pool '${name}'`)
  const changes = !words.has('n')
  if (imported.suspended) throw new Failure(`${failed}: pool I/O is currently suspended`)
  // Also one that changes nothing is not run in a pool that is open read-only.
  if (imported.readonly) throw new Failure(`${failed}: pool is read-only`)
  const txg = changes ? beginTxg(host, imported) : null
  const given = new Map<string, LuaValue>([['argv', new Map(argv.map((each, at) => [String(at + 1), each]))]])
  try {
    const results = runLua(program, { globals: programLibrary({ host, imported, txg }), args: given, instructions })
    if (results.length > 1) throw new ProgramFailed('Multiple return values not supported')
    const [result] = results
    tell(result, words.has('j'), out)
  } catch (error) {
    if (!(error instanceof ProgramFailed)) throw error
    const limited = error.message.includes('Channel program timed out.') ? `\n${instructions} Lua instructions` : ''
    // Ours are no functions of C.
    const message = error.message.replaceAll(/\[JS\]: in (?:field|function) /g, '[C]: in function ')
    throw new Failure(`${failed}:\n${message}${limited}`)
  } finally {
    // What was done before an error stays done.
    if (changes) commit(host, imported)
  }
}

function tell(result: LuaValue, asJson: boolean, out: Out): void {
  if (asJson) out.stdout += json(new Map(result === undefined ? [] : [['return', result]]))
  else if (result === undefined) out.print('Channel program fully executed and did not produce output.')
  else {
    out.print('Channel program fully executed and produced output:')
    for (const line of dump(result, 'return', 4)) out.print(line)
  }
}
