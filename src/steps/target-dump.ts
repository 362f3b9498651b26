// The host that gets data back from a dump. It may have no ZFS at all.
import type { z } from 'zod'
import { parseS3Url } from './dumps/s3-url.ts'
import { fact, type Choice, type Finding, type Option, type Run } from './step.ts'
import { lookAtHost, notHeldBack, targetHost } from './target-host.ts'

/** Where the dumps may be, as far as it was said. */
function bucketsOf({ flags, host }: Run): string[] {
  const urls = [...host.dumps.map(({ from }) => from), ...(flags.dump === undefined ? [] : [flags.dump])]
  return [...new Set(urls.flatMap((url) => parseS3Url(url)?.bucket ?? []))]
}

type DumpTarget = z.infer<typeof targetHost>

/** Which machine gets its data back from a dump in S3. */
export const dumpTargetChoice: Choice<DumpTarget> = {
  kind: 'choice',
  id: 'target',
  version: 1,
  needs: [],
  question: 'Which host gets its data back?',
  flag: '--host',
  answeredBy: ['host', 'takeOver'],
  why: 'The dump is fetched by the host itself, checked there, and put in the place of what it has now. What would stop that later (no tool for it, somebody else at work) is cheaper to find now, while nothing has been changed.',
  danger: () => 'none',
  answer: targetHost,
  async *options(run) {
    const value = yield* lookAtHost(run, { zfs: 'maybe', buckets: bucketsOf(run) })
    yield fact('what is there now stays beside what comes from the dump')
    yield { kind: 'option', label: run.host.name, value }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: (_run, seen: readonly Option<DumpTarget>[]) => seen[0]?.value,
  check: (run, answer): Promise<Finding[]> => notHeldBack(run, answer),
}
