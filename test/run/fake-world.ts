// A world of one volume, one dataset and one service, behind the same door as the real one.
import { readLine, type Command, type ShellCommand } from '../../src/remote/command.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { RemoteCommandError } from '../../src/text/errors.ts'

/** What there is. */
export interface Standing {
  readonly volumes: readonly { readonly id: string; readonly token: string }[]
  readonly attached: string | null
  readonly snapshots: readonly string[]
  readonly head: string
  readonly started: boolean
  readonly owned: boolean
}

export const beginning: Standing = {
  volumes: [],
  attached: null,
  snapshots: ['tank@a', 'tank@b', 'tank@c'],
  head: 'bad',
  started: false,
  owned: true,
}

/** Looks at everything. */
export const look = (): ShellCommand<Standing> => readLine('look', ({ stdout }) => JSON.parse(stdout) as Standing)

function refused(line: string, why: string): RemoteCommandError {
  return new RemoteCommandError({
    host: 'web',
    command: line,
    exitCode: 1,
    signal: null,
    stderrTail: why,
    timedOut: false,
  })
}

/** What each line does to what there is. */
const lines: Record<string, (world: Standing, words: readonly string[]) => Standing> = {
  look: (world) => world,
  // The same token never makes a second one.
  make: (world, [token = '']) =>
    world.volumes.some((each) => each.token === token)
      ? world
      : { ...world, volumes: [...world.volumes, { id: `vol-${world.volumes.length + 1}`, token }] },
  delete(world, [id]) {
    if (world.attached === id) throw refused(`delete ${id}`, 'in use')
    return { ...world, volumes: world.volumes.filter((each) => each.id !== id) }
  },
  attach(world, [id = '']) {
    if (world.attached !== null) throw refused(`attach ${id}`, 'already attached')
    return { ...world, attached: id }
  },
  detach: (world) => ({ ...world, attached: null }),
  rollback(world, [target = '', ...destroys]) {
    if (destroys.some((name) => !world.snapshots.includes(name))) throw refused('rollback', 'no such snapshot')
    return { ...world, head: target, snapshots: world.snapshots.filter((name) => !destroys.includes(name)) }
  },
  start: (world) => ({ ...world, started: true, head: `${world.head} and more` }),
  stop: (world) => ({ ...world, started: false }),
  disown: (world) => ({ ...world, owned: false }),
}

/** A world that notes what it was asked. `happens` sees each command before it, and after it, and may throw. */
export class FakeWorld implements Remote {
  standing: Standing
  readonly asked: string[] = []
  happens: (when: 'before' | 'after', what: string) => void = () => {}

  constructor(standing: Standing = beginning) {
    this.standing = standing
  }

  /** What it was asked to change, in order. */
  get changes(): string[] {
    return this.asked.filter((line) => line !== 'look')
  }

  run<T>(command: Command<T>): Promise<T> {
    if (command.kind !== 'shell') return Promise.reject(new Error('there is no AWS here'))
    // Whatever is begun here ends at once: no unit is ever at work.
    if (command.line.startsWith('systemctl list-units')) {
      return Promise.resolve(command.parse({ code: 0, stdout: '', stderr: '' }))
    }
    try {
      this.happens('before', command.line)
      this.asked.push(command.line)
      const [verb = '', ...words] = command.line.split(' ')
      const change = lines[verb]
      if (change === undefined) throw refused(command.line, 'not found')
      this.standing = change(this.standing, words)
      this.happens('after', command.line)
      return Promise.resolve(command.parse({ code: 0, stdout: JSON.stringify(this.standing), stderr: '' }))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
