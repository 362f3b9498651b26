import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { PreflightError, UsageError } from '../text/errors.ts'
import { many } from '../text/many.ts'
import { sh } from '../text/quote.ts'
import { age, parseInstant, utcMinute } from '../text/time.ts'
import { isCold } from './dumps/archive.ts'
import { contentsIn } from './dumps/contents.ts'
import { digestOf } from './dumps/digest.ts'
import { dumpKey, type Dump } from './dumps/dump-answer.ts'
import { dumpsAmong, type JudgedDump, type Source } from './dumps/find-dumps.ts'
import { onlyByHand } from './dumps/kinds.ts'
import { isSamePrefix, parseS3Url, s3Url } from './dumps/s3-url.ts'
import { demandRecipe } from './recipes/recipes.ts'
import { targetHostKey } from './target-host.ts'
import { fact, type Choice, type Finding, type Option, type Run } from './step.ts'

const messages = ({ doubts }: JudgedDump, level: 'blocks' | 'doubt' | 'note'): string[] =>
  doubts.filter((each) => each.level === level).map(({ message }) => message)

/** What is lost with this one that newer ones would have. @param newer of the same series, the newest first */
function passedOver({ dump }: JudgedDump, newer: readonly JudgedDump[]): string[] {
  const [newest] = newer
  if (newest === undefined) return []
  const how = newer.length === 1 ? 'a newer dump is' : `${newer.length} newer dumps are`
  const why = [...messages(newest, 'blocks'), ...messages(newest, 'doubt')][0]
  return [
    `${how} passed over; the newest is of ${newest.dump.at}, ${age(dump.at, newest.dump.at)} later${why === undefined ? '' : `: ${why}`}`,
  ]
}

function answerOf(run: Run, found: JudgedDump, all: readonly JudgedDump[]): Dump {
  const { source, region, dump } = found
  const newer = all.filter(({ dump: each }) => each.series === dump.series && each.at > dump.at)
  return {
    bucket: source.bucket,
    region,
    prefix: dump.prefix,
    asOf: dump.asOf,
    increments: dump.point?.depth ?? null,
    at: dump.at,
    // One of another kind can't be chosen: here it is no more than its files.
    kind: onlyByHand(dump.kind, run.host.recipes) === undefined ? dump.kind : 'folder',
    writtenAt:
      dump.objects
        .map(({ modifiedAt }) => modifiedAt)
        .toSorted()
        .at(-1) ?? dump.at,
    objects: dump.objects.length,
    bytes: dump.bytes,
    digest: digestOf(dump.objects),
    cold: dump.objects.filter((each) => isCold(each, run.now())).length,
    storageClass: [...new Set(dump.objects.map(({ storageClass }) => storageClass))].toSorted().join(', '),
    doubts: messages(found, 'doubt'),
    notes: [...messages(found, 'note'), ...passedOver(found, newer)],
    entry: source.entry,
  }
}

function optionOf(run: Run, found: JudgedDump, all: readonly JudgedDump[]): Option<Dump> {
  const { source, dump } = found
  const value = answerOf(run, found, all)
  const blocked = messages(found, 'blocks')
  const label = [
    `${age(dump.at, run.now())} old`,
    `${utcMinute(dump.at)} UTC`,
    bytes(dump.bytes),
    many(dump.objects.length, 'object'),
    dump.kind,
    dump.asOf === null ? '' : `as of ${utcMinute(dump.asOf)}`,
    dump.point?.label ?? '',
    source.entry ?? source.bucket,
    value.doubts.length === 0 ? '' : 'in doubt',
    value.storageClass,
  ]
  const point = dump.point === null ? [] : [dump.point.label]
  const detail = [s3Url({ ...source, prefix: dump.prefix }), ...point, ...value.doubts, dump.why, ...value.notes]
  return {
    kind: 'option',
    value,
    // Two spaces part the columns.
    label: label
      .filter((part) => part !== '')
      .map((part) => oneLine(part).replaceAll(/ {2,}/g, ' '))
      .join('  '),
    detail: oneLine(detail.join('; ')),
    ...(blocked.length === 0 ? {} : { disabled: oneLine(blocked.join('; ')) }),
  }
}

