// What lies in an archive: how it comes back, how soon and for how much.
import type { RetrievalTier, StoredObject } from '../../remote/aws/s3.ts'

interface Retrieval {
  readonly tier: RetrievalTier
  /** In words. */
  readonly takes: string
  /** US dollars in us-east-1, for a GB and for a thousand requests (Amazon S3 pricing): other regions differ little. */
  readonly perGb: number
  readonly perThousand: number
}

/** Amazon S3 User Guide, "Understanding archive retrieval options". What a class has no speed for, can't be asked of it. */
const retrievals: ReadonlyMap<string, readonly Retrieval[]> = new Map([
  [
    'GLACIER',
    [
      { tier: 'Standard', takes: '3 to 5 hours', perGb: 0.01, perThousand: 0.05 },
      { tier: 'Bulk', takes: '5 to 12 hours', perGb: 0, perThousand: 0 },
      { tier: 'Expedited', takes: '1 to 5 minutes, from 250 MB on longer', perGb: 0.03, perThousand: 10 },
    ],
  ],
  [
    'DEEP_ARCHIVE',
    [
      { tier: 'Standard', takes: 'within 12 hours', perGb: 0.02, perThousand: 0.1 },
      { tier: 'Bulk', takes: 'within 48 hours', perGb: 0.0025, perThousand: 0.025 },
    ],
  ],
])

type Archived = Pick<StoredObject, 'storageClass' | 'copy'>

/** Whether it can't be read now: its class is an archive's, and no copy of it is there. */
export function isCold({ storageClass, copy }: Archived, now: Date): boolean {
  if (!retrievals.has(storageClass)) return false
  return copy === null || copy.underway || copy.until === null || Date.parse(copy.until) <= now.getTime()
}

/** The speeds that all of these classes have. Of several classes the slowest counts. */
export function retrievalsOf(storageClasses: readonly string[]): readonly Retrieval[] {
  const each = storageClasses.flatMap((name) => retrievals.get(name) ?? [])
  const slowest = retrievals.get(storageClasses.includes('DEEP_ARCHIVE') ? 'DEEP_ARCHIVE' : 'GLACIER') ?? []
  return slowest.filter(({ tier }) => each.some((other) => other.tier === tier))
}

/** How soon a class comes back, in words: `Standard 3 to 5 hours, Bulk …`. */
export const speedsOf = (storageClass: string): string =>
  (retrievals.get(storageClass) ?? []).map(({ tier, takes }) => `${tier} ${takes}`).join(', ')

/** US dollars, in us-east-1. */
export const retrievalPrice = ({ perGb, perThousand }: Retrieval, objects: number, bytes: number): number =>
  (bytes / 1e9) * perGb + (objects / 1000) * perThousand
