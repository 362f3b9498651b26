import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Pty } from './pty.ts'

/** A config whose AWS and whose host are a port where nobody listens, and the flags that name it. */
async function unreachable(): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'lifeboat-pty-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const credentials = join(dir, 'credentials')
  await writeFile(credentials, '[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n')
  await writeFile(join(dir, 'ssh_config'), 'Host irc-1\n  HostName 127.0.0.1\n  Port 9\n')
  const config = join(dir, 'lifeboat.toml')
  const [region, endpoint] = ['us-east-1', 'http://127.0.0.1:9']
  const aws = { region, credentials_file: credentials, endpoint_ec2: endpoint, endpoint_sts: endpoint }
  const lines = Object.entries(aws).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  await writeFile(
    config,
    `[aws]\n${lines.join('\n')}\n\n[ssh]\nconfig = "ssh_config"\n\n[[hosts]]\nname = "irc-1"\ninstance = "i-0123456789abcdef0"\n`,
  )
  return ['--host', 'irc-1', '--config', config, '--state-dir', join(dir, 'state')]
}

const said = 'nothing was changed'

/** Reads the end, and leaves. */
async function end(terminal: Pty): Promise<void> {
  // Between two runs the same words stand on the normal screen for a moment.
  await terminal.settles((text) => terminal.onScreens && text.includes(said))
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

const runIn = (text: string): string | undefined => /run (\S+),/.exec(text)?.[1]

it('after what went wrong it can be tried again', async () => {
  await using terminal = new Pty(await unreachable())
  await terminal.shows(said)
  const first = runIn(terminal.text())
  terminal.press('again')
  await terminal.settles((text) => text.includes('Which host gets its data back?'))
  await terminal.settles((text) => terminal.onScreens && text.includes(said) && runIn(text) !== first)
  expect(runIn(terminal.text())).toMatch(/^\d{8}-/)
  await end(terminal)
  expect(await terminal.ended()).toBe(5)
})

it('however often it is tried again, nothing is left of the tries before', async () => {
  // No retries: the host's port is closed, which is told at once.
  await using terminal = new Pty([...(await unreachable()), '--source', 'local'])
  for (let tries = 0, last: string | undefined; tries < 12; tries++) {
    await terminal.settles((text) => terminal.onScreens && text.includes(said) && runIn(text) !== last)
    last = runIn(terminal.text())
    if (tries < 11) terminal.press('again')
  }
  await end(terminal)
  expect(await terminal.ended()).toBe(5)
  expect(terminal.written).not.toContain('MaxListeners')
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

it('gives a long text to the pager of the operator, whose Ctrl-C is its own, and has its screens back after it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'lifeboat-pager-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  // It shows what it got, and ends only when it is interrupted.
  const pager = join(dir, 'pager')
  await writeFile(pager, '#!/bin/sh\ncat "$1"\ntrap "exit 0" INT\necho paged\nwhile :; do sleep 0.05; done\n', {
    mode: 0o755,
  })
  await using terminal = new Pty([...(await unreachable()), '--source', 'local'], { env: { PAGER: pager } })
  await terminal.shows(said)
  terminal.press('log')
  await terminal.shows('The log')
  terminal.press('edit')
  await terminal.shows('paged')
  expect(terminal.onScreens).toBe(false)
  expect(terminal.all()).toContain('irc-1')
  terminal.type('\u0003')
  await terminal.settles((text) => terminal.onScreens && text.includes('The log'))
  terminal.press('close')
  await terminal.settles((text) => !text.includes('The log'))
  await end(terminal)
  expect(await terminal.ended()).toBe(5)
})

it('says what is wrong with a pager that can not be had', async () => {
  await using terminal = new Pty([...(await unreachable()), '--source', 'local'], { env: { PAGER: '/nowhere/pager' } })
  await terminal.shows(said)
  terminal.press('log')
  await terminal.shows('The log')
  terminal.press('edit')
  await terminal.shows('the pager (/nowhere/pager) ended with 127')
  terminal.press('close')
  await terminal.settles((text) => !text.includes('The log'))
  await end(terminal)
  expect(await terminal.ended()).toBe(5)
})

it('a terminal that hangs up ends it, and nothing waits for a key', async () => {
  await using terminal = new Pty(await unreachable())
  await terminal.shows(said)
  terminal.kill('SIGHUP')
  expect(await terminal.ended()).toBeGreaterThan(0)
})

it('Esc and a letter soon after it are two keys', async () => {
  await using terminal = new Pty(await unreachable())
  await terminal.shows(said)
  // A machine that is busy may read both in one piece, as Alt and a letter come: then once more.
  for (let tries = 0; tries < 10 && !terminal.text().includes('The log'); tries++) {
    terminal.press('help')
    await terminal.shows(/^ Keys$/m)
    terminal.type('\u001b')
    await new Promise((resolve) => void setTimeout(resolve, 10))
    terminal.type('l')
    await terminal.settles((text) => !/^ Keys$/m.test(text)).catch(() => terminal.press('close'))
    await terminal.shows('The log', 2000).catch(() => undefined)
  }
  expect(terminal.text()).toContain('The log')
})
