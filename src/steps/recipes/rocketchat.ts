// What backupdb of Rocket.Chat's snap wrote. Its restoredb drops what it restores: the old data is kept as a backup first.
import {
  checkSnapArchive,
  copyToSnap,
  lookAtSnap,
  removeFromSnap,
  restoreSnap,
  snapAside,
  snapMongo,
  snapServer,
  snapStanding,
  unrestoreSnap,
} from '../../remote/linux/rocketchat.ts'
import { roomAt } from '../../remote/linux/staging.ts'
import { sh } from '../../text/quote.ts'
import { checkedBy } from './checked.ts'
import type { Places, Recipe } from './recipe.ts'

const common = '/var/snap/rocketchat-server/common'

const swapOf = ({ run, staging }: Places) => ({ run, staging, common })

export const rocketchatRecipe: Recipe = {
  kind: 'rocketchat',
  into: 'the snap: rocketchat-server',
  usual: { into: 'rocketchat-server', what: 'the snap on the host' },
  wrongInto: (into) => (into === 'rocketchat-server' ? undefined : `${into} is not rocketchat-server`),
  staged: 'restoredb reads its archive as a file',
  tools: ['curl', 'tar', 'snap'],
  async obstacles(run) {
    const { installed, mongo } = await run.do(lookAtSnap(common))
    const { services } = run.host
    return [
      ...(installed ? [] : [`there is no ${common}: sudo snap install rocketchat-server`]),
      ...(installed && !mongo ? [`its MongoDB does not run: sudo systemctl start ${snapMongo}`] : []),
      ...(services.includes(snapServer)
        ? []
        : [`restoredb wants Rocket.Chat to be down: name ${snapServer} under services`]),
      ...(services.includes(snapMongo) ? [`restoredb wants MongoDB to run: take ${snapMongo} out of services`] : []),
    ]
  },
  room: (run) => run.do(roomAt(common)),
  check: (places) => checkedBy(checkSnapArchive(swapOf(places))),
  unpack: (places) => [copyToSnap(swapOf(places))],
  discard: (places) => [removeFromSnap(swapOf(places))],
  swap: (places) => [restoreSnap(swapOf(places))],
  unswap: (places) => [unrestoreSnap(swapOf(places))],
  standing: (places) => snapStanding(swapOf(places)),
  aside: (places) => ({
    resource: { kind: 'file', id: snapAside(swapOf(places)) },
    remove: sh`rm -- ${snapAside(swapOf(places))}`,
  }),
}
