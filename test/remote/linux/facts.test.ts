import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { hostFacts, neededTools } from '../../../src/remote/linux/facts.ts'
import { answer } from '../answer.ts'
import { here } from '../here.ts'

describe('what a host says of itself', () => {
  it('is read', () => {
    const stdout = [
      'uid 0',
      'hostid 60b8f5dd',
      'hostname restore-lab',
      'zone Europe/Berlin',
      'zfs 2.1.11-1',
      'tool zpool',
      'tool lsblk',
      '',
    ].join('\n')
    expect(answer(hostFacts(), stdout)).toEqual({
      root: true,
      hostId: '60b8f5dd',
      hostName: 'restore-lab',
      timeZone: 'Europe/Berlin',
      zfs: '2.1.11-1',
      tools: ['zpool', 'lsblk'],
    })
  })

  it('may be that it has no zfs and that the login is not root', () => {
    const stdout = 'uid 1000\nhostid 00000000\nhostname a\nzone UTC\nzfs \n'
    expect(answer(hostFacts(), stdout)).toMatchObject({ root: false, zfs: null, tools: [] })
  })

  it('is asked with a line that works on this machine', async () => {
    const facts = await here(hostFacts())
    expect(facts).toMatchObject({ root: process.getuid?.() === 0, hostName: hostname() })
    expect(facts.hostId).toMatch(/^[0-9a-f]{8}$/)
    expect(facts.timeZone).not.toBe('')
    expect(facts.tools).toContain('lsblk')
  })

  it('does not include curl among what a restore needs', () => {
    expect(neededTools).not.toContain('curl')
  })
})
