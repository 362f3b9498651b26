import type { StoredObject } from '../../../src/remote/aws/s3.ts'

/** An object as a listing shows it. */
export const object = (key: string, more: Partial<StoredObject> = {}): StoredObject => ({
  key,
  // A folder made by hand is an object of its own.
  sizeBytes: key.endsWith('/') ? 0 : 1000,
  etag: 'e',
  modifiedAt: '2026-11-20T03:00:00.000Z',
  storageClass: 'STANDARD',
  copy: null,
  ...more,
})
