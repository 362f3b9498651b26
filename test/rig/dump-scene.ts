// Dumps in the lab's S3, reached from the real host as it would reach AWS: by an address that is the same on both sides.
import { CreateBucketCommand, PutObjectCommand, S3Client, type PutObjectCommandInput } from '@aws-sdk/client-s3'
import { spawn } from 'node:child_process'
import { execa } from 'execa'
import { ended, type Ran, type RunOptions } from './program.ts'
import { startRelay, type Relay } from '../remote/host/relay.ts'
import type { Rig, Scene } from './rig.ts'

export const bucket = 'irc-dumps'

/** The address that S3 sees the host come from. */
export const hostAddress = '127.0.0.2'

/** The host reaches S3 under the address that its URLs are signed for, over a stretch of network that can be cut. */
async function reachS3(scene: Scene): Promise<Relay> {
  const port = new URL(scene.cloud.s3).port
  const relay = await startRelay(Number(port), hostAddress)
  scene.later(async () => relay[Symbol.asyncDispose]())
  const { vm } = scene.rig
  const through = spawn(
    'ssh',
    [
      ['-F', 'none', '-N', '-o', 'BatchMode=yes', '-o', 'ExitOnForwardFailure=yes', '-o', 'IdentitiesOnly=yes'],
      ['-o', `UserKnownHostsFile=${vm.ssh.knownHostsFile}`, '-i', vm.ssh.identityFile, '-p', String(vm.ssh.port)],
      ['-R', `127.0.0.1:${port}:127.0.0.1:${relay.port}`, `${vm.ssh.user}@${vm.ssh.host}`],
    ].flat(),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  scene.later(async () => {
    through.kill()
    await ended(through)
  })
  await vm.run(
    `for i in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:${port}/ && exit 0; sleep 0.2; done; exit 1`,
  )
  return relay
}

/** How the tests reach S3. */
export const accessTo = (scene: Scene, region = 'eu-central-1') => ({
  endpoint: scene.cloud.s3,
  region,
  credentials: scene.keys,
  forcePathStyle: true,
})

/** A case with a bucket. @param reached whether the host has a way to S3 */
export async function dumpScene(
  rig: Rig,
  { reached = true } = {},
): Promise<Scene & { readonly s3: S3Client; readonly back: { ms: number }; readonly line: Relay | null }> {
  // What was written just now counts as still being uploaded: dumps are of an hour ago.
  const back = { ms: 0 }
  const scene = await rig.scene(undefined, { clock: () => new Date(Date.now() - back.ms) })
  const line = reached ? await reachS3(scene) : null
  const s3 = new S3Client(accessTo(scene))
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  return Object.assign(scene, { s3, back, line })
}

const unit = '[Service]\nExecStart=/bin/sleep infinity\n'

/** A service whose data is on the root disk, or in a pool on a file of it. It runs. */
export async function served(scene: Scene): Promise<void> {
  const path = '/etc/systemd/system/served.service'
  await scene.editHost({ services: ['served.service'], backups: [], probes: [], stable_seconds: 1 })
  await scene.onHost(
    `printf '${unit.replaceAll('\n', '\\n')}' > ${path} && systemctl daemon-reload && systemctl start served.service`,
    `systemctl stop served.service; rm -rf ${path}*; systemctl daemon-reload`,
  )
}

export type DumpScene = Awaited<ReturnType<typeof dumpScene>>

/** What a command on the host puts out, as bytes. */
export async function outputOf(scene: DumpScene, line: string): Promise<Buffer> {
  const { ssh } = scene.rig.vm
  const { stdout } = await execa(
    'ssh',
    [
      ['-F', 'none', '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', '-o', 'IdentitiesOnly=yes'],
      ['-o', `UserKnownHostsFile=${ssh.knownHostsFile}`, '-i', ssh.identityFile, '-p', String(ssh.port)],
      [`${ssh.user}@${ssh.host}`, line],
    ].flat(),
    { encoding: 'buffer' },
  )
  return Buffer.from(stdout)
}

/** Puts an object of an hour ago. */
export async function put(
  scene: DumpScene,
  key: string,
  body: Buffer | string,
  { region, ...more }: Partial<PutObjectCommandInput> & { readonly region?: string } = {},
): Promise<void> {
  scene.back.ms = 3_600_000
  const s3 = new S3Client({ ...accessTo(scene, region), systemClockOffset: -scene.back.ms })
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }))
  s3.destroy()
  scene.back.ms = 0
}

/** The date of yesterday as dumps are named here: `11-21-2026`. */
export function dated(daysAgo: number): string {
  const [year, month, day] = new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10).split('-')
  return `${month}-${day}-${year}`
}

/** `restore` from the newest dump below a prefix, without questions. */
export const fromDump = (
  scene: DumpScene,
  prefix: string,
  flags: readonly string[] = [],
  options: RunOptions = {},
): Promise<Ran> =>
  scene.lifeboat(
    [
      ['restore', '--host', 'irc-1', '--source', 'dump', '--dump', `s3://${bucket}/${prefix}`],
      ['--yes', '--no-input', '--json', ...flags],
    ].flat(),
    options,
  )