const writeEntry =
  "which dumps are this host's? Give --dump s3://BUCKET/PREFIX, or write [[hosts.dumps]] with name and from into the config"

const isBelow = (prefix: string, folder: string): boolean =>
  prefix === folder || prefix.startsWith(folder === '' ? '' : folder.replace(/\/?$/, '/'))

/** Where is looked: at the URL that was given, or at all that the config names. @throws UsageError */
function sourcesOf({ flags, host }: Pick<Run, 'flags' | 'host'>): Source[] {
  const { dump: wanted, dumpKind } = flags
  if (dumpKind !== undefined) demandRecipe(host, dumpKind)
  const entries = host.dumps.flatMap(({ name, from, kind }) => {
    const place = parseS3Url(from)
    return place === undefined ? [] : [{ ...place, entry: name, kind: dumpKind ?? kind }]
  })
  if (wanted === undefined || wanted === 'latest') {
    if (entries.length === 0) throw new UsageError(writeEntry)
    return entries
  }
  const place = parseS3Url(wanted)
  if (place === undefined) throw new UsageError(`--dump ${oneLine(wanted)} is neither latest nor s3://BUCKET/PREFIX`)
  const within = entries.find((each) => each.bucket === place.bucket && isBelow(place.prefix, each.prefix))
  return [
    {
      ...place,
      entry: within?.entry ?? null,
      kind: dumpKind ?? within?.kind,
      ...(within === undefined ? {} : { among: within }),
    },
  ]
}

async function optionsAt(run: Run, source: Source): Promise<Option<Dump>[]> {
  const { timeZone } = run.answer(targetHostKey)
  const asOf = run.flags.dumpAsOf
  const all = await dumpsAmong(run, source, asOf && parseInstant(asOf, timeZone).toISOString())
  return all.map((each) => optionOf(run, each, all))
}

const bySureness = (seen: readonly Option<Dump>[]): Option<Dump> | undefined =>
  seen
    .filter(({ value, disabled }) => disabled === undefined && value.doubts.length === 0)
    .toSorted((a, b) => b.value.at.localeCompare(a.value.at))[0]

const listing = (places: readonly Pick<Source, 'bucket' | 'prefix'>[]) =>
  places.map(({ bucket, prefix }) => ({
    why: 'see what is there',
    command: sh`aws s3 ls --recursive --human-readable ${s3Url({ bucket, prefix })}`,
  }))

/** The newest dump that is whole and of no doubt. @throws UsageError, PreflightError */
function latest(run: Run, seen: readonly Option<Dump>[]): Dump {
  const sources = sourcesOf(run)
  if (sources.length > 1) {
    const names = sources.map(({ entry }) => entry).join(', ')
    throw new UsageError(`--dump latest of which? The config names ${names}: give --dump s3://BUCKET/PREFIX`)
  }
  const found = bySureness(seen)
  if (found !== undefined) return found.value
  const [newest] = seen
  const why = newest?.disabled ?? newest?.value.doubts.join('; ')
  throw new PreflightError({
    code: 'no-usable-dump',
    message:
      newest === undefined
        ? `there are no dumps below ${sources.map((each) => s3Url(each)).join(', ')}`
        : `none of the ${many(seen.length, 'dump')} is whole and of no doubt; the newest, of ${newest.value.at}: ${why}`,
    notChanged: ['nothing was changed'],
    next: [
      ...listing(sources),
      ...(newest === undefined || newest.disabled !== undefined
        ? []
        : [
            {
              why: 'or take that one all the same',
              command: sh`lifeboat restore --host ${run.host.name} --source dump --dump ${s3Url(newest.value)}`,
            },
          ]),
    ],
  })
}

