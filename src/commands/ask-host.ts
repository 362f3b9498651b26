// Before there is a run: whose run it is to be.
import { z } from 'zod'
import { plainAsker } from '../plain/ask.ts'
import { readConfig } from '../run/config.ts'
import type { Choice } from '../steps/step.ts'
import { Cancelled } from '../text/errors.ts'
import { configPath, isAsking, type CommonOptions, type Surroundings } from './options.ts'

const hostChoice: Choice<string> = {
  kind: 'choice',
  id: 'target',
  version: 1,
  needs: [],
  question: 'Which host gets its data back?',
  flag: '--host',
  answeredBy: ['host'],
  why: 'Everything that follows is of this one host: its instance, its volume, its snapshots, its services. What is known of it comes from the config; another one can be named as for ssh.',
  danger: () => 'none',
  answer: z.string().min(1),
  async *options() {
    // They come from the config, which no run has read yet.
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: ({ flags }) => flags.host,
  check: async () => [],
}

/** The host that the operator names, of those in the config or another; undefined where nobody is there to be asked. */
export async function askHost(
  options: CommonOptions,
  { env, stdin, stderr, onSignal }: Surroundings,
): Promise<string | undefined> {
  if (!isAsking(options, stdin)) return undefined
  const { path, named } = configPath(options, env)
  const hosts = readConfig(path, named).hosts.map(({ name }) => ({ kind: 'option', value: name, label: name }) as const)
  const stop = new AbortController()
  onSignal((signal) => stop.abort(new Cancelled(signal)))
  stderr.write(`${hostChoice.question}\n`)
  const typed = { what: 'the name of another, as for ssh' }
  const answer = await plainAsker({ input: stdin, output: stderr }).ask(
    {
      step: { ...hostChoice, typed: { ...typed, read: (_run, text) => Promise.resolve(text) } },
      danger: 'none',
      options: hosts,
      suggested: hosts[0],
      confirmation: undefined,
      earlier: [],
      readTyped: (text) => Promise.resolve(text),
    },
    stop.signal,
  )
  return answer.kind === 'option' ? z.string().parse(answer.value) : undefined
}
