// Rollbacks by a program and by single commands, and what stops them.
import { rollbackLines, runRollbackProgram, undestroyable } from '../../../src/remote/zfs/rollback-program.ts'
import type { ShellCommand } from '../../../src/remote/command.ts'
import { asked, typed, type Story } from '../contract.ts'
import { keys } from '../normalise.ts'
import { newer, older, poolAtWork, poolGone } from './pool-of.ts'

const chat = { dataset: 'tank/chat', snapshot: older }
const alice = { dataset: 'tank/home/alice', snapshot: older }
const rollback = { ...chat, destroys: [newer] }
const names = 'zfs list -H -t all -o name -r tank'

const program = (name: string, command: ShellCommand<unknown>, before: readonly string[] = []) =>
  asked(name, command, { before, normalise: keys })

export const rollbacks: Story = {
  name: 'rollbacks',
  begin: poolAtWork,
  end: poolGone,
  cases: [
    program('a rollback that leaves a newer one', runRollbackProgram('tank', [{ ...chat, destroys: [] }])),
    program(
      'a rollback over one that is not there',
      runRollbackProgram('tank', [{ ...chat, destroys: [newer, 'nope'] }]),
    ),
    program(
      'a rollback to nothing',
      runRollbackProgram('tank', [{ dataset: 'tank/chat', snapshot: 'nope', destroys: [] }]),
    ),
    program('a rollback over a held one', runRollbackProgram('tank', [rollback]), [`zfs hold keep tank/chat@${newer}`]),
    asked(
      'by single commands over a held one',
      rollbackLines(rollback)[0] ??
        (() => {
          throw new Error('no line')
        })(),
    ),
    program('a rollback over one with a clone', runRollbackProgram('tank', [rollback]), [
      `zfs release keep tank/chat@${newer}; zfs clone tank/chat@${newer} tank/copy`,
    ]),
    typed(`zfs destroy tank/chat@${newer}`, { name: 'destroying one with a clone' }),
    typed(`zfs rollback -r tank/chat@${older}`, { name: 'zfs rollback -r over one with a clone' }),
    program('a rollback over a bookmark', runRollbackProgram('tank', [rollback]), [
      'zfs destroy tank/copy',
      `zfs bookmark tank/chat@${newer} tank/chat#after`,
    ]),
    program('a rollback of a mounted one', runRollbackProgram('tank', [rollback]), ['zfs destroy tank/chat#after']),
    program('a rollback of two', runRollbackProgram('tank', [{ ...alice, destroys: [newer] }]), [
      'zfs unmount tank/home/alice',
    ]),
    program('a program with an error in it', undestroyable('tank', ['no/such@one'])),
    program('a program in no pool', undestroyable('nope', ['nope@one'])),
    typed(names, { name: 'what is left' }),
    typed('zfs mount tank/home/alice; cat /tank/home/alice/notes.txt /tank/chat/messages.log', {
      name: 'what is in it',
    }),
    ...rollbackLines({ dataset: 'tank/mail', snapshot: older, destroys: [newer] }).map((each, at) =>
      asked(`by single commands, ${at + 1}`, each),
    ),
  ],
}
