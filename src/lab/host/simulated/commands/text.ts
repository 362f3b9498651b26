// Options of text programs that just-bash's own lack.
import { createHash } from 'node:crypto'
import { FsError, reason } from '../files/fs-error.ts'
import { done, failed, type Call, type HostCommand } from '../shell/command.ts'
import { readOptions } from './options.ts'

/** The bytes of files, or of standard input, as latin1. @throws FsError */
const inputs = (call: Call, names: readonly string[]): string =>
  names.length === 0
    ? call.stdinBytes
    : names
        .map((name) =>
          name === '-' ? call.stdinBytes : Buffer.from(call.files.read(call.path(name))).toString('latin1'),
        )
        .join('')

const records = (text: string, end: string): string[] => {
  const found = text.split(end)
  if (found.at(-1) === '') found.pop()
  return found
}

/** sort(1) with `-z`: in the order of bytes. */
const sort: HostCommand = (call) => {
  const options = readOptions(call.args, 'z zero-terminated u r')
  if (options.unknown !== undefined || !options.has('z', 'zero-terminated')) return call.original(call.args)
  const sorted = records(inputs(call, options.rest), '\0').toSorted((a, b) => Number(a > b) - Number(a < b))
  const ordered = options.has('r') ? sorted.toReversed() : sorted
  const kept = options.has('u') ? [...new Set(ordered)] : ordered
  return { ...done(kept.map((each) => `${each}\0`).join('')), isBytes: true }
}

const head: HostCommand = (call) => {
  const given = call.args.map((arg) => arg.replace(/^-(\d+)$/, '-n$1'))
  const options = readOptions(given, 'z zero-terminated n: lines: c: bytes: q')
  const bytes = options.value('c', 'bytes')
  const count = Number(bytes ?? options.value('n', 'lines') ?? 10)
  if (options.unknown !== undefined || options.rest.length > 1 || !(count >= 0)) return call.original(call.args)
  const end = options.has('z', 'zero-terminated') ? '\0' : '\n'
  try {
    const text = inputs(call, options.rest)
    if (bytes !== undefined) return { ...done(text.slice(0, count)), isBytes: true }
    const kept = text.split(end).slice(0, count).join(end)
    return { ...done(kept.length < text.length && count > 0 ? kept + end : kept), isBytes: true }
  } catch (error) {
    if (!(error instanceof FsError)) throw error
    return failed(`head: cannot open '${options.rest[0] ?? ''}' for reading: ${reason(error)}`)
  }
}

/** awk(1), where an element is there as soon as it was named: just-bash's wants it to be given a value. */
const awk: HostCommand = (call) =>
  call.original(
    call.args.map((arg) => arg.replaceAll(/([;{]\s*)(\w+)\[([^\]]*)\](?=\s*[;}])/g, '$1$2[$3] = $2[$3] ""')),
  )

const digest =
  (algorithm: string): HostCommand =>
  (call) => {
    const options = readOptions(call.args, 'z zero b t')
    if (options.unknown !== undefined) return call.original(call.args)
    const out: string[] = []
    const said: string[] = []
    for (const name of options.rest.length === 0 ? ['-'] : options.rest) {
      try {
        const bytes = Buffer.from(inputs(call, [name]), 'latin1')
        out.push(
          `${createHash(algorithm).update(bytes).digest('hex')}  ${name}${options.has('z', 'zero') ? '\0' : '\n'}`,
        )
      } catch (error) {
        if (!(error instanceof FsError)) throw error
        said.push(`${algorithm}sum: ${name}: ${reason(error)}`)
      }
    }
    return { ...failed(said.join('\n'), said.length > 0 ? 1 : 0, out.join('')), isBytes: false }
  }

/** grep(1) with several patterns, which just-bash's own takes for one, and with -I and -a, of which it knows nothing. */
const grep: HostCommand = ({ original, args: asked }) => {
  // Nothing here is binary.
  const args = asked
    .map((arg) => (/^-[A-Za-z]+$/.test(arg) ? arg.replaceAll(/[Ia]/g, '') : arg))
    .filter((arg, at) => arg !== '-' || asked[at] === '-')
  const at = args.flatMap((arg, index) => (arg === '-e' ? index : []))
  if (at.length < 2) return original(args)
  const kinds = args.filter((arg) => /^-[A-Za-z]+$/.test(arg)).join('')
  const given = at.map((index) => args[index + 1] ?? '')
  const rest = args.filter((_arg, index) => !at.includes(index) && !at.includes(index - 1))
  const together = kinds.includes('F')
    ? given.join('\n')
    : kinds.includes('E')
      ? given.map((each) => `(${each})`).join('|')
      : given.join('\\|')
  return original(['-e', together, ...rest])
}

