import { expect, it } from 'vitest'
import type { Remote } from '../../src/remote/remote.ts'
import { contextFor } from '../../src/run/context.ts'
import { localTargetChoice } from '../../src/steps/target-local.ts'
import { lookAtHost } from '../../src/steps/target-host.ts'
import { lookAtPools, toRebootFor } from '../../src/steps/target.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { fakeSession } from '../run/fake-session.ts'

const facts = `uid 0\nhostid 1\nhostname web\nzone UTC\nzfs 2.1.11\n${['zpool', 'zfs', 'zdb', 'systemctl', 'systemd-run', 'lsblk', 'findmnt', 'curl'].map((each) => `tool ${each}`).join('\n')}\n`

const all = async (looks: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of looks) continue
}

/** What is said of a host with these pools, by a config that may name one of them. */
async function told(pools: Record<string, string>, pool?: string): Promise<unknown> {
  const session = fakeSession({ host: { instance: 'i-0aaaaaaaaaaaaaaaa', ...(pool === undefined ? {} : { pool }) } })
  const kstat = Object.entries(pools).map(([name, state]) => `/proc/spl/kstat/zfs/${name}/state\t${state}\n`)
  const remote: Remote = {
    async run(command) {
      if (command.kind === 'aws') throw new Error('there is no AWS here')
      if (/^\s*(?:zpool|zfs|zdb) /m.test(command.line)) throw new Error('it would hang')
      const stdout = command.line.includes('hostid') ? facts : command.line.includes('kstat') ? kstat.join('') : ''
      return command.parse({ code: 0, stdout, stderr: '' })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  const run = contextFor(session, { step: 'target', attempt: 1, shown: null, ignoresStopping: false })
  const found: unknown[] = []
  await all(
    lookAtHost(run, {
      zfs: 'needed',
      pools: (states) => found.push(toRebootFor(run, states, 'i-0bbbbbbbbbbbbbbbb')),
    }),
  )
  return found[0]
}

it('a host whose pool is suspended is to be rebooted for it, and ZFS is not asked for anything', async () => {
  expect(await told({ tank: 'SUSPENDED' })).toBe('tank')
  expect(await told({ tank: 'SUSPENDED', rpool: 'ONLINE' }, 'tank')).toBe('tank')
  expect(await told({ tank: 'ONLINE' })).toBeNull()
})

it('other pools do not go down for one that nobody asked for; the instance that is used is named, not the old one', async () => {
  expect(await thrownBy(told({ scratch: 'SUSPENDED', tank: 'ONLINE' }, 'tank'))).toMatchObject({
    code: 'pool-suspended',
    message: expect.stringContaining('tank would go down with it') as unknown,
    next: [{ command: 'aws ec2 reboot-instances --instance-ids i-0bbbbbbbbbbbbbbbb' }, {}],
  })
})

/** A run on a host whose ZFS says that these pools are ONLINE, of whose devices some are gone. */
function runAfterLoss(devices: Record<string, string[]>, gone: readonly string[]) {
  const session = fakeSession({ host: { instance: 'i-0aaaaaaaaaaaaaaaa', pool: 'tank' } })
  const pools = Object.keys(devices)
  const answers: [string, string][] = [
    ['hostid', facts],
    ['zpool list -Hpo', pools.map((pool, at) => `${pool}\t${at}\tONLINE\toff\t-\n`).join('')],
    ...Object.entries(devices).map(([pool, its]): [string, string] => [
      `zpool list -vHPL ${pool}`,
      `${pool}\t1G\n${its.map((device) => `\t${device}\t1G\n`).join('')}`,
    ]),
    ['lsblk', '{"blockdevices":[]}'],
    ['kstat', pools.map((name) => `/proc/spl/kstat/zfs/${name}/state\tONLINE\n`).join('')],
    ['systemctl', ''],
    ['cron', ''],
    ['lock', ''],
    ['[ -e ', gone.map((device) => `${device}\n`).join('')],
    ['true', ''],
  ]
  const remote: Remote = {
    async run(command) {
      if (command.kind === 'aws') return command.parse({ Volumes: [] })
      const stdout = answers.find(([words]) => command.line.includes(words))?.[1]
      if (stdout === undefined) throw new Error(`nobody answers ${command.line}`)
      return command.parse({ code: 0, stdout, stderr: '' })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  return contextFor(session, { step: 'target', attempt: 1, shown: null, ignoresStopping: false })
}

async function afterLoss(devices: Record<string, string[]>, gone: readonly string[]) {
  const run = runAfterLoss(devices, gone)
  const states = Object.keys(devices).map((pool) => ({ pool, state: 'ONLINE' }))
  const { suspended, working } = await lookAtPools(run, states, 'i-0aaaaaaaaaaaaaaaa')
  return { suspended, working }
}

it('a pool whose every disk is gone is as good as suspended, whatever ZFS says of it', async () => {
  const devices = { tank: ['/dev/nvme1n1p1', '/dev/nvme2n1p1'], rpool: ['/dev/nvme0n1p3'] }
  expect(await afterLoss(devices, ['/dev/nvme1n1p1', '/dev/nvme2n1p1'])).toEqual({
    suspended: 'tank',
    working: ['rpool'],
  })
  expect(await afterLoss(devices, ['/dev/nvme1n1p1'])).toEqual({ suspended: null, working: ['tank', 'rpool'] })
  expect(await thrownBy(afterLoss(devices, ['/dev/nvme0n1p3']))).toMatchObject({ code: 'pool-suspended' })
})

it('a pool without its disk has no snapshot that it could go back to', async () => {
  const run = runAfterLoss({ tank: ['/dev/nvme1n1p1'] }, ['/dev/nvme1n1p1'])
  expect(await thrownBy(all(localTargetChoice.options(run)))).toMatchObject({
    code: 'pool-suspended',
    message: expect.stringContaining('the disk of the pool tank went away') as unknown,
    next: [{ command: expect.stringMatching(/--source ebs$/) as unknown }],
  })
  const whole = runAfterLoss({ tank: ['/dev/nvme1n1p1'] }, [])
  await expect(all(localTargetChoice.options(whole))).resolves.toBeUndefined()
})
