// The lab's S3 in a process of its own, over a bucket with one large object and many small ones. Says its address, and
// serves until its standard input ends.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCloud } from '../src/lab/cloud/start-cloud.ts'
import type { CloudWorld } from '../src/lab/cloud/world.ts'

const [large = '0', small = '0', smallBytes = '0'] = process.argv.slice(2)
const lastModified = '2026-11-20T03:00:00Z'

const world: CloudWorld = {
  region: 'eu-central-1',
  accountId: '123456789012',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  instances: [],
  volumes: [],
  snapshots: [],
  buckets: [
    {
      name: 'bench',
      objects: [
        { key: 'large/object', content: { sizeBytes: Number(large), seed: 'large' }, lastModified },
        ...Array.from({ length: Number(small) }, (_, at) => ({
          key: `small/${at}`,
          content: { sizeBytes: Number(smallBytes), seed: String(at) },
          lastModified,
        })),
      ],
    },
  ],
}

const dir = await mkdtemp(join(tmpdir(), 'lifeboat-bench-'))
const cloud = await startCloud({ world, hosts: new Map(), dir, delays: 'none' })
process.stdout.write(`${JSON.stringify({ s3: cloud.s3, ec2: cloud.ec2 })}\n`)
await once(process.stdin.resume(), 'end')
await cloud.close()
await rm(dir, { recursive: true, force: true })