/** od(1) with `-An -tx1`: just-bash's own knows only octal numbers. */
const od: HostCommand = (call) => {
  const options = readOptions(call.args, 'A: t: v')
  if (options.unknown !== undefined || options.value('A') !== 'n' || options.value('t') !== 'x1')
    return call.original(call.args)
  const bytes = Buffer.from(inputs(call, options.rest), 'latin1')
  const lines = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, at) =>
    bytes.toString('hex', at * 16, at * 16 + 16).replaceAll(/../g, ' $&'),
  )
  return done(lines.map((line) => `${line}\n`).join(''))
}

/** tr(1): just-bash's own knows nothing of `\\0`. */
const tr: HostCommand = (call) => call.original(call.args.map((arg) => arg.replaceAll(/\\0(?![0-7])/g, '\0')))

const valued = ['-d', '-n', '-P', '-I', '-L', '-s', '-E']

/** xargs(1): its own ends with what its command has ended with. */
const xargs: HostCommand = async (call) => {
  const result = await call.original(call.args)
  const name = call.args.find((arg, at) => !arg.startsWith('-') && !valued.includes(call.args[at - 1] ?? ''))
  if (result.exitCode === 255)
    return failed(`${result.stderr}xargs: ${name ?? 'echo'}: exited with status 255; aborting`, 124, result.stdout)
  return { ...result, exitCode: result.exitCode > 0 && result.exitCode < 126 ? 123 : result.exitCode }
}

const cat: HostCommand = (call) => {
  const options = readOptions(call.args, 'u')
  if (options.unknown !== undefined) return call.original(call.args)
  const out: string[] = []
  const said: string[] = []
  for (const name of options.rest.length === 0 ? ['-'] : options.rest) {
    try {
      out.push(inputs(call, [name]))
    } catch (error) {
      if (!(error instanceof FsError)) throw error
      said.push(`cat: ${name}: ${reason(error)}`)
    }
  }
  return { ...failed(said.join('\n'), said.length > 0 ? 1 : 0, out.join('')), isBytes: true }
}

/** Stands for a byte that is no character by itself: private to this file, and Unicode's to nobody. */
const standIn = (byte: number): string => String.fromCharCode(0xf700 + byte)

const bytesStoodFor = (text: string): Buffer =>
  Buffer.concat(
    text
      .split(/([\uf780-\uf7ff])/)
      .map((part, at) => (at % 2 === 1 ? Buffer.from([part.charCodeAt(0) - 0xf700]) : Buffer.from(part))),
  )

/** `\\357` and `\\xef` are bytes, of which three may make one character: just-bash's own makes a character of each. */
const withBytes = (text: string, octal: RegExp): string =>
  text.replaceAll(octal, (whole, digits?: string, hex?: string) => {
    if (digits !== undefined) return standIn(Number.parseInt(digits, 8))
    return hex === undefined ? whole : standIn(Number.parseInt(hex, 16))
  })

const printf: HostCommand = async (call) => {
  const [format = '', ...args] = call.args
  const [number = ''] = args
  // Of 64 bits: more than fit a number.
  if (/^[^%]*%u[^%]*$/.test(format) && args.length === 1 && /^(?:\d+|0x[\da-f]+)$/i.test(number))
    return call.original([format.replace('%u', '%s'), String(BigInt(number))])
  const given = format.includes('%b')
    ? args.map((arg) => withBytes(arg, /\\\\|\\0?([23][0-7]{2})|\\x([89a-f][\da-f])/gi))
    : args
  const result = await call.original([withBytes(format, /\\\\|\\([23][0-7]{2})|\\x([89a-f][\da-f])/gi), ...given])
  return { ...result, stdout: bytesStoodFor(result.stdout).toString('latin1'), isBytes: true }
}

export const textCommands: Readonly<Record<string, HostCommand>> = {
  awk,
  cat,
  grep,
  od,
  printf,
  sort,
  tr,
  xargs,
  head,
  sha256sum: digest('sha256'),
  md5sum: digest('md5'),
  sha1sum: digest('sha1'),
}
