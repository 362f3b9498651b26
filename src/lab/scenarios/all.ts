import { awsThrottled } from './aws-throttled.ts'
import { badDeploy } from './bad-deploy.ts'
import { crashLooping } from './crash-looping.ts'
import { dst } from './dst.ts'
import { dumpArchive } from './dump-archive.ts'
import { dumpDuplicity } from './dump-duplicity.ts'
import { dumpFolder } from './dump-folder.ts'
import { dumpPostgres } from './dump-postgres.ts'
import { dumpRocketchat } from './dump-rocketchat.ts'
import { dumpZfs } from './dump-zfs.ts'
import { expiring } from './expiring.ts'
import { keyDenied } from './key-denied.ts'
import { needlessRollback } from './needless-rollback.ts'
import { newestArchived } from './newest-archived.ts'
import { newestHeld } from './newest-held.ts'
import { originalImported } from './original-imported.ts'
import { poolSuspended } from './pool-suspended.ts'
import { rebuiltHost } from './rebuilt-host.ts'
import type { Scenario } from './scenario.ts'
import { snapshotPending } from './snapshot-pending.ts'
import { sshDrops } from './ssh-drops.ts'
import { timerDue } from './timer-due.ts'
import { tooOld } from './too-old.ts'
import { twoDisks } from './two-disks.ts'
import { twoOperators } from './two-operators.ts'
import { volumeDeleted } from './volume-deleted.ts'
import { zoneDown } from './zone-down.ts'

/** Every incident that can be rehearsed, the first for who has never done it. */
export const scenarios: readonly Scenario[] = [
  volumeDeleted,
  tooOld,
  needlessRollback,
  badDeploy,
  dst,
  newestHeld,
  expiring,
  newestArchived,
  snapshotPending,
  keyDenied,
  twoDisks,
  originalImported,
  poolSuspended,
  dumpFolder,
  dumpArchive,
  dumpDuplicity,
  dumpZfs,
  dumpPostgres,
  dumpRocketchat,
  crashLooping,
  timerDue,
  rebuiltHost,
  zoneDown,
  sshDrops,
  awsThrottled,
  twoOperators,
]
