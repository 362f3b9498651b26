import { describe, expect, it, vi } from 'vitest'
import type { KeyId } from '../../src/screens/keys.ts'
import { looking, now, questionOf, route, snapshots } from './a-run.ts'
import { bytesOf } from './bytes.ts'
import { Screen } from './screen.tsx'

const { signal } = new AbortController()

const options = snapshots(4)

/** Each way of asking, what is on the screen then, and the key that would answer it. */
const asked: Readonly<Record<string, readonly [(screen: Screen) => Promise<unknown>, string, string]>> = {
  'one of several': [
    ({ store }) => store.asker.ask(questionOf('snapshot', { danger: 'none', options, suggested: options[1] }), signal),
    'Which EBS snapshot',
    'enter',
  ],
  'a review': [({ store }) => store.asker.ask(questionOf('review'), signal), 'Shall this be done?', 'y'],
  'a host key': [({ store }) => store.asker.agree('Is this its key?', signal), 'Is this its key?', 'y'],
  'a secret': [({ store }) => store.asker.secret('the password', signal), 'Needed: the password', 'enter'],
  'the end': [({ store }) => store.end(signal), 'next: nothing', 'enter'],
}

/** A screen that looks, and draws so seldom that a key can come before what was asked is seen. */
async function whileLooking(): Promise<Screen> {
  const screen = new Screen({ route, maxFps: 4, now })
  screen.take(...looking)
  await screen.shows('asking:')
  return screen
}

describe.each(Object.entries(asked))('a key for %s', (_what, [ask, seen, key]) => {
  it('that was pressed while the screen was still looking is no answer', async () => {
    const screen = await whileLooking()
    screen.send(bytesOf(key))
    const answered = vi.fn<() => void>()
    void ask(screen).then(answered)
    await screen.shows(seen)
    await screen.settles()
    expect(answered).not.toHaveBeenCalled()
    expect(screen.store.shown().asking).not.toBeNull()
  })

  it('that is pressed when it is seen is one', async () => {
    const screen = await whileLooking()
    const answer = ask(screen)
    await screen.shows(seen)
    screen.send(bytesOf(key))
    await answer
    expect(screen.store.shown().asking).toBeNull()
  })
})

it('Ctrl-C is heard also before a question is seen', async () => {
  const screen = await whileLooking()
  void screen.store.asker.ask(questionOf('review'), signal)
  const stop: KeyId = 'stop'
  screen.press(stop)
  await vi.waitFor(() => expect(screen.interrupts).toBe(1))
})
