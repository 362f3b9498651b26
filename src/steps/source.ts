import { z } from 'zod'
import { UsageError } from '../text/errors.ts'
import type { Choice } from './step.ts'

const sources = {
  ebs: { label: 'an EBS snapshot', detail: 'the volume, the pool or the zone is lost' },
  dump: { label: 'a dump in S3', detail: 'the service has a dump, or nothing else is left' },
  local: { label: "this host's own zfsnap snapshots", detail: 'a bad deploy, a deleted folder; the pool is healthy' },
} as const

/** Which kind of backup the data comes from. */
export const sourceChoice: Choice<'ebs'> = {
  kind: 'choice',
  id: 'source',
  version: 1,
  needs: ['target'],
  question: 'Where does the data come back from?',
  flag: '--source',
  answeredBy: ['source'],
  why: 'An EBS snapshot holds the whole disk as it was at one moment, pool and zfsnap snapshots included: it is the way back when the disk itself is gone. If the pool is healthy and only some data is wrong, a snapshot inside the pool is nearer; if the service has its own dump, that may be newer.',
  danger: () => 'none',
  answer: z.literal('ebs'),
  async *options() {
    yield { kind: 'option', value: 'ebs', ...sources.ebs }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: ({ flags }) => {
    if (flags.source === undefined || flags.source === 'ebs') return flags.source
    throw new UsageError(
      `--source ${flags.source} (${sources[flags.source].label}) is not supported by this version; --source ebs is`,
    )
  },
  check: async () => [],
}
