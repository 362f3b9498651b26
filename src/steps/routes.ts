import { attachVolumeAction } from './attach-volume.ts'
import { cloneAction } from './clone.ts'
import { copyFilesAction } from './copy-files.ts'
import { createVolumeAction } from './create-volume.ts'
import { findDiskAction } from './find-disk.ts'
import { gateAction } from './gate.ts'
import { bringBackAction, tierChoice } from './bring-back.ts'
import { carrierChoice } from './carrier.ts'
import { checkDumpAction } from './check-dump.ts'
import { dumpChoice } from './dump.ts'
import { dumpPlaceChoice } from './dump-place.ts'
import { fetchAction } from './fetch.ts'
import { dumpHandOverAction } from './hand-over-dump.ts'
import { onlyChoice } from './only.ts'
import { putInPlaceAction } from './put-in-place.ts'
import { dumpLastLookChoice, dumpReviewChoice } from './review-dump.ts'
import { dumpTargetChoice } from './target-dump.ts'
import { unpackAction } from './unpack.ts'
import { handOverAction } from './hand-over.ts'
import { localHandOverAction } from './hand-over-local.ts'
import { holdAction } from './hold.ts'
import { hydrationWatch } from './hydration.ts'
import { importPoolAction } from './import-pool.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import type { Flags } from './flags.ts'
import { letGoAction } from './let-go.ts'
import { launchChoice } from './launch.ts'
import { launchInstanceAction } from './launch-instance.ts'
import { liftGateAction } from './lift-gate.ts'
import { mountAction } from './mount.ts'
import { pointChoice } from './point.ts'
import { pointKey } from './point-answer.ts'
import { proveAction } from './prove.ts'
import { putAwayAction } from './put-away.ts'
import { reviewChoice } from './review.ts'
import { localReviewChoice } from './review-local.ts'
import { removeScratchAction, clearLeftoversAction } from './remove-scratch.ts'
import { reviewLaunchChoice, reviewScratchChoice } from './review-launch.ts'
import { reviewRollbackChoice } from './review-rollback.ts'
import { rewind, wayBackFrom } from './rewind.ts'
import { rollBackAction } from './roll-back.ts'
import { rebootAction } from './reboot.ts'
import { scratchChoice } from './scratch.ts'
import { closeGroupAction, securityGroupAction } from './security-group.ts'
import { snapshotOriginalAction } from './snapshot-original.ts'
import { snapshotChoice } from './snapshot.ts'
import { sourceChoice } from './source.ts'
import { startServicesAction } from './start-services.ts'
import type { AnyAction, AnyChoice, Leg, Route } from './step.ts'
import { stopServicesAction } from './stop-services.ts'
import { targetChoice } from './target.ts'
import { localTargetChoice } from './target-local.ts'
import { unmountAction } from './unmount.ts'
import { volumeChoice } from './volume.ts'
import { pathChoice, toChoice, wayChoice } from './way.ts'

const toTheInspectedPool = [
  gateAction,
  rebootAction,
  letGoAction,
  snapshotOriginalAction,
  createVolumeAction,
  attachVolumeAction,
  findDiskAction,
  inspectPoolAction,
]

/** Where files are only copied out, no service is touched and nothing is handed over. */
const serving = (action: AnyAction): AnyAction => ({
  ...action,
  applies: (run) => run.answer(pointKey).way !== 'files' && action.applies?.(run) !== false,
})

const toTheFiles = [copyFilesAction, putAwayAction]

const toTheProof = [
  ...[
    stopServicesAction,
    importPoolAction,
    holdAction,
    rollBackAction,
    cloneAction,
    mountAction,
    startServicesAction,
    proveAction,
    liftGateAction,
    handOverAction,
  ].map(serving),
  ...toTheFiles,
]

const toTheHost = [launchInstanceAction]

/** The recovery instance, where one is launched: it has to run before it can be looked at. */
const launchLeg: Leg = { choices: [launchChoice, reviewLaunchChoice(toTheHost)], actions: toTheHost }

