import { z } from 'zod'
import type { ShellCommand } from '../remote/command.ts'
import { findSnapshots, fullName, writtenSince } from '../remote/zfs/dataset.ts'
import { loadKey } from '../remote/zfs/keys.ts'
import { unmountAll } from '../remote/zfs/mounting.ts'
import { listPools } from '../remote/zfs/pool.ts'
import type { Next, Resource } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { clonePlan, keysOfClones, planClones, type ClonePlan } from './clone-plan.ts'
import { cloneSteps, datasetsNow, stillToDo, uncloneSteps, type DatasetsNow } from './clone-steps.ts'
import { pointKey, servedTargets } from './point-answer.ts'
import { poolOf } from './pool-at-work.ts'
import { notedInHead } from './roll-back.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Run } from './step.ts'
import { unmountAction } from './unmount.ts'

const root = z.object({ name: z.string(), keyLocation: z.string().nullable(), keyFormat: z.string().nullish() })

const before = clonePlan.extend({
  /** The encryption roots among them whose keys are loaded: a promotion unloads them. */
  keys: z.array(root),
})

type Before = z.infer<typeof before>

const effect = z.object({ aside: z.array(z.string()) })

/** The volume of a run that made it is deleted with all that is in it. */
const goesWithItsVolume = (run: Run): boolean => run.route === 'ebs' && !run.answer(snapshotChoice).original

const undoing = (run: Run, stood: Before) => [
  ...uncloneSteps(stood, !run.began('start-services')),
  ...stood.keys.map((key) => ({ command: loadKey(key), done: () => false })),
]

const namesOf = ({ replaced, kept }: ClonePlan): string[] => [...replaced, ...kept].map((each) => each.name)

/**
 * What a boot in the middle has mounted, where the names were not yet theirs, or ZFS itself with a mountpoint: below a
 * parent that is mounted later nobody would see it, and the services would write into the parent.
 */
const unmounting = (run: Run, stood: ClonePlan): ShellCommand<string>[] => {
  if (!run.began('unmount')) return []
  const { mounted } = run.before(unmountAction)
  const others = namesOf(stood)
    .filter((name) => !mounted.some((each) => each.dataset === name))
    .map((dataset) => ({ dataset, mountpoint: '', legacy: null }))
  return [unmountAll([...others, ...mounted].toReversed())]
}

const isMounted = (stood: ClonePlan, { byName }: DatasetsNow): boolean =>
  namesOf(stood).some((name) => byName.get(name)?.mounted === true)

async function unmountEarly(run: Run, stood: ClonePlan): Promise<void> {
  const commands = unmounting(run, stood)
  if (commands.length > 0 && isMounted(stood, await datasetsNow(run)))
    for (const command of commands) await run.do(command)
}

const asideOf = ({ replaced, tops }: ClonePlan): string[] =>
  replaced.filter((each) => tops.includes(each.name)).map((each) => each.aside)

/** Puts clones of the chosen snapshots in the place of the datasets, which stay beside them. */
export const cloneAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'clone',
  version: 1,
  needs: ['point', 'review-rollback', 'hold'],
  title: 'put clones in the place of the datasets',
  why: 'A clone is a dataset that begins as a snapshot is, and costs no space until it is written to. It gets the properties that were set on the dataset itself, is promoted, so that it needs the old one no more, and takes its name. The old dataset stays beside it with everything written since, mounted by nobody: nothing is destroyed, and you decide later.',
  danger: 'moderate',
  aside: true,
  applies: (run) => run.answer(pointKey).way === 'clone',
  before,
  effect,
  // Mounting may already write to them.
  holdsUntil: 'mount',
  commands: (run, stood) =>
    stood === undefined ? [] : [...cloneSteps(stood).map((step) => step.command), ...unmounting(run, stood)],
  async survey(run, previous) {
    if (previous !== undefined) return previous
    const plan = await planClones(run)
    const keys = await keysOfClones(run, plan.replaced, [...(await datasetsNow(run)).byName.values()])
    return { ...plan, keys }
  },
  async find(run, stood) {
    const now = await datasetsNow(run)
    const left = stillToDo(cloneSteps(stood), now)
    return left.length === 0 && !isMounted(stood, now)
      ? { state: 'present', effect: { aside: asideOf(stood) } }
      : { state: 'absent' }
  },
  async perform(run, stood) {
    const left = stillToDo(cloneSteps(stood), await datasetsNow(run))
    for (const [at, command] of left.entries()) {
      await run.do(command)
      run.report({ done: at + 1, total: left.length, unit: 'commands' })
    }
    await unmountEarly(run, stood)
    return { aside: asideOf(stood) }
  },
  async verify(run, stood): Promise<Finding[]> {
    const targets = servedTargets(run.answer(pointKey))
    const now = await datasetsNow(run)
    const guids = await run.do(findSnapshots(targets))
    const written = await run.do(writtenSince(poolOf(run).pool, targets))
    const wrong = [
      ...stood.replaced.flatMap((each) =>
        now.byName.get(each.name)?.guid === each.guid ? [`${each.name} is still the old dataset`] : [],
      ),
      ...stood.replaced.flatMap((each) => (now.byGuid.has(each.guid) ? [] : [`what ${each.name} was is gone`])),
      ...stood.kept.flatMap((each) =>
        now.byName.get(each.name)?.guid === each.guid ? [] : [`${each.name} is not where it was`],
      ),
      ...targets.flatMap((each) =>
        guids.get(fullName(each)) === each.guid &&
        (written.get(fullName(each)) ?? Number.POSITIVE_INFINITY) <= notedInHead
          ? []
          : [`${each.dataset} does not stand at the chosen snapshot`],
      ),
    ]
    return wrong.map((message) => ({ level: 'error', message }))
  },
  undo: {
    commands: (run, stood) =>
      goesWithItsVolume(run) ? [] : [...undoing(run, stood).map((step) => step.command), ...unmounting(run, stood)],
    async perform(run, stood) {
      if (goesWithItsVolume(run)) return
      const { guid } = poolOf(run)
      // After a reboot it is not there: then nothing can be renamed, and nothing is mounted under the old names.
      if (!(await run.do(listPools())).some((pool) => pool.guid === guid)) {
        run.finding(
          'warn',
          `the pool is not imported: the datasets ${asideOf(stood).join(', ')} stay under these names`,
        )
        return
      }
      for (const command of stillToDo(undoing(run, stood), await datasetsNow(run))) await run.do(command)
      await unmountEarly(run, stood)
      if (run.began('start-services'))
        for (const each of stood.replaced)
          run.finding('warn', `${each.clone} is kept: it has what the services wrote on it`)
    },
  },
  resources: (run, stood, done) => (done?.aside ?? asideOf(stood)).map((id) => asideResource(run, id)),
}

const asideResource = (run: Run, id: string): Resource => ({
  kind: 'dataset',
  id,
  region: null,
  host: run.host.name,
  state: 'set aside, not mounted',
  madeByUs: false,
})

/** The datasets that clones have taken the place of, which stay after the run. */
export const setAside = (run: Run): Resource[] =>
  run.answer(pointKey).way === 'clone' ? run.effect(cloneAction).aside.map((id) => asideResource(run, id)) : []

/** What to do with them when they are not needed any more. */
export const afterClone = (run: Run): Next[] =>
  setAside(run).map(({ id }) => ({
    why: `when the restored data has served for a while: destroy what it replaced, ${id}`,
    command: run.onHost(sh`zfs destroy -rv ${id}`),
  }))
