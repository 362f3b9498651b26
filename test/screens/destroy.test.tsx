import { describe, expect, it } from 'vitest'
import { Confirm, Destroy } from '../../src/screens/destroy.tsx'
import { fakeQuestion, option } from '../run/fake-question.ts'
import { body, drawn, finding } from './drawn.tsx'
import { Screen } from './screen.tsx'

const only = option('do it')

const question = (confirmation: string) =>
  fakeQuestion('review', {
    danger: 'destructive',
    options: [only],
    suggested: only,
    confirmation,
    earlier: ['target'],
  })

const destroy = (word = 'web') => (
  <Destroy question={question(word)} word={word} confirmed={() => {}} goBack={() => {}} />
)

const plan = [
  finding('review', 'roll-back: roll the datasets back'),
  finding('review', '  $ zfs rollback tank@a\nend', 'command'),
  finding('review', 'destroys tank@b', 'summary'),
]

const { signal } = new AbortController()

describe('before data is destroyed', () => {
  it('says that it is, what is asked, what goes, and by which commands: no key is left to ask for them', () => {
    expect(body(drawn(destroy(), { events: plan })).slice(0, 11)).toEqual([
      ' This destroys data',
      ' Which review?',
      '',
      ' destroys tank@b',
      '',
      ' the steps and their commands:',
      ' roll-back: roll the datasets back',
      '   $ zfs rollback tank@a',
      '     end',
      '',
      ' Type web and ⏎ to do it: _',
    ])
  })

  it.each([
    [60, 16],
    [40, 10],
  ])('everything can be read at %i×%i, and the way out is named', async (columns, rows) => {
    const screen = new Screen({ columns, rows })
    screen.take(...Array.from({ length: 40 }, (_none, at) => finding('review', `destroys tank@${at}.`, 'summary')))
    void screen.store.asker.ask(question('web'), signal)
    await screen.shows('Type web')
    expect(screen.lines().at(-1)).toMatch(/^ ← back {2}\^C leave {2}↑↓ scroll/)
    for (let at = 0; at < 40; at++) {
      while (!screen.text().includes(`tank@${at}.`)) {
        const before = screen.text()
        screen.send('\u001b[B')
        await screen.changes(before)
      }
    }
    expect(screen.text()).toContain('This destroys data')
    expect(screen.text()).toContain('Type web')
  })

  it('the name is said in ASCII where only that can be shown', () => {
    expect(drawn(destroy(), { ascii: true }).join('\n')).toContain('Type web and Enter to do it: _')
  })

  it('a name with spaces, quotes and wide letters is typed as it is', async () => {
    const name = `tank/it's "my" データ`
    const screen = new Screen()
    const answer = screen.store.asker.ask(question(name), signal)
    await screen.shows(`Type ${name}`)
    screen.send(name)
    await screen.shows(`do it: ${name}_`)
    screen.send('\r')
    expect(await answer).toBe(only)
  })

  it('a letter of several parts is taken back whole', async () => {
    const screen = new Screen()
    void screen.store.asker.ask(question('web'), signal)
    await screen.shows('Type web')
    screen.send('a😀')
    await screen.shows('do it: a😀_')
    screen.send('\u007f')
    await expect(screen.shows('do it: a_')).resolves.toBeUndefined()
  })

  it('a long name has a line of its own, of which the end is in sight while it is typed', async () => {
    const name = `tank/${'deep/'.repeat(20)}end`
    const screen = new Screen({ columns: 60, rows: 16 })
    const answer = screen.store.asker.ask(question(name), signal)
    await screen.shows(/the name:[^]*deep\/end[^]*Type the name and ⏎ to do it:/)
    screen.send(name)
    await screen.shows('deep/end_')
    screen.send('x\r')
    await screen.shows('nothing was done')
    screen.send('\u007f\r')
    expect(await answer).toBe(only)
  })

  it('what a terminal would obey is not shown when it is typed', async () => {
    const screen = new Screen()
    void screen.store.asker.ask(question('web'), signal)
    await screen.shows('Type web')
    screen.send('a\u009b31m\u202eb')
    await screen.shows('do it: a')
    expect(screen.written).not.toMatch(/[\u009b\u202e]/)
  })
})

describe('before a run is taken back', () => {
  const names = Array.from({ length: 30 }, (_none, at) => `vol-${at}.`)

  it.each([
    [80, 24],
    [60, 16],
    [40, 10],
  ])('everything that is deleted can be read at %i×%i', async (columns, rows) => {
    const screen = new Screen({ columns, rows })
    void screen.store.asker.confirm(`This deletes ${names.join(', ')}`, 'web', signal)
    await screen.shows('Type web')
    for (const name of names) {
      while (!screen.text().includes(name)) {
        const before = screen.text()
        screen.send('\u001b[B')
        await screen.changes(before)
      }
    }
    expect(screen.text()).toContain('Type web')
  })

  it('says what it does where nothing is known of its commands', () => {
    const confirm = <Confirm what="This deletes vol-1." word="web" confirmed={() => {}} />
    expect(body(drawn(confirm)).slice(0, 3)).toEqual([
      ' This takes back what the run has made',
      ' This deletes vol-1.',
      '',
    ])
  })
})
