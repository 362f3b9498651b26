// Plays stories on the real host. Each command over ssh costs a fifth of a second there, so a story is one script.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDir } from '../../src/commands/options.ts'
import { startVm } from '../../src/lab/host/vm/vm.ts'
import { raw, sh } from '../../src/text/quote.ts'
import { blankDisks } from './blank-disks.ts'
import { beginsAt, lineOf, linkOf, disks, type Answer, type Story } from './contract.ts'
import type { Player } from './simulated.ts'

const required = (line: string): string =>
  sh`( cd /root; eval ${line} ) >"$d/said" 2>&1 || { echo ${`"${line}" fails:`} >&2; cat "$d/said" >&2; exit 1; }`

function scriptOf(story: Story): string {
  return [
    'd=$(mktemp -d); cd /root',
    ...story.begin.map(required),
    ...story.cases.flatMap((one) => [
      ...one.before.map(required),
      // As no word can be: with NULs.
      sh`printf %s ${Buffer.from(one.stdin).toString('base64')} | base64 -d | ${raw(lineOf(one))} >"$d/out" 2>"$d/err"`,
      'printf \'%s\\n\' $?; base64 -w0 "$d/out"; echo; base64 -w0 "$d/err"; echo',
    ]),
    ...story.end.map(required),
    'rm -rf "$d"',
  ].join('\n')
}

const decoded = (text = ''): string => Buffer.from(text, 'base64').toString('utf8')

/** The host in the virtual machine, a new one for each story: nothing else was done on it. */
export function realPlayer(): Player {
  return {
    async play(story) {
      const host = await freshHost()
      try {
        return await host.play(story)
      } finally {
        await host[Symbol.asyncDispose]()
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function freshHost(): Promise<Player> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-contract-'))
  const vm = await startVm({ cacheDir: cacheDir({}, process.env), runDir: join(folder, 'vm') })
  for (const [volumeId, image] of await blankDisks(folder)) await vm.attach(image, volumeId)
  await vm.setClock(beginsAt)
  await vm.run(sh`udevadm wait --timeout=120 ${Object.values(disks).map(linkOf)}`)
  return {
    async play(story) {
      const { code, stdout, stderr } = await vm.run('sh -s', { stdin: scriptOf(story), timeoutMs: 300_000 })
      if (code !== 0) throw new Error(`the story "${story.name}" ends with ${code}: ${stderr}`)
      const lines = stdout.split('\n')
      return story.cases.map((_one, at): Answer => {
        const [ended, out, err] = lines.slice(at * 3, at * 3 + 3)
        return { code: Number(ended), stdout: decoded(out), stderr: decoded(err) }
      })
    },
    async [Symbol.asyncDispose]() {
      await vm.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
