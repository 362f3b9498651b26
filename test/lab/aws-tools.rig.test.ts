// AWS's own program and s3cmd against the built-in lab on its simulated host, as the lab's line says that it is reached.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from './host/temporary-folder.ts'
import { startedLab } from './started-lab.ts'

test("Debian's aws and s3cmd use the lab by the line that it prints", async () => {
  await using lab = await startedLab()
  const { ready } = lab
  const home = await temporaryFolder()
  const host = new URL(ready.s3).host
  const keys = [`access_key = ${ready.accessKeyId}`, `secret_key = ${ready.secretAccessKey}`]
  const hosts = [`host_base = ${host}`, `host_bucket = ${host}`, 'use_https = False']
  await writeFile(
    join(home, '.s3cfg'),
    ['[default]', ...keys, ...hosts, `bucket_location = ${ready.region}`].join('\n'),
  )
  const env = {
    HOME: home,
    PATH: '/usr/bin:/bin',
    AWS_ACCESS_KEY_ID: ready.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ready.secretAccessKey,
    AWS_DEFAULT_REGION: ready.region,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  // Debian's own, by their paths: what PATH finds first may be another program of that name.
  const run = async (program: string, args: readonly string[]): Promise<string> =>
    (await execa(program, args, { env, extendEnv: false, cwd: home })).stdout
  const ec2 = (...args: string[]) =>
    run('/usr/bin/aws', ['ec2', '--endpoint-url', ready.ec2, '--output', 'text', ...args])
  const s3 = (...args: string[]) => run('/usr/bin/aws', ['s3', '--endpoint-url', ready.s3, ...args])
  const s3cmd = (...args: string[]) => run('/usr/bin/s3cmd', ['--no-progress', ...args])

  const newest = ['--query', 'sort_by(Snapshots,&StartTime)[-1].SnapshotId']
  const snapshot = await ec2('describe-snapshots', '--owner-ids', 'self', ...newest)
  expect(snapshot).toMatch(/^snap-0[0-9a-f]{16}$/)
  const [machine] = ready.hosts
  if (machine === undefined) throw new Error('the lab has no host')
  const zone = ['--availability-zone', 'us-east-1a']
  const volume = await ec2('create-volume', '--snapshot-id', snapshot, ...zone, '--query', 'VolumeId')
  await ec2('wait', 'volume-available', '--volume-ids', volume)
  const at = ['--instance-id', machine.instanceId, '--device', '/dev/sdf']
  await ec2('attach-volume', '--volume-id', volume, ...at)
  await vi.waitFor(
    async () =>
      expect(await ec2('describe-volumes', '--volume-ids', volume, '--query', 'Volumes[0].Attachments[0].State')).toBe(
        'attached',
      ),
    { timeout: 60_000, interval: 1000 },
  )
  const sshConfig = join(ready.config, '../ssh_config')
  expect(await run('/usr/bin/ssh', ['-F', sshConfig, 'irc-1', 'zpool import'])).toContain('pool: tank')

  await writeFile(join(home, 'dump.sql'), 'insert 1\n')
  await s3('mb', 's3://dumps')
  await s3('cp', 'dump.sql', 's3://dumps/dump.sql')
  expect(await s3('ls', 's3://dumps')).toMatch(/ 9 dump\.sql$/)
  expect(await s3cmd('ls', 's3://dumps')).toMatch(/ 9 +s3:\/\/dumps\/dump\.sql$/)
  await s3cmd('get', 's3://dumps/dump.sql', 'again.sql')
  expect(await run('/usr/bin/cmp', ['dump.sql', 'again.sql'])).toBe('')
})
