import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { inUnit, unitName, unitOutcome } from '../../../src/remote/linux/transient-unit.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { answer } from '../answer.ts'

const unit = { run: '20261121-192342-0a1b', step: 'roll-back', attempt: 2, part: '1' }

/** Stands in for systemd-run: notes the options and runs what follows `--`, away from the caller's streams. */
const systemdRun = `#!/bin/sh
printf '%s\\n' "$@" > "$LOG"
while [ "$1" != -- ]; do shift; done
shift
for word; do case "$word" in *'\${'*) echo "systemd would expand $word" >&2; exit 1;; esac; done
exec "$@" </dev/null >/dev/null 2>&1
`

interface Here {
  readonly folder: string
  /** Runs a line as it is, but with its files below a folder of the test's own. */
  readonly run: (
    line: string,
    stdin?: string,
  ) => Promise<{ exitCode: number | undefined; stdout: string; stderr: string }>
  /** What systemd-run was given. */
  readonly options: () => Promise<string[]>
}

async function host(): Promise<Here> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin', 'systemd-run'), systemdRun)
  await chmod(join(folder, 'bin', 'systemd-run'), 0o755)
  const log = join(folder, 'log')
  return {
    folder,
    async run(line, stdin = '') {
      const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`, LOG: log }
      const { exitCode, stdout, stderr } = await execa(
        '/bin/sh',
        ['-c', line.replaceAll('/run/lifeboat', join(folder, 'run'))],
        {
          input: stdin,
          env,
          reject: false,
          stripFinalNewline: false,
        },
      )
      return { exitCode, stdout, stderr }
    },
    options: async () => (await readFile(log, 'utf8')).split('\n'),
  }
}

describe('a line in a unit', () => {
  it('has its variables to itself', async () => {
    const { run } = await host()
    expect(await run(inUnit('r=one; echo "${r%e}" "${r}"', unit))).toMatchObject({ exitCode: 0, stdout: 'on one\n' })
  })

  it('gives back what it writes to both streams', async () => {
    const { run } = await host()
    expect(await run(inUnit("echo out; echo 'the error' >&2", unit))).toEqual({
      exitCode: 0,
      stdout: 'out\n',
      stderr: 'the error\n',
    })
  })

  it('is given what came on standard input, every byte of it', async () => {
    const { run } = await host()
    const text = `return "it's" \\n $HOME \`x\`\n\n  end`
    expect((await run(inUnit('cat', unit, text), text)).stdout).toBe(text)
  })

  it.each(['(exit 3)', 'exit 3', 'echo half; exit 3'])('gives back the exit code of %s', async (line) => {
    const { run } = await host()
    expect((await run(inUnit(line, unit))).exitCode).toBe(3)
  })

  it('may hold quotes, several commands and a comment', async () => {
    const { run } = await host()
    expect((await run(inUnit(`printf '%s|' "it's" 'a  b' && echo done # so far`, unit))).stdout).toBe(
      "it's|a  b|done\n",
    )
  })

  it('is waited for, and named after its run, step and attempt', async () => {
    const { run, options } = await host()
    await run(inUnit('true', unit))
    expect((await options()).slice(0, 5)).toEqual([
      '--quiet',
      '--wait',
      '--collect',
      '--unit=lifeboat-20261121-192342-0a1b-roll-back-2-1',
      '--',
    ])
    expect(unitName(unit)).toBe('lifeboat-20261121-192342-0a1b-roll-back-2-1')
  })

  it('leaves files that no other user can read', async () => {
    const { run, folder } = await host()
    await run(inUnit('echo secret', unit, 'secret'), 'secret')
    const { stdout } = await execa('find', [join(folder, 'run'), '-perm', '/077'])
    expect(stdout).toBe('')
  })
})

/** What the host tells of the unit, where `systemctl` says that no unit is active. */
async function outcome({ run }: Here): Promise<unknown> {
  const command = unitOutcome(unit)
  const { stdout, stderr, exitCode } = await run(`systemctl() { false; }\n${command.line}`)
  return command.parse({ code: exitCode ?? -1, stdout, stderr })
}

describe('what became of a unit', () => {
  it('is its end, with its code and what it wrote', async () => {
    const there = await host()
    await there.run(inUnit('echo two; echo lines; echo wrong >&2; (exit 4)', unit))
    expect(await outcome(there)).toEqual({
      state: 'ended',
      output: { code: 4, stdout: 'two\nlines\n', stderr: 'wrong\n' },
    })
  })

  it('is that it never began; a line that comes late does nothing then', async () => {
    const there = await host()
    expect(await outcome(there)).toEqual({ state: 'never' })
    expect((await there.run(inUnit('echo too late', unit))).stdout).toBe('')
    expect(await outcome(there)).toEqual({ state: 'unknown' })
  })

  it('is that nothing was run where standard input came only in part', async () => {
    const there = await host()
    expect(await there.run(inUnit('cat', unit, 'a whole list\n'), 'a whole')).toMatchObject({
      exitCode: 75,
      stdout: '',
    })
    expect(await outcome(there)).toEqual({ state: 'unknown' })
    // It may have been the better part of a secret.
    expect((await execa('find', [join(there.folder, 'run'), '-name', 'in'])).stdout).toBe('')
  })

  it('is not known of one that was begun and lost before its end', async () => {
    const there = await host()
    await there.run(inUnit('kill -9 $$', unit))
    expect(await outcome(there)).toEqual({ state: 'unknown' })
  })

  it('is that it runs, while systemd says so', async () => {
    const { run } = await host()
    await run(inUnit('kill -9 $$', unit))
    const { stdout } = await run(`systemctl() { true; }\n${unitOutcome(unit).line}`)
    expect(answer(unitOutcome(unit), stdout)).toEqual({ state: 'running' })
  })
})
