import { describe, expect, it, vi } from 'vitest'
import { ProofFailed } from '../../src/steps/prove.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { findingsOf, proving, type Proving } from './prove-run.ts'

// Waits are as many as in earnest, and short.
vi.mock(import('../../src/run/stopping.ts'), async (original) => {
  const real = await original()
  return { ...real, delay: (ms, signal) => real.delay(ms / 200, signal) }
})

const arriving = {
  DescribeVolumeStatus: {
    VolumeStatuses: [{ InitializationStatusDetails: { InitializationType: 'default', Progress: 34 } }],
  },
}

const stopped = 'Id=chat.service\nActiveState=failed\nSubState=failed\nInvocationID=1\nNRestarts=3\n'

/** What was shown of the wait for each thing. */
const shown = ({ session }: Proving) =>
  session.events.flatMap((event) =>
    event.type === 'progress' && event.lines !== undefined ? [[event.waitingFor, event.lines]] : [],
  )

describe('the proof', () => {
  it('is that the units stay up, and what is probed passes', async () => {
    const run = proving({
      host: { probes: [{ kind: 'tcp', host: '127.0.0.1', port: 6667 }] },
      says: { timeout: () => 0 },
    })
    const { evidence } = await run.prove()
    expect(evidence.map(({ what, passed }) => [what, passed])).toEqual([
      ['every dataset is mounted where it belongs', true],
      ['chat.service stays up for 1 s', true],
      ['probe tcp 127.0.0.1:6667', true],
    ])
  })

  it('fails with the last lines of a unit that does not stay up', async () => {
    const run = proving({ says: { 'systemctl show': () => stopped, journalctl: () => 'it is full\n' } })
    expect(await thrownBy(run.prove())).toBeInstanceOf(ProofFailed)
    expect(findingsOf(run)).toContain('it is full')
    expect(run.asked).toContain('journalctl --no-pager -o short-iso -n 12 -u chat.service')
  })

  it('says before it that the blocks of the new volume are still on their way', async () => {
    const run = proving({ aws: arriving })
    await run.prove()
    expect(findingsOf(run)[0]).toMatch(/^vol-1 is ready; its blocks still come from S3 .*: first reads are slow/)
  })

  it('says that also where it fails: it may be why', async () => {
    const run = proving({ aws: arriving, says: { 'systemctl show': () => stopped } })
    await thrownBy(run.prove())
    expect(findingsOf(run).filter((message) => message.includes('S3'))).toHaveLength(1)
  })

  it('says nothing of it on a route that makes no volume', async () => {
    const run = proving({ aws: arriving, volume: null })
    await run.prove()
    expect(findingsOf(run).filter((message) => message.includes('S3'))).toEqual([])
    expect(run.asked).not.toContain('DescribeVolumeStatus')
  })
})

describe('while it is waited for', () => {
  const probes = [{ kind: 'tcp', host: '127.0.0.1', port: 6667 }] as const

  const written = '-- Boot 0a1b --\none\ntwo hunter2\nthree\n'

  it('a unit that has to stay up is shown by the newest lines of its journal', async () => {
    const run = proving({ says: { journalctl: () => written } })
    await run.prove()
    expect(shown(run)).toEqual([['chat.service to stay up for 1 s', ['one', 'two hunter2', 'three']]])
    expect(run.asked).toContain('journalctl --no-pager -o short-iso -n 3 -u chat.service')
  })

  it('a probe that does not pass yet is as well, for each wait announced once and without secrets', async () => {
    let tries = 0
    const run = proving({
      host: { probes: [...probes], services: ['chat.service', 'db.service'] },
      says: { timeout: () => (tries++ > 30 ? 0 : 1), journalctl: () => written.replace('one', `${tries}`) },
      clean: (text) => text.replace('hunter2', '[redacted]'),
    })
    await run.prove()
    const waits = shown(run)
    expect(waits.at(-1)).toEqual([
      'probe tcp 127.0.0.1:6667 to pass',
      [expect.stringMatching(/^\d+$/), 'two [redacted]', 'three'],
    ])
    const announced = run.session.events.filter(
      (event) => event.type === 'command' && event.text.startsWith('journalctl'),
    )
    expect(announced).toHaveLength(2)
    expect(announced[0]).toMatchObject({ text: expect.stringMatching(/-u chat.service -u db.service$/), reads: true })
  })

  it('nothing is shown where the journal can’t be read, and the proof is none the worse', async () => {
    const run = proving({ says: { journalctl: () => 1 } })
    const { evidence } = await run.prove()
    expect(evidence.every((each) => each.passed)).toBe(true)
    expect(run.asked.some((line) => line.startsWith('journalctl'))).toBe(true)
    expect(shown(run)).toEqual([])
  })

  it('nothing is looked at where there is no service', async () => {
    const run = proving({ host: { services: [], probes: [...probes] }, says: { timeout: () => 0 } })
    await run.prove()
    expect(run.asked.filter((line) => line.startsWith('journalctl'))).toEqual([])
  })
})