/** How what was deleted can still be had. */
const asItWas = (run: Run, url: string, [newest]: readonly Option<Dump>[]) =>
  newest === undefined || newest.value.asOf === null
    ? []
    : [
        {
          why: 'it was deleted, and its versions are kept: take it as it was before',
          command: sh`lifeboat restore --host ${run.host.name} --source dump --dump ${url} --dump-as-of ${newest.value.asOf}`,
        },
      ]

/** The one dump that a URL names; undefined where there are several below it. @throws PreflightError */
function named(run: Run, url: string, seen: readonly Option<Dump>[]): Dump | undefined {
  const place = parseS3Url(url)
  if (place === undefined) throw new UsageError(`${oneLine(url)} is not s3://BUCKET/PREFIX`)
  // What was written over or deleted is only taken by the moment that was named.
  const standing = seen.filter(({ value }) => run.flags.dumpAsOf !== undefined || value.asOf === null)
  const exactly = standing.filter(({ value }) => isSamePrefix(value.prefix, place.prefix))
  const one = exactly.length === 1 ? exactly[0] : standing.length === 1 ? standing[0] : undefined
  if (one === undefined && standing.length > 0) return undefined
  if (one?.disabled === undefined && one !== undefined) return one.value
  throw new PreflightError({
    code: one === undefined ? 'dump-not-found' : 'dump-unusable',
    message:
      one === undefined
        ? `there is nothing at ${oneLine(url)}${seen.length > 0 ? ' now' : ''}`
        : `${oneLine(url)} can't be restored now: ${one.disabled}`,
    notChanged: ['nothing was changed'],
    next: [...asItWas(run, url, seen), ...listing([place])],
  })
}

/** Which dump the data comes from. */
export const dumpChoice: Choice<Dump> = {
  kind: 'choice',
  ...dumpKey,
  id: 'dump',
  version: 1,
  needs: ['target', 'source'],
  question: 'Which dump should be restored?',
  flag: '--dump',
  answeredBy: ['dump', 'dumpAsOf', 'dumpKind'],
  why: 'A dump is what a service wrote of its data at one time; everything later is not in it. Its date is read from its name, for names such as 04-25-2020 sort wrongly. That a prefix exists does not mean that its upload ended: each dump is compared with those before it, and what is much smaller, still being uploaded, written over or archived is said to be so.',
  danger: () => 'none',
  // What is said of it grows older with the clock.
  lasting: (answer) => ({ ...answer, doubts: [], notes: [] }),
  async *options(run) {
    // Then somebody who is there can still say where it is.
    if (run.flags.dump === undefined && run.host.dumps.length === 0) return yield fact(writeEntry)
    for (const source of sourcesOf(run)) {
      const options = await optionsAt(run, source)
      if (options.length === 0) yield fact(oneLine(`there are no dumps below ${s3Url(source)}`))
      yield* options
    }
  },
  suggested: (_run, seen) => bySureness(seen),
  fromFlags(run, seen) {
    const wanted = run.flags.dump
    if (wanted === undefined) return undefined
    return wanted === 'latest' ? latest(run, seen) : named(run, wanted, seen)
  },
  contents: contentsIn,
  typed: {
    what: 'the place of another dump (s3://BUCKET/PREFIX)',
    async read(run, text) {
      const url = text.trim()
      if (parseS3Url(url) === undefined) throw new UsageError(`${oneLine(url)} is not s3://BUCKET/PREFIX`)
      const [source] = sourcesOf({ host: run.host, flags: { ...run.flags, dump: url } })
      const found = named(run, url, source === undefined ? [] : await optionsAt(run, source))
      if (found === undefined) throw new UsageError(`there are several dumps below ${oneLine(url)}: name one of them`)
      return found
    },
  },
  check(_run, { at, bucket, prefix, doubts, notes }): Promise<Finding[]> {
    const written = oneLine(`everything written after ${at} is not in ${s3Url({ bucket, prefix })}`)
    return Promise.resolve([
      { level: 'info', message: written },
      ...[...doubts, ...notes].map((message): Finding => ({ level: 'warn', message: oneLine(message) })),
    ])
  },
}
