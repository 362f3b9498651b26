/**
 * Whether a run can't go on after this error, whatever is mended: what it was begun with is broken, has not what
 * was asked of it, or is not what was chosen any more. It is taken back, and another is begun.
 */
export const isOver = (code: string | undefined): boolean =>
  code === 'dump-broken' || code === 'dump-changed' || code === 'path-not-in-dump'
