import { expect, it } from 'vitest'
import type { Resource } from '../../src/text/errors.ts'
import { resourceText } from '../../src/text/resource.ts'

const on = (kind: Resource['kind'], id: string, state: string, host: string | null = 'web'): string =>
  resourceText({ kind, id, state, host, region: null, madeByUs: true })

it('what a run holds is told by what it does to the host, not by what the program calls it', () => {
  expect(on('gate', 'chat.service, /etc/cron.d/zfsnap', 'closed')).toBe(
    'held back on web until lifeboat lifts it: chat.service, /etc/cron.d/zfsnap',
  )
  expect(on('lock', '/run/lifeboat/lock', 'taken')).toBe('reserved for a run of lifeboat on web: /run/lifeboat/lock')
  expect(on('lock', 'lifeboat:lock on vol-1', 'held', null)).toBe(
    'reserved for a run of lifeboat: lifeboat:lock on vol-1',
  )
  expect(on('hold', 'lifeboat:r on tank@a', 'held')).toBe(
    'kept from being destroyed on web, by the hold: lifeboat:r on tank@a',
  )
})

it('anything else is told by its kind, its id and its state, as one line', () => {
  expect(on('volume', 'vol-1', 'attached')).toBe('volume vol-1 on web (attached)')
  expect(on('snapshot', 'snap-1\n', 'com\npleted', null)).toBe('snapshot snap-1 (com pleted)')
})
