import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

const good = 'the good dump of this morning'

export const timerDue: Scenario = {
  id: 'timer-due',
  title: 'the nightly backup is due in the middle of the restore, over the last good dump',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    "The nightly backup will run any minute. It packs what is below /tank, whatever that is, over today's dump.",
    'Bring the chat server back, and keep the dump as it is until the data is back.',
  ],
  hints: [
    'Stopping a persistent timer does not help: it makes up for what it missed as soon as it is started again.',
    'The gate lets the timer run, and holds back what it would start.',
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  async prepare({ ssh }) {
    await ssh(`d=/var/backups/chat/$(date +%m-%d-%Y); mkdir -p $d && printf '%s' '${good}' > $d/chat.tar.gz`)
  },
  during({ type, step }, { ssh }) {
    if (type !== 'step-started' || step !== 'create-volume') return undefined
    const due = new Date(Date.now() + 2000).toISOString().slice(11, 19)
    return ssh(
      `sed -i 's/^OnCalendar=.*/OnCalendar=*-*-* ${due}/' /etc/systemd/system/chat-backup.timer && systemctl daemon-reload && systemctl restart chat-backup.timer`,
    ).then(() => undefined)
  },
  looks: { dump: 'cat /var/backups/chat/*/chat.tar.gz' },
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [
    ...untidy(after),
    ...notAsInHead(after, world, newestIn(world)),
    ...(after.seen['dump'] === good ? [] : ['the backup ran over the last good dump before there was data to pack']),
  ],
  moral: 'Hold back what writes backups before you touch the data they are made of.',
}
