import { sh } from '../text/quote.ts'
import { z } from 'zod'
import { listZfsMounts, type Mount } from '../remote/linux/disks.ts'
import { probeCommand } from '../remote/linux/probe.ts'
import { unitJournal, unitStates, type UnitState } from '../remote/linux/units.ts'
import { findSnapshots } from '../remote/zfs/dataset.ts'
import { oneLine } from '../text/display.ts'
import { LifeboatError, RemoteCommandError, type Next } from '../text/errors.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { s3Url } from './dumps/s3-url.ts'
import { gateAction } from './gate.ts'
import { hydrationFindings } from './hydration.ts'
import { mountAction } from './mount.ts'
import { placesOf, replacedBy } from './places.ts'
import { pointKey, servedTargets } from './point-answer.ts'
import { recipeOf } from './recipes/recipes.ts'
import type { Probe } from './profile.ts'
import { ageEvidence, type Evidence } from './prove-age.ts'
import { serviceJournal } from './service-journal.ts'
import type { Action, Run } from './step.ts'

const evidence = z.object({ what: z.string(), passed: z.boolean(), saw: z.string() })

const effect = z.object({ evidence: z.array(evidence), provenAt: z.string(), newestRecordAt: z.string().nullable() })

/** The services run, but it is not proven that they serve the restored data. Exit 4. */
export class ProofFailed extends LifeboatError {}

function proveMounts(run: Run, there: readonly Mount[]): Evidence {
  const { mounts } = run.effect(mountAction)
  const missing = mounts.filter(
    (each) => !there.some((one) => one.source === each.dataset && one.target === each.mountpoint),
  )
  const saw =
    missing.length === 0
      ? `findmnt shows all ${mounts.length}`
      : `not mounted: ${missing.map((each) => each.dataset).join(', ')}`
  return { what: 'every dataset is mounted where it belongs', passed: missing.length === 0, saw }
}

async function proveData(run: Run): Promise<Evidence[]> {
  const targets = servedTargets(run.answer(pointKey))
  if (targets.length === 0) return []
  const guids = await run.do(findSnapshots(targets))
  const gone = targets.filter((each) => guids.get(`${each.dataset}@${each.snapshot}`) !== each.guid)
  const saw =
    gone.length === 0
      ? 'guids match; nothing had been written since them when the services were started'
      : `not there: ${gone.map((each) => each.dataset).join(', ')}`
  return [{ what: `${targets.length} datasets stand on the chosen snapshots`, passed: gone.length === 0, saw }]
}

async function provePlaced(run: Run): Promise<Evidence> {
  const places = placesOf(run)
  const standing = await run.do(recipeOf(run).standing(places))
  return {
    what: `${replacedBy(run)} is what the dump brought`,
    passed: standing === 'new',
    saw:
      standing === 'new'
        ? oneLine(s3Url(run.answer(dumpKey)))
        : `the ${standing === 'old' ? 'old data' : 'place is empty'}`,
  }
}

const stable = (first: UnitState | undefined, last: UnitState): boolean =>
  last.active === 'active' &&
  first?.active === 'active' &&
  first.invocation === last.invocation &&
  first.restarts === last.restarts

async function proveUnits(run: Run): Promise<Evidence[]> {
  const { services, stable_seconds: seconds } = run.host
  if (services.length === 0) return []
  const first = await run.do(unitStates(services))
  await run.wait(`${services.join(', ')} to stay up for ${seconds} s`, seconds * 1000, serviceJournal(run))
  const last = await run.do(unitStates(services))
  return last.map((unit) => {
    const then = first.find((each) => each.unit === unit.unit)
    const restarted = then?.invocation !== unit.invocation || then.restarts !== unit.restarts
    const saw = `${unit.active} (${unit.sub}), ${unit.restarts} restarts${restarted ? ', restarted in the meantime' : ''}`
    return { what: `${unit.unit} stays up for ${seconds} s`, passed: stable(then, unit), saw }
  })
}

const probeName = (probe: Probe): string =>
  probe.name ??
  (probe.kind === 'http' ? probe.url : probe.kind === 'tcp' ? `tcp ${probe.host}:${probe.port}` : probe.line)

