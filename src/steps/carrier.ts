import { z } from 'zod'
import { addressOfHost, probeFetch } from '../remote/linux/staging.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { PreflightError } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { chosenObjects } from './dumps/objects.ts'
import { s3Url } from './dumps/s3-url.ts'
import { fact, type Choice, type Fact, type Option, type Run } from './step.ts'

const carriers = ['host', 'ssh'] as const

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

async function* options(run: Run): AsyncGenerator<Fact | Option<Carrier>> {
  const refused = await refusalOf(run)
  const size = bytes(run.answer(dumpKey).bytes)
  yield fact(refused ?? 'the host gets objects of it from S3 by itself')
  yield {
    kind: 'option',
    value: 'host',
    label: 'the host, by signed URLs',
    detail: 'nothing goes over your link, and the host needs no credentials',
    ...(refused === undefined ? {} : { disabled: refused }),
  }
  yield {
    kind: 'option',
    value: 'ssh',
    label: 'this machine, which passes it on over ssh',
    detail: `${size} come and go over your link; what has arrived is kept when it is lost`,
  }
}

/** What else was said of the dump: without it another one would be restored, or elsewhere. */
function sameDump(run: Run): string[] {
  const { flags } = run
  const { asOf } = run.answer(dumpKey)
  return [
    ...(asOf === null ? [] : ['--dump-as-of', asOf]),
    ...(flags.dumpKind === undefined ? [] : ['--dump-kind', flags.dumpKind]),
    ...(flags.to === undefined ? [] : ['--to', flags.to]),
  ]
}

/** Who fetches the dump from S3. */
export const carrierChoice: Choice<Carrier> = {
  kind: 'choice',
  id: 'carrier',
  version: 1,
  needs: ['dump'],
  question: 'Who fetches the dump from S3?',
  flag: '--fetch',
  answeredBy: ['fetch'],
  why: 'The host is nearer to S3 than you are, and needs nothing but a signed URL for each object. Where it has no way out, or a policy lets only some addresses in, this machine fetches the dump and passes it on over the connection that there is: twice over your link, and only when you say so.',
  danger: () => 'none',
  answer: z.enum(carriers),
  options,
  suggested: (_run, seen) => seen.find(({ value, disabled }) => value === 'host' && disabled === undefined),
  fromFlags(run, seen) {
    const refused = seen.find(({ value }) => value === 'host')?.disabled
    const wanted = run.flags.fetch
    // Of what nobody decides about, it is said why it can't go on.
    if (refused === undefined || wanted === 'ssh' || (wanted === undefined && !run.flags.yes)) return wanted
    const dump = run.answer(dumpKey)
    throw new PreflightError({
      code: 's3-refused-host',
      message: refused,
      notChanged: ['nothing was changed'],
      next: [
        {
          why: 'see from which address the host asks: a policy with aws:SourceIp has to allow it',
          command: run.onHost('curl -s https://checkip.amazonaws.com'),
        },
        {
          why: 'or fetch it here, and pass it on over ssh',
          command: sh`lifeboat restore --host ${run.host.name} --source dump --dump ${s3Url(dump)} ${sameDump(run)} --fetch ssh`,
        },
      ],
    })
  },
  check: async () => [],
}

/** Whether what is fetched goes through this machine. */
export const passesThroughHere = (run: Run): boolean => run.answer(carrierChoice) === 'ssh'
