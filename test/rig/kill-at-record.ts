// Loaded into the program before it begins (node --import). Ends it by SIGKILL at the first record of its journal that
// no process before was ended at: just before the record is there, half of it perhaps, or just after it is on the disk.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { chance } from './chance.ts'

/** What the driver says, in the variable `killOrders`. */
export interface KillOrders {
  /** A file with the records that processes were ended at, one a line: `before intended gate`. */
  readonly done: string
  /** Decides which records are left out, and which are torn. */
  readonly seed: number
  /** How many of the records to end it at, from 0 to 1. */
  readonly share: number
}

export const killOrders = 'LIFEBOAT_TEST_KILL_ORDERS'

function patch(orders: KillOrders): void {
  const { writeSync, fdatasyncSync, appendFileSync, readFileSync, readlinkSync } = fs
  const done = new Set(readFileSync(orders.done, 'utf8').split('\n'))
  let written: string | undefined

  const isJournal = (descriptor: number): boolean =>
    readlinkSync(`/proc/self/fd/${descriptor}`).endsWith('/journal.jsonl')
  const isWanted = (place: string): boolean => !done.has(place) && chance(orders.seed, place) < orders.share
  const die = (place: string): void => {
    appendFileSync(orders.done, `${place}\n`)
    process.kill(process.pid, 'SIGKILL')
  }
  const patched = {
    writeSync(descriptor: number, data: Buffer, offset = 0): number {
      if (offset > 0 || !Buffer.isBuffer(data) || !isJournal(descriptor)) return writeSync(descriptor, data, offset)
      const { type, step = '' } = JSON.parse(data.toString()) as { type: string; step?: string }
      written = `${type} ${step}`.trim()
      const before = `before ${written}`
      if (isWanted(before)) {
        if (chance(orders.seed, `torn ${written}`) < 0.5) writeSync(descriptor, data.subarray(0, data.length / 2))
        die(before)
      }
      return writeSync(descriptor, data, offset)
    },
    fdatasyncSync(descriptor: number): void {
      fdatasyncSync(descriptor)
      if (written === undefined || !isJournal(descriptor)) return
      const after = `after ${written}`
      written = undefined
      if (isWanted(after)) die(after)
    },
  }
  Object.assign(fs, patched)
  syncBuiltinESMExports()
}

const given = process.env[killOrders]
if (given !== undefined) patch(JSON.parse(given) as KillOrders)
