// A drill in a real terminal, by keys alone, in the built-in lab on its simulated host.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { drilled, type Drilled } from '../../src/commands/drill-debrief.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { Pty } from './pty.ts'

/** A busy machine takes its time for a world and each step. */
const patienceMs = 120_000

interface Place {
  readonly flags: readonly string[]
  /** The drills that are in the history. */
  readonly drills: () => Drilled[]
  /** What is on the disk besides the history. */
  readonly left: () => string[]
}

async function place(): Promise<Place> {
  const folder = await temporaryFolder()
  const [state, cache] = [join(folder, 'state'), join(folder, 'cache')]
  return {
    flags: ['--state-dir', state, '--cache-dir', cache],
    drills: () =>
      readFileSync(join(state, 'drills.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => drilled.parse(JSON.parse(line))),
    left: () => [...readdirSync(state).filter((name) => name !== 'drills.jsonl'), ...readdirSync(join(cache, 'labs'))],
  }
}

/** Waits until this is asked: before, the same question stands over what is being looked at for it. */
async function asks(terminal: Pty, question: string): Promise<void> {
  await terminal.shows(question, patienceMs)
  await terminal.shows(/⏎ choose|y do it|Type irc-1/, patienceMs)
  expect(terminal.text()).toContain(question)
}

describe('a drill in a terminal', { timeout: 4 * patienceMs }, () => {
  it.each([
    [80, 24],
    [60, 16],
  ])('of %i×%i goes from the page to the debrief by keys alone', async (columns, rows) => {
    const { flags, drills, left } = await place()
    await using terminal = new Pty(['drill', ...flags], { columns, rows })
    await asks(terminal, 'Which incident do you want to rehearse?')
    expect(terminal.text()).toContain('DRILL')
    await terminal.shows(/❯ volume-deleted +the data volume was deleted/)
    terminal.press('choose')
    await asks(terminal, 'You are on call')
    terminal.press('down')
    await terminal.shows('❯ hint 1 of 3')
    terminal.press('choose')
    await terminal.shows('Hint 1 of 3')
    await terminal.shows('❯ begin')
    terminal.press('choose')
    await asks(terminal, 'Where does the data come back from?')
    expect(terminal.text()).toMatch(/DRILL · irc-1 .*\+\d\d:\d\d/)
    terminal.press('choose')
    await asks(terminal, 'Which EBS snapshot')
    terminal.press('choose')
    await asks(terminal, 'What should the new volume be like?')
    terminal.press('choose')
    await asks(terminal, 'Shall this be done?')
    // On a small terminal it is further down.
    const told =
      rows < 24 ? 'in short:' : 'this is a rehearsal: nothing of yours is touched, and its world is gone at the end'
    const review = terminal.text().replaceAll(/\s+/g, ' ')
    expect(review).toContain(told)
    expect(review).not.toContain('lifeboat undo')
    terminal.press('yes')
    await asks(terminal, 'What shall be done with the data?')
    terminal.press('choose')
    await asks(terminal, 'Shall the services run on this data?')
    terminal.press('yes')
    await terminal.shows('restored: the services run on this data', patienceMs)
    await terminal.shows('⏎ debrief')
    terminal.press('choose')
    expect(await terminal.ended()).toBe(0)

    const text = terminal.all()
    expect(text).toContain('DRILL volume-deleted: passed')
    expect(text).toContain('hints used: 1 of 3')
    // What is said last is wrapped at words, and leads nowhere that is gone.
    expect(text.split('\n').filter((line) => line.length > columns)).toEqual([])
    expect(text).not.toMatch(/next:|terraform|--config|what there is now/)
    expect(drills()).toMatchObject([{ scenario: 'volume-deleted', passed: true, outcome: 'restored', hints: 1 }])
    expect(left()).toEqual([])
  })

  it('whose run has failed is tried again by a key, and is still one drill', async () => {
    const { flags, drills, left } = await place()
    await using terminal = new Pty(['drill', 'key-denied', ...flags])
    await terminal.shows('❯ begin')
    terminal.press('choose')
    await asks(terminal, 'Where does the data come back from?')
    terminal.press('choose')
    await asks(terminal, 'Which EBS snapshot')
    terminal.press('choose')
    await asks(terminal, 'What should the new volume be like?')
    terminal.press('choose')
    await asks(terminal, 'Shall this be done?')
    terminal.press('yes')
    await terminal.shows('r try again', patienceMs)
    expect(terminal.text()).toContain('and it is gone again')
    terminal.press('again')
    await terminal.settles((text) => !text.includes('r try again'))
    await terminal.shows('r try again', patienceMs)
    expect(terminal.text()).toContain('and it is gone again')
    terminal.press('choose')
    expect(await terminal.ended()).toBe(0)
    expect(terminal.all()).toContain('DRILL key-denied: passed')
    expect(drills()).toMatchObject([{ scenario: 'key-denied', outcome: 'refused', guards: ['volume-vanished'] }])
    expect(left()).toEqual([])
  })

  it('whose dump is broken is taken back by the same key, and another dump is chosen', async () => {
    const { flags, drills, left } = await place()
    await using terminal = new Pty(['drill', 'dump-archive', ...flags])
    await terminal.shows('❯ begin')
    terminal.press('choose')
    await asks(terminal, 'Where does the data come back from?')
    terminal.press('down')
    await terminal.shows('❯ a dump in S3')
    terminal.press('choose')
    await asks(terminal, 'Which dump should be restored?')
    terminal.press('choose')
    await asks(terminal, 'Who fetches the dump from S3?')
    terminal.press('choose')
    await asks(terminal, 'Shall the dump be fetched and read?')
    terminal.press('yes')
    await terminal.shows('r take back', patienceMs)
    // It may be over two lines.
    expect(terminal.text()).toMatch(/gzip:\s+stdin:\s+unexpected\s+end\s+of\s+file/)
    terminal.press('again')
    await terminal.shows('taken back: nothing of it is left', patienceMs)
    terminal.press('choose')
    await asks(terminal, 'Which dump should be restored?')
    terminal.press('down')
    await terminal.shows('❯ 1 d')
    terminal.press('choose')
    await asks(terminal, 'Who fetches the dump from S3?')
    terminal.press('choose')
    await asks(terminal, 'Shall the dump be fetched and read?')
    terminal.press('yes')
    await asks(terminal, 'Shall the dump be put in place?')
    terminal.press('yes')
    await terminal.shows('⏎ debrief', patienceMs)
    terminal.press('choose')
    expect(await terminal.ended()).toBe(0)
    expect(terminal.all()).toContain('DRILL dump-archive: passed')
    expect(drills()).toMatchObject([{ passed: true, outcome: 'restored', guards: ['dump-broken'] }])
    expect(left()).toEqual([])
  })

  it('that is left before it has begun is none: nothing is kept, and no world was made', async () => {
    const { flags } = await place()
    for (const key of ['leave', 'stop'] as const) {
      await using terminal = new Pty(['drill', 'volume-deleted', ...flags])
      await terminal.shows('❯ begin')
      terminal.press(key)
      expect(await terminal.ended()).toBe(130)
      expect(terminal.onScreens).toBe(false)
    }
  })

  it('that is left in the middle says what became of it, and is in the history as left', async () => {
    const { flags, drills, left } = await place()
    await using terminal = new Pty(['drill', 'volume-deleted', ...flags])
    await terminal.shows('❯ begin')
    terminal.press('choose')
    await asks(terminal, 'Where does the data come back from?')
    terminal.press('help')
    await terminal.shows('ends the drill; it is kept in the history as left')
    terminal.press('close')
    await asks(terminal, 'Where does the data come back from?')
    terminal.press('leave')
    expect(await terminal.ended()).toBe(130)
    expect(terminal.all()).toMatch(/DRILL volume-deleted: left\n {2}left before its end; nothing of its world is left/)
    expect(terminal.all()).not.toMatch(/lifeboat (resume|undo)/)
    expect(drills()).toMatchObject([{ passed: false, outcome: 'cancelled', exitCode: 130 }])
    expect(left()).toEqual([])
    await using history = new Pty(['drill', '--history', ...flags])
    expect(await history.ended()).toBe(0)
    expect(history.all()).toMatch(/volume-deleted +left$/m)
  })
})
