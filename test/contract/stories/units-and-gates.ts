// Services, the gates that hold them back, and commands that outlive their connection.
import {
  allowStart,
  closeGates,
  forbidStart,
  gateState,
  liftGates,
  liftGatesLater,
  lockHolder,
  releaseLock,
  takeLock,
  takeLockOver,
} from '../../../src/remote/linux/gate.ts'
import { discardCheckpointLater, forgetDiscard } from '../../../src/remote/zfs/checkpoint.ts'
import { snapshotCronFiles } from '../../../src/remote/linux/schedules.ts'
import { inUnit, unitOutcome, unitsAtWork } from '../../../src/remote/linux/transient-unit.ts'
import { startUnits, stopUnits, unitStates } from '../../../src/remote/linux/units.ts'
import { asked, typed, type Case, type Story } from '../contract.ts'
import { numbers, only } from '../normalise.ts'
import { poolAtWork, poolGone } from './pool-of.ts'

const gate = { run: 'r1', backups: ['chat-backup.service'], services: ['chat.service'], cron: ['/etc/cron.d/zfsnap'] }
const unit = { run: 'r1', step: 'mount', attempt: 1, part: '1' }

const wrapped = (name: string, line: string, part: string, stdin = ''): Case => ({
  ...typed(inUnit(line, { ...unit, part }, stdin), { name }),
  stdin,
})

export const unitsAndGates: Story = {
  name: 'units and gates',
  begin: poolAtWork,
  end: poolGone,
  cases: [
    asked('starting', startUnits(['chat.service'])),
    asked('started', unitStates(['chat.service'])),
    asked('stopping', stopUnits(['chat.service'])),
    asked('starting what is not there', startUnits(['nope.service'])),
    asked('stopping what is not there', stopUnits(['nope.service'])),
    asked('nobody holds', gateState(gate)),
    asked('closing the gates', closeGates(gate)),
    asked('closing them again', closeGates(gate)),
    asked('they are closed', gateState(gate)),
    asked('cron files of snapshots', snapshotCronFiles()),
    typed('cat /etc/cron.d/zfsnap', { name: 'the cover' }),
    typed('cat /etc/systemd/system/chat.service.d/50-lifeboat.conf'),
    typed('ls /etc/lifeboat; ls /etc/systemd/system | grep lifeboat'),
    asked('starting behind a gate', startUnits(['chat.service', 'chat-backup.service'])),
    asked('not started', unitStates(['chat.service', 'chat-backup.service'])),
    typed('systemctl status chat.service', {
      name: 'why it is not started',
      normalise: only(/Drop-In|lifeboat|Condition:|Active/),
    }),
    asked('lifting the gates later', liftGatesLater(gate, 4)),
    asked('it will', gateState(gate)),
    typed('systemctl show -p Unit,AccuracyUSec,RemainAfterElapse lifeboat-r1-lift.timer'),
    typed('cat /etc/systemd/system/lifeboat-r1-lift.service'),
    asked('allowing the start', allowStart(gate)),
    asked('starting by leave', startUnits(['chat.service'])),
    asked('started by leave', unitStates(['chat.service'])),
    asked('forbidding it', forbidStart()),
    asked('opening the gates', liftGates(gate), { before: ['systemctl stop chat.service'] }),
    asked('they are open', gateState(gate)),
    typed('cat /etc/cron.d/zfsnap; ls /run/lifeboat /etc/lifeboat; ls /etc/systemd/system | grep lifeboat', {
      name: 'nothing is left',
    }),
    asked('discarding a checkpoint later', discardCheckpointLater('r1', 'tank', 2)),
    typed('systemctl is-active lifeboat-r1-discard.timer; cat /etc/lifeboat/r1-discard'),
    asked('not any more', forgetDiscard('r1')),
    typed('systemctl is-active lifeboat-r1-discard.timer'),
    asked('taking the lock', takeLock('r1', 'alice on desk', '2026-03-28T12:00:00Z')),
    asked('taking it again', takeLock('r1', 'alice on desk', '2026-03-28T12:00:00Z')),
    asked('taking what is taken', takeLock('r2', 'bob', '2026-03-28T12:05:00Z')),
    asked('who has it', lockHolder()),
    asked('taking it over', takeLockOver('r1', 'r2', 'bob', '2026-03-28T12:05:00Z')),
    asked('taking it over from the wrong one', takeLockOver('r1', 'r3', 'carol', '2026-03-28T12:06:00Z')),
    asked('who has it now', lockHolder()),
    asked('releasing what is not ours', releaseLock('r1')),
    asked('releasing', releaseLock('r2')),
    wrapped('a line in a unit', 'cat; echo done; echo beside >&2', '1', 'given\n'),
    wrapped('a line that fails', 'exit 3', '2'),
    wrapped('a unit that has begun', 'echo twice', '1'),
    { ...wrapped('half an input', 'cat', '3', 'the whole'), stdin: 'the' },
    asked('what became of it', unitOutcome(unit)),
    asked('what became of what failed', unitOutcome({ ...unit, part: '2' })),
    asked('what became of what never began', unitOutcome({ ...unit, part: '9' })),
    wrapped('beginning it too late', 'echo late', '9'),
    asked('none at work', unitsAtWork('r1')),
    typed('ls /run/lifeboat/r1/units; rm -r /run/lifeboat', { name: 'what is kept of them' }),
    asked('one at work', unitsAtWork('r1', 'hold'), {
      before: ['systemd-run --quiet --collect --unit=lifeboat-r1-hold-1-1 -- /bin/sleep 1000'],
      normalise: numbers,
    }),
    asked('one of another step', unitsAtWork('r1', 'mount')),
    typed('systemctl stop lifeboat-r1-hold-1-1.service; systemctl status lifeboat-r1-hold-1-1.service'),
    typed('systemd-run --quiet --wait --collect --unit=x -- /bin/sh -c "exit 5"'),
    typed('systemd-run --quiet --wait --collect --unit=x -- /bin/nope'),
    typed(
      'systemctl is-active nope.service; systemctl is-enabled chat.service nope.service; systemctl show -p ActiveState --value chat.service',
    ),
  ],
}
