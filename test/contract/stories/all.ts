import type { Story } from '../contract.ts'
import { bareHost } from './bare-host.ts'
import { checkpoints } from './checkpoints.ts'
import { clones } from './clones.ts'
import { foldersFromDumps, streamsFromDumps } from './dumps.ts'
import { mountsAndHolds } from './mounts-and-holds.ts'
import { rollbacks } from './rollbacks.ts'
import { imports } from './imports.ts'
import { atWork } from './pool-at-work.ts'
import { unitsAndGates } from './units-and-gates.ts'

export const stories: readonly Story[] = [
  bareHost,
  atWork,
  mountsAndHolds,
  rollbacks,
  clones,
  checkpoints,
  imports,
  unitsAndGates,
  foldersFromDumps,
  streamsFromDumps,
]
