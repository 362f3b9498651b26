import { createHash } from 'node:crypto'

/** A number from 0 to 1 that is always the same for the same seed and place. */
export const chance = (seed: number, place: string): number =>
  createHash('sha256').update(`${seed} ${place}`).digest().readUInt32BE() / 2 ** 32

/** The seed of this test run: LIFEBOAT_TEST_SEED, to have the same once more. */
export const seed = Number(process.env['LIFEBOAT_TEST_SEED'] ?? Math.floor(Math.random() * 1e6))
