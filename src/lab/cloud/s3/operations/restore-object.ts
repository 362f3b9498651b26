import { noteTrouble } from '../../state/cloud-state.ts'
import { readDocument } from '../protocol/documents.ts'
import { invalidArgument, S3Error } from '../protocol/s3-error.ts'
import { changeVersion, isArchive, restoreOf } from '../store/objects.ts'
import type { ObjectVersion } from '../store/objects.ts'
import { findObject } from './find.ts'
import { nothing } from './operation.ts'
import type { Operation } from './operation.ts'

const dayMs = 86_400_000
const tiers = ['Expedited', 'Standard', 'Bulk']

/**
 * Brings a copy out of the archive for some days, or changes for how many it stays.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
 */
export const restoreObject: Operation = {
  name: 'RestoreObject',
  async run(call, bucket) {
    const { now, state } = call
    const { key, query } = call.target
    call.allow('s3:RestoreObject', bucket, key)
    const version = findObject(call, { bucket, key, versionId: query.get('versionId') })
    const { days, tier } = readRequest(await call.incoming.text(), version.archiveStatus !== null)
    if (!isArchive(version)) {
      const message = "Restore is not allowed for the object's current storage class"
      throw new S3Error('InvalidObjectState', { message, details: { StorageClass: version.storageClass } })
    }
    if (
      tier === 'Expedited' &&
      (version.storageClass === 'DEEP_ARCHIVE' || version.archiveStatus === 'DEEP_ARCHIVE_ACCESS')
    ) {
      throw invalidArgument('Tier', tier, 'Retrieval option is not supported by this storage class')
    }
    const before = restoreOf(version, now)
    if (before !== null && before.expiresAt === null) throw new S3Error('RestoreAlreadyInProgress')
    if (before !== null) {
      changeVersion(bucket, key, version, arrived(before.requestedAt, now, days))
      return nothing(200)
    }
    changeVersion(bucket, key, version, { restore: { requestedAt: now, expiresAt: null } })
    const { background, delays } = state.cloud
    background.start(
      async () => {
        await background.pause(delays.restoreObjectMs)
        changeVersion(bucket, key, version, arrived(now, state.cloud.now(), days))
      },
      (error) => noteTrouble(state.cloud, `${bucket.name}/${key}`, error),
    )
    return nothing(202)
  },
}

// What a class has moved by itself moves back for good; from the others comes a copy for some days.
function arrived(requestedAt: Date, now: Date, days: number | null): Partial<ObjectVersion> {
  return days === null
    ? { archiveStatus: null, restore: null }
    : { restore: { requestedAt, expiresAt: expiry(now, days) } }
}

function readRequest(text: string, forGood: boolean): { readonly days: number | null; readonly tier: string } {
  const document = readDocument(text, 'RestoreRequest')
  const days = document.text('Days')?.trim() ?? ''
  const tier = document.one('GlacierJobParameters').text('Tier') ?? document.text('Tier') ?? 'Standard'
  if (forGood && days === '' && tiers.includes(tier)) return { days: null, tier }
  if (forGood || !/^\d{1,9}$/.test(days) || !tiers.includes(tier)) throw new S3Error('MalformedXML')
  if (Number(days) < 1) throw invalidArgument('Days', days, 'restoration days should be at least 1')
  return { days: Number(days), tier }
}

// "rounding the resulting time to the next day at midnight UTC"
function expiry(now: Date, days: number): Date {
  return new Date(Math.ceil((now.getTime() + days * dayMs) / dayMs) * dayMs)
}
