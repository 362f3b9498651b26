// Why AWS makes no volume, in words that lead on.
import { AwsError, LifeboatError, type Explained, type Next } from '../text/errors.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Run } from './step.ts'
import { volumeChoice } from './volume.ts'

const quotas = new Set([
  'VolumeLimitExceeded',
  'MaxIOPSLimitExceeded',
  'ResourceLimitExceeded',
  'VolumeTypeNotAvailableInZone',
])

const quotaList: Next = {
  why: 'see the quotas, and ask for more',
  command: 'aws service-quotas list-service-quotas --service-code ebs',
}

/** A refusal of CreateVolume that asking again will not change; undefined for any other error. */
export function refusalOf(run: Run, error: unknown): Explained | undefined {
  if (!(error instanceof AwsError)) return undefined
  const { snapshotId } = run.answer(snapshotChoice)
  const { type, sizeGiB, zone } = run.answer(volumeChoice)
  if (error.code === 'InvalidSnapshot.NotFound') {
    return {
      code: 'snapshot-gone',
      message: `${snapshotId} is no longer there: it was deleted, or is no longer shared with this account`,
      next: [
        { why: 'see what there is', command: `aws ec2 describe-snapshots --owner-ids self --region ${run.region}` },
      ],
    }
  }
  if (quotas.has(error.code)) {
    return {
      code: 'quota',
      message: `AWS makes no ${type} volume of ${sizeGiB} GiB in ${zone}: ${error.message}`,
      next: [quotaList],
    }
  }
  if (error.code === 'IncorrectState') {
    return { code: 'snapshot-unusable', message: `no volume can be made from ${snapshotId} now: ${error.message}` }
  }
  return undefined
}

const grants = 'kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:GenerateDataKeyWithoutPlaintext and kms:ReEncrypt*'

/** A volume that AWS had promised and that is not there. AWS never says why; with an encrypted snapshot it is the key. */
export function vanished(run: Run, volumeId: string): LifeboatError {
  const { snapshotId, encrypted, kmsKeyId } = run.answer(snapshotChoice)
  const gone = `AWS accepted ${volumeId}, and it is gone again`
  if (!encrypted) {
    return new LifeboatError({
      code: 'volume-vanished',
      message: `${gone}: somebody deleted it, or AWS could not make it from ${snapshotId}; resume makes another one`,
    })
  }
  const key = kmsKeyId ?? "the snapshot's KMS key"
  return new LifeboatError({
    code: 'volume-vanished',
    message: `${gone}: most likely these credentials may not use the key of the encrypted snapshot ${snapshotId}, ${key}. They need ${grants} on it, in their policy and in the key's; resume then makes another volume`,
    next: [
      ...(kmsKeyId === null
        ? []
        : [{ why: 'see the key and whether it is enabled', command: `aws kms describe-key --key-id ${kmsKeyId}` }]),
      { why: 'see who AWS takes you for', command: 'aws sts get-caller-identity' },
    ],
  })
}

/** A volume that ended in state `error`. */
export function failedVolume(run: Run, volumeId: string): LifeboatError {
  const { snapshotId, encrypted, kmsKeyId } = run.answer(snapshotChoice)
  const hint = encrypted ? ` The snapshot is encrypted: ${grants} on ${kmsKeyId ?? 'its key'} may be missing.` : ''
  return new LifeboatError({
    code: 'volume-error',
    message: `AWS could not make ${volumeId} from ${snapshotId}: it is in state error.${hint} resume makes another one; undo deletes it`,
    next: [{ why: 'see what AWS says of it', command: `aws ec2 describe-volume-status --volume-ids ${volumeId}` }],
  })
}
