// Long texts in the operator's own pager.
import { execa } from 'execa'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Shows a text on the terminal, which nobody else draws on meanwhile: by `$PAGER`, else `$EDITOR`, else less(1) or more(1).
 * @param text without control characters
 * @returns why it could not be shown, in words; null when it was
 */
export async function openPager(text: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-'))
  const file = join(folder, 'text.txt')
  try {
    await writeFile(file, text, { mode: 0o600 })
    const program = [env.PAGER, env.EDITOR].find((each) => each !== undefined && each.trim() !== '')
    // As others read them: a line for the shell, which may have options in it.
    const line = program === undefined ? 'less "$1" || more "$1"' : `${program} "$1"`
    const { exitCode } = await execa('sh', ['-c', line, 'sh', file], { stdio: 'inherit', reject: false, env })
    return exitCode === 0 ? null : `the pager (${program ?? 'less or more'}) ended with ${exitCode ?? 'a signal'}`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
