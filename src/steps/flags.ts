import { z } from 'zod'
import { retrievalTiers } from '../remote/aws/s3.ts'
import { dumpKind } from './dumps/dump-answer.ts'

/** What the operator said on the command line. Journaled, so that `resume` uses it again. Holds no secret. */
export const flags = z.strictObject({
  host: z.string().optional(),
  source: z.enum(['ebs', 'dump', 'local']).optional(),
  instance: z.string().optional(),
  /** lt-…, or lt-…:VERSION */
  launchTemplate: z.string().optional(),
  /** Onto an instance of its own that is ended again: a drill on the account. */
  scratch: z.boolean().default(false),
  /** From which network the scratch instance may be reached by ssh. */
  sshFrom: z.string().optional(),
  snapshot: z.string().optional(),
  /** latest, or s3://BUCKET/PREFIX */
  dump: z.string().optional(),
  /** The versions that were there at this moment, of a bucket that keeps them. */
  dumpAsOf: z.string().optional(),
  dumpKind: dumpKind.optional(),
  /** One file or folder of the dump, by its path from the dump's root. */
  only: z.string().min(1).optional(),
  /** Who fetches the dump: the host, this machine, which passes it on over ssh, or the host twice without keeping it. */
  fetch: z.enum(['host', 'ssh', 'stream']).optional(),
  /** How soon what is archived in S3 is wanted back. */
  retrieval: z.enum(retrievalTiers).optional(),
  at: z.string().optional(),
  way: z.enum(['none', 'rollback', 'clone', 'files']).optional(),
  /** What of a dataset is copied out, with `way` files: a path in it, or below where it is mounted. */
  path: z.string().min(1).optional(),
  /** Where to: a folder on the host. */
  to: z.string().min(1).optional(),
  dataset: z.array(z.string()).default([]),
  volumeType: z.string().optional(),
  initRate: z.number().optional(),
  incidentAt: z.string().optional(),
  hostKey: z.string().optional(),
  confirm: z.array(z.string()).default([]),
  /** NAME=@FILE: where a secret is, never the secret. */
  secret: z.array(z.string()).default([]),
  /** The run whose lock on the host is taken over. */
  takeOver: z.string().optional(),
  yes: z.boolean().default(false),
})

export type Flags = z.infer<typeof flags>