async function runProbe(
  run: Run,
  probe: Probe,
  withinMs: number,
): Promise<{ evidence: Evidence; newest: string | null }> {
  const what = `probe ${oneLine(probeName(probe))}`
  try {
    const result = await run.until(
      `${what} to pass`,
      async () => {
        const one = await run.do(probeCommand(probe))
        return one.passed ? one : undefined
      },
      { withinMs, glance: serviceJournal(run) },
    )
    return { evidence: { what, passed: true, saw: oneLine(result.saw).slice(0, 200) }, newest: result.newest }
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.code !== 'waited-in-vain') {
      if (!(error instanceof RemoteCommandError)) throw error
      return { evidence: { what, passed: false, saw: oneLine(error.message) }, newest: null }
    }
    const last = await run.do(probeCommand(probe))
    return { evidence: { what, passed: last.passed, saw: oneLine(last.saw).slice(0, 200) }, newest: last.newest }
  }
}

/** What still is after a proof that failed, and what to do. */
const leadsOn = (run: Run): { notChanged: string[]; next: Next[] } => ({
  notChanged: [
    `backups and snapshot schedules are still held back, until ${run.effect(gateAction).liftedByHostAt} at the latest`,
  ],
  next: [
    ...run.host.services.map((unit) => ({
      why: `see why ${unit} is not well`,
      command: run.onHost(sh`journalctl -n 50 -u ${unit}`),
    })),
    { why: 'when its cause is mended: start it anew and prove it again', command: `lifeboat resume ${run.id}` },
  ],
})

async function failure(run: Run, failed: readonly Evidence[]): Promise<ProofFailed> {
  const unit = run.host.services[0]
  const said = unit === undefined ? [] : await run.do(unitJournal([unit], 12))
  for (const line of said) run.finding('info', oneLine(line))
  return new ProofFailed({
    code: 'proof-failed',
    message: `the data is back, but the proof failed: ${failed.map((each) => `${each.what}: ${each.saw}`).join('; ')}`,
    // What a drill made goes, whatever came of it.
    ...(run.flags.scratch ? {} : leadsOn(run)),
  })
}

/** A service that is slow to answer may be waiting for its disk. It is said beside the work. */
async function besideHydration<T>(run: Run, work: Promise<T>): Promise<T> {
  const said = hydrationFindings(run).then((found) => {
    for (const { level, message } of found) run.finding(level, message)
  })
  try {
    return await work
  } finally {
    await said
  }
}

/** Looks for evidence that the services run on the restored data. Changes nothing. */
export const proveAction: Action<Record<string, never>, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'prove',
  version: 1,
  needs: ['mount', 'start-services'],
  title: 'prove that the services run on this data',
  why: 'A unit that is "active" may be crashing and coming back each few seconds, or serve an empty directory. The proof is that it keeps running under the same invocation for a while, that something real answers from it, and that the newest thing it knows is as old as the data that was restored.',
  danger: 'none',
  before: z.object({}),
  effect,
  commands: (run) => [unitStates(run.host.services), ...run.host.probes.map(probeCommand)],
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    const units = await besideHydration(run, proveUnits(run))
    const probes: Awaited<ReturnType<typeof runProbe>>[] = []
    // A service that is down won't answer later either.
    const patienceMs = units.every((each) => each.passed) ? run.host.probe_seconds * 1000 : 0
    for (const probe of run.host.probes) probes.push(await runProbe(run, probe, patienceMs))
    if (run.host.probes.length === 0)
      run.finding('warn', 'no probe is configured: nothing was asked of the services themselves')
    const newest =
      probes
        .map((each) => each.newest)
        .filter((each) => each !== null)
        .toSorted()
        .at(-1) ?? null
    const there = run.route === 'dump' ? [] : await run.do(listZfsMounts())
    const mounted = there.map((each) => each.source)
    const all = [
      ...(run.route === 'dump' ? [await provePlaced(run)] : [proveMounts(run, there), ...(await proveData(run))]),
      ...units,
      ...probes.map((each) => each.evidence),
      ...(newest === null ? [] : [ageEvidence(run, newest, mounted)]),
    ]
    for (const each of all)
      run.finding(each.passed ? 'info' : 'error', `${each.passed ? '✓' : '✗'} ${each.what}: ${each.saw}`)
    const failed = all.filter((each) => !each.passed)
    if (failed.length > 0) throw await failure(run, failed)
    return { evidence: all, provenAt: run.now().toISOString(), newestRecordAt: newest }
  },
  holdsUntil: 'hand-over',
  renews: true,
  verify: async () => [],
  // A proof is of its moment: after an interruption it is given anew.
  recheck: async () => [{ level: 'error', message: 'the proof is from before the interruption' }],
}
