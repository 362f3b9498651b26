// GUIDs of 64 bits, and the numbers of transaction groups.
import type { Kernel } from '../kernel.ts'
import type { Pool } from './model.ts'

/** A new GUID: decimal, never 0. */
export function newGuid(kernel: Kernel): string {
  let guid = 0n
  for (const byte of kernel.random(8)) guid = guid * 256n + BigInt(byte)
  return String(guid === 0n ? 1n : guid)
}

/** Transaction groups follow each other each five seconds, and one for each change that waits for its own. */
const txgMs = 5_000

/** Goes on to the pool's next transaction group, and tells its number. A clock that was set back stops nothing. */
export function nextTxg(pool: Pool, nowMs: number): number {
  pool.txg += Math.max(1, Math.floor((nowMs - pool.txgMs) / txgMs))
  pool.txgMs = nowMs
  return pool.txg
}
