import { setImmediate as soon } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { looking, route } from './a-run.ts'
import { Screen } from './screen.tsx'

/** A screen with its keys shown over it. */
async function covered(): Promise<Screen> {
  const screen = new Screen({ route, columns: 60, rows: 16 })
  screen.take(...looking)
  await screen.shows('asking:')
  screen.press('help')
  await screen.shows('Keys')
  return screen
}

/** Sends these one right after the other, but each by itself. */
async function sendApart(screen: Screen, ...pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    screen.send(piece)
    await soon()
  }
}

it('Esc and a letter right after it are two keys', async () => {
  const screen = await covered()
  await sendApart(screen, '\u001b', 'l')
  await screen.shows('The log')
  expect(screen.text()).not.toContain('Keys')
})

it('so are Esc and whatever is typed after it, in order and with nothing lost', async () => {
  const screen = await covered()
  await sendApart(screen, '\u001b', 'l', '\u001b', 'c')
  await screen.shows('The commands, exactly')
  expect(screen.text()).not.toContain('The log')
})

it('Alt and a letter, which come in one piece, do nothing', async () => {
  const screen = await covered()
  screen.press('close')
  await screen.hides('Keys')
  screen.send('\u001bl')
  await soon()
  screen.press('commands')
  await screen.shows('The commands, exactly')
  expect(screen.text()).not.toContain('The log')
})

it('an arrow that was torn apart is still one', async () => {
  const screen = await covered()
  const before = screen.text()
  await sendApart(screen, '\u001b', '[B')
  await screen.changes(before)
  expect(screen.text()).toContain('Keys')
})
