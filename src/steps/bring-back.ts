import { z } from 'zod'
import { restoreObject, retrievalTiers, type RetrievalTier, type StoredObject } from '../remote/aws/s3.ts'
import { bytes } from '../text/bytes.ts'
import { AwsError } from '../text/errors.ts'
import { many } from '../text/many.ts'
import { isCold, retrievalPrice, retrievalsOf } from './dumps/archive.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { storedObjects } from './dumps/objects.ts'
import type { Action, Choice, Option, Run } from './step.ts'

const archived = (run: Run): boolean => run.answer(dumpKey).cold > 0

/** For so many days the copies stay: enough for a weekend. */
const days = 7

/** How soon S3 has to bring back what is archived. */
export const tierChoice: Choice<RetrievalTier> = {
  kind: 'choice',
  id: 'tier',
  version: 1,
  needs: ['dump'],
  question: 'How fast shall S3 bring it back from the archive?',
  flag: '--retrieval',
  answeredBy: ['retrieval'],
  why: `An archived object can't be read: S3 has to make a copy of it first, which takes minutes to two days and costs by speed. The copies stay for ${days} days beside the archived objects, and go by themselves. Lifeboat can be left meanwhile: resume goes on with the same dump.`,
  danger: () => 'none',
  answer: z.enum(retrievalTiers),
  applies: archived,
  aside: true,
  async *options(run): AsyncGenerator<Option<RetrievalTier>> {
    const dump = run.answer(dumpKey)
    for (const each of retrievalsOf(dump.storageClass.split(', '))) {
      const price = retrievalPrice(each, dump.cold, dump.bytes)
      const costs = price === 0 ? 'free' : `about USD ${price.toFixed(2)} (us-east-1's price)`
      yield { kind: 'option', value: each.tier, label: `${each.tier}  ${each.takes}  ${costs}` }
    }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: ({ flags }) => flags.retrieval,
  check: async () => [],
}

const coldNow = async (run: Run): Promise<StoredObject[]> =>
  (await storedObjects(run)).filter((each) => isCold(each, run.now()))

const before = z.object({
  /** What was not asked for yet. */
  cold: z.array(z.object({ key: z.string(), versionId: z.string().nullable() })),
})

const request = (run: Run, { key, versionId }: { key: string; versionId: string | null }) =>
  restoreObject({ bucket: run.answer(dumpKey).bucket, key, versionId }, days, run.answer(tierChoice))

/** So many requests at a time: S3 takes thousands a second. */
const atOnce = 16

/** Asks for one. That somebody else has asked for it meanwhile is as good. */
async function ask(run: Run, object: { key: string; versionId: string | null }): Promise<void> {
  try {
    await run.do(request(run, object))
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'RestoreAlreadyInProgress')) throw error
  }
}

const effect = z.object({ objects: z.number() })

/** Waits until every object of the dump can be read, having asked S3 for those in an archive. */
export const bringBackAction: Action<z.infer<typeof before>, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'bring-back',
  version: 1,
  needs: ['dump', 'tier'],
  title: 'bring the dump back from the archive',
  why: `S3 makes a copy of each archived object that can be read for ${days} days. The archived objects stay as they are. Nothing on the host is touched or held back until all of it is there.`,
  danger: 'low',
  aside: true,
  applies: archived,
  before,
  effect,
  holdsUntil: 'check-dump',
  renews: true,
  commands(run, stood) {
    const dump = run.answer(dumpKey)
    const named = { key: `${dump.prefix}${dump.prefix.endsWith('/') ? '…' : ''}`, versionId: null }
    return (stood?.cold ?? [named]).map((each) => request(run, each))
  },
  async survey(run) {
    const cold = await coldNow(run)
    const unasked = cold.filter(({ copy }) => copy?.underway !== true)
    return {
      cold: unasked.map((each) => ({ key: each.key, versionId: 'versionId' in each ? String(each.versionId) : null })),
    }
  },
  async find(run) {
    const cold = await coldNow(run)
    return cold.length === 0 ? { state: 'present', effect: { objects: run.answer(dumpKey).cold } } : { state: 'absent' }
  },
  async perform(run, stood) {
    const unasked = new Set((await coldNow(run)).flatMap((each) => (each.copy?.underway === true ? [] : [each.key])))
    const cold = stood.cold.filter(({ key }) => unasked.has(key))
    for (let at = 0; at < cold.length; at += atOnce) {
      run.report({ done: at, total: cold.length, unit: 'requests', waitingFor: 'S3 to take the requests' })
      await Promise.all(cold.slice(at, at + atOnce).map((each) => ask(run, each)))
    }
    const { storageClass } = run.answer(dumpKey)
    const takes = retrievalsOf(storageClass.split(', ')).find(({ tier }) => tier === run.answer(tierChoice))?.takes
    const waitingFor = `S3 to bring ${many(run.answer(dumpKey).cold, 'object')} back (${takes ?? 'hours'}); you may leave, resume goes on here`
    await run.until(
      waitingFor,
      async () => {
        const left = await coldNow(run)
        run.report({
          waitingFor,
          done: run.answer(dumpKey).cold - left.length,
          total: run.answer(dumpKey).cold,
          unit: 'objects',
        })
        return left.length === 0 ? true : undefined
      },
      { everyMs: 60_000, withinMs: 72 * 3_600_000 },
    )
    return { objects: run.answer(dumpKey).cold }
  },
  async verify(run) {
    const left = await coldNow(run)
    if (left.length === 0) return []
    const size = left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return [
      {
        level: 'error',
        message: `${many(left.length, 'object')} (${bytes(size)}) can't be read: the copies are gone again`,
      },
    ]
  },
}
