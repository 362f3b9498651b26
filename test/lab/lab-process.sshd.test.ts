// The built-in lab as a user has it: what it says of itself, ssh's own programs against it, and its end.
import { readdirSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { ended, restoring, runProgram } from '../rig/program.ts'
import { startedLab, type StartedLab } from './started-lab.ts'

const ssh = z.strictObject({
  destination: z.literal('root@127.0.0.1'),
  port: z.int().min(1024),
  identityFile: z.string(),
  knownHosts: z.string(),
})

const url = z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ })

const labReady = z.strictObject({
  v: z.literal(1),
  at: z.iso.datetime(),
  type: z.literal('lab-ready'),
  pid: z.int(),
  ec2: url,
  s3: url,
  sts: url,
  iam: url,
  region: z.string(),
  accessKeyId: z.string().regex(/^AKIA[A-Z0-9]{16}$/),
  secretAccessKey: z.string().min(40),
  ssh,
  hosts: z.array(
    z.strictObject({
      name: z.literal('irc-1'),
      instanceId: z.string().startsWith('i-'),
      pool: z.literal('tank'),
      services: z.array(z.string()).min(1),
      ssh,
    }),
  ),
  config: z.string().endsWith('/lifeboat.toml'),
})

/** Whether anybody listens there. */
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })

const ports = ({ ready }: StartedLab): number[] => [
  ready.ssh.port,
  ...[ready.ec2, ready.s3, ready.sts, ready.iam].map((each) => Number(new URL(each).port)),
]

async function expectNothingLeft(lab: StartedLab): Promise<void> {
  for (const port of ports(lab)) expect(await listens(port)).toBe(false)
  // Of one that was killed the folder is removed by who waited for its end.
  await vi.waitUntil(() => readdirSync(join(lab.cacheDir, 'labs')).length === 0, { timeout: 20_000 })
  expect(readdirSync(lab.stateDir)).toEqual([])
}

/** Options of ssh's programs that lead to the lab's host, and to nothing of the user's own. */
const sshOptions = ({ ready: { ssh: its } }: StartedLab): string[] =>
  ['IdentitiesOnly=yes', 'BatchMode=yes', `UserKnownHostsFile=${its.knownHosts}`, `Port=${its.port}`]
    .flatMap((option) => ['-o', option])
    .concat('-F', '/dev/null', '-i', its.identityFile)

const run = (program: string, args: readonly string[], input = '') => execa(program, args, { reject: false, input })

describe('the lab', { timeout: 240_000 }, () => {
  it('tells in one line how it is reached, and keeps what is secret to its user', async () => {
    await using lab = await startedLab()
    const ready = labReady.parse(lab.ready)
    expect(ready.pid).toBe(lab.child.pid)
    const dir = join(ready.config, '..')
    for (const secret of [ready.config, join(dir, 'credentials'), join(dir, 'ssh_config'), ready.ssh.identityFile])
      expect(statSync(secret).mode & 0o777).toBe(0o600)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
  })

  it("answers ssh's own programs, refuses sftp at once, and can be restored while it runs", async () => {
    await using lab = await startedLab()
    const { destination } = lab.ready.ssh
    const options = sshOptions(lab)
    expect((await run('ssh', [...options, destination, 'zfs list -H -o name'])).stdout).toBe('')
    expect((await run('ssh', [...options, destination, 'cat /etc/hostname'])).stdout).toBe('irc-1')
    expect((await run('ssh', [...options, destination, 'cat; exit 7'], 'piped')).stdout).toBe('piped')
    const sftp = await run('sftp', [...options, '-b', '-', destination], 'ls\n')
    expect(sftp).toMatchObject({ exitCode: 255, stderr: expect.stringContaining('subsystem request failed') })
    const { last, exitCode } = await runProgram(restoring(['--config', lab.ready.config, '--state-dir', lab.stateDir]))
    expect({ exitCode, last }).toMatchObject({ exitCode: 0, last: { type: 'run-finished', outcome: 'restored' } })
    expect((await run('ssh', [...options, destination, 'zfs list -H -o name'])).stdout).toContain('tank/chat')
    expect((await run('ssh', [...options, destination, 'systemctl is-active chat.service'])).stdout).toBe('active')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at %s with 0, and leaves nothing', async (signal) => {
    await using lab = await startedLab()
    lab.child.kill(signal)
    expect(await ended(lab.child)).toBe(0)
    await expectNothingLeft(lab)
  })

  it('leaves nothing also where it is killed', async () => {
    await using lab = await startedLab()
    expect(await Promise.all(ports(lab).map(listens))).not.toContain(false)
    lab.child.kill('SIGKILL')
    await ended(lab.child)
    await expectNothingLeft(lab)
  })
})
