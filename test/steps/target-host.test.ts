import { expect, it } from 'vitest'
import type { Remote } from '../../src/remote/remote.ts'
import { contextFor } from '../../src/run/context.ts'
import { lookAtHost } from '../../src/steps/target-host.ts'
import { demandRoom } from '../../src/steps/target.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { fakeSession } from '../run/fake-session.ts'

const facts = `uid 0\nhostid 1\nhostname web\nzone UTC\nzfs 2.1.11\n${['zpool', 'zfs', 'zdb', 'systemctl', 'systemd-run', 'lsblk', 'findmnt', 'curl'].map((each) => `tool ${each}`).join('\n')}\n`

const all = async (looks: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of looks) continue
}

it('a host whose pool is suspended is to be rebooted, and not the old machine that the config names', async () => {
  const session = fakeSession({ host: { instance: 'i-0aaaaaaaaaaaaaaaa' } })
  const remote: Remote = {
    async run(command) {
      if (command.kind === 'aws') throw new Error('there is no AWS here')
      const stdout = command.line.includes('hostid') ? facts : '/proc/spl/kstat/zfs/tank/state\tSUSPENDED\n'
      return command.parse({ code: 0, stdout, stderr: '' })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  const run = contextFor(session, { step: 'target', attempt: 1, shown: null, ignoresStopping: false })
  expect(await thrownBy(all(lookAtHost(run, demandRoom(run, 'i-0bbbbbbbbbbbbbbbb'))))).toMatchObject({
    code: 'pool-suspended',
    next: [{ command: 'aws ec2 reboot-instances --instance-ids i-0bbbbbbbbbbbbbbbb' }],
  })
})
