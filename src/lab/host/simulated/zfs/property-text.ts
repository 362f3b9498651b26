// Property values as people read them, and as they write them.
import { Failure } from './failure.ts'
import { niceBytes, shortTime } from './format.ts'
import type { Host } from './model.ts'
import { propertyNamed, type Property } from './property-table.ts'

const limits = ['quota', 'reservation', 'refquota', 'refreservation']

// ZFS shortens this one list.
const compressions =
  'on | off | lzjb | gzip | gzip-[1-9] | zle | lz4 | zstd | zstd-[1-19] | zstd-fast | zstd-fast-[1-10,20,30,40,50,60,70,80,90,100,500,1000]'

/** What `zfs list` and `zfs get` print for an exact value without `-p`. */
export function niceValue(host: Host, name: string, exact: string): string {
  if (exact === '-') return exact
  if (limits.includes(name) && exact === '0') return 'none'
  if (name === 'creation') return shortTime(host, Number(exact) * 1000)
  if (name.endsWith('compressratio')) return `${exact}x`
  const bytes = propertyNamed(name)?.type === 'bytes' || /^written[@#]/.test(name)
  return bytes && /^\d+$/.test(exact) ? niceBytes(Number(exact)) : exact
}

const scale = 'bkmgtpez'

/** `8M`, `1.5G`, `4096` in bytes; undefined for anything else. */
export function bytesFrom(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)([bkmgtpez]?)(?:i?b)?$/i.exec(text)
  if (found === null) return undefined
  const power = found[2] === '' ? 0 : scale.indexOf((found[2] ?? '').toLowerCase())
  return Math.floor(Number(found[1]) * 1024 ** power)
}

/**
 * The exact value that a property is set to.
 * @throws Failure that begins with `doing`, such as `cannot set property for 'tank'`
 */
export function exactFrom(property: Property, text: string, doing: string): string {
  const { name, values, type } = property
  if (type === 'bytes') {
    if (text === 'none' && limits.includes(name)) return '0'
    if (text === 'auto' && name === 'refreservation') return text
    const bytes = bytesFrom(text)
    if (bytes === undefined) throw new Failure(`${doing}: bad numeric value '${text}'`)
    if (name === 'recordsize' && (bytes < 512 || bytes > 1024 ** 2 || Math.log2(bytes) % 1 !== 0))
      throw new Failure(`${doing}: '${name}' must be power of 2 from 512B to 1M`)
    return String(bytes)
  }
  if (name === 'mountpoint' && text !== 'none' && text !== 'legacy' && !text.startsWith('/'))
    throw new Failure(`${doing}: 'mountpoint' must be an absolute path, 'none', or 'legacy'`)
  if (name === 'mountpoint') return text.length > 1 ? text.replace(/\/+$/, '') || '/' : text
  if (name === 'acltype') return { posixacl: 'posix', noacl: 'off' }[text] ?? text
  if (values !== undefined && !values.includes(text))
    throw new Failure(
      `${doing}: '${name}' must be one of '${name === 'compression' ? compressions : values.join(' | ')}'`,
    )
  return text
}
