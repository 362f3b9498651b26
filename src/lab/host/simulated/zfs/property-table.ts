// The native properties of datasets (zfsprops(7)), in the order in which `zfs get all` has them.

/** `f` filesystem, `v` volume, `s` snapshot, `b` bookmark. */
export type Kind = 'f' | 'v' | 's' | 'b'

export interface Property {
  readonly name: string
  readonly of: string
  readonly type: 'bytes' | 'number' | 'text'
  /** Can't be set. */
  readonly readonly: boolean
  /** What is below has it too. */
  readonly inherits: boolean
  readonly default: string
  /** What it may be set to, where that is a list. */
  readonly values?: readonly string[]
  /** Can be set only when the dataset is made. */
  readonly once: boolean
  readonly header: string
}

const headers: Readonly<Record<string, string>> = {
  available: 'AVAIL',
  referenced: 'REFER',
  compressratio: 'RATIO',
  usedbysnapshots: 'USEDSNAP',
  usedbydataset: 'USEDDS',
  usedbychildren: 'USEDCHILD',
  usedbyrefreservation: 'USEDREFRESERV',
  reservation: 'RESERV',
  refreservation: 'REFRESERV',
  recordsize: 'RECSIZE',
  volblocksize: 'VOLBLOCK',
  compression: 'COMPRESS',
  readonly: 'RDONLY',
  encryptionroot: 'ENCROOT',
  logicalused: 'LUSED',
  logicalreferenced: 'LREFER',
  checksum: 'CHECKSUM',
  refcompressratio: 'REFRATIO',
}

const onOff = ['on', 'off']
const all: Property[] = []

function add(name: string, of: string, more: Partial<Property> = {}): void {
  all.push({
    name,
    of,
    type: 'text',
    readonly: false,
    inherits: false,
    default: '-',
    once: false,
    header: headers[name] ?? name.toUpperCase(),
    ...more,
  })
}

const shown = (name: string, of: string, type: Property['type'] = 'text'): void =>
  add(name, of, { type, readonly: true })
const size = (name: string, of: string, fallback = '0'): void => add(name, of, { type: 'bytes', default: fallback })
const choice = (name: string, of: string, fallback: string, values: readonly string[] = onOff): void =>
  add(name, of, { inherits: true, default: fallback, values })
const once = (name: string, of: string, fallback: string, values?: readonly string[]): void =>
  add(name, of, { default: fallback, once: true, ...(values === undefined ? {} : { values }) })

shown('type', 'fvsb')
shown('creation', 'fvsb', 'number')
shown('used', 'fvs', 'bytes')
shown('available', 'fv', 'bytes')
shown('referenced', 'fvsb', 'bytes')
shown('compressratio', 'fvs')
shown('mounted', 'f')
shown('origin', 'fv')
shown('clones', 's')
size('quota', 'f')
size('reservation', 'fv')
add('recordsize', 'f', { type: 'bytes', inherits: true, default: '131072' })
add('mountpoint', 'f', { inherits: true, default: '/' })
choice('sharenfs', 'f', 'off', undefined)
add('volsize', 'v', { type: 'bytes' })
add('volblocksize', 'v', { type: 'bytes', default: '8192', once: true })
choice('checksum', 'fv', 'on', ['on', 'off', 'fletcher2', 'fletcher4', 'sha256', 'sha512', 'skein', 'edonr'])
const levels = (name: string, to: number): string[] => Array.from({ length: to }, (_none, at) => `${name}-${at + 1}`)
choice('compression', 'fv', 'off', [
  'on',
  'off',
  'lzjb',
  'gzip',
  ...levels('gzip', 9),
  'zle',
  'lz4',
  'zstd',
  'zstd-fast',
  ...levels('zstd', 19),
])
for (const name of ['atime', 'devices', 'exec', 'setuid']) choice(name, name === 'atime' ? 'f' : 'fs', 'on')
choice('readonly', 'fv', 'off')
choice('zoned', 'f', 'off')
choice('snapdir', 'f', 'hidden', ['hidden', 'visible'])
choice('aclmode', 'f', 'discard', ['discard', 'groupmask', 'passthrough', 'restricted'])
choice('aclinherit', 'f', 'restricted', ['discard', 'noallow', 'restricted', 'passthrough', 'passthrough-x'])
shown('createtxg', 'fvsb', 'number')
add('canmount', 'f', { default: 'on', values: ['on', 'off', 'noauto'] })
choice('xattr', 'fs', 'on', ['on', 'off', 'sa', 'dir'])
choice('copies', 'fv', '1', ['1', '2', '3'])
add('version', 'fs', { default: '5' })
once('utf8only', 'fs', 'off', onOff)
once('normalization', 'fs', 'none', ['none', 'formC', 'formD', 'formKC', 'formKD'])
once('casesensitivity', 'fs', 'sensitive', ['sensitive', 'insensitive', 'mixed'])
choice('vscan', 'f', 'off')
choice('nbmand', 'fs', 'off')
choice('sharesmb', 'f', 'off')
size('refquota', 'f')
size('refreservation', 'fv')
shown('guid', 'fvsb', 'number')
choice('primarycache', 'fvs', 'all', ['all', 'none', 'metadata'])
choice('secondarycache', 'fvs', 'all', ['all', 'none', 'metadata'])
for (const name of ['usedbysnapshots', 'usedbydataset', 'usedbychildren', 'usedbyrefreservation'])
  shown(name, 'fv', 'bytes')
