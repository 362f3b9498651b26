// What is to be mounted in the end, and what would keep it from being: looked at before the services are stopped, and
// once more when it is done.
import { listZfsMounts, nonEmptyDirectories } from '../remote/linux/disks.ts'
import { listMounts } from '../remote/linux/dataset-users.ts'
import { listDatasets, type Dataset } from '../remote/zfs/dataset.ts'
import { tryKey, type KeyOf } from '../remote/zfs/keys.ts'
import { listLimits, type Limits } from '../remote/zfs/limits.ts'
import { zfsInFstab, type Mounting } from '../remote/zfs/mounting.ts'
import { Refused, type Next } from '../text/errors.ts'
import { few } from '../text/few.ts'
import { sh } from '../text/quote.ts'
import { mountingsOf } from './busy-blockers.ts'
import { asMounted, isBelow } from './point-tree.ts'
import { poolOf } from './pool-at-work.ts'
import { refuseBlockers } from './refuse-blockers.ts'
import type { Blocker } from './rollback-blockers.ts'
import type { Run } from './step.ts'
import { unmountAction } from './unmount.ts'

interface MountPlan {
  /** Parents before children. */
  readonly mounts: readonly Mounting[]
  /** The encryption roots to be unlocked, and from where each has its key. */
  readonly keys: readonly KeyOf[]
}

interface Found {
  readonly datasets: readonly Dataset[]
  readonly limits: ReadonlyMap<string, Limits>
}

/** Of a pool that was there before: what was mounted of it, and is to be again. */
async function mountedBefore(run: Run, datasets: readonly Dataset[]): Promise<Mounting[]> {
  const now = mountingsOf(datasets, await run.do(listMounts()))
  if (!run.began('unmount')) return now
  const { mounted } = run.before(unmountAction)
  return [...now.filter((each) => !mounted.some((one) => one.mountpoint === each.mountpoint)), ...mounted]
}

/** Of a pool that comes from elsewhere: what ZFS or fstab(5) would mount when the host is booted. */
async function mountedAtBoot(run: Run, datasets: readonly Dataset[]): Promise<Mounting[]> {
  const legacy = datasets.filter((each) => each.mountpoint === 'legacy')
  const fstab = legacy.length === 0 ? [] : await run.do(zfsInFstab())
  const said = (each: Dataset) => fstab.find((line) => line.source === each.name)
  const byHand = legacy.filter((each) => /(^|,)noauto(,|$)/.test(said(each)?.options ?? 'noauto'))
  if (byHand.length > 0) {
    const names = few(byHand.map((each) => each.name))
    const one = byHand[0]
    const line = one === undefined ? '' : sh`mount -t zfs ${one.name} ${said(one)?.target ?? '/PLACE'}`
    run.finding('warn', `left unmounted, having a legacy mountpoint that /etc/fstab does not mount: ${names} (${line})`)
  }
  const noauto = datasets.filter((each) => each.canmount === 'noauto' && each.mountpoint.startsWith('/'))
  if (noauto.length > 0)
    run.finding('info', `left unmounted, having canmount=noauto: ${few(noauto.map((each) => each.name))}`)
  return [
    ...datasets
      .filter((each) => each.type === 'filesystem' && each.canmount === 'on' && each.mountpoint.startsWith('/'))
      .map((each) => ({ dataset: each.name, mountpoint: each.mountpoint, legacy: null })),
    ...legacy
      .filter((each) => !byHand.includes(each))
      .map((each) => ({
        dataset: each.name,
        mountpoint: said(each)?.target ?? '',
        legacy: said(each)?.options ?? 'defaults',
      })),
  ]
}

const giveKey = (run: Run, name: string): Next => ({
  why: `give the key of ${name} in a file of this machine, and go on`,
  command: sh`lifeboat resume ${run.id} --secret ${`key:${name}=@FILE`}`,
})

/** A key that is missing, or another one. */
interface KeyProblem {
  readonly code: 'key-missing' | 'key-wrong'
  readonly message: string
  readonly next: readonly Next[]
}

const inFile = (keyLocation: string | null): string | undefined =>
  keyLocation?.startsWith('file://') === true ? keyLocation.slice('file://'.length) : undefined

/** From where an encryption root has its key, loaded or not; undefined where nobody has said it. */
export async function keyOf(
  run: Run,
  root: Dataset,
  keyFormat: string | null,
): Promise<KeyOf | KeyProblem | undefined> {
  const { name, keyLocation } = root
  const atHome: KeyOf = { name, keyLocation, keyFormat }
  const wrong = keyLocation === 'prompt' ? undefined : await run.do(tryKey(atHome))
  if (keyLocation !== 'prompt' && wrong === undefined) return atHome
  if (!run.hasSecret(`key:${name}`)) {
    if (wrong === undefined) return undefined
    const file = inFile(keyLocation)
    return {
      code: 'key-missing',
      message: `${name} is encrypted, and its key can't be had from ${keyLocation}: ${wrong}${file === undefined || run.route === 'local' ? '' : '; that file may have been on the disk that is lost'}`,
      next: [
        giveKey(run, name),
        ...(file === undefined ? [] : [{ why: 'or see to the file', command: run.onHost(sh`ls -l ${file}`) }]),
      ],
    }
  }
  const given: KeyOf = { name, keyLocation: 'prompt', keyFormat }
  const other = await run.do(tryKey(given))
  return other === undefined
    ? given
    : {
        code: 'key-wrong',
        message: `the key that was given for ${name} does not fit: ${other}`,
        next: [giveKey(run, name)],
      }
}

const unloaded = (run: Run, name: string): KeyProblem => ({
  code: 'key-missing',
  message: `${name} was mounted before, and its key is not loaded any more`,
  next: [giveKey(run, name)],
})

