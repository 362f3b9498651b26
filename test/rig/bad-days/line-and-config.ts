// What is wrong before anything is looked at: the command line, the config, what is kept on this machine.
import { rm, writeFile } from 'node:fs/promises'
import type { Event } from '../program.ts'
import { head, restoreWith, type BadDay } from './bad-day.ts'

const inCreateVolume = (event: Event): boolean => event.type === 'step-started' && event.step === 'create-volume'

const usage = { exitCode: 2, code: 'usage' } as const

/** A line that confirms nothing. */
const bare = (...words: string[]) => [...words, '--no-input', '--json']

export const lineAndConfig: readonly BadDay[] = [
  {
    situation: 'a flag is mistyped',
    args: restoreWith('--snapshoot', 'latest'),
    ...usage,
    message: /unknown option '--snapshoot'/,
  },
  {
    situation: 'no host is named',
    args: () => bare('restore'),
    ...usage,
    message: /which host\? Give --host NAME \(the config names irc-1\)/,
  },
  {
    situation: 'a host is named that the config does not know',
    args: () => bare('restore', '--host', 'irc-2'),
    ...usage,
    message: /does not name irc-2; it names irc-1/,
  },
  {
    situation: 'the config that was named is missing',
    provoke: ({ config }) => rm(config),
    ...usage,
    message: /the config \S+ /,
    next: [/--config FILE$/],
  },
  {
    situation: 'the config is not TOML',
    provoke: ({ config }) => writeFile(config, '[aws\n'),
    ...usage,
    message: /is not TOML/,
  },
  {
    situation: 'the config has a key that is mistyped',
    provoke: (scene) => scene.editHost({ servces: ['chat.service'] }),
    ...usage,
    message: /the config \S+ is wrong: hosts\.0: .*servces/,
  },
  {
    situation: 'neither config nor environment names a region',
    provoke: (scene) => scene.editConfig(({ aws }) => delete aws['region']),
    env: () => ({ AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined }),
    ...usage,
    message: /which AWS region\?/,
  },
  {
    situation: 'a rollback is asked for, and nobody confirms it',
    args: () => bare('restore', '--host', 'irc-1', '--way', 'rollback'),
    ...usage,
    message: /--way rollback destroys data, and nobody is there to confirm it: give --confirm irc-1/,
  },
  {
    situation: "--confirm is not the host's name",
    args: () => bare('restore', '--host', 'irc-1', '--confirm', 'irc-2'),
    ...usage,
    message: /--confirm irc-2 is not the host's name, irc-1/,
  },
  {
    situation: 'a question is left open, and nobody is there to answer it',
    args: () => bare('restore', '--host', 'irc-1', '--source', 'ebs', '--snapshot', 'latest'),
    ...usage,
    message: /"What should the new volume be like\?" has no answer: give --volume-type/,
  },
  {
    situation: '--at is no moment',
    args: restoreWith('--snapshot', 'latest', '--at', '2026-11-31T25:00', '--way', 'rollback'),
    ...usage,
    message: /a time is written like .*, not "2026-11-31T25:00"/,
  },
  {
    situation: '--init-rate is out of range',
    args: restoreWith(...head, '--init-rate', '7'),
    ...usage,
    message: /--init-rate 7 is not a whole number of MiB\/s from 100 to 300/,
  },
  {
    situation: '--snapshot is no snapshot',
    args: restoreWith('--snapshot', 'newest'),
    ...usage,
    message: /--snapshot newest is neither latest nor/,
  },
  {
    situation: 'the volume type does not exist or is too large for the data',
    args: restoreWith(...head, '--volume-type', 'st1'),
    ...usage,
    message: /--volume-type st1 is not one of gp3, gp2/,
  },
  {
    situation: 'resume, and no run is unfinished',
    args: () => bare('resume'),
    ...usage,
    message: /no run is unfinished/,
  },
  {
    situation: 'resume, and there is no such run',
    args: () => bare('resume', '20260131-031400-0a1b'),
    ...usage,
    message: /there is no run \S+ below/,
    next: [/^lifeboat runs$/, /^lifeboat resume \S+ --host HOST$/],
  },
  {
    situation: 'an earlier run on this host is unfinished',
    async provoke(scene) {
      scene.later(() => scene.undo())
      await scene.restore(head, { killAt: inCreateVolume })
    },
    exitCode: 5,
    code: 'run-unfinished',
    message: /^run \S+ on irc-1 is not finished$/,
    next: [/^lifeboat resume \S+$/, /^lifeboat undo \S+ --confirm irc-1$/],
  },
]
