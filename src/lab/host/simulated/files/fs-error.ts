// Why the host's file system says no: the errors of open(2) and its like.

const said = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  EEXIST: 'file already exists',
  ENOTEMPTY: 'directory not empty',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  EXDEV: 'cross-device link not permitted',
  EBUSY: 'resource busy or locked',
  ELOOP: 'too many symbolic links encountered',
  EINVAL: 'invalid argument',
  ECONNREFUSED: 'connection refused',
} as const

export type FsErrorCode = keyof typeof said

/** As the programs of a host print it after a colon. */
const printed: Readonly<Record<FsErrorCode, string>> = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EEXIST: 'File exists',
  ENOTEMPTY: 'Directory not empty',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  EXDEV: 'Invalid cross-device link',
  EBUSY: 'Device or resource busy',
  ELOOP: 'Too many levels of symbolic links',
  EINVAL: 'Invalid argument',
  ECONNREFUSED: 'Connection refused',
}

export class FsError extends Error {
  readonly code: FsErrorCode
  readonly path: string

  constructor(code: FsErrorCode, doing: string, path: string) {
    super(`${code}: ${said[code]}, ${doing} '${path}'`)
    this.code = code
    this.path = path
  }
}

/** strerror(3) of what was thrown. @throws what is no FsError */
export function reason(error: unknown): string {
  if (error instanceof FsError) return printed[error.code]
  throw error
}
