// What is done with the data of a snapshot, before it is said of which one.
import { z } from 'zod'
import { UsageError } from '../text/errors.ts'
import type { Choice, Option, Run } from './step.ts'

const ways = ['none', 'rollback', 'clone', 'files'] as const

type Way = (typeof ways)[number]

const optionOf = (run: Run, way: Way): Option<Way> => {
  const labels = {
    none: {
      label: 'keep the head: the newest data there is',
      detail:
        run.route === 'local'
          ? 'changes no data: the services are started anew and proven'
          : 'loses nothing of what the EBS snapshot holds; a snapshot of one volume is consistent by itself',
    },
    rollback: {
      label: 'roll the datasets back in place',
      detail:
        'destroys what was written since the snapshot, and the newer snapshots; needs no space. What goes is listed before',
    },
    clone: {
      label: 'put clones of the snapshots in their place',
      detail:
        'destroys nothing: the datasets of today stay beside them under other names; space grows with what is written',
    },
    files: {
      label: 'copy files out of a snapshot',
      detail: 'changes nothing in the pool and stops no service; the files are put into a folder of your choice',
    },
  }
  return { kind: 'option', value: way, ...labels[way] }
}

/** How the data is brought back. */
export const wayChoice: Choice<Way> = {
  kind: 'choice',
  id: 'way',
  version: 1,
  needs: ['inspect-pool'],
  question: 'What shall be done with the data?',
  flag: '--at and --way',
  answeredBy: ['way'],
  why: 'The head is the newest data there is: the EBS snapshot was taken later than the last hourly zfsnap snapshot, and ZFS comes back from it as from a power cut. After a lost volume it is the right choice, and rolling back throws away what was written since the last hourly for nothing. Go back only when the head itself is bad: files deleted, overwritten or encrypted by somebody. A rollback destroys the newer snapshots too; clones keep everything; and where only some files are missing, copying them out disturbs nobody.',
  danger: () => 'none',
  answer: z.enum(ways),
  async *options(run) {
    for (const way of ways) yield optionOf(run, way)
  },
  // A healthy pool's head is what somebody wants to be rid of: which way is the right one, only they know.
  suggested: (run, seen) => (run.route === 'local' ? undefined : seen[0]),
  fromFlags: ({ flags: { at, way } }) => way ?? (at === 'head' ? 'none' : undefined),
  check: async () => [],
}

export const wayOf = (run: Run): Way => run.answer(wayChoice)

const path = z.object({ path: z.string().nullable() })

type Path = z.infer<typeof path>

/** Which of the files are copied out. */
export const pathChoice: Choice<Path> = {
  kind: 'choice',
  id: 'path',
  version: 1,
  needs: ['way'],
  question: 'Which files shall be copied out?',
  flag: '--path',
  answeredBy: ['path'],
  why: 'One folder or one file is found by its path as the host knows it, wherever its dataset is mounted. Everything is everything that the datasets held: that may need much room.',
  danger: () => 'none',
  answer: path,
  aside: true,
  applies: (run) => wayOf(run) === 'files',
  async *options() {
    yield { kind: 'option', value: { path: null }, label: 'everything' }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: ({ flags }) => (flags.path === undefined ? undefined : { path: flags.path }),
  typed: {
    what: 'the path of a file or folder, such as /srv/www',
    read(_run, text) {
      if (!text.startsWith('/')) throw new UsageError(`${text} must be an absolute path on the host`)
      return Promise.resolve({ path: text })
    },
  },
  check: async () => [],
}

const to = z.object({ to: z.string() })

type To = z.infer<typeof to>

/** Where they are copied to. */
export const toChoice: Choice<To> = {
  kind: 'choice',
  id: 'to',
  version: 1,
  needs: ['way'],
  question: 'To which folder on the host shall they be copied?',
  flag: '--to',
  answeredBy: ['to'],
  why: 'The files are put beside the living data, never over it: nothing in the folder is overwritten. The folder may be there already; where it is not, it is made.',
  danger: () => 'none',
  answer: to,
  aside: true,
  applies: (run) => wayOf(run) === 'files',
  async *options(run) {
    yield { kind: 'option', value: { to: `/root/lifeboat-${run.id}` }, label: `/root/lifeboat-${run.id}` }
  },
  // Where there is room, and who may read it there, only the operator knows.
  suggested: () => undefined,
  fromFlags: ({ flags }) => (flags.to === undefined ? undefined : { to: flags.to }),
  typed: {
    what: 'another folder, such as /var/tmp/rescued',
    read(_run, text) {
      if (!text.startsWith('/')) throw new UsageError(`${text} must be an absolute path on the host`)
      return Promise.resolve({ to: text })
    },
  },
  check: async () => [],
}