/**
 * Unlocks what is to be mounted. Who has a passphrase in mind only may leave a dataset locked, in a pool that comes from
 * elsewhere. @throws Refused
 */
async function keysFor(run: Run, { datasets, limits }: Found, wanted: readonly Mounting[]): Promise<KeyOf[]> {
  const locked = datasets.filter((each) => each.keyStatus === 'unavailable')
  const names = new Set(wanted.map((each) => each.dataset))
  const needed = new Set(locked.filter((each) => names.has(each.name)).map((each) => each.encryptionRoot))
  const keys: KeyOf[] = []
  const problems: KeyProblem[] = []
  for (const root of locked.filter((each) => needed.has(each.name))) {
    const key = await keyOf(run, root, limits.get(root.name)?.keyFormat ?? null)
    if (key === undefined) {
      // What was mounted before is what the services are about to use.
      if (run.route === 'local') problems.push(unloaded(run, root.name))
      continue
    }
    if ('code' in key) problems.push(key)
    else keys.push(key)
  }
  const [first] = problems
  if (first === undefined) return keys
  throw new Refused({
    code: first.code,
    message: problems.map((each) => each.message).join('; '),
    notChanged: ['no key was loaded and nothing was mounted'],
    next: problems.flatMap((each) => each.next),
  })
}

/** The datasets that stay locked are told by the root whose key nobody has given. */
function tellLocked(run: Run, { datasets }: Found, keys: readonly KeyOf[]): void {
  const left = datasets.filter(
    (each) => each.keyStatus === 'unavailable' && !keys.some((key) => key.name === each.encryptionRoot),
  )
  for (const [root, those] of Map.groupBy(left, (each) => each.encryptionRoot ?? each.name))
    run.finding(
      'warn',
      `${few(those.map((each) => each.name))} ${those.length === 1 ? 'is' : 'are'} encrypted and the key is not loaded: not mounted; ${sh`--secret ${`key:${root}=@FILE`}`} gives it`,
    )
}

interface MountBlocker extends Blocker {
  readonly code: string
}

async function blockersOf(run: Run, { limits }: Found, mounts: readonly Mounting[]): Promise<MountBlocker[]> {
  // What is mounted at one place twice was so before, in a pool that was here before.
  const sought = run.route === 'local' ? [] : mounts
  const twice = sought.filter((each, at) => sought.findIndex((one) => one.mountpoint === each.mountpoint) !== at)
  const there = await run.do(listZfsMounts())
  const mounted = (each: Mounting): boolean =>
    there.some((one) => one.source === each.dataset && one.target === each.mountpoint)
  const toBeMade = mounts.filter((each) => !mounted(each))
  const taken = there.filter((one) =>
    toBeMade.some((each) => each.mountpoint === one.target && each.dataset !== one.source),
  )
  // What is in a directory of a dataset that is mounted first is not seen yet.
  const onRoot = toBeMade.filter(
    (each) => !mounts.some((one) => one !== each && isBelow(each.mountpoint, one.mountpoint)),
  )
  const full = new Set(await run.do(nonEmptyDirectories(onRoot.map((each) => each.mountpoint))))
  const covered = onRoot.filter((each) => full.has(each.mountpoint))
  const hidden = covered.filter((each) => limits.get(each.dataset)?.overlay !== false || each.legacy !== null)
  if (hidden.length > 0)
    run.finding(
      'warn',
      `not empty on the root disk, and hidden by what is mounted there: ${few(hidden.map((each) => each.mountpoint))}`,
    )
  return [
    ...twice.map(({ dataset, mountpoint }) => ({
      code: 'mountpoint-clash',
      what: `two datasets have the mountpoint ${mountpoint}; one of them is ${dataset}`,
      how: 'keep one of them from being mounted',
      line: sh`zfs set canmount=noauto ${dataset}`,
    })),
    ...taken.map(({ source, target }) => ({
      code: 'mountpoint-taken',
      what: `${target} is the mount of ${source} already`,
      how: 'unmount it, if nobody needs it there',
      line: sh`umount ${target}`,
    })),
    ...covered
      .filter((each) => !hidden.includes(each))
      .map(({ dataset, mountpoint }) => ({
        code: 'mountpoint-not-empty',
        what: `${mountpoint} is not empty on the root disk, and ${dataset} has overlay=off, so that ZFS does not mount it there`,
        how: 'move away what is there, or let it be hidden',
        line: sh`zfs set overlay=on ${dataset}`,
      })),
  ]
}

/** Looks what is to be mounted, with which keys. @throws Refused where that can't be */
export async function planMounts(run: Run): Promise<MountPlan> {
  const { pool } = poolOf(run)
  const found: Found = {
    datasets: (await run.do(listDatasets(pool))).map((each) => asMounted(run, each)),
    limits: await run.do(listLimits(pool)),
  }
  const wanted = await (run.route === 'local' ? mountedBefore : mountedAtBoot)(run, found.datasets)
  const keys = await keysFor(run, found, wanted)
  tellLocked(run, found, keys)
  const locked = new Set(
    found.datasets
      .filter((each) => each.keyStatus === 'unavailable' && !keys.some((key) => key.name === each.encryptionRoot))
      .map((each) => each.name),
  )
  const mounts = wanted
    .filter((each) => !locked.has(each.dataset))
    .toSorted((a, b) => Number(a.mountpoint > b.mountpoint) - Number(a.mountpoint < b.mountpoint))
  const blockers = await blockersOf(run, found, mounts)
  refuseBlockers(run, blockers, blockers[0]?.code, 'nothing was mounted')
  return { mounts, keys }
}
