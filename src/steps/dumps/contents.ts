// What a dump is made of, to be looked at before it is chosen.
import type { StoredObject } from '../../remote/aws/s3.ts'
import type { Run } from '../step.ts'
import type { Dump } from './dump-answer.ts'
import { objectsOf } from './objects.ts'
import { pathOf } from './paths.ts'

/** The objects of a dump, by their paths in it. @throws AwsError */
export type Contents = (
  dump: Dump,
) => Promise<readonly (Pick<StoredObject, 'sizeBytes' | 'modifiedAt' | 'storageClass'> & { readonly path: string })[]>

export const contentsIn =
  (run: Run): Contents =>
  async (dump) =>
    (await objectsOf(run, dump)).map(({ key, sizeBytes, modifiedAt, storageClass }) => ({
      path: pathOf(dump, key),
      sizeBytes,
      modifiedAt,
      storageClass,
    }))
