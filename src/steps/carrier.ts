import { z } from 'zod'
import { addressOfHost, probeFetch } from '../remote/linux/staging.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { PreflightError, type Next } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { chosenObjects } from './dumps/objects.ts'
import { s3Url } from './dumps/s3-url.ts'
import { noRoomToStage } from './dumps/staging.ts'
import { recipeOf } from './recipes/recipes.ts'
import { fact, type Choice, type Fact, type Option, type Run } from './step.ts'

const carriers = ['host', 'ssh', 'stream'] as const

type Carrier = (typeof carriers)[number]

/** Why the host can't fetch for itself; undefined where it can, or where nobody can try yet. */
async function refusalOf(run: Run): Promise<string | undefined> {
  const dump = run.answer(dumpKey)
  if (dump.cold > 0) return undefined
  const [largest] = (await chosenObjects(run)).toSorted((a, b) => b.size - a.size)
  if (largest === undefined || largest.size === 0) return undefined
  const { key, versionId } = largest
  const { bucket, region } = dump
  const first = { bucket, region, key, versionId, etag: null, from: 0, to: 0, output: '/dev/null' }
  const { code, statuses, stderr } = await run.do(probeFetch(first))
  // What was deleted since it was listed tells nothing of the way: fetching it will say so.
  if (code === 0 || statuses.includes('404')) return undefined
  const said = oneLine(stderr).slice(-200) || `curl ended with ${code}`
  if (!statuses.includes('403')) return `${run.host.name} does not get through to S3: ${said}`
  const address = await run.do(addressOfHost())
  const from = address === null ? 'its address' : `the address ${address}`
  return `S3 refuses the object to ${run.host.name}, which asks from ${from}: does a policy allow it (aws:SourceIp)?`
}

const because = (why: string | undefined) => (why === undefined ? {} : { disabled: why })

/** Why this kind of dump can't be streamed; undefined where it can. */
function unstreamable(run: Run): string | undefined {
  const { kind, staged } = recipeOf(run)
  return staged === undefined ? undefined : `a dump of kind ${kind} can't be streamed: ${staged}`
}

/** What streaming is, to somebody who has no room. */
export const howToStream =
  'or stream it: the host reads it from S3 twice, to check it and to put it in place, and keeps none of it'

async function* options(run: Run): AsyncGenerator<Fact | Option<Carrier>> {
  const refused = await refusalOf(run)
  const noRoom = await noRoomToStage(run)
  const size = bytes(run.answer(dumpKey).bytes)
  yield fact(refused ?? 'the host gets objects of it from S3 by itself')
  if (noRoom !== undefined) yield fact(`there is no room to stage it: ${noRoom}`)
  yield {
    kind: 'option',
    value: 'host',
    label: 'the host, by signed URLs',
    detail: 'nothing goes over your link, and the host needs no credentials',
    ...because(refused ?? noRoom),
  }
  yield {
    kind: 'option',
    value: 'ssh',
    label: 'this machine, which passes it on over ssh',
    detail: `${size} come and go over your link; what has arrived is kept when it is lost`,
    ...because(noRoom),
  }
  if (noRoom === undefined && run.flags.fetch !== 'stream') return
  yield {
    kind: 'option',
    value: 'stream',
    label: 'the host, which keeps none of it: it is streamed, once to check it, once to put it in place',
    detail: `S3 has to be reached until it is in place; what breaks for longer than minutes begins again, with all ${size}`,
    ...because(refused ?? unstreamable(run)),
  }
}

/** What else was said of the dump: without it another one would be restored, or elsewhere. */
function sameDump(run: Run): string[] {
  const { flags } = run
  const { asOf } = run.answer(dumpKey)
  return [
    ...(asOf === null ? [] : ['--dump-as-of', asOf]),
    ...(flags.dumpKind === undefined ? [] : ['--dump-kind', flags.dumpKind]),
    ...(flags.only === undefined ? [] : [`--only=${flags.only}`]),
    ...(flags.to === undefined ? [] : ['--to', flags.to]),
  ]
}

const again = (run: Run): string =>
  sh`lifeboat restore --host ${run.host.name} --source dump --dump ${s3Url(run.answer(dumpKey))} ${sameDump(run)}`.trimEnd()

const stagedElsewhere = (run: Run, ...flags: readonly string[]): Next => ({
  why: 'name a folder of the host with room as "staging" in the config, then',
  command: [again(run), ...flags].join(' '),
})

/** What there is to do where there is no room. */
const roomElsewhere = (run: Run): Next[] => [
  stagedElsewhere(run, ...(run.flags.fetch === undefined ? [] : ['--fetch', run.flags.fetch])),
  ...(unstreamable(run) === undefined ? [{ why: howToStream, command: `${again(run)} --fetch stream` }] : []),
]

const refusal = (code: string, message: string, next: readonly Next[]): PreflightError =>
  new PreflightError({ code, message, notChanged: ['nothing was changed'], next })

/** Who fetches the dump from S3. */
export const carrierChoice: Choice<Carrier> = {
  kind: 'choice',
  id: 'carrier',
  version: 1,
  needs: ['dump'],
  question: 'Who fetches the dump from S3?',
  flag: '--fetch',
  answeredBy: ['fetch'],
  why: 'The host is nearer to S3 than you are, and needs nothing but a signed URL for each object. Where it has no way out, or a policy lets only some addresses in, this machine fetches the dump and passes it on over the connection that there is: twice over your link, and only when you say so. Where the host has no room to keep the dump, it can read it from S3 twice instead: once to check all of it, and once more while it is put in place.',
  danger: () => 'none',
  answer: z.enum(carriers),
  options,
  suggested: (_run, seen) => seen.find(({ value, disabled }) => value === 'host' && disabled === undefined),
  fromFlags(run, seen) {
    const wanted = run.flags.fetch
    const why = seen.find(({ value }) => value === (wanted ?? 'host'))?.disabled
    // Of what nobody decides about, it is said why it can't go on.
    if (why === undefined || (wanted === undefined && !run.flags.yes)) return wanted
    // What is passed on over ssh is only ever refused for want of room.
    const noRoom = seen.find(({ value }) => value === 'ssh')?.disabled
    if (why === unstreamable(run)) throw refusal('cannot-stream', why, [stagedElsewhere(run)])
    if (why === noRoom) throw refusal('no-room', why, roomElsewhere(run))
    throw refusal('s3-refused-host', why, [
      {
        why: 'see from which address the host asks: a policy with aws:SourceIp has to allow it',
        command: run.onHost('curl -s https://checkip.amazonaws.com'),
      },
      ...(noRoom === undefined
        ? [{ why: 'or fetch it here, and pass it on over ssh', command: `${again(run)} --fetch ssh` }]
        : [stagedElsewhere(run, '--fetch', 'ssh')]),
    ])
  },
  check: async () => [],
}

/** Whether what is fetched goes through this machine. */
export const passesThroughHere = (run: Run): boolean => run.answer(carrierChoice) === 'ssh'

/** Whether nothing is fetched beforehand: the host reads the dump from S3 as it is needed. */
export const isStreamed = (run: Run): boolean => run.answer(carrierChoice) === 'stream'
