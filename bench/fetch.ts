// How fast a dump comes onto a host, beside `aws s3 cp` on the same machine from the same endpoint.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAws } from '../src/remote/aws/client.ts'
import { listObjects } from '../src/remote/aws/s3.ts'
import { localHost } from '../src/remote/host/local-host.ts'
import { connectRemote, commandText, type Remote } from '../src/remote/remote.ts'
import { contextFor } from '../src/run/context.ts'
import { digestOf } from '../src/steps/dumps/digest.ts'
import { fetchAction } from '../src/steps/fetch.ts'
import { fakeSession } from '../test/run/fake-session.ts'
import { lab, rgw } from './fetch-from.ts'

const mib = 1024 * 1024
const cases = [
  { prefix: 'large/', what: 'one object of 1 GiB', bytes: 1024 * mib },
  { prefix: 'small/', what: '10,000 objects of 10 KiB', bytes: 10_000 * 10_240 },
] as const

const region = 'eu-central-1'
const keyId = 'AKIAIOSFODNN7EXAMPLE'
const secretKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

/** All bytes below a folder. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((each) => each.isFile() && each.name !== 'objects')
  const sizes = await Promise.all(files.map((each) => stat(join(each.parentPath, each.name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

/** Fetches by the step itself, with this machine as the host. */
async function byLifeboat(remote: Remote, prefix: string, dir: string, carrier: 'host' | 'ssh'): Promise<void> {
  const session = fakeSession({ route: { id: 'dump', legs: [{ choices: [], actions: [fetchAction] }] } })
  Object.assign(session, { remote })
  const listed = await remote.run(listObjects('bench', prefix))
  const at = session.at()
  const value = {
    bucket: 'bench',
    region,
    prefix,
    at,
    kind: 'folder',
    writtenAt: at,
    objects: listed.length,
    bytes: 0,
    digest: digestOf(listed),
    storageClass: 'STANDARD',
    doubts: [],
    notes: [],
    entry: null,
  }
  session.record({ type: 'answered', at, step: 'dump', value, by: 'flag' })
  session.record({ type: 'answered', at, step: 'carrier', value: carrier, by: 'flag' })
  session.record({ type: 'answered', at, step: 'place', value: '/nowhere', by: 'flag' })
  const reading = contextFor(session, { step: 'fetch', attempt: 1, shown: null, ignoresStopping: false })
  const shown = new Set(fetchAction.commands(reading, { dir }).map(commandText))
  await fetchAction.perform(contextFor(session, { step: 'fetch', attempt: 1, shown, ignoresStopping: false }), { dir })
}

const sources = {
  fetch: { start: lab, what: "the lab's S3" },
  'fetch-rgw': { start: rgw, what: "Ceph's S3 (RGW)" },
} as const

/** The parts of the bench that measure a fetch. */
export const isFetch = (part: string): part is keyof typeof sources => part in sources

/** Prints how fast both are. */
export async function measureFetch(from: keyof typeof sources): Promise<void> {
  const { start, what: source } = sources[from]
  await using server = await start({ bucket: 'bench', largeBytes: 1024 * mib, small: 10_000, smallBytes: 10_240 })
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-bench-'))
  try {
    const { s3, ec2 } = server
    const credentialsFile = join(folder, 'credentials')
    await writeFile(credentialsFile, `[default]\naws_access_key_id=${keyId}\naws_secret_access_key=${secretKey}\n`)
    const endpoint = { ec2Endpoint: ec2, stsEndpoint: ec2, iamEndpoint: ec2, s3Endpoint: s3 }
    const remote = connectRemote({
      aws: connectAws({ region, credentialsFile, ...endpoint }),
      destination: 'here',
      connect: () => Promise.resolve(localHost('here', { env: process.env })),
      becomeRoot: async () => ({ wrap: (line, stdin) => ({ line, stdin }) }),
      hideUrl: () => undefined,
    })
    const env = {
      ...process.env,
      AWS_SHARED_CREDENTIALS_FILE: credentialsFile,
      AWS_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
    }
    const ways = [
      {
        name: 'aws s3 cp',
        rounds: 3,
        fetch: (prefix: string, dir: string) => {
          const args = [
            's3',
            'cp',
            '--recursive',
            '--only-show-errors',
            '--endpoint-url',
            s3,
            `s3://bench/${prefix}`,
            dir,
          ]
          const { status } = spawnSync('/usr/bin/aws', args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
          return status === 0 ? Promise.resolve() : Promise.reject(new Error(`aws ended with ${status}`))
        },
      },
      { name: 'lifeboat', rounds: 3, fetch: (prefix: string, dir: string) => byLifeboat(remote, prefix, dir, 'host') },
      // Of many small objects it takes many minutes.
      {
        name: 'lifeboat --fetch ssh',
        rounds: 1,
        fetch: (prefix: string, dir: string) => byLifeboat(remote, prefix, dir, 'ssh'),
      },
    ]
    process.stdout.write(`fetched onto this machine from ${source} on loopback, median of 3, over ssh once\n`)
    for (const { prefix, what, bytes } of cases) {
      const seconds = new Map<string, number[]>(ways.map(({ name }) => [name, []]))
      for (let round = 0; round < 3; round++)
        for (const { name, fetch } of ways.filter(({ rounds }) => round < rounds)) {
          const dir = join(folder, 'fetched')
          await mkdir(dir)
          const began = performance.now()
          await fetch(prefix, dir)
          seconds.get(name)?.push((performance.now() - began) / 1000)
          const came = await bytesBelow(dir)
          if (came !== bytes) throw new Error(`${name} brought ${came} bytes of ${bytes}`)
          await rm(dir, { recursive: true })
        }
      const median = (name: string): number => {
        const took = seconds.get(name)?.toSorted((a, b) => a - b) ?? []
        return took[Math.floor(took.length / 2)] ?? 0
      }
      process.stdout.write(`load of this machine meanwhile: ${(loadavg()[1] ?? 0).toFixed(1)}\n`)
      for (const { name } of ways) {
        const took = median(name)
        const ratio = took / median('aws s3 cp')
        process.stdout.write(
          `${what.padEnd(26)} ${name.padEnd(20)} ${took.toFixed(1).padStart(6)} s  ${(bytes / mib / took).toFixed(0).padStart(5)} MiB/s  ${ratio.toFixed(2)} × aws\n`,
        )
      }
    }
    await remote.close()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
