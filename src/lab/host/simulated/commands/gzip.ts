// gzip(1) of what comes on standard input: just-bash's own says other things of what is cut off or damaged. Files are left
// to it.
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { done, failed, type HostCommand, type Result } from '../shell/command.ts'
import { readOptions } from './options.ts'

const levels = ['1', '2', '3', '4', '5', '6', '7', '8', '9']

/** What gzip says of what zlib has found. */
const sayings: readonly (readonly [RegExp, string])[] = [
  [/unexpected end of file/, 'unexpected end of file'],
  [/incorrect header check/, 'not in gzip format'],
  [/incorrect data check/, 'invalid compressed data--crc error'],
  [/incorrect length check/, 'invalid compressed data--length error'],
]

const sayingOf = (error: unknown): string => {
  const found = error instanceof Error ? sayings.find(([what]) => what.test(error.message)) : undefined
  return found?.[1] ?? 'invalid compressed data--format violated'
}

/** As much as there is before the end of what was cut off. */
function beginningOf(bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return Buffer.alloc(0)
  }
}

function decompress(bytes: Uint8Array): Result {
  try {
    if (bytes.length === 0) return failed('\ngzip: stdin: unexpected end of file')
    return { ...done(gunzipSync(bytes).toString('latin1')), isBytes: true }
  } catch (error) {
    const said = failed(`\ngzip: stdin: ${sayingOf(error)}`, 1, beginningOf(bytes).toString('latin1'))
    return { ...said, isBytes: true }
  }
}

export const gzip: HostCommand = (call) => {
  const options = readOptions(call.args, `d decompress c stdout f force q quiet n no-name ${levels.join(' ')}`)
  if (options.unknown !== undefined || options.rest.some((name) => name !== '-')) return call.original(call.args)
  const bytes = Buffer.from(call.stdinBytes, 'latin1')
  if (options.has('d', 'decompress')) return decompress(bytes)
  const level = Number(levels.findLast((each) => options.has(each)) ?? 6)
  return { ...done(gzipSync(bytes, { level }).toString('latin1')), isBytes: true }
}
