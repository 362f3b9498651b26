// `npm run rig:setup`: builds the real host that Lifeboat is tried on, or finds it in the cache.
import { readFile } from 'node:fs/promises'
import { execa } from 'execa'
import prettyBytes from 'pretty-bytes'
import { LifeboatError, PreflightError } from '../../../text/errors.ts'
import { buildRig } from './build-rig.ts'
import { defaultCacheDir, rigDir } from './cache.ts'
import { seconds } from './stage.ts'

const say = (line: string): void => void process.stderr.write(`rig: ${line}\n`)

async function expectDebian(): Promise<void> {
  const system = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const isDebian = /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(system)
  if (isDebian && process.arch === 'x64' && process.getuid?.() === 0) return
  const lacks = isDebian ? (process.arch === 'x64' ? 'root' : 'an x86-64 processor') : 'Debian or Ubuntu'
  throw new PreflightError({
    code: 'rig-machine-unfit',
    message: `the rig is built from Debian packages, as root, on x86-64; this machine or login lacks ${lacks}`,
    notChanged: ['nothing was installed or built'],
    next: [{ why: 'run it as root on Debian or Ubuntu, for instance', command: 'sudo npm run rig:setup' }],
  })
}

async function main(): Promise<number> {
  const started = performance.now()
  try {
    await expectDebian()
    const cacheDir = defaultCacheDir()
    await buildRig(cacheDir, say)
    const used = await execa('du', ['--summarize', '--block-size=1', rigDir(cacheDir)])
    const size = prettyBytes(Number.parseInt(used.stdout, 10))
    say(`ready in ${seconds(started)} s; ${rigDir(cacheDir)} takes ${size}`)
    return 0
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error
    say(error.message)
    for (const line of error.notChanged) say(line)
    for (const { why, command } of error.next) say(`hint: ${why}: ${command}`)
    return error instanceof PreflightError ? 5 : 1
  }
}

process.exitCode = await main()
