import type { QmpClient } from './qmp.ts'

/**
 * Stops the guest's processors while `copy` runs. QEMU finishes and flushes every write before it answers `stop`, so a
 * file read meanwhile is what a power cut would have left. Several copies may overlap; the last one lets go.
 */
export function freezer(qmp: QmpClient): <T>(copy: () => Promise<T>) => Promise<T> {
  let copies = 0
  let stopped: Promise<unknown> | null = null
  return async (copy) => {
    copies += 1
    try {
      await (stopped ??= qmp.execute('stop'))
      return await copy()
    } finally {
      copies -= 1
      if (copies === 0) {
        stopped = null
        await qmp.execute('cont')
      }
    }
  }
}