choice('logbias', 'fv', 'latency', ['latency', 'throughput'])
shown('defer_destroy', 's')
shown('userrefs', 's', 'number')
shown('objsetid', 'fvs', 'number')
choice('dedup', 'fv', 'off', ['on', 'off', 'verify', 'sha256', 'sha512', 'skein', 'edonr,verify'])
add('mlslabel', 'fvs', { default: 'none' })
choice('sync', 'fv', 'standard', ['standard', 'always', 'disabled'])
choice('dnodesize', 'f', 'legacy', ['legacy', 'auto', '1k', '2k', '4k', '8k', '16k'])
shown('refcompressratio', 'fvs')
shown('written', 'fvs', 'bytes')
shown('logicalused', 'fv', 'bytes')
shown('logicalreferenced', 'fvs', 'bytes')
choice('volmode', 'fv', 'default', ['default', 'full', 'geom', 'dev', 'none'])
for (const name of ['filesystem_limit', 'snapshot_limit'])
  add(name, name === 'snapshot_limit' ? 'fv' : 'f', { default: 'none' })
for (const name of ['filesystem_count', 'snapshot_count'])
  add(name, name === 'snapshot_count' ? 'fv' : 'f', { readonly: true, default: 'none' })
choice('snapdev', 'fv', 'hidden', ['hidden', 'visible'])
choice('acltype', 'fs', 'off', ['off', 'nfsv4', 'posix', 'noacl', 'posixacl'])
for (const name of ['context', 'fscontext', 'defcontext', 'rootcontext'])
  add(name, 'fvs', { inherits: true, default: 'none' })
choice('relatime', 'f', 'off')
choice('redundant_metadata', 'fv', 'all', ['all', 'most'])
choice('overlay', 'f', 'on')
once('encryption', 'fvs', 'off')
add('keylocation', 'fv', { default: 'none' })
once('keyformat', 'fv', 'none', ['raw', 'hex', 'passphrase', 'none'])
once('pbkdf2iters', 'fv', '0')
shown('encryptionroot', 'fvs')
shown('keystatus', 'fvs')
add('special_small_blocks', 'f', { type: 'bytes', inherits: true, default: '0' })

const aliases: Readonly<Record<string, string>> = {
  avail: 'available',
  refer: 'referenced',
  ratio: 'compressratio',
  compress: 'compression',
  reserv: 'reservation',
  refreserv: 'refreservation',
  rdonly: 'readonly',
  recsize: 'recordsize',
  volblock: 'volblocksize',
  usedsnap: 'usedbysnapshots',
  usedds: 'usedbydataset',
  usedchild: 'usedbychildren',
  usedrefreserv: 'usedbyrefreservation',
  encroot: 'encryptionroot',
  lused: 'logicalused',
  lrefer: 'logicalreferenced',
  refratio: 'refcompressratio',
}

export const properties: readonly Property[] = all

/** By its name or short name. */
export const propertyNamed = (name: string): Property | undefined =>
  all.find((each) => each.name === (aliases[name] ?? name))

/** A property that people give a meaning: it has a colon in its name. */
export const isUserProperty = (name: string): boolean => /^[a-z0-9:_.-]*:[a-z0-9:_.-]*$/.test(name)
