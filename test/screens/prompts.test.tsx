import { describe, expect, it, vi } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { Agree, Secret } from '../../src/screens/prompts.tsx'
import { body, drawn, finding } from './drawn.tsx'
import { Screen } from './screen.tsx'

const { signal } = new AbortController()

describe('a secret', () => {
  const secret = <Secret prompt="the password of ann" typed={() => {}} />

  it.each([
    [80, 24],
    [60, 16],
    [40, 10],
  ])('is asked for, and what becomes of it is said, at %i×%i', (columns, rows) => {
    const text = body(drawn(secret, { columns, rows }))
      .map((line) => line.trim())
      .join(' ')
    expect(text).toContain('Needed: the password of ann')
    expect(text).toContain('It is not shown while it is typed, and kept nowhere. ⏎ when it is whole.')
  })

  it('is said in ASCII where only that can be shown', () => {
    expect(body(drawn(secret, { ascii: true })).join('\n')).toContain('Enter when it is whole')
  })

  it('may hold every letter that is a key elsewhere, spaces and quotes, and be mended', async () => {
    const screen = new Screen()
    const typed = screen.store.asker.secret('it', signal)
    await screen.shows('Needed')
    screen.send(`jkgGqw?/ "'ö😀x\u007f\r`)
    expect(await typed).toBe(`jkgGqw?/ "'ö😀`)
    expect(screen.interrupts).toBe(0)
  })

  it('that is asked for again begins empty', async () => {
    const screen = new Screen()
    const first = screen.store.asker.secret('it', signal)
    await screen.shows('Needed')
    screen.send('wrong\r')
    await first
    const second = screen.store.asker.secret('it', signal)
    await screen.shows('Needed')
    screen.send('right\r')
    expect(await second).toBe('right')
  })

  it('of which there is much to say can be scrolled with keys that no secret has', async () => {
    const screen = new Screen({ columns: 40, rows: 10 })
    void screen.store.asker.secret(`${'very '.repeat(60)}long`, signal)
    await screen.shows('more below')
    for (let at = 0; at < 20; at++) screen.send('\u001b[B')
    await expect(screen.shows('whole.')).resolves.toBeUndefined()
  })

  it('need not be given: Ctrl-C leaves', async () => {
    const screen = new Screen()
    void screen.store.asker.secret('it', signal)
    await screen.shows('Needed')
    screen.press('stop')
    await vi.waitFor(() => expect(screen.interrupts).toBe(1))
  })
})

describe('a question with a default of no', () => {
  const agree = <Agree question="Is SHA256:x the key of web?" agreed={() => {}} />

  it('stands alone where nothing is known', () => {
    expect(body(drawn(agree)).filter((line) => line !== '')).toEqual([' Is SHA256:x the key of web?'])
  })

  it('has what there is to judge it by below it, the latest first', () => {
    const events: RunEvent[] = [
      finding('target', 'the host answers'),
      { type: 'finding', step: 'target', level: 'warn', message: 'the console of i-1 shows OTHER keys' },
    ]
    expect(body(drawn(agree, { events })).slice(0, 5)).toEqual([
      ' Is SHA256:x the key of web?',
      '',
      ' what is known, the latest first:',
      ' warning: the console of i-1 shows OTHER keys',
      ' the host answers',
    ])
  })

  it('is answered yes by y alone, also after what is known was read', async () => {
    const screen = new Screen({ columns: 40, rows: 10 })
    screen.take(...Array.from({ length: 20 }, (_none, at) => finding('target', `fact ${at}.`)))
    const agreed = screen.store.asker.agree('Is it?', signal)
    await screen.shows('more below')
    screen.press('last')
    await screen.shows('fact 0.')
    screen.press('log')
    await screen.shows('The log')
    screen.press('close')
    await screen.shows('y yes')
    screen.press('yes')
    expect(await agreed).toBe(true)
  })
})