/** What is done with the data, and with which moment of it. */
const toThePoint = [wayChoice, pathChoice, toChoice, pointChoice]

/** From an EBS snapshot to proven services. */
export const ebsRoute: Route = {
  id: 'ebs',
  watches: [hydrationWatch],
  legs: [
    {
      choices: [targetChoice, sourceChoice, snapshotChoice, volumeChoice, reviewChoice(toTheInspectedPool)],
      actions: toTheInspectedPool,
    },
    { choices: [...toThePoint, reviewRollbackChoice(toTheProof)], actions: toTheProof },
  ],
}

const toTheScratch = [
  clearLeftoversAction,
  securityGroupAction,
  closeGroupAction,
  { ...launchInstanceAction, title: 'launch the scratch instance' },
]

/** On a scratch instance the gates are never opened again, and nothing is handed over to production: it all goes. */
const toTheEndOfTheDrill = [
  stopServicesAction,
  importPoolAction,
  holdAction,
  rollBackAction,
  cloneAction,
  mountAction,
  startServicesAction,
  proveAction,
  removeScratchAction,
]

/** A drill on the account: from the newest EBS snapshot to proven services on an instance of its own, and nothing left. */
const drillRoute: Route = {
  id: 'ebs',
  watches: [hydrationWatch],
  legs: [
    { choices: [scratchChoice, reviewScratchChoice(toTheScratch)], actions: toTheScratch },
    ...ebsRoute.legs.slice(0, 1),
    { choices: [...toThePoint, reviewRollbackChoice(toTheEndOfTheDrill)], actions: toTheEndOfTheDrill },
  ],
}

const toTheChoice = [gateAction]

const toTheLocalProof = [
  serving(stopServicesAction),
  // A living pool's schedules could expire also what is only copied from.
  holdAction,
  ...[
    unmountAction,
    wayBackFrom(rollBackAction),
    { ...rollBackAction, undo: rewind(rollBackAction) },
    cloneAction,
    mountAction,
    startServicesAction,
    proveAction,
    liftGateAction,
    localHandOverAction,
  ].map(serving),
  ...toTheFiles,
]

/** From a healthy pool's own snapshot to proven services. */
const localRoute: Route = {
  id: 'local',
  legs: [
    { choices: [localTargetChoice, sourceChoice, localReviewChoice(toTheChoice)], actions: toTheChoice },
    { choices: [...toThePoint, reviewRollbackChoice(toTheLocalProof)], actions: toTheLocalProof },
  ],
}

const toTheReadDump = [bringBackAction, gateAction, fetchAction, checkDumpAction, unpackAction]

const fromTheDump = [
  stopServicesAction,
  putInPlaceAction,
  startServicesAction,
  proveAction,
  liftGateAction,
  dumpHandOverAction,
]

/** From a dump in S3 to proven services. */
const dumpRoute: Route = {
  id: 'dump',
  legs: [
    {
      choices: [
        dumpTargetChoice,
        sourceChoice,
        dumpChoice,
        tierChoice,
        carrierChoice,
        onlyChoice,
        dumpPlaceChoice,
        dumpReviewChoice(toTheReadDump),
      ],
      actions: toTheReadDump,
    },
    { choices: [dumpLastLookChoice(fromTheDump)], actions: fromTheDump },
  ],
}

type Wanted = Partial<Pick<Flags, 'launchTemplate' | 'scratch' | 'source'>>

/** The route that these flags lead along. @throws UsageError for flags of two routes */
export function routeFor({ launchTemplate, scratch, source }: Wanted): Route {
  if (scratch === true) return drillRoute
  if (source === 'local') return localRoute
  if (source === 'dump') return dumpRoute
  return launchTemplate === undefined ? ebsRoute : { ...ebsRoute, legs: [launchLeg, ...ebsRoute.legs] }
}

/** A route's steps in the order in which they are walked. */
export const stepsOf = (route: Route): (AnyChoice | AnyAction)[] =>
  route.legs.flatMap((leg) => [...leg.choices, ...leg.actions])
