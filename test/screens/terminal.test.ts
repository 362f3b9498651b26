import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Pty } from './pty.ts'

/** A config whose AWS is a port where nobody listens, and the flags that name it. */
async function unreachable(): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'lifeboat-pty-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const credentials = join(dir, 'credentials')
  await writeFile(credentials, '[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n')
  const config = join(dir, 'lifeboat.toml')
  const [region, endpoint] = ['us-east-1', 'http://127.0.0.1:9']
  const aws = { region, credentials_file: credentials, endpoint_ec2: endpoint, endpoint_sts: endpoint }
  const lines = Object.entries(aws).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  await writeFile(config, `[aws]\n${lines.join('\n')}\n\n[[hosts]]\nname = "irc-1"\ninstance = "i-0123456789abcdef0"\n`)
  return ['--host', 'irc-1', '--config', config, '--state-dir', join(dir, 'state')]
}

const said = 'nothing was changed'

/** Reads the end, and leaves. */
async function end(terminal: Pty): Promise<void> {
  await terminal.shows(said)
  terminal.press('choose')
}

it('what went wrong stands on the screen until it was read, and afterwards on the normal one', async () => {
  await using terminal = new Pty(await unreachable())
  await terminal.shows('Which host gets its data back?')
  expect(terminal.onScreens).toBe(true)
  await end(terminal)
  expect(await terminal.ended()).toBe(5)
  expect(terminal.onScreens).toBe(false)
  expect(terminal.all()).toContain('nothing was changed')
  // oxlint-disable-next-line no-control-regex
  expect(terminal.written).not.toMatch(/\u001b\[[23]J/)
})

it('after what went wrong it can be tried again', async () => {
  await using terminal = new Pty(await unreachable())
  await terminal.shows(said)
  const first = /run (\S+),/.exec(terminal.text())?.[1]
  terminal.press('again')
  await terminal.settles((text) => text.includes('Which host gets its data back?'))
  await terminal.settles((text) => text.includes(said))
  expect(/run (\S+),/.exec(terminal.text())?.[1]).not.toBe(first)
  await end(terminal)
  expect(await terminal.ended()).toBe(5)
})

it.each([
  ['TERM is dumb', [], { TERM: 'dumb' }],
  ['plain lines are asked for', ['--plain'], {}],
  ['a screen reader listens', [], { INK_SCREEN_READER: 'true' }],
])('where %s there are lines only', async (_why, flags, env) => {
  await using terminal = new Pty([...(await unreachable()), ...flags], { env })
  expect(await terminal.ended()).toBe(5)
  expect(terminal.all()).toContain('failed: ')
  expect(terminal.written).not.toContain('\u001b')
})

it('without colour nothing is coloured', async () => {
  await using terminal = new Pty(await unreachable(), { env: { NO_COLOR: '1' } })
  await terminal.shows(said)
  // oxlint-disable-next-line no-control-regex
  expect(terminal.written).not.toMatch(/\u001b\[3\dm/)
  terminal.press('choose')
  expect(await terminal.ended()).toBe(5)
})

it('in another locale than a UTF-8 one, only ASCII is written', async () => {
  await using terminal = new Pty(await unreachable(), { env: { LC_ALL: 'C', LANG: 'C' } })
  await terminal.shows(said)
  // oxlint-disable-next-line no-control-regex
  expect(terminal.written).toMatch(/^[\u0000-\u007f]*$/)
  terminal.press('choose')
  expect(await terminal.ended()).toBe(5)
})

it('where no shell could continue it, Ctrl-Z suspends nothing', async () => {
  await using terminal = new Pty(await unreachable())
  await terminal.shows(said)
  terminal.press('suspend')
  await terminal.leavesScreens()
  await terminal.shows(said)
  expect(terminal.onScreens).toBe(true)
  await end(terminal)
  expect(await terminal.ended()).toBe(5)
})

it('under a shell Ctrl-Z gives the terminal back, and fg the screens', async () => {
  const args = await unreachable()
  await using terminal = new Pty(args, { shell: true })
  await terminal.shows(said)
  terminal.press('suspend')
  await terminal.shows('Stopped')
  expect(terminal.onScreens).toBe(false)
  terminal.type('fg\r')
  await vi.waitFor(() => expect(terminal.onScreens).toBe(true), { timeout: 10_000 })
  await terminal.shows(said)
  const leave = (): void => {
    terminal.press('choose')
    expect(terminal.onScreens).toBe(false)
  }
  await vi.waitFor(leave, { interval: 300, timeout: 10_000 })
  terminal.type('exit 0\r')
  expect(await terminal.ended()).toBe(0)
})

it('a terminal that hangs up ends it, and nothing waits for a key', async () => {
  await using terminal = new Pty(await unreachable())
  await terminal.shows(said)
  terminal.kill('SIGHUP')
  expect(await terminal.ended()).toBeGreaterThan(0)
})
